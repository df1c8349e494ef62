//! From instructions to [`Step`]s: registers and stack hold values, constants are computed.
//!
//! Rules of the unsafe code: only what some run of the function would execute is decoded.

use super::decode::{self, Alu, Condition, Insn, Place, Reg, STACK_POINTER, Shift, Source, decode};
use super::{Address, BinaryOp, Comparison, Fork, Known, MAX_INSNS, Part, STATE, Step, Value};

/// The registers of the first six arguments.
pub(super) const ARGUMENTS: [Reg; 6] = [7, 6, 2, 1, 8, 9];

/// What the flags were last set by; the operands are zero-extended.
#[derive(Debug, Clone, Copy)]
enum Flags {
    Unknown,
    /// A comparison, as by a subtraction.
    Compare(u8, Value, Value),
    /// A sum: of it and of the first summand.
    Sum(u8, Value, Value),
    /// A result, from which zero and sign follow.
    Result(u8, Value),
}

/// See the module's documentation.
#[derive(Clone)]
pub(super) struct Lifter {
    steps: Vec<Step>,
    /// For each step, whether it is an address in the plugin's state, and what it is at most.
    facts: Vec<(bool, u64)>,
    /// `None` is what the caller happened to have there.
    registers: [Option<Value>; 16],
    stack: Vec<Option<Value>>,
    flags: Flags,
}

/// The greatest value of so many bytes.
fn greatest(bytes: u8) -> u64 {
    u64::MAX >> (64 - 8 * u32::from(bytes))
}

pub(super) fn extended(bytes: u8, signed: bool, value: u64) -> u64 {
    let unused = 64 - 8 * u32::from(bytes);
    if signed {
        ((value << unused) as i64 >> unused) as u64
    } else {
        value << unused >> unused
    }
}

pub(super) fn computed(op: BinaryOp, a: u64, b: u64) -> u64 {
    match op {
        BinaryOp::Add => a.wrapping_add(b),
        BinaryOp::Sub => a.wrapping_sub(b),
        BinaryOp::And => a & b,
        BinaryOp::Or => a | b,
        BinaryOp::Xor => a ^ b,
        BinaryOp::Mul => a.wrapping_mul(b),
        BinaryOp::Shl => a << (b & 63),
        BinaryOp::Shr => a >> (b & 63),
        BinaryOp::Sar => (a as i64 >> (b & 63)) as u64,
    }
}

pub(super) fn holds(comparison: Comparison, a: u64, b: u64) -> bool {
    let (x, y) = (a as i64, b as i64);
    match comparison {
        Comparison::Equal => a == b,
        Comparison::NotEqual => a != b,
        Comparison::Below => a < b,
        Comparison::AboveOrEqual => a >= b,
        Comparison::BelowOrEqual => a <= b,
        Comparison::Above => a > b,
        Comparison::Less => x < y,
        Comparison::GreaterOrEqual => x >= y,
        Comparison::LessOrEqual => x <= y,
        Comparison::Greater => x > y,
    }
}

impl Lifter {
    pub(super) fn new(known: &Known) -> Lifter {
        let mut lifter = Lifter {
            steps: Vec::new(),
            facts: Vec::new(),
            registers: [None; 16],
            stack: Vec::new(),
            flags: Flags::Unknown,
        };
        for (number, (&register, known)) in (0..).zip(ARGUMENTS.iter().zip(known)) {
            let value = match *known {
                Some(constant) => lifter.constant(constant),
                None => lifter.push(Step::Argument(number), number == STATE, u64::MAX),
            };
            lifter.registers[usize::from(register)] = Some(value);
        }
        lifter
    }

    /// # Safety
    /// As for [`super::lift`].
    pub(super) unsafe fn run(self, function: usize) -> Option<Part> {
        let mut insns_left = MAX_INSNS;
        // SAFETY: the caller's promise.
        let mut body = unsafe { self.path(function as *const u8, &mut insns_left)? };
        body.steps.splice(0..0, self.steps);
        Some(body)
    }

