//! Bit manipulation: Zba, Zbs, Zicond, and what of Zbb takes more than one operation.

use super::{Emitter, Operands};
use crate::guest::riscv64::slots::x;
use crate::ir::{Opcode, Var};

/// `rd = <code> rs1`.
pub(crate) fn unary(e: &mut Emitter, o: &Operands, code: Opcode) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.unary(code, dst, x(o.rs1));
    }
}

/// `rd = zext32(rs1) + rs2`; with `x0` it is `zext.w`.
pub(crate) fn add_uw(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    if o.rs2 == 0 {
        e.ir.unary(Opcode::Zext32, dst, x(o.rs1));
    } else {
        let low = e.ir.temp();
        e.ir.unary(Opcode::Zext32, low, x(o.rs1));
        e.ir.binary(Opcode::Add, dst, low, x(o.rs2));
    }
}

/// `rd = (rs1 << shift) + rs2`.
pub(crate) fn shift_add(e: &mut Emitter, o: &Operands, shift: i64) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    let shifted = e.ir.temp();
    e.ir.binary(Opcode::Shl, shifted, x(o.rs1), shift);
    e.ir.binary(Opcode::Add, dst, shifted, x(o.rs2));
}

/// `rd = (zext32(rs1) << shift) + rs2`.
pub(crate) fn shift_add_uw(e: &mut Emitter, o: &Operands, shift: i64) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    let shifted = e.ir.temp();
    e.ir.unary(Opcode::Zext32, shifted, x(o.rs1));
    e.ir.binary(Opcode::Shl, shifted, shifted, shift);
    e.ir.binary(Opcode::Add, dst, shifted, x(o.rs2));
}

/// `rd = zext32(rs1) << imm`.
pub(crate) fn slli_uw(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    e.ir.unary(Opcode::Zext32, dst, x(o.rs1));
    e.ir.binary(Opcode::Shl, dst, dst, o.imm);
}

/// `rd = rs1 | !rs2`.
pub(crate) fn orn(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    let inverted = e.ir.temp();
    e.ir.unary(Opcode::Not, inverted, x(o.rs2));
    e.ir.binary(Opcode::Or, dst, x(o.rs1), inverted);
}

/// `rd = !(rs1 ^ rs2)`.
pub(crate) fn xnor(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    e.ir.binary(Opcode::Xor, dst, x(o.rs1), x(o.rs2));
    e.ir.unary(Opcode::Not, dst, dst);
}

/// Clears bit `rs2`.
pub(crate) fn bclr(e: &mut Emitter, o: &Operands) {
    with_bit(e, o, Opcode::AndNot);
}

/// Sets bit `rs2`.
pub(crate) fn bset(e: &mut Emitter, o: &Operands) {
    with_bit(e, o, Opcode::Or);
}

/// Inverts bit `rs2`.
pub(crate) fn binv(e: &mut Emitter, o: &Operands) {
    with_bit(e, o, Opcode::Xor);
}

/// `rd = rs1 <code> (1 << rs2)`.
fn with_bit(e: &mut Emitter, o: &Operands, code: Opcode) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    let bit = e.ir.temp();
    e.ir.binary(Opcode::Shl, bit, 1, x(o.rs2));
    e.ir.binary(code, dst, x(o.rs1), bit);
}

/// `rd` = bit `rs2` of `rs1`.
pub(crate) fn bext(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    e.ir.binary(Opcode::ShrU, dst, x(o.rs1), x(o.rs2));
    e.ir.binary(Opcode::And, dst, dst, 1);
}

/// Clears bit `imm`.
pub(crate) fn bclri(e: &mut Emitter, o: &Operands) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(Opcode::And, dst, x(o.rs1), !(1 << o.imm));
    }
}

/// Sets bit `imm`.
pub(crate) fn bseti(e: &mut Emitter, o: &Operands) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(Opcode::Or, dst, x(o.rs1), 1 << o.imm);
    }
}

/// Inverts bit `imm`.
pub(crate) fn binvi(e: &mut Emitter, o: &Operands) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(Opcode::Xor, dst, x(o.rs1), 1 << o.imm);
    }
}

/// `rd` = bit `imm` of `rs1`.
pub(crate) fn bexti(e: &mut Emitter, o: &Operands) {
    let Some(dst) = e.destination(o.rd) else {
        return;
    };
    e.ir.binary(Opcode::ShrU, dst, x(o.rs1), o.imm);
    e.ir.binary(Opcode::And, dst, dst, 1);
}

/// `rd = 0` if `rs2` is 0, else `rs1`.
pub(crate) fn czero_eqz(e: &mut Emitter, o: &Operands) {
    select(e, o.rd, x(o.rs2), x(o.rs1), x(0));
}

/// `rd = 0` if `rs2` is not 0, else `rs1`.
pub(crate) fn czero_nez(e: &mut Emitter, o: &Operands) {
    select(e, o.rd, x(o.rs2), x(0), x(o.rs1));
}

fn select(e: &mut Emitter, rd: u8, condition: Var, then: Var, otherwise: Var) {
    if let Some(dst) = e.destination(rd) {
        e.ir.select(dst, condition, then, otherwise);
    }
}
