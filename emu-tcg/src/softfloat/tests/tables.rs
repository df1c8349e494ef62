//! Tables checked by hand, above all of what the host does otherwise than RISC-V.

use super::super::*;

const NV: u8 = Flags::NV;
const DZ: u8 = Flags::DZ;
const OF: u8 = Flags::OF;
const UF: u8 = Flags::UF;
const NX: u8 = Flags::NX;

const QNAN: u32 = 0x7fc0_0000;
const SNAN: u32 = 0x7f80_0001;
const INF: u32 = 0x7f80_0000;
const NEG: u32 = 0x8000_0000;
const MAX: u32 = 0x7f7f_ffff;
const MIN_NORMAL: u32 = 0x0080_0000;

const QNAN64: u64 = 0x7ff8_0000_0000_0000;
const SNAN64: u64 = 0x7ff0_0000_0000_0001;

fn with_flags<T>(operation: impl FnOnce(&mut Flags) -> T) -> (T, u8) {
    let mut flags = Flags::default();
    let result = operation(&mut flags);
    (result, flags.0)
}

fn f(value: f32) -> u32 {
    value.to_bits()
}

fn d(value: f64) -> u64 {
    value.to_bits()
}

#[test]
fn nearest_away_rounds_ties_away_from_zero() {
    let ulp = f32::EPSILON;
    let table = [
        // 1 + half an ulp is a tie; ties-to-even would stay at 1.
        (f(1.0), f(ulp / 2.0), f(1.0 + ulp), NX),
        (f(-1.0), f(-ulp / 2.0), f(-1.0 - ulp), NX),
        (f(1.0 + ulp), f(ulp / 2.0), f(1.0 + 2.0 * ulp), NX),
        // Below a tie, above it, and exact.
        (f(1.0), f(ulp / 2.0) - 1, f(1.0), NX),
        (f(1.0), f(ulp / 2.0) + 1, f(1.0 + ulp), NX),
        (f(1.0), f(ulp), f(1.0 + ulp), 0),
        // Half an ulp of the largest number overflows; a little less does not.
        (MAX, 0x7300_0000, INF, OF | NX),
        (MAX, 0x72ff_ffff, MAX, NX),
    ];
    for (a, b, sum, flags) in table {
        let result = with_flags(|flags| add::<F32>(a, b, Rounding::NearestAway, flags));
        assert_eq!(result, (sum, flags), "{a:#x} + {b:#x}");
    }
}

#[test]
fn underflow_is_detected_after_rounding() {
    use Rounding::{Down, Nearest, NearestAway, Up, Zero};
    let below_one = f(1.0) - 1;
    // The smallest normal number times (1 − 2⁻²⁴) is a tie between it and the largest
    // subnormal; at full precision it is a number, below the smallest normal: tiny.
    // Times a number closer to one, in double precision, it rounds up at full precision too.
    let table = [
        (MIN_NORMAL, below_one, Nearest, MIN_NORMAL, UF | NX),
        (MIN_NORMAL, below_one, NearestAway, MIN_NORMAL, UF | NX),
        (MIN_NORMAL, below_one, Up, MIN_NORMAL, UF | NX),
        (MIN_NORMAL, below_one, Zero, MIN_NORMAL - 1, UF | NX),
        (MIN_NORMAL, f(0.5), Down, MIN_NORMAL >> 1, 0),
        (1, f(0.5), Nearest, 0, UF | NX),
        (1, f(0.5), NearestAway, 1, UF | NX),
        (1, f(0.5), Up, 1, UF | NX),
        (1 | NEG, f(0.5), Down, 1 | NEG, UF | NX),
        (1 | NEG, f(0.5), Up, NEG, UF | NX),
    ];
    for (a, b, rounding, product, flags) in table {
        let result = with_flags(|flags| mul::<F32>(a, b, rounding, flags));
        assert_eq!(result, (product, flags), "{a:#x} × {b:#x} {rounding:?}");
    }
    let just_below = d(f64::from(f32::MIN_POSITIVE)) - 1;
    let table = [
        (Nearest, MIN_NORMAL, NX),
        (NearestAway, MIN_NORMAL, NX),
        (Up, MIN_NORMAL, NX),
        (Down, MIN_NORMAL - 1, UF | NX),
        (Zero, MIN_NORMAL - 1, UF | NX),
    ];
    for (rounding, single, flags) in table {
        assert_eq!(
            with_flags(|flags| f64_to_f32(just_below, rounding, flags)),
            (single, flags),
            "{rounding:?}"
        );
    }
}

