//! Why a plugin cannot be used: what was found, what was wanted, what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

use emu_plugin_sdk::abi::{FeatureSet, Version};
use thiserror::Error;

use super::spec::SpecError;
use crate::report::ReportError;

/// Why a plugin cannot be used.
#[derive(Debug, Error)]
pub enum PluginError {
    /// The request cannot be understood.
    #[error(transparent)]
    Spec(#[from] SpecError),

    /// No built-in plugin has the name.
    #[error("there is no built-in plugin `{name}`{}", Known(known, suggestion.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// The names there are.
        known: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },

    /// The file cannot be read.
    #[error(
        "cannot read the plugin library {}: {cause}; name the .so file of a plugin, or a \
         built-in plugin (`emu plugins` lists them)",
        path.display()
    )]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },

    /// The file is not an ELF shared library.
    #[error(
        "{} is no plugin library: {found}; build the plugin as a `cdylib` and name the .so file",
        path.display()
    )]
    NotALibrary {
        /// Its path.
        path: PathBuf,
        /// What it is.
        found: String,
    },

    /// The library is for another machine.
    #[error(
        "the plugin library {} is built for {found}, emu runs on {wanted}; \
         rebuild it for this machine (cargo build --target {wanted}-unknown-linux-gnu)",
        path.display()
    )]
    WrongArchitecture {
        /// Its path.
        path: PathBuf,
        /// Machine of the library.
        found: String,
        /// Machine of emu.
        wanted: &'static str,
    },

    /// The file ends before its contents do.
    #[error(
        "the plugin library {} is damaged: {found}; build or copy it again",
        path.display()
    )]
    Damaged {
        /// Its path.
        path: PathBuf,
        /// What is wrong.
        found: String,
    },

    /// A library that is no plugin.
    #[error(
        "{} is a library but no emu plugin: it has no root module; \
         depend on emu-plugin-sdk and mark the plugin with #[emu_plugin]",
        path.display()
    )]
    NotAPlugin {
        /// Its path.
        path: PathBuf,
    },

    /// The dynamic linker refuses the library.
    #[error(
        "cannot load the plugin library {}: {cause}; make what it is linked with available, or \
         rebuild it on this machine",
        path.display()
    )]
    NotLoadable {
        /// Its path.
        path: PathBuf,
        /// What the linker says.
        cause: String,
    },

    /// Another version of the load interface.
    #[error(
        "the plugin library {} does not fit this emu (its load interface differs: {found}); \
         rebuild it with emu-plugin-sdk {host}",
        path.display()
    )]
    Layout {
        /// Its path.
        path: PathBuf,
        /// What differs.
        found: String,
        /// The host's SDK.
        host: Version,
    },

    /// Another major version of the SDK.
    #[error(
        "the plugin {plugin} was built with emu-plugin-sdk {found}, this emu needs {}.x \
         (it has {host}); rebuild it with emu-plugin-sdk {host}",
        host.major
    )]
    OtherMajor {
        /// The plugin, or its library.
        plugin: String,
        /// Its SDK.
        found: Version,
        /// The host's SDK.
        host: Version,
    },

    /// The plugin needs what this host cannot do.
    #[error(
        "the plugin {plugin} needs what this emu does not have: {missing}; it was built with \
         emu-plugin-sdk {found}, this emu has {host}: use a newer emu, or rebuild the plugin with \
         emu-plugin-sdk {host}"
    )]
    MissingFeatures {
        /// The plugin.
        plugin: String,
        /// What it needs.
        missing: FeatureSet,
        /// Its SDK.
        found: Version,
        /// The host's SDK.
        host: Version,
    },

    /// A declaration, or what `create` made, breaks the interface's rules.
    #[error("the plugin {plugin} is malformed: {what}; rebuild it with emu-plugin-sdk {host}")]
    Malformed {
        /// The plugin, or its library.
        plugin: String,
        /// What is wrong.
        what: String,
        /// The host's SDK.
        host: Version,
    },

    /// The library holds no plugin of that name.
    #[error(
        "the plugin library {} holds no plugin `{name}`{}",
        path.display(),
        Known(known, suggestion.as_deref())
    )]
    NotInLibrary {
        /// Its path.
        path: PathBuf,
        /// The name.
        name: String,
        /// What it holds.
        known: Vec<String>,
        /// The one that was probably meant.
        suggestion: Option<String>,
    },

    /// The library holds no plugin at all.
    #[error(
        "the plugin library {} holds no plugin; mark one with #[emu_plugin] and rebuild it",
        path.display()
    )]
    EmptyLibrary {
        /// Its path.
        path: PathBuf,
    },

    /// The library holds several plugins and the request names none.
    #[error(
        "the plugin library {} holds several plugins ({}); choose one: {}:{}",
        path.display(), known.join(", "), path.display(), known[0]
    )]
    Ambiguous {
        /// Its path.
        path: PathBuf,
        /// What it holds; at least two.
        known: Vec<String>,
    },

    /// The plugin refused to start.
    #[error("the plugin {plugin} does not start: {message}")]
    Create {
        /// The plugin.
        plugin: String,
        /// What it says.
        message: String,
    },

    /// All plugins together want too much state for each vCPU.
    #[error(
        "the plugin {plugin} wants {size} bytes of state for each vCPU; \
         all plugins together may have {limit}"
    )]
    StateTooLarge {
        /// The plugin.
        plugin: String,
        /// What it wants.
        size: u64,
        /// What there is.
        limit: u64,
    },

    /// The reports' destination cannot be opened.
    #[error(transparent)]
    Report(#[from] ReportError),
}

