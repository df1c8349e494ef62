//! The text form of a block, as [`super::parse`] reads it back.
//!
//! ```text
//! block 0x1000 mode 0x0 temps 1 {
//! 0x1000:
//!     probe_add plugin+0x8 += 2 for 0:1 1:1
//!     %0 = add a1, 16
//!     a0 = load.i32 [%0 - 4]
//! 0x1004:
//!     branch.lt.s a0, a1, 0x1000, 0x1008
//! }
//! ```
//!
//! `%n` is a temp; a slot has its name in the guest's table, or `s<n>` where no guest is given
//! ([`Display`] of a plain [`Block`]). What an `aux` field holds follows the operation's
//! name behind dots. A missing operand is `_`.

use std::fmt::{self, Display, Formatter};

use crate::backend::fp::FpAux;
use crate::guest::Guest;
use crate::state::CpuState;

use super::op::{AtomicOp, Cond, FpFormat, IntFormat, MemExt, MemOp, RoundingMode, Size};
use super::{Block, ExitKind, JumpKind, Op, Opcode, ProbeAdd, ProbeCall, ProbeCallKind, Signature};
use super::{Terminator, Var};

/// Declares names of an enum's variants in the text form, for printing and parsing.
macro_rules! names {
    ($ty:ident: $($variant:ident $text:literal)*) => {
        impl $ty {
            /// The name in the text form.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $($ty::$variant => $text,)* }
            }

            /// The value of that name in the text form.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some($ty::$variant),)* _ => None }
            }
        }
    };
}
names!(Cond: Eq "eq" Ne "ne" LtS "lt.s" GeS "ge.s" LtU "lt.u" GeU "ge.u");
names!(AtomicOp: Swap "swap" Add "add" And "and" Or "or" Xor "xor"
    MinS "min.s" MaxS "max.s" MinU "min.u" MaxU "max.u");
names!(FpFormat: Single "f32" Double "f64");
names!(IntFormat: I32 "i32" U32 "u32" I64 "i64" U64 "u64");
names!(RoundingMode: Nearest "near" Zero "zero" Down "down" Up "up" NearestAway "away" Dynamic "dyn");
names!(Size: B1 "8" B2 "16" B4 "32" B8 "64");
names!(MemExt: Zero "u" Sign "i" Ones "box");
names!(ExitKind: Syscall "syscall" Breakpoint "breakpoint" Illegal "illegal" FenceI "fence_i"
    ModeChange "mode_change" FetchFault "fetch_fault");

/// How an opcode uses `aux`, which is 0 where it is unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AuxKind {
    Unused,
    Cond,
    MemOp,
    Atomic,
    /// Format, and rounding mode unless `Nearest`.
    Fp,
    /// Format and rounding mode.
    FpRounded,
    /// Format, integer format and rounding mode.
    FpInt,
}

/// How `code` uses `aux`.
pub(super) fn aux_kind(code: Opcode) -> AuxKind {
    match code {
        Opcode::Setcond => AuxKind::Cond,
        Opcode::Load | Opcode::Store | Opcode::LoadReserved | Opcode::StoreConditional => {
            AuxKind::MemOp
        }
        Opcode::AtomicRmw => AuxKind::Atomic,
        Opcode::FAdd | Opcode::FSub | Opcode::FMul | Opcode::FDiv | Opcode::FSqrt => {
            AuxKind::FpRounded
        }
        Opcode::FMadd | Opcode::FMsub | Opcode::FNmsub | Opcode::FNmadd | Opcode::FCvt => {
            AuxKind::FpRounded
        }
        Opcode::FToInt | Opcode::IntToF => AuxKind::FpInt,
        Opcode::FMin | Opcode::FMax | Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx => {
            AuxKind::Fp
        }
        Opcode::FEq | Opcode::FLt | Opcode::FLe | Opcode::FClass => AuxKind::Fp,
        _ => AuxKind::Unused,
    }
}

/// A block to be printed with the names of a guest.
#[derive(Clone, Copy)]
pub struct DisplayBlock<'a> {
    block: &'a Block,
    guest: Option<&'a dyn Guest>,
}

