//! Write `emu` plugins in safe Rust.
//!
//! A plugin watches a guest program run: it is shown each block of guest code once, when the
//! block is translated, and chooses there which instructions, memory accesses or blocks to
//! instrument, and how. An *inline addition* costs about one host instruction; a *callback* is
//! called by the generated code directly. A callback of a few integer instructions, without a
//! loop, a call, or a store to anything but the per-vCPU state (in an optimised build), is not
//! even called: hot code does in its place what it does.
//!
//! ```
//! use emu_plugin_sdk::prelude::*;
//!
//! #[derive(PluginArgs)]
//! struct Args {
//!     /// Report each vCPU on its own.
//!     per_vcpu: bool,
//! }
//!
//! #[derive(Default, VcpuState)]
//! struct Counts {
//!     insns: u64,
//!     writes: u64,
//! }
//!
//! struct Count {
//!     args: Args,
//! }
//!
//! /// Counts instructions and memory writes.
//! #[emu_plugin(name = "count")]
//! impl Plugin for Count {
//!     type Args = Args;
//!     type Vcpu = Counts;
//!
//!     fn new(args: Args, _host: &Host) -> Result<Self> {
//!         Ok(Count { args })
//!     }
//!
//!     fn on_block(&self, block: &mut Block<'_, Self>) {
//!         for insn in block.insns() {
//!             insn.before().add(Counts::INSNS, 1);
//!             insn.accesses(Access::Write).add(Counts::WRITES, 1);
//!         }
//!     }
//!
//!     fn on_exit(&self, vcpus: &Vcpus<'_, Counts>, report: &mut Report<'_>) {
//!         let mut table =
//!             report.table("Executed").text("vCPU").number("instructions").number("writes");
//!         if self.args.per_vcpu {
//!             for (vcpu, counts) in vcpus {
//!                 table.row((vcpu, counts.insns, counts.writes));
//!             }
//!         }
//!         table.row(("all", vcpus.sum(|c| c.insns), vcpus.sum(|c| c.writes)));
//!     }
//! }
//! ```
//!
//! Build it as a `cdylib` that depends on this crate alone. The emulator and the plugin need not
//! be built by the same compiler, nor with the same minor version of this crate.
//!
//! Where to look next: [`Plugin`] for the hooks, [`Block`] for instrumentation, [`PluginArgs`] for
//! arguments, [`VcpuState`] for counters, [`Report`] and [`Stream`] for output, [`Host`] for what
//! the emulator offers. [`abi`] is for the emulator's side.
//!
//! Rules:
//! - A callback runs after everything that was registered before it at the same point, on the
//!   vCPU's own thread, and is never entered while another one holds the same per-vCPU state.
//! - A panic in a hook or callback does not bring the emulator down: the plugin is marked as
//!   failed and its instrumentation removed.
//! - This crate holds no state of its own, and its unsafe code is confined to the modules that say
//!   so below.

#![deny(unsafe_code)]

// The macros name this crate by its absolute path; its own tests need that to resolve.
extern crate self as emu_plugin_sdk;

#[expect(unsafe_code, reason = "reads what other images wrote")]
pub mod abi;
mod args;
#[expect(unsafe_code, reason = "calls the host")]
mod block;
#[expect(unsafe_code, reason = "called by generated code")]
mod callback;
mod error;
#[expect(unsafe_code, reason = "called by the host")]
mod hooks;
#[expect(unsafe_code, reason = "calls the host")]
mod host;
mod plugin;
pub mod registry;
mod report;
#[expect(unsafe_code, reason = "calls the host")]
mod stream;
mod syscall;
#[expect(unsafe_code, reason = "reads states that the host keeps")]
mod vcpu;

pub use abi::{Cell, ColumnKind, Feature, Version};
pub use args::{AddressRange, Arguments, NoArgs, PluginArgs, PluginValue};
pub use block::{Access, Block, ExecPoint, Insn, Insns, MemoryAccess, MemoryPoint, Point};
pub use emu_plugin_macros::{PluginArgs, PluginValue, VcpuState, emu_plugin};
pub use error::{Error, Result};
pub use host::{Host, Symbol};
pub use plugin::Plugin;
pub use report::{Address, IntoCell, Ratio, Report, Row, Table};
pub use stream::{Stream, StreamBuilder};
pub use syscall::{Syscall, SyscallReturn};
pub use vcpu::{Counter, Counters, VcpuId, VcpuState, Vcpus};

/// What most plugins need: `use emu_plugin_sdk::prelude::*;`
pub mod prelude {
    pub use crate::{
        Access, Address, AddressRange, Block, Cell, Error, Feature, Host, Insn, MemoryAccess,
        NoArgs, Plugin, PluginArgs, PluginValue, Point, Ratio, Report, Result, Stream, Syscall,
        SyscallReturn, VcpuId, VcpuState, Vcpus, emu_plugin,
    };
}

/// For the expansions of the macros only: no part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::abi::{ArgumentKind, ArgumentSpec, Feature, FeatureSet};
    pub use crate::args::{choice, spec};
    pub use crate::hooks::{Declared, Hooks, declaration};
    pub use abi_stable::std_types::{ROption, RStr};
    pub use inventory;
}

/// The README's first plugin compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
