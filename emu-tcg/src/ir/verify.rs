//! Checks a block.
//!
//! Back ends rely on these invariants, the interpreter for memory safety:
//!
//! 1. There is at least one instruction, unless the block ends in a fetch fault. The first starts
//!    at the block's address and at operation 0; starts never go back, and never past the end.
//!    Without an instruction there is no operation either.
//! 2. Each field of an operation is used as its signature says; an unused one is `NONE` or 0.
//! 3. `aux` decodes as the opcode's row says, and is 0 where it is unused.
//! 4. A slot is one of the guest's, a temp below `temp_count`.
//! 5. A temp is defined before it is used, by the same instruction (the terminator belongs to
//!    the last one).
//! 6. A constant-zero slot is never written.
//! 7. The slot of accrued exception flags is reached by `fflags_get` and `fflags_set` only, since
//!    it is not the whole truth in generated code.
//! 8. Helper and probe indices are in range.
//! 9. The parts of an inline addition are in the order of the instructions, name instructions of
//!    the block, and sum up to the addition's value.
//! 10. The address and value of a probe call are there if its kind takes them, and only then.

use std::fmt::{self, Display, Formatter};

use crate::backend::fp::FpAux;
use crate::guest::Guest;
use crate::state::TEMP_CAPACITY;

use super::print::{AuxKind, aux_kind};
use super::{AtomicOp, Block, Cond, ExitKind, MemOp, Op, Opcode, ProbeCallKind, Signature, Size};
use super::{Terminator, Var};

/// A broken invariant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {violation}")]
pub struct VerifyError {
    /// Where.
    pub place: Place,
    /// Which.
    pub violation: Violation,
}

/// Where an invariant is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the block's header or list of instructions.
    Block,
    /// In the operation of that index.
    Op(usize),
    /// In the terminator.
    Terminator,
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Place::Block => f.write_str("block"),
            Place::Op(index) => write!(f, "operation {index}"),
            Place::Terminator => f.write_str("terminator"),
        }
    }
}

