//! The interpreter: runs a block of IR as it stands.
//!
//! It serves cold code, and is the oracle that the compiled back ends are tested against.
//!
//! Not here: choosing the next block, delivering faults, polling for exit requests.
//!
//! Rules of the unsafe code: the block has passed [`crate::ir::verify`], so every operand that
//! its signature asks for is in the file. The state is reached through a raw pointer only, since
//! helpers, probes and the signal handler of the embedder reach it too.

mod fp;
mod int;
mod mem;

use std::hint::select_unpredictable;
use std::ptr;
use std::sync::atomic::{Ordering, fence};

use crate::guest::Guest;
use crate::ir::{Block, Cond, Op, Opcode, ProbeCall, ProbeCallKind, Terminator, Var};
use crate::state::CpuState;

use super::BlockExit;

/// The state under interpretation.
#[derive(Clone, Copy)]
struct Machine {
    state: *mut CpuState,
    file: *mut u64,
}

impl Machine {
    /// # Safety
    /// `state` is valid, and `var` a slot or temp.
    #[inline(always)]
    unsafe fn get(self, var: Var) -> u64 {
        debug_assert!(
            var.as_slot().is_some() || var.as_temp().is_some(),
            "{var:?}"
        );
        // SAFETY: our caller's promise.
        unsafe { *self.file.add(usize::from(var.0)) }
    }

    /// # Safety
    /// As for [`Machine::get`].
    #[inline(always)]
    unsafe fn set(self, var: Var, value: u64) {
        debug_assert!(
            var.as_slot().is_some() || var.as_temp().is_some(),
            "{var:?}"
        );
        // SAFETY: our caller's promise.
        unsafe { *self.file.add(usize::from(var.0)) = value };
    }

    /// `var` of `op`, which may be its immediate.
    ///
    /// # Safety
    /// As for [`Machine::get`].
    #[inline(always)]
    unsafe fn operand(self, op: &Op, var: Var) -> u64 {
        let variable = self.file.wrapping_add(usize::from(var.0)).cast_const();
        let immediate = ptr::from_ref(&op.imm).cast::<u64>();
        // SAFETY: our caller's promise; the pointer is only followed if it is the one meant.
        unsafe { *select_unpredictable(var == Var::IMM, immediate, variable) }
    }

    /// `var` of `op`, which may be its immediate, or nothing.
    ///
    /// # Safety
    /// As for [`Machine::get`].
    unsafe fn operand_or_zero(self, op: &Op, var: Var) -> u64 {
        if var == Var::NONE {
            return 0;
        }
        // SAFETY: our caller's promise.
        unsafe { self.operand(op, var) }
    }

    /// # Safety
    /// `state` is valid.
    #[inline(always)]
    unsafe fn memory_base(self) -> u64 {
        // SAFETY: our caller's promise.
        unsafe { (*self.state).memory_base }
    }
}

/// Runs `block` once.
///
/// # Safety
/// - `state` is valid, and nothing else writes its slots meanwhile.
/// - `block` passes [`crate::ir::verify`] for `guest`; the functions and offsets of its probes are
///   valid for `state`.
/// - `memory_base` comes from a live [`crate::memory::AddressSpace`].
/// - A handler for SIGSEGV and SIGBUS is installed that honours
///   [`crate::memory::recovery_address`] and stores `fault_signal`.
pub unsafe fn run(state: *mut CpuState, block: &Block, guest: &'static dyn Guest) -> BlockExit {
    // SAFETY: our caller's promise.
    let file = unsafe { (&raw mut (*state).file).cast() };
    let machine = Machine { state, file };
    for op in &block.ops {
        // SAFETY: our caller's promise.
        if let Err(fault) = unsafe { step(machine, op, block, guest) } {
            // SAFETY: our caller's promise.
            return unsafe { leave_faulting(machine, op, block, fault) };
        }
    }
    // SAFETY: our caller's promise.
    unsafe { terminate(machine, &block.terminator) }
}

/// Does `op`, which is no probe, for generated code. After an error the state says which address and
/// signal; program counter and counters are the caller's to put right.
///
/// # Safety
/// As for [`run`].
pub(super) unsafe fn run_op(
    state: *mut CpuState,
    op: &Op,
    guest: &'static dyn Guest,
) -> Result<(), ()> {
    // Only probes look into their block.
    static NO_BLOCK: Block = Block::empty();
    // SAFETY: our caller's promise.
    unsafe {
        let file = (&raw mut (*state).file).cast();
        let machine = Machine { state, file };
        step(machine, op, &NO_BLOCK, guest).map_err(|fault| fault.report(machine))
    }
}

