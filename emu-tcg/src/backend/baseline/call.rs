//! Operations that call functions: probes, guest helpers, and what is left to the interpreter.
//!
//! Rules of the unsafe code: generated code passes its own state.

use std::mem::offset_of;

use super::Compiler;
use super::assembler::{Alu, Cc, Mem, Reg, Width};
use super::emit::{Stub, field};
use crate::backend::code_space::JitError;
use crate::backend::code_space::enter::{self, FlagsOwner};
use crate::backend::interp;
use crate::guest::Guest;
use crate::ir::{Block, Op, Opcode, ProbeCallKind, Var};
use crate::state::CpuState;

use Width::W64;

/// The registers of the first six arguments.
const ARGUMENTS: [Reg; 6] = [Reg::Rdi, Reg::Rsi, Reg::Rdx, Reg::Rcx, Reg::R8, Reg::R9];

/// Does one operation, given by [`op_words`]; returns whether it has faulted.
///
/// # Safety
/// As for [`interp::run`]; `guest` is what [`guest_words`] gave.
unsafe extern "C" fn interpret_op(
    state: *mut CpuState,
    low: u64,
    high: u64,
    imm: i64,
    guest_low: usize,
    guest_high: usize,
) -> u64 {
    let op = Op {
        code: Opcode::ALL[usize::from(low as u8)],
        aux: (low >> 8) as u8,
        dst: Var((low >> 16) as u16),
        a: Var((low >> 32) as u16),
        b: Var((low >> 48) as u16),
        c: Var(high as u16),
        imm,
    };
    // SAFETY: the caller's promise.
    unsafe {
        let guest = std::mem::transmute::<[usize; 2], &'static dyn Guest>([guest_low, guest_high]);
        u64::from(interp::run_op(state, &op, guest).is_err())
    }
}

/// An operation, but for its immediate.
fn op_words(op: &Op) -> [u64; 2] {
    let low = u64::from(op.code as u8)
        | u64::from(op.aux) << 8
        | u64::from(op.dst.0) << 16
        | u64::from(op.a.0) << 32
        | u64::from(op.b.0) << 48;
    [low, u64::from(op.c.0)]
}

fn guest_words(guest: &'static dyn Guest) -> [usize; 2] {
    // SAFETY: a fat pointer is two words; they are only put together again.
    unsafe { std::mem::transmute(guest) }
}

impl Compiler {
    pub(super) fn probe_add(&mut self, block: &Block, op: &Op) -> Result<(), JitError> {
        let add = block
            .probe_adds
            .get(op.imm as usize)
            .ok_or(JitError::Inconsistent("no such addition"))?;
        let word = field(add.offset as usize);
        if let Ok(value) = i32::try_from(add.value as i64) {
            self.asm.alu_mem_imm(Alu::Add, W64, word, value);
        } else {
            self.asm.mov_imm(Reg::Rax, add.value);
            self.asm.alu_to_mem(Alu::Add, W64, word, Reg::Rax);
        }
        Ok(())
    }

    pub(super) fn probe_call(&mut self, block: &Block, op: &Op) -> Result<(), JitError> {
        let call = block
            .probe_calls
            .get(op.imm as usize)
            .ok_or(JitError::Inconsistent("no such call"))?;
        let observes = call.reads_registers || call.writes_registers;
        // Stores are not needed for arguments, which are read before.
        if let ProbeCallKind::Memory { .. } = call.kind {
            let (address, value) = (
                self.operand(op, op.a, Reg::Rcx),
                self.operand(op, op.b, Reg::Rdx),
            );
            // Out of the way of the registers that are filled below.
            self.asm.mov(W64, Reg::Rcx, address);
            self.asm.mov(W64, Reg::Rax, value);
        }
        if observes {
            self.registers.spill_all(&mut self.asm);
            let pc = block.insns[usize::from(self.insn)].pc;
            self.asm.mov_imm(Reg::Rdx, pc);
            self.asm.store(8, field(offset_of!(CpuState, pc)), Reg::Rdx);
        } else {
            self.registers.spill_clobbered(&mut self.asm);
        }
        if let ProbeCallKind::Memory { info } = call.kind {
            self.asm.mov(W64, Reg::R8, Reg::Rax);
            self.asm.mov_imm(Reg::R9, u64::from(info));
        }
        self.asm.mov_imm(Reg::Rdi, call.plugin as u64);
        let state = Mem::at(Reg::R15, call.state_offset as i32);
        self.asm.lea(W64, Reg::Rsi, state);
        self.asm.mov_imm(Reg::Rdx, call.userdata);
        self.call(call.function);
        if call.writes_registers {
            self.near.clear();
        }
        Ok(())
    }

