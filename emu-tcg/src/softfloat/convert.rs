//! Conversions between the formats, and from and to integers.

use super::format::{Class, Layout, propagate_nan, unpack};
use super::round::{round, rounds_up};
use super::{F32, F64, Flags, Format, Rounding};

/// `a` as a double; exact.
#[inline]
pub fn f32_to_f64(a: u32, flags: &mut Flags) -> u64 {
    convert::<F32, F64>(a, Rounding::Nearest, flags)
}

/// `a` as a single.
#[inline]
pub fn f64_to_f32(a: u64, rounding: Rounding, flags: &mut Flags) -> u32 {
    convert::<F64, F32>(a, rounding, flags)
}

#[inline]
fn convert<From: Format, To: Format>(
    a: From::Bits,
    rounding: Rounding,
    flags: &mut Flags,
) -> To::Bits {
    let a = unpack::<From>(a);
    match a.class {
        Class::Finite => round::<To>(a.negative, a.exponent, a.significand, rounding, flags),
        Class::Zero => To::zero(a.negative),
        Class::Infinity => To::infinity(a.negative),
        Class::Quiet | Class::Signalling => propagate_nan::<To>(&[a], flags),
    }
}

/// `a` rounded to an integer between `min` and `max`. What lies outside, after rounding, is
/// invalid (and then not inexact) and becomes the nearer limit; a NaN becomes `max`.
#[inline]
fn to_integer<F: Format>(
    a: F::Bits,
    min: i128,
    max: i128,
    rounding: Rounding,
    flags: &mut Flags,
) -> i128 {
    let a = unpack::<F>(a);
    let (integer, fraction) = match a.class {
        Class::Zero => return 0,
        Class::Quiet | Class::Signalling => {
            flags.raise(Flags::NV);
            return max;
        }
        // `fraction` has its bit 63 worth one half, and bit 0 stands for all below it.
        Class::Finite if a.exponent < -1 => (0, 1),
        Class::Finite if a.exponent == -1 => (0, a.significand),
        Class::Finite if a.exponent < 63 => (
            a.significand >> (63 - a.exponent),
            a.significand << (a.exponent + 1),
        ),
        Class::Finite if a.exponent == 63 => (a.significand, 0),
        Class::Finite | Class::Infinity => {
            flags.raise(Flags::NV);
            return if a.negative { min } else { max };
        }
    };
    let up = rounds_up(a.negative, integer & 1 != 0, fraction, rounding);
    let magnitude = i128::from(integer) + i128::from(up);
    let value = if a.negative { -magnitude } else { magnitude };
    if value < min || value > max {
        flags.raise(Flags::NV);
    } else if fraction != 0 {
        flags.raise(Flags::NX);
    }
    value.clamp(min, max)
}

macro_rules! to_integer {
    ($name:ident, $integer:ty) => {
        #[doc = concat!("`a` as `", stringify!($integer), "`: saturating, and a NaN to the maximum, both invalid.")]
        #[inline]
        pub fn $name<F: Format>(a: F::Bits, rounding: Rounding, flags: &mut Flags) -> $integer {
            let (min, max) = (<$integer>::MIN.into(), <$integer>::MAX.into());
            to_integer::<F>(a, min, max, rounding, flags) as $integer
        }
    };
}
to_integer!(to_i32, i32);
to_integer!(to_u32, u32);
to_integer!(to_i64, i64);
to_integer!(to_u64, u64);

#[inline]
fn from_integer<F: Format>(
    negative: bool,
    magnitude: u64,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    if magnitude == 0 {
        return F::zero(false);
    }
    let shift = magnitude.leading_zeros();
    round::<F>(
        negative,
        63 - shift as i32,
        magnitude << shift,
        rounding,
        flags,
    )
}

/// An integer as a float.
#[inline]
pub fn from_i32<F: Format>(value: i32, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    from_integer::<F>(value < 0, value.unsigned_abs().into(), rounding, flags)
}

/// An integer as a float.
#[inline]
pub fn from_u32<F: Format>(value: u32, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    from_integer::<F>(false, value.into(), rounding, flags)
}

/// An integer as a float.
#[inline]
pub fn from_i64<F: Format>(value: i64, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    from_integer::<F>(value < 0, value.unsigned_abs(), rounding, flags)
}

/// An integer as a float.
#[inline]
pub fn from_u64<F: Format>(value: u64, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    from_integer::<F>(false, value, rounding, flags)
}