/// One operation.
///
/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn step(
    machine: Machine,
    op: &Op,
    block: &Block,
    guest: &'static dyn Guest,
) -> Result<(), mem::Fault> {
    macro_rules! unary {
        ($function:path) => {
            machine.set(op.dst, $function(machine.operand(op, op.a)))
        };
    }
    macro_rules! binary {
        ($function:path) => {{
            let (a, b) = (machine.operand(op, op.a), machine.operand(op, op.b));
            machine.set(op.dst, $function(a, b))
        }};
    }
    // SAFETY: our caller's promise, for every arm.
    unsafe {
        match op.code {
            Opcode::Mov => unary!(int::mov),
            Opcode::Not => unary!(int::not),
            Opcode::Sext8 => unary!(int::sext8),
            Opcode::Sext16 => unary!(int::sext16),
            Opcode::Sext32 => unary!(int::sext32),
            Opcode::Zext8 => unary!(int::zext8),
            Opcode::Zext16 => unary!(int::zext16),
            Opcode::Zext32 => unary!(int::zext32),
            Opcode::Clz => unary!(int::clz),
            Opcode::ClzW => unary!(int::clz_w),
            Opcode::Ctz => unary!(int::ctz),
            Opcode::CtzW => unary!(int::ctz_w),
            Opcode::Popcnt => unary!(int::popcnt),
            Opcode::PopcntW => unary!(int::popcnt_w),
            Opcode::Bswap => unary!(int::bswap),
            Opcode::OrBytes => unary!(int::orbytes),

            Opcode::Add => binary!(int::add),
            Opcode::Sub => binary!(int::sub),
            Opcode::Mul => binary!(int::mul),
            Opcode::MulhS => binary!(int::mulh_s),
            Opcode::MulhU => binary!(int::mulh_u),
            Opcode::MulhSu => binary!(int::mulh_su),
            Opcode::DivS => binary!(int::div_s),
            Opcode::DivU => binary!(int::div_u),
            Opcode::RemS => binary!(int::rem_s),
            Opcode::RemU => binary!(int::rem_u),
            Opcode::And => binary!(int::and),
            Opcode::Or => binary!(int::or),
            Opcode::Xor => binary!(int::xor),
            Opcode::AndNot => binary!(int::andnot),
            Opcode::Shl => binary!(int::shl),
            Opcode::ShrU => binary!(int::shr_u),
            Opcode::ShrS => binary!(int::shr_s),
            Opcode::RotL => binary!(int::rotl),
            Opcode::RotR => binary!(int::rotr),
            Opcode::MinS => binary!(int::min_s),
            Opcode::MinU => binary!(int::min_u),
            Opcode::MaxS => binary!(int::max_s),
            Opcode::MaxU => binary!(int::max_u),

            Opcode::AddW => binary!(int::add_w),
            Opcode::SubW => binary!(int::sub_w),
            Opcode::MulW => binary!(int::mul_w),
            Opcode::DivSW => binary!(int::div_s_w),
            Opcode::DivUW => binary!(int::div_u_w),
            Opcode::RemSW => binary!(int::rem_s_w),
            Opcode::RemUW => binary!(int::rem_u_w),
            Opcode::ShlW => binary!(int::shl_w),
            Opcode::ShrUW => binary!(int::shr_u_w),
            Opcode::ShrSW => binary!(int::shr_s_w),
            Opcode::RotLW => binary!(int::rotl_w),
            Opcode::RotRW => binary!(int::rotr_w),

            Opcode::Setcond => setcond(machine, op),
            Opcode::Select => select(machine, op),

            Opcode::Load => return mem::load(machine, op),
            Opcode::Store => return mem::store(machine, op),
            Opcode::AtomicRmw => return mem::atomic_rmw(machine, op),
            Opcode::LoadReserved => return mem::load_reserved(machine, op, guest),
            Opcode::StoreConditional => return mem::store_conditional(machine, op, guest),
            Opcode::Fence => fence(Ordering::SeqCst),
            Opcode::FenceOrder => fence(Ordering::AcqRel),

            Opcode::FAdd
            | Opcode::FSub
            | Opcode::FMul
            | Opcode::FDiv
            | Opcode::FSqrt
            | Opcode::FMin
            | Opcode::FMax
            | Opcode::FMadd
            | Opcode::FMsub
            | Opcode::FNmsub
            | Opcode::FNmadd
            | Opcode::FSgnj
            | Opcode::FSgnjn
            | Opcode::FSgnjx
            | Opcode::FEq
            | Opcode::FLt
            | Opcode::FLe
            | Opcode::FClass
            | Opcode::FToInt
            | Opcode::IntToF
            | Opcode::FCvt
            | Opcode::FBox => fp::compute(machine, op, guest),
            Opcode::FlagsGet => fp::flags_get(machine, op, guest),
            Opcode::FlagsSet => fp::flags_set(machine, op, guest),

            Opcode::Helper => helper(machine, op, guest),
            Opcode::ProbeAdd => probe_add(machine, op, block),
            Opcode::ProbeCall => probe_call(machine, op, block),
        }
    }
    Ok(())
}

