//! Which calls of a region are replaced by what the functions called do, and which go to copies of the
//! functions.
//!
//! Not here: how a function is understood ([`crate::backend::leaf`]), code ([`super::lower`]).

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::region::Region;
use crate::backend::leaf::{self, FunctionCopy, Known, Leaf, Step, lift};
use crate::ir::{Block, Op, Opcode, ProbeCall, ProbeCallKind};

/// A region gets no more steps than this from functions of more than [`SMALL`] steps.
const MAX_STEPS: usize = 30_000;
/// A function of so many steps takes hardly more code than a call.
const SMALL: usize = 8;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    by_call: FxHashMap<ProbeCall, Option<Leaf>>,
    /// The copies, and by call without what only its place passes, which it calls.
    copies: Vec<FunctionCopy>,
    copy_by_call: FxHashMap<ProbeCall, Option<usize>>,
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
        leaves.find_copies();
        leaves
    }

    /// Copies the functions of the other calls.
    fn find_copies(&mut self) {
        for (call, leaf) in &self.by_call {
            let call = without_userdata(call);
            if leaf.is_none() && !self.copy_by_call.contains_key(&call) {
                let copy = copy(&call);
                let index = copy.is_some().then_some(self.copies.len());
                self.copies.extend(copy);
                self.copy_by_call.insert(call, index);
            }
        }
    }

    /// What is done in place of a call.
    pub(super) fn of(&self, block: &Block, op: &Op) -> Option<&Leaf> {
        if op.code != Opcode::ProbeCall {
            return None;
        }
        let call = &block.probe_calls[op.imm as usize];
        self.by_call.get(call)?.as_ref()
    }

    /// The copy that is called in place of a function, if one is.
    pub(super) fn copy_of(&self, call: &ProbeCall) -> Option<usize> {
        *self.copy_by_call.get(&without_userdata(call))?
    }

    /// Whether an operation calls a copy of its function.
    pub(super) fn calls_copy(&self, block: &Block, op: &Op) -> bool {
        op.code == Opcode::ProbeCall && self.copy_of(&block.probe_calls[op.imm as usize]).is_some()
    }

    /// The copies that the region calls.
    pub(super) fn copies(&self) -> &[FunctionCopy] {
        &self.copies
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

/// A call's arguments that are the same whenever it is made.
fn known(call: &ProbeCall) -> Known {
    let mut known: Known = [None; 6];
    known[0] = Some(call.plugin as u64);
    known[2] = Some(call.userdata);
    match call.kind {
        ProbeCallKind::Exec => known[3..].fill(Some(0)),
        ProbeCallKind::Memory { info } => known[5] = Some(info.into()),
    }
    known
}

/// The call that has a copy for all that differ from it in what the plugin chose for the point.
fn without_userdata(call: &ProbeCall) -> ProbeCall {
    ProbeCall {
        userdata: 0,
        ..*call
    }
}

/// A copy for a call that is [`without_userdata`].
fn copy(call: &ProbeCall) -> Option<FunctionCopy> {
    let mut known = known(call);
    known[usize::from(leaf::USERDATA)] = None;
    let state_offset = i32::try_from(call.state_offset).ok()?;
    // SAFETY: the IR says so, and generated code would call it.
    unsafe { leaf::copy(call.function, &known, state_offset) }
}

/// What a call's function does with its constant arguments.
fn leaf(call: &ProbeCall) -> Option<Leaf> {
    if call.reads_registers || call.writes_registers {
        return None;
    }
    let known = known(call);
    // SAFETY: the IR says so, and generated code would call it.
    unsafe { lift(call.function, &known) }
}
