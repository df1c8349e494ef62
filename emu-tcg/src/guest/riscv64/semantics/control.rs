//! Branches, jumps, fences and environment calls.

use super::{Emitter, Operands};
use crate::guest::Transfer;
use crate::guest::riscv64::slots::x;
use crate::ir::{Cond, ExitKind, JumpKind, Opcode, Terminator};

/// Whether the calling convention keeps return addresses in this register: `ra` or `t0`.
fn is_link(register: u8) -> bool {
    register == 1 || register == 5
}

/// What a jump is for that links to `rd` and goes to the address in `base`, or to a constant one.
pub(crate) fn transfer_of_jump(rd: u8, base: Option<u8>) -> Transfer {
    if is_link(rd) {
        Transfer::Call
    } else if rd == 0 && base.is_some_and(is_link) {
        Transfer::Return
    } else {
        Transfer::Branch
    }
}

/// Goes to `pc + imm` if `rs1 <cond> rs2`.
pub(crate) fn branch(e: &mut Emitter, o: &Operands, cond: Cond) {
    e.terminate(Terminator::Branch {
        cond,
        a: x(o.rs1),
        b: x(o.rs2),
        taken: e.pc.wrapping_add_signed(o.imm),
        fallthrough: e.next_pc,
    });
}

/// Goes to `pc + imm`; `rd` becomes the address of the next instruction.
pub(crate) fn jal(e: &mut Emitter, o: &Operands) {
    let target = e.pc.wrapping_add_signed(o.imm);
    e.set_constant(o.rd, e.next_pc);
    let kind = call_or_plain(e, o.rd);
    e.terminate(Terminator::Jump { target, kind });
}

/// Goes to `rs1 + imm` with bit 0 cleared; `rd` becomes the address of the next instruction.
pub(crate) fn jalr(e: &mut Emitter, o: &Operands) {
    if let Some(base) = e.constants.get(o.rs1) {
        let target = base.wrapping_add_signed(o.imm) & !1;
        e.set_constant(o.rd, e.next_pc);
        let kind = call_or_plain(e, o.rd);
        e.terminate(Terminator::Jump { target, kind });
        return;
    }
    // Before `rd` is written: it may be `rs1`.
    let target = e.ir.temp();
    if o.imm == 0 {
        e.ir.binary(Opcode::And, target, x(o.rs1), !1);
    } else {
        e.ir.binary(Opcode::Add, target, x(o.rs1), o.imm);
        e.ir.binary(Opcode::And, target, target, !1);
    }
    e.set_constant(o.rd, e.next_pc);
    let kind = if o.rd == 0 && is_link(o.rs1) {
        JumpKind::Return
    } else {
        call_or_plain(e, o.rd)
    };
    e.terminate(Terminator::Indirect { target, kind });
}

fn call_or_plain(e: &Emitter, rd: u8) -> JumpKind {
    if is_link(rd) {
        JumpKind::Call {
            return_to: e.next_pc,
        }
    } else {
        JumpKind::Plain
    }
}

/// Orders memory accesses; a fence with an empty set on one side is a hint. `fence.tso` (mode 8) does
/// not order stores before loads.
pub(crate) fn fence(e: &mut Emitter, o: &Operands) {
    const OUTPUT_OR_WRITE: i64 = 0b0101;
    const INPUT_OR_READ: i64 = 0b1010;
    const TSO: i64 = 8;
    let (mode, predecessors, successors) = (o.imm >> 8 & 15, o.imm >> 4 & 15, o.imm & 15);
    let store_before_load = predecessors & OUTPUT_OR_WRITE != 0 && successors & INPUT_OR_READ != 0;
    if predecessors != 0 && successors != 0 {
        e.ir.fence(store_before_load && mode != TSO);
    }
}

/// Makes stores to instruction memory visible to fetches.
pub(crate) fn fence_i(e: &mut Emitter, _: &Operands) {
    e.exit(ExitKind::FenceI);
}

/// System call.
pub(crate) fn ecall(e: &mut Emitter, _: &Operands) {
    e.exit(ExitKind::Syscall);
}

/// Breakpoint; the program counter stays on it.
pub(crate) fn ebreak(e: &mut Emitter, _: &Operands) {
    e.terminate(Terminator::Exit {
        kind: ExitKind::Breakpoint,
        pc: e.pc,
    });
}

/// Does nothing.
pub(crate) fn nop(_: &mut Emitter, _: &Operands) {}
