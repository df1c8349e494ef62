//! The frame of a block: counting, the operations in order, the ways out, and behind them the code
//! that is off the straight path.

use std::mem::offset_of;

use super::Compiler;
use super::assembler::{Alu, Cc, Extend, Fp, Jump, Mem, Reg, Shift, Width};
use crate::backend::code_space::enter::{FlagsOwner, ReturnCode};
use crate::backend::code_space::fault::{FaultKind, Row};
use crate::backend::code_space::{JitError, Site};
use crate::backend::{Profile, Targets, TranslationBlock};
use crate::ir::{Block, Cond, JumpKind, Op, Opcode, Terminator, Var};
use crate::state::{CpuState, JUMP_CACHE_SIZE, JumpCacheEntry};

use Width::{W32, W64};

/// Code off the straight path, and the jumps that lead there.
#[derive(Debug)]
pub(super) enum Stub {
    /// The limit of executions is reached.
    Hot(Jump),
    /// The exit of this slot is taken, and not patched.
    ThroughSlot { from: Jump, slot: u64 },
    /// The exit of this slot would be taken, but an exit is asked for.
    Requested { from: Jump, slot: u64 },
    /// Not in the jump cache, or an exit is asked for; the address is in `rax`.
    Indirect([Jump; 2]),
    /// The address in question is outside of user space.
    Wild { from: Jump, insn: u16 },
    /// The address in question is not aligned.
    Misaligned { from: Jump, insn: u16 },
    /// A function has already told of the fault.
    Reported { from: Jump, insn: u16 },
    /// The result is a NaN: make it the canonical one, and go on at `back`.
    CanonicalNan {
        from: Jump,
        dst: Reg,
        fp: Fp,
        back: usize,
    },
    /// Note that the sample whose number is in `rcx` is the address in `rax`, then on at `back`.
    Sample {
        from: Jump,
        targets: u64,
        back: usize,
    },
    /// Clear the exception flags, then on at `back`.
    ClearFlags { from: Jump, back: usize },
    /// Soft float, then on at `back`.
    Soft {
        from: [Option<Jump>; 4],
        what: u64,
        operands: [Option<Reg>; 3],
        dst: Reg,
        back: usize,
    },
}

impl Stub {
    /// Whether it has an instruction that faults.
    fn faults(&self) -> bool {
        matches!(
            self,
            Stub::Wild { .. } | Stub::Misaligned { .. } | Stub::Reported { .. }
        )
    }
}

/// Gives the address of a new exit slot for a guest address; addresses are below 4 GiB if the host allows.
pub(super) type ExitSlots<'a> = &'a mut dyn FnMut(u64) -> Result<u64, JitError>;

/// Address of a field of the state.
pub(super) fn field(offset: usize) -> Mem {
    Mem::at(Reg::R15, offset as i32)
}

/// The host's condition for the guest's.
pub(super) fn condition(cond: Cond) -> Cc {
    match cond {
        Cond::Eq => Cc::E,
        Cond::Ne => Cc::Ne,
        Cond::LtS => Cc::L,
        Cond::GeS => Cc::Ge,
        Cond::LtU => Cc::B,
        Cond::GeU => Cc::Ae,
    }
}

/// The host's condition for the opposite of the guest's.
fn opposite(cond: Cond) -> Cc {
    match cond {
        Cond::Eq => Cc::Ne,
        Cond::Ne => Cc::E,
        Cond::LtS => Cc::Ge,
        Cond::GeS => Cc::L,
        Cond::LtU => Cc::Ae,
        Cond::GeU => Cc::B,
    }
}

fn is_constant(op: &Op) -> bool {
    op.code == Opcode::Mov && op.a == Var::IMM
}

