//! From a region to one Cranelift function.
//!
//! A node becomes a Cranelift block (and what its operations need besides). Guest slots are SSA
//! variables between nodes; within a node [`Local`] also remembers the other forms of a value, so
//! that a float that is used as an integer, or a single, is converted once.
//!
//! Code that leaves the region stores what is dirty and jumps through an exit slot, looks in the
//! jump cache, or returns to [`super::enter`].
//!
//! Invariants:
//! - At a potentially faulting operation the cells that [`Touches`] names are in memory.
//! - Before a node's terminator, [`Lowering::commit`] has put every live cell that is not stale into
//!   its variable, in canonical form; what follows only reads them.
//! - [`Lowering::owed`] says what words of the plugin area lack; all of it is added before control
//!   leaves, and all of them are in memory then.
//! - What may fault is not in a cold block where counters are in registers alone ([`super::held`]).
//! - No SSA value is kept for a slot in `resident` (rounding mode, exception flags).

mod bits;
mod counters;
mod fp;
mod int;
mod leaf;
mod mem;
mod probe;
mod rotate;
mod terminator;

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    AbiParam, AliasRegion, AliasRegionData, Block, BlockArg, Function, InstBuilder, MemFlagsData,
    SigRef, Signature, Type, Value, types,
};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};
use rustc_hash::FxHashMap;

use super::JitError;
use super::assumed::Assumed;
use super::copies::Copies;
use super::counters::{Amounts, Counters, GroupSet};
use super::flags_owner::{self, FlagsOwners};
use super::flow::{CellSet, NodeFlow, Rules, Touches, members, one};
use super::forms::Forms;
use super::held::{HeldGroup, Labelled, Sum, label};
use super::quiet;
use super::range::Ranges;
use super::region::{self, Edges, Region};
use super::sites;
use crate::backend::code_space::FaultKind;
use crate::backend::code_space::enter::FlagsOwner;
use crate::backend::var_offset;
use crate::ir::{Opcode, Var};
use crate::state::{CpuState, SLOT_CAPACITY, TEMP_CAPACITY};

/// What lowering asks of the code space.
pub(super) trait ExitSlots {
    /// Address of an exit slot for a guest address, the same for the same one.
    fn exit_slot(&mut self, target: u64) -> Result<u64, JitError>;
}

/// What a function is lowered from.
pub(super) struct Input<'a> {
    pub(super) region: &'a Region,
    pub(super) rules: Rules<'a>,
    pub(super) touches: &'a [Touches],
    pub(super) flows: &'a [NodeFlow],
    pub(super) forms: &'a [Forms],
    pub(super) ranges: &'a [Ranges],
    pub(super) owners: &'a FlagsOwners,
    pub(super) assumed: &'a Assumed<'a>,
    pub(super) counters: &'a Counters,
    /// The host has fused multiply-add.
    pub(super) has_fma: bool,
    /// The host rounds floats to integers inline.
    pub(super) has_sse41: bool,
    /// The host counts bits by one instruction.
    pub(super) has_popcnt: bool,
    /// See [`super::Options::shared_memory`].
    pub(super) shared_memory: bool,
    /// See [`super::Options::base_is_limit`].
    pub(super) base_is_limit: bool,
}

/// The forms of one slot's or temp's value in the current node.
#[derive(Debug, Clone, Copy, Default)]
struct Local {
    int: Option<Value>,
    float: Option<Value>,
    /// As an `f32`; the 64-bit value is this, NaN-boxed.
    single: Option<Value>,
    /// `float` or `single` comes from arithmetic and may be a NaN other than the canonical one.
    raw: bool,
}

/// Memory flags for the three disjoint kinds of memory.
struct Flags {
    state: MemFlagsData,
    guest: AliasRegion,
    jump_cache: MemFlagsData,
}

