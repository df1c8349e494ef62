//! The host's FPU as an oracle: one instruction under a chosen rounding mode, and its flags.
//!
//! `unsafe` rules: each `asm!` block loads MXCSR, runs one arithmetic instruction on registers
//! named as operands, and restores MXCSR before it ends.

use std::arch::asm;

use super::super::{Flags, Format, Rounding};

/// What an operation returned, and the flags it raised. NaNs are the host's.
pub(super) type Outcome<T> = (T, Flags);

/// MXCSR with all exceptions masked, no flags, and this rounding mode.
fn mxcsr(rounding: Rounding) -> u32 {
    let control = match rounding {
        Rounding::Nearest => 0,
        Rounding::Down => 1,
        Rounding::Up => 2,
        Rounding::Zero => 3,
        Rounding::NearestAway => panic!("the host has no such mode"),
    };
    0x1f80 | control << 13
}

/// The flags in MXCSR; its denormal-operand flag has no counterpart.
fn flags(mxcsr: u32) -> Flags {
    const PAIRS: [(u32, u8); 5] = [
        (1, Flags::NV),
        (4, Flags::DZ),
        (8, Flags::OF),
        (16, Flags::UF),
        (32, Flags::NX),
    ];
    Flags(
        PAIRS
            .iter()
            .filter(|(bit, _)| mxcsr & bit != 0)
            .map(|(_, flag)| flag)
            .sum(),
    )
}

/// Runs `$instruction` between loading and restoring MXCSR; evaluates to MXCSR behind it.
macro_rules! with_mxcsr {
    ($rounding:expr, $instruction:literal, $($operands:tt)*) => {{
        let (guest, mut host, mut after) = (mxcsr($rounding), 0u32, 0u32);
        // SAFETY: see the module's rules; the three MXCSR words are locals that outlive the block.
        unsafe {
            asm!(
                "stmxcsr [{host}]",
                "ldmxcsr [{guest}]",
                $instruction,
                "stmxcsr [{after}]",
                "ldmxcsr [{host}]",
                host = in(reg) &raw mut host,
                guest = in(reg) &raw const guest,
                after = in(reg) &raw mut after,
                $($operands)*
            );
        }
        let _ = &mut host;
        flags(std::mem::take(&mut after))
    }};
}

fn is_single<F: Format>() -> bool {
    F::PRECISION == 24
}

macro_rules! binary {
    ($name:ident $single:literal $double:literal) => {
        pub(super) fn $name<F: Format>(a: F::Bits, b: F::Bits, rounding: Rounding) -> Outcome<F::Bits> {
            let (mut x, y): (u64, u64) = (a.into(), b.into());
            let flags = if is_single::<F>() {
                let (mut x32, y32) = (f32::from_bits(x as u32), f32::from_bits(y as u32));
                let flags = with_mxcsr!(rounding, $single, x = inout(xmm_reg) x32, y = in(xmm_reg) y32);
                x = x32.to_bits().into();
                flags
            } else {
                let (mut x64, y64) = (f64::from_bits(x), f64::from_bits(y));
                let flags = with_mxcsr!(rounding, $double, x = inout(xmm_reg) x64, y = in(xmm_reg) y64);
                x = x64.to_bits();
                flags
            };
            (F::from_u64(x), flags)
        }
    };
}
binary!(add "addss {x}, {y}" "addsd {x}, {y}");
binary!(sub "subss {x}, {y}" "subsd {x}, {y}");
binary!(mul "mulss {x}, {y}" "mulsd {x}, {y}");
binary!(div "divss {x}, {y}" "divsd {x}, {y}");
binary!(sqrt_of_second "sqrtss {x}, {y}" "sqrtsd {x}, {y}");

pub(super) fn sqrt<F: Format>(a: F::Bits, rounding: Rounding) -> Outcome<F::Bits> {
    sqrt_of_second::<F>(F::from_u64(0), a, rounding)
}

/// `a × b + c`; the host must have FMA.
pub(super) fn fma<F: Format>(
    a: F::Bits,
    b: F::Bits,
    c: F::Bits,
    rounding: Rounding,
) -> Outcome<F::Bits> {
    let (mut a, b, c): (u64, u64, u64) = (a.into(), b.into(), c.into());
    let flags = if is_single::<F>() {
        let mut x = f32::from_bits(a as u32);
        let (y, z) = (f32::from_bits(b as u32), f32::from_bits(c as u32));
        let flags = with_mxcsr!(
            rounding, "vfmadd213ss {x}, {y}, {z}",
            x = inout(xmm_reg) x, y = in(xmm_reg) y, z = in(xmm_reg) z
        );
        a = x.to_bits().into();
        flags
    } else {
        let mut x = f64::from_bits(a);
        let (y, z) = (f64::from_bits(b), f64::from_bits(c));
        let flags = with_mxcsr!(
            rounding, "vfmadd213sd {x}, {y}, {z}",
            x = inout(xmm_reg) x, y = in(xmm_reg) y, z = in(xmm_reg) z
        );
        a = x.to_bits();
        flags
    };
    (F::from_u64(a), flags)
}