impl Compiler {
    /// Leaves the code of `block`, which counts in `origin`, in `self.asm`, its fault rows in
    /// `self.rows`.
    pub(super) fn emit(
        &mut self,
        block: &Block,
        origin: &TranslationBlock,
        slots: ExitSlots<'_>,
    ) -> Result<(), JitError> {
        self.asm.clear();
        self.rows.clear();
        self.sites.clear();
        self.stubs.clear();
        self.near.clear();
        self.base_loaded = false;
        self.owner = None;
        self.mxcsr_stored = false;
        self.registers.start(block);
        self.count(&origin.profile);
        let mut next_insn = 0;
        for (index, op) in block.ops.iter().enumerate() {
            while let Some(info) = block.insns.get(next_insn)
                && info.first_op as usize <= index
            {
                self.insn = next_insn as u16;
                next_insn += 1;
            }
            self.registers.next_op();
            let next = block.ops.get(index + 1);
            // The upper part of a constant that the next instruction makes whole.
            let is_overwritten =
                |next: &Op| is_constant(op) && is_constant(next) && next.dst == op.dst;
            if !next.is_some_and(is_overwritten) {
                self.op(block, op)?;
            }
        }
        self.registers.next_op();
        self.terminator(block, origin, slots)?;
        self.stubs();
        Ok(())
    }

    /// Counts this execution; at the limit goes back to the loop.
    fn count(&mut self, profile: &Profile) {
        self.asm
            .mov_imm(Reg::Rax, std::ptr::from_ref(profile) as u64);
        self.asm.inc_mem(W32, Mem::at(Reg::Rax, Profile::DUE));
        let from = self.asm.jcc(Cc::Ns);
        self.stubs.push(Stub::Hot(from));
    }

    fn op(&mut self, block: &Block, op: &Op) -> Result<(), JitError> {
        let effects = op.code.effects();
        if let Some(owner) = FlagsOwner::during(op.code) {
            self.own_flags(owner);
            self.mxcsr_stored &= matches!(op.code, Opcode::FlagsGet | Opcode::FlagsSet);
        }
        match op.code {
            Opcode::ProbeAdd => self.probe_add(block, op)?,
            Opcode::ProbeCall => self.probe_call(block, op)?,
            Opcode::Helper => self.helper(op)?,
            Opcode::FlagsGet => self.flags_get(op),
            Opcode::FlagsSet => self.flags_set(op),
            Opcode::Load => self.guest_load(op)?,
            Opcode::Store => self.guest_store(op)?,
            Opcode::AtomicRmw | Opcode::LoadReserved | Opcode::StoreConditional => {
                self.atomic_op(op);
            }
            _ if effects.may_fault => self.interpret(op),
            Opcode::Fence => self.asm.barrier(),
            // The host's own order.
            Opcode::FenceOrder => {}
            _ if effects.fp_environment => self.float_op(op)?,
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx | Opcode::FClass | Opcode::FBox => {
                self.float_op(op)?;
            }
            _ => self.int_op(op),
        }
        self.near.step(op);
        Ok(())
    }

    // Ways out.

    fn terminator(
        &mut self,
        block: &Block,
        origin: &TranslationBlock,
        slots: ExitSlots<'_>,
    ) -> Result<(), JitError> {
        let from = block.pc;
        match block.terminator {
            Terminator::Jump { target, .. } => {
                self.registers.flush(&mut self.asm);
                self.exit_to(from, target, slots)
            }
            Terminator::Branch {
                cond,
                a,
                b,
                taken,
                fallthrough,
            } => {
                let ra = self.registers.read(&mut self.asm, a);
                if Some(b) == self.zero {
                    self.registers.flush(&mut self.asm);
                    self.asm.test(W64, ra, ra);
                } else {
                    let rb = self.registers.read(&mut self.asm, b);
                    self.registers.flush(&mut self.asm);
                    self.asm.alu(Alu::Cmp, W64, ra, rb);
                }
                // What follows a branch never closes a loop.
                let slot = slots(fallthrough)?;
                let from_here = self.asm.jcc_patchable(opposite(cond));
                self.stubs.push(Stub::ThroughSlot {
                    from: from_here,
                    slot,
                });
                let profile = std::ptr::from_ref::<Profile>(&origin.profile) as u64;
                self.asm.mov_imm(Reg::Rax, profile);
                self.asm.inc_mem(W32, Mem::at(Reg::Rax, Profile::TAKEN));
                self.exit_to(from, taken, slots)
            }
            Terminator::Indirect { target, kind } => {
                let target = self.registers.read(&mut self.asm, target);
                self.registers.flush(&mut self.asm);
                self.asm.mov(W64, Reg::Rax, target);
                if kind != JumpKind::Return {
                    self.sample(origin);
                }
                self.indirect();
                Ok(())
            }
            Terminator::Exit { kind, pc } => {
                self.registers.flush(&mut self.asm);
                self.leave(pc, ReturnCode::Exit as u64 | (kind as u64) << 8);
                Ok(())
            }
        }
    }

