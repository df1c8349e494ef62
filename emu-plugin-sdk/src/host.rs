//! What the emulator offers to a plugin.
//!
//! Unsafe rule: the table was checked by [`Host::from_table`], its functions may be called from
//! any thread while the instance lives, and every clone of a `Host` lies within the instance or in
//! threads of its own; a plugin that leaves such threads behind is told so by [`Host`]'s
//! documentation.

use std::fmt;
use std::sync::Arc;

use abi_stable::std_types::{RStr, RString};

use crate::abi::{self, FeatureSet, HostTable, LogLevel, SymbolInfo};
use crate::{Error, Feature, Result, StreamBuilder, Version};

/// The emulator, as a plugin sees it. Cheap to clone; a plugin that needs it after
/// [`Plugin::new`](crate::Plugin::new) keeps a clone.
///
/// A plugin that starts threads must end them when it is dropped: the host is gone then.
#[derive(Clone)]
pub struct Host {
    table: Arc<HostTable>,
}

impl fmt::Debug for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Host")
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}

impl Host {
    /// # Safety
    ///
    /// `table` is a host's table, with a context that outlives the instance made with it.
    pub(crate) unsafe fn from_table(table: *const HostTable) -> Result<Host> {
        // SAFETY: the caller vouches for it.
        let table = unsafe { abi::load(table) }
            .ok_or_else(|| Error::new("the emulator's table of functions is malformed"))?;
        if table.sdk_version.major != Version::CURRENT.major {
            return Err(Error::new(format_args!(
                "built with plugin SDK {}, but the emulator has {}: rebuild the plugin with \
                 emu-plugin-sdk {}",
                Version::CURRENT,
                table.sdk_version,
                table.sdk_version.major,
            )));
        }
        Ok(Host {
            table: Arc::new(table),
        })
    }

    /// Version of the SDK that the emulator was built with.
    #[must_use]
    pub fn version(&self) -> Version {
        self.table.sdk_version
    }

    /// Whether the emulator can do something. What the plugin cannot do without is better named
    /// in `#[emu_plugin(requires(...))]`, so that the user is told before the run.
    #[must_use]
    pub fn has(&self, feature: Feature) -> bool {
        self.features().has(feature)
    }

    pub(crate) fn features(&self) -> FeatureSet {
        self.table.features
    }

    pub(crate) fn table(&self) -> &HostTable {
        &self.table
    }

    /// Tells the user that something they asked for did not happen.
    pub fn error(&self, message: impl fmt::Display) {
        self.log(LogLevel::ERROR, &message.to_string());
    }

    /// Tells the user something they should know about.
    pub fn warn(&self, message: impl fmt::Display) {
        self.log(LogLevel::WARN, &message.to_string());
    }

    /// Tells the user about progress.
    pub fn info(&self, message: impl fmt::Display) {
        self.log(LogLevel::INFO, &message.to_string());
    }

    /// Tells the plugin's author about its inner workings.
    pub fn debug(&self, message: impl fmt::Display) {
        self.log(LogLevel::DEBUG, &message.to_string());
    }

    fn log(&self, level: LogLevel, message: &str) {
        // SAFETY: see the module's rule.
        unsafe { (self.table.log)(self.table.context, level, RStr::from_str(message)) };
    }

    /// What lies at a guest address, as far as the emulator knows.
    #[must_use]
    pub fn symbol(&self, address: u64) -> Option<Symbol> {
        if !self.has(Feature::Symbols) {
            return None;
        }
        let mut info = SymbolInfo {
            name: RString::new(),
            image: RString::new(),
            offset: 0,
        };
        // SAFETY: see the module's rule.
        let found = unsafe { (self.table.symbol)(self.table.context, address, &raw mut info) };
        found.then(|| Symbol {
            name: Some(info.name.into_string()).filter(|name| !name.is_empty()),
            image: Some(info.image.into_string()).filter(|image| !image.is_empty()),
            offset: info.offset,
        })
    }

    /// Disassembles one instruction: the `length` low bytes of `bits`.
    pub(crate) fn disassemble(&self, pc: u64, bits: u32, length: u8) -> Option<String> {
        if !self.has(Feature::Disassembly) {
            return None;
        }
        let mut text = RString::new();
        // SAFETY: see the module's rule.
        unsafe {
            (self.table.disassemble)(self.table.context, pc, bits, length, &raw mut text);
        }
        Some(text.into_string())
    }

    /// Begins the declaration of a stream of records: add columns, then
    /// [`open`](StreamBuilder::open) it.
    pub fn stream(&self, name: &str) -> StreamBuilder {
        StreamBuilder::new(self.clone(), name)
    }

    /// Asks for the run to stop soon, with this exit code of the emulator's. The guest may run on
    /// for a while; [`Plugin::on_exit`](crate::Plugin::on_exit) is called as at any end.
    pub fn stop(&self, exit_code: i32, reason: &str) {
        if self.has(Feature::Stop) {
            // SAFETY: see the module's rule.
            unsafe {
                (self.table.request_stop)(self.table.context, exit_code, RStr::from_str(reason));
            }
        }
    }

    pub(crate) fn failed(&self, hook: &str, message: &str) {
        // SAFETY: see the module's rule.
        unsafe {
            let (hook, message) = (RStr::from_str(hook), RStr::from_str(message));
            (self.table.plugin_failed)(self.table.context, hook, message);
        }
    }
}

/// What lies at a guest address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    name: Option<String>,
    image: Option<String>,
    offset: u64,
}

impl Symbol {
    /// Name of the function or object, if the address lies in one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Path of the file mapped there, as the guest knows it.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        self.image.as_deref()
    }

    /// Distance from the start of the function or object, or else from the image's base.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.offset
    }
}

impl fmt::Display for Symbol {
    /// `main+0x1c`, or `/lib/libc.so.6+0x2d10` where there is no name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name().or(self.image()).unwrap_or("?"))?;
        if self.offset != 0 {
            write!(f, "+{:#x}", self.offset)?;
        }
        Ok(())
    }
}