/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn setcond(machine: Machine, op: &Op) {
    // SAFETY: our caller's promise.
    unsafe {
        let (a, b) = (machine.operand(op, op.a), machine.operand(op, op.b));
        let cond = Cond::from_bits(op.aux).unwrap_or(Cond::Eq);
        machine.set(op.dst, u64::from(int::holds(cond, a, b)));
    }
}

/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn select(machine: Machine, op: &Op) {
    // SAFETY: our caller's promise.
    unsafe {
        let (b, c) = (machine.get(op.b), machine.get(op.c));
        machine.set(op.dst, if machine.get(op.a) != 0 { b } else { c });
    }
}

/// # Safety
/// As for [`run`].
unsafe fn helper(machine: Machine, op: &Op, guest: &'static dyn Guest) {
    // SAFETY: our caller's promise: the index is one of the guest's table, whose functions take
    // a valid state.
    unsafe {
        let (a, b) = (
            machine.operand_or_zero(op, op.a),
            machine.operand_or_zero(op, op.b),
        );
        let result = (guest.helpers()[op.imm as usize].function)(machine.state, a, b);
        if op.dst != Var::NONE {
            machine.set(op.dst, result);
        }
    }
}

/// # Safety
/// As for [`run`]; `offset` is that of a word of the plugin area.
unsafe fn add_to_word(machine: Machine, offset: u32, value: u64) {
    // SAFETY: our caller's promise; the word is this vCPU's own.
    unsafe {
        let word = machine
            .state
            .cast::<u8>()
            .add(offset as usize)
            .cast::<u64>();
        *word = (*word).wrapping_add(value);
    }
}

/// # Safety
/// As for [`run`].
#[inline(always)]
unsafe fn probe_add(machine: Machine, op: &Op, block: &Block) {
    let add = &block.probe_adds[op.imm as usize];
    // SAFETY: our caller's promise.
    unsafe { add_to_word(machine, add.offset, add.value) };
}

/// # Safety
/// As for [`run`].
unsafe fn probe_call(machine: Machine, op: &Op, block: &Block) {
    type Exec = unsafe extern "C" fn(usize, *mut u8, u64);
    type Memory = unsafe extern "C" fn(usize, *mut u8, u64, u64, u64, u32);
    let call: &ProbeCall = &block.probe_calls[op.imm as usize];
    // SAFETY: our caller's promise: the function is of the type that goes with its kind, and its
    // state lies in the plugin area.
    unsafe {
        if call.reads_registers || call.writes_registers {
            (*machine.state).pc = block.insns[usize::from(insn_of(block, op))].pc;
        }
        let state = machine.state.cast::<u8>().add(call.state_offset as usize);
        match call.kind {
            ProbeCallKind::Exec => {
                let function = std::mem::transmute::<usize, Exec>(call.function);
                function(call.plugin, state, call.userdata);
            }
            ProbeCallKind::Memory { info } => {
                let function = std::mem::transmute::<usize, Memory>(call.function);
                let (address, value) = (machine.get(op.a), machine.get(op.b));
                function(call.plugin, state, call.userdata, address, value, info);
            }
        }
    }
}

/// Index of the instruction that `op`, an element of `block.ops`, belongs to.
fn insn_of(block: &Block, op: &Op) -> u16 {
    let index = (ptr::from_ref(op) as usize - block.ops.as_ptr() as usize) / size_of::<Op>();
    let started = block
        .insns
        .partition_point(|insn| insn.first_op as usize <= index);
    started.saturating_sub(1) as u16
}

/// The block ends early: `op` has faulted.
///
/// # Safety
/// As for [`run`].
#[cold]
unsafe fn leave_faulting(machine: Machine, op: &Op, block: &Block, fault: mem::Fault) -> BlockExit {
    let insn = insn_of(block, op);
    // SAFETY: our caller's promise.
    unsafe {
        fault.report(machine);
        (*machine.state).pc = block.insns[usize::from(insn)].pc;
        for (offset, value) in block.uncompleted_adds(insn) {
            add_to_word(machine, offset, value.wrapping_neg());
        }
    }
    BlockExit::Fault { insn }
}

/// # Safety
/// As for [`run`].
unsafe fn terminate(machine: Machine, terminator: &Terminator) -> BlockExit {
    // SAFETY: our caller's promise.
    unsafe {
        let (pc, exit) = match *terminator {
            Terminator::Jump { target, .. } => (target, BlockExit::Jump),
            Terminator::Branch {
                cond,
                a,
                b,
                taken,
                fallthrough,
            } => {
                if int::holds(cond, machine.get(a), machine.get(b)) {
                    (taken, BlockExit::Taken)
                } else {
                    (fallthrough, BlockExit::NotTaken)
                }
            }
            Terminator::Indirect { target, .. } => (machine.get(target), BlockExit::Indirect),
            Terminator::Exit { kind, pc } => (pc, BlockExit::Exit(kind)),
        };
        (*machine.state).pc = pc;
        exit
    }
}
