//! Whose exception flags are in MXCSR at the start of each node of a region.
//!
//! Where that is known, the lowering changes the owner without looking, or has nothing to do; so a
//! loop of calls only, or of floating point only, never changes it.
//!
//! Not here: why there is an owner ([`FlagsOwner`]), code.

use super::leaves::Leaves;
use super::region::{Node, Region};
use crate::backend::code_space::enter::FlagsOwner;
use crate::ir::{Block, Op};

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct FlagsOwners {
    /// Whom the region's entry gives them to, if it does.
    pub(super) entry: Option<FlagsOwner>,
    /// Whose they are at the start of each node, if that is known.
    pub(super) nodes: Box<[Option<FlagsOwner>]>,
}

/// Whom an operation wants them to belong to. What is done in place of a function leaves them alone, and
/// so does a copy.
pub(super) fn wanted(block: &Block, op: &Op, leaves: &Leaves) -> Option<FlagsOwner> {
    match leaves.of(block, op) {
        Some(_) => None,
        None if leaves.is_copied(block, op) => None,
        None => FlagsOwner::during(op.code),
    }
}

/// Finds the owners.
pub(super) fn analyse(region: &Region, leaves: &Leaves) -> FlagsOwners {
    let nodes = &region.nodes;
    let of_node = |node: &Node| -> Vec<FlagsOwner> {
        let block = &node.block.ir;
        let ops = block.ops.iter();
        ops.filter_map(|op| wanted(block, op, leaves)).collect()
    };
    let by_node: Vec<Vec<FlagsOwner>> = nodes.iter().map(of_node).collect();
    let mut all = by_node.iter().flatten();
    let first = all.next().copied();
    let entry = first.filter(|owner| all.all(|other| other == owner));
    let last: Vec<Option<FlagsOwner>> = by_node
        .iter()
        .map(|owners| owners.last().copied())
        .collect();
    // What every way to a node that was seen so far agrees on; the outer `None` if there was none.
    let mut at: Vec<Option<Option<FlagsOwner>>> = vec![None; nodes.len()];
    at[0] = Some(entry);
    let mut changed = true;
    while changed {
        changed = false;
        for (index, node) in nodes.iter().enumerate() {
            let Some(before) = at[index] else {
                continue;
            };
            let behind = last[index].or(before);
            for to in node.edges.nodes() {
                let agreed = at[to].map_or(behind, |seen| seen.filter(|_| seen == behind));
                changed |= at[to] != Some(agreed);
                at[to] = Some(agreed);
            }
        }
    }
    FlagsOwners {
        entry,
        nodes: at.into_iter().map(Option::flatten).collect(),
    }
}
