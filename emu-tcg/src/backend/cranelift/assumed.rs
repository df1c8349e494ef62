//! Which slots are taken to hold what they held when a region was asked for.
//!
//! A loop finds in registers what was computed before it, such as masks, and what is known of these can make its code a better
//! one. Only slots that the region never writes are asked about, so what they hold at its entry they hold throughout; whoever
//! takes a value for granted has to compare it in the code.

use super::Options;
use super::flow::{CellSet, Rules, Touches, one};
use super::region::Region;
use crate::ir::Var;
use crate::state::SLOT_CAPACITY;

pub(super) struct Assumed {
    seen: Option<[u64; SLOT_CAPACITY]>,
    /// The slots of integers that no node writes.
    unwritten: CellSet,
}

impl Assumed {
    pub(super) fn new(
        rules: &Rules<'_>,
        region: &Region,
        touches: &[Touches],
        options: &Options,
    ) -> Assumed {
        let mut unwritten = rules.cells.slot_set() & !rules.cells.floats;
        for (node, touches) in region.nodes.iter().zip(touches) {
            let block = &node.block.ir;
            let skipped = node.skip.iter().flat_map(|skip| skip.ops());
            for op in block.ops.iter().chain(skipped) {
                unwritten &= !rules.writes(block, op);
            }
            for touch in &touches.of_ops {
                unwritten &= !touch.clobber;
            }
        }
        Assumed {
            seen: options.seen,
            unwritten,
        }
    }

    /// What `var` is taken to hold, if it is a slot of which that can be said.
    pub(super) fn value(&self, var: Var) -> Option<u64> {
        let slot = usize::from(var.as_slot()?);
        let unwritten = self.unwritten & one(slot) != 0;
        self.seen.filter(|_| unwritten).map(|seen| seen[slot])
    }
}
