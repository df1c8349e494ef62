//! What two blocks both end with.
//!
//! Compilers copy the end of a loop into both ways of a branch before it, so that these never meet. They do if what they end
//! with is taken for a block of its own.
//!
//! Not here: whether that pays.
//!
//! Invariant: nothing in such a block can fault, so nobody learns which of the copies it stands for.

use super::SourceBlock;
use crate::backend::cranelift::flow::operands;
use crate::ir::{Block, Cond, Effects, Op, Terminator, Var};

/// The end that two blocks share.
pub(super) struct Tail {
    /// It, at the address that it has in the first block.
    pub(super) block: SourceBlock,
    /// The instructions that it starts with in the blocks.
    pub(super) starts: [usize; 2],
}

impl Tail {
    /// What two blocks both end with, if that is a branch to the same places. It adds what the first block does to plugin
    /// words.
    pub(super) fn of([first, second]: [&SourceBlock; 2]) -> Option<Tail> {
        let same = is_same_branch(&first.ir.terminator, &second.ir.terminator)?;
        let blocks = [&first.ir, &second.ir];
        let len = shared_insns(blocks);
        if len == 0 {
            return None;
        }
        let taken_too = if same {
            second.taken()
        } else {
            second.not_taken()
        };
        Some(Tail {
            block: SourceBlock {
                ir: end_of(&first.ir, first.ir.insns.len() - len),
                origin: first.origin.clone(),
                executions: first.executions().saturating_add(second.executions()),
                taken: first.taken().saturating_add(taken_too),
                targets: Vec::new(),
            },
            starts: blocks.map(|block| block.insns.len() - len),
        })
    }
}

/// Whether two branches that go to the same places under the same conditions are written alike. `None` if there are no such
/// two.
fn is_same_branch(first: &Terminator, second: &Terminator) -> Option<bool> {
    if let Terminator::Branch { .. } = first
        && first == second
    {
        return Some(true);
    }
    (negated(first)? == *second).then_some(false)
}

/// A branch, with the condition and the targets the other way round.
fn negated(terminator: &Terminator) -> Option<Terminator> {
    let Terminator::Branch {
        cond,
        a,
        b,
        taken,
        fallthrough,
    } = *terminator
    else {
        return None;
    };
    let cond = match cond {
        Cond::Eq => Cond::Ne,
        Cond::Ne => Cond::Eq,
        Cond::LtS => Cond::GeS,
        Cond::GeS => Cond::LtS,
        Cond::LtU => Cond::GeU,
        Cond::GeU => Cond::LtU,
    };
    Some(Terminator::Branch {
        cond,
        a,
        b,
        taken: fallthrough,
        fallthrough: taken,
    })
}

/// How many instructions, the last ones, do the same in both blocks and nothing that could be told apart.
fn shared_insns(blocks: [&Block; 2]) -> usize {
    let ops = |block: &Block, from_end: usize| {
        let insn = block.insns.len().checked_sub(from_end)?;
        Some(block.ops[block.ops_of(insn as u16)].to_vec())
    };
    let is_shared = |&from_end: &usize| {
        let [first, second] = blocks.map(|block| ops(block, from_end));
        first.is_some_and(|ops| ops.iter().all(has_only_results) && second == Some(ops))
    };
    (1..).take_while(is_shared).count()
}

/// Whether an operation does nothing but compute, of slots, what one is to hold.
fn has_only_results(op: &Op) -> bool {
    let is_slot = |var: Var| var == Var::IMM || var == Var::NONE || var.as_slot().is_some();
    op.code.effects() == Effects::NONE && op.dst.as_slot().is_some() && operands(op).all(is_slot)
}

/// The end of a block from instruction `start` on, behind the additions at the block's start.
fn end_of(block: &Block, start: usize) -> Block {
    let adds = block.leading_adds().count();
    let first_op = block.insns[start].first_op as usize;
    let mut insns = block.insns[start..].to_vec();
    for insn in &mut insns {
        insn.first_op = insn.first_op - first_op as u32 + adds as u32;
    }
    insns[0].first_op = 0;
    Block {
        pc: insns[0].pc,
        insns,
        ops: [&block.ops[..adds], &block.ops[first_op..]].concat(),
        ..block.clone()
    }
}