    /// From an instruction on to the function's end, on all ways.
    ///
    /// # Safety
    /// `at` is in a function as for [`super::lift`], reached on the way lifted so far.
    unsafe fn path(&self, mut at: *const u8, insns_left: &mut usize) -> Option<Part> {
        let mut now = self.clone();
        let new_steps = |now: &Lifter| now.steps[self.steps.len()..].to_vec();
        loop {
            *insns_left = insns_left.checked_sub(1)?;
            // SAFETY: the function goes on here after all that came before.
            let insn = unsafe { decode(&mut at)? };
            match insn {
                Insn::Return => {
                    return now.stack.is_empty().then(|| Part {
                        steps: new_steps(&now),
                        fork: None,
                    });
                }
                Insn::Jump(by) => at = at.wrapping_offset(by as isize),
                Insn::Branch(condition, by) => {
                    let condition = now.condition(condition)?;
                    let target = at.wrapping_offset(by as isize);
                    match now.constant_of(condition) {
                        Some(0) => {}
                        Some(_) => at = target,
                        None => {
                            // SAFETY: the function goes on at either, as the condition has it.
                            let arms = unsafe {
                                [now.path(target, insns_left)?, now.path(at, insns_left)?]
                            };
                            return Some(Part {
                                steps: new_steps(&now),
                                fork: Some(Box::new(Fork { condition, arms })),
                            });
                        }
                    }
                }
                insn => now.step(insn)?,
            }
        }
    }

    fn push(&mut self, step: Step, in_state: bool, most: u64) -> Value {
        self.steps.push(step);
        self.facts.push((in_state, most));
        (self.steps.len() - 1) as Value
    }

    fn constant(&mut self, constant: u64) -> Value {
        self.push(Step::Constant(constant), false, constant)
    }

    fn constant_of(&self, value: Value) -> Option<u64> {
        match self.steps[usize::from(value)] {
            Step::Constant(constant) => Some(constant),
            _ => None,
        }
    }

    fn in_state(&self, value: Value) -> bool {
        self.facts[usize::from(value)].0
    }

    fn binary(&mut self, op: BinaryOp, a: Value, b: Value) -> Value {
        let (left, right) = (self.constant_of(a), self.constant_of(b));
        // What is masked away needs no extension before.
        if op == BinaryOp::And
            && let Some(mask) = right
            && let Step::Extend { bytes, value, .. } = self.steps[usize::from(a)]
            && mask <= greatest(bytes)
        {
            return self.binary(op, value, b);
        }
        if let (Some(left), Some(right)) = (left, right) {
            return self.constant(computed(op, left, right));
        }
        let in_state = match op {
            BinaryOp::Add => self.in_state(a) != self.in_state(b),
            BinaryOp::Sub => self.in_state(a) && !self.in_state(b),
            _ => false,
        };
        let [first, second] = [a, b].map(|value| self.facts[usize::from(value)].1);
        let most = match (op, right) {
            (BinaryOp::And, _) => first.min(second),
            (BinaryOp::Or | BinaryOp::Xor, _) => u64::MAX
                .checked_shr((first | second).leading_zeros())
                .unwrap_or(0),
            (BinaryOp::Shl, Some(count)) if first.leading_zeros() as u64 >= count & 63 => {
                first << (count & 63)
            }
            (BinaryOp::Shr, Some(count)) => first >> (count & 63),
            (BinaryOp::Shr, None) => first,
            _ => u64::MAX,
        };
        match (op, right) {
            (BinaryOp::Add | BinaryOp::Sub, Some(0)) => a,
            // The shift goes inside, where it may be done once for several calls.
            (BinaryOp::Shl, Some(count))
                if let Step::Binary(BinaryOp::And, value, mask) = self.steps[usize::from(a)]
                    && let Some(mask) = self.constant_of(mask) =>
            {
                let shifted = self.binary(BinaryOp::Shl, value, b);
                let mask = self.constant(computed(BinaryOp::Shl, mask, count));
                self.binary(BinaryOp::And, shifted, mask)
            }
            (BinaryOp::Sub, Some(amount)) => {
                let amount = self.constant(amount.wrapping_neg());
                self.push(Step::Binary(BinaryOp::Add, a, amount), in_state, most)
            }
            _ => self.push(Step::Binary(op, a, b), in_state, most),
        }
    }

    fn extend(&mut self, bytes: u8, signed: bool, value: Value) -> Value {
        if let Some(constant) = self.constant_of(value) {
            return self.constant(extended(bytes, signed, constant));
        }
        let kept = greatest(bytes) >> u32::from(signed);
        if bytes == 8 || self.facts[usize::from(value)].1 <= kept {
            return value;
        }
        let step = Step::Extend {
            bytes,
            signed,
            value,
        };
        let most = if signed { u64::MAX } else { greatest(bytes) };
        self.push(step, false, most)
    }

    fn compare(&mut self, comparison: Comparison, a: Value, b: Value) -> Value {
        match (self.constant_of(a), self.constant_of(b)) {
            (Some(a), Some(b)) => self.constant(holds(comparison, a, b).into()),
            _ => self.push(Step::Compare(comparison, a, b), false, 1),
        }
    }

    fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        match self.constant_of(condition) {
            Some(0) => b,
            Some(_) => a,
            None => {
                let [first, second] = [a, b].map(|value| self.facts[usize::from(value)]);
                let step = Step::Select(condition, a, b);
                self.push(step, first.0 && second.0, first.1.max(second.1))
            }
        }
    }

    fn register(&self, register: Reg) -> Option<Value> {
        self.registers[usize::from(register)]
    }

    fn address(&self, address: decode::Address) -> Option<Address> {
        let (mut base, mut index) = (address.base.map(|base| self.register(base)), None);
        if let Some((register, shift)) = address.index {
            index = Some((self.register(register)?, shift));
        }
        // The roles of two summands are the assembler's choice.
        if let (Some(Some(value)), Some((other, 0))) = (base, index)
            && self.in_state(other)
        {
            (base, index) = (Some(Some(other)), Some((value, 0)));
        }
        let (mut base, mut offset) = (base??, address.offset);
        if let Some((value, shift)) = index
            && let Some(constant) = self.constant_of(value)
            && let Ok(by) = i32::try_from((constant as i64) << shift)
            && let Some(sum) = offset.checked_add(by)
        {
            (index, offset) = (None, sum);
        }
        while let Step::Binary(BinaryOp::Add, value, amount) = self.steps[usize::from(base)]
            && let Some(amount) = self.constant_of(amount)
            && let Some(sum) = i32::try_from(amount as i64)
                .ok()
                .and_then(|amount| offset.checked_add(amount))
        {
            (base, offset) = (value, sum);
        }
        Some(Address {
            base,
            index,
            offset,
        })
    }

    /// Whether an address is in the plugin's state.
    fn is_own(&self, address: Address) -> bool {
        let index = address.index.is_some_and(|(index, _)| self.in_state(index));
        self.in_state(address.base) && !index
    }

    /// An operand, zero-extended.
    fn get(&mut self, bytes: u8, place: Place) -> Option<Value> {
        match place {
            Place::Reg(register) => {
                let value = self.register(register)?;
                Some(self.extend(bytes, false, value))
            }
            Place::Memory(address) => {
                let address = self.address(address)?;
                let step = Step::Load {
                    bytes,
                    address,
                    shared: !self.is_own(address),
                };
                Some(self.push(step, false, greatest(bytes)))
            }
        }
    }

    fn source(&mut self, bytes: u8, source: Source) -> Option<Value> {
        match source {
            Source::Place(place) => self.get(bytes, place),
            Source::Immediate(value) => Some(self.constant(extended(bytes, false, value as u64))),
        }
    }

    fn put(&mut self, bytes: u8, place: Place, value: Value) -> Option<()> {
        match place {
            Place::Reg(STACK_POINTER) => return None,
            Place::Reg(register) => {
                let mut value = self.extend(bytes, false, value);
                if bytes < 4 {
                    // What the caller left there makes no difference.
                    let old = match self.register(register) {
                        Some(old) => old,
                        None => self.constant(0),
                    };
                    let mask = self.constant(u64::MAX << (8 * bytes));
                    let rest = self.binary(BinaryOp::And, old, mask);
                    value = self.binary(BinaryOp::Or, rest, value);
                }
                self.registers[usize::from(register)] = Some(value);
            }
            Place::Memory(address) => {
                let address = self.address(address)?;
                if !self.is_own(address) {
                    return None;
                }
                let step = Step::Store {
                    bytes,
                    address,
                    value,
                };
                self.push(step, false, u64::MAX);
            }
        }
        Some(())
    }

    /// Moves the stack pointer.
    fn move_stack(&mut self, by: i64) -> Option<()> {
        if by % 8 != 0 {
            return None;
        }
        let depth = self.stack.len() as i64 - by / 8;
        (0..64).contains(&depth).then(|| {
            self.stack.resize(depth as usize, None);
            self.flags = Flags::Unknown;
        })
    }

    fn step(&mut self, insn: Insn) -> Option<()> {
        match insn {
            Insn::Nop => {}
            Insn::Lock | Insn::Return | Insn::Jump(_) | Insn::Branch(..) => return None,
            Insn::Push(register) => {
                let value = self.register(register);
                self.stack.push(value);
            }
            Insn::Pop(STACK_POINTER) => return None,
            Insn::Pop(register) => self.registers[usize::from(register)] = self.stack.pop()?,
            // Whatever is there, also if it is the caller's.
            Insn::Move {
                bytes: 8,
                to: Place::Reg(to),
                from: Source::Place(Place::Reg(from)),
            } if to != STACK_POINTER => {
                self.registers[usize::from(to)] = self.register(from);
            }
            Insn::Move { bytes, to, from } => {
                let value = self.source(bytes, from)?;
                self.put(bytes, to, value)?;
            }
            Insn::Extend {
                bytes,
                to,
                from_bytes,
                signed,
                from,
            } => {
                let value = self.get(from_bytes, from)?;
                let value = self.extend(from_bytes, signed, value);
                self.put(bytes, Place::Reg(to), value)?;
            }
            Insn::Lea { bytes, to, address } => {
                let value = self.sum_of(address)?;
                self.put(bytes, Place::Reg(to), value)?;
            }
            Insn::Alu {
                op,
                bytes: 8,
                to: Place::Reg(STACK_POINTER),
                from: Source::Immediate(value),
            } => match op {
                Alu::Add => self.move_stack(value)?,
                Alu::Sub => self.move_stack(-value)?,
                _ => return None,
            },
            // The idiom for 0, whatever was there.
            Insn::Alu {
                op: Alu::Xor,
                bytes: 4 | 8,
                to: Place::Reg(to),
                from: Source::Place(Place::Reg(from)),
            } if to == from => {
                let zero = self.constant(0);
                self.flags = Flags::Compare(4, zero, zero);
                self.put(8, Place::Reg(to), zero)?;
            }
            Insn::Alu {
                op,
                bytes,
                to,
                from,
            } => self.alu(op, bytes, to, from)?,
            Insn::Step { bytes, to, by } => {
                let old = self.get(bytes, to)?;
                let by = self.constant(by as u64);
                let sum = self.binary(BinaryOp::Add, old, by);
                let sum = self.extend(bytes, false, sum);
                self.put(bytes, to, sum)?;
                self.flags = Flags::Result(bytes, sum);
            }
            Insn::Not { bytes, to } => {
                let (old, ones) = (self.get(bytes, to)?, self.constant(u64::MAX));
                let value = self.binary(BinaryOp::Xor, old, ones);
                let value = self.extend(bytes, false, value);
                self.put(bytes, to, value)?;
            }
            Insn::Negate { bytes, to } => {
                let (old, zero) = (self.get(bytes, to)?, self.constant(0));
                let value = self.binary(BinaryOp::Sub, zero, old);
                let value = self.extend(bytes, false, value);
                self.put(bytes, to, value)?;
                self.flags = Flags::Compare(bytes, zero, old);
            }
            Insn::Multiply { bytes, to, a, b } => {
                let (a, b) = (self.get(bytes, a)?, self.source(bytes, b)?);
                let product = self.binary(BinaryOp::Mul, a, b);
                self.put(bytes, Place::Reg(to), product)?;
                self.flags = Flags::Unknown;
            }
            Insn::Shift {
                op,
                bytes,
                to,
                count,
            } => {
                let mut value = self.get(bytes, to)?;
                let op = match op {
                    Shift::RotateLeft | Shift::RotateRight => {
                        let Source::Immediate(count) = count else {
                            return None;
                        };
                        let left = op == Shift::RotateLeft;
                        let result = self.rotate(bytes, value, if left { count } else { -count });
                        self.flags = Flags::Unknown;
                        return self.put(bytes, to, result);
                    }
                    Shift::Left => BinaryOp::Shl,
                    Shift::Right => BinaryOp::Shr,
                    Shift::Arithmetic => {
                        value = self.extend(bytes, true, value);
                        BinaryOp::Sar
                    }
                };
                let count = self.source(1, count)?;
                let mask = self.constant(if bytes == 8 { 63 } else { 31 });
                let count = self.binary(BinaryOp::And, count, mask);
                let result = self.binary(op, value, count);
                let result = self.extend(bytes, false, result);
                self.put(bytes, to, result)?;
                self.flags = Flags::Unknown;
            }
            Insn::Set { to, condition } => {
                let value = self.condition(condition)?;
                self.put(1, to, value)?;
            }
            Insn::MoveIf {
                bytes,
                to,
                from,
                condition,
            } => {
                let condition = self.condition(condition)?;
                let (new, old) = (self.get(bytes, from)?, self.get(bytes, Place::Reg(to))?);
                let value = self.select(condition, new, old);
                self.put(bytes, Place::Reg(to), value)?;
            }
        }
        Some(())
    }

    /// Rotates left.
    fn rotate(&mut self, bytes: u8, value: Value, count: i64) -> Value {
        let bits = 8 * i64::from(bytes);
        let count = count.rem_euclid(bits);
        let [left, right] = [count, bits - count].map(|count| self.constant(count as u64));
        if count == 0 {
            return value;
        }
        let high = self.binary(BinaryOp::Shl, value, left);
        let low = self.binary(BinaryOp::Shr, value, right);
        let result = self.binary(BinaryOp::Or, high, low);
        self.extend(bytes, false, result)
    }

    /// What `lea` computes.
    fn sum_of(&mut self, address: decode::Address) -> Option<Value> {
        let mut sum = self.constant(address.offset as u64);
        if let Some((register, shift)) = address.index {
            let (mut index, shift) = (self.register(register)?, self.constant(shift.into()));
            if self.constant_of(shift) != Some(0) {
                index = self.binary(BinaryOp::Shl, index, shift);
            }
            sum = self.binary(BinaryOp::Add, index, sum);
        }
        if let Some(base) = address.base {
            sum = self.binary(BinaryOp::Add, self.register(base)?, sum);
        }
        Some(sum)
    }

    fn alu(&mut self, op: Alu, bytes: u8, to: Place, from: Source) -> Option<()> {
        let (a, mut b) = (self.get(bytes, to)?, self.source(bytes, from)?);
        let compute = match op {
            Alu::Add | Alu::Adc => BinaryOp::Add,
            Alu::Sub | Alu::Sbb | Alu::Cmp => BinaryOp::Sub,
            Alu::And | Alu::Test => BinaryOp::And,
            Alu::Or => BinaryOp::Or,
            Alu::Xor => BinaryOp::Xor,
        };
        if op == Alu::Cmp {
            self.flags = Flags::Compare(bytes, a, b);
            return Some(());
        }
        if let Alu::Adc | Alu::Sbb = op {
            let carry = self.condition(CARRY)?;
            b = self.binary(BinaryOp::Add, b, carry);
        }
        let result = self.binary(compute, a, b);
        let result = self.extend(bytes, false, result);
        self.flags = match op {
            Alu::Add => Flags::Sum(bytes, result, a),
            Alu::Adc | Alu::Sbb => Flags::Unknown,
            Alu::Sub => Flags::Compare(bytes, a, b),
            _ => {
                let zero = self.constant(0);
                Flags::Compare(bytes, result, zero)
            }
        };
        if op == Alu::Test {
            return Some(());
        }
        self.put(bytes, to, result)
    }

    /// 0 or 1, as a condition holds.
    fn condition(&mut self, condition: Condition) -> Option<Value> {
        use Comparison::{
            Above, AboveOrEqual, Below, BelowOrEqual, Equal, Greater, GreaterOrEqual, Less,
            LessOrEqual, NotEqual,
        };
        let of_zero = |condition| match condition {
            4 => Some(Equal),
            5 => Some(NotEqual),
            8 => Some(Less),
            9 => Some(GreaterOrEqual),
            _ => None,
        };
        let (comparison, bytes, a, b) = match (self.flags, condition) {
            (Flags::Compare(bytes, a, b), 2..=7 | 12..=15) => {
                let comparison = match condition {
                    2 => Below,
                    3 => AboveOrEqual,
                    4 => Equal,
                    5 => NotEqual,
                    6 => BelowOrEqual,
                    7 => Above,
                    12 => Less,
                    13 => GreaterOrEqual,
                    14 => LessOrEqual,
                    _ => Greater,
                };
                (comparison, bytes, a, b)
            }
            (Flags::Compare(bytes, a, b), _) => {
                let difference = self.binary(BinaryOp::Sub, a, b);
                (
                    of_zero(condition)?,
                    bytes,
                    self.extend(bytes, false, difference),
                    self.constant(0),
                )
            }
            (Flags::Sum(bytes, sum, a), CARRY) => (Below, bytes, sum, a),
            (Flags::Sum(bytes, sum, a), 3) => (AboveOrEqual, bytes, sum, a),
            (Flags::Sum(bytes, result, _) | Flags::Result(bytes, result), _) => {
                (of_zero(condition)?, bytes, result, self.constant(0))
            }
            (Flags::Unknown, _) => return None,
        };
        let signed = matches!(comparison, Less | GreaterOrEqual | LessOrEqual | Greater);
        let [a, b] = [a, b].map(|value| self.extend(bytes, signed, value));
        Some(self.compare(comparison, a, b))
    }
}

/// The condition that the carry is set.
const CARRY: Condition = 2;
