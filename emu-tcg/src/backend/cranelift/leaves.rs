//! Which calls of a region are replaced by what the functions called do.
//!
//! Not here: how a function is understood ([`crate::backend::leaf`]), code ([`super::lower`]).

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::region::Region;
use crate::backend::leaf::{Known, Leaf, Step, lift};
use crate::ir::{Block, Op, Opcode, ProbeCall, ProbeCallKind};

/// A region gets no more steps than this from functions of more than [`SMALL`] steps.
const MAX_STEPS: usize = 30_000;
/// A function of so many steps takes hardly more code than a call.
const SMALL: usize = 8;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    by_call: FxHashMap<ProbeCall, Option<Leaf>>,
}

impl Leaves {
    /// Those of `region`.
    pub(super) fn find(region: &Region) -> Leaves {
        let mut leaves = Leaves::default();
        let mut steps = 0;
        for call in region
            .nodes
            .iter()
            .flat_map(|node| &node.block.ir.probe_calls)
        {
            let leaf = leaves.by_call.entry(*call).or_insert_with(|| leaf(call));
            steps += leaf.as_ref().map_or(0, size);
        }
        if steps > MAX_STEPS {
            for leaf in leaves.by_call.values_mut() {
                leaf.take_if(|leaf| size(leaf) > SMALL);
            }
        }
        leaves
    }

    /// What is done in place of a call.
    pub(super) fn of(&self, block: &Block, op: &Op) -> Option<&Leaf> {
        if op.code != Opcode::ProbeCall {
            return None;
        }
        let call = &block.probe_calls[op.imm as usize];
        self.by_call.get(call)?.as_ref()
    }

    /// Offsets, from the vCPU state's start, of the words that the region's functions access as such.
    pub(super) fn words(&self) -> BTreeSet<u32> {
        let leaves = self.by_call.iter();
        leaves
            .filter_map(|(call, leaf)| Some((call, leaf.as_ref()?)))
            .flat_map(|(call, leaf)| {
                let words = leaf.accesses.words.iter();
                words.filter_map(|&word| call.state_offset.checked_add_signed(word))
            })
            .collect()
    }
}

/// How much code it takes.
fn size(leaf: &Leaf) -> usize {
    let is_code = |step: &&Step| !matches!(step, Step::Argument(_) | Step::Constant(_));
    leaf.body.all_steps().iter().filter(is_code).count()
}

/// What a call's function does with its constant arguments.
fn leaf(call: &ProbeCall) -> Option<Leaf> {
    if call.reads_registers || call.writes_registers {
        return None;
    }
    let mut known: Known = [None; 6];
    known[0] = Some(call.plugin as u64);
    known[2] = Some(call.userdata);
    match call.kind {
        ProbeCallKind::Exec => known[3..].fill(Some(0)),
        ProbeCallKind::Memory { info } => known[5] = Some(info.into()),
    }
    // SAFETY: the IR says so, and generated code would call it.
    unsafe { lift(call.function, &known) }
}
