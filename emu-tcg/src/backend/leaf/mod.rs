//! What small host functions do, read from their machine code.
//!
//! Most callbacks of plugins are a few instructions: they add to a counter, or append a record to a
//! buffer. A call costs more than that, and makes generated code keep everything that it has in
//! registers in memory. So a function that consists of simple integer instructions only, with no call
//! and no loop, is lifted into [`Step`]s, which the region compiler puts in place of the call; and one
//! that only adds constants to words of its state is no call at all ([`additions`]). Others without calls,
//! also with loops, are copied into a form that costs less to call (module `copy`).
//!
//! Not here: where calls are replaced ([`super::cranelift`], the plugin host), and what such functions
//! are for.
//!
//! Invariants:
//! - A lifted function stores to what its state argument points to, at constant or computed
//!   places, and nowhere else: nobody but the vCPU's thread looks there, so these accesses need no order.
//! - What it loads from elsewhere may be changed by other threads at any time: [`Step::Load`] says so.

mod access;
mod copy;
mod decode;
mod lift;

use access::Accesses;
pub(in crate::backend) use copy::{Call, Function, FunctionCopy, copy};
use lift::Lifter;

/// No function of more instructions than this is lifted.
const MAX_INSNS: usize = 40;

/// Number of the argument that is the address of the plugin's per-vCPU state.
pub(in crate::backend) const STATE: u8 = 1;
/// Number of the argument that the plugin chose for the point.
pub(in crate::backend) const USERDATA: u8 = 2;
/// Number of the argument that is an access's address; its value is the next one.
pub(in crate::backend) const ADDRESS: u8 = 3;

/// What an argument is, if that is known when the function is lifted.
pub(in crate::backend) type Known = [Option<u64>; 6];

/// A value: the number of the step that makes it. All are of 64 bits.
pub(in crate::backend) type Value = u16;

/// Operations on two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) enum BinaryOp {
    Add,
    Sub,
    And,
    Or,
    Xor,
    Mul,
    /// By the second operand modulo 64, as the other shifts.
    Shl,
    Shr,
    Sar,
}

/// Comparisons; the result is 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) enum Comparison {
    Equal,
    NotEqual,
    Below,
    AboveOrEqual,
    BelowOrEqual,
    Above,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Greater,
}

/// The address of an access.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) struct Address {
    pub(in crate::backend) base: Value,
    /// Shifted left by so much, and added.
    pub(in crate::backend) index: Option<(Value, u8)>,
    pub(in crate::backend) offset: i32,
}

/// One operation. Those that make no value have a number, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) enum Step {
    Argument(u8),
    Constant(u64),
    Binary(BinaryOp, Value, Value),
    /// The low bytes of a value, extended.
    Extend {
        bytes: u8,
        signed: bool,
        value: Value,
    },
    Compare(Comparison, Value, Value),
    /// The second value if the first is not 0, else the third.
    Select(Value, Value, Value),
    /// Zero-extended.
    Load {
        bytes: u8,
        address: Address,
        /// Others may change it at any time.
        shared: bool,
    },
    /// The low bytes of a value.
    Store {
        bytes: u8,
        address: Address,
        value: Value,
    },
}

impl Step {
    fn operands(self) -> impl Iterator<Item = Value> {
        let of = |address: Address| (address.base, address.index.map(|(index, _)| index));
        let [a, b, c] = match self {
            Step::Argument(_) | Step::Constant(_) => [None; 3],
            Step::Binary(_, a, b) | Step::Compare(_, a, b) => [Some(a), Some(b), None],
            Step::Extend { value, .. } => [Some(value), None, None],
            Step::Select(a, b, c) => [Some(a), Some(b), Some(c)],
            Step::Load { address, .. } => {
                let (base, index) = of(address);
                [Some(base), index, None]
            }
            Step::Store { address, value, .. } => {
                let (base, index) = of(address);
                [Some(base), index, Some(value)]
            }
        };
        [a, b, c].into_iter().flatten()
    }
}

/// Steps up to where the function ends or forks. Values are numbered from its start on, so that those
/// of a part go on from those of the parts before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct Part {
    pub(in crate::backend) steps: Vec<Step>,
    pub(in crate::backend) fork: Option<Box<Fork>>,
}

/// How a function goes on behind a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct Fork {
    pub(in crate::backend) condition: Value,
    /// If the condition is not 0, and if it is.
    pub(in crate::backend) arms: [Part; 2],
}

