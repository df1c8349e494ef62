//! What it costs to do in vain what lies on one way of a branch.
//!
//! Not here: what a branch costs.

use super::super::assumed::{self, Seen};
use crate::ir::{Op, Opcode, Var};

/// Two accesses are beside each other if their addresses differ by less.
const BESIDE: u64 = 256;

/// What a way loads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Loads {
    Nothing,
    /// From beside what has been accessed before the branch: that is done without waiting for the condition, unless
    /// the end of a page is between the two.
    Beside,
    /// From anywhere else.
    Apart,
}

/// What has been loaded by slots that still hold the address, since anything was published: slots and displacements.
#[derive(Debug, Clone, Default)]
pub(super) struct Accessed(Vec<(Var, i64)>);

impl Accessed {
    /// What is so behind some operations.
    pub(super) fn behind<'a>(mut self, ops: impl IntoIterator<Item = &'a Op>) -> Accessed {
        for op in ops {
            if publishes(op) {
                self.0.clear();
            }
            if op.code == Opcode::Load {
                self.0.push((op.a, op.imm));
            }
            self.0.retain(|&(base, _)| base != op.dst);
        }
        self
    }

    /// What is so behind operations that may be done or not.
    pub(super) fn behind_choice<'a>(mut self, ops: impl IntoIterator<Item = &'a Op>) -> Accessed {
        for op in ops {
            self.0.retain(|&(base, _)| base != op.dst);
        }
        self
    }
}

/// Whether other threads may learn by it that the code has come this far. What it has accessed before need not be there any
/// more behind that.
pub(in super::super) fn publishes(op: &Op) -> bool {
    let is_barrier = matches!(op.code, Opcode::Fence | Opcode::FenceOrder | Opcode::Helper);
    is_barrier || op.code.effects().writes_memory
}

/// What operations cost.
#[derive(Clone, Copy)]
pub(super) struct Costs<'a> {
    /// See [`Options::seen`](super::Options::seen).
    pub(super) seen: Option<&'a Seen>,
    /// Loads are possible.
    pub(super) loads: bool,
    pub(super) accessed: &'a Accessed,
}

impl Costs<'_> {
    /// As [`Costs::of`], for a load behind other operations of its way.
    pub(super) fn of_load(&self, load: &Op, before: &[Op]) -> Option<(Loads, u64)> {
        let is_beside = |&(base, displacement): &(Var, i64)| {
            base == load.a && load.imm.abs_diff(displacement) < BESIDE
        };
        let moved = before.iter().any(|op| op.dst == load.a);
        Some(match self.loads {
            false => return None,
            true if !moved && self.accessed.0.iter().any(is_beside) => (Loads::Beside, 1),
            true => (Loads::Apart, 5),
        })
    }

    /// About how many cycles an operation keeps the host waiting for its result. `None` if it does more than that, or takes
    /// too long to be done in vain.
    pub(super) fn of(&self, op: &Op) -> Option<u64> {
        Some(match op.code {
            Opcode::Mov
            | Opcode::Not
            | Opcode::Sext8
            | Opcode::Sext16
            | Opcode::Sext32
            | Opcode::Zext8
            | Opcode::Zext16
            | Opcode::Zext32
            | Opcode::Add
            | Opcode::Sub
            | Opcode::And
            | Opcode::Or
            | Opcode::Xor
            | Opcode::AndNot
            | Opcode::Shl
            | Opcode::ShrU
            | Opcode::ShrS
            | Opcode::AddW
            | Opcode::SubW
            | Opcode::ShlW
            | Opcode::ShrUW
            | Opcode::ShrSW
            | Opcode::Setcond => 1,
            Opcode::Mul | Opcode::MulW => 3,
            Opcode::MulhU | Opcode::MulhS => 4,
            // By a constant, it is a multiplication and a few operations more.
            Opcode::DivU
            | Opcode::RemU
            | Opcode::DivS
            | Opcode::RemS
            | Opcode::DivUW
            | Opcode::RemUW
            | Opcode::DivSW
            | Opcode::RemSW
                if assumed::divisor(op, |var| Some(self.seen?[usize::from(var.as_slot()?)]))
                    .is_some() =>
            {
                9
            }
            _ => return None,
        })
    }
}
