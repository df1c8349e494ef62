//! Floating point in integer arithmetic: IEEE 754 binary32 and binary64, exact to the flag.
//!
//! The interpreter computes with it, and generated code calls it for everything the host's
//! FPU cannot do as the guest wants it. Generated code keeps the guest's exception flags in
//! the host's MXCSR, so no function here executes a floating-point instruction.
//!
//! The choices that IEEE 754 leaves open are RISC-V's: a NaN result is the canonical NaN,
//! tininess is detected after rounding, `fma(∞, 0, qNaN)` is invalid, conversions to integers
//! saturate, minimum and maximum are `minimumNumber` and `maximumNumber`.
//!
//! Not here: NaN boxing of a single in a 64-bit register, and the guest's rounding-mode and
//! flag registers; callers pass bit patterns and modes, and accrue [`Flags`].
//!
//! | stage of an operation | module |
//! |---|---|
//! | bit pattern → sign, class, exponent, significand | `format` |
//! | exact arithmetic on those | `add`, `mul`, `div`, `sqrt`, `fma`, `convert` |
//! | rounding, overflow, underflow → bit pattern | `round` |
//! | no rounding at all | `compare` |
//!
//! ```
//! use emu_tcg::softfloat::{F64, Flags, Rounding, div};
//!
//! let mut flags = Flags::default();
//! let third = div::<F64>(1f64.to_bits(), 3f64.to_bits(), Rounding::Nearest, &mut flags);
//! assert_eq!(f64::from_bits(third), 1.0 / 3.0);
//! assert_eq!(flags, Flags(Flags::NX));
//! ```

mod add;
mod compare;
mod convert;
mod div;
mod fma;
mod format;
mod mul;
mod round;
mod sqrt;
#[cfg(test)]
mod tests;

pub use add::{add, sub};
pub use compare::{classify, eq, le, lt, max, min};
pub use convert::{
    f32_to_f64, f64_to_f32, from_i32, from_i64, from_u32, from_u64, to_i32, to_i64, to_u32, to_u64,
};
pub use div::div;
pub use fma::fma;
pub use format::{F32, F64, Format};
pub use mul::mul;
pub use sqrt::sqrt;

/// How an inexact result is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To nearest, ties to even.
    Nearest,
    /// Towards zero.
    Zero,
    /// Towards −∞.
    Down,
    /// Towards +∞.
    Up,
    /// To nearest, ties away from zero.
    NearestAway,
}

/// Accrued exception flags, encoded as RISC-V's `fflags`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Flags(pub u8);

impl Flags {
    /// Invalid operation.
    pub const NV: u8 = 16;
    /// Division of a finite number by zero.
    pub const DZ: u8 = 8;
    /// Overflow.
    pub const OF: u8 = 4;
    /// Underflow: tiny after rounding, and inexact.
    pub const UF: u8 = 2;
    /// Inexact.
    pub const NX: u8 = 1;

    /// Adds `flags` to those already raised.
    #[inline]
    pub fn raise(&mut self, flags: u8) {
        self.0 |= flags;
    }
}
