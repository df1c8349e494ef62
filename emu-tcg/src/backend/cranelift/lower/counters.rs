//! Additions to plugin words where [`Counters`](crate::backend::cranelift::counters::Counters) has
//! placed them.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{ConstantData, InstBuilder, Type, Value, types};

use super::Lowering;
use crate::backend::cranelift::counters::{Amounts, Group, GroupSet, may_fault};
use crate::backend::cranelift::held::{HeldGroup, Sum};

/// The type of a group in a register. Loops have vector registers to spare, rather than general ones.
pub(super) fn group_type(group: &Group) -> Type {
    if group.conditional {
        types::I64
    } else {
        types::I64X2
    }
}

impl<'a> Lowering<'a, '_> {
    /// At the region's entry: groups that are kept in registers into their variables.
    pub(super) fn load_counters(&mut self) {
        let counters = self.input.counters;
        let kept = &counters.groups()[..counters.in_registers()];
        let state = self.state();
        for (index, group) in kept.iter().enumerate() {
            let mut value = self.load_word(state, group.offset);
            if !group.conditional {
                value = self.b.ins().scalar_to_vector(types::I64X2, value);
            }
            if group.lanes[1].is_some() {
                let second = self.load_word(state, group.offset + 8);
                value = self.b.ins().insertlane(value, second, 1);
            }
            self.b.def_var(self.group_variables[index], value);
        }
    }

    /// At the start of the current node: remembers the values of groups that a fault in it finds in registers alone.
    pub(super) fn hold_counters(&mut self) {
        if self.unstored == 0 || !may_fault(&self.input.region.nodes[self.node]) {
            return;
        }
        for group in 0..self.input.counters.in_registers() {
            if self.unstored & 1 << group != 0 {
                let value = self.b.use_var(self.group_variables[group]);
                let node = self.node;
                self.held.push(HeldGroup { node, group, value });
            }
        }
    }

    fn load_word(&mut self, state: Value, offset: u32) -> Value {
        let flags = self.flags.state;
        self.b.ins().load(types::I64, flags, state, offset as i32)
    }

    fn store_group(&mut self, state: Value, group: &Group, value: Value) {
        let mut value = value;
        if !group.conditional && group.lanes[1].is_none() {
            // The lower half; as a float, for it is in a vector register.
            let lanes = self.vector_cast(types::F64X2, value);
            value = self.b.ins().extractlane(lanes, 0);
        }
        let offset = group.offset as i32;
        self.b.ins().store(self.flags.state, value, state, offset);
    }

    /// From here on, memory is owed `within` instead of [`Lowering::owed`], without that anything
    /// is added: the difference has been counted.
    pub(super) fn owe(&mut self, within: &'a Amounts) {
        self.owed = within;
    }

    /// Adds to words such that they are owed `then`, and stores those in `needed`. Returns which
    /// groups are not in memory now.
    pub(super) fn settle(&mut self, then: &Amounts, needed: GroupSet) -> GroupSet {
        self.settle_unless(then, needed, None)
    }

    /// As [`Lowering::settle`], and adds the amounts of the second of `unless` if its first is false.
    pub(super) fn settle_unless(
        &mut self,
        then: &Amounts,
        needed: GroupSet,
        unless: Option<(Value, &Amounts)>,
    ) -> GroupSet {
        let counters = self.input.counters;
        let mut unstored = self.unstored;
        let mut state = None;
        for (index, group) in counters.groups().iter().enumerate() {
            let due = group
                .lanes
                .map(|lane| lane.map_or(0, |word| self.owed[word].wrapping_sub(then[word])));
            let extra = group.lanes.map(|lane| match (lane, unless) {
                (Some(word), Some((_, amounts))) => amounts[word],
                _ => 0,
            });
            let kept = index < counters.in_registers();
            let stored = !kept || unstored & 1 << index == 0;
            let wanted = !kept || needed & 1 << index != 0;
            let changes = due != [0; 2] || extra != [0; 2];
            if !changes && (stored || !wanted) {
                continue;
            }
            if !kept {
                let state = *state.get_or_insert_with(|| self.state());
                let unless = unless.map(|(condition, _)| (condition, extra));
                self.add_in_memory(state, group, due, unless);
                continue;
            }
            let mut new = self.b.use_var(self.group_variables[index]);
            if due != [0; 2] {
                new = self.added(new, due);
            }
            if let Some((condition, _)) = unless
                && extra != [0; 2]
            {
                let amount = self.amount_unless(condition, 0, extra[0]);
                new = self.b.ins().iadd(new, amount);
            }
            if wanted {
                unstored &= !(1 << index);
                let state = *state.get_or_insert_with(|| self.state());
                self.store_group(state, group, new);
            } else {
                unstored |= 1 << index;
            }
            if changes {
                self.b.def_var(self.group_variables[index], new);
            }
        }
        unstored
    }

    fn added(&mut self, old: Value, due: [u64; 2]) -> Value {
        if self.b.func.dfg.value_type(old) == types::I64 {
            return self.b.ins().iadd_imm_s(old, due[0] as i64);
        }
        let bytes = due.map(u64::to_le_bytes).concat();
        let constant = self.b.func.dfg.constants.insert(ConstantData::from(bytes));
        let constant = self.b.ins().vconst(types::I64X2, constant);
        let new = self.b.ins().iadd(old, constant);
        self.sums.insert(new, Sum { of: old, due });
        new
    }

    /// Adds `due` to the words of a group, each by one instruction, and an amount that depends on a
    /// condition, if there is one.
    fn add_in_memory(
        &mut self,
        state: Value,
        group: &Group,
        due: [u64; 2],
        unless: Option<(Value, [u64; 2])>,
    ) {
        for lane in 0..2 {
            let extra = unless.map(|(condition, extra)| (condition, extra[lane]));
            let amount = match extra.filter(|&(_, extra)| extra != 0) {
                Some((condition, extra)) => self.amount_unless(condition, due[lane], extra),
                None if due[lane] != 0 => self.constant(due[lane]),
                None => continue,
            };
            // One instruction, since load and store have the same address value.
            let offset = group.offset + 8 * lane as u32;
            let old = self.load_word(state, offset);
            let new = self.b.ins().iadd(old, amount);
            let flags = self.flags.state;
            self.b.ins().store(flags, new, state, offset as i32);
        }
    }

    /// `amount`, and `extra` more if `condition` is false.
    fn amount_unless(&mut self, condition: Value, amount: u64, extra: u64) -> Value {
        if amount == 0 && extra == 1 {
            let inverse = self.b.ins().icmp_imm_s(IntCC::Equal, condition, 0);
            self.b.ins().uextend(types::I64, inverse)
        } else {
            let less = self.constant(amount);
            let more = self.constant(amount.wrapping_add(extra));
            self.b.ins().select(condition, less, more)
        }
    }
}