impl Part {
    /// All steps of the part and those behind it.
    pub(in crate::backend) fn all_steps(&self) -> Vec<Step> {
        let arms = self.fork.iter().flat_map(|fork| &fork.arms);
        let behind = arms.flat_map(Part::all_steps);
        self.steps.iter().copied().chain(behind).collect()
    }

    /// Whether a condition or an operand is `value`.
    fn reads(&self, value: Value) -> bool {
        let mut operands = self.steps.iter().flat_map(|step| step.operands());
        let reads =
            |fork: &Fork| fork.condition == value || fork.arms.iter().any(|arm| arm.reads(value));
        operands.any(|operand| operand == value) || self.fork.as_deref().is_some_and(reads)
    }
}

/// A function that has been lifted. Its first values are the arguments; those that it does not read
/// are constants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::backend) struct Leaf {
    pub(in crate::backend) body: Part,
    pub(in crate::backend) accesses: Accesses,
}

impl Leaf {
    /// The offset of the word of the state that an access is to, if it is one of [`Accesses::words`].
    pub(in crate::backend) fn word(&self, bytes: u8, address: Address) -> Option<i32> {
        let is_word = bytes == 8 && is_fixed(address);
        (is_word && self.accesses.words.contains(&address.offset)).then_some(address.offset)
    }
}

/// Whether an address is always the same one in the plugin's state.
pub(in crate::backend) fn is_fixed(address: Address) -> bool {
    is_state(address.base) && address.index.is_none()
}

/// Whether a value is the address of the plugin's state.
pub(in crate::backend) fn is_state(value: Value) -> bool {
    value == Value::from(STATE)
}

/// Lifts a function; `None` if it does more than is understood here.
///
/// # Safety
/// `function` is the address of a function of up to six integer arguments and no result,
/// whose code does not change.
pub(in crate::backend) unsafe fn lift(function: usize, known: &Known) -> Option<Leaf> {
    // SAFETY: the caller's promise.
    let mut body = unsafe { Lifter::new(known).run(function)? };
    for value in 0..known.len() {
        if !is_state(value as Value) && !body.reads(value as Value) {
            body.steps[value] = Step::Constant(0);
        }
    }
    let accesses = Accesses::of(&body);
    Some(Leaf { body, accesses })
}

/// How much an [`Addition`] adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// The same always.
    Constant(u64),
    /// The function's third argument.
    Userdata,
}

/// An addition to a 64-bit word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addition {
    /// Of the word, in bytes from where the function's second argument points to.
    pub offset: i32,
    /// What is added.
    pub amount: Amount,
}

/// The additions to 64-bit words behind its second argument that are all that a function does; `None` if
/// it does more, or more than is understood here.
///
/// # Safety
/// `function` is the address of a function of up to six integer arguments and no result,
/// whose code does not change.
#[must_use]
pub unsafe fn additions(function: usize) -> Option<Vec<Addition>> {
    // SAFETY: the caller's promise.
    let Part { steps, fork } = unsafe { lift(function, &[None; 6])? }.body;
    if fork.is_some() {
        return None;
    }
    let mut additions = Vec::new();
    // The last store to each word so far.
    let mut stored: Vec<(i32, usize)> = Vec::new();
    for (index, step) in steps.iter().enumerate() {
        let Step::Store {
            bytes: 8,
            address,
            value,
        } = *step
        else {
            if matches!(step, Step::Store { .. }) {
                return None;
            }
            continue;
        };
        let Step::Binary(BinaryOp::Add, a, b) = steps[usize::from(value)] else {
            return None;
        };
        let is_old = |value: Value| match steps[usize::from(value)] {
            Step::Load {
                bytes: 8,
                address: loaded,
                ..
            } => {
                let mut before = stored.iter().filter(|(word, _)| *word == address.offset);
                loaded == address && before.all(|&(_, store)| store < usize::from(value))
            }
            _ => false,
        };
        let amount = match (is_old(a), is_old(b)) {
            (true, false) => b,
            (false, true) => a,
            _ => return None,
        };
        let amount = match steps[usize::from(amount)] {
            Step::Constant(constant) => Amount::Constant(constant),
            Step::Argument(USERDATA) => Amount::Userdata,
            _ => return None,
        };
        let overlaps = |word: i32| word != address.offset && word.abs_diff(address.offset) < 8;
        if !is_state(address.base)
            || address.index.is_some()
            || stored.iter().any(|&(word, _)| overlaps(word))
        {
            return None;
        }
        stored.push((address.offset, index));
        additions.push(Addition {
            offset: address.offset,
            amount,
        });
    }
    Some(additions)
}

#[cfg(test)]
mod tests;
