//! Back ends: ways to run IR blocks.

pub mod cranelift;
pub mod interp;
