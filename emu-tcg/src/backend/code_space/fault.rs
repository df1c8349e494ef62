//! Which guest instruction a host instruction of generated code belongs to.
//!
//! One table per piece of code, of the host instructions that may fault.

use std::sync::Arc;

use crate::backend::TranslationBlock;

/// Why a host instruction of generated code faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Words of the plugin area that are to be set first.
    pub held: Box<[HeldWord]>,
    /// What is to be added to words of the plugin area, as (offset, value), for every addition at the
    /// block's start, and all before the instruction's access, to be made.
    pub owed: Box<[(u32, u64)]>,
}

/// A word of the plugin area whose value is in a register, or is less by a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeldWord {
    /// Of the word, from the state's start.
    pub offset: u32,
    /// The vector register.
    pub register: u8,
    /// Which half of it.
    pub lane: u8,
    /// What is to be added.
    pub plus: u64,
}

/// A host instruction that may fault.
#[derive(Debug, Clone, Copy)]
pub(in crate::backend) struct Row {
    /// From the start of the code.
    pub(in crate::backend) offset: u32,
    /// Which of the table's units it belongs to.
    pub(in crate::backend) unit: u16,
    /// Index of the guest instruction in the block.
    pub(in crate::backend) insn: u16,
    pub(in crate::backend) kind: FaultKind,
    /// Which of the table's lists of words in registers it belongs to.
    pub(in crate::backend) held: u16,
}

/// What a word of the plugin area lacks at the access of one instruction.
#[derive(Debug, Clone, Copy)]
pub(in crate::backend) struct Lag {
    /// Index of the instruction in the block.
    pub(in crate::backend) insn: u16,
    /// Of the word, from the state's start.
    pub(in crate::backend) offset: u32,
    pub(in crate::backend) value: u64,
}

/// What is common to the faults of one block in one place of the code.
#[derive(Debug)]
pub(in crate::backend) struct Unit {
    pub(in crate::backend) block: Arc<TranslationBlock>,
    /// What words of the plugin area lack at each instruction, as (offset, value).
    pub(in crate::backend) owed: Box<[(u32, u64)]>,
    /// What they lack besides.
    pub(in crate::backend) lags: Box<[Lag]>,
}

/// The table of one piece of code.
#[derive(Debug)]
pub(in crate::backend) struct FaultTable {
    rows: Box<[Row]>,
    units: Box<[Unit]>,
    held: HeldLists,
}

/// Words in registers, by list. No list at all is as good as an empty one.
pub(in crate::backend) type HeldLists = Box<[Box<[HeldWord]>]>;

impl FaultTable {
    /// A table of `rows`, sorted by offset. It also keeps the blocks alive as long as the code exists.
    pub(in crate::backend) fn new(
        rows: impl Into<Box<[Row]>>,
        units: impl Into<Box<[Unit]>>,
        held: HeldLists,
    ) -> FaultTable {
        FaultTable {
            rows: rows.into(),
            units: units.into(),
            held,
        }
    }

    /// Guest address of the first block.
    pub(super) fn first_pc(&self) -> u64 {
        self.units.first().map_or(0, |unit| unit.block.pc)
    }

    /// The guest instruction of the host instruction at `offset` from the code's start.
    pub(super) fn site(&self, offset: u32) -> Option<FaultSite> {
        let index = self.rows.binary_search_by_key(&offset, |row| row.offset);
        let row = self.rows[index.ok()?];
        let unit = &self.units[usize::from(row.unit)];
        let lags = unit.lags.iter().filter(|lag| lag.insn == row.insn);
        let lags = lags.map(|lag| (lag.offset, lag.value));
        Some(FaultSite {
            block: unit.block.clone(),
            insn: row.insn,
            kind: row.kind,
            held: (self.held.get(usize::from(row.held))).map_or_else(Box::default, Clone::clone),
            owed: unit.owed.iter().copied().chain(lags).collect(),
        })
    }
}
