//! What a plugin says about itself before it runs, and how it is made to run.

use std::ffi::c_void;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString};

use super::{FeatureSet, HostTable, PluginTable, Version, extensible};

/// Describes one plugin. Static, and the same whether it was linked in or loaded.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PluginDeclaration {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// Version of the SDK that the plugin was built with.
    pub sdk_version: Version,
    /// Name by which users ask for the plugin.
    pub name: RStr<'static>,
    /// One line for listings; empty if the author wrote none.
    pub summary: RStr<'static>,
    /// Version of the plugin's own crate.
    pub crate_version: RStr<'static>,
    /// What the plugin cannot do without.
    pub required_features: FeatureSet,
    /// The arguments it takes.
    pub arguments: RSlice<'static, ArgumentSpec>,
    /// Makes an instance.
    pub create: CreateFn,
}

extensible!(PluginDeclaration);
inventory::collect!(PluginDeclaration);

/// Makes an instance of a plugin. The table and its context stay valid until the instance is
/// dropped; the arguments are borrowed for the call. The error is text for the user.
pub type CreateFn = unsafe extern "C" fn(
    host: *const HostTable,
    arguments: RSlice<'_, Argument<'_>>,
) -> RResult<Instance, RString>;

/// One argument as the user gave it: `name` or `name=value`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Argument<'a> {
    /// The part before `=`.
    pub name: RStr<'a>,
    /// The part behind `=`, if there was one.
    pub value: ROption<RStr<'a>>,
}

/// Describes one argument that a plugin takes. Frozen.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct ArgumentSpec {
    /// Its name.
    pub name: RStr<'static>,
    /// Its documentation; may have several lines.
    pub help: RStr<'static>,
    /// What its value looks like.
    pub kind: ArgumentKind,
    /// What stands for the value in a usage line, such as `N` or `read|write`.
    pub value_name: RStr<'static>,
    /// Value taken when the argument is not given, as the user would write it.
    pub default: ROption<RStr<'static>>,
    /// Whether the argument must be given.
    pub required: bool,
    /// Whether the argument may be given more than once, each time adding a value.
    pub repeated: bool,
}

/// What the value of an argument looks like. Open: a host shows a kind that it does not know as
/// [`ArgumentKind::TEXT`].
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgumentKind(pub u32);

impl ArgumentKind {
    /// Any text.
    pub const TEXT: ArgumentKind = ArgumentKind(0);
    /// `true`, `false`, `on`, `off`; no value means `true`.
    pub const FLAG: ArgumentKind = ArgumentKind(1);
    /// An integer, decimal or hexadecimal.
    pub const INTEGER: ArgumentKind = ArgumentKind(2);
    /// The path of a file.
    pub const PATH: ArgumentKind = ArgumentKind(3);
    /// One of a list of words; the value's name lists them.
    pub const CHOICE: ArgumentKind = ArgumentKind(4);
    /// A range of addresses, `FROM-TO` or `FROM..TO`.
    pub const ADDRESS_RANGE: ArgumentKind = ArgumentKind(5);
}

/// A running plugin. The host owns it and ends it with [`PluginTable::drop`].
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct Instance {
    /// First argument of every hook and callback.
    pub data: *mut c_void,
    /// The hooks; read it with [`load`](super::load). Static in the plugin's image.
    pub table: *const PluginTable,
}
