//! Every operation against the host's FPU, results and flags, in the four modes it has.

use std::fmt::Debug;

use super::super::format::Layout;
use super::super::*;
use super::host::{self, Outcome};
use super::operands::{Random, special};

const MODES: [Rounding; 4] = [
    Rounding::Nearest,
    Rounding::Zero,
    Rounding::Down,
    Rounding::Up,
];
const RANDOM_CASES: usize = 300_000;

/// Runs one of ours with fresh flags.
fn ours<T>(operation: impl FnOnce(&mut Flags) -> T) -> Outcome<T> {
    let mut flags = Flags::default();
    let result = operation(&mut flags);
    (result, flags)
}

/// The host's outcome with any NaN made the canonical one.
fn canonical<F: Format>((bits, flags): Outcome<F::Bits>) -> Outcome<F::Bits> {
    let nan = bits.into() & F::MAGNITUDE_MASK > F::INFINITY;
    (if nan { F::nan() } else { bits }, flags)
}

#[track_caller]
fn check<T: PartialEq + Debug>(
    what: &str,
    operands: &dyn Debug,
    mode: Rounding,
    ours: Outcome<T>,
    host: Outcome<T>,
) {
    assert_eq!(
        ours, host,
        "{what} of {operands:#x?}, rounding {mode:?}: ours, then the host's"
    );
}

/// Pairs: each special value with each, then random ones.
fn for_pairs<F: Format>(seed: u64, mut test: impl FnMut(F::Bits, F::Bits)) {
    let table = special::<F>();
    for &a in &table {
        for &b in &table {
            test(a, b);
        }
    }
    let mut random = Random(seed);
    for _ in 0..RANDOM_CASES {
        let a = random.float::<F>();
        let b = if random.below(3) == 0 {
            random.related::<F>(a)
        } else {
            random.float::<F>()
        };
        test(a, b);
    }
}

/// Single values: special ones, then random ones.
fn for_each<F: Format>(seed: u64, mut test: impl FnMut(F::Bits)) {
    special::<F>().into_iter().for_each(&mut test);
    let mut random = Random(seed);
    for _ in 0..RANDOM_CASES {
        test(random.float::<F>());
    }
}

fn arithmetic<F: Format>() {
    for_pairs::<F>(1, |a, b| {
        for mode in MODES {
            macro_rules! check_binary {
                ($($operation:ident)*) => { $(
                    let result = ours(|flags| $operation::<F>(a, b, mode, flags));
                    let host = canonical::<F>(host::$operation::<F>(a, b, mode));
                    check(stringify!($operation), &(a, b), mode, result, host);
                )* };
            }
            check_binary!(add sub mul div);
        }
    });
    for_each::<F>(2, |a| {
        for mode in MODES {
            let host = canonical::<F>(host::sqrt::<F>(a, mode));
            check(
                "sqrt",
                &a,
                mode,
                ours(|flags| sqrt::<F>(a, mode, flags)),
                host,
            );
        }
    });
}

#[test]
fn single_arithmetic_is_the_hosts() {
    arithmetic::<F32>();
}

#[test]
fn double_arithmetic_is_the_hosts() {
    arithmetic::<F64>();
}

fn check_fma<F: Format>(a: F::Bits, b: F::Bits, c: F::Bits) {
    for mode in MODES {
        let (result, mut flags) = canonical::<F>(host::fma::<F>(a, b, c, mode));
        // IEEE 754 leaves ∞ × 0 + qNaN open; the host takes it for valid, RISC-V does not.
        let magnitude = |x: F::Bits| x.into() & F::MAGNITUDE_MASK;
        if [(a, b), (b, a)]
            .iter()
            .any(|&(x, y)| magnitude(x) == F::INFINITY && magnitude(y) == 0)
        {
            flags.raise(Flags::NV);
        }
        check(
            "fma",
            &(a, b, c),
            mode,
            ours(|flags| fma::<F>(a, b, c, mode, flags)),
            (result, flags),
        );
    }
}

fn fused<F: Format>() {
    if !is_x86_feature_detected!("fma") {
        return;
    }
    let table = special::<F>();
    for &a in table.iter().step_by(2) {
        for &b in &table {
            for &c in &table {
                check_fma::<F>(a, b, c);
            }
        }
    }
    let mut random = Random(3);
    for _ in 0..RANDOM_CASES {
        let (a, b) = (random.float::<F>(), random.float::<F>());
        let product = mul::<F>(a, b, Rounding::Nearest, &mut Flags::default());
        let c = if random.below(2) == 0 {
            random.related::<F>(product)
        } else {
            random.float::<F>()
        };
        check_fma::<F>(a, b, c);
    }
}

#[test]
fn single_fma_is_the_hosts() {
    fused::<F32>();
}

#[test]
fn double_fma_is_the_hosts() {
    fused::<F64>();
}

fn comparisons<F: Format>() {
    for_pairs::<F>(4, |a, b| {
        let mode = Rounding::Nearest;
        check(
            "eq",
            &(a, b),
            mode,
            ours(|flags| eq::<F>(a, b, flags)),
            host::eq::<F>(a, b),
        );
        check(
            "lt",
            &(a, b),
            mode,
            ours(|flags| lt::<F>(a, b, flags)),
            host::lt::<F>(a, b),
        );
        check(
            "le",
            &(a, b),
            mode,
            ours(|flags| le::<F>(a, b, flags)),
            host::le::<F>(a, b),
        );
    });
}

