//! The intermediate representation.
//!
//! A [`Block`] is a straight line of [`Op`]s and one [`Terminator`]. Operands are
//! guest *slots* or block-local *temps* (both a [`Var`]), all of them 64 bits wide, so
//! that one guest instruction is one or two operations and the same block is
//! interpreted as it stands or lowered to SSA.
//!
//! The text form is [`std::fmt::Display`] and [`parse`]; [`verify`] checks the invariants.

mod block;
mod builder;
pub mod compact;
mod op;
mod opcode;
pub mod parse;
mod print;
pub mod verify;

pub use block::{
    Block, ExitKind, InsnInfo, JumpKind, ProbeAdd, ProbeAddPart, ProbeCall, ProbeCallKind,
    Terminator,
};
pub use builder::{Builder, Operand};
pub use op::{AtomicOp, Cond, FpFormat, IntFormat, MemExt, MemOp, Op, RoundingMode, Size, Var};
pub use opcode::{Effects, Opcode, Signature};
pub use print::DisplayBlock;
