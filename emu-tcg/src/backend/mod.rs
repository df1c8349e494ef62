//! Back ends: ways to run IR blocks.

pub mod cranelift;
pub mod fp;
pub mod interp;

use std::sync::atomic::AtomicU32;

use crate::ir::{self, ExitKind};

/// A translated block with what the back ends learn about it: the unit that the interpreter
/// runs and that regions of generated code are built from.
#[derive(Debug)]
pub struct TranslationBlock {
    /// The block.
    pub ir: ir::Block,
    /// How often it ran and which way it left.
    pub profile: Profile,
    /// Length of its guest code in bytes.
    pub len: u64,
    /// Its guest code, to tell whether it has changed.
    pub bytes: Box<[u8]>,
}

/// Execution counts of a block, kept by whoever runs the interpreter. They steer the shape of
/// generated code, never its meaning, so relaxed updates may get lost.
#[derive(Debug, Default)]
pub struct Profile {
    /// Runs of the block.
    pub executions: AtomicU32,
    /// How often its branch was taken.
    pub taken: AtomicU32,
    /// How often its branch was not taken.
    pub not_taken: AtomicU32,
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
