//! Chains of shifts, masks and sums that the host has an instruction for: they count bits, reverse bytes, or
//! rotate.
//!
//! Guests without such instructions do it by a dozen of others. Each value in a node that is made of bits of
//! another is noted with the operation that made it; what ends a chain that is long enough is described as a
//! [`Form`], and if that is a known one, computed from the chain's beginning. What is between is then unused,
//! and Cranelift drops it.
//!
//! A mask may be in a register that is taken to hold what it held before ([`super::super::assumed`]): then the code compares the
//! register first, and computes the chain as it stands where it holds something else.

use std::rc::Rc;

use cranelift_codegen::ir::{InstBuilder, Value};
use rustc_hash::FxHashMap;

use super::super::bits::{Form, Move, WORD};
use super::super::flow::{CellSet, members, one};
use super::Lowering;
use crate::ir::{Op, Opcode, Var};

/// How many operations in a row are worth looking at, since they may be replaced by one or two.
const MIN_DEPTH: u32 = 3;
/// The same, of those that count bits.
const MIN_COUNT_DEPTH: u32 = 5;
/// The same, if it is to be found out first whether slots hold what they are taken to.
const MIN_ASSUMING_DEPTH: u32 = 6;
/// How many bits are worth counting.
const MIN_COUNTED: u32 = 4;
/// How many values are kept that others may be moved from.
const MAX_MOVED: usize = 8;

/// An operation on one value and constants.
#[derive(Clone, Copy)]
enum Unary {
    Shl(u32),
    Shr(u32),
    And(u64),
    Mul(u64),
    ShlW(u32),
    ShrW(u32),
    MulW(u64),
    SignExtend,
    ZeroExtend(u32),
    RotateLeft(u32),
    SwapBytes,
}

/// An operation on two values.
#[derive(Clone, Copy)]
enum Binary {
    Add,
    Sub,
    Or,
    Xor,
    AddW,
    SubW,
}

impl Unary {
    fn apply(self, form: &Form) -> Option<Form> {
        Some(match self {
            Unary::Shl(by) => form.shl(by),
            Unary::Shr(by) => form.shr(by)?,
            Unary::And(mask) => form.and(mask)?,
            Unary::Mul(by) => form.mul(by),
            Unary::ShlW(by) => form.shl(by).sign_extended(),
            Unary::ShrW(by) => form.zero_extended(WORD)?.shr(by)?.sign_extended(),
            Unary::MulW(by) => form.mul(by).sign_extended(),
            Unary::SignExtend => form.sign_extended(),
            Unary::ZeroExtend(bits) => form.zero_extended(bits)?,
            Unary::RotateLeft(by) => form.permuted(|bits| bits.rotate_left(by))?,
            Unary::SwapBytes => form.permuted(u64::swap_bytes)?,
        })
    }
}

impl Binary {
    fn apply(self, a: &Form, b: &Form) -> Option<Form> {
        Some(match self {
            Binary::Add => a.add(b),
            Binary::Sub => a.sub(b),
            Binary::Or => a.or(b)?,
            Binary::Xor => a.xor(b)?,
            Binary::AddW => a.add(b).sign_extended(),
            Binary::SubW => a.sub(b).sign_extended(),
        })
    }
}

#[derive(Clone, Copy)]
enum Operation {
    /// Its constant may be what these slots are taken to hold.
    Unary(Unary, Value, CellSet),
    Binary(Binary, Value, Value),
}

/// What is known of how a value is made.
#[derive(Clone)]
enum Known {
    /// Only that; its source and depth are guesses.
    Operation(Operation),
    Form(Rc<Form>),
}

/// A value that is not its own source.
#[derive(Clone)]
struct Link {
    known: Known,
    source: Value,
    /// The longest way of operations from there.
    depth: u32,
    /// The slots that have to hold what they are taken to.
    assumes: CellSet,
}

/// A value's form.
#[derive(Clone)]
struct Described {
    form: Rc<Form>,
    source: Value,
    depth: u32,
    assumes: CellSet,
}

