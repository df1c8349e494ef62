//! Disjunctions of two shifts that are rotations.
//!
//! Guests without an instruction that rotates do it by two shifts whose amounts add up to the width, modulo
//! the width, which is how amounts count. Those by constants are left to Cranelift.

use cranelift_codegen::ir::{InstBuilder, InstructionData, Opcode, Type, Value, types};

use super::Lowering;

/// Bits of a shift's amount that may count.
const AMOUNT_BITS: u32 = 8;

/// A value shifted.
#[derive(Clone, Copy)]
struct Shift {
    ty: Type,
    of: Value,
    amount: Value,
}

impl Lowering<'_, '_> {
    pub(super) fn or(&mut self, a: Value, b: Value) -> Value {
        let rotation = self.rotation(a, b).or_else(|| self.rotation(b, a));
        match rotation {
            Some(value) => value,
            None => self.b.ins().bor(a, b),
        }
    }

    /// `left | right`, if these are shifts of one value to the left and to the right, and one amount is
    /// computed from the other.
    fn rotation(&mut self, left: Value, right: Value) -> Option<Value> {
        let (l, r) = (
            self.shift(left, Opcode::Ishl)?,
            self.shift(right, Opcode::Ushr)?,
        );
        let bits = l.ty.bits();
        if l.ty != r.ty || self.low_part(l.of, bits) != self.low_part(r.of, bits) {
            return None;
        }
        let value = if self.is_rest(r.amount, l.amount, bits) {
            self.b.ins().rotl(l.of, l.amount)
        } else if self.is_rest(l.amount, r.amount, bits) {
            self.b.ins().rotr(l.of, r.amount)
        } else {
            return None;
        };
        Some(if l.ty == types::I64 {
            value
        } else {
            self.b.ins().sextend(types::I64, value)
        })
    }

    /// What `value` is, if it is a shift by `opcode`, on all bits or on words with the sign extended.
    fn shift(&self, value: Value, opcode: Opcode) -> Option<Shift> {
        let shifted = match *self.definition(value)? {
            InstructionData::Unary {
                opcode: Opcode::Sextend,
                arg,
            } if self.b.func.dfg.value_type(arg) == types::I32 => arg,
            _ => value,
        };
        match *self.definition(shifted)? {
            InstructionData::Binary {
                opcode: found,
                args: [of, amount],
            } if found == opcode => Some(Shift {
                ty: self.b.func.dfg.value_type(shifted),
                of,
                amount,
            }),
            _ => None,
        }
    }

    /// Whether `rest` is a multiple of the width, minus `amount`.
    fn is_rest(&self, rest: Value, amount: Value, bits: u32) -> bool {
        match self.definition(self.low_part(rest, AMOUNT_BITS)) {
            Some(&InstructionData::Binary {
                opcode: Opcode::Isub,
                args: [from, subtracted],
            }) => {
                let from = self.constant_of(self.low_part(from, AMOUNT_BITS));
                from.is_some_and(|from| from % i64::from(bits) == 0)
                    && self.low_part(subtracted, AMOUNT_BITS) == self.low_part(amount, AMOUNT_BITS)
            }
            _ => false,
        }
    }

    /// A value with the same low bits, before extensions and reductions that keep these.
    fn low_part(&self, value: Value, bits: u32) -> Value {
        let dfg = &self.b.func.dfg;
        let mut value = dfg.resolve_aliases(value);
        while let Some(&InstructionData::Unary {
            opcode: Opcode::Sextend | Opcode::Uextend | Opcode::Ireduce,
            arg,
        }) = self.definition(value)
        {
            if dfg.value_type(value).bits() < bits || dfg.value_type(arg).bits() < bits {
                break;
            }
            value = dfg.resolve_aliases(arg);
        }
        value
    }

    fn definition(&self, value: Value) -> Option<&InstructionData> {
        let dfg = &self.b.func.dfg;
        let inst = dfg.value_def(dfg.resolve_aliases(value)).inst()?;
        Some(&dfg.insts[inst])
    }
}
