//! The two formats, and taking a bit pattern apart.

use super::Flags;

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::F32 {}
    impl Sealed for super::F64 {}
}

/// A binary interchange format: [`F32`] or [`F64`].
pub trait Format: sealed::Sealed {
    /// The bit pattern.
    type Bits: Copy + Eq + Into<u64> + std::fmt::Debug + std::fmt::LowerHex + 'static;
    /// Bits of a significand, the hidden one included.
    const PRECISION: u32;
    /// Largest exponent of a finite number, which is also the exponent's bias.
    const MAX_EXPONENT: i32;
    /// The pattern held in the low bits of `bits`.
    fn from_u64(bits: u64) -> Self::Bits;
}

/// Single precision, binary32.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum F32 {}

/// Double precision, binary64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum F64 {}

impl Format for F32 {
    type Bits = u32;
    const PRECISION: u32 = 24;
    const MAX_EXPONENT: i32 = 127;
    #[inline]
    fn from_u64(bits: u64) -> u32 {
        bits as u32
    }
}

impl Format for F64 {
    type Bits = u64;
    const PRECISION: u32 = 53;
    const MAX_EXPONENT: i32 = 1023;
    #[inline]
    fn from_u64(bits: u64) -> u64 {
        bits
    }
}

/// Layout constants and special patterns that follow from a format's two parameters.
pub(super) trait Layout: Format {
    /// Bits of the fraction field, and the position of the exponent field.
    const FRACTION_BITS: u32 = Self::PRECISION - 1;
    /// The fraction field.
    const FRACTION_MASK: u64 = (1 << Self::FRACTION_BITS) - 1;
    /// The exponent field of infinities and NaNs, at the bottom.
    const SPECIAL_EXPONENT: u64 = 2 * Self::MAX_EXPONENT as u64 + 1;
    /// Exponent of the smallest normal number.
    const MIN_EXPONENT: i32 = 1 - Self::MAX_EXPONENT;
    /// +∞; everything above it, but for the sign bit, is a NaN.
    const INFINITY: u64 = Self::SPECIAL_EXPONENT << Self::FRACTION_BITS;
    /// The fraction bit that makes a NaN quiet.
    const QUIET_BIT: u64 = 1 << (Self::FRACTION_BITS - 1);
    /// The NaN that every operation returns.
    const CANONICAL_NAN: u64 = Self::INFINITY | Self::QUIET_BIT;
    /// The sign bit.
    const SIGN_BIT: u64 = (Self::SPECIAL_EXPONENT + 1) << Self::FRACTION_BITS;
    /// Everything but the sign bit.
    const MAGNITUDE_MASK: u64 = Self::SIGN_BIT - 1;

    /// The canonical NaN.
    #[inline]
    fn nan() -> Self::Bits {
        Self::from_u64(Self::CANONICAL_NAN)
    }

    /// The canonical NaN of an operation that is invalid.
    #[inline]
    fn invalid(flags: &mut Flags) -> Self::Bits {
        flags.raise(Flags::NV);
        Self::nan()
    }

    /// An infinity.
    #[inline]
    fn infinity(negative: bool) -> Self::Bits {
        Self::signed(negative, Self::INFINITY)
    }

    /// A zero.
    #[inline]
    fn zero(negative: bool) -> Self::Bits {
        Self::signed(negative, 0)
    }

    /// The pattern `magnitude` with a sign.
    #[inline]
    fn signed(negative: bool, magnitude: u64) -> Self::Bits {
        Self::from_u64(if negative { Self::SIGN_BIT } else { 0 } | magnitude)
    }
}

impl<F: Format> Layout for F {}

/// What kind of number a pattern stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Zero,
    /// Normal or subnormal.
    Finite,
    Infinity,
    Quiet,
    Signalling,
}

/// A number taken apart.
///
/// If it is `Finite`, its magnitude is `significand × 2^(exponent − 63)` and bit 63 of
/// `significand` is set, also for subnormals; the low `64 − PRECISION` bits are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unpacked {
    pub negative: bool,
    pub class: Class,
    pub exponent: i32,
    pub significand: u64,
}

impl Unpacked {
    /// Whether it is a NaN of either kind.
    #[inline]
    pub(super) fn is_nan(&self) -> bool {
        matches!(self.class, Class::Quiet | Class::Signalling)
    }
}

/// Takes a bit pattern apart.
#[inline]
pub(super) fn unpack<F: Format>(bits: F::Bits) -> Unpacked {
    let bits: u64 = bits.into();
    let negative = bits & F::SIGN_BIT != 0;
    let fraction = bits & F::FRACTION_MASK;
    let biased = (bits & F::MAGNITUDE_MASK) >> F::FRACTION_BITS;
    let to_top = u64::BITS - F::PRECISION;
    if biased == 0 {
        if fraction == 0 {
            return Unpacked {
                negative,
                class: Class::Zero,
                exponent: 0,
                significand: 0,
            };
        }
        let shift = fraction.leading_zeros();
        let exponent = F::MIN_EXPONENT - (shift - to_top) as i32;
        return Unpacked {
            negative,
            class: Class::Finite,
            exponent,
            significand: fraction << shift,
        };
    }
    if biased == F::SPECIAL_EXPONENT {
        let class = if fraction == 0 {
            Class::Infinity
        } else if fraction & F::QUIET_BIT != 0 {
            Class::Quiet
        } else {
            Class::Signalling
        };
        return Unpacked {
            negative,
            class,
            exponent: 0,
            significand: 0,
        };
    }
    let significand = (fraction | 1 << F::FRACTION_BITS) << to_top;
    Unpacked {
        negative,
        class: Class::Finite,
        exponent: biased as i32 - F::MAX_EXPONENT,
        significand,
    }
}

/// The result of an operation of which at least one operand is a NaN.
#[cold]
pub(super) fn propagate_nan<F: Format>(operands: &[Unpacked], flags: &mut Flags) -> F::Bits {
    if operands
        .iter()
        .any(|operand| operand.class == Class::Signalling)
    {
        flags.raise(Flags::NV);
    }
    F::nan()
}