#[test]
fn overflow_goes_to_infinity_or_to_the_largest_number() {
    use Rounding::{Down, Nearest, NearestAway, Up, Zero};
    for (rounding, positive, negative) in [
        (Nearest, INF, INF | NEG),
        (NearestAway, INF, INF | NEG),
        (Zero, MAX, MAX | NEG),
        (Down, MAX, INF | NEG),
        (Up, INF, MAX | NEG),
    ] {
        assert_eq!(
            with_flags(|flags| add::<F32>(MAX, MAX, rounding, flags)),
            (positive, OF | NX)
        );
        assert_eq!(
            with_flags(|flags| sub::<F32>(MAX | NEG, MAX, rounding, flags)),
            (negative, OF | NX)
        );
    }
}

#[test]
fn invalid_operations_return_the_canonical_nan() {
    let nearest = Rounding::Nearest;
    type Binary = fn(u32, u32, Rounding, &mut Flags) -> u32;
    let table: [(Binary, u32, u32, u32, u8); 12] = [
        (add::<F32>, INF, INF | NEG, QNAN, NV),
        (sub::<F32>, INF, INF, QNAN, NV),
        (mul::<F32>, INF, NEG, QNAN, NV),
        (div::<F32>, 0, NEG, QNAN, NV),
        (div::<F32>, INF, INF, QNAN, NV),
        (div::<F32>, f(1.0), NEG, INF | NEG, DZ),
        (div::<F32>, INF, 0, INF, 0),
        // Payload and sign of a NaN operand are dropped.
        (add::<F32>, 0xffc1_2345, f(1.0), QNAN, 0),
        (mul::<F32>, f(1.0), 0xffff_ffff, QNAN, 0),
        (sub::<F32>, SNAN, f(1.0), QNAN, NV),
        (div::<F32>, QNAN, SNAN | NEG, QNAN, NV),
        (div::<F32>, QNAN, 0, QNAN, 0),
    ];
    for (row, (operation, a, b, result, flags)) in table.into_iter().enumerate() {
        assert_eq!(
            with_flags(|flags| operation(a, b, nearest, flags)),
            (result, flags),
            "row {row}"
        );
    }
    assert_eq!(
        with_flags(|flags| sqrt::<F32>(f(-1.0), nearest, flags)),
        (QNAN, NV)
    );
    assert_eq!(
        with_flags(|flags| sqrt::<F32>(NEG, nearest, flags)),
        (NEG, 0)
    );
    assert_eq!(
        with_flags(|flags| fma::<F32>(INF, 0, QNAN, nearest, flags)),
        (QNAN, NV)
    );
    assert_eq!(
        with_flags(|flags| fma::<F32>(NEG, INF | NEG, f(1.0), nearest, flags)),
        (QNAN, NV)
    );
    assert_eq!(
        with_flags(|flags| fma::<F32>(INF, f(1.0), INF | NEG, nearest, flags)),
        (QNAN, NV)
    );
}

#[test]
fn exact_cancellation_is_a_positive_zero_unless_rounding_down() {
    use Rounding::{Down, Nearest, NearestAway, Up, Zero};
    for (rounding, zero) in [
        (Nearest, 0),
        (NearestAway, 0),
        (Zero, 0),
        (Up, 0),
        (Down, NEG),
    ] {
        assert_eq!(
            with_flags(|flags| sub::<F32>(f(3.0), f(3.0), rounding, flags)),
            (zero, 0)
        );
        assert_eq!(
            with_flags(|flags| add::<F32>(NEG, 0, rounding, flags)),
            (zero, 0)
        );
        assert_eq!(
            with_flags(|flags| fma::<F32>(f(2.0), f(3.0), f(-6.0), rounding, flags)),
            (zero, 0)
        );
        assert_eq!(
            with_flags(|flags| add::<F32>(NEG, NEG, rounding, flags)),
            (NEG, 0)
        );
    }
}

