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
//! - A `CpuState` is created by [`CpuBox::new`] only, which places the plugin area
//!   directly behind the struct, 64-byte aligned.

use std::alloc::{Layout, handle_alloc_error};
use std::mem::offset_of;
use std::ops::{Deref, DerefMut};
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU32, AtomicU64};

use crate::backend::CommonExits;
use crate::memory::NEAR_LIMIT;

/// How many slots a guest may declare.
pub const SLOT_CAPACITY: usize = 128;
/// How many temps one IR block may use.
pub const TEMP_CAPACITY: usize = 384;
/// Entries of the indirect-jump cache; a power of two.
pub const JUMP_CACHE_SIZE: usize = 16384;

/// By how much an address is shifted to bring the bits that [`CpuState::jump_cache`]'s index leaves out into that of
/// the victims.
pub(crate) const VICTIM_SHIFT: u32 = 1 + JUMP_CACHE_SIZE.trailing_zeros();

/// One entry of the per-vCPU table that generated code probes at an indirect jump. What is not in use has an
/// address that belongs elsewhere in the table: 0, or in the first entry, where 0 belongs, [`u64::MAX`].
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JumpCacheEntry {
    /// Guest address.
    pub pc: u64,
    /// Host address of the region's entry.
    pub code: u64,
}

/// The state of one vCPU. See the module's documentation.
#[repr(C, align(64))]
#[derive(Debug)]
pub struct CpuState {
    /// Slots, then temps; IR operands ([`crate::ir::Var`]) index it. At the start, for short displacements
    /// make for short code.
    pub file: [u64; SLOT_CAPACITY + TEMP_CAPACITY],
    /// Host stack pointer to unwind to when generated code faults.
    pub host_stack: u64,
    /// Host MXCSR of the emulator while generated code runs with the guest's.
    pub host_mxcsr: u32,
    /// Signal (bits 16–31) and `si_code` (bits 0–15) of the last memory fault.
    pub fault_signal: AtomicU32,
    /// Guest address of the last memory fault, set by the fault handler or the interpreter.
    pub fault_address: AtomicU64,
    /// Host address of the generated instruction that faulted last, set by the fault handler.
    pub fault_host_pc: AtomicU64,
    /// Where generated code finds the result of soft float.
    pub soft_fp_result: u64,
    /// How often the embedder has seen another translation mode become due.
    pub mode_changes: u32,
    /// Free for the embedder (its own per-vCPU structure).
    pub user: u64,
    /// Brings what follows, and the plugin area, to where no slot that guests have is at the same place of a KiB:
    /// hosts take a load for one of what was just stored if some of the lower bits of the addresses agree.
    distance: [u64; 33],
    /// Vector registers of generated code that has faulted.
    pub(crate) fault_vectors: [[u64; 2]; 16],
    /// Non-zero asks generated code to return to the loop at its next poll.
    pub exit_request: AtomicU32,
    /// The translation mode (guest-defined; part of a block's key).
    pub mode: u32,
    /// Guest program counter. Valid whenever control is outside generated code.
    pub pc: u64,
    /// Host address of guest address 0.
    pub memory_base: u64,
    /// MXCSR to run generated code with (rounding mode of the guest, flags clear).
    pub guest_mxcsr: u32,
    /// Not 0 while the guest's MXCSR is in [`CpuState::guest_mxcsr`], since the host's may have
    /// exception flags that callbacks raised. 0 outside of generated code.
    pub mxcsr_saved: u32,
    /// The largest guest address that generated code need not refuse: [`NEAR_LIMIT`].
    pub near_limit: u64,
    /// Where blocks jump whose ways out are rare, so that each need not have the code for them.
    pub(crate) common_exits: CommonExits,
    /// Indirect-jump cache, indexed by [`CpuState::jump_cache_index`].
    pub(crate) jump_cache: [JumpCacheEntry; JUMP_CACHE_SIZE],
    /// What others have driven out of `jump_cache`, indexed by [`CpuState::victim_index`]: looked through on the
    /// way out of generated code.
    pub(crate) jump_victims: [JumpCacheEntry; JUMP_CACHE_SIZE],
}

const _: () = assert!(offset_of!(CpuState, exit_request) % 1024 == 576);
const _: () = assert!(CpuState::PLUGIN_AREA_OFFSET % 4096 == 640);

/// Owner of a [`CpuState`] and the plugin area behind it.
#[derive(Debug)]
pub struct CpuBox {
    state: NonNull<CpuState>,
    layout: Layout,
}

// SAFETY: the box owns its allocation; `CpuState` holds plain data and atomics only.
unsafe impl Send for CpuBox {}

impl CpuBox {
    /// Allocates a zeroed state with `plugin_area_size` zeroed bytes behind it; all jump cache
    /// entries are empty and no reservation is held once the guest initialises its slots.
    #[must_use]
    pub fn new(plugin_area_size: usize) -> CpuBox {
        let layout = Layout::new::<CpuState>()
            .extend(Layout::from_size_align(plugin_area_size, 64).expect("plugin area too large"))
            .expect("plugin area too large")
            .0
            .pad_to_align();
        let Some(state) = map(layout.size()) else {
            handle_alloc_error(layout)
        };
        let mut this = CpuBox { state, layout };
        this.near_limit = NEAR_LIMIT;
        this.common_exits = CommonExits::new();
        this.jump_cache[0] = CpuState::no_jump(0);
        this.jump_victims[0] = CpuState::no_jump(0);
        this
    }

