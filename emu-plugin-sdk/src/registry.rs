//! The plugins linked into this image.
//!
//! Each image has its own registry: a plugin library sees what it holds itself, the emulator sees
//! its built-in plugins.

use crate::abi::PluginDeclaration;

/// The declarations of all plugins linked into this image, in no particular order.
pub fn declarations() -> impl Iterator<Item = &'static PluginDeclaration> {
    inventory::iter::<PluginDeclaration>.into_iter()
}
