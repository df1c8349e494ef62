//! How control leaves a node: edges within the region, and the ways out of it.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{CondCode, IntCC};
use cranelift_codegen::ir::{self, Block, InstBuilder, InstructionData, Value, types};

use super::{Local, Lowering, int};
use crate::backend::code_space::JitError;
use crate::backend::code_space::enter::ReturnCode;
use crate::backend::cranelift::counters::GroupSet;
use crate::backend::cranelift::flow::{NodeFlow, members, terminator_operands};
use crate::backend::cranelift::region::{Edges, Skip, Target};
use crate::ir::{Opcode, Terminator, Var};
use crate::state::{CpuState, JUMP_CACHE_SIZE, JumpCacheEntry};

/// How often a branch goes one of its ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frequency {
    /// Less often than once in [`RARE`] times: code on that way lies apart.
    Rare,
    /// Less often than once in [`LESS`] times.
    Less,
    Often,
}

const RARE: u64 = 8;
const LESS: u64 = 4;

impl Frequency {
    fn of(count: u32, all: u32) -> Frequency {
        let (count, all) = (u64::from(count), u64::from(all));
        match () {
            () if count * RARE < all => Frequency::Rare,
            () if count * LESS < all => Frequency::Less,
            () => Frequency::Often,
        }
    }
}

impl Lowering<'_, '_> {
    pub(super) fn terminator(
        &mut self,
        terminator: &Terminator,
        edges: Edges,
        flow: NodeFlow,
    ) -> Result<(), JitError> {
        // What is read below is to be in its variable, too, if it is live.
        for var in terminator_operands(terminator) {
            self.fetch(var);
        }
        self.commit(flow.live_out, edges);
        match (*terminator, edges) {
            (Terminator::Jump { .. }, Edges::Jump(target)) => self.jump(target, edges),
            (Terminator::Branch { cond, a, b, .. }, Edges::Branch { taken, fallthrough }) => {
                let (a, b) = (self.int(a, 0), self.int(b, 0));
                let condition = self.b.ins().icmp(int::condition(cond), a, b);
                if self.goes_back(edges) {
                    let (then_pc, else_pc) = (self.pc_of(taken), self.pc_of(fallthrough));
                    let pc = self.b.ins().select(condition, then_pc, else_pc);
                    self.poll(pc);
                }
                let [then_frequency, else_frequency] = self.frequencies();
                let then_block = self.edge_block(taken, then_frequency);
                let else_block = self.edge_block(fallthrough, else_frequency);
                self.b
                    .ins()
                    .brif(condition, then_block, &[], else_block, &[]);
                self.finish_edge(taken, then_block)?;
                self.finish_edge(fallthrough, else_block)
            }
            (Terminator::Indirect { target, .. }, Edges::Indirect { expected }) => {
                let target = self.int(target, 0);
                if self.goes_back(edges) {
                    self.poll(target);
                }
                let address = self.before_masking(target);
                for (pc, edge) in expected.into_iter().flatten() {
                    let hit = self.icmp_imm(IntCC::Equal, address, pc as i64);
                    let (then_block, miss) =
                        (self.edge_block(edge, Frequency::Often), self.cold_block());
                    self.b.ins().brif(hit, then_block, &[], miss, &[]);
                    self.finish_edge(edge, then_block)?;
                    self.enter_block(miss);
                }
                self.indirect(target);
                Ok(())
            }
            (Terminator::Exit { kind, pc }, Edges::Exit) => {
                let pc = self.constant(pc);
                self.return_to_loop(pc, ReturnCode::Exit as u64 | (kind as u64) << 8);
                Ok(())
            }
            _ => Err(JitError::Inconsistent("edges do not fit the terminator")),
        }
    }

