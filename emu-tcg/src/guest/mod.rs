//! Guest front ends: decode guest instructions and emit IR for them.
//!
//! A guest is a value of [`Guest`]: tables and functions, no state.

pub mod riscv64;

use crate::ir;
use crate::probe::Probes;
use crate::state::CpuState;

/// What kind of value a slot usually holds: generated code keeps it in that kind of host register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum SlotClass {
    Int,
    Float,
}

/// One row of the guest's slot table; the row's index is the slot number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotDesc {
    /// Name in the text form, and for registers the ABI name users know (`a0`, `fs1`, …).
    pub name: &'static str,
    /// Kind of value.
    pub class: SlotClass,
    /// Always zero, never written.
    pub constant_zero: bool,
}

/// The slots that generic operations work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SpecialSlots {
    /// Dynamic rounding mode (encoded as [`ir::RoundingMode`]).
    pub rounding_mode: ir::Var,
    /// Accrued FP exception flags (generated code also accrues in the host's MXCSR).
    pub fp_flags: ir::Var,
    /// Address of the reservation, `u64::MAX` for none.
    pub reservation_address: ir::Var,
    /// Value seen by the load that made the reservation.
    pub reservation_value: ir::Var,
}

/// A guest helper: ISA-specific work too long for operations.
#[derive(Clone, Copy)]
pub struct HelperDesc {
    /// Name in the text form.
    pub name: &'static str,
    /// The function: `(state, a, b) → dst`.
    pub function: unsafe extern "C" fn(*mut CpuState, u64, u64) -> u64,
    /// Slots it reads beside its operands.
    pub reads: &'static [ir::Var],
    /// Slots it writes beside `dst`.
    pub writes: &'static [ir::Var],
}

/// Source of instruction bytes.
pub trait Fetch {
    /// Reads `buf.len()` bytes (2 or 4) of executable memory at `pc`; `false` if any of them is
    /// not mapped executable.
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool;
}

/// A decoded instruction, guest-neutral part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodedInsn {
    /// Guest address.
    pub pc: u64,
    /// Instruction bits, zero-extended.
    pub bits: u32,
    /// Length in bytes.
    pub len: u8,
    /// Row of the guest's decode table, or `u16::MAX` for an unknown instruction.
    pub row: u16,
    /// What it does to memory (from the row).
    pub memory: MemoryUse,
}

/// What an instruction does to memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum MemoryUse {
    None,
    Read,
    Write,
    ReadWrite,
}

/// How an instruction hands on control.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transfer {
    /// To the next instruction, or it does not complete.
    None,
    /// By a jump or conditional branch that is no call and no return.
    Branch,
    /// By a call.
    Call,
    /// By a return from a call.
    Return,
    /// To the next instruction, after a system call.
    Syscall,
}

/// A block after pass 1: decoded to its end, span fixed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodedBlock {
    /// Guest address of the first instruction.
    pub pc: u64,
    /// Translation mode.
    pub mode: u32,
    /// The instructions, at least one unless `fetch_fault` says that not even the first could be fetched.
    pub insns: Vec<DecodedInsn>,
    /// Not even the first instruction could be fetched. A later one that cannot be is left to
    /// the next block.
    pub fetch_fault: bool,
}

impl DecodedBlock {
    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.insns.iter().map(|insn| u64::from(insn.len)).sum()
    }

    /// Whether not even the first instruction could be fetched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.insns.is_empty()
    }
}

/// A guest ISA.
pub trait Guest: Sync {
    /// Name, as in `riscv64`.
    fn name(&self) -> &'static str;
    /// The slot table.
    fn slots(&self) -> &'static [SlotDesc];
    /// Slots that generic operations use.
    fn special_slots(&self) -> SpecialSlots;
    /// The helper table.
    fn helpers(&self) -> &'static [HelperDesc];
    /// Pass 1: decodes from `pc` to the block's end, at most `max_insns` instructions.
    fn decode_block(&self, fetch: &dyn Fetch, pc: u64, mode: u32, max_insns: usize)
    -> DecodedBlock;
    /// Pass 2: emits IR with the probes in place.
    fn translate(&self, block: &DecodedBlock, probes: Probes) -> ir::Block;
    /// Mnemonic of a decoded instruction (no operands); `"unknown"` if it has no row.
    fn mnemonic(&self, insn: &DecodedInsn) -> &'static str;
    /// How a decoded instruction hands on control; a guest that does not say answers
    /// [`Transfer::None`].
    fn transfer(&self, insn: &DecodedInsn) -> Transfer {
        let _ = insn;
        Transfer::None
    }
    /// The translation mode that the state's slots call for.
    fn mode(&self, state: &CpuState) -> u32;
}
