//! What plugins say about themselves, for listings.

use std::path::PathBuf;

use emu_plugin_sdk::abi::{ArgumentSpec, PluginDeclaration, Version};

use super::load::{self, Found};
use super::{PluginError, PluginSpec};

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is built into emu.
    BuiltIn,
    /// From the library at this path, as the user wrote it.
    Library(PathBuf),
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginInfo {
    /// Name by which users ask for it.
    pub name: String,
    /// One line about it; may be empty.
    pub summary: String,
    /// Its own version.
    pub version: String,
    /// Version of the SDK that it was built with.
    pub sdk_version: Version,
    /// Where it comes from.
    pub origin: Origin,
    /// The arguments it takes.
    pub arguments: Vec<ArgumentInfo>,
}

/// One argument of a plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentInfo {
    /// Its name.
    pub name: String,
    /// Its documentation; may have several lines.
    pub help: String,
    /// What stands for the value in a usage line, such as `N`; empty if it takes none.
    pub value_name: String,
    /// Value taken when it is not given.
    pub default: Option<String>,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it may be given more than once.
    pub repeated: bool,
}

/// The plugins built into emu, by name.
#[must_use]
pub fn list_builtin() -> Vec<PluginInfo> {
    load::built_in().iter().map(PluginInfo::new).collect()
}

/// What the plugin of a request says about itself.
///
/// # Errors
///
/// When there is none that this host can run.
pub fn describe(spec: &PluginSpec) -> Result<PluginInfo, PluginError> {
    load::find(&spec.source).map(|found| PluginInfo::new(&found))
}

impl PluginInfo {
    fn new(found: &Found) -> PluginInfo {
        let PluginDeclaration {
            name,
            summary,
            crate_version,
            sdk_version,
            arguments,
            ..
        } = found.declaration;
        PluginInfo {
            name: name.to_string(),
            summary: summary.to_string(),
            version: crate_version.to_string(),
            sdk_version,
            origin: found.origin.clone(),
            arguments: arguments.iter().map(ArgumentInfo::new).collect(),
        }
    }
}

impl ArgumentInfo {
    fn new(spec: &ArgumentSpec) -> ArgumentInfo {
        ArgumentInfo {
            name: spec.name.to_string(),
            help: spec.help.to_string(),
            value_name: spec.value_name.to_string(),
            default: spec.default.into_option().map(|text| text.to_string()),
            required: spec.required,
            repeated: spec.repeated,
        }
    }
}
