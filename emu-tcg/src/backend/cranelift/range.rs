//! Which guest addresses are known to be near user space, so that an access needs no check.
//!
//! A forward pass over a region keeps an interval for each variable, as a signed number. Two
//! sources: operations with bounded results, and accesses: one that succeeded had its address
//! in user space, and says so for the variables that the address was computed from. An address
//! that can lie outside by no more than the guards around guest memory faults on its own.
//!
//! Invariant: [`Ranges::step`] is called exactly once for each operation, after
//! [`Ranges::is_near`] was asked about it.

use super::flow::Rules;
use super::region::Region;
use crate::ir::{MemExt, MemOp, Op, Opcode, Size, Var};
use crate::memory::{ADDRESS_BITS, GUARD_BYTES};
use crate::state::{SLOT_CAPACITY, TEMP_CAPACITY};

/// Addresses of user space are below.
const SPACE: i64 = 1 << ADDRESS_BITS;
/// How far outside an access may start: half of the guard leaves room for its size and for accesses
/// that are made in another order.
const SLACK: i64 = (GUARD_BYTES / 2) as i64;

/// All values from `low` to `high`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    low: i64,
    high: i64,
}

const ANY: Range = Range {
    low: i64::MIN,
    high: i64::MAX,
};

/// The values of sign-extended words.
const WORD: Range = Range {
    low: i32::MIN as i64,
    high: i32::MAX as i64,
};
const I16: Range = Range {
    low: i16::MIN as i64,
    high: i16::MAX as i64,
};
const I8: Range = Range {
    low: i8::MIN as i64,
    high: i8::MAX as i64,
};

impl Range {
    fn exactly(value: i64) -> Range {
        Range {
            low: value,
            high: value,
        }
    }

    fn up_to(high: u64) -> Range {
        i64::try_from(high).map_or(ANY, |high| Range { low: 0, high })
    }

    /// The sums, unless they can wrap.
    fn plus(self, other: Range) -> Range {
        match (
            self.low.checked_add(other.low),
            self.high.checked_add(other.high),
        ) {
            (Some(low), Some(high)) => Range { low, high },
            _ => ANY,
        }
    }

    fn negated(self) -> Range {
        match (self.high.checked_neg(), self.low.checked_neg()) {
            (Some(low), Some(high)) => Range { low, high },
            _ => ANY,
        }
    }

    fn meet(self, other: Range) -> Range {
        let met = Range {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        };
        // Contradictory facts hold on paths that are not taken.
        if met.low <= met.high { met } else { self }
    }

