//! What small functions do, in place of calls of them ([`crate::backend::leaf`]).
//!
//! Words of the plugin's state that have a cell are read and written there. Other accesses to the
//! state are made in memory; [`super::Rules::touch`] has stored the cells that they may be to. Functions that
//! fork access all of it in memory, so that nothing differs behind them but that.
//!
//! Two words beside each other that are stored one after the other, as those of a record are, are one vector: the host makes
//! about one store in a cycle, whatever its size. But for words at one place of the state: they are read again soon, and what
//! was in a vector would come late.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    InstBuilder, InstructionData, MemFlagsData, Opcode, Type, Value, types,
};

use super::Lowering;
use crate::backend::leaf::{self, BinaryOp, Comparison, Leaf, Part, Step};
use crate::ir::{Op, ProbeCall, Var};

/// A store of eight bytes that has not been made yet.
#[derive(Clone, Copy)]
struct WordStore {
    address: leaf::Address,
    /// The same.
    place: (Value, i32),
    value: Value,
}

impl WordStore {
    /// Whether `next` is the word behind.
    fn is_before(&self, next: &WordStore) -> bool {
        self.address.base == next.address.base
            && self.address.index == next.address.index
            && self.address.offset.checked_add(8) == Some(next.address.offset)
    }
}

impl Lowering<'_, '_> {
    /// What a call's function does, in its place.
    pub(super) fn leaf(&mut self, leaf: &Leaf, call: &ProbeCall, op: &Op) {
        let state = match self.node_state {
            Some(state) => state,
            None => self.state(),
        };
        self.node_state = Some(state);
        self.leaf_part((leaf, call, op), &leaf.body, state, &mut Vec::new());
    }

    /// `values` are those of the parts before this one.
    fn leaf_part(
        &mut self,
        at: (&Leaf, &ProbeCall, &Op),
        part: &Part,
        state: Value,
        values: &mut Vec<Value>,
    ) {
        let (leaf, call, op) = at;
        let mut waiting = None;
        for step in &part.steps {
            let of = |value: leaf::Value| values[usize::from(value)];
            let value = match *step {
                Step::Argument(leaf::STATE) => {
                    self.b.ins().iadd_imm_s(state, i64::from(call.state_offset))
                }
                Step::Argument(leaf::ADDRESS) => self.int(op.a, op.imm),
                // The last one left; the others are known.
                Step::Argument(_) => self.int(op.b, op.imm),
                Step::Constant(constant) => self.constant(constant),
                Step::Binary(BinaryOp::Shl, a, b) if leaf.body.fork.is_none() => {
                    self.leaf_shift(of(a), of(b))
                }
                Step::Binary(operation, a, b) => self.leaf_binary(operation, of(a), of(b)),
                Step::Extend {
                    bytes,
                    signed,
                    value,
                } => {
                    let narrow = self.b.ins().ireduce(int_of(bytes), of(value));
                    match signed {
                        true => self.b.ins().sextend(types::I64, narrow),
                        false => self.b.ins().uextend(types::I64, narrow),
                    }
                }
                Step::Compare(comparison, a, b) => {
                    let holds = self.b.ins().icmp(condition(comparison), of(a), of(b));
                    self.b.ins().uextend(types::I64, holds)
                }
                Step::Select(condition, a, b) => self.b.ins().select(of(condition), of(a), of(b)),
                Step::Load {
                    bytes,
                    address,
                    shared,
                } => match self.leaf_cell(leaf, bytes, address, call) {
                    Some(cell) => self.cell_value(cell),
                    None => {
                        self.store_word(waiting.take());
                        let (base, offset) = self.leaf_address(state, address, call, values);
                        self.leaf_load(bytes, base, offset, shared)
                    }
                },
                Step::Store {
                    bytes,
                    address,
                    value,
                } => {
                    let value = of(value);
                    if let Some(cell) = self.leaf_cell(leaf, bytes, address, call) {
                        self.set_int(Var(cell as u16), value);
                        values.push(value);
                        continue;
                    }
                    let place = self.leaf_address(state, address, call, values);
                    if bytes == 8 && !leaf::is_fixed(address) {
                        let store = WordStore {
                            address,
                            place,
                            value,
                        };
                        waiting = self.store_beside(waiting, store);
                    } else {
                        self.store_word(waiting.take());
                        let ((base, offset), flags) = (place, self.flags.state);
                        match bytes {
                            1 => self.b.ins().istore8(flags, value, base, offset),
                            2 => self.b.ins().istore16(flags, value, base, offset),
                            4 => self.b.ins().istore32(flags, value, base, offset),
                            _ => self.b.ins().store(flags, value, base, offset),
                        };
                    }
                    // It has no value; nobody asks for it.
                    value
                }
            };
            values.push(value);
        }
        self.store_word(waiting);
        let Some(fork) = &part.fork else {
            return;
        };
        let join = self.b.create_block();
        let blocks = [0, 1].map(|arm| match fork.arms[arm].all_steps()[..] {
            [] => join,
            _ => self.b.create_block(),
        });
        let condition = values[usize::from(fork.condition)];
        self.b.ins().brif(condition, blocks[0], &[], blocks[1], &[]);
        for (arm, block) in fork.arms.iter().zip(blocks) {
            if block != join {
                self.enter_block(block);
                let before = values.len();
                self.leaf_part(at, arm, state, values);
                values.truncate(before);
                self.b.ins().jump(join, &[]);
            }
        }
        self.enter_block(join);
    }