#[test]
fn comparisons_are_the_hosts() {
    comparisons::<F32>();
    comparisons::<F64>();
}

/// Minimum and maximum of numbers; NaNs and zeros, where the host differs, are in the tables.
fn extrema<F: Format>() {
    for_pairs::<F>(5, |a, b| {
        let (less, flags) = host::lt::<F>(a, b);
        let (greater, _) = host::lt::<F>(b, a);
        if flags == Flags::default() && less != greater {
            let (lower, upper) = if less { (a, b) } else { (b, a) };
            let mode = Rounding::Nearest;
            check(
                "min",
                &(a, b),
                mode,
                ours(|flags| min::<F>(a, b, flags)),
                (lower, flags),
            );
            check(
                "max",
                &(a, b),
                mode,
                ours(|flags| max::<F>(a, b, flags)),
                (upper, flags),
            );
        }
    });
}

#[test]
fn extrema_agree_with_the_hosts_order() {
    extrema::<F32>();
    extrema::<F64>();
}

/// The host returns one fixed integer for whatever is invalid, so results are compared where it
/// found nothing invalid; what we saturate to is then known from the operand's sign.
fn check_to_integer<F: Format, I: PartialEq + Debug>(
    what: &str,
    a: F::Bits,
    mode: Rounding,
    ours: Outcome<I>,
    host: Outcome<I>,
    limits: (I, I),
) {
    let (value, flags) = host;
    let expected = if flags.0 & Flags::NV == 0 {
        value
    } else if a.into() & F::SIGN_BIT == 0 || a.into() & F::MAGNITUDE_MASK > F::INFINITY {
        limits.1
    } else {
        limits.0
    };
    check(what, &a, mode, ours, (expected, flags));
}

fn integer_conversions<F: Format>() {
    let unsigned = is_x86_feature_detected!("avx512f");
    for_each::<F>(6, |a| {
        for mode in MODES {
            macro_rules! check_to {
                ($name:ident $integer:ty) => {
                    let result = ours(|flags| $name::<F>(a, mode, flags));
                    let limits = (<$integer>::MIN, <$integer>::MAX);
                    check_to_integer::<F, _>(
                        stringify!($name),
                        a,
                        mode,
                        result,
                        host::$name::<F>(a, mode),
                        limits,
                    );
                };
            }
            check_to!(to_i32 i32);
            check_to!(to_i64 i64);
            if unsigned {
                check_to!(to_u32 u32);
                check_to!(to_u64 u64);
            }
        }
    });
    let mut random = Random(7);
    for case in 0..RANDOM_CASES as u64 {
        let value = match case {
            0..=64 => 1u64.checked_shl(case as u32).unwrap_or(0),
            65..=128 => u64::MAX >> (case - 65),
            _ => random.fraction(63) << 1 | random.next() & 1 | (random.next() & 1) << 63,
        };
        for mode in MODES {
            macro_rules! check_from {
                ($name:ident $integer:ty) => {
                    let value = value as $integer;
                    let result = ours(|flags| $name::<F>(value, mode, flags));
                    check(
                        stringify!($name),
                        &value,
                        mode,
                        result,
                        host::$name::<F>(value, mode),
                    );
                };
            }
            check_from!(from_i32 i32);
            check_from!(from_i64 i64);
            if unsigned {
                check_from!(from_u32 u32);
                check_from!(from_u64 u64);
            }
        }
    }
}

#[test]
fn integer_conversions_are_the_hosts() {
    integer_conversions::<F32>();
    integer_conversions::<F64>();
}

#[test]
fn format_conversions_are_the_hosts() {
    for_each::<F32>(8, |a| {
        let host = canonical::<F64>(host::f32_to_f64(a));
        check(
            "f32_to_f64",
            &a,
            Rounding::Nearest,
            ours(|flags| f32_to_f64(a, flags)),
            host,
        );
    });
    for_each::<F64>(9, |a| {
        for mode in MODES {
            let host = canonical::<F32>(host::f64_to_f32(a, mode));
            check(
                "f64_to_f32",
                &a,
                mode,
                ours(|flags| f64_to_f32(a, mode, flags)),
                host,
            );
        }
    });
}

/// The host has no such mode, but the product of two singles is an exact double, so it can be
/// seen whether it lies halfway between its neighbours.
#[test]
fn nearest_away_differs_from_nearest_in_ties_only() {
    let mut ties = 0;
    for_pairs::<F32>(10, |a, b| {
        let product = |mode| ours(|flags| mul::<F32>(a, b, mode, flags));
        let widen = |bits: u32| f64::from(f32::from_bits(bits));
        let [(down, _), (up, _), (nearest, flags)] =
            [Rounding::Down, Rounding::Up, Rounding::Nearest].map(product);
        let exact = widen(a) * widen(b);
        let tie = widen(down) + widen(up) == 2.0 * exact && down != up;
        if exact.is_nan() || flags.0 & Flags::OF != 0 || up & 0x7fff_ffff == 0x7f80_0000 {
            return;
        }
        ties += u32::from(tie);
        let away = if !tie {
            nearest
        } else if exact < 0.0 {
            down
        } else {
            up
        };
        // Underflow may differ, where the mode decides whether the result is tiny.
        let result = product(Rounding::NearestAway);
        assert_eq!(result.0, away, "{a:#x} × {b:#x}");
        assert_eq!((result.1.0 ^ flags.0) & !Flags::UF, 0, "{a:#x} × {b:#x}");
    });
    assert!(ties > 1000, "only {ties} ties");
}
