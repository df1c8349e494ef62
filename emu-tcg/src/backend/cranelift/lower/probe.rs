//! Instrumentation and guest helpers: additions to plugin words, and calls out of generated code.

use std::mem::offset_of;

use cranelift_codegen::ir::{
    AbiParam, ExtFuncData, ExternalName, InstBuilder, Signature, UserExternalName, Value, types,
};
use cranelift_codegen::isa::CallConv;

use super::Lowering;
use crate::backend::code_space::JitError;
use crate::backend::cranelift::flow::CellSet;
use crate::backend::leaf::{self, FunctionCopy};
use crate::ir::{Block, Op, ProbeAdd, ProbeCallKind, Var};
use crate::state::CpuState;

/// The name space of the copies of functions that a region calls.
pub(in crate::backend::cranelift) const COPIES: u32 = 1;

/// All registers are preserved.
fn copy_signature(copy: &FunctionCopy) -> Signature {
    let mut signature = Signature::new(CallConv::PreserveAll);
    let integer = AbiParam::new(types::I64);
    signature.params.resize(copy.arguments.len(), integer);
    signature
}

impl Lowering<'_, '_> {
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
        let state = self.state();
        if call.reads_registers || call.writes_registers {
            let pc = self.constant(pc);
            self.b
                .ins()
                .store(self.flags.state, pc, state, offset_of!(CpuState, pc) as i32);
        }
        if let Some(index) = self.input.rules.leaves.copy_of(call) {
            self.call_copy(index, call.userdata, op);
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

    /// Calls a copy of a function.
    fn call_copy(&mut self, index: usize, userdata: u64, op: &Op) {
        let copy = &self.input.rules.leaves.copies()[index];
        let arguments: Vec<Value> = copy
            .arguments
            .iter()
            .map(|&number| match number {
                leaf::USERDATA => self.constant(userdata),
                leaf::ADDRESS => self.int(op.a, op.imm),
                _ => self.int(op.b, op.imm),
            })
            .collect();
        let function = match self.copies.get(&index) {
            Some(&function) => function,
            None => {
                let name = UserExternalName::new(COPIES, index as u32);
                let name = self.b.func.declare_imported_user_function(name);
                let signature = self.b.import_signature(copy_signature(copy));
                let function = self.b.import_function(ExtFuncData {
                    name: ExternalName::user(name),
                    signature,
                    colocated: true,
                    patchable: false,
                });
                self.copies.insert(index, function);
                function
            }
        };
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
