//! Rounding: from an exact sign, exponent and significand to a bit pattern and flags.

use super::format::Layout;
use super::{Flags, Format, Rounding};

/// `value >> count` with every bit shifted out ORed into bit 0 ("jammed"), which rounding
/// then sees as "more than what the bits above say". Any count.
#[inline]
pub(super) fn shift_right_jam64(value: u64, count: u32) -> u64 {
    if count == 0 {
        value
    } else if count < 64 {
        value >> count | u64::from(value << (64 - count) != 0)
    } else {
        u64::from(value != 0)
    }
}

/// [`shift_right_jam64`] for 128 bits.
#[inline]
pub(super) fn shift_right_jam128(value: u128, count: u32) -> u128 {
    if count == 0 {
        value
    } else if count < 128 {
        value >> count | u128::from(value << (128 - count) != 0)
    } else {
        u128::from(value != 0)
    }
}

/// The high half of a 128-bit significand, the low half jammed into it.
#[inline]
pub(super) fn jam_to_u64(value: u128) -> u64 {
    (value >> 64) as u64 | u64::from(value as u64 != 0)
}

/// Whether a magnitude cut off at an integer is rounded up to the next one.
///
/// `odd` is the integer's lowest bit; `fraction` is what was cut off, its bit 63 worth one half.
#[inline]
pub(super) fn rounds_up(negative: bool, odd: bool, fraction: u64, rounding: Rounding) -> bool {
    const HALF: u64 = 1 << 63;
    match rounding {
        Rounding::Nearest => fraction > HALF || fraction == HALF && odd,
        Rounding::NearestAway => fraction >= HALF,
        Rounding::Zero => false,
        Rounding::Down => negative && fraction != 0,
        Rounding::Up => !negative && fraction != 0,
    }
}

/// Rounds `significand × 2^(exponent − 63)` to the format.
///
/// Bit 63 of `significand` must be set; its bit 0 may be jammed.
#[inline]
pub(super) fn round<F: Format>(
    negative: bool,
    exponent: i32,
    significand: u64,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    debug_assert!(significand >> 63 == 1);
    if exponent < F::MIN_EXPONENT {
        return round_subnormal::<F>(negative, exponent, significand, rounding, flags);
    }
    if exponent > F::MAX_EXPONENT {
        return overflow::<F>(negative, rounding, flags);
    }
    let (integer, inexact) = round_to_precision::<F>(negative, significand, rounding);
    // The hidden bit of `integer` adds the missing one to the exponent field, and a carry out
    // of the significand adds another and leaves a zero fraction, as it must.
    let magnitude = (((exponent + F::MAX_EXPONENT - 1) as u64) << F::FRACTION_BITS) + integer;
    if magnitude >= F::INFINITY {
        return overflow::<F>(negative, rounding, flags);
    }
    if inexact {
        flags.raise(Flags::NX);
    }
    F::signed(negative, magnitude)
}

/// Rounds the top `PRECISION` bits of a significand to an integer; also, whether that is inexact.
#[inline]
fn round_to_precision<F: Format>(
    negative: bool,
    significand: u64,
    rounding: Rounding,
) -> (u64, bool) {
    let integer = significand >> (u64::BITS - F::PRECISION);
    let fraction = significand << F::PRECISION;
    let up = rounds_up(negative, integer & 1 != 0, fraction, rounding);
    (integer + u64::from(up), fraction != 0)
}

/// [`round`] of a magnitude below the smallest normal number.
#[cold]
fn round_subnormal<F: Format>(
    negative: bool,
    exponent: i32,
    significand: u64,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    let below = (F::MIN_EXPONENT - exponent) as u32;
    let aligned = shift_right_jam64(significand, below);
    // A carry makes it the smallest normal number, whose pattern is just that.
    let (magnitude, inexact) = round_to_precision::<F>(negative, aligned, rounding);
    if inexact {
        // Tiny is what would be below the smallest normal number also if the exponent range
        // were unbounded, that is, if it were rounded to full precision.
        let unbounded = round_to_precision::<F>(negative, significand, rounding).0;
        let tiny = below > 1 || unbounded >> F::PRECISION == 0;
        flags.raise(if tiny {
            Flags::UF | Flags::NX
        } else {
            Flags::NX
        });
    }
    F::signed(negative, magnitude)
}

/// The result of an operation whose rounded magnitude is too large.
#[cold]
fn overflow<F: Format>(negative: bool, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    flags.raise(Flags::OF | Flags::NX);
    let to_infinity = match rounding {
        Rounding::Nearest | Rounding::NearestAway => true,
        Rounding::Zero => false,
        Rounding::Down => negative,
        Rounding::Up => !negative,
    };
    F::signed(negative, F::INFINITY - u64::from(!to_infinity))
}