/// The ways in which a block can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// Invariant 1.
    #[error("no instruction, and no fetch fault either")]
    NoInsns,
    /// Invariant 1.
    #[error("instruction {0} starts at a wrong place")]
    InsnStart(usize),
    /// Invariant 2.
    #[error("field {0} does not fit the signature")]
    Field(&'static str),
    /// Invariant 3.
    #[error("aux {0:#x} does not decode")]
    Aux(u8),
    /// Invariant 4.
    #[error("no such slot or temp: {0:?}")]
    NoSuchVar(Var),
    /// Invariant 4.
    #[error("more temps than a state holds: {0}")]
    TooManyTemps(u16),
    /// Invariant 5.
    #[error("temp %{0} is used before it is defined")]
    UndefinedTemp(u16),
    /// Invariant 6.
    #[error("write of constant-zero slot {0}")]
    ConstantZeroWritten(&'static str),
    /// Invariant 7.
    #[error("direct use of the exception flags' slot {0}")]
    FlagsSlot(&'static str),
    /// Invariant 8.
    #[error("index {0} is out of range")]
    Index(i64),
    /// Invariant 9.
    #[error("parts of the addition are out of order, out of range, or do not sum up")]
    Parts,
}

/// Checks every invariant; the error lists all that are broken.
pub fn verify(block: &Block, guest: &dyn Guest) -> Result<(), Vec<VerifyError>> {
    let mut verifier = Verifier {
        block,
        guest,
        defined: [0; TEMP_CAPACITY.div_ceil(64)],
        errors: Vec::new(),
    };
    verifier.header();
    let mut starts = block
        .insns
        .iter()
        .skip(1)
        .map(|insn| insn.first_op as usize)
        .peekable();
    for (index, op) in block.ops.iter().enumerate() {
        while starts.next_if(|&start| start <= index).is_some() {
            verifier.defined.fill(0);
        }
        verifier.op(Place::Op(index), op);
    }
    if starts.next().is_some() {
        verifier.defined.fill(0);
    }
    verifier.terminator();
    if verifier.errors.is_empty() {
        Ok(())
    } else {
        Err(verifier.errors)
    }
}

struct Verifier<'a> {
    block: &'a Block,
    guest: &'a dyn Guest,
    /// Temps defined so far by the current instruction, one bit each.
    defined: [u64; TEMP_CAPACITY.div_ceil(64)],
    errors: Vec<VerifyError>,
}

impl Verifier<'_> {
    fn report(&mut self, place: Place, violation: Violation) {
        self.errors.push(VerifyError { place, violation });
    }

    fn require(&mut self, holds: bool, place: Place, violation: Violation) {
        if !holds {
            self.report(place, violation);
        }
    }

    fn header(&mut self) {
        let block = self.block;
        let fetch_fault = matches!(
            block.terminator,
            Terminator::Exit {
                kind: ExitKind::FetchFault,
                ..
            }
        );
        self.require(
            !block.insns.is_empty() || fetch_fault,
            Place::Block,
            Violation::NoInsns,
        );
        let too_many = usize::from(block.temp_count) > TEMP_CAPACITY;
        self.require(
            !too_many,
            Place::Block,
            Violation::TooManyTemps(block.temp_count),
        );
        let stray = block.insns.is_empty() && !block.ops.is_empty();
        self.require(!stray, Place::Block, Violation::InsnStart(0));
        let mut earlier = 0;
        for (n, insn) in block.insns.iter().enumerate() {
            let at_start = insn.pc == block.pc && insn.first_op == 0;
            let ordered = insn.first_op >= earlier && insn.first_op as usize <= block.ops.len();
            let fits = n <= usize::from(u16::MAX);
            self.require(
                ordered && fits && (n > 0 || at_start),
                Place::Block,
                Violation::InsnStart(n),
            );
            earlier = insn.first_op;
        }
    }

    fn op(&mut self, place: Place, op: &Op) {
        if !aux_decodes(op) {
            self.report(place, Violation::Aux(op.aux));
        }
        self.fields(place, op);
        let uses_flags = matches!(op.code, Opcode::FlagsGet | Opcode::FlagsSet);
        for var in [op.a, op.b, op.c] {
            self.used(place, var);
        }
        self.defined(place, op.dst);
        if !uses_flags {
            let flags = self.guest.special_slots().fp_flags;
            if [op.dst, op.a, op.b, op.c].contains(&flags) {
                self.report(place, Violation::FlagsSlot(self.slot_name(flags)));
            }
        }
        match op.code.signature() {
            Signature::Helper => self.index(place, op.imm, self.guest.helpers().len()),
            Signature::ProbeAdd => self.probe_add(place, op),
            Signature::ProbeCall => self.probe_call(place, op),
            _ => {}
        }
    }

    /// Invariant 2.
    fn fields(&mut self, place: Place, op: &Op) {
        let shape = shape(op.code.signature());
        let fields = [
            ("dst", op.dst, shape.dst),
            ("a", op.a, shape.a),
            ("b", op.b, shape.b),
            ("c", op.c, shape.c),
        ];
        let mut imm_used = shape.imm;
        for (name, var, field) in fields {
            let fits = match var {
                Var::NONE => matches!(field, Field::Empty | Field::Optional),
                Var::IMM => field == Field::VarOrImm,
                _ => field != Field::Empty,
            };
            imm_used |= var == Var::IMM;
            self.require(fits, place, Violation::Field(name));
        }
        let imm_used = imm_used && op.code != Opcode::LoadReserved;
        self.require(imm_used || op.imm == 0, place, Violation::Field("imm"));
    }

    fn slot_name(&self, var: Var) -> &'static str {
        let slot = var.as_slot().map_or(usize::MAX, usize::from);
        self.guest.slots().get(slot).map_or("?", |slot| slot.name)
    }

    /// Invariant 4; `NONE` and `IMM` are for [`Verifier::fields`] to judge.
    fn exists(&mut self, place: Place, var: Var) -> bool {
        let exists = match (var.as_slot(), var.as_temp()) {
            (Some(slot), _) => usize::from(slot) < self.guest.slots().len(),
            (_, Some(temp)) => temp < self.block.temp_count,
            _ => var == Var::NONE || var == Var::IMM,
        };
        self.require(exists, place, Violation::NoSuchVar(var));
        exists
    }

    fn used(&mut self, place: Place, var: Var) {
        if !self.exists(place, var) {
            return;
        }
        if let Some(temp) = var.as_temp() {
            let defined = self.defined[usize::from(temp) / 64] >> (temp % 64) & 1 != 0;
            self.require(defined, place, Violation::UndefinedTemp(temp));
        }
    }

    fn defined(&mut self, place: Place, var: Var) {
        if !self.exists(place, var) {
            return;
        }
        if let Some(temp) = var.as_temp() {
            self.defined[usize::from(temp) / 64] |= 1 << (temp % 64);
        }
        let slot = var
            .as_slot()
            .map(|slot| self.guest.slots()[usize::from(slot)]);
        if let Some(slot) = slot.filter(|slot| slot.constant_zero) {
            self.report(place, Violation::ConstantZeroWritten(slot.name));
        }
    }

    fn index(&mut self, place: Place, index: i64, len: usize) {
        self.require(
            (0..len as i64).contains(&index),
            place,
            Violation::Index(index),
        );
    }

    fn probe_add(&mut self, place: Place, op: &Op) {
        self.index(place, op.imm, self.block.probe_adds.len());
        let Some(add) = self.block.probe_adds.get(op.imm as usize) else {
            return;
        };
        let ordered = add.parts.is_sorted_by_key(|part| part.insn);
        let in_range = add
            .parts
            .iter()
            .all(|part| usize::from(part.insn) < self.block.insns.len());
        let sum = add
            .parts
            .iter()
            .fold(0u64, |sum, part| sum.wrapping_add(part.value));
        self.require(
            ordered && in_range && sum == add.value,
            place,
            Violation::Parts,
        );
    }

    fn probe_call(&mut self, place: Place, op: &Op) {
        self.index(place, op.imm, self.block.probe_calls.len());
        let Some(call) = self.block.probe_calls.get(op.imm as usize) else {
            return;
        };
        let takes_access = matches!(call.kind, ProbeCallKind::Memory { .. });
        for (name, var) in [("a", op.a), ("b", op.b)] {
            self.require(
                (var != Var::NONE) == takes_access,
                place,
                Violation::Field(name),
            );
        }
    }

    fn terminator(&mut self) {
        let place = Place::Terminator;
        let operands: &[(&'static str, Var)] = match &self.block.terminator {
            Terminator::Jump { .. } | Terminator::Exit { .. } => &[],
            Terminator::Branch { a, b, .. } => &[("a", *a), ("b", *b)],
            Terminator::Indirect { target, .. } => &[("target", *target)],
        };
        for &(name, var) in operands {
            let is_var = var != Var::NONE && var != Var::IMM;
            self.require(is_var, place, Violation::Field(name));
            self.used(place, var);
        }
    }
}

