//! Memory for generated code and what belongs to it, whichever back end made it.
//!
//! | what | module |
//! |---|---|
//! | memory for the code | `arena` |
//! | exits that can be linked | `exits` |
//! | which instruction faulted | `fault` |
//! | into generated code and back | `enter` |
//!
//! The contract of generated code, by which code of all compilers jumps to each other:
//! - It is entered with the vCPU state in `r15` and a return address on the stack, which is then 8 modulo
//!   16. All other registers are free, none is kept.
//! - It goes on by a jump to other code under this contract, or returns a [`ReturnCode`].
//! - Guest state is in memory at both ends; MXCSR is the guest's.
//!
//! A [`CodeSpace`] is shared by all vCPUs and compilers. Not here: making code, which block is hot,
//! what an exit means.
//!
//! Invariants:
//! - Published code, but for the displacements of exits' jumps, is immutable until [`CodeSpace::reset`].
//! - Generated code takes no lock and calls nothing that does, but for probes and guest helpers.

mod arena;
pub(super) mod enter;
mod exits;
pub(super) mod fault;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cranelift_codegen::CodegenError;

pub use exits::SlotId;
pub use fault::{FaultKind, FaultSite, HeldWord};

use super::TranslationBlock;
use crate::guest::Guest;
use crate::ir::{ExitKind, Op, Opcode};
use crate::state::CpuState;
use enter::ReturnCode;
pub(super) use exits::Site;
use exits::SlotTable;
use fault::FaultTable;

/// So many bytes of dead code are worth being freed.
const WORTH_A_RESET: usize = 32 << 20;

/// Why something was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum JitError {
    /// The code space has no room: it must be reset before anything more is compiled.
    #[error("the memory for generated code is used up")]
    Full,
    /// More code in one piece than the code space will hold, empty or not.
    #[error("too much code in one piece")]
    TooLarge,
    /// The host cannot run generated code.
    #[error("cannot generate code for this host: {0}")]
    Host(String),
    /// Memory for code could not be had.
    #[error("cannot map memory for generated code: {0}")]
    Memory(#[from] std::io::Error),
    /// A block that no verifier would have let pass.
    #[error("malformed block: {0}")]
    Inconsistent(&'static str),
    /// Cranelift refused the region.
    #[error("Cranelift: {0}")]
    Codegen(#[from] Box<CodegenError>),
}

/// Where generated code starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryPoint(std::num::NonZeroUsize);

impl EntryPoint {
    /// Host address, as [`crate::state::JumpCacheEntry::code`] holds it.
    #[must_use]
    pub fn address(self) -> usize {
        self.0.get()
    }

    /// The inverse of [`EntryPoint::address`]; `None` for 0.
    #[must_use]
    pub fn from_address(address: usize) -> Option<EntryPoint> {
        std::num::NonZeroUsize::new(address).map(EntryPoint)
    }
}

/// A compiled region.
#[derive(Debug)]
pub struct Published {
    /// Where it starts.
    pub entry: EntryPoint,
    /// Guest address that it starts at.
    pub head_pc: u64,
    /// Translation mode.
    pub mode: u32,
    /// Guest instructions compiled, inlined ones once per place.
    pub guest_insns: usize,
    /// Size of the code.
    pub host_bytes: usize,
    /// All blocks that it covers.
    pub blocks: Vec<Arc<TranslationBlock>>,
}

/// Why generated code came back. `state.pc` is where to continue.
#[derive(Debug, Clone)]
pub enum JitExit {
    /// By a direct jump that is not linked; [`CodeSpace::link`] can do that.
    Unlinked(SlotId),
    /// By an indirect jump whose target is not in the jump cache.
    IndirectMiss,
    /// Because a block has reached its limit of executions, without having run.
    Hot,
    /// Because of [`CpuState::exit_request`].
    ExitRequested,
    /// Because a block says so.
    Exit(ExitKind),
    /// An access failed; `fault_address` and `fault_signal` say how, `pc` is that of the instruction.
    Fault {
        /// Index of the instruction.
        insn: u16,
        /// Its block.
        block: Arc<TranslationBlock>,
    },
    /// A host instruction failed that is no guest instruction's: one of a plugin's function, which generated code has a
    /// copy of, or a wrong one. Nothing is known of the guest; `fault_host_pc`, `fault_address` and `fault_signal` say more.
    Stray,
}

/// Code to be published. Its cold part, which hardly ever runs, is put elsewhere, so that what does run lies close
/// together.
pub(super) struct Code<'a> {
    /// All of it.
    pub(super) bytes: &'a mut [u8],
    /// Where the cold part begins; at the end if there is none. No instruction of it faults.
    pub(super) cold: usize,
    /// The distances between the parts.
    pub(super) crossings: &'a [Crossing],
}

/// A 32-bit distance from one part of code to the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crossing {
    /// Where it stands.
    pub(super) displacement: u32,
    /// It leads into the cold part, or else out of it.
    pub(super) to_cold: bool,
}

