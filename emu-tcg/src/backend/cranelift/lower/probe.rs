//! Instrumentation and guest helpers: additions to plugin words, and calls out of generated code.

use std::cmp::Reverse;
use std::mem::offset_of;

use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, FuncRef, InstBuilder, Signature, UserExternalName, Value,
    types,
};
use cranelift_codegen::isa::CallConv;
use rustc_hash::FxHashMap;

use super::{Input, Lowering};
use crate::backend::code_space::JitError;
use crate::backend::cranelift::copies::{Copies, RUNS, Run};
use crate::backend::cranelift::flow::CellSet;
use crate::backend::leaf::{self, FunctionCopy};
use crate::ir::{Block, Op, Opcode, ProbeAdd, ProbeCall, ProbeCallKind, Var};
use crate::state::CpuState;

/// What is the same for all that differ from a call in what the plugin chose for the point.
fn without_userdata(call: &ProbeCall) -> ProbeCall {
    ProbeCall {
        userdata: 0,
        ..*call
    }
}

/// All registers are preserved.
fn copy_signature(copy: &FunctionCopy) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    let integer = AbiParam::new(types::I64);
    signature.params.resize(copy.arguments.len(), integer);
    signature
}

/// A copy of a function runs no more times in a row.
const MAX_IN_ROW: usize = 5;

/// So many places have copies of their own: the host (AMD) foresees where some two dozen loads get their values from.
const MAX_OWN_COPIES: usize = 12;

/// The nodes, hottest first, where each place is to have a copy of its own.
pub(super) fn own_copies(input: &Input<'_>) -> Vec<bool> {
    let nodes = &input.region.nodes;
    let leaves = input.rules.leaves;
    let mut own = vec![false; nodes.len()];
    let mut hottest: Vec<usize> = (0..nodes.len()).collect();
    // Cached, since baseline code goes on counting meanwhile.
    hottest.sort_by_cached_key(|&node| Reverse(nodes[node].block.executions()));
    let mut left = MAX_OWN_COPIES;
    for node in hottest {
        let block = &nodes[node].block.ir;
        let is_copied = |op: &&Op| leaves.of(block, op).is_none() && leaves.is_copied(block, op);
        match left.checked_sub(block.ops.iter().filter(is_copied).count()) {
            Some(rest) => left = rest,
            None => break,
        }
        own[node] = true;
    }
    own
}

/// Which copies a region calls, and what is to be called.
#[derive(Default)]
pub(super) struct Calls {
    pub(super) copies: Copies,
    /// By call, and how many times it runs in a row.
    by_call: FxHashMap<(ProbeCall, usize), usize>,
    functions: FxHashMap<Run, FuncRef>,
    /// A call that has come so many times. A copy will be called for all of them before anything that the function or something
    /// else could tell from it.
    pending: Option<(ProbeCall, usize)>,
}

impl Lowering<'_, '_> {
    /// Makes the calls that are pending if an operation must not come before them. What computes only may: functions
    /// that are copied see nothing of it.
    pub(super) fn calls_before(&mut self, block: &Block, op: &Op, sync: CellSet) {
        let Some((pending, times)) = self.calls.pending else {
            return;
        };
        let effects = op.code.effects();
        let computes =
            !(effects.may_fault || effects.reads_memory || effects.writes_memory || effects.other);
        let goes_on = match op.code {
            Opcode::ProbeAdd => {
                let word = block.probe_adds[op.imm as usize].offset;
                self.input.counters.covers(word)
            }
            Opcode::ProbeCall => {
                let leaves = self.input.rules.leaves;
                let call = &block.probe_calls[op.imm as usize];
                leaves.of(block, op).is_none()
                    && leaves.runs_in_row(call)
                    && without_userdata(call) == pending
                    && sync & self.dirty == 0
                    && times < MAX_IN_ROW
            }
            _ => computes,
        };
        if !goes_on {
            self.pending_calls();
        }
    }

    /// Makes the calls that are pending.
    pub(super) fn pending_calls(&mut self) {
        let Some((call, times)) = self.calls.pending.take() else {
            return;
        };
        let own = times == 1 && self.own_copies;
        if let Some(copy) = self.copy_for(&call, times) {
            let function = self.run(Run { copy, own });
            self.b.ins().call(function, &[]);
        }
    }