    fn join(self, other: Range) -> Range {
        Range {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    fn is_within(self, outer: Range) -> bool {
        outer.low <= self.low && self.high <= outer.high
    }
}

/// `var` was the sum of these, and each is still unchanged if its version is.
#[derive(Debug, Clone, Copy)]
struct Sum {
    var: Var,
    version: u32,
    /// Range of the other summand.
    other: Range,
}

/// What is known at a point of a region.
#[derive(Debug, Clone)]
pub(super) struct Ranges {
    slots: Vec<Range>,
    temps: Vec<Range>,
    versions: Vec<u32>,
    sums: Vec<(Var, u32, [Option<Sum>; 2])>,
    version: u32,
}

impl PartialEq for Ranges {
    fn eq(&self, other: &Ranges) -> bool {
        self.slots == other.slots
    }
}

impl Ranges {
    /// Nothing is known.
    pub(super) fn unknown() -> Ranges {
        Ranges {
            slots: vec![ANY; SLOT_CAPACITY],
            temps: Vec::new(),
            versions: Vec::new(),
            sums: Vec::new(),
            version: 0,
        }
    }

    fn get(&self, var: Var) -> Range {
        match (var.as_slot(), var.as_temp()) {
            (Some(slot), _) => self.slots[usize::from(slot)],
            (_, Some(temp)) => self.temps.get(usize::from(temp)).copied().unwrap_or(ANY),
            _ => ANY,
        }
    }

    fn operand(&self, op: &Op, var: Var) -> Range {
        if var == Var::IMM {
            Range::exactly(op.imm)
        } else {
            self.get(var)
        }
    }

    fn refine(&mut self, var: Var, range: Range) {
        if let Some(slot) = var.as_slot() {
            self.slots[usize::from(slot)] = range;
        } else if let Some(temp) = var.as_temp() {
            if self.temps.is_empty() {
                self.temps = vec![ANY; TEMP_CAPACITY];
            }
            self.temps[usize::from(temp)] = range;
        }
    }

    fn version(&self, var: Var) -> u32 {
        self.versions.get(usize::from(var.0)).copied().unwrap_or(0)
    }

    fn write(&mut self, var: Var, range: Range) {
        if var == Var::NONE || var == Var::IMM {
            return;
        }
        self.refine(var, range);
        if self.versions.is_empty() {
            self.versions = vec![0; SLOT_CAPACITY + TEMP_CAPACITY];
        }
        self.version += 1;
        self.versions[usize::from(var.0)] = self.version;
    }

    /// Forgets what holds within a block only.
    fn at_block_end(mut self) -> Ranges {
        self.temps = Vec::new();
        self.versions = Vec::new();
        self.sums = Vec::new();
        self.version = 0;
        self
    }

    /// Whether an access at `var + imm` stays within the guards.
    pub(super) fn is_near(&self, var: Var, imm: i64) -> bool {
        let near = Range {
            low: -SLACK,
            high: SPACE + SLACK,
        };
        self.get(var).plus(Range::exactly(imm)).is_within(near)
    }

    /// An access at `var + imm` succeeded.
    fn accessed(&mut self, var: Var, imm: i64) {
        let valid = Range {
            low: 0,
            high: SPACE - 1,
        }
        .plus(Range::exactly(imm).negated());
        self.refine(var, self.get(var).meet(valid));
        let version = self.version(var);
        let Some(&(_, _, summands)) = self
            .sums
            .iter()
            .find(|sum| sum.0 == var && sum.1 == version)
        else {
            return;
        };
        for summand in summands.into_iter().flatten() {
            if self.version(summand.var) == summand.version {
                let implied = valid.plus(summand.other.negated());
                self.refine(summand.var, self.get(summand.var).meet(implied));
            }
        }
    }

    /// The effect of `op`, which did not fault.
    pub(super) fn step(&mut self, op: &Op) {
        match op.code {
            Opcode::Load | Opcode::Store | Opcode::LoadReserved => self.accessed(op.a, op.imm),
            Opcode::AtomicRmw => self.accessed(op.a, 0),
            _ => {}
        }
        if op.dst == Var::NONE {
            return;
        }
        let summands = self.summands(op);
        let range = self.result(op);
        self.write(op.dst, range);
        if summands.iter().any(Option::is_some) {
            let version = self.version(op.dst);
            self.sums.retain(|sum| sum.0 != op.dst);
            self.sums.push((op.dst, version, summands));
        }
    }

    /// Whether the result of `op`, which yields a sign-extended word, is not negative.
    pub(super) fn result_is_natural(&self, op: &Op) -> bool {
        self.result(op).low >= 0
    }

    /// Whether `op`, an extension or an operation on words, yields what the same on all bits would (an
    /// extension: its operand).
    pub(super) fn needs_no_extension(&self, op: &Op) -> bool {
        let (a, b) = (self.operand(op, op.a), self.operand(op, op.b));
        match op.code {
            Opcode::Sext8 => a.is_within(I8),
            Opcode::Sext16 => a.is_within(I16),
            Opcode::Sext32 => a.is_within(WORD),
            Opcode::Zext8 => a.is_within(Range::up_to(0xff)),
            Opcode::Zext16 => a.is_within(Range::up_to(0xffff)),
            Opcode::Zext32 => a.is_within(Range::up_to(0xffff_ffff)),
            Opcode::AddW => a.plus(b).is_within(WORD),
            Opcode::SubW => a.plus(b.negated()).is_within(WORD),
            _ => false,
        }
    }

    fn summands(&self, op: &Op) -> [Option<Sum>; 2] {
        if op.code != Opcode::Add {
            return [None; 2];
        }
        let sum = |var: Var, other: Var| {
            let other = self.operand(op, other);
            (var != Var::IMM && var != op.dst && other != ANY).then(|| Sum {
                var,
                version: self.version(var),
                other,
            })
        };
        [sum(op.a, op.b), sum(op.b, op.a)]
    }

    fn result(&self, op: &Op) -> Range {
        let (a, b) = (self.operand(op, op.a), self.operand(op, op.b));
        let natural = |outer: Range| if a.is_within(outer) { a } else { outer };
        match op.code {
            Opcode::Mov => a,
            Opcode::Add => a.plus(b),
            Opcode::Sub => a.plus(b.negated()),
            Opcode::Sext8 => natural(I8),
            Opcode::Sext16 => natural(I16),
            Opcode::Sext32 => natural(WORD),
            Opcode::Zext8 => natural(Range::up_to(0xff)),
            Opcode::Zext16 => natural(Range::up_to(0xffff)),
            Opcode::Zext32 => natural(Range::up_to(0xffff_ffff)),
            Opcode::And => match (a.low >= 0, b.low >= 0) {
                (true, true) => Range {
                    low: 0,
                    high: a.high.min(b.high),
                },
                (true, false) => Range {
                    low: 0,
                    high: a.high,
                },
                (false, true) => Range {
                    low: 0,
                    high: b.high,
                },
                (false, false) => ANY,
            },
            Opcode::ShrU if b.low == b.high => match b.low & 63 {
                0 => a,
                shift if a.low >= 0 => Range {
                    low: a.low >> shift,
                    high: a.high >> shift,
                },
                shift => Range::up_to(u64::MAX >> shift),
            },
            Opcode::ShrS if b.low == b.high => Range {
                low: a.low >> (b.low & 63),
                high: a.high >> (b.low & 63),
            },
            Opcode::Shl if b.low == b.high => {
                let shift = (b.low & 63) as u32;
                let fits = |value: i64| value << shift >> shift == value;
                if fits(a.low) && fits(a.high) {
                    Range {
                        low: a.low << shift,
                        high: a.high << shift,
                    }
                } else {
                    ANY
                }
            }
            Opcode::ShrUW if b.low == b.high && b.low & 31 != 0 => {
                Range::up_to(0xffff_ffff >> (b.low & 31))
            }
            Opcode::ShrSW if a.is_within(WORD) && b.low == b.high => Range {
                low: a.low >> (b.low & 31),
                high: a.high >> (b.low & 31),
            },
            Opcode::AddW if a.plus(b).is_within(WORD) => a.plus(b),
            Opcode::SubW if a.plus(b.negated()).is_within(WORD) => a.plus(b.negated()),
            Opcode::RemUW if b.low == b.high && b.low as i32 > 0 => {
                Range::up_to(b.low as i32 as u64 - 1)
            }
            Opcode::RemU if b.low == b.high && b.low > 0 => Range::up_to(b.low as u64 - 1),
            Opcode::Or | Opcode::Xor if a.low >= 0 && b.low >= 0 => {
                let highest_bit = (a.high | b.high).leading_zeros();
                Range::up_to(u64::MAX.checked_shr(highest_bit).unwrap_or(0))
            }
            Opcode::AddW
            | Opcode::SubW
            | Opcode::MulW
            | Opcode::DivSW
            | Opcode::DivUW
            | Opcode::RemSW
            | Opcode::RemUW
            | Opcode::ShlW
            | Opcode::ShrUW
            | Opcode::ShrSW
            | Opcode::RotLW
            | Opcode::RotRW => WORD,
            Opcode::Setcond
            | Opcode::FEq
            | Opcode::FLt
            | Opcode::FLe
            | Opcode::StoreConditional => Range::up_to(1),
            Opcode::Clz
            | Opcode::Ctz
            | Opcode::Popcnt
            | Opcode::ClzW
            | Opcode::CtzW
            | Opcode::PopcntW => Range::up_to(64),
            Opcode::Select => self.get(op.b).join(self.get(op.c)),
            Opcode::Load => loaded(op.aux),
            _ => ANY,
        }
    }
}

fn loaded(aux: u8) -> Range {
    let Some(MemOp { size, ext }) = MemOp::from_aux(aux) else {
        return ANY;
    };
    let bits = 8 * size.bytes();
    match ext {
        _ if size == Size::B8 => ANY,
        MemExt::Zero => Range::up_to((1 << bits) - 1),
        MemExt::Sign => Range {
            low: -(1 << (bits - 1)),
            high: (1 << (bits - 1)) - 1,
        },
        MemExt::Ones => ANY,
    }
}

/// How often a node's facts may be revised before those that still change are given up step by step.
const PATIENCE: u32 = 2;

/// Bounds that a growing range is rounded out to. The largest before none is near user space
/// with room for what a loop adds to an address between two accesses.
const STEPS: [i64; 8] = [
    0,
    1 << 8,
    1 << 16,
    i32::MAX as i64,
    u32::MAX as i64,
    SPACE,
    SPACE + SLACK / 2,
    i64::MAX,
];
const LOW_STEPS: [i64; 6] = [
    0,
    -(1 << 8),
    -(1 << 16),
    i32::MIN as i64,
    -SLACK / 2,
    i64::MIN,
];

/// What is known at the start of each node.
pub(super) fn analyse(rules: &Rules<'_>, region: &Region) -> Vec<Ranges> {
    let nodes = &region.nodes;
    let mut known: Vec<Option<Ranges>> = vec![None; nodes.len()];
    let mut unknown = Ranges::unknown();
    for (slot, desc) in rules.guest.slots().iter().enumerate() {
        if desc.constant_zero {
            unknown.slots[slot] = Range::exactly(0);
        }
    }
    known[0] = Some(unknown);
    let mut visits = vec![0; nodes.len()];
    let mut changed = true;
    let mut pending = vec![true; nodes.len()];
    while changed {
        changed = false;
        for from in 0..nodes.len() {
            if !std::mem::take(&mut pending[from]) {
                continue;
            }
            let Some(mut ranges) = known[from].clone() else {
                continue;
            };
            let block = &nodes[from].block.ir;
            for (index, op) in block.ops.iter().enumerate() {
                let clobber = rules.touch(block, index).clobber;
                ranges.step(op);
                ranges.forget(clobber);
            }
            if let Some(skip) = &nodes[from].skip {
                let [mut other, mut taken] = [ranges.clone(), ranges];
                let [other_ops, taken_ops] = skip.arms();
                other_ops.iter().for_each(|op| other.step(op));
                taken_ops.iter().for_each(|op| taken.step(op));
                other.weaken(&taken, false);
                ranges = other;
            }
            let ranges = ranges.at_block_end();
            for to in nodes[from].edges.nodes() {
                let widen = visits[to] >= PATIENCE;
                let revised = match &mut known[to] {
                    None => {
                        known[to] = Some(ranges.clone());
                        true
                    }
                    Some(facts) => facts.weaken(&ranges, widen),
                };
                if revised {
                    visits[to] += 1;
                    pending[to] = true;
                    changed = true;
                }
            }
        }
    }
    known
        .into_iter()
        .map(|ranges| ranges.unwrap_or_else(Ranges::unknown))
        .collect()
}

impl Ranges {
    /// Keeps what `other` knows, too; whether that is less than before.
    fn weaken(&mut self, other: &Ranges, widen: bool) -> bool {
        let mut changed = false;
        for (mine, theirs) in self.slots.iter_mut().zip(&other.slots) {
            let mut joined = mine.join(*theirs);
            if joined == *mine {
                continue;
            }
            if widen && joined.low < mine.low {
                joined.low = LOW_STEPS
                    .into_iter()
                    .find(|&step| step <= joined.low)
                    .unwrap_or(i64::MIN);
            }
            if widen && joined.high > mine.high {
                joined.high = STEPS
                    .into_iter()
                    .find(|&step| step >= joined.high)
                    .unwrap_or(i64::MAX);
            }
            *mine = joined;
            changed = true;
        }
        changed
    }

    /// Something else than an operation's result was written to these slots.
    pub(super) fn forget(&mut self, slots: u128) {
        for slot in super::flow::members(slots) {
            self.write(Var(slot as u16), ANY);
        }
    }
}