    /// Instead of a branch round operations: does those of both ways, and keeps the results of the one that it
    /// would take.
    pub(super) fn skip(
        &mut self,
        node: usize,
        terminator: &Terminator,
        skip: &Skip,
        edges: Edges,
        flow: NodeFlow,
    ) -> Result<(), JitError> {
        let (
            Terminator::Branch {
                cond,
                a,
                b,
                taken: taken_pc,
                fallthrough,
            },
            Edges::Jump(Target::Node(join)),
        ) = (*terminator, edges)
        else {
            return Err(JitError::Inconsistent("edges do not fit the skip"));
        };
        let (a, b) = (self.int(a, 0), self.int(b, 0));
        let condition = int::condition(cond);
        let taken = self.b.ins().icmp(condition, a, b);
        let not_taken = self.b.ins().icmp(condition.complement(), a, b);
        // At the join, who has come by a way that goes on there within a block would not be at a block's start.
        if self.goes_back(edges) {
            let (then_pc, else_pc) = (self.constant(taken_pc), self.constant(fallthrough));
            let pc = self.b.ins().select(taken, then_pc, else_pc);
            self.poll(pc);
        }
        let mut before: Vec<(Var, Value)> = Vec::new();
        for op in skip.ops() {
            if before.iter().all(|&(var, _)| var != op.dst) {
                before.push((op.dst, self.int(op.dst, 0)));
            }
        }
        let ranges = self.ranges.clone();
        self.way(skip, false, not_taken)?;
        let other_results: Vec<Value> = before.iter().map(|&(var, _)| self.int(var, 0)).collect();
        for &(var, old) in &before {
            self.set_int(var, old);
        }
        self.ranges = ranges;
        self.way(skip, true, taken)?;
        for (&(var, _), other) in before.iter().zip(other_results) {
            let result = self.int(var, 0);
            let value = self.b.ins().select(taken, result, other);
            self.set_int(var, value);
        }
        let counters = self.input.counters;
        let (after, counts) = (counters.after(node), counters.of_skip(skip));
        let needed = counters.needed_after(node);
        let uncounted = match skip.counts_if_taken() {
            true => not_taken,
            false => taken,
        };
        self.unstored = self.settle_unless(after, needed, Some((uncounted, &counts)));
        self.owe(after);
        self.commit(flow.live_out, edges);
        self.jump_to_node(join);
        Ok(())
    }

    /// The operations of one way of a branch that is done without; `chosen` says whether it is the branch's.
    fn way(&mut self, skip: &Skip, taken: bool, chosen: Value) -> Result<(), JitError> {
        for (index, op) in skip.arms()[usize::from(taken)].iter().enumerate() {
            if op.code == Opcode::Load {
                let unit = self.input.region.unit_of_way(self.node, taken);
                let unit = unit.ok_or(JitError::Inconsistent("a load in a way without loads"))?;
                self.begin_insn(unit, skip.insn(taken, index));
                self.load_if(chosen, op)?;
            } else {
                self.int_op(op)?;
            }
            self.ranges.step(op);
        }
        Ok(())
    }

    /// Whether one of the node's edges is among those that every loop has one of. There is a poll
    /// before: what only its exit stores is then computed there, and not carried round the loop.
    fn goes_back(&self, edges: Edges) -> bool {
        edges.nodes().any(|to| to <= self.node)
    }

    /// The guest address of an edge's target.
    fn pc_of(&mut self, target: Target) -> Value {
        let pc = match target {
            Target::Node(node) => self.input.region.nodes[node].block.ir.pc,
            Target::Exit(pc) => pc,
        };
        self.constant(pc)
    }

    /// Goes where the only one of `edges` does.
    fn jump(&mut self, target: Target, edges: Edges) -> Result<(), JitError> {
        if self.goes_back(edges) {
            let pc = self.pc_of(target);
            self.poll(pc);
        }
        match target {
            Target::Node(node) => {
                self.jump_to_node(node);
                Ok(())
            }
            Target::Exit(pc) => self.exit_to(pc),
        }
    }

    fn jump_to_node(&mut self, node: usize) {
        let counters = self.input.counters;
        self.load_for(node);
        self.settle(counters.before(node), counters.needed_before(node));
        self.b.ins().jump(self.headers[node], &[]);
        self.edge_made(node);
    }

    /// Whether something is to be done on the way to `node`: added to plugin words, or loaded.
    fn works_towards(&self, node: usize) -> bool {
        self.input.counters.before(node) != self.owed || self.missing_for(node) != 0
    }

    /// How often the node's branch is taken, and how often not.
    fn frequencies(&self) -> [Frequency; 2] {
        let block = &self.input.region.nodes[self.node].block;
        let (taken, all) = (block.taken(), block.executions());
        [taken, all.saturating_sub(taken)].map(|count| Frequency::of(count, all))
    }

