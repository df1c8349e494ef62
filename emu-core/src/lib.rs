//! The emulator: vCPUs, memory, loader, Linux, plugin host and the execution loop.

pub mod engine;
pub mod environment;
pub mod fault;
pub mod linux;
pub mod loader;
pub mod plugin;
pub mod report;
mod signal_mask;
