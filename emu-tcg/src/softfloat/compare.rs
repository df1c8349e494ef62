//! Comparison, minimum and maximum, classification: operations that round nothing.

use super::format::{Class, Layout, unpack};
use super::{Flags, Format};

/// Whether a pattern is a NaN, and whether a signalling one.
#[inline]
fn nan_kind<F: Format>(bits: u64) -> (bool, bool) {
    let nan = bits & F::MAGNITUDE_MASK > F::INFINITY;
    (nan, nan && bits & F::QUIET_BIT == 0)
}

/// Maps patterns to integers that are ordered as the numbers are, with −0 just below +0.
#[inline]
fn order_key<F: Format>(bits: u64) -> i64 {
    let magnitude = (bits & F::MAGNITUDE_MASK) as i64;
    if bits & F::SIGN_BIT != 0 {
        !magnitude
    } else {
        magnitude
    }
}

/// Whether one is a zero and so is the other.
#[inline]
fn both_zero<F: Format>(a: u64, b: u64) -> bool {
    (a | b) & F::MAGNITUDE_MASK == 0
}

/// `a == b`; only a signalling NaN is invalid.
#[inline]
pub fn eq<F: Format>(a: F::Bits, b: F::Bits, flags: &mut Flags) -> bool {
    let (a, b): (u64, u64) = (a.into(), b.into());
    let ((a_nan, a_signalling), (b_nan, b_signalling)) = (nan_kind::<F>(a), nan_kind::<F>(b));
    if a_signalling || b_signalling {
        flags.raise(Flags::NV);
    }
    !(a_nan || b_nan) && (a == b || both_zero::<F>(a, b))
}

/// Whether the operands of a signalling comparison are ordered; raises the flag if not.
#[inline]
fn ordered<F: Format>(a: u64, b: u64, flags: &mut Flags) -> bool {
    let unordered = nan_kind::<F>(a).0 || nan_kind::<F>(b).0;
    if unordered {
        flags.raise(Flags::NV);
    }
    !unordered
}

/// `a < b`; any NaN is invalid.
#[inline]
pub fn lt<F: Format>(a: F::Bits, b: F::Bits, flags: &mut Flags) -> bool {
    let (a, b): (u64, u64) = (a.into(), b.into());
    ordered::<F>(a, b, flags) && order_key::<F>(a) < order_key::<F>(b) && !both_zero::<F>(a, b)
}

/// `a <= b`; any NaN is invalid.
#[inline]
pub fn le<F: Format>(a: F::Bits, b: F::Bits, flags: &mut Flags) -> bool {
    let (a, b): (u64, u64) = (a.into(), b.into());
    ordered::<F>(a, b, flags) && (order_key::<F>(a) <= order_key::<F>(b) || both_zero::<F>(a, b))
}

/// IEEE 754-2019 `minimumNumber`: a number rather than a NaN, and −0 rather than +0.
#[inline]
pub fn min<F: Format>(a: F::Bits, b: F::Bits, flags: &mut Flags) -> F::Bits {
    choose::<F>(a, b, flags, |a, b| a <= b)
}

/// IEEE 754-2019 `maximumNumber`: a number rather than a NaN, and +0 rather than −0.
#[inline]
pub fn max<F: Format>(a: F::Bits, b: F::Bits, flags: &mut Flags) -> F::Bits {
    choose::<F>(a, b, flags, |a, b| a >= b)
}

/// `a` if its order key and that of `b` say so, else `b`; of a number and a NaN, the number.
#[inline]
fn choose<F: Format>(
    a: F::Bits,
    b: F::Bits,
    flags: &mut Flags,
    prefer_a: fn(i64, i64) -> bool,
) -> F::Bits {
    let ((a_nan, a_signalling), (b_nan, b_signalling)) =
        (nan_kind::<F>(a.into()), nan_kind::<F>(b.into()));
    if a_signalling || b_signalling {
        flags.raise(Flags::NV);
    }
    match (a_nan, b_nan) {
        (true, true) => F::nan(),
        (true, false) => b,
        (false, true) => a,
        (false, false) if prefer_a(order_key::<F>(a.into()), order_key::<F>(b.into())) => a,
        (false, false) => b,
    }
}

/// RISC-V's `fclass` mask; exactly one bit is set.
///
/// | bit | 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 |
/// |---|---|---|---|---|---|---|---|---|---|---|
/// | | −∞ | −normal | −subnormal | −0 | +0 | +subnormal | +normal | +∞ | signalling NaN | quiet NaN |
#[inline]
#[must_use]
pub fn classify<F: Format>(a: F::Bits) -> u16 {
    let number = unpack::<F>(a);
    let (if_negative, if_positive) = match number.class {
        Class::Infinity => (0, 7),
        Class::Finite if number.exponent >= F::MIN_EXPONENT => (1, 6),
        Class::Finite => (2, 5),
        Class::Zero => (3, 4),
        Class::Signalling => (8, 8),
        Class::Quiet => (9, 9),
    };
    1 << if number.negative {
        if_negative
    } else {
        if_positive
    }
}
