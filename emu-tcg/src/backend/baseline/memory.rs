//! Accesses to guest memory, inline.
//!
//! An address outside of user space must not touch what the emulator has elsewhere. So an address is
//! compared first, unless the same variable was good before and has hardly moved since: it can then
//! be off by no more than the guards.

use std::mem::offset_of;

use super::Compiler;
use super::assembler::{Alu, Cc, Extend, Mem, Reg, Shift, Width};
use super::emit::{Stub, field};
use crate::backend::code_space::{FaultKind, JitError};
use crate::ir::{MemExt, MemOp, Op, Opcode, Size, Var};
use crate::memory::{ADDRESS_BITS, AddressSpace, GUARD_BYTES};
use crate::state::{CpuState, SLOT_CAPACITY, TEMP_CAPACITY};

/// Which variables are addresses within user space, give or take half a guard.
#[derive(Debug)]
pub(super) struct Near {
    vars: [u64; (SLOT_CAPACITY + TEMP_CAPACITY).div_ceil(64)],
    /// How far any of them may have moved since it was compared.
    drift: u64,
}

impl Default for Near {
    fn default() -> Near {
        Near {
            vars: [0; _],
            drift: 0,
        }
    }
}

/// Half a guard is for the distance between variable and address, half for the drift.
const ALLOWANCE: u64 = GUARD_BYTES / 2 - 4096;

impl Near {
    pub(super) fn clear(&mut self) {
        *self = Near::default();
    }

    fn contains(&self, var: Var) -> bool {
        self.vars[usize::from(var.0) / 64] >> (var.0 % 64) & 1 != 0
    }

    fn set(&mut self, var: Var, near: bool) {
        let bit = 1 << (var.0 % 64);
        let word = &mut self.vars[usize::from(var.0) / 64];
        *word = if near { *word | bit } else { *word & !bit };
    }

    /// `op` has been done.
    pub(super) fn step(&mut self, op: &Op) {
        if op.dst == Var::NONE {
            return;
        }
        if op.code == Opcode::Mov && op.a == Var::IMM {
            self.set(op.dst, AddressSpace::contains(op.imm as u64, 1));
            return;
        }
        let is_move = match op.code {
            Opcode::Mov => true,
            Opcode::Add => op.a != Var::IMM && op.b == Var::IMM,
            _ => false,
        };
        let distance = match op.code {
            Opcode::Add => op.imm.unsigned_abs(),
            _ => 0,
        };
        let near =
            is_move && self.contains(op.a) && self.drift.saturating_add(distance) < ALLOWANCE;
        if near {
            self.drift += distance;
        }
        self.set(op.dst, near);
    }
}

impl Compiler {
    pub(super) fn guest_load(&mut self, op: &Op) -> Result<(), JitError> {
        let mem_op = MemOp::from_aux(op.aux).ok_or(JitError::Inconsistent("aux of a load"))?;
        let mem = self.address(op);
        let extend = match (mem_op.size, mem_op.ext) {
            (Size::B8, _) => Extend::None,
            (Size::B4, MemExt::Sign) => Extend::Sign32,
            (Size::B2, MemExt::Sign) => Extend::Sign16,
            (Size::B1, MemExt::Sign) => Extend::Sign8,
            (Size::B4, _) => Extend::Zero32,
            (Size::B2, _) => Extend::Zero16,
            (Size::B1, _) => Extend::Zero8,
        };
        let dst = self.registers.write(&mut self.asm, op.dst);
        self.access_here();
        self.asm.load(extend, dst, mem);
        if mem_op.ext == MemExt::Ones && mem_op.size != Size::B8 {
            let ones = u64::MAX << (8 * mem_op.size.bytes());
            self.asm.mov_imm(Reg::Rax, ones);
            self.asm.alu(Alu::Or, Width::W64, dst, Reg::Rax);
        }
        Ok(())
    }

    pub(super) fn guest_store(&mut self, op: &Op) -> Result<(), JitError> {
        let size = Size::from_bits(op.aux & 3).ok_or(JitError::Inconsistent("aux of a store"))?;
        let mem = self.address(op);
        if Some(op.b) == self.zero && matches!(size, Size::B4 | Size::B8) {
            let width = if size == Size::B8 {
                Width::W64
            } else {
                Width::W32
            };
            self.access_here();
            self.asm.store_imm(width, mem, 0);
            return Ok(());
        }
        let value = self.registers.read(&mut self.asm, op.b);
        self.access_here();
        self.asm.store(size.bytes(), mem, value);
        Ok(())
    }

    /// The next host instruction is the access.
    pub(super) fn access_here(&mut self) {
        let here = self.asm.offset();
        self.fault_row(here, self.insn, FaultKind::HostFault);
    }

    /// The host address of an access, compared if it must be; uses `rax`.
    pub(super) fn address(&mut self, op: &Op) -> Mem {
        self.before_access();
        let guest = self.registers.read(&mut self.asm, op.a);
        let displacement = i32::try_from(op.imm)
            .ok()
            .filter(|small| u64::from(small.unsigned_abs()) < ALLOWANCE);
        let Some(displacement) = displacement else {
            self.asm.mov_imm(Reg::Rax, op.imm as u64);
            self.asm.alu(Alu::Add, Width::W64, Reg::Rax, guest);
            self.asm.mov(Width::W64, Reg::Rcx, Reg::Rax);
            self.compare(Reg::Rcx);
            return Mem {
                base: Reg::Rbx,
                index: Some(Reg::Rax),
                displacement: 0,
            };
        };
        if !self.near.contains(op.a) {
            self.asm
                .lea(Width::W64, Reg::Rax, Mem::at(guest, displacement));
            self.compare(Reg::Rax);
            // The access itself may overwrite the variable; `step` follows it.
            let distance = u64::from(displacement.unsigned_abs());
            if self.near.drift + distance < ALLOWANCE {
                self.near.drift += distance;
                self.near.set(op.a, true);
            }
        }
        Mem {
            base: Reg::Rbx,
            index: Some(guest),
            displacement,
        }
    }

    /// Stores what must be in memory at a fault, and brings the memory base into its register.
    pub(super) fn before_access(&mut self) {
        if self.precise_faults {
            self.registers.flush(&mut self.asm);
        }
        if !self.base_loaded {
            self.base_loaded = true;
            let base = field(offset_of!(CpuState, memory_base));
            self.asm.load(Extend::None, Reg::Rbx, base);
        }
    }

    /// Faults unless `address`, which is used up, is within user space.
    fn compare(&mut self, address: Reg) {
        self.asm
            .shift_imm(Shift::Shr, Width::W64, address, ADDRESS_BITS as u8);
        let from = self.asm.jcc(Cc::Ne);
        self.stubs.push(Stub::Wild {
            from,
            insn: self.insn,
        });
    }
}
