//! Which calls of a region are replaced by what the functions called do, and for which copies of the
//! functions run.
//!
//! Not here: how a function is understood ([`crate::backend::leaf`]), code ([`super::lower`]), where copies lie
//! ([`super::copies`]).

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::region::Region;
use crate::backend::leaf::{self, Call, Function, FunctionCopy, Known, Leaf, Step, lift};
use crate::ir::{Block, Op, Opcode, ProbeCall, ProbeCallKind};

/// A region gets no more steps than this from functions of more than [`SMALL`] steps.
const MAX_STEPS: usize = 30_000;
/// A function of so many steps takes hardly more code than a call.
const SMALL: usize = 8;
/// Of functions of no more bytes, a copy can run several times in a row.
const MAX_BYTES_IN_ROW: usize = 64;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Leaves {
    by_call: FxHashMap<ProbeCall, Option<Leaf>>,
    /// Those that can be copied, by their addresses.
    functions: FxHashMap<usize, Function>,
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
        for (call, leaf) in &leaves.by_call {
            // SAFETY: the IR says so, and generated code would call it.
            let function = || unsafe { Function::read(call.function) };
            if leaf.is_none()
                && !leaves.functions.contains_key(&call.function)
                && let Some(function) = function()
            {
                leaves.functions.insert(call.function, function);
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

    /// Whether a copy of its function runs for an operation that has no leaf.
    pub(super) fn is_copied(&self, block: &Block, op: &Op) -> bool {
        op.code == Opcode::ProbeCall && self.copied(&block.probe_calls[op.imm as usize]).is_some()
    }

    /// Whether one copy can run for several calls like this one in a row. It is passed nothing.
    pub(super) fn runs_in_row(&self, call: &ProbeCall) -> bool {
        let is_fit = |function: &Function| {
            function.size() <= MAX_BYTES_IN_ROW && !function.reads(leaf::USERDATA)
        };
        call.kind == ProbeCallKind::Exec
            && !(call.reads_registers || call.writes_registers)
            && (self.copied(call)).is_some_and(|call| is_fit(call.function))
    }

    /// A copy for a call, whatever the plugin chose for its point, that runs so many times in a row: `None` if its
    /// function cannot be copied.
    pub(super) fn copy(&self, call: &ProbeCall, times: usize) -> Option<FunctionCopy> {
        let mut call = self.copied(call)?;
        call.known[usize::from(leaf::USERDATA)] = None;
        Some(leaf::copy(&call, times))
    }

    fn copied(&self, call: &ProbeCall) -> Option<Call<'_>> {
        Some(Call {
            function: self.functions.get(&call.function)?,
            known: known(call),
            state_offset: i32::try_from(call.state_offset).ok()?,
        })
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

/// What a call's function does with its constant arguments.
fn leaf(call: &ProbeCall) -> Option<Leaf> {
    if call.reads_registers || call.writes_registers {
        return None;
    }
    let known = known(call);
    // SAFETY: the IR says so, and generated code would call it.
    unsafe { lift(call.function, &known) }
}
