//! What the instructions do: one small function per instruction or family, emitting IR.
//!
//! Each takes an [`Emitter`] and the [`Operands`]; a row of the decode tables names it. Which
//! instruction this is, where it lies and which mode the block is for, the emitter knows.
//!
//! Invariants:
//! - `x0` is never written: every write goes through [`Emitter::destination`].
//! - An instruction decides whether it is illegal before it emits anything.

pub(super) mod atomic;
pub(super) mod bits;
pub(super) mod control;
pub(super) mod csr;
pub(super) mod float;
pub(super) mod integer;
pub(super) mod memory;

use crate::guest::{DecodedBlock, DecodedInsn};
use crate::ir::{self, Builder, ExitKind, JumpKind, Opcode, Terminator, Var};
use crate::probe::{Action, Probes};

use super::decode::operands::Operands;
use super::decode::{ROWS, UNKNOWN};
use super::slots::x;

/// Translates a decoded block.
pub(super) fn translate(block: &DecodedBlock, probes: Probes) -> ir::Block {
    let mut emitter = Emitter::new(block, probes);
    for insn in &block.insns {
        emitter.translate_insn(insn);
    }
    emitter.finish()
}

/// Emits one block; knows where it is.
pub(crate) struct Emitter {
    ir: Builder,
    /// Address of the current instruction.
    pc: u64,
    /// Address behind it.
    next_pc: u64,
    /// Translation mode of the block.
    mode: u32,
    constants: Constants,
    terminator: Option<Terminator>,
}

impl Emitter {
    fn new(block: &DecodedBlock, probes: Probes) -> Emitter {
        let registers_change_unseen = probes.list.iter().any(|probe| {
            matches!(
                probe.action,
                Action::Call {
                    writes_registers: true,
                    ..
                }
            )
        });
        Emitter {
            ir: Builder::new(block, probes),
            pc: block.pc,
            next_pc: block.pc,
            mode: block.mode,
            constants: Constants::new(!registers_change_unseen),
            terminator: None,
        }
    }

    fn translate_insn(&mut self, insn: &DecodedInsn) {
        debug_assert!(
            self.terminator.is_none(),
            "an instruction behind the block's end"
        );
        self.pc = insn.pc;
        self.next_pc = insn.pc.wrapping_add(u64::from(insn.len));
        self.ir.start_insn();
        if insn.row == UNKNOWN {
            self.illegal();
        } else {
            let row = &ROWS[usize::from(insn.row)];
            (row.emit)(self, &row.format.operands(insn.bits));
        }
    }

    fn finish(self) -> ir::Block {
        let fall_through = Terminator::Jump {
            target: self.next_pc,
            kind: JumpKind::Plain,
        };
        self.ir.finish(self.terminator.unwrap_or(fall_through))
    }

    /// Ends the block.
    fn terminate(&mut self, terminator: Terminator) {
        self.terminator = Some(terminator);
    }

    /// Ends the block with an exit that continues at the next instruction.
    fn exit(&mut self, kind: ExitKind) {
        self.terminate(Terminator::Exit {
            kind,
            pc: self.next_pc,
        });
    }

    /// The current instruction is illegal.
    fn illegal(&mut self) {
        self.terminate(Terminator::Exit {
            kind: ExitKind::Illegal,
            pc: self.pc,
        });
    }

    /// Integer register `rd` to be written by the next operation; `None` for `x0`.
    fn destination(&mut self, rd: u8) -> Option<Var> {
        self.constants.forget(rd);
        (rd != 0).then(|| x(rd))
    }

    /// As [`Emitter::destination`], for operations that happen even if nobody wants the result.
    fn destination_or_none(&mut self, rd: u8) -> Var {
        self.destination(rd).unwrap_or(Var::NONE)
    }

    /// As [`Emitter::destination`], for operations that have a result in any case.
    fn destination_or_temp(&mut self, rd: u8) -> Var {
        self.destination(rd).unwrap_or_else(|| self.ir.temp())
    }

    /// `rd` becomes a constant.
    fn set_constant(&mut self, rd: u8, value: u64) {
        if let Some(dst) = self.destination(rd) {
            self.ir.unary(Opcode::Mov, dst, value as i64);
            self.constants.learn(rd, value);
        }
    }
}

/// Integer registers whose value is known at this point of the block.
///
/// Address arithmetic with `lui` and `auipc` folds, and the target of `auipc` and `jalr` is
/// seen to be constant.
struct Constants {
    /// Bit `n`: `values[n]` is the value of `x<n>`.
    known: u32,
    values: [u64; 32],
    /// Whether to learn at all: not if a plugin may write registers in the middle.
    enabled: bool,
}

impl Constants {
    fn new(enabled: bool) -> Constants {
        Constants {
            known: 1,
            values: [0; 32],
            enabled,
        }
    }

    fn get(&self, register: u8) -> Option<u64> {
        (self.known >> register & 1 == 1).then(|| self.values[usize::from(register)])
    }

    fn learn(&mut self, register: u8, value: u64) {
        if self.enabled {
            self.known |= 1 << register;
            self.values[usize::from(register)] = value;
        }
    }

    fn forget(&mut self, register: u8) {
        if register != 0 {
            self.known &= !(1 << register);
        }
    }
}
