//! Which slots are taken to hold what they held when a region was asked for.
//!
//! A loop finds in registers what was computed before it, such as masks, and what is known of these can make its code a better
//! one. Only slots that the region never writes are asked about, so what they hold at its entry they hold throughout; whoever
//! takes a value for granted has to compare it in the code.

use super::Options;
use super::flow::{CellSet, Rules, Touches, one};
use super::region::Region;
use crate::ir::{Op, Opcode, Var};
use crate::state::SLOT_CAPACITY;

/// What the slots held.
pub(super) type Seen = [u64; SLOT_CAPACITY];

pub(super) struct Assumed<'a> {
    seen: Option<&'a Seen>,
    /// The slots of integers that no node writes.
    unwritten: CellSet,
}

impl<'a> Assumed<'a> {
    pub(super) fn new(
        rules: &Rules<'_>,
        region: &Region,
        touches: &[Touches],
        options: &'a Options,
    ) -> Assumed<'a> {
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
            seen: options.seen.as_ref(),
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

/// The divisor of `op`, in its width, if it divides by a slot that is taken to hold one which the host need not divide by.
pub(super) fn divisor(op: &Op, held: impl FnOnce(Var) -> Option<u64>) -> Option<i64> {
    let narrow = match op.code {
        Opcode::DivS | Opcode::DivU | Opcode::RemS | Opcode::RemU => false,
        Opcode::DivSW | Opcode::DivUW | Opcode::RemSW | Opcode::RemUW => true,
        _ => return None,
    };
    let divisor = held(op.b)? as i64;
    let divisor = if narrow {
        i64::from(divisor as i32)
    } else {
        divisor
    };
    // By these, the guest's division is not the host's.
    (!matches!(divisor, 0 | -1)).then_some(divisor)
}