macro_rules! comparison {
    ($name:ident $single:literal $double:literal) => {
        pub(super) fn $name<F: Format>(a: F::Bits, b: F::Bits) -> Outcome<bool> {
            let (a, b): (u64, u64) = (a.into(), b.into());
            let truth: u8;
            let flags = if is_single::<F>() {
                let (x, y) = (f32::from_bits(a as u32), f32::from_bits(b as u32));
                with_mxcsr!(
                    Rounding::Nearest, $single,
                    x = in(xmm_reg) x, y = in(xmm_reg) y, truth = out(reg_byte) truth, t = out(reg_byte) _
                )
            } else {
                let (x, y) = (f64::from_bits(a), f64::from_bits(b));
                with_mxcsr!(
                    Rounding::Nearest, $double,
                    x = in(xmm_reg) x, y = in(xmm_reg) y, truth = out(reg_byte) truth, t = out(reg_byte) _
                )
            };
            (truth != 0, flags)
        }
    };
}
comparison!(eq
    "ucomiss {x}, {y}\nsete {truth}\nsetnp {t}\nand {truth}, {t}"
    "ucomisd {x}, {y}\nsete {truth}\nsetnp {t}\nand {truth}, {t}");
comparison!(lt
    "comiss {y}, {x}\nseta {truth}\nsetnp {t}"
    "comisd {y}, {x}\nseta {truth}\nsetnp {t}");
comparison!(le
    "comiss {y}, {x}\nsetae {truth}\nsetnp {t}"
    "comisd {y}, {x}\nsetae {truth}\nsetnp {t}");

macro_rules! to_integer {
    ($name:ident $integer:ty, $single:literal $double:literal) => {
        /// An invalid conversion's result is the host's "indefinite integer".
        pub(super) fn $name<F: Format>(a: F::Bits, rounding: Rounding) -> Outcome<$integer> {
            let a: u64 = a.into();
            let value: $integer;
            let flags = if is_single::<F>() {
                let x = f32::from_bits(a as u32);
                with_mxcsr!(rounding, $single, x = in(xmm_reg) x, v = out(reg) value)
            } else {
                let x = f64::from_bits(a);
                with_mxcsr!(rounding, $double, x = in(xmm_reg) x, v = out(reg) value)
            };
            (value, flags)
        }
    };
}
to_integer!(to_i32 i32, "cvtss2si {v:e}, {x}" "cvtsd2si {v:e}, {x}");
to_integer!(to_i64 i64, "cvtss2si {v:r}, {x}" "cvtsd2si {v:r}, {x}");
// These two need AVX-512.
to_integer!(to_u32 u32, "vcvtss2usi {v:e}, {x}" "vcvtsd2usi {v:e}, {x}");
to_integer!(to_u64 u64, "vcvtss2usi {v:r}, {x}" "vcvtsd2usi {v:r}, {x}");

macro_rules! from_integer {
    ($name:ident $integer:ty, $single:literal $double:literal) => {
        pub(super) fn $name<F: Format>(value: $integer, rounding: Rounding) -> Outcome<F::Bits> {
            if is_single::<F>() {
                let mut x = 0f32;
                let flags = with_mxcsr!(rounding, $single, x = inout(xmm_reg) x, v = in(reg) value);
                (F::from_u64(x.to_bits().into()), flags)
            } else {
                let mut x = 0f64;
                let flags = with_mxcsr!(rounding, $double, x = inout(xmm_reg) x, v = in(reg) value);
                (F::from_u64(x.to_bits()), flags)
            }
        }
    };
}
from_integer!(from_i32 i32, "cvtsi2ss {x}, {v:e}" "cvtsi2sd {x}, {v:e}");
from_integer!(from_i64 i64, "cvtsi2ss {x}, {v:r}" "cvtsi2sd {x}, {v:r}");
// These two need AVX-512.
from_integer!(from_u32 u32, "vcvtusi2ss {x}, {x}, {v:e}" "vcvtusi2sd {x}, {x}, {v:e}");
from_integer!(from_u64 u64, "vcvtusi2ss {x}, {x}, {v:r}" "vcvtusi2sd {x}, {x}, {v:r}");

pub(super) fn f32_to_f64(a: u32) -> Outcome<u64> {
    let (a, mut x) = (f32::from_bits(a), 0f64);
    let flags = with_mxcsr!(Rounding::Nearest, "cvtss2sd {x}, {a}", x = inout(xmm_reg) x, a = in(xmm_reg) a);
    (x.to_bits(), flags)
}

pub(super) fn f64_to_f32(a: u64, rounding: Rounding) -> Outcome<u32> {
    let (a, mut x) = (f64::from_bits(a), 0f32);
    let flags = with_mxcsr!(rounding, "cvtsd2ss {x}, {a}", x = inout(xmm_reg) x, a = in(xmm_reg) a);
    (x.to_bits(), flags)
}
