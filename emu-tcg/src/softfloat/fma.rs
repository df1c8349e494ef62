//! Fused multiply-add.

use super::add::cancelled_sign;
use super::format::{Class, Layout, Unpacked, propagate_nan, unpack};
use super::round::{jam_to_u64, round, shift_right_jam128};
use super::{Flags, Format, Rounding};

/// `a × b + c`, rounded once.
///
/// `∞ × 0` is invalid whatever `c` is.
#[inline]
pub fn fma<F: Format>(
    a: F::Bits,
    b: F::Bits,
    c: F::Bits,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    let (a, b, c) = (unpack::<F>(a), unpack::<F>(b), unpack::<F>(c));
    let negative = a.negative != b.negative;
    match (a.class, b.class, c.class) {
        (Class::Finite, Class::Finite, Class::Finite) => finite_fma::<F>(a, b, c, rounding, flags),
        (Class::Infinity, Class::Zero, _) | (Class::Zero, Class::Infinity, _) => F::invalid(flags),
        _ if a.is_nan() || b.is_nan() || c.is_nan() => propagate_nan::<F>(&[a, b, c], flags),
        (Class::Infinity, _, _) | (_, Class::Infinity, _) => {
            if c.class == Class::Infinity && c.negative != negative {
                F::invalid(flags)
            } else {
                F::infinity(negative)
            }
        }
        (_, _, Class::Infinity) => F::infinity(c.negative),
        // What is left has a zero addend or a zero product.
        (Class::Finite, Class::Finite, _) => {
            let (exponent, product) = product(a, b);
            round::<F>(
                negative,
                exponent,
                jam_to_u64(product << 1),
                rounding,
                flags,
            )
        }
        (_, _, Class::Finite) => round::<F>(c.negative, c.exponent, c.significand, rounding, flags),
        _ if c.negative == negative => F::zero(negative),
        _ => F::zero(cancelled_sign(rounding)),
    }
}

/// The exact product of two finite magnitudes: its exponent and its significand, whose top bit
/// is bit 126. At least 21 bits at its bottom are zero.
#[inline]
fn product(a: Unpacked, b: Unpacked) -> (i32, u128) {
    let product = u128::from(a.significand) * u128::from(b.significand);
    let carry = (product >> 127) as u32;
    (a.exponent + b.exponent + carry as i32, product >> carry)
}

fn finite_fma<F: Format>(
    a: Unpacked,
    b: Unpacked,
    c: Unpacked,
    rounding: Rounding,
    flags: &mut Flags,
) -> F::Bits {
    // As in addition, at twice the width; here too a subtraction that cancels more than one
    // bit has jammed nothing.
    let (exponent, significand) = product(a, b);
    let product = (exponent, significand, a.negative != b.negative);
    let addend = (c.exponent, u128::from(c.significand) << 63, c.negative);
    let (large, small) = if (product.0, product.1) >= (addend.0, addend.1) {
        (product, addend)
    } else {
        (addend, product)
    };
    let aligned = shift_right_jam128(small.1, (large.0 - small.0) as u32);
    let sum = if large.2 == small.2 {
        large.1 + aligned
    } else {
        large.1 - aligned
    };
    if sum == 0 {
        return F::zero(cancelled_sign(rounding));
    }
    let shift = sum.leading_zeros();
    round::<F>(
        large.2,
        large.0 + 1 - shift as i32,
        jam_to_u64(sum << shift),
        rounding,
        flags,
    )
}
