//! Square root.

use super::format::{Class, Layout, propagate_nan, unpack};
use super::round::round;
use super::{Flags, Format, Rounding};

/// The square root of `a`.
#[inline]
pub fn sqrt<F: Format>(a: F::Bits, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    let a = unpack::<F>(a);
    match a.class {
        Class::Quiet | Class::Signalling => propagate_nan::<F>(&[a], flags),
        Class::Zero => F::zero(a.negative),
        _ if a.negative => F::invalid(flags),
        Class::Infinity => F::infinity(false),
        Class::Finite => {
            // With the exponent made even, the magnitude is `square × 2^(exponent − 126)`, and
            // its root is that of `square`, between 2^63 and 2^64, times 2^(exponent / 2 − 63).
            let odd = a.exponent & 1;
            let square = u128::from(a.significand) << (63 + odd);
            let root = square.isqrt();
            let significand = root as u64 | u64::from(root * root != square);
            round::<F>(false, (a.exponent - odd) / 2, significand, rounding, flags)
        }
    }
}