/// Invariant 3.
fn aux_decodes(op: &Op) -> bool {
    match aux_kind(op.code) {
        AuxKind::Unused => op.aux == 0,
        AuxKind::Cond => Cond::from_bits(op.aux).is_some(),
        AuxKind::MemOp => MemOp::from_aux(op.aux).is_some(),
        AuxKind::Atomic => {
            AtomicOp::from_bits(op.aux & 15).is_some() && Size::from_bits(op.aux >> 4).is_some()
        }
        AuxKind::Fp | AuxKind::FpRounded => {
            FpAux::from_aux(op.aux).is_some_and(|aux| aux.int as u8 == 0)
        }
        AuxKind::FpInt => FpAux::from_aux(op.aux).is_some(),
    }
}

/// What an operand field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Empty,
    Var,
    VarOrImm,
    Optional,
}

/// What the fields of an operation may hold; `imm`: it is used even if no operand is `Var::IMM`.
struct Shape {
    dst: Field,
    a: Field,
    b: Field,
    c: Field,
    imm: bool,
}

fn shape(signature: Signature) -> Shape {
    use Field::{Empty, Optional, Var, VarOrImm};
    let empty = Shape {
        dst: Empty,
        a: Empty,
        b: Empty,
        c: Empty,
        imm: false,
    };
    match signature {
        Signature::Unary => Shape {
            dst: Var,
            a: VarOrImm,
            ..empty
        },
        Signature::Binary => Shape {
            dst: Var,
            a: VarOrImm,
            b: VarOrImm,
            ..empty
        },
        Signature::Ternary => Shape {
            dst: Var,
            a: Var,
            b: Var,
            c: Var,
            ..empty
        },
        Signature::Load => Shape {
            dst: Var,
            a: Var,
            imm: true,
            ..empty
        },
        Signature::Store => Shape {
            a: Var,
            b: Var,
            imm: true,
            ..empty
        },
        Signature::Atomic => Shape {
            dst: Var,
            a: Var,
            b: Var,
            ..empty
        },
        Signature::Nullary => Shape { dst: Var, ..empty },
        Signature::Sink => Shape {
            a: VarOrImm,
            ..empty
        },
        Signature::Bare => empty,
        Signature::Helper => Shape {
            dst: Optional,
            a: Optional,
            b: Optional,
            imm: true,
            ..empty
        },
        Signature::ProbeAdd => Shape { imm: true, ..empty },
        Signature::ProbeCall => Shape {
            a: Optional,
            b: Optional,
            imm: true,
            ..empty
        },
    }
}
