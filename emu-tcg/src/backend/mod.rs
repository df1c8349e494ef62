//! Back ends: ways to run IR blocks.

pub mod baseline;
pub mod code_space;
pub mod cranelift;
pub mod fp;
pub mod interp;

use std::mem::offset_of;
use std::ops::Range;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use crate::ir::{self, ExitKind, Var, compact};
use crate::state::CpuState;

/// A translated block with what the back ends learn about it: the unit that is interpreted, compiled
/// and made regions of. There are very many, so its IR is kept in compact form.
#[derive(Debug)]
pub struct TranslationBlock {
    /// Guest address of its first instruction.
    pub pc: u64,
    /// Translation mode it was made for.
    pub mode: u32,
    /// How often it ran and which way it left.
    pub profile: Profile,
    /// Bytes of guest code.
    code_len: u32,
    insns: u16,
    /// Its guest code, and behind it the IR in compact form.
    content: Box<[u8]>,
}

impl TranslationBlock {
    /// Of `ir`, which has passed [`ir::verify`], made from the guest code `code`; to be looked at after
    /// `limit` executions.
    #[must_use]
    pub fn new(ir: &ir::Block, code: &[u8], limit: u32) -> TranslationBlock {
        let mut content = Vec::with_capacity(code.len() + ir.ops.len() * 8 + 64);
        content.extend_from_slice(code);
        compact::compact(ir, &mut content);
        let block = TranslationBlock {
            pc: ir.pc,
            mode: ir.mode,
            profile: Profile::new(limit),
            code_len: code.len() as u32,
            insns: ir.insns.len() as u16,
            // A copy, for a vector that is made shorter leaves holes behind it.
            content: Box::from(content.as_slice()),
        };
        debug_assert_eq!(block.ir(), *ir);
        block
    }

    /// Its guest code, to tell whether it has changed.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.content[..self.code_len as usize]
    }

    /// Number of its guest instructions.
    #[must_use]
    pub fn insns(&self) -> usize {
        usize::from(self.insns)
    }

    /// Addresses of its guest code.
    #[must_use]
    pub fn span(&self) -> Range<u64> {
        self.pc..self.pc + u64::from(self.code_len)
    }

    /// The block.
    #[must_use]
    pub fn ir(&self) -> ir::Block {
        let mut block = ir::Block::empty();
        self.expand(&mut block);
        block
    }

    /// The block, into memory that is used again.
    pub fn expand(&self, block: &mut ir::Block) {
        let compact = &self.content[self.code_len as usize..];
        compact::expand(compact, self.pc, self.mode, block).expect("it was made from a block");
    }
}

/// Execution counts of a block, kept by the interpreter's driver and by baseline code. They steer
/// the shape of generated code, never its meaning, so relaxed updates may get lost.
///
/// The count of executions is kept as its distance from a limit, so that counting code sees by the
/// sign whether the limit is reached.
#[derive(Debug)]
#[repr(C)]
pub struct Profile {
    /// Executions less `limit`.
    due: AtomicI32,
    taken: AtomicU32,
    limit: AtomicI32,
}

impl Profile {
    /// Offset of the word that a run increments; not negative any more, it is time to return.
    pub(crate) const DUE: i32 = offset_of!(Profile, due) as i32;
    /// Offset of the word that a taken branch increments.
    pub(crate) const TAKEN: i32 = offset_of!(Profile, taken) as i32;

    /// Nothing counted yet.
    #[must_use]
    pub fn new(limit: u32) -> Profile {
        let limit = limit.min(i32::MAX as u32) as i32;
        Profile {
            due: AtomicI32::new(-limit),
            taken: AtomicU32::new(0),
            limit: AtomicI32::new(limit),
        }
    }

    /// Runs of the block.
    #[must_use]
    pub fn executions(&self) -> u32 {
        let (due, limit) = (
            self.due.load(Ordering::Relaxed),
            self.limit.load(Ordering::Relaxed),
        );
        due.wrapping_add(limit).max(0) as u32
    }

    /// How often its branch was taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    /// How often its branch was not taken.
    #[must_use]
    pub fn not_taken(&self) -> u32 {
        self.executions().saturating_sub(self.taken())
    }

    /// Counts a run; whether the limit is reached.
    #[inline]
    pub fn count(&self) -> bool {
        let due = self.due.load(Ordering::Relaxed).wrapping_add(1);
        self.due.store(due, Ordering::Relaxed);
        due >= 0
    }

    /// Counts a taken branch.
    #[inline]
    pub fn count_taken(&self) {
        let taken = self.taken.load(Ordering::Relaxed).wrapping_add(1);
        self.taken.store(taken, Ordering::Relaxed);
    }

    /// Sets the number of executions from which [`Profile::count`] says so.
    pub fn set_limit(&self, limit: u32) {
        let limit = limit.min(i32::MAX as u32) as i32;
        let executions = self.executions() as i32;
        self.limit.store(limit, Ordering::Relaxed);
        self.due
            .store(executions.wrapping_sub(limit), Ordering::Relaxed);
    }

    /// As if counted: so many runs, of which so many took the branch.
    pub fn set(&self, executions: u32, taken: u32) {
        self.taken.store(taken, Ordering::Relaxed);
        let executions = executions.min(i32::MAX as u32) as i32;
        let limit = self.limit.load(Ordering::Relaxed);
        self.due
            .store(executions.wrapping_sub(limit), Ordering::Relaxed);
    }

    /// Makes the next run reach the limit.
    pub fn expire(&self) {
        self.set_limit(self.executions());
    }

    /// Forgets what was counted.
    pub fn restart(&self, limit: u32) {
        self.taken.store(0, Ordering::Relaxed);
        self.limit.store(0, Ordering::Relaxed);
        self.due.store(0, Ordering::Relaxed);
        self.set_limit(limit);
    }
}

/// Offset of a slot or temp from the state's start.
const fn var_offset(var: Var) -> i32 {
    (offset_of!(CpuState, file) + var.0 as usize * 8) as i32
}

/// How a run of one block (interpreter) or of chained regions (generated code) came back.
///
/// In every case `state.pc` is the address to continue at; for `Fault` it is the address of
/// the faulting instruction, and slots and plugin area are as before that instruction's
/// access (instruction probes on it have run, memory probes have not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockExit {
    /// A direct jump, or a block cut at its size limit.
    Jump,
    /// A conditional branch that was taken.
    Taken,
    /// A conditional branch that was not.
    NotTaken,
    /// An indirect jump.
    Indirect,
    /// The block asks for the execution loop.
    Exit(ExitKind),
    /// A memory access failed; `CpuState::fault_address` and `fault_signal` say how.
    Fault {
        /// Index in its block of the faulting instruction.
        insn: u16,
    },
}