    /// An addition, unless it is one of those that [`Lowering::settle`] makes.
    pub(super) fn probe_add(&mut self, add: &ProbeAdd) {
        if self.input.counters.covers(add.offset) {
            return;
        }
        match self.input.rules.cells.of_word(add.offset) {
            Some(cell) => {
                let old = self.cell_value(cell);
                let new = self.b.ins().iadd_imm_s(old, add.value as i64);
                self.set_int(Var(cell as u16), new);
            }
            None => {
                let state = self.state();
                let old = self
                    .b
                    .ins()
                    .load(types::I64, self.flags.state, state, add.offset as i32);
                let new = self.b.ins().iadd_imm_s(old, add.value as i64);
                self.b
                    .ins()
                    .store(self.flags.state, new, state, add.offset as i32);
            }
        }
    }

    pub(super) fn probe_call(&mut self, block: &Block, pc: u64, op: &Op, clobber: CellSet) {
        let call = &block.probe_calls[op.imm as usize];
        if let Some(leaf) = self.input.rules.leaves.of(block, op) {
            self.leaf(leaf, call, op);
            self.invalidate(clobber);
            return;
        }
        if self.input.rules.leaves.runs_in_row(call) {
            let times = self.calls.pending.map_or(0, |(_, times)| times);
            self.calls.pending = Some((without_userdata(call), times + 1));
            self.invalidate(clobber);
            return;
        }
        let state = self.state();
        if call.reads_registers || call.writes_registers {
            let pc = self.constant(pc);
            self.b
                .ins()
                .store(self.flags.state, pc, state, offset_of!(CpuState, pc) as i32);
        }
        if let Some(copy) = self.copy_for(&without_userdata(call), 1) {
            self.call_copy(copy, call.userdata, op);
            self.invalidate(clobber);
            return;
        }
        let plugin = self.constant(call.plugin as u64);
        let own_state = self.b.ins().iadd_imm_s(state, i64::from(call.state_offset));
        let userdata = self.constant(call.userdata);
        match call.kind {
            ProbeCallKind::Exec => self.call(call.function, &[plugin, own_state, userdata], false),
            ProbeCallKind::Memory { info } => {
                let (address, value) = (self.int(op.a, op.imm), self.int(op.b, op.imm));
                let info = self.constant(u64::from(info));
                self.call(
                    call.function,
                    &[plugin, own_state, userdata, address, value, info],
                    false,
                )
            }
        };
        self.invalidate(clobber);
    }

    /// The number of the copy for a call that runs so many times in a row; `None` if there can be none.
    fn copy_for(&mut self, call: &ProbeCall, times: usize) -> Option<usize> {
        if let Some(&copy) = self.calls.by_call.get(&(*call, times)) {
            return Some(copy);
        }
        let copy = self.input.rules.leaves.copy(call, times)?;
        self.calls.copies.all.push(copy);
        let index = self.calls.copies.all.len() - 1;
        self.calls.by_call.insert((*call, times), index);
        Some(index)
    }

    /// What is called to run a copy.
    fn run(&mut self, run: Run) -> FuncRef {
        if let Some(&function) = self.calls.functions.get(&run) {
            return function;
        }
        let Copies { all, runs } = &mut self.calls.copies;
        let name = UserExternalName::new(RUNS, runs.len() as u32);
        runs.push(run);
        let name = self.b.func.declare_imported_user_function(name);
        let signature = copy_signature(&all[run.copy]);
        let signature = self.b.import_signature(signature);
        let function = self.b.import_function(ExtFuncData {
            name: ExternalName::user(name),
            signature,
            colocated: true,
            patchable: false,
        });
        self.calls.functions.insert(run, function);
        function
    }

    /// Calls the copy of a function that is passed arguments.
    fn call_copy(&mut self, copy: usize, userdata: u64, op: &Op) {
        let arguments = self.calls.copies.all[copy].arguments.clone();
        let value = |number: u8| match number {
            leaf::USERDATA => self.constant(userdata),
            leaf::ADDRESS => self.int(op.a, op.imm),
            _ => self.int(op.b, op.imm),
        };
        let arguments: Vec<Value> = arguments.into_iter().map(value).collect();
        let own = self.own_copies;
        let function = self.run(Run { copy, own });
        self.b.ins().call(function, &arguments);
    }

    pub(super) fn helper(&mut self, op: &Op, clobber: CellSet) -> Result<(), JitError> {
        let helpers = self.input.rules.guest.helpers();
        let helper = helpers
            .get(op.imm as usize)
            .ok_or(JitError::Inconsistent("no such helper"))?;
        let state = self.state();
        let mut operand = |var: Var| {
            if var == Var::NONE {
                self.constant(0)
            } else {
                self.int(var, op.imm)
            }
        };
        let (a, b) = (operand(op.a), operand(op.b));
        let result = self.call(helper.function as usize, &[state, a, b], true);
        self.invalidate(clobber);
        if let Some(result) = result {
            self.set_int(op.dst, result);
        }
        Ok(())
    }
}
