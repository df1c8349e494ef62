//! The plugin host: finds plugins, instruments the guest as they ask, tells them of its life and
//! writes their reports.
//!
//! | part | module |
//! |---|---|
//! | what the user asks for: `NAME\|PATH[:NAME][,ARG[=VALUE]]…` | [`spec`] |
//! | whether a file can be a plugin library at all | `library` |
//! | from the request to a declaration that this host can run | [`load`] |
//! | what a declaration says, for listings | [`info`] |
//! | a running plugin and its hooks | `instance` |
//! | what plugins call | `host_table` |
//! | a plugin's probes, checked, as the translator wants them | `probe` |
//! | the per-vCPU states of plugins | `states` |
//! | blocks and system calls as plugins see them | `view` |
//! | disassembly on demand | `disassemble` |
//! | all of it behind the engine's seam | [`host`] |
//!
//! The interface itself is [`emu_plugin_sdk::abi`]. Not here: how probes become code, and how
//! reports are rendered ([`crate::report`]).
//!
//! Invariants:
//! - Libraries are never unloaded.
//! - `unsafe` stays in `load`, `instance`, `host_table`, `states` and, where the engine's pointers
//!   come in, `host`.
//! - No lock of ours is held while a plugin's code runs, except the order of reports'.
//! - A plugin that failed is not called any more, by hooks at once, by generated code from the next
//!   safe point of each vCPU on; what it owns is left as it is.

mod disassemble;
pub mod error;
pub mod host;
mod host_table;
pub mod info;
mod instance;
mod library;
pub mod load;
mod probe;
pub mod spec;
mod states;
#[cfg(test)]
mod tests;
mod view;

pub use disassemble::{disassemble, disassemble_host};
pub use error::PluginError;
pub use host::{HostOptions, PluginErrors, PluginHost, Symbolizer};
pub use info::{ArgumentInfo, Origin, PluginInfo, describe, list_builtin};
pub use spec::{PluginSpec, SpecError};
