//! Integer computation: I and M, their compressed forms, and what of Zbb is as simple.

use super::{Emitter, Operands};
use crate::guest::riscv64::slots::x;
use crate::ir::{Cond, Opcode};

/// `rd = rs1 <code> rs2`.
pub(crate) fn op(e: &mut Emitter, o: &Operands, code: Opcode) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(code, dst, x(o.rs1), x(o.rs2));
    }
}

/// `rd = rs1 <code> imm`.
pub(crate) fn op_imm(e: &mut Emitter, o: &Operands, code: Opcode) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(code, dst, x(o.rs1), o.imm);
    }
}

/// `rd = rs1 <cond> rs2`, as 0 or 1.
pub(crate) fn set(e: &mut Emitter, o: &Operands, cond: Cond) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.setcond(cond, dst, x(o.rs1), x(o.rs2));
    }
}

/// `rd = rs1 <cond> imm`, as 0 or 1.
pub(crate) fn set_imm(e: &mut Emitter, o: &Operands, cond: Cond) {
    if let Some(dst) = e.destination(o.rd) {
        e.ir.setcond(cond, dst, x(o.rs1), o.imm);
    }
}

/// `rd = rs1 + imm`; with `x0` that is `li`, with 0 it is `mv`.
pub(crate) fn addi(e: &mut Emitter, o: &Operands) {
    if let Some(value) = e.constants.get(o.rs1) {
        e.set_constant(o.rd, value.wrapping_add_signed(o.imm));
    } else if o.imm == 0 {
        move_register(e, o.rd, o.rs1);
    } else if let Some(dst) = e.destination(o.rd) {
        e.ir.binary(Opcode::Add, dst, x(o.rs1), o.imm);
    }
}

/// `rd = rs1 + imm` in 32 bits; with 0 it is `sext.w`.
pub(crate) fn addiw(e: &mut Emitter, o: &Operands) {
    if let Some(value) = e.constants.get(o.rs1) {
        let sum = value.wrapping_add_signed(o.imm) as i32;
        e.set_constant(o.rd, i64::from(sum) as u64);
    } else if let Some(dst) = e.destination(o.rd) {
        if o.imm == 0 {
            e.ir.unary(Opcode::Sext32, dst, x(o.rs1));
        } else {
            e.ir.binary(Opcode::AddW, dst, x(o.rs1), o.imm);
        }
    }
}

/// `rd = imm`.
pub(crate) fn li(e: &mut Emitter, o: &Operands) {
    e.set_constant(o.rd, o.imm as u64);
}

/// `rd = rs2`.
pub(crate) fn mv(e: &mut Emitter, o: &Operands) {
    match e.constants.get(o.rs2) {
        Some(value) => e.set_constant(o.rd, value),
        None => move_register(e, o.rd, o.rs2),
    }
}

/// `rd = imm`, an upper immediate.
pub(crate) fn lui(e: &mut Emitter, o: &Operands) {
    e.set_constant(o.rd, o.imm as u64);
}

/// `rd = pc + imm`.
pub(crate) fn auipc(e: &mut Emitter, o: &Operands) {
    e.set_constant(o.rd, e.pc.wrapping_add_signed(o.imm));
}

fn move_register(e: &mut Emitter, rd: u8, from: u8) {
    if rd == from {
        return;
    }
    if let Some(dst) = e.destination(rd) {
        e.ir.unary(Opcode::Mov, dst, x(from));
    }
}