    /// Goes to a known guest address, through an exit slot. What may close a loop polls.
    fn exit_to(&mut self, from: u64, target: u64, slots: ExitSlots<'_>) -> Result<(), JitError> {
        let slot = slots(target)?;
        if target <= from {
            let request = field(offset_of!(CpuState, exit_request));
            self.asm.alu_mem_imm(Alu::Cmp, W32, request, 0);
            let from = self.asm.jcc(Cc::Ne);
            self.stubs.push(Stub::Requested { from, slot });
        }
        let from = self.asm.jmp_patchable();
        self.stubs.push(Stub::ThroughSlot { from, slot });
        Ok(())
    }

    /// If this execution is to be sampled, notes that it leads to the address in `rax`.
    fn sample(&mut self, origin: &TranslationBlock) {
        let profile = std::ptr::from_ref::<Profile>(&origin.profile) as u64;
        self.asm.mov_imm(Reg::Rdx, profile);
        let executions = Mem::at(Reg::Rdx, Profile::DUE);
        self.asm.load(Extend::Zero32, Reg::Rcx, executions);
        self.asm.mov_imm(Reg::Rdx, u64::from(Targets::SCATTER));
        self.asm.imul(W32, Reg::Rcx, Reg::Rdx);
        let number = 32 - Targets::NUMBER_BITS as u8;
        self.asm.shift_imm(Shift::Shr, W32, Reg::Rcx, number);
        let samples = Targets::SAMPLES as i32;
        self.asm.alu_imm(Alu::Cmp, W32, Reg::Rcx, samples);
        let from = self.asm.jcc(Cc::B);
        self.stubs.push(Stub::Sample {
            from,
            targets: std::ptr::from_ref(origin.targets.get_or_new()) as u64,
            back: self.asm.offset(),
        });
    }

    /// Goes to the address in `rax`, through the jump cache.
    fn indirect(&mut self) {
        const _: () = assert!(size_of::<JumpCacheEntry>() == 16);
        const MASK: i32 = ((JUMP_CACHE_SIZE - 1) << 4) as i32;
        let request = field(offset_of!(CpuState, exit_request));
        self.asm.alu_mem_imm(Alu::Cmp, W32, request, 0);
        let requested = self.asm.jcc(Cc::Ne);
        // Bit 1 of the address becomes bit 4 of the entry's offset.
        self.asm.mov(W32, Reg::Rcx, Reg::Rax);
        self.asm.shift_imm(Shift::Shl, W32, Reg::Rcx, 3);
        self.asm.alu_imm(Alu::And, W32, Reg::Rcx, MASK);
        let entry = |offset: usize| Mem {
            base: Reg::R15,
            index: Some(Reg::Rcx),
            displacement: (offset_of!(CpuState, jump_cache) + offset) as i32,
        };
        let pc = entry(offset_of!(JumpCacheEntry, pc));
        self.asm.alu_from_mem(Alu::Cmp, W64, Reg::Rax, pc);
        let miss = self.asm.jcc(Cc::Ne);
        self.asm.jmp_mem(entry(offset_of!(JumpCacheEntry, code)));
        self.stubs.push(Stub::Indirect([requested, miss]));
    }

    /// Returns to the loop, to continue at `pc`.
    fn leave(&mut self, pc: u64, code: u64) {
        self.asm.mov_imm(Reg::Rax, pc);
        self.asm.store(8, field(offset_of!(CpuState, pc)), Reg::Rax);
        self.asm.mov_imm(Reg::Rax, code);
        self.asm.ret();
    }

    // Off the straight path.