    /// The address that generated code and helpers take.
    #[must_use]
    pub fn as_ptr(&self) -> *mut CpuState {
        self.state.as_ptr()
    }
}

impl Deref for CpuBox {
    type Target = CpuState;
    fn deref(&self) -> &CpuState {
        // SAFETY: the pointer is valid and initialised (zeroes are a valid value) for our life.
        unsafe { self.state.as_ref() }
    }
}

impl DerefMut for CpuBox {
    fn deref_mut(&mut self) -> &mut CpuState {
        // SAFETY: as in `deref`, and we own it.
        unsafe { self.state.as_mut() }
    }
}

impl Drop for CpuBox {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this size.
        unsafe { libc::munmap(self.state.as_ptr().cast(), self.layout.size()) };
    }
}

/// Maps `len` bytes of zeroes. (Memory that an allocator has had back it would have to fill with zeroes, although most of
/// a state's tables may never be used.)
fn map(len: usize) -> Option<NonNull<CpuState>> {
    // SAFETY: a new private mapping at an address of the kernel's choice.
    let memory = unsafe {
        libc::mmap(
            ptr::null_mut(),
            len,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    };
    (memory != libc::MAP_FAILED)
        .then_some(memory.cast())
        .and_then(NonNull::new)
}

impl CpuState {
    /// What the slots hold.
    #[must_use]
    pub fn slots(&self) -> &[u64; SLOT_CAPACITY] {
        self.file.first_chunk().expect("slots come first")
    }

    /// Offset of the plugin area from the start of the state.
    pub const PLUGIN_AREA_OFFSET: usize = size_of::<CpuState>();

    /// Empties the jump cache: needed whenever generated code is unlinked or freed.
    pub fn clear_jump_cache(&mut self) {
        for table in [&mut self.jump_cache, &mut self.jump_victims] {
            table.fill(JumpCacheEntry::default());
            table[0] = CpuState::no_jump(0);
        }
    }

    /// Makes indirect jumps to `pc` go to generated code at host address `code`.
    pub fn remember_jump(&mut self, pc: u64, code: u64) {
        let entry = &mut self.jump_cache[CpuState::jump_cache_index(pc)];
        let old = std::mem::replace(entry, JumpCacheEntry { pc, code });
        if old.code != 0 && old.pc != pc {
            self.jump_victims[CpuState::victim_index(old.pc)] = old;
        }
    }

    /// Removes `pc` from the jump cache.
    pub fn forget_jump(&mut self, pc: u64) {
        let tables = [
            (&mut self.jump_cache, CpuState::jump_cache_index(pc)),
            (&mut self.jump_victims, CpuState::victim_index(pc)),
        ];
        for (table, index) in tables {
            if table[index].pc == pc {
                table[index] = CpuState::no_jump(index);
            }
        }
    }

    /// What entry `index` of the jump cache is if no jump has been put there: not all bytes of the table
    /// have to be written before it can be used.
    fn no_jump(index: usize) -> JumpCacheEntry {
        JumpCacheEntry {
            pc: if index == 0 { u64::MAX } else { 0 },
            code: 0,
        }
    }

    /// Index of `pc` in the jump cache: instructions are 2-byte aligned, so bit 0 is dropped.
    fn jump_cache_index(pc: u64) -> usize {
        (pc >> 1) as usize & (JUMP_CACHE_SIZE - 1)
    }

    /// Index of `pc` among the victims: addresses less than half a GiB apart that meet in the jump cache do not meet here.
    fn victim_index(pc: u64) -> usize {
        (pc >> 1 ^ pc >> VICTIM_SHIFT) as usize & (JUMP_CACHE_SIZE - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code that a jump to `pc` finds.
    fn code(cpu: &CpuState, pc: u64) -> Option<u64> {
        let entries = [
            cpu.jump_cache[CpuState::jump_cache_index(pc)],
            cpu.jump_victims[CpuState::victim_index(pc)],
        ];
        let known = entries.into_iter().find(|entry| entry.pc == pc);
        known.map(|entry| entry.code)
    }

    #[test]
    fn an_empty_jump_cache_knows_no_address() {
        let mut cpu = CpuBox::new(0);
        for pc in [0, 2, 2 * JUMP_CACHE_SIZE as u64, 0x1000] {
            assert_eq!(code(&cpu, pc), None, "{pc:#x} in a new one");
            cpu.remember_jump(pc, 1);
            assert_eq!(code(&cpu, pc), Some(1));
            cpu.forget_jump(pc);
            assert_eq!(code(&cpu, pc), None, "{pc:#x} once it is forgotten");
            cpu.remember_jump(pc, 1);
            cpu.clear_jump_cache();
            assert_eq!(code(&cpu, pc), None, "{pc:#x} in one that has been cleared");
        }
    }

    #[test]
    fn addresses_that_meet_in_the_jump_cache_stay_known() {
        let mut cpu = CpuBox::new(0);
        let meeting = [0, 1, 2].map(|n| 0x1000 + n * 2 * JUMP_CACHE_SIZE as u64);
        for pc in meeting {
            cpu.remember_jump(pc, pc + 1);
        }
        for pc in meeting {
            assert_eq!(code(&cpu, pc), Some(pc + 1));
            cpu.forget_jump(pc);
            assert_eq!(code(&cpu, pc), None);
        }
    }
}
