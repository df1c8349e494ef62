//! Quiet comparisons: `fflags_get t`, comparisons, `fflags_set t`.
//!
//! An ISA with signalling comparisons only has compilers write this, around each `x < y` that
//! must not signal. Setting the host's flags is slow and a barrier, so where nothing but
//! comparisons stands between the two, the flags are not set: comparisons of NaNs, which alone
//! could change them, restore them.

use crate::ir::{Block, Opcode, Var};

fn is_comparison(code: Opcode) -> bool {
    matches!(code, Opcode::FEq | Opcode::FLt | Opcode::FLe)
}

/// The variable of the `fflags_get` that stands before operation `index`, if only comparisons
/// and what has no effect lie between, and the variable still holds the flags.
fn saved_before(block: &Block, index: usize) -> Option<Var> {
    let mut written = Vec::new();
    for op in block.ops[..index].iter().rev() {
        if op.code == Opcode::FlagsGet {
            return (op.dst.as_slot().is_some() && !written.contains(&op.dst)).then_some(op.dst);
        }
        let effects = op.code.effects();
        let harmless = !(effects.fp_environment
            || effects.other
            || effects.may_fault
            || effects.reads_memory
            || effects.writes_memory);
        if !(harmless || is_comparison(op.code)) {
            return None;
        }
        written.push(op.dst);
    }
    None
}

/// Whether operation `index`, an `fflags_set`, only undoes what comparisons have done.
pub(super) fn is_restore(block: &Block, index: usize) -> bool {
    let op = &block.ops[index];
    op.code == Opcode::FlagsSet && saved_before(block, index) == Some(op.a)
}

/// If operation `index` is a comparison whose flags are undone: the variable that holds the
/// flags to restore.
pub(super) fn flags_to_restore(block: &Block, index: usize) -> Option<Var> {
    let saved = saved_before(block, index)?;
    let set =
        (index + 1..block.ops.len()).find(|&next| block.ops[next].code == Opcode::FlagsSet)?;
    is_restore(block, set).then_some(saved)
}