/// See the module's documentation.
pub(super) struct Lowering<'a, 'f> {
    b: FunctionBuilder<'f>,
    input: Input<'a>,
    slots: &'a mut dyn ExitSlots,
    flags: Flags,
    /// Signature of regions and exit stubs.
    region_signature: SigRef,
    signatures: FxHashMap<(bool, usize, bool), SigRef>,
    calls: probe::Calls,
    /// Nodes where copies of functions are made for each place.
    own_copies_in: Vec<bool>,
    variables: Vec<Variable>,
    /// Of the cells that are singles in some node, the variables for there.
    single_variables: Vec<Option<Variable>>,
    headers: Vec<Block>,
    missing_edges: Vec<usize>,
    memory_base: Value,
    /// See [`CpuState::near_limit`]. (As a constant it would be loaded into a register each time.)
    near_limit: Value,
    /// Unit ([`Region::units`]) and instruction by site.
    sites: Vec<(u16, u16)>,
    /// Of the groups of counters that are kept in registers.
    group_variables: Vec<Variable>,
    /// What faults find in registers alone.
    held: Vec<HeldGroup>,
    /// Which values are others and constants.
    sums: FxHashMap<Value, Sum>,

    // The current node:
    node: usize,
    own_copies: bool,
    /// What words of the plugin area lack here.
    owed: &'a Amounts,
    /// Groups of counters that may not be in memory.
    unstored: GroupSet,
    /// Whose MXCSR is here, if known.
    owner: Option<FlagsOwner>,
    /// The state has MXCSR as it is.
    mxcsr_stored: bool,
    locals: Vec<Local>,
    touched: Vec<u16>,
    dirty: CellSet,
    /// What SSA holds is out of date, memory has the value.
    stale: CellSet,
    written: CellSet,
    ranges: Ranges,
    /// The vCPU state's address, for several calls.
    node_state: Option<Value>,
    /// What has been loaded, for sure, since anything was published ([`region::publishes`]).
    accessed: Vec<mem::Accessed>,
    /// The same at the start of nodes that are yet to come and that one edge leads to.
    accessed_before: FxHashMap<usize, Vec<mem::Accessed>>,
    /// Values shifted left by constants.
    shifted: FxHashMap<(Value, i64), Value>,
    /// Values made of other values' bits.
    chains: bits::Chains,
    /// Results of floating-point operations that nothing yet forces to be computed here.
    unpinned: Vec<Value>,
    /// How many stores were made only to pin a value.
    pins: usize,
}

/// The signature of a region: takes the address of the exit slot that it was reached through,
/// returns a [`crate::backend::code_space::enter::ReturnCode`].
fn region_signature() -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.push(AbiParam::new(types::I64));
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

fn alias_region(function: &mut Function, user_id: u32, description: &'static str) -> AliasRegion {
    function.dfg.alias_regions.insert(AliasRegionData {
        user_id,
        description: description.into(),
    })
}

/// Memory flags of accesses to the vCPU state.
pub(super) fn state_flags(function: &mut Function) -> MemFlagsData {
    MemFlagsData::trusted().with_alias_region(Some(alias_region(function, 0, "state")))
}

/// Unit ([`Region::units`]) and instruction of every site.
pub(super) type Sites = Box<[(u16, u16)]>;

/// What is known of the function when it has been built.
pub(super) struct Lowered {
    pub(super) sites: Sites,
    /// What faults find in registers alone.
    pub(super) held: Labelled,
    /// What it calls in the name space [`super::copies::RUNS`].
    pub(super) copies: Copies,
}

