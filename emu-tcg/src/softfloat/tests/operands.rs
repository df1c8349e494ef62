//! Operands worth testing: a table of special values, and random ones biased to hard cases.

use super::super::Format;
use super::super::format::Layout;

/// Values at the edges of a format, of both signs.
pub(super) fn special<F: Format>() -> Vec<F::Bits> {
    let one = (F::MAX_EXPONENT as u64) << F::FRACTION_BITS;
    let power = |exponent: i32| ((F::MAX_EXPONENT + exponent) as u64) << F::FRACTION_BITS;
    let min_normal = 1 << F::FRACTION_BITS;
    let mut magnitudes = vec![
        0,
        1, // smallest subnormal
        2,
        3,
        F::FRACTION_MASK >> 1,
        min_normal - 1, // largest subnormal
        min_normal,
        min_normal + 1,
        2 * min_normal - 1,
        one - 1, // just below one
        one,
        one + 1,
        one | F::QUIET_BIT, // 1.5
        power(-1),
        power(1),
        power(F::FRACTION_BITS as i32),
        power(F::PRECISION as i32),
        power(-(F::PRECISION as i32)) + 1,
        power(-F::MAX_EXPONENT / 2),
        power(F::MAX_EXPONENT / 2),
        F::INFINITY - 1, // largest finite
        F::INFINITY - 2,
        power(F::MAX_EXPONENT),
        F::INFINITY,
        F::INFINITY | 1, // signalling
        F::INFINITY | F::QUIET_BIT >> 1,
        F::CANONICAL_NAN,
        F::CANONICAL_NAN | 1,
    ];
    // The limits of the integer formats, with halves below and above where they are numbers.
    for exponent in [31, 32, 63, 64] {
        magnitudes.extend([power(exponent) - 1, power(exponent), power(exponent) + 1]);
    }
    magnitudes.extend([
        F::from_f64(2147483647.5),
        F::from_f64(2147483648.5),
        F::from_f64(4294967295.5),
    ]);
    magnitudes.extend([F::from_f64(2.5), F::from_f64(0.75), F::from_f64(1e-3)]);
    magnitudes
        .iter()
        .flat_map(|&magnitude| [magnitude, magnitude | F::SIGN_BIT])
        .map(F::from_u64)
        .collect()
}

trait FromF64: Format {
    /// Only for building the table; the host rounds.
    fn from_f64(value: f64) -> u64 {
        if Self::PRECISION == 24 {
            (value as f32).to_bits().into()
        } else {
            value.to_bits()
        }
    }
}
impl<F: Format> FromF64 for F {}

/// Seeded random bits (SplitMix64).
pub(super) struct Random(pub u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Random, or a run of equal bits with a random rest: sums and products of such are often
    /// exactly or almost halfway between two numbers.
    pub(super) fn fraction(&mut self, bits: u32) -> u64 {
        let mask = (1 << bits) - 1;
        let run = 1u64 << self.below(bits.into());
        let random = self.next();
        let value = match self.below(6) {
            0 => random,
            1 => random & !(run - 1),
            2 => random | (run - 1),
            3 => random & (run - 1),
            4 => run,
            _ => run.wrapping_sub(1 + (random & 1)),
        };
        value & mask
    }

    /// A random pattern, its exponent often where something happens.
    pub(super) fn float<F: Format>(&mut self) -> F::Bits {
        let bias = F::MAX_EXPONENT as u64;
        let exponent = match self.below(8) {
            0 => self.below(4),                                      // subnormal, or close
            1 => F::SPECIAL_EXPONENT - self.below(4),                // special, or close
            2 => bias + self.below(70),                              // integers
            3 | 4 => bias - 4 + self.below(8),                       // around one
            5 => (bias / 2).wrapping_add(self.below(8)),             // squares underflow
            6 if F::PRECISION == 53 => bias - 152 + self.below(284), // around the range of singles
            _ => self.below(F::SPECIAL_EXPONENT + 1),
        };
        let sign = if self.below(2) == 0 { 0 } else { F::SIGN_BIT };
        F::from_u64(
            sign | exponent.min(F::SPECIAL_EXPONENT) << F::FRACTION_BITS
                | self.fraction(F::FRACTION_BITS),
        )
    }

    /// A pattern that nearly cancels `other`, or is within its rounding reach.
    pub(super) fn related<F: Format>(&mut self, other: F::Bits) -> F::Bits {
        let other: u64 = other.into();
        let value = match self.below(3) {
            0 => (other ^ F::SIGN_BIT)
                .wrapping_add(self.below(8))
                .wrapping_sub(4),
            1 => other ^ F::SIGN_BIT ^ self.fraction(F::FRACTION_BITS),
            _ => {
                let steps = self.below(2 * u64::from(F::PRECISION) + 4) << F::FRACTION_BITS;
                other.wrapping_sub(steps)
                    ^ self.fraction(F::FRACTION_BITS)
                    ^ (self.next() & F::SIGN_BIT)
            }
        };
        F::from_u64(value & (F::SIGN_BIT | F::MAGNITUDE_MASK))
    }
}