impl Code<'_> {
    /// Lengthens the distances into the cold part, and shortens those out of it, by `shift`.
    fn part(&mut self, shift: u32) {
        for &Crossing {
            displacement,
            to_cold,
        } in self.crossings
        {
            let Some(bytes) = self.bytes[displacement as usize..].first_chunk_mut() else {
                continue;
            };
            let distance = u32::from_le_bytes(*bytes);
            let distance = if to_cold {
                distance.wrapping_add(shift)
            } else {
                distance.wrapping_sub(shift)
            };
            *bytes = distance.to_le_bytes();
        }
    }
}

/// Published code.
#[derive(Debug)]
struct Piece {
    /// Where it ends, but for the cold part.
    end: usize,
    /// Bytes of both parts.
    size: usize,
    table: FaultTable,
}

#[derive(Debug)]
struct Inner {
    arena: arena::Arena,
    slots: SlotTable,
    /// By start address.
    code: BTreeMap<usize, Piece>,
    full: bool,
    /// How often everything has been freed.
    resets: u64,
    /// Bytes of code that will not be entered any more.
    dead: usize,
}

impl Inner {
    /// The start and the table of the piece of code that has `address`.
    fn piece(&self, address: usize) -> Option<(usize, &FaultTable)> {
        let (&start, piece) = self.code.range(..=address).next_back()?;
        (address < piece.end).then_some((start, &piece.table))
    }

    /// Makes all exits go where their slots say.
    fn jump_through_slots(&self) {
        for site in self.slots.sites() {
            self.arena.patch(site.displacement, site.through_slot);
        }
    }
}

/// What is made for a code space until it is next reset: only then are its exit slots its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Session(u64);

/// Generated code and what belongs to it. See the module's documentation.
#[derive(Debug)]
pub struct CodeSpace {
    range: Range<usize>,
    /// Rounding-mode slot and, in the upper half, exception-flags slot of the guest whose code this is.
    fp_slots: AtomicU32,
    inner: Mutex<Inner>,
}

/// Keeps a code space as it is while the process forks.
#[derive(Debug)]
pub struct ForkGuard<'a>(#[expect(dead_code, reason = "held for its drop")] MutexGuard<'a, Inner>);