impl Block {
    /// The text form, with slots and helpers named as in the guest's tables.
    #[must_use]
    pub fn display<'a>(&'a self, guest: &'a dyn Guest) -> DisplayBlock<'a> {
        DisplayBlock {
            block: self,
            guest: Some(guest),
        }
    }
}

impl Display for Block {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        DisplayBlock {
            block: self,
            guest: None,
        }
        .fmt(f)
    }
}

impl Display for DisplayBlock<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let block = self.block;
        write!(f, "block {:#x} mode {:#x}", block.pc, block.mode)?;
        if block.temp_count != 0 {
            write!(f, " temps {}", block.temp_count)?;
        }
        writeln!(f, " {{")?;
        for (n, insn) in block.insns.iter().enumerate() {
            writeln!(f, "{:#x}:", insn.pc)?;
            for op in block.ops.get(block.ops_of(n as u16)).unwrap_or(&[]) {
                writeln!(f, "    {}", DisplayOp { op, context: *self })?;
            }
        }
        write!(f, "    ")?;
        self.terminator(f, &block.terminator)?;
        writeln!(f, "\n}}")
    }
}

/// A number as people like to read it.
struct Number(i64);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        if magnitude < 0x1_0000 {
            write!(f, "{sign}{magnitude}")
        } else {
            write!(f, "{sign}{magnitude:#x}")
        }
    }
}

/// One operation in the context of its block.
struct DisplayOp<'a> {
    op: &'a Op,
    context: DisplayBlock<'a>,
}

impl DisplayOp<'_> {
    /// An operand; `Var::IMM` is the operation's immediate.
    fn operand(&self, var: Var) -> impl Display {
        let (op, context) = (*self.op, self.context);
        fmt::from_fn(move |f| match var {
            Var::IMM => Number(op.imm).fmt(f),
            _ => context.var(f, var),
        })
    }

    fn name(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Op { code, aux, .. } = *self.op;
        f.write_str(code.text())?;
        let unknown = |f: &mut Formatter<'_>| write!(f, ".?{aux:#x}");
        match aux_kind(code) {
            AuxKind::Unused => Ok(()),
            AuxKind::Cond => match Cond::from_bits(aux) {
                Some(cond) => write!(f, ".{}", cond.text()),
                None => unknown(f),
            },
            AuxKind::MemOp => match MemOp::from_aux(aux) {
                Some(MemOp { size, ext }) => write!(f, ".{}{}", ext.text(), size.text()),
                None => unknown(f),
            },
            AuxKind::Atomic => match (AtomicOp::from_bits(aux & 15), Size::from_bits(aux >> 4)) {
                (Some(op), Some(size)) => write!(f, ".{}.i{}", op.text(), size.text()),
                _ => unknown(f),
            },
            kind => match FpAux::from_aux(aux) {
                Some(FpAux {
                    format,
                    int,
                    rounding,
                }) => {
                    write!(f, ".{}", format.text())?;
                    if kind == AuxKind::FpInt {
                        write!(f, ".{}", int.text())?;
                    }
                    if kind != AuxKind::Fp || rounding != RoundingMode::Nearest {
                        write!(f, ".{}", rounding.text())?;
                    }
                    Ok(())
                }
                None => unknown(f),
            },
        }
    }

    fn address(&self) -> impl Display {
        let (base, disp) = (self.operand(self.op.a), self.op.imm);
        fmt::from_fn(move |f| match disp {
            0 => write!(f, "[{base}]"),
            1.. => write!(f, "[{base} + {}]", Number(disp)),
            _ => write!(f, "[{base} - {:#x}]", disp.unsigned_abs()),
        })
    }

    fn probe_add(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.context.block.probe_adds.get(self.op.imm as usize) {
            Some(ProbeAdd {
                offset,
                value,
                parts,
            }) => {
                write!(f, " {} += {value} for", PluginWord(*offset))?;
                for part in parts {
                    let after = if part.after_access { "@access" } else { "" };
                    write!(f, " {}{after}:{}", part.insn, part.value)?;
                }
                Ok(())
            }
            None => write!(f, " #{}", self.op.imm),
        }
    }

    fn probe_call(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(call) = self.context.block.probe_calls.get(self.op.imm as usize) else {
            return write!(f, " #{}", self.op.imm);
        };
        let ProbeCall {
            function,
            plugin,
            state_offset,
            userdata,
            ..
        } = call;
        let state = PluginWord(*state_offset);
        write!(
            f,
            " {function:#x}(plugin {plugin:#x}, state {state}, userdata {userdata:#x}"
        )?;
        if let ProbeCallKind::Memory { info } = call.kind {
            let (address, value) = (self.operand(self.op.a), self.operand(self.op.b));
            write!(f, ", address {address}, value {value}, info {info:#x}")?;
        }
        f.write_str(")")?;
        if call.reads_registers {
            f.write_str(" reads")?;
        }
        if call.writes_registers {
            f.write_str(" writes")?;
        }
        Ok(())
    }
}

