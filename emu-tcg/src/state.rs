//! The vCPU state that generated code and the interpreter work on.
//!
//! One `#[repr(C)]` layout for every guest: a file of 64-bit *slots* (what each one
//! means is the guest's table, [`crate::guest::SlotDesc`]) followed by the block-local
//! *temps*, so that an IR operand is one index into [`CpuState::file`]. Generated code
//! holds the address of this struct in the pinned register and reaches everything,
//! the plugins' per-vCPU area behind it included, at constant offsets.
//!
//! Not here: what a slot means, memory, threads.
//!
//! Invariants:
//! - `file[slot]` of a constant-zero slot is always 0.
//! - A `CpuState` is created by [`CpuState::allocate`] only, which places
//!   `plugin_area_size` zeroed bytes directly after the struct, 64-byte aligned.

use std::sync::atomic::{AtomicU32, AtomicU64};

/// How many slots a guest may declare.
pub const SLOT_CAPACITY: usize = 128;
/// How many temps one IR block may use.
pub const TEMP_CAPACITY: usize = 384;
/// Entries of the indirect-jump cache; a power of two.
pub const JUMP_CACHE_SIZE: usize = 4096;

/// One entry of the per-vCPU table that generated code probes at an indirect jump.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JumpCacheEntry {
    /// Guest address, or `u64::MAX` for an empty entry.
    pub pc: u64,
    /// Host address of the region's entry.
    pub code: u64,
}

/// The state of one vCPU. See the module's documentation.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct CpuState {
    /// Non-zero asks generated code to return to the loop at its next poll.
    pub exit_request: AtomicU32,
    /// The translation mode (guest-defined; part of a block's key).
    pub mode: u32,
    /// Guest program counter. Valid whenever control is outside generated code.
    pub pc: u64,
    /// Host address of guest address 0.
    pub memory_base: u64,
    /// Host stack pointer to unwind to when generated code faults.
    pub host_stack: u64,
    /// Host MXCSR of the emulator while generated code runs with the guest's.
    pub host_mxcsr: u32,
    /// MXCSR to run generated code with (rounding mode of the guest, flags clear).
    pub guest_mxcsr: u32,
    /// Guest address of the last memory fault, set by the fault handler or the interpreter.
    pub fault_address: AtomicU64,
    /// Signal (bits 16–31) and `si_code` (bits 0–15) of the last memory fault.
    pub fault_signal: AtomicU32,
    /// Keeps the layout free of implicit padding.
    pub reserved: u32,
    /// Free for the embedder (its own per-vCPU structure).
    pub user: u64,
    /// Slots, then temps; IR operands ([`crate::ir::Var`]) index it.
    pub file: [u64; SLOT_CAPACITY + TEMP_CAPACITY],
    /// Indirect-jump cache, indexed by [`CpuState::jump_cache_index`].
    pub jump_cache: [JumpCacheEntry; JUMP_CACHE_SIZE],
}

impl CpuState {
    /// Index of `pc` in the jump cache: instructions are 2-byte aligned, so bit 0 is dropped.
    #[must_use]
    pub fn jump_cache_index(pc: u64) -> usize {
        (pc >> 1) as usize & (JUMP_CACHE_SIZE - 1)
    }
}