/// Builds the function.
pub(super) fn lower(
    input: Input<'_>,
    function: &mut Function,
    context: &mut FunctionBuilderContext,
    slots: &mut dyn ExitSlots,
    frontend: cranelift_codegen::isa::TargetFrontendConfig,
) -> Result<Lowered, JitError> {
    function.signature = region_signature();
    let flags = Flags {
        state: state_flags(function),
        guest: alias_region(function, 1, "guest memory"),
        jump_cache: MemFlagsData::trusted().with_alias_region(Some(alias_region(
            function,
            2,
            "jump cache",
        ))),
    };
    let mut b = FunctionBuilder::new(function, context);
    let region_signature = b.import_signature(region_signature());
    let entry = b.create_block();
    b.append_block_params_for_function_params(entry);
    b.switch_to_block(entry);
    b.seal_block(entry);
    let nodes = &input.region.nodes;
    let headers: Vec<Block> = nodes.iter().map(|_| b.create_block()).collect();
    let variables = (0..input.rules.cells.len())
        .map(|cell| b.declare_var(input.rules.cells.ty(cell)))
        .collect();
    let singles = input.forms.iter().fold(0, |set, forms| set | forms.single);
    let single_variables = (0..input.rules.cells.len())
        .map(|cell| (singles & one(cell) != 0).then(|| b.declare_var(types::F32)))
        .collect();
    let counters = input.counters;
    let group_variables = counters
        .groups()
        .iter()
        .map(|group| b.declare_var(counters::group_type(group)))
        .collect();
    let state = b.ins().get_pinned_reg(types::I64);
    let constant = MemFlagsData::trusted().with_readonly().with_can_move();
    let memory_base = b.ins().load(
        types::I64,
        constant,
        state,
        offset_of!(CpuState, memory_base) as i32,
    );
    let near_limit = if input.base_is_limit {
        memory_base
    } else {
        let offset = offset_of!(CpuState, near_limit) as i32;
        b.ins().load(types::I64, constant, state, offset)
    };
    let mut missing_edges: Vec<usize> = nodes.iter().map(|node| node.incoming).collect();
    missing_edges[0] += 1;
    let mut lowering = Lowering {
        b,
        slots,
        flags,
        region_signature,
        signatures: FxHashMap::default(),
        calls: probe::Calls::default(),
        own_copies_in: probe::own_copies(&input),
        own_copies: false,
        variables,
        single_variables,
        headers,
        missing_edges,
        memory_base,
        near_limit,
        sites: Vec::with_capacity(input.region.insns),
        group_variables,
        held: Vec::new(),
        sums: FxHashMap::default(),
        node: 0,
        owed: counters.nothing(),
        unstored: 0,
        owner: None,
        mxcsr_stored: false,
        locals: vec![Local::default(); SLOT_CAPACITY + TEMP_CAPACITY],
        touched: Vec::new(),
        dirty: 0,
        stale: 0,
        written: 0,
        ranges: Ranges::unknown(),
        node_state: None,
        accessed: Vec::new(),
        accessed_before: FxHashMap::default(),
        shifted: FxHashMap::default(),
        chains: bits::Chains::default(),
        unpinned: Vec::new(),
        pins: 0,
        input,
    };
    lowering.entry()?;
    for node in 0..lowering.input.region.nodes.len() {
        lowering.node(node)?;
    }
    let lowered = Lowered {
        sites: std::mem::take(&mut lowering.sites).into(),
        held: label(&mut lowering.b, &lowering.held, &lowering.sums),
        copies: std::mem::take(&mut lowering.calls.copies),
    };
    lowering.b.finalize(frontend);
    Ok(lowered)
}

impl Lowering<'_, '_> {
    /// The region's entry: poll, load what its first node expects.
    fn entry(&mut self) -> Result<(), JitError> {
        self.b.set_srcloc(sites::source_location(0));
        let pc = self.constant(self.input.region.nodes[0].block.ir.pc);
        self.poll(pc);
        self.stale = self.input.flows[0].live_in;
        self.load_for(0);
        if let Some(owner) = self.input.owners.entry {
            self.own_flags(owner);
        }
        self.load_counters();
        let counters = self.input.counters;
        self.settle(counters.before(0), counters.needed_before(0));
        self.b.ins().jump(self.headers[0], &[]);
        self.edge_made(0);
        Ok(())
    }