    /// Makes MXCSR `owner`'s.
    pub(super) fn own_flags(&mut self, owner: FlagsOwner) {
        if self.owner == Some(owner) {
            return;
        }
        let saved = field(offset_of!(CpuState, mxcsr_saved));
        let guest_mxcsr = field(offset_of!(CpuState, guest_mxcsr));
        let is_so = self.owner.is_none().then(|| {
            self.asm.alu_mem_imm(Alu::Cmp, Width::W32, saved, 0);
            self.asm.jcc(match owner {
                FlagsOwner::Guest => Cc::E,
                FlagsOwner::Callbacks => Cc::Ne,
            })
        });
        match owner {
            FlagsOwner::Guest => self.asm.ldmxcsr(guest_mxcsr),
            FlagsOwner::Callbacks => self.asm.stmxcsr(guest_mxcsr),
        }
        let now = i32::from(owner == FlagsOwner::Callbacks);
        self.asm.store_imm(Width::W32, saved, now);
        if let Some(is_so) = is_so {
            self.asm.bind(is_so);
        }
        self.owner = Some(owner);
    }

    pub(super) fn helper(&mut self, op: &Op) -> Result<(), JitError> {
        let helper = self
            .guest
            .helpers()
            .get(op.imm as usize)
            .ok_or(JitError::Inconsistent("no such helper"))?;
        for (var, argument) in [(op.a, Reg::Rcx), (op.b, Reg::Rdx)] {
            if var == Var::NONE {
                self.asm.mov_imm(argument, 0);
            } else {
                let value = self.operand(op, var, argument);
                self.asm.mov(W64, argument, value);
            }
        }
        self.registers.spill_all(&mut self.asm);
        self.asm.mov(W64, Reg::Rsi, Reg::Rcx);
        self.asm.mov(W64, Reg::Rdi, Reg::R15);
        self.call(helper.function as usize);
        self.near.clear();
        if op.dst != Var::NONE {
            self.set(op.dst, Reg::Rax);
        }
        Ok(())
    }

    /// Leaves an operation to the interpreter.
    pub(super) fn interpret(&mut self, op: &Op) {
        self.registers.spill_all(&mut self.asm);
        let [low, high] = op_words(op);
        let [guest_low, guest_high] = guest_words(self.guest);
        let constants = [
            low,
            high,
            op.imm as u64,
            guest_low as u64,
            guest_high as u64,
        ];
        self.asm.mov(W64, Reg::Rdi, Reg::R15);
        for (register, value) in ARGUMENTS[1..].iter().zip(constants) {
            self.asm.mov_imm(*register, value);
        }
        self.call(interpret_op as *const () as usize);
        if op.code.effects().may_fault {
            self.asm.test(Width::W32, Reg::Rax, Reg::Rax);
            let from = self.asm.jcc(Cc::Ne);
            self.stubs.push(Stub::Reported {
                from,
                insn: self.insn,
            });
        }
    }

    /// Calls a function of the System V convention; the arguments are in place, and nothing is in a
    /// register that it clobbers.
    fn call(&mut self, function: usize) {
        self.asm.alu_imm(Alu::Sub, W64, Reg::Rsp, 8);
        self.asm.mov_imm(Reg::Rax, function as u64);
        self.asm.call(Reg::Rax);
        self.asm.alu_imm(Alu::Add, W64, Reg::Rsp, 8);
    }

    /// Calls soft float, which preserves all registers but the result's and `rax`.
    pub(super) fn soft_call(&mut self, what: u64, operands: [Option<Reg>; 3], dst: Reg) {
        self.asm.push(Reg::Rsi);
        self.asm.push(Reg::R8);
        self.asm.alu_imm(Alu::Sub, W64, Reg::Rsp, 8);
        // `rdx` and `rcx` hold no variable, so nothing is overwritten before it is moved; an
        // immediate is already where it belongs.
        for (operand, register) in operands.into_iter().zip([Reg::Rdx, Reg::Rcx, Reg::R8]) {
            match operand {
                Some(operand) => self.asm.mov(W64, register, operand),
                None => self.asm.mov_imm(register, 0),
            }
        }
        self.asm.mov_imm(Reg::Rsi, what);
        self.asm.mov(W64, Reg::Rdi, Reg::R15);
        self.asm
            .mov_imm(Reg::Rax, enter::soft_fp_preserving() as u64);
        self.asm.call(Reg::Rax);
        self.asm.alu_imm(Alu::Add, W64, Reg::Rsp, 8);
        self.asm.pop(Reg::R8);
        self.asm.pop(Reg::Rsi);
        let result = field(enter::SOFT_FP_RESULT as usize);
        self.asm.load(super::assembler::Extend::None, dst, result);
    }
}
