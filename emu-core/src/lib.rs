//! The emulator: vCPUs, memory, loader, Linux, plugin host and the execution loop.

pub mod environment;
pub mod linux;
pub mod loader;