#[test]
fn minimum_and_maximum_prefer_numbers_and_order_zeros() {
    let one = f(1.0);
    // a, b, min, max, flags
    let table = [
        (one, f(2.0), one, f(2.0), 0),
        (f(-1.0), f(-2.0), f(-2.0), f(-1.0), 0),
        (NEG, 0, NEG, 0, 0),
        (0, NEG, NEG, 0, 0),
        (one, QNAN, one, one, 0),
        (0xffc0_1234, one, one, one, 0),
        (SNAN, one, one, one, NV),
        (one, SNAN | NEG, one, one, NV),
        (QNAN | NEG, 0x7fc0_0001, QNAN, QNAN, 0),
        (SNAN, QNAN, QNAN, QNAN, NV),
        (SNAN, SNAN, QNAN, QNAN, NV),
        (INF, INF | NEG, INF | NEG, INF, 0),
        (1, 1 | NEG, 1 | NEG, 1, 0),
    ];
    for (a, b, minimum, maximum, flags) in table {
        assert_eq!(
            with_flags(|flags| min::<F32>(a, b, flags)),
            (minimum, flags),
            "min {a:#x} {b:#x}"
        );
        assert_eq!(
            with_flags(|flags| max::<F32>(a, b, flags)),
            (maximum, flags),
            "max {a:#x} {b:#x}"
        );
    }
    assert_eq!(
        with_flags(|flags| max::<F64>(SNAN64, d(-4.0), flags)),
        (d(-4.0), NV)
    );
    assert_eq!(
        with_flags(|flags| min::<F64>(SNAN64, !0, flags)),
        (QNAN64, NV)
    );
}

#[test]
fn comparisons_signal_as_they_should() {
    // a, b, (eq, flags), (lt, flags), (le, flags)
    let no = |flags| (false, flags);
    let yes = (true, 0);
    let table = [
        (f(1.0), f(1.0), yes, no(0), yes),
        (f(1.0), f(2.0), no(0), yes, yes),
        (f(2.0), f(1.0), no(0), no(0), no(0)),
        (NEG, 0, yes, no(0), yes),
        (0, NEG, yes, no(0), yes),
        (QNAN, f(1.0), no(0), no(NV), no(NV)),
        (QNAN, QNAN, no(0), no(NV), no(NV)),
        (f(1.0), SNAN, no(NV), no(NV), no(NV)),
        (INF | NEG, INF, no(0), yes, yes),
    ];
    for (a, b, equal, less, less_or_equal) in table {
        assert_eq!(
            with_flags(|flags| eq::<F32>(a, b, flags)),
            equal,
            "{a:#x} == {b:#x}"
        );
        assert_eq!(
            with_flags(|flags| lt::<F32>(a, b, flags)),
            less,
            "{a:#x} < {b:#x}"
        );
        assert_eq!(
            with_flags(|flags| le::<F32>(a, b, flags)),
            less_or_equal,
            "{a:#x} <= {b:#x}"
        );
    }
}

#[test]
fn classes_are_single_bits() {
    let table = [
        (INF | NEG, 0xfff0_0000_0000_0000),
        (MIN_NORMAL | NEG, d(-1.0)),
        (NEG | (MIN_NORMAL - 1), 0x800f_ffff_ffff_ffff),
        (NEG, d(-0.0)),
        (0, 0),
        (1, 1),
        (MAX, d(f64::MAX)),
        (INF, d(f64::INFINITY)),
        (SNAN | NEG, SNAN64),
        (QNAN | NEG, !0),
    ];
    for (bit, (single, double)) in table.into_iter().enumerate() {
        assert_eq!(classify::<F32>(single), 1 << bit, "{single:#x}");
        assert_eq!(classify::<F64>(double), 1 << bit, "{double:#x}");
    }
}