/// The chains of a node.
#[derive(Default)]
pub(super) struct Chains {
    links: FxHashMap<Value, Link>,
    /// Values with all bits of their source, or of its low word, in another order.
    moved: Vec<Value>,
}

impl Chains {
    pub(super) fn clear(&mut self) {
        self.links.clear();
        self.moved.clear();
    }

    fn source(&self, value: Value) -> (Value, u32) {
        let link = self.links.get(&value);
        link.map_or((value, 0), |link| (link.source, link.depth))
    }

    /// Notes how `value` is made. Returns how long the chain seems to be that it ends.
    fn note(&mut self, value: Value, operation: Operation) -> u32 {
        let (source, depth) = match operation {
            Operation::Unary(_, a, _) => self.source(a),
            Operation::Binary(_, a, b) => {
                let ((a_source, a_depth), (b_source, b_depth)) = (self.source(a), self.source(b));
                if a_source == b_source {
                    (a_source, a_depth.max(b_depth))
                } else if a == b_source {
                    (a, b_depth)
                } else if b == a_source {
                    (b, a_depth)
                } else {
                    return 0;
                }
            }
        };
        let link = Link {
            known: Known::Operation(operation),
            source,
            depth: depth + 1,
            assumes: 0,
        };
        self.links.insert(value, link);
        depth + 1
    }

    /// As its own source.
    fn itself(value: Value) -> Described {
        Described {
            form: Rc::new(Form::identity()),
            source: value,
            depth: 0,
            assumes: 0,
        }
    }

    fn describe(&mut self, value: Value) -> Described {
        let Some(link) = self.links.get(&value) else {
            return Chains::itself(value);
        };
        let operation = match &link.known {
            Known::Operation(operation) => *operation,
            Known::Form(form) => {
                return Described {
                    form: form.clone(),
                    source: link.source,
                    depth: link.depth,
                    assumes: link.assumes,
                };
            }
        };
        match self.result(operation) {
            Some(described) => {
                self.set(value, described.clone());
                described
            }
            None => {
                self.links.remove(&value);
                Chains::itself(value)
            }
        }
    }

    fn set(&mut self, value: Value, described: Described) {
        let link = Link {
            known: Known::Form(described.form),
            source: described.source,
            depth: described.depth,
            assumes: described.assumes,
        };
        self.links.insert(value, link);
    }

    fn result(&mut self, operation: Operation) -> Option<Described> {
        let (form, of, assumes) = match operation {
            Operation::Unary(unary, a, assumes) => {
                let of = self.describe(a);
                match unary.apply(&of.form) {
                    Some(form) => (form, of, assumes),
                    None => {
                        let of = Chains::itself(a);
                        (unary.apply(&of.form)?, of, assumes)
                    }
                }
            }
            Operation::Binary(binary, a, b) => {
                let (mut left, mut right) = (self.describe(a), self.describe(b));
                if left.source != right.source {
                    if right.source == a {
                        left = Chains::itself(a);
                    } else if left.source == b {
                        right = Chains::itself(b);
                    } else {
                        return None;
                    }
                }
                let form = binary.apply(&left.form, &right.form)?;
                left.depth = left.depth.max(right.depth);
                (form, left, right.assumes)
            }
        };
        Some(Described {
            form: Rc::new(form),
            source: of.source,
            depth: of.depth + 1,
            assumes: of.assumes | assumes,
        })
    }
}

/// How many operations are worth replacing, if that assumes so much, and so many were else.
fn least_depth(assumes: CellSet, least: u32) -> u32 {
    match assumes {
        0 => least,
        _ => MIN_ASSUMING_DEPTH,
    }
}

/// Whether the result of the operation is looked at: what counts or moves bits ends with none of the others.
fn ends_chain(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::Unary(
            Unary::Shl(_) | Unary::ShlW(_) | Unary::Mul(_) | Unary::MulW(_),
            ..
        ) | Operation::Binary(Binary::Sub | Binary::SubW, ..)
    )
}