    fn node(&mut self, index: usize) -> Result<(), JitError> {
        let input = &self.input;
        let node = &input.region.nodes[index];
        let block = node.block.clone();
        let flow = input.flows[index];
        self.ranges = input.ranges[index].clone();
        let counters = input.counters;
        let loop_header = node.loop_header;
        let edges = node.edges;
        for var in self.touched.drain(..) {
            self.locals[usize::from(var)] = Local::default();
        }
        self.unpinned.clear();
        self.accessed = self.accessed_before.remove(&index).unwrap_or_default();
        self.shifted.clear();
        self.chains.clear();
        self.node_state = None;
        self.node = index;
        self.own_copies = self.own_copies_in[index];
        self.dirty = flow.dirty_in;
        self.stale = flow.live_in & !flow.held_in;
        self.written = 0;
        self.owe(counters.before(index));
        self.unstored = counters.unstored(index);
        self.owner = self.input.owners.nodes[index];
        self.mxcsr_stored = false;
        self.b.switch_to_block(self.headers[index]);
        if loop_header {
            // Nothing that was read from memory in one iteration is taken for granted in the
            // next: other threads write, too.
            self.b.ins().sequence_point();
        }
        self.owe(counters.within(index));
        self.hold_counters();
        for (insn, info) in block.ir.insns.iter().enumerate() {
            self.begin_insn(index, insn);
            let end = block
                .ir
                .insns
                .get(insn + 1)
                .map_or(block.ir.ops.len(), |next| next.first_op as usize);
            for index in info.first_op as usize..end {
                self.op(&block.ir, info.pc, index)?;
            }
        }
        self.pending_calls();
        let region = self.input.region;
        for to in edges.nodes() {
            if to > index && region.nodes[to].incoming == 1 {
                self.accessed_before.insert(to, self.accessed.clone());
            }
        }
        match &region.nodes[index].skip {
            Some(skip) => self.skip(index, &block.ir.terminator, skip, edges, flow),
            None => {
                let needed = counters.needed_after(index);
                self.unstored = self.settle(counters.after(index), needed);
                self.owe(counters.after(index));
                self.terminator(&block.ir.terminator, edges, flow)
            }
        }
    }

    /// What follows belongs to an instruction of a unit ([`Region::units`]).
    fn begin_insn(&mut self, unit: usize, insn: usize) {
        let site = self.sites.len() as u32;
        self.sites.push((unit as u16, insn as u16));
        self.b.set_srcloc(sites::source_location(site));
    }

    /// The site of the instruction being lowered.
    fn site(&self) -> u32 {
        (self.sites.len() - 1) as u32
    }

    fn op(&mut self, block: &crate::ir::Block, pc: u64, index: usize) -> Result<(), JitError> {
        let op = &block.ops[index];
        let touch = self.input.touches[self.node].of_ops[index];
        // See `held`.
        debug_assert!(
            !op.code.effects().may_fault
                || (self.b.current_block()).is_some_and(|block| !self.b.func.layout.is_cold(block))
        );
        self.calls_before(block, op, touch.sync);
        if touch.sync != 0 {
            self.sync(touch.sync);
        }
        let effects = op.code.effects();
        if effects.may_fault && self.input.rules.precise_faults {
            self.pin_remaining();
        }
        if let Some(owner) = flags_owner::wanted(block, op, self.input.rules.leaves) {
            self.own_flags(owner);
            self.mxcsr_stored &= matches!(op.code, Opcode::FlagsGet | Opcode::FlagsSet);
        }
        if region::publishes(op) {
            self.accessed.clear();
        }
        match op.code {
            Opcode::ProbeAdd => self.probe_add(&block.probe_adds[op.imm as usize]),
            Opcode::ProbeCall => self.probe_call(block, pc, op, touch.clobber),
            Opcode::Helper => self.helper(op, touch.clobber)?,
            Opcode::FlagsGet => self.flags_get(op),
            Opcode::FlagsSet if quiet::is_restore(block, index) => {}
            Opcode::FlagsSet => self.flags_set(op, touch.clobber),
            Opcode::FEq | Opcode::FLt | Opcode::FLe => {
                self.comparison(op, quiet::flags_to_restore(block, index))?;
            }
            _ if effects.reads_memory || effects.writes_memory => self.memory_op(op)?,
            Opcode::Fence | Opcode::FenceOrder => self.fence(op.code),
            _ if effects.fp_environment => self.fp_op(op)?,
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx | Opcode::FClass | Opcode::FBox => {
                self.fp_op(op)?
            }
            _ => self.int_op(op)?,
        }
        self.ranges.step(op);
        self.ranges.forget(touch.clobber);
        Ok(())
    }

