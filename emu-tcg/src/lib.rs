//! Dynamic binary translation: guest instructions → IR → interpreter or host code.
//!
//! A pure library: it knows no Linux, no device and no plugin. Instrumentation is
//! data handed in ([`probe::Probes`]) that becomes IR operations like any other.
//!
//! | stage | module |
//! |---|---|
//! | decode a block of guest instructions | [`guest`] |
//! | choose instrumentation | [`probe`] (the caller fills it in) |
//! | emit IR | [`guest`], through [`ir::Builder`] |
//! | check it | [`ir::verify`] |
//! | interpret it | [`backend::interp`] |
//! | compile regions of blocks to host code | [`backend::cranelift`] |

pub mod backend;
pub mod guest;
pub mod ir;
pub mod memory;
pub mod probe;
pub mod softfloat;
pub mod state;
