//! What the user asks for: `NAME|PATH[:NAME][,ARG[=VALUE]]…`.
//!
//! - What contains `/` or ends in `.so` is the path of a library; anything else is the name of a
//!   built-in plugin.
//! - Behind a path, `:NAME` chooses one of several plugins in the library.
//! - A comma ends a part; a comma that belongs to a part is doubled: `,,`.
//! - The first `=` of an argument ends its name; a value may be empty, and an argument without `=`
//!   has none.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// A request for one instance of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginSpec {
    /// Which plugin.
    pub source: PluginSource,
    /// Its arguments in the user's order.
    pub arguments: Vec<PluginArgument>,
}

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginSource {
    /// Built into emu, under this name.
    BuiltIn(String),
    /// In a library.
    Library {
        /// The library's path.
        path: PathBuf,
        /// Which of its plugins; needed only if it has several.
        plugin: Option<String>,
    },
}

/// One argument of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginArgument {
    /// The part before `=`.
    pub name: String,
    /// The part behind it, if there was one.
    pub value: Option<String>,
}

/// A request that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// Nothing names a plugin.
    #[error(
        "`{spec}` names no plugin: write NAME or PATH, then its arguments, as in `count,inline=on`"
    )]
    NoName {
        /// The request.
        spec: String,
    },
    /// Nothing between two commas, or behind the last.
    #[error(
        "`{spec}` has an empty argument (number {number}): write NAME,ARG=VALUE, \
         and double a comma that belongs to a value"
    )]
    EmptyArgument {
        /// The request.
        spec: String,
        /// Counted from 1.
        number: usize,
    },
    /// An argument starts with `=`.
    #[error("`{spec}` has a value without a name (`{argument}`): write ARG=VALUE")]
    NoArgumentName {
        /// The request.
        spec: String,
        /// The argument.
        argument: String,
    },
}

impl PluginSpec {
    /// Understands a request.
    ///
    /// # Errors
    ///
    /// When a part that must be there is not.
    pub fn parse(text: &str) -> Result<PluginSpec, SpecError> {
        let spec = || text.to_owned();
        let mut parts = split(text).into_iter();
        let source = parts.next().unwrap_or_default();
        if source.is_empty() {
            return Err(SpecError::NoName { spec: spec() });
        }
        let mut arguments = Vec::new();
        for (index, part) in parts.enumerate() {
            let argument = match part.split_once('=') {
                _ if part.is_empty() => {
                    return Err(SpecError::EmptyArgument {
                        spec: spec(),
                        number: index + 1,
                    });
                }
                Some(("", _)) => {
                    return Err(SpecError::NoArgumentName {
                        spec: spec(),
                        argument: part,
                    });
                }
                Some((name, value)) => PluginArgument {
                    name: name.to_owned(),
                    value: Some(value.to_owned()),
                },
                None => PluginArgument {
                    name: part,
                    value: None,
                },
            };
            arguments.push(argument);
        }
        Ok(PluginSpec {
            source: PluginSource::parse(source),
            arguments,
        })
    }
}

impl PluginSpec {
    /// The same request from any working directory.
    #[must_use]
    pub fn absolute(mut self) -> PluginSpec {
        if let PluginSource::Library { path, .. } = &mut self.source
            && let Ok(absolute) = std::path::absolute(&*path)
        {
            *path = absolute;
        }
        self
    }
}

impl fmt::Display for PluginSpec {
    /// The request as [`PluginSpec::parse`] understands it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let doubled = |text: &str| text.replace(',', ",,");
        match &self.source {
            PluginSource::BuiltIn(name) => f.write_str(&doubled(name))?,
            PluginSource::Library { path, plugin } => {
                f.write_str(&doubled(&path.to_string_lossy()))?;
                if let Some(plugin) = plugin {
                    write!(f, ":{plugin}")?;
                }
            }
        }
        for argument in &self.arguments {
            write!(f, ",{}", doubled(&argument.name))?;
            if let Some(value) = &argument.value {
                write!(f, "={}", doubled(value))?;
            }
        }
        Ok(())
    }
}