    /// The vCPU state's address. Read anew in each piece of code that needs it: it is in the
    /// pinned register anyway, and a value kept for long would take another.
    fn state(&mut self) -> Value {
        self.b.ins().get_pinned_reg(types::I64)
    }

    fn constant(&mut self, value: u64) -> Value {
        self.b.ins().iconst(types::I64, value as i64)
    }

    /// One edge to a node has been made.
    fn edge_made(&mut self, node: usize) {
        self.missing_edges[node] -= 1;
        if self.missing_edges[node] == 0 {
            self.b.seal_block(self.headers[node]);
        }
    }

    /// A new block that control reaches only by the next branch made to it from here.
    fn cold_block(&mut self) -> Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// A new block that is as hot as the current one.
    fn block_here(&mut self) -> Block {
        let current = self.b.current_block();
        match current.is_some_and(|block| self.b.func.layout.is_cold(block)) {
            true => self.cold_block(),
            false => self.b.create_block(),
        }
    }

    /// Switches to a block whose every predecessor has been made.
    fn enter_block(&mut self, block: Block) {
        self.b.switch_to_block(block);
        self.b.seal_block(block);
    }

    /// If `condition`, the value that `cold` computes out of line, else `hot`.
    fn unless(
        &mut self,
        condition: Value,
        hot: Value,
        cold: impl FnOnce(&mut Self) -> Value,
    ) -> Value {
        let slow = self.cold_block();
        let join = self.b.create_block();
        let ty = self.b.func.dfg.value_type(hot);
        let result = self.b.append_block_param(join, ty);
        self.b
            .ins()
            .brif(condition, slow, &[], join, &[BlockArg::Value(hot)]);
        self.enter_block(slow);
        let value = cold(self);
        self.b.ins().jump(join, &[BlockArg::Value(value)]);
        self.enter_block(join);
        result
    }

    /// Traps if `condition` is not zero.
    fn trap_if(&mut self, condition: Value, kind: FaultKind) {
        let code = sites::trap_code(self.site(), kind);
        self.b.ins().trapnz(condition, code);
    }

    /// Calls a System V function at a constant address.
    fn call(&mut self, function: usize, arguments: &[Value], returns: bool) -> Option<Value> {
        self.call_by(CallConv::SystemV, function, arguments, returns)
    }

    /// Calls a function at a constant address, all of integers.
    fn call_by(
        &mut self,
        convention: CallConv,
        function: usize,
        arguments: &[Value],
        returns: bool,
    ) -> Option<Value> {
        let key = (convention == CallConv::SystemV, arguments.len(), returns);
        let signature = match self.signatures.get(&key) {
            Some(&signature) => signature,
            None => {
                let mut signature = Signature::new(convention);
                signature
                    .params
                    .resize(arguments.len(), AbiParam::new(types::I64));
                if returns {
                    signature.returns.push(AbiParam::new(types::I64));
                }
                let imported = self.b.import_signature(signature);
                self.signatures.insert(key, imported);
                imported
            }
        };
        let callee = self.constant(function as u64);
        let call = self.b.ins().call_indirect(signature, callee, arguments);
        self.b.inst_results(call).first().copied()
    }

    // Cells and variables.

    fn local(&mut self, var: Var) -> &mut Local {
        self.touched.push(var.0);
        &mut self.locals[usize::from(var.0)]
    }

