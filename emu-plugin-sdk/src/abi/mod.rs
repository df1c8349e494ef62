//! The binary interface between a plugin and the emulator that loads it.
//!
//! A plugin author never needs this module: `#[emu_plugin]` and the safe types of the crate root
//! cover it. The host side is written against it, and it is the only description of what crosses
//! between two separately compiled images.
//!
//! How a plugin is found and run:
//! 1. The host opens a library and gets its [`RootModule`] through abi_stable, which checks
//!    layouts; or, for plugins built into the emulator, it walks
//!    [`registry::declarations`](crate::registry::declarations).
//! 2. Each [`PluginDeclaration`] says what the plugin is called, which arguments it takes and
//!    which [`Feature`]s it cannot do without. [`PluginDeclaration::create`] makes an
//!    [`Instance`]: a data pointer and a [`PluginTable`] of hooks.
//! 3. The plugin talks back through the [`HostTable`] it was created with.
//! 4. Generated code calls [`ExecCallback`]s and [`MemoryCallback`]s directly, or does what the
//!    function's code does, if that is a few simple instructions; so that code never changes.
//!
//! Not here: anything safe, anything generic over the author's types.
//!
//! Invariants:
//! - Only the root module is checked by abi_stable, and it is frozen: a prefix type that has more
//!   fields on the host than in the plugin is refused. All that may grow starts with its own
//!   `size` instead, grows at its end only, and is read through [`load`]; a field added after
//!   1.0 must be valid as zero bytes, meaning "not there".
//! - Everything else is frozen for the life of interface version 1.
//! - A discriminant, flag or function added after 1.0 comes with a [`Feature`]; a plugin uses it
//!   only where the host has that feature.
//! - No function here unwinds.

mod declaration;
mod feature;
mod host;
mod plugin;
mod report;
mod root;
mod view;

pub use declaration::{
    Argument, ArgumentKind, ArgumentSpec, CreateFn, Instance, PluginDeclaration,
};
pub use feature::{Feature, FeatureSet};
pub use host::{
    HostContext, HostTable, LogLevel, POINT_BLOCK, POINT_INSN, POINT_MEMORY, PROBE_READS_REGISTERS,
    PROBE_WRITES_REGISTERS, ProbeSink, SymbolInfo,
};
pub use plugin::{
    ExecCallback, INFO_ATOMIC, INFO_SIZE_MASK, INFO_STORE, MemoryCallback, PluginTable,
};
pub use report::{Cell, Column, ColumnKind, ReportData, Section};
pub use root::{DeclarationRef, RootModule, RootModulePrefix, RootModuleRef};
pub use view::{
    ACCESS_READ, ACCESS_WRITE, BlockView, INSN_BRANCH, INSN_CALL, INSN_RETURN, INSN_SYSCALL,
    InsnView, StateRef, StatesView, SyscallView,
};

use abi_stable::StableAbi;

/// A version of the SDK.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, StableAbi)]
pub struct Version {
    /// Incompatible interfaces differ in this.
    pub major: u32,
    /// Grows with each addition.
    pub minor: u32,
    /// Grows with each repair.
    pub patch: u32,
}

impl Version {
    /// The version of this copy of the SDK.
    pub const CURRENT: Version = Version {
        major: parse_u32(env!("CARGO_PKG_VERSION_MAJOR")),
        minor: parse_u32(env!("CARGO_PKG_VERSION_MINOR")),
        patch: parse_u32(env!("CARGO_PKG_VERSION_PATCH")),
    };
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

const fn parse_u32(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut value = 0;
    let mut index = 0;
    while index < bytes.len() {
        value = value * 10 + (bytes[index] - b'0') as u32;
        index += 1;
    }
    value
}

/// A structure that starts with its size in bytes (a `u32`) and may grow at its end.
///
/// # Safety
///
/// The implementor is `#[repr(C)]`, its first field is `size: u32`, [`Self::MINIMUM_SIZE`] is its
/// size in interface version 1.0, and every field that lies beyond that is valid as zero bytes.
pub unsafe trait Extensible: Copy {
    /// Size in interface version 1.0; a shorter structure is malformed.
    const MINIMUM_SIZE: usize;
}

/// Reads a structure written by another version of the SDK: what the writer did not know is zero,
/// what we do not know is left out. `None` if it is shorter than version 1.0 had it.
///
/// # Safety
///
/// `pointer` points to a structure that starts with its size and is valid for that many bytes.
#[must_use]
pub unsafe fn load<T: Extensible>(pointer: *const T) -> Option<T> {
    // SAFETY: the caller vouches for the size field.
    let written = unsafe { pointer.cast::<u32>().read() } as usize;
    if written < T::MINIMUM_SIZE {
        return None;
    }
    let mut value = std::mem::MaybeUninit::<T>::zeroed();
    // SAFETY: `written` bytes are readable, `size_of::<T>()` are writable, and what stays zero is
    // valid as such, or lies within `MINIMUM_SIZE` and is copied.
    unsafe {
        let size = written.min(size_of::<T>());
        std::ptr::copy_nonoverlapping(pointer.cast::<u8>(), value.as_mut_ptr().cast::<u8>(), size);
        Some(value.assume_init())
    }
}

/// Implements [`Extensible`] with today's size as the minimum. Once a field is added, name the
/// first added field instead: `extensible!(Table, until new_field)`.
macro_rules! extensible {
    ($type:ident $(<$lifetime:lifetime>)?) => {
        // SAFETY: `#[repr(C)]` with `size` first; nothing lies beyond the minimum.
        unsafe impl $(<$lifetime>)? $crate::abi::Extensible for $type $(<$lifetime>)? {
            const MINIMUM_SIZE: usize = size_of::<Self>();
        }
        const _: () = assert!(std::mem::offset_of!($type, size) == 0);
    };
}
use extensible;

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct Old {
        size: u32,
        first: u32,
    }

    #[repr(C)]
    #[derive(Clone, Copy)]
    struct New {
        size: u32,
        first: u32,
        added: Option<fn()>,
    }

    // SAFETY: both are `#[repr(C)]` with `size` first, and `None` is zero.
    unsafe impl Extensible for Old {
        const MINIMUM_SIZE: usize = 8;
    }
    // SAFETY: as above.
    unsafe impl Extensible for New {
        const MINIMUM_SIZE: usize = 8;
    }

    #[test]
    fn a_newer_reader_finds_nothing_where_an_older_writer_wrote_nothing() {
        // The older structure, followed by something that is not the writer's to read.
        let memory = [8_u32, 5, !0, !0];
        // SAFETY: the first eight bytes are an `Old`.
        let new = unsafe { load(memory.as_ptr().cast::<New>()) }.expect("it is long enough");
        assert_eq!((new.first, new.added.is_none()), (5, true));
    }

    #[test]
    fn an_older_reader_leaves_out_what_a_newer_writer_added() {
        let new = New {
            size: size_of::<New>() as u32,
            first: 5,
            added: Some(|| ()),
        };
        // SAFETY: `New` begins as `Old` does.
        let old = unsafe { load((&raw const new).cast::<Old>()) }.expect("it is long enough");
        assert_eq!(old.first, 5);
    }

    #[test]
    fn what_is_shorter_than_the_first_version_is_refused() {
        let memory = [7_u32, 5];
        // SAFETY: the first seven bytes are readable.
        assert!(unsafe { load(memory.as_ptr().cast::<Old>()) }.is_none());
    }

    #[test]
    fn versions_are_numbers() {
        assert_eq!(Version::CURRENT.to_string(), env!("CARGO_PKG_VERSION"));
    }
}