impl CodeSpace {
    /// Reserves `capacity` bytes for code.
    pub fn new(capacity: usize) -> Result<CodeSpace, JitError> {
        let arena = arena::Arena::new(capacity)?;
        let range = arena.range();
        let inner = Inner {
            arena,
            slots: SlotTable::new()?,
            code: BTreeMap::new(),
            full: false,
            resets: 0,
            dead: 0,
        };
        Ok(CodeSpace {
            range,
            fp_slots: AtomicU32::new(0),
            inner: Mutex::new(inner),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_fp_slots(&self, guest: &dyn Guest) {
        let special = guest.special_slots();
        let packed = u32::from(special.rounding_mode.0) | u32::from(special.fp_flags.0) << 16;
        self.fp_slots.store(packed, Ordering::Release);
    }

    fn fp_slots(&self) -> (usize, usize) {
        let packed = self.fp_slots.load(Ordering::Acquire);
        ((packed & 0xffff) as usize, (packed >> 16) as usize)
    }

    /// Runs generated code until it comes back.
    ///
    /// # Safety
    /// - `state` is valid, belongs to the guest that `entry` was compiled for, and nothing else
    ///   accesses it meanwhile but for its atomics; its `memory_base` is that of a live
    ///   [`crate::memory::AddressSpace`].
    /// - `entry` was published into this space and the space not reset since; likewise every
    ///   entry of the state's jump cache.
    /// - The handler of SIGSEGV, SIGBUS and SIGILL sends faults of generated code to
    ///   [`CodeSpace::fault_landing`], `r15` unchanged, having stored `fault_host_pc`,
    ///   `fault_signal` and `fault_address`.
    /// - Functions and offsets of the blocks' probes are valid for the state.
    pub unsafe fn enter(&self, state: *mut CpuState, entry: EntryPoint) -> JitExit {
        let (mode, flags) = self.fp_slots();
        // SAFETY: the caller's promise.
        let value = unsafe { enter::enter(state, entry.address(), mode, flags) };
        match value & 15 {
            code if code == ReturnCode::IndirectMiss as u64 => JitExit::IndirectMiss,
            code if code == ReturnCode::ExitRequested as u64 => JitExit::ExitRequested,
            code if code == ReturnCode::Exit as u64 => {
                JitExit::Exit(ExitKind::from_bits((value >> 8) as u8).unwrap_or(ExitKind::Illegal))
            }
            code if code == ReturnCode::Hot as u64 => {
                let inner = self.lock();
                let Some((_, table)) = inner.piece((value >> 4) as usize) else {
                    std::process::abort();
                };
                // SAFETY: the caller's promise.
                unsafe { (*state).pc = table.first_pc() };
                JitExit::Hot
            }
            // SAFETY: the caller's promise.
            code if code == ReturnCode::Fault as u64 => unsafe { self.faulted(state) },
            _ => {
                let inner = self.lock();
                let slot = inner.slots.at_address(value);
                // SAFETY: the caller's promise.
                unsafe { (*state).pc = inner.slots.target(slot) };
                JitExit::Unlinked(slot)
            }
        }
    }

    /// Completes the state after a fault in generated code.
    ///
    /// # Safety
    /// As for [`CodeSpace::enter`].
    unsafe fn faulted(&self, state: *mut CpuState) -> JitExit {
        // SAFETY: the caller's promise; generated code is not running.
        let state = unsafe { &mut *state };
        let host_pc = state.fault_host_pc.load(Ordering::Relaxed) as usize;
        let Some(FaultSite {
            block,
            insn,
            kind,
            held,
            owed,
        }) = self.fault_site(host_pc)
        else {
            return JitExit::Stray;
        };
        let registers = state.fault_vectors;
        let ir = block.ir();
        if let Some(op) = faulting_op(&ir, insn)
            && matches!(kind, FaultKind::WildAddress | FaultKind::Misaligned)
        {
            let base =
                op.a.as_slot()
                    .map_or(0, |slot| state.file[usize::from(slot)]);
            state
                .fault_address
                .store(base.wrapping_add(op.imm as u64), Ordering::Relaxed);
        }
        let signal = match kind {
            FaultKind::HostFault | FaultKind::Reported => None,
            FaultKind::WildAddress => Some((libc::SIGSEGV, 1)),
            FaultKind::Misaligned => Some((libc::SIGBUS, 1)),
        };
        if let Some((signal, code)) = signal {
            state
                .fault_signal
                .store((signal as u32) << 16 | code, Ordering::Relaxed);
        }
        state.pc = ir.insns[usize::from(insn)].pc;
        let uncompleted = ir
            .uncompleted_adds(insn)
            .map(|(offset, value)| (offset, value.wrapping_neg()));
        let base = std::ptr::from_mut(state).cast::<u8>();
        // SAFETY: the offset is that of a word of the plugin area (the caller's promise).
        let word = |offset: u32| unsafe { &mut *base.add(offset as usize).cast::<u64>() };
        for held in held {
            let value = registers[usize::from(held.register)][usize::from(held.lane)];
            *word(held.offset) = value.wrapping_add(held.plus);
        }
        for (offset, value) in owed.into_iter().chain(uncompleted) {
            let word = word(offset);
            *word = word.wrapping_add(value);
        }
        JitExit::Fault { insn, block }
    }

    /// To be asked for before the first exit slot of a piece of code.
    pub(super) fn session(&self) -> Result<Session, JitError> {
        let inner = self.lock();
        if inner.full {
            Err(JitError::Full)
        } else {
            Ok(Session(inner.resets))
        }
    }

    /// Address of a new exit slot for guest address `target`.
    pub(super) fn exit_slot(&self, target: u64) -> Result<u64, JitError> {
        let mut inner = self.lock();
        match inner.slots.allocate(target) {
            Some(slot) => Ok(inner.slots.address(slot)),
            None => {
                inner.full = true;
                Err(JitError::Full)
            }
        }
    }

    /// Makes `code`, made for `guest` in `session`, executable. `sites`: the jumps of its exits by the
    /// addresses of their slots, as offsets from the code's start.
    pub(super) fn publish(
        &self,
        guest: &dyn Guest,
        session: Session,
        mut code: Code<'_>,
        sites: &[(u64, Site)],
        table: FaultTable,
    ) -> Result<EntryPoint, JitError> {
        let size = code.bytes.len();
        if size > self.range.len() / 2 {
            return Err(JitError::TooLarge);
        }
        self.set_fp_slots(guest);
        let mut inner = self.lock();
        if session != Session(inner.resets) || inner.full {
            return Err(JitError::Full);
        }
        let Some((start, cold_start)) = inner.arena.allocate(code.cold, size - code.cold) else {
            inner.full = true;
            return Err(JitError::Full);
        };
        // Modulo 2³²: the cold part may come first.
        let cold = code.cold as u32;
        let shift = cold_start.wrapping_sub(start + cold);
        code.part(shift);
        inner.arena.write(start, &code.bytes[..code.cold]);
        inner.arena.write(cold_start, &code.bytes[code.cold..]);
        let entry = self.range.start + start as usize;
        let piece = Piece {
            end: entry + code.cold,
            size,
            table,
        };
        inner.code.insert(entry, piece);
        let place = |offset: u32| {
            let shift = if offset < cold { 0 } else { shift };
            (start + offset).wrapping_add(shift)
        };
        for &(slot, site) in sites {
            let id = inner.slots.at_address(slot);
            let site = Site {
                displacement: place(site.displacement),
                through_slot: place(site.through_slot),
            };
            inner.slots.set_site(id, site);
        }
        EntryPoint::from_address(entry).ok_or(JitError::Inconsistent("code at address 0"))
    }

    /// Makes an exit go to `entry`: one atomic store.
    pub fn link(&self, slot: SlotId, entry: EntryPoint) {
        let inner = self.lock();
        inner.slots.link(slot, entry.address() as u64);
        if let Some(site) = inner.slots.site(slot) {
            let target = (entry.address() - self.range.start) as u32;
            inner.arena.patch(site.displacement, target);
        }
    }

    /// Makes these exits come back. (The caller takes what they led to out of the jump caches, too.)
    pub fn unlink(&self, slots: &[SlotId]) {
        let inner = self.lock();
        for &slot in slots {
            inner.slots.unlink(slot);
            if let Some(site) = inner.slots.site(slot) {
                inner.arena.patch(site.displacement, site.through_slot);
            }
        }
    }

    /// Makes every exit come back. (The caller empties the jump caches, too.)
    pub fn unlink_all(&self) {
        let inner = self.lock();
        inner.slots.unlink_all();
        inner.jump_through_slots();
    }

    /// Whether something did not fit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.lock().full
    }

    /// Nothing more fits until the next reset.
    pub fn close(&self) {
        self.lock().full = true;
    }

    /// These pieces of code will not be entered any more. Whether a reset would free more than it
    /// costs to make the rest anew.
    pub fn discard(&self, pieces: &[EntryPoint]) -> bool {
        let mut inner = self.lock();
        for piece in pieces {
            let size = inner.code.get(&piece.address());
            inner.dead += size.map_or(0, |piece| piece.size);
        }
        inner.dead >= WORTH_A_RESET && inner.dead * 2 >= inner.arena.used()
    }

    /// Whether there is so much code that it is worth freeing it if none will be entered any more.
    #[must_use]
    pub fn is_worth_a_reset(&self) -> bool {
        self.lock().arena.used() >= WORTH_A_RESET
    }

    /// Frees all code. The caller guarantees that no vCPU is inside or will enter what was
    /// published before.
    pub fn reset(&self) -> Result<(), JitError> {
        let mut inner = self.lock();
        inner.code.clear();
        inner.slots.reset();
        inner.resets += 1;
        inner.dead = 0;
        inner.arena.reset()?;
        inner.full = false;
        Ok(())
    }

    /// The addresses that generated code can have.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether `host_pc` is in generated code.
    #[must_use]
    pub fn contains(&self, host_pc: usize) -> bool {
        self.range.contains(&host_pc)
    }

    /// The guest instruction that the host instruction at `host_pc` belongs to, if it is one
    /// that may fault.
    #[must_use]
    pub fn fault_site(&self, host_pc: usize) -> Option<FaultSite> {
        let inner = self.lock();
        let (start, table) = inner.piece(host_pc)?;
        table.site((host_pc - start) as u32)
    }

    /// Where a signal handler continues that interrupted generated code by a fault.
    #[must_use]
    pub fn fault_landing(&self) -> usize {
        enter::fault_landing()
    }

    /// Bytes of the generated code from `entry` on; 0 if there is none.
    #[must_use]
    pub fn size(&self, entry: EntryPoint) -> usize {
        let inner = self.lock();
        inner
            .code
            .get(&entry.address())
            .map_or(0, |piece| piece.size)
    }

    /// To be held while the process forks, so that the child gets a consistent copy.
    #[must_use]
    pub fn fork_guard(&self) -> ForkGuard<'_> {
        let mut inner = self.lock();
        // Slots are each process's own, jumps are not.
        inner.jump_through_slots();
        inner.arena.share();
        ForkGuard(inner)
    }

    /// In a forked child, before anything is compiled or entered. Code that exists stays.
    pub fn after_fork_child(&self) {
        let mut inner = self.lock();
        // Without a new file nothing may be written, since the parent would see it.
        if inner.arena.detach().is_err() {
            inner.full = true;
        }
    }
}

/// The operation of an instruction that may fault.
fn faulting_op(block: &crate::ir::Block, insn: u16) -> Option<&Op> {
    let insn = usize::from(insn);
    let start = block.insns.get(insn)?.first_op as usize;
    let end = block
        .insns
        .get(insn + 1)
        .map_or(block.ops.len(), |next| next.first_op as usize);
    block
        .ops
        .get(start..end)?
        .iter()
        .find(|op| op.code.effects().may_fault && op.code != Opcode::Helper)
}