    /// Fills in the local of a slot from its SSA variable or memory. (That of a temp is
    /// filled in by the operation that writes it; read before that, it is 0.)
    fn fetch(&mut self, var: Var) -> Local {
        let local = self.locals[usize::from(var.0)];
        if local.int.is_some() || local.float.is_some() || local.single.is_some() {
            return local;
        }
        let cells = self.input.rules.cells;
        let value = match cells.of(var) {
            Some(cell) if self.stale & one(cell) != 0 => {
                self.stale &= !one(cell);
                self.written |= one(cell);
                let state = self.state();
                self.b
                    .ins()
                    .load(cells.ty(cell), self.flags.state, state, cells.offset(cell))
            }
            Some(cell) => {
                let forms = self.input.forms[self.node];
                let raw = forms.raw & one(cell) != 0;
                if forms.single & one(cell) != 0
                    && let Some(variable) = self.single_variables[cell]
                {
                    let single = self.b.use_var(variable);
                    let local = self.local(var);
                    *local = Local {
                        single: Some(single),
                        raw,
                        ..Local::default()
                    };
                    return *local;
                }
                let value = self.b.use_var(self.variables[cell]);
                if raw {
                    let local = self.local(var);
                    *local = Local {
                        float: Some(value),
                        raw,
                        ..Local::default()
                    };
                    return *local;
                }
                value
            }
            None if var.as_slot().is_some() && !cells.is_zero(var) => {
                // May change by calls, so it is never remembered.
                let state = self.state();
                let int = self
                    .b
                    .ins()
                    .load(types::I64, self.flags.state, state, var_offset(var));
                return Local {
                    int: Some(int),
                    ..Local::default()
                };
            }
            None => self.constant(0),
        };
        let is_float = self.b.func.dfg.value_type(value) == types::F64;
        let local = self.local(var);
        *local = match is_float {
            true => Local {
                float: Some(value),
                ..Local::default()
            },
            false => Local {
                int: Some(value),
                ..Local::default()
            },
        };
        *local
    }

    /// The operand as a 64-bit integer.
    fn int(&mut self, var: Var, imm: i64) -> Value {
        if var == Var::IMM {
            return self.b.ins().iconst(types::I64, imm);
        }
        if let Some(int) = self.fetch(var).int {
            return int;
        }
        let local = self.canonical(var);
        let int = match (local.single, local.float) {
            (Some(single), _) => {
                let bits = self.bitcast(types::I32, single);
                let bits = self.b.ins().uextend(types::I64, bits);
                self.b
                    .ins()
                    .bor_imm_s(bits, 0xffff_ffff_0000_0000_u64 as i64)
            }
            (None, Some(float)) => self.bitcast(types::I64, float),
            (None, None) => unreachable!("fetched locals have a form"),
        };
        self.local(var).int = Some(int);
        int
    }

    fn bitcast(&mut self, ty: Type, value: Value) -> Value {
        self.b.ins().bitcast(ty, MemFlagsData::new(), value)
    }

    fn written(&mut self, var: Var) {
        if let Some(cell) = self.input.rules.cells.of(var) {
            self.dirty |= one(cell);
            self.written |= one(cell);
            self.stale &= !one(cell);
        }
    }

    /// Writes an integer. (Nothing if there is no destination or it is constant zero.)
    fn set_int(&mut self, var: Var, value: Value) {
        self.set(
            var,
            Local {
                int: Some(value),
                ..Local::default()
            },
        );
    }

    fn set(&mut self, var: Var, value: Local) {
        let cells = self.input.rules.cells;
        if var == Var::NONE || cells.is_zero(var) {
            return;
        }
        if var.as_slot().is_some() && cells.of(var).is_none() {
            let int = value
                .int
                .unwrap_or_else(|| unreachable!("resident slots are integers"));
            let state = self.state();
            self.b
                .ins()
                .store(self.flags.state, int, state, var_offset(var));
            return;
        }
        *self.local(var) = value;
        self.written(var);
    }

    /// The cell's value as its variable has it.
    fn cell_value(&mut self, cell: usize) -> Value {
        let cells = self.input.rules.cells;
        let var = Var(cell as u16);
        if cells.ty(cell) == types::F64 {
            self.float(var)
        } else {
            self.int(var, 0)
        }
    }

