//! The builder: front ends emit operations through it, one guest instruction after the other.
//!
//! It places the instrumentation, so that front ends never see it: block and instruction
//! probes where an instruction starts, memory probes around its accesses. Additions of one
//! owner to one word are merged into a single operation at the block's start, unless that owner
//! is also called from this block and could see the word in between; [`ProbeAdd::parts`] keeps
//! what a block left in its middle needs to be compensated.
//!
//! Not here: checks (see [`super::verify`]), optimisation.
//!
//! Invariants:
//! - A temp lives until the next instruction starts; its number is then reused.
//! - The operations of a probe on an access are emitted behind it, with all their operands out
//!   of reach of the access's own result.

mod instrument;

use crate::guest::DecodedBlock;
use crate::probe::Probes;

use super::{
    AtomicOp, Block, Cond, InsnInfo, MemExt, MemOp, Op, Opcode, ProbeAdd, Size, Terminator, Var,
};
use instrument::{Instrumentation, WantedAccess};

/// An operand as a front end states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    /// A slot or temp.
    Var(Var),
    /// A constant.
    Imm(i64),
}

impl From<Var> for Operand {
    fn from(var: Var) -> Operand {
        Operand::Var(var)
    }
}

impl From<i64> for Operand {
    fn from(value: i64) -> Operand {
        Operand::Imm(value)
    }
}

/// Emits the IR of one block. See the module's documentation.
#[derive(Debug)]
pub struct Builder {
    /// Guest addresses of the instructions still to come, last one first.
    pending: Vec<u64>,
    block: Block,
    /// Temps in use by the current instruction.
    temps: u16,
    instrumentation: Instrumentation,
}

/// An operation with all operand fields empty.
const fn bare(code: Opcode) -> Op {
    Op {
        code,
        aux: 0,
        dst: Var::NONE,
        a: Var::NONE,
        b: Var::NONE,
        c: Var::NONE,
        imm: 0,
    }
}

impl Builder {
    /// Starts a block for `decoded`, with `probes` to be placed in it.
    #[must_use]
    pub fn new(decoded: &DecodedBlock, probes: Probes) -> Builder {
        Builder {
            pending: decoded.insns.iter().rev().map(|insn| insn.pc).collect(),
            block: Block {
                pc: decoded.pc,
                mode: decoded.mode,
                insns: Vec::with_capacity(decoded.insns.len()),
                ops: Vec::with_capacity(decoded.insns.len() * 2 + probes.list.len()),
                // Replaced by `finish`.
                terminator: Terminator::Exit {
                    kind: super::ExitKind::FetchFault,
                    pc: decoded.pc,
                },
                temp_count: 0,
                probe_adds: Vec::new(),
                probe_calls: Vec::new(),
            },
            temps: 0,
            instrumentation: Instrumentation::new(probes),
        }
    }

    /// The next instruction of the decoded block begins. Temps of the one before end.
    ///
    /// # Panics
    /// If there is none left.
    pub fn start_insn(&mut self) {
        let pc = self
            .pending
            .pop()
            .expect("start_insn is called once per decoded instruction");
        let first_op = self.block.ops.len() as u32;
        let insn = self.block.insns.len() as u16;
        self.block.insns.push(InsnInfo { pc, first_op });
        self.temps = 0;
        self.probe_insn(insn);
    }

    /// A fresh temp, for use until the next instruction starts.
    ///
    /// # Panics
    /// If one instruction takes more than [`crate::state::TEMP_CAPACITY`].
    pub fn temp(&mut self) -> Var {
        let temp = Var::temp(self.temps);
        self.temps += 1;
        self.block.temp_count = self.block.temp_count.max(self.temps);
        temp
    }

    fn push(&mut self, op: Op) {
        self.block.ops.push(op);
    }

    /// `dst`, or a fresh temp where the result is unwanted.
    fn wanted(&mut self, dst: Var) -> Var {
        if dst == Var::NONE { self.temp() } else { dst }
    }

    /// A variable that holds the operand.
    fn materialise(&mut self, operand: Operand) -> Var {
        match operand {
            Operand::Var(var) => var,
            Operand::Imm(_) => self.copy(operand),
        }
    }

    /// A temp that holds the operand whatever is assigned later.
    fn copy(&mut self, operand: impl Into<Operand>) -> Var {
        let temp = self.temp();
        self.unary(Opcode::Mov, temp, operand);
        temp
    }

    /// `dst = code a`.
    pub fn unary(&mut self, code: Opcode, dst: Var, a: impl Into<Operand>) {
        let (a, imm) = match a.into() {
            Operand::Var(a) => (a, 0),
            Operand::Imm(imm) => (Var::IMM, imm),
        };
        self.push(Op {
            dst,
            a,
            imm,
            ..bare(code)
        });
    }