impl Lowering<'_, '_> {
    /// `value`, which `op` has made of `a` and `b`, or the same in another way, if that is a better one.
    pub(super) fn of_bits(
        &mut self,
        op: &Op,
        (a, b): (Value, Option<Value>),
        value: Value,
    ) -> Value {
        let constants = (self.constant_of(a), b.and_then(|b| self.constant_of(b)));
        if let (Some(a), Some(b)) = constants {
            return match folded(op.code, a as u64, b as u64) {
                Some(folded) => self.constant(folded),
                None => value,
            };
        }
        let operation = match constants {
            (None, None) => self.masked(op, (a, b)),
            _ => None,
        };
        let Some(operation) = operation.or_else(|| operation_of(op.code, (a, b), constants)) else {
            return value;
        };
        if self.chains.note(value, operation) < MIN_DEPTH {
            return value;
        }
        let described = self.chains.describe(value);
        if described.depth < MIN_DEPTH || !ends_chain(operation) {
            return value;
        }
        let better = self.count(&described);
        let Some(better) = better.or_else(|| self.moved(&described, value)) else {
            return value;
        };
        if described.assumes == 0 {
            return better;
        }
        let better = self.if_assumed(described.assumes, better, value);
        self.chains.set(better, described);
        better
    }

    /// An operation by a register that is taken to hold what it held, if a constant one would be part of chains.
    fn masked(&self, op: &Op, (a, b): (Value, Option<Value>)) -> Option<Operation> {
        let unary: fn(u64) -> Unary = match op.code {
            Opcode::And => Unary::And,
            Opcode::Mul => Unary::Mul,
            Opcode::MulW => Unary::MulW,
            _ => return None,
        };
        let assumed = |var: Var| {
            Some((
                self.input.assumed.value(var)?,
                self.input.rules.cells.of(var)?,
            ))
        };
        let (of, (constant, slot)) = match (assumed(op.a), assumed(op.b)) {
            (_, Some(assumed)) => (a, assumed),
            (Some(assumed), None) => (b?, assumed),
            (None, None) => return None,
        };
        Some(Operation::Unary(unary(constant), of, one(slot)))
    }

    /// `better` where the slots hold what they are taken to, else `value`.
    fn if_assumed(&mut self, slots: CellSet, better: Value, value: Value) -> Value {
        let mut differing = None;
        for slot in members(slots) {
            let var = Var(slot as u16);
            let Some(assumed) = self.input.assumed.value(var) else {
                return value;
            };
            let (held, assumed) = (self.int(var, 0), self.constant(assumed));
            let difference = self.b.ins().bxor(held, assumed);
            differing = Some(match differing {
                Some(before) => self.b.ins().bor(before, difference),
                None => difference,
            });
        }
        match differing {
            Some(differing) => self.unless(differing, better, |_| value),
            None => better,
        }
    }

    /// The value, if it is a number of bits.
    fn count(&mut self, described: &Described) -> Option<Value> {
        let least = least_depth(described.assumes, MIN_COUNT_DEPTH);
        if !self.input.has_popcnt || described.depth < least {
            return None;
        }
        let (counted, by) = described.form.count()?;
        if counted.count_ones() < MIN_COUNTED {
            return None;
        }
        let bits = match counted {
            u64::MAX => described.source,
            counted => {
                let mask = self.constant(counted);
                self.b.ins().band(described.source, mask)
            }
        };
        let count = self.b.ins().popcnt(bits);
        Some(match by {
            0 => count,
            by => self.b.ins().ishl_imm_s(count, i64::from(by)),
        })
    }

