//! Which guest instruction a host instruction of generated code belongs to.
//!
//! One table per piece of code, of the host instructions that may fault.

use std::sync::Arc;

use crate::backend::TranslationBlock;

/// Why a host instruction of generated code faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The host access itself: what the host's signal says.
    HostFault,
    /// The guest address is outside of guest user space.
    WildAddress,
    /// The guest address of an atomic access is not naturally aligned.
    Misaligned,
    /// A function that generated code called: it has left address and signal in the state.
    Reported,
}

/// A place in guest code that faulted.
#[derive(Debug, Clone)]
pub struct FaultSite {
    /// The block.
    pub block: Arc<TranslationBlock>,
    /// Index of the instruction in it.
    pub insn: u16,
    /// How to read the host's signal.
    pub kind: FaultKind,
}

/// A host instruction that may fault.
#[derive(Debug, Clone, Copy)]
pub(in crate::backend) struct Row {
    /// From the start of the code.
    pub(in crate::backend) offset: u32,
    /// Number of its block among those of the table.
    pub(in crate::backend) block: u16,
    /// Index of the guest instruction in the block.
    pub(in crate::backend) insn: u16,
    pub(in crate::backend) kind: FaultKind,
}

/// The table of one piece of code.
#[derive(Debug)]
pub(in crate::backend) struct FaultTable {
    rows: Box<[Row]>,
    blocks: Box<[Arc<TranslationBlock>]>,
}

impl FaultTable {
    /// A table of `rows`, sorted by offset. It also keeps the blocks alive as long as the code exists.
    pub(in crate::backend) fn new(
        rows: impl Into<Box<[Row]>>,
        blocks: impl Into<Box<[Arc<TranslationBlock>]>>,
    ) -> FaultTable {
        FaultTable {
            rows: rows.into(),
            blocks: blocks.into(),
        }
    }

    /// The guest instruction of the host instruction at `offset` from the code's start.
    pub(super) fn site(&self, offset: u32) -> Option<FaultSite> {
        let index = self.rows.binary_search_by_key(&offset, |row| row.offset);
        let row = self.rows[index.ok()?];
        Some(FaultSite {
            block: self.blocks[usize::from(row.block)].clone(),
            insn: row.insn,
            kind: row.kind,
        })
    }
}