    /// Makes a store together with the one that waits, if they are beside each other; else that alone. What waits then.
    fn store_beside(&mut self, waiting: Option<WordStore>, store: WordStore) -> Option<WordStore> {
        let ordered = match waiting {
            Some(first) if first.is_before(&store) => Some((first, store)),
            Some(second) if store.is_before(&second) => Some((store, second)),
            _ => None,
        };
        match ordered {
            Some((low, high)) if self.input.has_sse41 => {
                let pair = self.pair(low.value, high.value);
                let (base, offset) = low.place;
                // The words may be aligned as such alone.
                let flags = MemFlagsData::new()
                    .with_notrap()
                    .with_alias_region(self.flags.state.alias_region());
                self.b.ins().store(flags, pair, base, offset);
                None
            }
            _ => {
                self.store_word(waiting);
                Some(store)
            }
        }
    }

    fn store_word(&mut self, store: Option<WordStore>) {
        if let Some(store) = store {
            let (base, offset) = store.place;
            let flags = self.flags.state;
            self.b.ins().store(flags, store.value, base, offset);
        }
    }

    /// A vector of two words. A constant one comes from memory.
    fn pair(&mut self, low: Value, high: Value) -> Value {
        let constants = [low, high].map(|word| self.constant_of(word));
        let bytes = [constants[0].unwrap_or(0), constants[1].unwrap_or(0)]
            .map(i64::to_le_bytes)
            .concat();
        let known = self.b.func.dfg.constants.insert(bytes.into());
        match constants {
            [Some(_), Some(_)] => self.b.ins().vconst(types::I64X2, known),
            [Some(_), None] => {
                let low = self.b.ins().vconst(types::I64X2, known);
                self.b.ins().insertlane(low, high, 1)
            }
            [None, Some(_)] => {
                let low = self.b.ins().scalar_to_vector(types::I64X2, low);
                let high = self.b.ins().vconst(types::I64X2, known);
                self.b.ins().bor(low, high)
            }
            [None, None] => {
                let low = self.b.ins().scalar_to_vector(types::I64X2, low);
                self.b.ins().insertlane(low, high, 1)
            }
        }
    }

    /// The cell that an access is to, if it is to one.
    fn leaf_cell(
        &self,
        leaf: &Leaf,
        bytes: u8,
        address: leaf::Address,
        call: &ProbeCall,
    ) -> Option<usize> {
        let word = leaf.word(bytes, address)?;
        let offset = call.state_offset.checked_add_signed(word)?;
        self.input.rules.cells.of_word(offset)
    }