impl PluginSource {
    fn parse(text: String) -> PluginSource {
        let (path, plugin) = match text.rsplit_once(':') {
            Some((path, plugin)) if is_plugin_name(plugin) => (path, Some(plugin)),
            _ => (text.as_str(), None),
        };
        if path.contains('/') || path.ends_with(".so") {
            PluginSource::Library {
                path: path.into(),
                plugin: plugin.map(str::to_owned),
            }
        } else {
            PluginSource::BuiltIn(text)
        }
    }
}

/// Plugin names are words, so a `:` within a file's name (`./a:b.so`) chooses nothing.
fn is_plugin_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || c == '-' || c == '_')
}

/// Splits at single commas; of a run of commas, each pair stands for one that belongs to the part.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character == ',' && characters.next_if_eq(&',').is_none() {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(character);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built_in(name: &str) -> PluginSource {
        PluginSource::BuiltIn(name.into())
    }

    fn library(path: &str, plugin: Option<&str>) -> PluginSource {
        PluginSource::Library {
            path: path.into(),
            plugin: plugin.map(Into::into),
        }
    }

    #[test]
    fn requests_are_understood() {
        type Arguments = &'static [(&'static str, Option<&'static str>)];
        let rows: &[(&str, PluginSource, Arguments)] = &[
            ("count", built_in("count"), &[]),
            ("count,inline", built_in("count"), &[("inline", None)]),
            (
                "count,inline=on,top=20",
                built_in("count"),
                &[("inline", Some("on")), ("top", Some("20"))],
            ),
            ("x,filter=a=b", built_in("x"), &[("filter", Some("a=b"))]),
            ("x,empty=", built_in("x"), &[("empty", Some(""))]),
            (
                "x,list=1,,2,,3,flag",
                built_in("x"),
                &[("list", Some("1,2,3")), ("flag", None)],
            ),
            ("x,a=,,,b", built_in("x"), &[("a", Some(",")), ("b", None)]),
            ("libtool.so", library("libtool.so", None), &[]),
            ("./tool", library("./tool", None), &[]),
            ("/a/b.so,n=1", library("/a/b.so", None), &[("n", Some("1"))]),
            ("./a,,b.so", library("./a,b.so", None), &[]),
            ("tools.so:trace", library("tools.so", Some("trace")), &[]),
            (
                "./tools:trace,n",
                library("./tools", Some("trace")),
                &[("n", None)],
            ),
            ("./a:b.so", library("./a:b.so", None), &[]),
            ("/x:y/tools.so", library("/x:y/tools.so", None), &[]),
            ("odd:name", built_in("odd:name"), &[]),
        ];
        for (text, source, arguments) in rows {
            let spec = PluginSpec::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(spec.source, *source, "{text}");
            let found: Vec<_> = spec
                .arguments
                .iter()
                .map(|argument| (argument.name.as_str(), argument.value.as_deref()))
                .collect();
            assert_eq!(found, *arguments, "{text}");
            assert_eq!(spec.to_string(), *text, "is written as it was read");
        }
    }

    #[test]
    fn a_library_is_found_from_everywhere() {
        let here = std::env::current_dir().unwrap();
        for (text, expected) in [
            (
                "tools.so:trace,a=1,,2",
                format!("{}/tools.so:trace,a=1,,2", here.display()),
            ),
            ("/a/b.so", "/a/b.so".to_owned()),
            ("count,n", "count,n".to_owned()),
        ] {
            let spec = PluginSpec::parse(text).unwrap().absolute();
            assert_eq!(spec.to_string(), expected);
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let texts = ["", ",inline", "count,", "count,a,", "count,=5"];
        let errors: Vec<String> = texts
            .iter()
            .map(|text| PluginSpec::parse(text).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
