//! Floating point: F and D.

use super::{Emitter, Operands};
use crate::guest::riscv64::mode;
use crate::guest::riscv64::slots::{f, x};
use crate::ir::{FpFormat, IntFormat, MemExt, MemOp, Opcode, RoundingMode, Size};

/// The rounding mode that the instruction's field asks for in this translation mode; `None` if
/// it makes the instruction illegal.
pub(crate) fn rounding(field: u8, mode: u32) -> Option<RoundingMode> {
    match RoundingMode::from_bits(field)? {
        RoundingMode::Dynamic => match mode {
            mode::NEAREST | mode::DYNAMIC => Some(RoundingMode::Dynamic),
            mode::NEAREST_AWAY => Some(RoundingMode::NearestAway),
            _ => None,
        },
        RoundingMode::Nearest if mode == mode::NEAREST => Some(RoundingMode::Dynamic),
        fixed => Some(fixed),
    }
}

const fn aux(format: FpFormat, rounding: RoundingMode) -> u8 {
    (format as u8) << 7 | rounding as u8
}

const fn int_aux(format: FpFormat, int: IntFormat, rounding: RoundingMode) -> u8 {
    aux(format, rounding) | (int as u8) << 4
}

/// `aux` of operations that do not round.
const fn unrounded(format: FpFormat) -> u8 {
    (format as u8) << 7
}

/// `fd` = memory at `rs1 + imm`; a single is NaN-boxed.
pub(crate) fn load(e: &mut Emitter, o: &Operands, size: Size) {
    let ext = if size == Size::B4 {
        MemExt::Ones
    } else {
        MemExt::Zero
    };
    e.ir.load(f(o.rd), MemOp::new(size, ext), x(o.rs1), o.imm);
}

/// Memory at `rs1 + imm` becomes the low bytes of `fs2`.
pub(crate) fn store(e: &mut Emitter, o: &Operands, size: Size) {
    e.ir.store(MemOp::new(size, MemExt::Zero), x(o.rs1), o.imm, f(o.rs2));
}

/// `fd = fs1 <code> fs2`, rounded.
pub(crate) fn binary(e: &mut Emitter, o: &Operands, code: Opcode, format: FpFormat) {
    let Some(rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    e.ir.fp_binary(code, aux(format, rounding), f(o.rd), f(o.rs1), f(o.rs2));
}

/// `fd = √fs1`, rounded.
pub(crate) fn square_root(e: &mut Emitter, o: &Operands, format: FpFormat) {
    let Some(rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    e.ir.fp_unary(Opcode::FSqrt, aux(format, rounding), f(o.rd), f(o.rs1));
}

/// `fd = ±(fs1 × fs2) ± fs3`, rounded once.
pub(crate) fn fused(e: &mut Emitter, o: &Operands, code: Opcode, format: FpFormat) {
    let Some(rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    e.ir.fp_ternary(
        code,
        aux(format, rounding),
        f(o.rd),
        f(o.rs1),
        f(o.rs2),
        f(o.rs3),
    );
}

/// `fd` = minimum or maximum of `fs1` and `fs2`.
pub(crate) fn min_max(e: &mut Emitter, o: &Operands, code: Opcode, format: FpFormat) {
    e.ir.fp_binary(code, unrounded(format), f(o.rd), f(o.rs1), f(o.rs2));
}

/// `fd = fs1` with a sign made of `fs2`'s; `fmv`, `fneg` and `fabs` are among them.
pub(crate) fn sign(e: &mut Emitter, o: &Operands, code: Opcode, format: FpFormat) {
    // A single has its box checked, so copying one is not a plain move.
    if code == Opcode::FSgnj && format == FpFormat::Double && o.rs1 == o.rs2 {
        if o.rd != o.rs1 {
            e.ir.unary(Opcode::Mov, f(o.rd), f(o.rs1));
        }
    } else {
        e.ir.fp_binary(code, unrounded(format), f(o.rd), f(o.rs1), f(o.rs2));
    }
}

/// `rd = fs1 <code> fs2`, as 0 or 1; raises its flags even if `rd` is `x0`.
pub(crate) fn compare(e: &mut Emitter, o: &Operands, code: Opcode, format: FpFormat) {
    let dst = e.destination_or_temp(o.rd);
    e.ir.fp_binary(code, unrounded(format), dst, f(o.rs1), f(o.rs2));
}

/// `rd` = the class of `fs1`.
pub(crate) fn class(e: &mut Emitter, o: &Operands, format: FpFormat) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.fp_unary(Opcode::FClass, unrounded(format), dst, f(o.rs1));
    }
}

/// `rd = fs1` as an integer; raises its flags even if `rd` is `x0`.
pub(crate) fn to_int(e: &mut Emitter, o: &Operands, format: FpFormat, int: IntFormat) {
    let Some(mut rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    // Hosts have instructions for each mode.
    if rounding == RoundingMode::Dynamic && e.mode == mode::NEAREST {
        rounding = RoundingMode::Nearest;
    }
    let dst = e.destination_or_temp(o.rd);
    e.ir.fp_unary(
        Opcode::FToInt,
        int_aux(format, int, rounding),
        dst,
        f(o.rs1),
    );
}

/// `fd` = the integer `rs1`.
pub(crate) fn from_int(e: &mut Emitter, o: &Operands, format: FpFormat, int: IntFormat) {
    let Some(mut rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    // Any 32-bit integer is a double: the rounding mode does not matter, so take the cheapest.
    if format == FpFormat::Double && matches!(int, IntFormat::I32 | IntFormat::U32) {
        rounding = RoundingMode::Nearest;
    }
    e.ir.fp_unary(
        Opcode::IntToF,
        int_aux(format, int, rounding),
        f(o.rd),
        x(o.rs1),
    );
}

/// Double to single.
pub(crate) fn fcvt_s_d(e: &mut Emitter, o: &Operands) {
    let Some(rounding) = rounding(o.funct3, e.mode) else {
        return e.illegal();
    };
    e.ir.fp_unary(
        Opcode::FCvt,
        aux(FpFormat::Single, rounding),
        f(o.rd),
        f(o.rs1),
    );
}

/// Single to double: exact, but an invalid rounding mode is still illegal.
pub(crate) fn fcvt_d_s(e: &mut Emitter, o: &Operands) {
    if rounding(o.funct3, e.mode).is_none() {
        return e.illegal();
    }
    let aux = aux(FpFormat::Double, RoundingMode::Nearest);
    e.ir.fp_unary(Opcode::FCvt, aux, f(o.rd), f(o.rs1));
}

/// `rd` = the low 32 bits of `fs1`, sign-extended.
pub(crate) fn fmv_x_w(e: &mut Emitter, o: &Operands) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.unary(Opcode::Sext32, dst, f(o.rs1));
    }
}

/// `fd` = the low 32 bits of `rs1`, NaN-boxed.
pub(crate) fn fmv_w_x(e: &mut Emitter, o: &Operands) {
    e.ir.unary(Opcode::FBox, f(o.rd), x(o.rs1));
}

/// `rd` = the bits of `fs1`.
pub(crate) fn fmv_x_d(e: &mut Emitter, o: &Operands) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.unary(Opcode::Mov, dst, f(o.rs1));
    }
}

/// `fd` = the bits of `rs1`.
pub(crate) fn fmv_d_x(e: &mut Emitter, o: &Operands) {
    e.ir.unary(Opcode::Mov, f(o.rd), x(o.rs1));
}