impl Display for DisplayOp<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let signature = self.op.code.signature();
        let has_result = match signature {
            Signature::Store | Signature::Sink | Signature::Bare => false,
            Signature::ProbeAdd | Signature::ProbeCall => false,
            Signature::Helper => self.op.dst != Var::NONE,
            _ => true,
        };
        if has_result {
            write!(f, "{} = ", self.operand(self.op.dst))?;
        }
        self.name(f)?;
        let [a, b, c] = [self.op.a, self.op.b, self.op.c].map(|var| self.operand(var));
        match signature {
            Signature::Unary | Signature::Sink => write!(f, " {a}"),
            Signature::Binary => write!(f, " {a}, {b}"),
            Signature::Ternary => write!(f, " {a}, {b}, {c}"),
            Signature::Load => write!(f, " {}", self.address()),
            Signature::Store => write!(f, " {}, {b}", self.address()),
            Signature::Atomic => write!(f, " [{a}], {b}"),
            Signature::Nullary | Signature::Bare => Ok(()),
            Signature::Helper => {
                let helpers = self.context.guest.map_or(&[][..], Guest::helpers);
                match helpers.get(self.op.imm as usize) {
                    Some(helper) => write!(f, " {}({a}, {b})", helper.name),
                    None => write!(f, " #{}({a}, {b})", self.op.imm),
                }
            }
            Signature::ProbeAdd => self.probe_add(f),
            Signature::ProbeCall => self.probe_call(f),
        }
    }
}

/// An offset from the start of the state, relative to the plugin area if it lies there.
struct PluginWord(u32);

impl Display for PluginWord {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.checked_sub(CpuState::PLUGIN_AREA_OFFSET as u32) {
            Some(offset) => write!(f, "plugin+{offset:#x}"),
            None => write!(f, "{:#x}", self.0),
        }
    }
}

impl DisplayBlock<'_> {
    fn var(&self, f: &mut Formatter<'_>, var: Var) -> fmt::Result {
        if let Some(temp) = var.as_temp() {
            return write!(f, "%{temp}");
        }
        let Some(slot) = var.as_slot() else {
            return f.write_str(if var == Var::NONE { "_" } else { "?" });
        };
        let slots = self.guest.map_or(&[][..], Guest::slots);
        match slots.get(usize::from(slot)) {
            Some(desc) => f.write_str(desc.name),
            None => write!(f, "s{slot}"),
        }
    }

    fn terminator(&self, f: &mut Formatter<'_>, terminator: &Terminator) -> fmt::Result {
        let var = |var| fmt::from_fn(move |f| self.var(f, var));
        match *terminator {
            Terminator::Jump { target, kind } => write!(f, "jump {target:#x}{}", Kind(kind)),
            Terminator::Branch {
                cond,
                a,
                b,
                taken,
                fallthrough,
            } => {
                let (cond, a, b) = (cond.text(), var(a), var(b));
                write!(f, "branch.{cond} {a}, {b}, {taken:#x}, {fallthrough:#x}")
            }
            Terminator::Indirect { target, kind } => {
                write!(f, "indirect {}{}", var(target), Kind(kind))
            }
            Terminator::Exit { kind, pc } => write!(f, "exit {} {pc:#x}", kind.text()),
        }
    }
}

/// What a jump is for; nothing for a plain one.
struct Kind(JumpKind);

impl Display for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            JumpKind::Plain => Ok(()),
            JumpKind::Call { return_to } => write!(f, " call {return_to:#x}"),
            JumpKind::Return => f.write_str(" return"),
        }
    }
}
