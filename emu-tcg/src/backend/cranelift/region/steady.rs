//! Branches that depend on nothing but what a loop counts, such as the number of a round: the host learns which way
//! they go.
//!
//! A slot *counts* in a loop if all that the loop does to it is to set it to a constant, to add constants, or to copy another
//! such one to it; so does what is computed of such slots.
//!
//! Not here: branches on data that happens to be regular.

use rustc_hash::FxHashSet;

use super::{Node, predecessors};
use crate::backend::cranelift::flow::{operands, terminator_operands};
use crate::ir::{Block, Effects, Op, Opcode, Var};
use crate::state::SLOT_CAPACITY;

/// Of the blocks whose branches are done without, those whose branches are such, by address.
pub(super) fn skips(nodes: &[Node]) -> Vec<u64> {
    let skips: Vec<usize> = (0..nodes.len())
        .filter(|&node| nodes[node].skip.is_some())
        .collect();
    if skips.is_empty() {
        return Vec::new();
    }
    let mut loops = loops(nodes);
    loops.sort_by_key(FxHashSet::len);
    let innermost = |node: &usize| loops.iter().position(|body| body.contains(node));
    let mut counting: Vec<Option<Counting>> = loops.iter().map(|_| None).collect();
    let mut steady = |node: &usize| {
        let body = innermost(node)?;
        let counting = counting[body].get_or_insert_with(|| Counting::of(nodes, &loops[body]));
        let block = &nodes[*node].block.ir;
        counting.decide(block).then_some(block.pc)
    };
    skips.iter().filter_map(&mut steady).collect()
}

/// The nodes of each loop.
fn loops(nodes: &[Node]) -> Vec<FxHashSet<usize>> {
    let predecessors = predecessors(nodes);
    let heads = (0..nodes.len()).filter(|&node| nodes[node].loop_header);
    let body = |head: usize| {
        let mut body = FxHashSet::default();
        let mut pending = vec![head];
        while let Some(node) = pending.pop() {
            if body.insert(node) {
                // What comes before the head is outside.
                pending.extend(predecessors[node].iter().filter(|&&from| from >= head));
            }
        }
        body
    };
    heads.map(body).collect()
}

/// The slots that count.
struct Counting([bool; SLOT_CAPACITY]);

impl Counting {
    fn of(nodes: &[Node], body: &FxHashSet<usize>) -> Counting {
        let mut counting = Counting([true; SLOT_CAPACITY]);
        loop {
            let before = counting.0;
            for node in body.iter().map(|&node| &nodes[node]) {
                let skipped = node.skip.iter().flat_map(|skip| skip.ops());
                for op in node.block.ir.ops.iter().chain(skipped) {
                    if let Some(slot) = op.dst.as_slot()
                        && !counting.is_count(op)
                    {
                        counting.0[usize::from(slot)] = false;
                    }
                }
            }
            if counting.0 == before {
                return counting;
            }
        }
    }

    /// Whether the result counts if the operands do.
    fn is_count(&self, op: &Op) -> bool {
        match op.code {
            Opcode::Mov => self.holds(op.a),
            Opcode::Add | Opcode::AddW | Opcode::Sub | Opcode::SubW => {
                op.b == Var::IMM && self.holds(op.a)
            }
            _ => false,
        }
    }

    fn holds(&self, var: Var) -> bool {
        match var.as_slot() {
            Some(slot) => self.0[usize::from(slot)],
            None => var == Var::IMM,
        }
    }

    /// Whether the branch that ends `block` depends on nothing else.
    fn decide(&self, block: &Block) -> bool {
        let mut needed: Vec<Var> = terminator_operands(&block.terminator).collect();
        for op in block.ops.iter().rev() {
            let before = needed.len();
            needed.retain(|&var| var != op.dst);
            if needed.len() < before {
                if op.code.effects() != Effects::NONE {
                    return false;
                }
                needed.extend(operands(op));
            }
        }
        needed.into_iter().all(|var| self.holds(var))
    }
}
