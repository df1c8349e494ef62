//! Addition and subtraction.

use super::format::{Class, Layout, Unpacked, propagate_nan, unpack};
use super::round::{round, shift_right_jam64};
use super::{Flags, Format, Rounding};

/// `a + b`.
#[inline]
pub fn add<F: Format>(a: F::Bits, b: F::Bits, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    sum::<F>(unpack::<F>(a), unpack::<F>(b), rounding, flags)
}

/// `a − b`.
#[inline]
pub fn sub<F: Format>(a: F::Bits, b: F::Bits, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    let b = unpack::<F>(b);
    sum::<F>(
        unpack::<F>(a),
        Unpacked {
            negative: !b.negative,
            ..b
        },
        rounding,
        flags,
    )
}

/// The sign of an exact zero that is the sum of numbers of different sign.
#[inline]
pub(super) fn cancelled_sign(rounding: Rounding) -> bool {
    rounding == Rounding::Down
}

#[inline]
fn sum<F: Format>(a: Unpacked, b: Unpacked, rounding: Rounding, flags: &mut Flags) -> F::Bits {
    match (a.class, b.class) {
        (Class::Finite, Class::Finite) => finite_sum::<F>(a, b, rounding, flags),
        _ if a.is_nan() || b.is_nan() => propagate_nan::<F>(&[a, b], flags),
        (Class::Infinity, Class::Infinity) if a.negative != b.negative => F::invalid(flags),
        (Class::Infinity, _) => F::infinity(a.negative),
        (_, Class::Infinity) => F::infinity(b.negative),
        (Class::Zero, Class::Zero) if a.negative == b.negative => F::zero(a.negative),
        (Class::Zero, Class::Zero) => F::zero(cancelled_sign(rounding)),
        // Exact; `round` cannot find anything to round, but it packs.
        (Class::Zero, _) => round::<F>(b.negative, b.exponent, b.significand, rounding, flags),
        _ => round::<F>(a.negative, a.exponent, a.significand, rounding, flags),
    }
}

fn finite_sum<F: Format>(
    a: Unpacked,
    b: Unpacked,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    let magnitude = |x: &Unpacked| (x.exponent, x.significand);
    let (large, small) = if magnitude(&a) >= magnitude(&b) {
        (a, b)
    } else {
        (b, a)
    };
    // One bit is left free for the carry. Of the at least ten zero bits at the bottom, one or
    // more remain behind the rounding position for the jam: where a subtraction cancels more
    // than one bit, the exponents differ by at most one and nothing was jammed.
    let large_significand = large.significand >> 1;
    let small_significand = shift_right_jam64(
        small.significand >> 1,
        (large.exponent - small.exponent) as u32,
    );
    let sum = if large.negative == small.negative {
        large_significand + small_significand
    } else {
        large_significand - small_significand
    };
    if sum == 0 {
        return F::zero(cancelled_sign(rounding));
    }
    let shift = sum.leading_zeros();
    round::<F>(
        large.negative,
        large.exponent + 1 - shift as i32,
        sum << shift,
        rounding,
        flags,
    )
}