    fn leaf_binary(&mut self, operation: BinaryOp, a: Value, b: Value) -> Value {
        let ins = self.b.ins();
        match operation {
            BinaryOp::Add => ins.iadd(a, b),
            BinaryOp::Sub => ins.isub(a, b),
            BinaryOp::And => ins.band(a, b),
            BinaryOp::Or => ins.bor(a, b),
            BinaryOp::Xor => ins.bxor(a, b),
            BinaryOp::Mul => ins.imul(a, b),
            BinaryOp::Shl => ins.ishl(a, b),
            BinaryOp::Shr => ins.ushr(a, b),
            BinaryOp::Sar => ins.sshr(a, b),
        }
    }

    /// Shifts left. A sum is shifted by adding a constant to its shifted summand, so that of what
    /// calls one after the other do with a cursor, one shift is left.
    fn leaf_shift(&mut self, value: Value, count: Value) -> Value {
        let Some(bits) = self.constant_of(count) else {
            return self.b.ins().ishl(value, count);
        };
        if let Some(&shifted) = self.shifted.get(&(value, bits)) {
            return shifted;
        }
        let shifted = match self.sum_of(value) {
            Some((summand, amount)) => {
                let shifted = self.leaf_shift(summand, count);
                self.b.ins().iadd_imm_s(shifted, amount << (bits & 63))
            }
            None => self.b.ins().ishl(value, count),
        };
        self.shifted.insert((value, bits), shifted);
        shifted
    }

    /// A value and a constant, of which `value` is the sum.
    fn sum_of(&self, value: Value) -> Option<(Value, i64)> {
        let dfg = &self.b.func.dfg;
        let inst = dfg.value_def(value).inst()?;
        match dfg.insts[inst] {
            InstructionData::Binary {
                opcode: Opcode::Iadd,
                args: [summand, amount],
            } => Some((summand, self.constant_of(amount)?)),
            _ => None,
        }
    }

    fn leaf_address(
        &mut self,
        state: Value,
        address: leaf::Address,
        call: &ProbeCall,
        values: &[Value],
    ) -> (Value, i32) {
        let in_area = i32::try_from(call.state_offset)
            .ok()
            .and_then(|start| start.checked_add(address.offset));
        let (mut base, offset) = match in_area {
            Some(offset) if leaf::is_state(address.base) => (state, offset),
            _ => (values[usize::from(address.base)], address.offset),
        };
        if let Some((index, shift)) = address.index {
            let index = values[usize::from(index)];
            let index = self.b.ins().ishl_imm_u(index, i64::from(shift));
            base = self.b.ins().iadd(base, index);
        }
        (base, offset)
    }

    fn leaf_load(&mut self, bytes: u8, base: Value, offset: i32, shared: bool) -> Value {
        if shared {
            // Made each time, and in order: others may write there.
            let address = self.b.ins().iadd_imm_s(base, i64::from(offset));
            let ty = int_of(bytes);
            let flags = MemFlagsData::trusted();
            let value = self.b.ins().atomic_load(ty, flags, address);
            return match bytes {
                8 => value,
                _ => self.b.ins().uextend(types::I64, value),
            };
        }
        let flags = self.flags.state;
        match bytes {
            1 => self.b.ins().uload8(types::I64, flags, base, offset),
            2 => self.b.ins().uload16(types::I64, flags, base, offset),
            4 => self.b.ins().uload32(flags, base, offset),
            _ => self.b.ins().load(types::I64, flags, base, offset),
        }
    }
}

/// The type of so many bytes.
fn int_of(bytes: u8) -> Type {
    match bytes {
        1 => types::I8,
        2 => types::I16,
        4 => types::I32,
        _ => types::I64,
    }
}

fn condition(comparison: Comparison) -> IntCC {
    match comparison {
        Comparison::Equal => IntCC::Equal,
        Comparison::NotEqual => IntCC::NotEqual,
        Comparison::Below => IntCC::UnsignedLessThan,
        Comparison::AboveOrEqual => IntCC::UnsignedGreaterThanOrEqual,
        Comparison::BelowOrEqual => IntCC::UnsignedLessThanOrEqual,
        Comparison::Above => IntCC::UnsignedGreaterThan,
        Comparison::Less => IntCC::SignedLessThan,
        Comparison::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
        Comparison::LessOrEqual => IntCC::SignedLessThanOrEqual,
        Comparison::Greater => IntCC::SignedGreaterThan,
    }
}