/// The names there are, behind the statement that there is no such one.
struct Known<'a>(&'a [String], Option<&'a str>);

impl fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(suggestion) = self.1 {
            write!(f, ": did you mean `{suggestion}`?")?;
        }
        match self.0 {
            [] => f.write_str(" (there are none)"),
            names => write!(f, " (there are {})", names.join(", ")),
        }
    }
}

/// The one of `known` that `name` probably means.
#[must_use]
pub(crate) fn suggest(name: &str, known: &[String]) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: Version = Version {
        major: 1,
        minor: 4,
        patch: 2,
    };
    const OTHER: Version = Version {
        major: 2,
        minor: 0,
        patch: 1,
    };

    #[test]
    fn messages_say_what_was_found_what_was_wanted_and_what_to_do() {
        let path = || PathBuf::from("/plugins/libtool.so");
        let plugin = || "`trace` (/plugins/libtool.so)".to_owned();
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        let errors = [
            PluginError::Unknown {
                name: "hotblock".into(),
                known: names(&["count", "hotblocks"]),
                suggestion: Some("hotblocks".into()),
            },
            PluginError::Unknown {
                name: "x".into(),
                known: vec![],
                suggestion: None,
            },
            PluginError::Unreadable {
                path: path(),
                cause: io::Error::from_raw_os_error(libc::ENOENT),
            },
            PluginError::NotALibrary {
                path: path(),
                found: "it is a folder".into(),
            },
            PluginError::WrongArchitecture {
                path: path(),
                found: "RISC-V".into(),
                wanted: "x86_64",
            },
            PluginError::Damaged {
                path: path(),
                found: "it ends after 100 of 4096 bytes".into(),
            },
            PluginError::NotAPlugin { path: path() },
            PluginError::NotLoadable {
                path: path(),
                cause: "libfoo.so.1: cannot open shared object file".into(),
            },
            PluginError::Layout {
                path: path(),
                found: "too many fields".into(),
                host: HOST,
            },
            PluginError::OtherMajor {
                plugin: plugin(),
                found: OTHER,
                host: HOST,
            },
            PluginError::MissingFeatures {
                plugin: plugin(),
                missing: FeatureSet(1 << 3 | 1 << 40),
                found: OTHER,
                host: HOST,
            },
            PluginError::Malformed {
                plugin: plugin(),
                what: "it has no name".into(),
                host: HOST,
            },
            PluginError::NotInLibrary {
                path: path(),
                name: "tarce".into(),
                known: names(&["trace", "count"]),
                suggestion: Some("trace".into()),
            },
            PluginError::EmptyLibrary { path: path() },
            PluginError::Ambiguous {
                path: path(),
                known: names(&["trace", "count"]),
            },
            PluginError::Create {
                plugin: plugin(),
                message: "unknown argument `tpo`, did you mean `top`?".into(),
            },
            PluginError::StateTooLarge {
                plugin: plugin(),
                size: 1 << 40,
                limit: 1 << 30,
            },
        ];
        let text: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn a_typing_error_is_recognised_and_nonsense_is_not() {
        let known: Vec<String> = ["count", "hotblocks", "howvec"].map(Into::into).into();
        assert_eq!(suggest("hotblock", &known).as_deref(), Some("hotblocks"));
        assert_eq!(suggest("cuont", &known).as_deref(), Some("count"));
        assert_eq!(suggest("xyz", &known), None);
    }
}