    /// `dst = code a, b`.
    pub fn binary(&mut self, code: Opcode, dst: Var, a: impl Into<Operand>, b: impl Into<Operand>) {
        self.binary_with(code, 0, dst, a.into(), b.into());
    }

    fn binary_with(&mut self, code: Opcode, aux: u8, dst: Var, a: Operand, b: Operand) {
        let (a, b, imm) = match (a, b) {
            (Operand::Var(a), Operand::Var(b)) => (a, b, 0),
            (Operand::Var(a), Operand::Imm(imm)) => (a, Var::IMM, imm),
            (Operand::Imm(imm), Operand::Var(b)) => (Var::IMM, b, imm),
            (Operand::Imm(a), Operand::Imm(b)) if a == b => (Var::IMM, Var::IMM, a),
            (Operand::Imm(_), Operand::Imm(imm)) => (self.materialise(a), Var::IMM, imm),
        };
        self.push(Op {
            aux,
            dst,
            a,
            b,
            imm,
            ..bare(code)
        });
    }

    /// `dst = a <cond> b`, as 0 or 1.
    pub fn setcond(&mut self, cond: Cond, dst: Var, a: impl Into<Operand>, b: impl Into<Operand>) {
        self.binary_with(Opcode::Setcond, cond as u8, dst, a.into(), b.into());
    }

    /// `dst = b` if `a` is not 0, else `c`.
    pub fn select(&mut self, dst: Var, a: Var, b: Var, c: Var) {
        self.push(Op {
            dst,
            a,
            b,
            c,
            ..bare(Opcode::Select)
        });
    }

    /// `dst` = memory at `base + disp`; `Var::NONE` if the value is unwanted.
    pub fn load(&mut self, dst: Var, op: MemOp, base: Var, disp: i64) {
        let dst = self.wanted(dst);
        let access = WantedAccess::read(op.size, false);
        let address = self.probe_address(access, base, disp, dst);
        self.push(Op {
            aux: op.to_aux(),
            dst,
            a: base,
            imm: disp,
            ..bare(Opcode::Load)
        });
        self.probe_access(access, address, dst);
    }

    /// Memory at `base + disp` becomes the low bytes of `value`.
    pub fn store(&mut self, op: MemOp, base: Var, disp: i64, value: Var) {
        let access = WantedAccess::write(op.size, false);
        let address = self.probe_address(access, base, disp, Var::NONE);
        self.push(Op {
            aux: op.to_aux(),
            a: base,
            b: value,
            imm: disp,
            ..bare(Opcode::Store)
        });
        self.probe_access(access, address, value);
    }

    /// `dst` = memory at `address`, which becomes `dst <op> value`; `Var::NONE` if the old value is
    /// unwanted.
    ///
    /// For memory probes this is a read of the old value, then a write of the new one.
    pub fn atomic_rmw(&mut self, dst: Var, op: AtomicOp, size: Size, address: Var, value: Var) {
        let dst = self.wanted(dst);
        let (read, write) = (
            WantedAccess::read(size, true),
            WantedAccess::write(size, true),
        );
        let read_address = self.probe_address(read, address, 0, dst);
        let write_address = if read_address == Var::NONE {
            self.probe_address(write, address, 0, dst)
        } else {
            read_address
        };
        let write_called = self.wants_call(write);
        let operand = if write_called && value == dst {
            self.copy(value)
        } else {
            value
        };
        let aux = op as u8 | (size as u8) << 4;
        self.push(Op {
            aux,
            dst,
            a: address,
            b: value,
            ..bare(Opcode::AtomicRmw)
        });
        self.probe_access(read, read_address, dst);
        let new = if write_called {
            self.new_value(op, size, dst, operand)
        } else {
            Var::NONE
        };
        self.probe_access(write, write_address, new);
    }

    /// Emits the value that an atomic operation left in memory; `old` is sign-extended from `size`.
    fn new_value(&mut self, op: AtomicOp, size: Size, old: Var, operand: Var) -> Var {
        let extend = match size {
            Size::B1 => Some(Opcode::Sext8),
            Size::B2 => Some(Opcode::Sext16),
            Size::B4 => Some(Opcode::Sext32),
            Size::B8 => None,
        };
        let operand = match extend {
            // Sign extension keeps the order of unsigned numbers too.
            Some(extend) => {
                let extended = self.temp();
                self.unary(extend, extended, operand);
                extended
            }
            None => operand,
        };
        let code = match op {
            AtomicOp::Swap => return operand,
            AtomicOp::Add => Opcode::Add,
            AtomicOp::And => Opcode::And,
            AtomicOp::Or => Opcode::Or,
            AtomicOp::Xor => Opcode::Xor,
            AtomicOp::MinS => Opcode::MinS,
            AtomicOp::MaxS => Opcode::MaxS,
            AtomicOp::MinU => Opcode::MinU,
            AtomicOp::MaxU => Opcode::MaxU,
        };
        let new = self.temp();
        self.binary(code, new, old, operand);
        new
    }

