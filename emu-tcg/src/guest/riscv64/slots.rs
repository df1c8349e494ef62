//! The slot table of RV64GC.

use crate::guest::{SlotClass, SlotDesc, SpecialSlots};
use crate::ir::Var;

/// Slot of integer register `n`.
#[must_use]
pub const fn x(n: u8) -> Var {
    assert!(n < 32);
    Var::slot(n as u16)
}

/// Slot of floating-point register `n` (64 bits; singles are NaN-boxed).
#[must_use]
pub const fn f(n: u8) -> Var {
    assert!(n < 32);
    Var::slot(32 + n as u16)
}

/// `fcsr.frm`, 0–7.
pub const FRM: Var = Var::slot(64);
/// `fcsr.fflags`, without what generated code has still in the host's MXCSR.
pub const FFLAGS: Var = Var::slot(65);
/// Address reserved by `lr`, `u64::MAX` for none.
pub const RESERVATION_ADDRESS: Var = Var::slot(66);
/// Value that `lr` saw.
pub const RESERVATION_VALUE: Var = Var::slot(67);

/// The special slots.
pub const SPECIAL: SpecialSlots = SpecialSlots {
    rounding_mode: FRM,
    fp_flags: FFLAGS,
    reservation_address: RESERVATION_ADDRESS,
    reservation_value: RESERVATION_VALUE,
};

const fn int(name: &'static str) -> SlotDesc {
    SlotDesc {
        name,
        class: SlotClass::Int,
        constant_zero: false,
    }
}

const fn float(name: &'static str) -> SlotDesc {
    SlotDesc {
        name,
        class: SlotClass::Float,
        constant_zero: false,
    }
}

/// The table; the index is the slot number.
#[rustfmt::skip]
pub const SLOTS: &[SlotDesc] = &[
    SlotDesc { name: "zero", class: SlotClass::Int, constant_zero: true },
    int("ra"), int("sp"), int("gp"), int("tp"), int("t0"), int("t1"), int("t2"),
    int("s0"), int("s1"), int("a0"), int("a1"), int("a2"), int("a3"), int("a4"), int("a5"),
    int("a6"), int("a7"), int("s2"), int("s3"), int("s4"), int("s5"), int("s6"), int("s7"),
    int("s8"), int("s9"), int("s10"), int("s11"), int("t3"), int("t4"), int("t5"), int("t6"),
    float("ft0"), float("ft1"), float("ft2"), float("ft3"), float("ft4"), float("ft5"), float("ft6"), float("ft7"),
    float("fs0"), float("fs1"), float("fa0"), float("fa1"), float("fa2"), float("fa3"), float("fa4"), float("fa5"),
    float("fa6"), float("fa7"), float("fs2"), float("fs3"), float("fs4"), float("fs5"), float("fs6"), float("fs7"),
    float("fs8"), float("fs9"), float("fs10"), float("fs11"), float("ft8"), float("ft9"), float("ft10"), float("ft11"),
    int("frm"), int("fflags"), int("reservation_address"), int("reservation_value"),
];
