//! Multiplication.

use super::format::{Class, Layout, propagate_nan, unpack};
use super::round::{jam_to_u64, round};
use super::{Flags, Format, Rounding};

/// `a × b`.
#[inline]
pub fn mul<F: Format>(a: F::Bits, b: F::Bits, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    let (a, b) = (unpack::<F>(a), unpack::<F>(b));
    let negative = a.negative != b.negative;
    match (a.class, b.class) {
        (Class::Finite, Class::Finite) => {
            let product = u128::from(a.significand) * u128::from(b.significand);
            let shift = product.leading_zeros();
            let exponent = a.exponent + b.exponent + 1 - shift as i32;
            round::<F>(
                negative,
                exponent,
                jam_to_u64(product << shift),
                rounding,
                flags,
            )
        }
        _ if a.is_nan() || b.is_nan() => propagate_nan::<F>(&[a, b], flags),
        (Class::Infinity, Class::Zero) | (Class::Zero, Class::Infinity) => F::invalid(flags),
        (Class::Infinity, _) | (_, Class::Infinity) => F::infinity(negative),
        _ => F::zero(negative),
    }
}