    /// The block that a branch towards `target` names. A less frequent way to where it meets others has one of its own: what is
    /// needed there only if control comes that way, as behind a loop, is then computed there, and not before the branch.
    fn edge_block(&mut self, target: Target, frequency: Frequency) -> Block {
        let meets_others = |node: usize| self.input.region.nodes[node].incoming > 1;
        match target {
            Target::Node(node) if frequency == Frequency::Rare && meets_others(node) => {
                self.cold_block()
            }
            Target::Node(node) if frequency == Frequency::Less && meets_others(node) => {
                self.b.create_block()
            }
            Target::Node(node) if self.works_towards(node) => self.b.create_block(),
            Target::Node(node) => self.headers[node],
            Target::Exit(_) => self.cold_block(),
        }
    }

    /// After the branch: fills in what `edge_block` made.
    fn finish_edge(&mut self, target: Target, block: Block) -> Result<(), JitError> {
        match target {
            Target::Node(node) if block != self.headers[node] => {
                self.enter_block(block);
                self.jump_to_node(node);
                Ok(())
            }
            Target::Node(node) => {
                self.edge_made(node);
                Ok(())
            }
            Target::Exit(pc) => {
                self.enter_block(block);
                self.exit_to(pc)
            }
        }
    }

    /// Leaves to a known guest address, through an exit slot.
    fn exit_to(&mut self, pc: u64) -> Result<(), JitError> {
        let slot = self.slots.exit_slot(pc)?;
        self.store_all();
        let slot = self.constant(slot);
        let code = self
            .b
            .ins()
            .load(types::I64, self.flags.jump_cache, slot, 0);
        self.b
            .ins()
            .return_call_indirect(self.region_signature, code, &[slot]);
        Ok(())
    }

    /// What `target` was before bit 0 was cleared, for uses that the bit does not change.
    fn before_masking(&self, target: Value) -> Value {
        let dfg = &self.b.func.dfg;
        let masked = dfg.value_def(target).inst().map(|inst| dfg.insts[inst]);
        match masked {
            Some(InstructionData::Binary {
                opcode: ir::Opcode::Band,
                args: [address, mask],
            }) if self.constant_of(mask) == Some(-2) => address,
            _ => target,
        }
    }

    /// Leaves to the address in `target`, through the jump cache.
    fn indirect(&mut self, target: Value) {
        const _: () = assert!(size_of::<JumpCacheEntry>() == 16);
        const MASK: i64 = ((JUMP_CACHE_SIZE - 1) << 4) as i64;
        self.store_all();
        let state = self.state();
        // Bit 1 of the address becomes bit 4 of the entry's offset.
        let address = self.before_masking(target);
        let shifted = self.b.ins().ishl_imm_s(address, 3);
        let index = self.b.ins().band_imm_s(shifted, MASK);
        let entry = self.b.ins().iadd(state, index);
        let offset = offset_of!(CpuState, jump_cache) as i32;
        let pc_offset = offset + offset_of!(JumpCacheEntry, pc) as i32;
        let code_offset = offset + offset_of!(JumpCacheEntry, code) as i32;
        let seen = self
            .b
            .ins()
            .load(types::I64, self.flags.jump_cache, entry, pc_offset);
        let hit = self.b.ins().icmp(IntCC::Equal, seen, target);
        let (found, miss) = (self.b.create_block(), self.cold_block());
        self.b.ins().brif(hit, found, &[], miss, &[]);
        self.enter_block(found);
        let code = self
            .b
            .ins()
            .load(types::I64, self.flags.jump_cache, entry, code_offset);
        self.b
            .ins()
            .return_call_indirect(self.region_signature, code, &[seen]);
        self.enter_block(miss);
        let state = self.state();
        self.b.ins().store(
            self.flags.state,
            target,
            state,
            offset_of!(CpuState, pc) as i32,
        );
        let code = self.constant(ReturnCode::IndirectMiss as u64);
        self.b.ins().return_(&[code]);
    }

    /// Before leaving: memory gets what it lacks.
    fn store_all(&mut self) {
        // Forms of values that are made here do not exist on the other ways that control may go.
        let kept: Vec<(usize, Local)> = members(self.dirty)
            .map(|cell| (cell, self.locals[cell]))
            .collect();
        self.store_cells(self.dirty);
        for (cell, local) in kept {
            self.locals[cell] = local;
        }
        self.settle(self.input.counters.nothing(), GroupSet::MAX);
    }

    /// Leaves to the execution loop, to continue at `pc`.
    pub(super) fn return_to_loop(&mut self, pc: Value, code: u64) {
        self.store_all();
        let state = self.state();
        self.b
            .ins()
            .store(self.flags.state, pc, state, offset_of!(CpuState, pc) as i32);
        let code = self.constant(code);
        self.b.ins().return_(&[code]);
    }
}
