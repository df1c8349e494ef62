//! Write `emu` plugins in safe Rust.

pub mod abi;
pub mod registry;