    /// Stores the dirty cells among `set`; they are clean then.
    fn sync(&mut self, set: CellSet) {
        let set = set & self.dirty;
        if set == 0 {
            return;
        }
        self.store_cells(set);
        self.dirty &= !set;
    }

    fn store_cells(&mut self, set: CellSet) {
        let state = self.state();
        for cell in members(set) {
            let value = match self.locals[cell] {
                Local { int: Some(int), .. } => int,
                _ => self.cell_value(cell),
            };
            self.b.ins().store(
                self.flags.state,
                value,
                state,
                self.input.rules.cells.offset(cell),
            );
            self.unpinned.retain(|&other| other != value);
        }
    }

    /// Memory has changed under these cells.
    fn invalidate(&mut self, set: CellSet) {
        self.stale |= set;
        self.dirty &= !set;
        self.written &= !set;
        for cell in members(set) {
            *self.local(Var(cell as u16)) = Local::default();
        }
    }

    /// Before the terminator: live cells into their variables, but for those that only memory has.
    fn commit(&mut self, live: CellSet, edges: Edges) {
        let live = live & !self.stale;
        let floats = self.input.rules.cells.floats;
        for cell in members(self.written & live & !floats) {
            let value = self.cell_value(cell);
            self.b.def_var(self.variables[cell], value);
        }
        for cell in members(live & floats) {
            self.commit_float(cell, edges);
        }
        self.pin_remaining();
    }

    /// What only memory has, and `node` expects in variables.
    fn missing_for(&self, node: usize) -> CellSet {
        self.stale & self.input.flows[node].held_in
    }

    /// On an edge to `node`: loads what it expects in variables.
    fn load_for(&mut self, node: usize) {
        let missing = self.missing_for(node);
        if missing == 0 {
            return;
        }
        let cells = self.input.rules.cells;
        let state = self.state();
        for cell in members(missing) {
            let (ty, offset) = (cells.ty(cell), cells.offset(cell));
            let value = self.b.ins().load(ty, self.flags.state, state, offset);
            self.b.def_var(self.variables[cell], value);
        }
    }

    /// A live float into its variables, in the forms that the nodes which follow expect.
    fn commit_float(&mut self, cell: usize, edges: Edges) {
        let (flows, forms) = (self.input.flows, self.input.forms);
        let written = self.written & one(cell) != 0;
        for single in [false, true] {
            let expects = |&to: &usize| {
                flows[to].live_in & one(cell) != 0 && (forms[to].single & one(cell) != 0) == single
            };
            let mut expecting = edges.nodes().filter(expects).peekable();
            if expecting.peek().is_none() {
                continue;
            }
            let raw = expecting.all(|to| forms[to].raw & one(cell) != 0);
            let here = forms[self.node];
            let same_form = (here.single & one(cell) != 0) == single;
            if !written && same_form && (raw || here.raw & one(cell) == 0) {
                continue;
            }
            let value = self.float_value(Var(cell as u16), single, raw);
            let variable = match self.single_variables[cell] {
                Some(variable) if single => variable,
                _ => self.variables[cell],
            };
            self.b.def_var(variable, value);
        }
    }

    /// Leaves to `pc` if the exit request is set; the cells are as there.
    fn poll(&mut self, pc: Value) {
        let state = self.state();
        let request = self.b.ins().load(
            types::I32,
            self.flags.state,
            state,
            offset_of!(CpuState, exit_request) as i32,
        );
        let (exit, go_on) = (self.cold_block(), self.b.create_block());
        let request = self.b.ins().icmp_imm_s(IntCC::NotEqual, request, 0);
        self.b.ins().brif(request, exit, &[], go_on, &[]);
        self.enter_block(exit);
        self.return_to_loop(
            pc,
            crate::backend::code_space::enter::ReturnCode::ExitRequested as u64,
        );
        self.enter_block(go_on);
    }

    fn icmp_imm(&mut self, cond: IntCC, value: Value, imm: i64) -> Value {
        self.b.ins().icmp_imm_s(cond, value, imm)
    }
}
