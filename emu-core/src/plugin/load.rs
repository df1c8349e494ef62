//! From a request to a declaration that this host can run.
//!
//! One path for all: the declarations of a library come through its root module, which abi_stable
//! checks; those of built-in plugins from our own image's registry. Then the same checks apply.
//!
//! abi_stable keeps one root module per type, so that its usual loading functions would answer with
//! the first library again for the second one; we go through the library's header instead.
//!
//! Unsafe here: loading a library runs its constructors, and references that its root module hands
//! out are followed once abi_stable has accepted it.

use std::path::{Path, PathBuf};

use abi_stable::library::{LibraryError, lib_header_from_path};
use emu_plugin_sdk::abi::{FeatureSet, PluginDeclaration, RootModuleRef, Version};
use emu_plugin_sdk::registry;

use super::PluginError;
use super::error::suggest;
use super::info::Origin;
use super::library;
use super::spec::PluginSource;

/// A plugin that can be instantiated.
#[derive(Clone)]
pub struct Found {
    /// What it says about itself.
    pub declaration: PluginDeclaration,
    /// Where it comes from.
    pub origin: Origin,
}

impl Found {
    /// The plugin as messages name it.
    pub(super) fn label(&self) -> String {
        label(&self.declaration, &self.origin)
    }
}

fn label(declaration: &PluginDeclaration, origin: &Origin) -> String {
    match origin {
        Origin::BuiltIn => format!("`{}`", declaration.name),
        Origin::Library(path) => format!("`{}` ({})", declaration.name, path.display()),
    }
}

/// What this host can do.
#[must_use]
pub fn host_features() -> FeatureSet {
    FeatureSet::ALL
}

/// Finds the plugin of a request.
///
/// # Errors
///
/// Why there is none that this host can run.
pub fn find(source: &PluginSource) -> Result<Found, PluginError> {
    match source {
        PluginSource::BuiltIn(name) => find_built_in(name),
        PluginSource::Library { path, plugin } => find_in_library(path, plugin.as_deref()),
    }
}

/// The plugins built into this image, by name.
pub(super) fn built_in() -> Vec<Found> {
    let mut found: Vec<Found> = registry::declarations()
        .map(|&declaration| Found {
            declaration,
            origin: Origin::BuiltIn,
        })
        .collect();
    found.sort_by_key(|found| found.declaration.name.as_str());
    found
}

fn find_built_in(name: &str) -> Result<Found, PluginError> {
    let all = built_in();
    match all.iter().find(|found| found.declaration.name == *name) {
        Some(found) => accept(found.clone()),
        None => {
            let known = names(&all);
            Err(PluginError::Unknown {
                name: name.to_owned(),
                suggestion: suggest(name, &known),
                known,
            })
        }
    }
}

fn find_in_library(path: &Path, name: Option<&str>) -> Result<Found, PluginError> {
    library::check(path)?;
    let mut all = open(path)?;
    let path = path.to_owned();
    all.sort_by_key(|found| found.declaration.name.as_str());
    match (name, all.as_slice()) {
        (_, []) => Err(PluginError::EmptyLibrary { path }),
        (None, [only]) => accept(only.clone()),
        (None, several) => Err(PluginError::Ambiguous {
            known: names(several),
            path,
        }),
        (Some(name), all) => match all.iter().find(|found| found.declaration.name == *name) {
            Some(found) => accept(found.clone()),
            None => {
                let known = names(all);
                Err(PluginError::NotInLibrary {
                    path,
                    name: name.to_owned(),
                    suggestion: suggest(name, &known),
                    known,
                })
            }
        },
    }
}

fn names(found: &[Found]) -> Vec<String> {
    found
        .iter()
        .map(|found| found.declaration.name.to_string())
        .collect()
}

/// The declarations in a library.
fn open(path: &Path) -> Result<Vec<Found>, PluginError> {
    let refused = |error| refusal(path, error);
    // Without a `/` the dynamic linker would search its own folders.
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let header = lib_header_from_path(&absolute).map_err(refused)?;
    let library = || format!("library {}", path.display());
    if let Some(found) = parse_version(header.version_strings().version.as_str()) {
        check_major(library(), found)?;
    }
    let root: RootModuleRef = header.init_root_module().map_err(refused)?;
    check_major(library(), root.sdk_version()())?;
    let declarations = root.declarations()();
    declarations
        .iter()
        .map(|declaration| {
            // SAFETY: abi_stable has accepted the root module that this comes from.
            let declaration =
                unsafe { declaration.load() }.ok_or_else(|| PluginError::Malformed {
                    plugin: library(),
                    what: "its declaration is shorter than any version had it".into(),
                    host: Version::CURRENT,
                })?;
            Ok(Found {
                declaration,
                origin: Origin::Library(path.to_owned()),
            })
        })
        .collect()
}

fn parse_version(text: &str) -> Option<Version> {
    let mut numbers = text.splitn(3, '.').map(|number| {
        number
            .split(|c: char| !c.is_ascii_digit())
            .next()?
            .parse()
            .ok()
    });
    Some(Version {
        major: numbers.next()??,
        minor: numbers.next()??,
        patch: numbers.next()??,
    })
}

fn refusal(path: &Path, error: LibraryError) -> PluginError {
    let path = path.to_owned();
    match error {
        LibraryError::OpenError { err, .. } => PluginError::NotLoadable {
            path,
            cause: loader_message(&err),
        },
        LibraryError::GetSymbolError { .. } => PluginError::NotAPlugin { path },
        LibraryError::InvalidAbiHeader(found) => layout(
            path,
            format!(
                "abi_stable's own interface is {}.{}",
                found.abi_major, found.abi_minor
            ),
        ),
        // Pages about both layouts: of no use to whoever wants to run the plugin.
        LibraryError::AbiInstability(_) => {
            layout(path, "its root module has other fields".to_owned())
        }
        error => layout(path, summary(&error.to_string())),
    }
}

fn layout(path: PathBuf, found: String) -> PluginError {
    PluginError::Layout {
        path,
        found,
        host: Version::CURRENT,
    }
}

/// What the dynamic linker said.
fn loader_message(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut error = error;
    while let Some(source) = error.source() {
        text = source.to_string();
        error = source;
    }
    summary(&text)
}

/// One line of a message that may have hundreds.
fn summary(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > LONGEST {
            line.push_str(" …");
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn check_major(plugin: String, found: Version) -> Result<(), PluginError> {
    let host = Version::CURRENT;
    if found.major == host.major {
        Ok(())
    } else {
        Err(PluginError::OtherMajor {
            plugin,
            found,
            host,
        })
    }
}

/// The checks that hold for every plugin, wherever it comes from.
fn accept(found: Found) -> Result<Found, PluginError> {
    let declaration = &found.declaration;
    check_major(found.label(), declaration.sdk_version)?;
    let missing = declaration.required_features.without(host_features());
    if !missing.is_empty() {
        return Err(PluginError::MissingFeatures {
            plugin: found.label(),
            missing,
            found: declaration.sdk_version,
            host: Version::CURRENT,
        });
    }
    if declaration.name.is_empty() {
        return Err(PluginError::Malformed {
            plugin: found.label(),
            what: "it has no name".into(),
            host: Version::CURRENT,
        });
    }
    Ok(found)
}
