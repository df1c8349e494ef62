//! The root module: the one symbol of a plugin library, checked by abi_stable.
//!
//! It is frozen. What a plugin says about itself lies behind [`DeclarationRef`], which abi_stable
//! does not look through, so that declarations can grow.
//!
//! The SDK itself exports the symbol, so that it exists once in an image, however many plugins
//! that image holds; the module lists what the image's own registry holds.

use abi_stable::StableAbi;
use abi_stable::library::{CheckTypeLayout, LibHeader, RootModuleResult};
use abi_stable::marker_type::ErasedPrefix;
use abi_stable::prefix_type::WithMetadata;
use abi_stable::sabi_types::VersionStrings;
use abi_stable::std_types::{RResult, RVec};

use super::{PluginDeclaration, Version};

/// The root module of every plugin library. Frozen for the life of interface version 1.
#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = RootModuleRef, prefix_fields = RootModulePrefix)))]
#[sabi(missing_field(panic))]
pub struct RootModule {
    /// Version of the SDK that the library was built with.
    pub sdk_version: extern "C" fn() -> Version,
    /// The plugins in the library.
    #[sabi(last_prefix_field)]
    pub declarations: extern "C" fn() -> RVec<DeclarationRef>,
}

impl abi_stable::library::RootModule for RootModuleRef {
    abi_stable::declare_root_module_statics! {RootModuleRef}
    const BASE_NAME: &'static str = "emu_plugin";
    const NAME: &'static str = "emu plugin";
    const VERSION_STRINGS: VersionStrings = abi_stable::package_version_strings!();
}

/// The address of a [`PluginDeclaration`] that another version of the SDK may have written: read
/// it with [`DeclarationRef::load`].
#[repr(transparent)]
#[derive(Debug, Clone, Copy, StableAbi)]
pub struct DeclarationRef {
    #[sabi(unsafe_opaque_field)]
    declaration: *const PluginDeclaration,
}

impl DeclarationRef {
    /// Refers to a declaration in this image.
    #[must_use]
    pub fn new(declaration: &'static PluginDeclaration) -> DeclarationRef {
        DeclarationRef { declaration }
    }

    /// The declaration as far as this version of the SDK knows its fields; `None` if malformed.
    ///
    /// # Safety
    ///
    /// The reference came from a root module that abi_stable has accepted.
    #[must_use]
    pub unsafe fn load(self) -> Option<PluginDeclaration> {
        // SAFETY: `new` takes static declarations only, and libraries are never unloaded.
        unsafe { super::load(self.declaration) }
    }
}

extern "C" fn sdk_version() -> Version {
    Version::CURRENT
}

extern "C" fn declarations() -> RVec<DeclarationRef> {
    crate::registry::declarations()
        .map(DeclarationRef::new)
        .collect()
}

const ROOT: &WithMetadata<RootModule> = &WithMetadata::new(RootModule {
    sdk_version,
    declarations,
});

extern "C" fn root_module() -> RootModuleResult {
    let root = ROOT.static_as_prefix();
    // SAFETY: erased for the trip only; `LIB_HEADER` names the type.
    RResult::ROk(unsafe { root.cast::<ErasedPrefix>() })
}

/// What the host looks up in a library: the place, name and type that abi_stable expects.
#[used]
// SAFETY: no other item has this name; abi_stable reserves it for this purpose.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
static LIB_HEADER: LibHeader =
    // SAFETY: `root_module` returns an erased `RootModuleRef`.
    unsafe { LibHeader::from_constructor::<RootModuleRef>(root_module, CheckTypeLayout::Yes) };

#[cfg(test)]
mod tests {
    use abi_stable::library::ROOT_MODULE_LOADER_NAME;

    #[test]
    fn the_header_is_exported_under_the_name_that_abi_stable_looks_up() {
        assert_eq!(
            ROOT_MODULE_LOADER_NAME,
            "_1as_0lib_1header_0root_bmodule_bloader"
        );
    }
}
