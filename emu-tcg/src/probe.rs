//! What a caller wants done at the points of one decoded block.
//!
//! Filled in between the two passes of a translation: the block is decoded to its end, the
//! caller registers probes, then IR is emitted once with the probes in place
//! ([`crate::ir::Builder`] inserts them; guest front ends never see them).

use crate::ir::ProbeCallKind;

/// When, within a block, a probe is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// On entry to the block.
    Block,
    /// Before instruction `n`.
    Insn(u16),
    /// After each memory access of instruction `n` that succeeded.
    Memory(u16, AccessFilter),
}

/// Which accesses a memory probe is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AccessFilter {
    Reads,
    Writes,
    Both,
}

/// What to do at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Add a constant to a 64-bit word of the plugin area.
    Add {
        /// Byte offset of the word from the start of [`crate::state::CpuState`].
        offset: u32,
        /// The amount.
        value: u64,
    },
    /// Call a function; the kind follows from the point.
    Call {
        /// Host address of the function.
        function: usize,
        /// First argument.
        plugin: usize,
        /// Offset of the state whose address is the second argument.
        state_offset: u32,
        /// Third argument.
        userdata: u64,
        /// See [`crate::ir::ProbeCall::reads_registers`].
        reads_registers: bool,
        /// See [`crate::ir::ProbeCall::writes_registers`].
        writes_registers: bool,
    },
}

/// One probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// When.
    pub point: Point,
    /// What.
    pub action: Action,
    /// Who: probes of different owners never influence each other's coalescing.
    pub owner: u32,
}

/// The probes of one block, in the order in which they run at a common point.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Probes {
    /// The list.
    pub list: Vec<Probe>,
}

/// Builds the `info` argument of a memory call.
#[must_use]
pub const fn access_info(size_log2: u8, store: bool, atomic: bool) -> ProbeCallKind {
    ProbeCallKind::Memory {
        info: size_log2 as u32 | (store as u32) << 4 | (atomic as u32) << 5,
    }
}
