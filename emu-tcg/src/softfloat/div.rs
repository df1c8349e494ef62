//! Division.

use super::format::{Class, Layout, propagate_nan, unpack};
use super::round::round;
use super::{Flags, Format, Rounding};

/// `a ÷ b`.
#[inline]
pub fn div<F: Format>(a: F::Bits, b: F::Bits, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    let (a, b) = (unpack::<F>(a), unpack::<F>(b));
    let negative = a.negative != b.negative;
    match (a.class, b.class) {
        (Class::Finite, Class::Finite) => {
            let (quotient, exact) = divide_significands(a.significand, b.significand);
            let shift = quotient.leading_zeros();
            let significand = quotient << shift | u64::from(!exact);
            round::<F>(
                negative,
                a.exponent - b.exponent - shift as i32,
                significand,
                rounding,
                flags,
            )
        }
        _ if a.is_nan() || b.is_nan() => propagate_nan::<F>(&[a, b], flags),
        (Class::Infinity, Class::Infinity) | (Class::Zero, Class::Zero) => F::invalid(flags),
        (Class::Finite, Class::Zero) => {
            flags.raise(Flags::DZ);
            F::infinity(negative)
        }
        (Class::Infinity, _) => F::infinity(negative),
        _ => F::zero(negative),
    }
}

/// `⌊a × 2^63 ÷ b⌋`, and whether that is exact. Both have bit 63 set, so it is above 2^62.
#[inline]
fn divide_significands(a: u64, b: u64) -> (u64, bool) {
    let (dividend, divisor) = (u128::from(a) << 63, u128::from(b));
    let quotient = dividend / divisor;
    (quotient as u64, quotient * divisor == dividend)
}