    /// `dst` = memory at `address`, sign-extended, which becomes reserved.
    pub fn load_reserved(&mut self, dst: Var, size: Size, address: Var) {
        let dst = self.wanted(dst);
        let access = WantedAccess::read(size, true);
        let probe_address = self.probe_address(access, address, 0, dst);
        let aux = MemOp::new(size, MemExt::Sign).to_aux();
        self.push(Op {
            aux,
            dst,
            a: address,
            ..bare(Opcode::LoadReserved)
        });
        self.probe_access(access, probe_address, dst);
    }

    /// If `address` is still reserved: memory there becomes `value` and `dst` 0; else `dst` is 1.
    ///
    /// For memory probes this is a write of `value`, whether or not it happened.
    pub fn store_conditional(&mut self, dst: Var, size: Size, address: Var, value: Var) {
        let dst = self.wanted(dst);
        let access = WantedAccess::write(size, true);
        let probe_address = self.probe_address(access, address, 0, dst);
        let probe_value = if probe_address != Var::NONE && value == dst {
            self.copy(value)
        } else {
            value
        };
        let aux = MemOp::new(size, MemExt::Zero).to_aux();
        self.push(Op {
            aux,
            dst,
            a: address,
            b: value,
            ..bare(Opcode::StoreConditional)
        });
        self.probe_access(access, probe_address, probe_value);
    }

    /// Memory barrier; `full` unless loads behind it may be done before stores in front of it.
    pub fn fence(&mut self, full: bool) {
        self.push(bare(if full {
            Opcode::Fence
        } else {
            Opcode::FenceOrder
        }));
    }

    /// `dst = code a` on floating-point values; `aux` as the opcode's row says.
    pub fn fp_unary(&mut self, code: Opcode, aux: u8, dst: Var, a: Var) {
        self.push(Op {
            aux,
            dst,
            a,
            ..bare(code)
        });
    }

    /// `dst = code a, b` on floating-point values.
    pub fn fp_binary(&mut self, code: Opcode, aux: u8, dst: Var, a: Var, b: Var) {
        self.push(Op {
            aux,
            dst,
            a,
            b,
            ..bare(code)
        });
    }

    /// `dst = code a, b, c` on floating-point values.
    pub fn fp_ternary(&mut self, code: Opcode, aux: u8, dst: Var, a: Var, b: Var, c: Var) {
        self.push(Op {
            aux,
            dst,
            a,
            b,
            c,
            ..bare(code)
        });
    }

    /// `dst` = the accrued exception flags.
    pub fn fflags_get(&mut self, dst: Var) {
        self.push(Op {
            dst,
            ..bare(Opcode::FlagsGet)
        });
    }

    /// The accrued exception flags become the low 5 bits of `a`.
    pub fn fflags_set(&mut self, a: impl Into<Operand>) {
        self.unary(Opcode::FlagsSet, Var::NONE, a);
    }

    /// `dst` = helper `id` of the guest's table, called with `a` and `b`; each may be `Var::NONE`.
    pub fn helper(&mut self, id: usize, dst: Var, a: impl Into<Operand>, b: impl Into<Operand>) {
        let (a, b) = (self.materialise(a.into()), self.materialise(b.into()));
        self.push(Op {
            dst,
            a,
            b,
            imm: id as i64,
            ..bare(Opcode::Helper)
        });
    }

    /// Ends the block.
    #[must_use]
    pub fn finish(mut self, terminator: Terminator) -> Block {
        debug_assert!(self.pending.is_empty(), "an instruction was not translated");
        self.block.terminator = terminator;
        let coalesced = self.instrumentation.take_coalesced();
        self.insert_at_start(coalesced);
        self.block
    }

    /// Puts the coalesced additions in front of everything, in the table as well: entries are in
    /// the order of the operations.
    fn insert_at_start(&mut self, mut adds: Vec<ProbeAdd>) {
        let count = adds.len();
        if count == 0 {
            return;
        }
        let Block {
            ops,
            insns,
            probe_adds,
            ..
        } = &mut self.block;
        for op in ops.iter_mut().filter(|op| op.code == Opcode::ProbeAdd) {
            op.imm += count as i64;
        }
        ops.splice(
            0..0,
            (0..count as i64).map(|imm| Op {
                imm,
                ..bare(Opcode::ProbeAdd)
            }),
        );
        adds.append(probe_adds);
        *probe_adds = adds;
        for insn in insns.iter_mut().skip(1) {
            insn.first_op += count as u32;
        }
    }
}
