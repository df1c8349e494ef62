//! Back ends: ways to run IR blocks.

pub mod cranelift;
pub mod fp;
pub mod interp;

use crate::ir::ExitKind;

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