    fn stubs(&mut self) {
        let mut stubs = std::mem::take(&mut self.stubs);
        // Faults are looked up by their places in the part that is not cold.
        stubs.sort_by_key(|stub| !stub.faults());
        let faults = stubs.iter().filter(|stub| stub.faults()).count();
        for (index, stub) in stubs.drain(..).enumerate() {
            if index == faults {
                self.asm.start_cold();
            }
            match stub {
                Stub::Hot(from) => {
                    self.asm.bind(from);
                    self.asm.lea_code(Reg::Rax, 0);
                    let hot = field(offset_of!(CpuState, common_exits.hot));
                    self.asm.jmp_mem(hot);
                }
                Stub::ThroughSlot { from, slot } => {
                    let site = Site {
                        displacement: self.asm.displacement(from),
                        through_slot: self.asm.offset() as u32,
                    };
                    self.sites.push((slot, site));
                    self.asm.bind(from);
                    self.asm.mov_imm(Reg::Rdi, slot);
                    self.asm.jmp_mem(Mem::at(Reg::Rdi, 0));
                }
                Stub::Requested { from, slot } => {
                    self.asm.bind(from);
                    self.asm.mov_imm(Reg::Rdi, slot);
                    let requested = field(offset_of!(CpuState, common_exits.requested));
                    self.asm.jmp_mem(requested);
                }
                Stub::Indirect(from) => {
                    for jump in from {
                        self.asm.bind(jump);
                    }
                    let indirect = field(offset_of!(CpuState, common_exits.indirect));
                    self.asm.jmp_mem(indirect);
                }
                Stub::Wild { from, insn } => {
                    self.asm.bind(from);
                    let here = self.asm.ud2();
                    self.fault_row(here, insn, FaultKind::WildAddress);
                }
                Stub::Misaligned { from, insn } => {
                    self.asm.bind(from);
                    let here = self.asm.ud2();
                    self.fault_row(here, insn, FaultKind::Misaligned);
                }
                Stub::Reported { from, insn } => {
                    self.asm.bind(from);
                    let here = self.asm.offset();
                    self.fault_row(here, insn, FaultKind::Reported);
                    self.asm.lea_code(Reg::Rax, here);
                    self.asm
                        .store(8, field(offset_of!(CpuState, fault_host_pc)), Reg::Rax);
                    self.asm.mov_imm(Reg::Rax, ReturnCode::Fault as u64);
                    self.asm.ret();
                }
                Stub::CanonicalNan {
                    from,
                    dst,
                    fp,
                    back,
                } => {
                    self.asm.bind(from);
                    self.asm.mov_imm(dst, super::float::canonical_nan(fp));
                    self.asm.jmp_back(back);
                }
                Stub::Sample {
                    from,
                    targets,
                    back,
                } => {
                    self.asm.bind(from);
                    self.asm.mov_imm(Reg::Rdx, targets);
                    self.asm.shift_imm(Shift::Shl, W32, Reg::Rcx, 3);
                    let sample = Mem {
                        base: Reg::Rdx,
                        index: Some(Reg::Rcx),
                        displacement: 0,
                    };
                    self.asm.store(8, sample, Reg::Rax);
                    self.asm.jmp_back(back);
                }
                Stub::ClearFlags { from, back } => {
                    self.asm.bind(from);
                    self.clear_flags();
                    self.asm.jmp_back(back);
                }
                Stub::Soft {
                    from,
                    what,
                    operands,
                    dst,
                    back,
                } => {
                    for jump in from.into_iter().flatten() {
                        self.asm.bind(jump);
                    }
                    self.soft_call(what, operands, dst);
                    self.asm.jmp_back(back);
                }
            }
        }
        self.stubs = stubs;
    }

    /// The host instruction at `offset` may fault.
    pub(super) fn fault_row(&mut self, offset: usize, insn: u16, kind: FaultKind) {
        self.rows.push(Row {
            offset: offset as u32,
            unit: 0,
            insn,
            kind,
            held: 0,
        });
    }

    /// An operand: its register, or `scratch` holding the immediate.
    pub(super) fn operand(&mut self, op: &Op, var: Var, scratch: Reg) -> Reg {
        if var == Var::IMM {
            self.asm.mov_imm(scratch, op.imm as u64);
            scratch
        } else {
            self.registers.read(&mut self.asm, var)
        }
    }

    /// Writes `dst` from a register that is free to use.
    pub(super) fn set(&mut self, dst: Var, value: Reg) {
        let reg = self.registers.write(&mut self.asm, dst);
        self.asm.extend(Extend::None, reg, value);
    }
}