#[test]
fn conversions_to_integers_round_and_saturate() {
    use Rounding::{Down, Nearest, NearestAway, Up, Zero};
    type ToI32 = (f64, Rounding, i32, u8);
    let to_i32_table: [ToI32; 16] = [
        (2.5, Nearest, 2, NX),
        (2.5, NearestAway, 3, NX),
        (-2.5, Nearest, -2, NX),
        (-2.5, NearestAway, -3, NX),
        (0.5, NearestAway, 1, NX),
        (0.49999999999999994, NearestAway, 0, NX),
        (-0.5, Down, -1, NX),
        (-1e-300, Up, 0, NX),
        (1e-300, Up, 1, NX),
        (2147483647.5, Zero, i32::MAX, NX),
        (2147483647.5, Nearest, i32::MAX, NV),
        (-2147483648.5, Nearest, i32::MIN, NX),
        (-2147483648.5, Down, i32::MIN, NV),
        (f64::INFINITY, Zero, i32::MAX, NV),
        (f64::NEG_INFINITY, Zero, i32::MIN, NV),
        (f64::NAN, Zero, i32::MAX, NV),
    ];
    for (a, rounding, integer, flags) in to_i32_table {
        assert_eq!(
            with_flags(|flags| to_i32::<F64>(d(a), rounding, flags)),
            (integer, flags),
            "{a} {rounding:?}"
        );
    }
    type ToU32 = (f64, Rounding, u32, u8);
    let to_u32_table: [ToU32; 9] = [
        (-0.0, Down, 0, 0),
        (-0.25, Zero, 0, NX),
        (-0.25, Down, 0, NV),
        (-0.5, Nearest, 0, NX),
        (-0.5, NearestAway, 0, NV),
        (-1.0, Zero, 0, NV),
        (4294967295.5, Zero, u32::MAX, NX),
        (4294967295.5, NearestAway, u32::MAX, NV),
        (f64::NEG_INFINITY, Zero, 0, NV),
    ];
    for (a, rounding, integer, flags) in to_u32_table {
        assert_eq!(
            with_flags(|flags| to_u32::<F64>(d(a), rounding, flags)),
            (integer, flags),
            "{a} {rounding:?}"
        );
    }
    assert_eq!(
        with_flags(|flags| to_u32::<F32>(SNAN | NEG, Zero, flags)),
        (u32::MAX, NV)
    );
    assert_eq!(
        with_flags(|flags| to_u64::<F32>(QNAN | NEG, Zero, flags)),
        (u64::MAX, NV)
    );
    assert_eq!(
        with_flags(|flags| to_i64::<F64>(QNAN64, Zero, flags)),
        (i64::MAX, NV)
    );
    assert_eq!(
        with_flags(|flags| to_i64::<F64>(d(-(2f64.powi(63))), Zero, flags)),
        (i64::MIN, 0)
    );
    assert_eq!(
        with_flags(|flags| to_i64::<F64>(d(2f64.powi(63)), Zero, flags)),
        (i64::MAX, NV)
    );
    assert_eq!(
        with_flags(|flags| to_u64::<F64>(d(2f64.powi(63)), Zero, flags)),
        (1 << 63, 0)
    );
    assert_eq!(
        with_flags(|flags| to_u64::<F64>(d(2f64.powi(64)), Zero, flags)),
        (u64::MAX, NV)
    );
}

#[test]
fn conversions_from_integers_round() {
    use Rounding::{Down, Nearest, NearestAway, Up, Zero};
    // 2²⁴ + 1 is a tie between two singles.
    let tie = (1 << 24) + 1;
    for (rounding, positive, negative) in [
        (Nearest, 16777216.0, -16777216.0),
        (NearestAway, 16777218.0, -16777218.0),
        (Zero, 16777216.0, -16777216.0),
        (Down, 16777216.0, -16777218.0),
        (Up, 16777218.0, -16777216.0),
    ] {
        assert_eq!(
            with_flags(|flags| from_i32::<F32>(tie, rounding, flags)),
            (f(positive), NX)
        );
        assert_eq!(
            with_flags(|flags| from_i64::<F32>(-i64::from(tie), rounding, flags)),
            (f(negative), NX)
        );
        assert_eq!(
            with_flags(|flags| from_u32::<F32>(0, rounding, flags)),
            (0, 0)
        );
    }
    assert_eq!(
        with_flags(|flags| from_u64::<F64>(u64::MAX, Nearest, flags)),
        (d(2f64.powi(64)), NX)
    );
    assert_eq!(
        with_flags(|flags| from_i64::<F64>(i64::MIN, Zero, flags)),
        (d(-(2f64.powi(63))), 0)
    );
    assert_eq!(
        with_flags(|flags| from_i32::<F64>(i32::MIN, Zero, flags)),
        (d(-2147483648.0), 0)
    );
}

#[test]
fn conversions_between_formats_canonicalise_nans() {
    assert_eq!(
        with_flags(|flags| f32_to_f64(0xffc1_2345, flags)),
        (QNAN64, 0)
    );
    assert_eq!(with_flags(|flags| f32_to_f64(SNAN, flags)), (QNAN64, NV));
    assert_eq!(
        with_flags(|flags| f64_to_f32(SNAN64, Rounding::Zero, flags)),
        (QNAN, NV)
    );
    assert_eq!(
        with_flags(|flags| f64_to_f32(!0, Rounding::Zero, flags)),
        (QNAN, 0)
    );
    assert_eq!(
        with_flags(|flags| f32_to_f64(1, flags)),
        (d(2f64.powi(-149)), 0)
    );
}