    /// The value, made of its source or of one that was made of that before.
    fn moved(&mut self, described: &Described, value: Value) -> Option<Value> {
        let Described {
            form,
            source,
            depth,
            assumes,
        } = described;
        let coefficients = form.coefficients().filter(|_| form.is_disjoint())?;
        let least = least_depth(*assumes, MIN_DEPTH);
        let itself = Chains::itself(*source);
        let step = form.moved_from(&itself.form);
        let step = step.filter(|_| *depth >= least);
        let mut found = step.map(|step| (step, *source, 0));
        // The first ones save most.
        for &from in &self.chains.moved {
            let Some(link) = self.chains.links.get(&from) else {
                continue;
            };
            if found.is_none()
                && link.source == *source
                && link.depth + least <= *depth
                && link.assumes & !assumes == 0
                && let Known::Form(of) = &link.known
            {
                found = form.moved_from(of).map(|step| (step, from, link.depth));
            }
        }
        let Some((step, from, from_depth)) = found else {
            if coefficients[..WORD as usize].iter().all(|&bits| bits != 0) {
                if self.chains.moved.len() == MAX_MOVED {
                    self.chains.moved.remove(0);
                }
                self.chains.moved.push(value);
            }
            return None;
        };
        let moved = match step {
            Move::Rotate(0) => from,
            Move::Rotate(by) => self.b.ins().rotl_imm_s(from, i64::from(by)),
            Move::Swap { by, signed } => {
                let swapped = self.b.ins().bswap(from);
                match (by, signed) {
                    (0, _) => swapped,
                    (by, false) => self.b.ins().ushr_imm_s(swapped, i64::from(by)),
                    (by, true) => self.b.ins().sshr_imm_s(swapped, i64::from(by)),
                }
            }
        };
        if *assumes == 0 && moved != from {
            let described = Described {
                depth: from_depth + 1,
                ..described.clone()
            };
            self.chains.set(moved, described);
        }
        Some(moved)
    }
}

/// What to note of an operation that makes something of a value's bits.
fn operation_of(
    code: Opcode,
    (a, b): (Value, Option<Value>),
    constants: (Option<i64>, Option<i64>),
) -> Option<Operation> {
    let unary = match code {
        Opcode::Sext32 => Unary::SignExtend,
        Opcode::Zext32 => Unary::ZeroExtend(WORD),
        Opcode::Zext16 => Unary::ZeroExtend(16),
        Opcode::Zext8 => Unary::ZeroExtend(8),
        Opcode::Bswap => Unary::SwapBytes,
        _ => {
            let b = b?;
            let (a, constant) = match constants {
                (None, None) => {
                    let binary = match code {
                        Opcode::Add => Binary::Add,
                        Opcode::Sub => Binary::Sub,
                        Opcode::Or => Binary::Or,
                        Opcode::Xor => Binary::Xor,
                        Opcode::AddW => Binary::AddW,
                        Opcode::SubW => Binary::SubW,
                        _ => return None,
                    };
                    return Some(Operation::Binary(binary, a, b));
                }
                (_, Some(constant)) => (a, constant as u64),
                (Some(constant), None) => match code {
                    Opcode::And | Opcode::Mul | Opcode::MulW => (b, constant as u64),
                    _ => return None,
                },
            };
            let (by, by_w) = (constant as u32 % 64, constant as u32 % 32);
            let unary = match code {
                Opcode::Shl => Unary::Shl(by),
                Opcode::ShrU => Unary::Shr(by),
                Opcode::ShlW => Unary::ShlW(by_w),
                Opcode::ShrUW => Unary::ShrW(by_w),
                Opcode::And => Unary::And(constant),
                Opcode::Mul => Unary::Mul(constant),
                Opcode::MulW => Unary::MulW(constant),
                Opcode::RotL => Unary::RotateLeft(by),
                Opcode::RotR => Unary::RotateLeft((64 - by) % 64),
                // Of words, 0 is how they are extended.
                Opcode::AddW | Opcode::SubW if constant == 0 => Unary::SignExtend,
                _ => return None,
            };
            return Some(Operation::Unary(unary, a, 0));
        }
    };
    Some(Operation::Unary(unary, a, 0))
}

/// What makes constants that are too large for one instruction of the guest's.
fn folded(code: Opcode, a: u64, b: u64) -> Option<u64> {
    Some(match code {
        Opcode::Add => a.wrapping_add(b),
        Opcode::Sub => a.wrapping_sub(b),
        Opcode::AddW => a.wrapping_add(b) as i32 as u64,
        Opcode::And => a & b,
        Opcode::Or => a | b,
        Opcode::Xor => a ^ b,
        Opcode::Shl => a.wrapping_shl(b as u32),
        Opcode::ShrU => a.wrapping_shr(b as u32),
        _ => return None,
    })
}
