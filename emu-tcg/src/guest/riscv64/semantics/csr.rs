//! Control and status registers: the floating-point ones and the counters.
//!
//! Any other register, and a write to a counter, is illegal. A write that may change the
//! rounding mode ends the block, since the translation mode depends on it.

use super::{Emitter, Operands};
use crate::guest::riscv64::helpers;
use crate::guest::riscv64::slots::{FRM, x};
use crate::ir::{ExitKind, Opcode, Operand, Var};

/// The registers there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Csr {
    Fflags,
    Frm,
    Fcsr,
    /// A counter, read by this helper.
    Counter(usize),
}

/// What an instruction does to which register.
struct Access {
    csr: Csr,
    change: Change,
    reads: bool,
    writes: bool,
}

/// How the new value follows from the old one and the operand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    Replace,
    SetBits,
    ClearBits,
}

impl Access {
    /// What the operands say; `None` if the instruction is illegal.
    fn new(o: &Operands) -> Option<Access> {
        let csr = match o.imm {
            0x001 => Csr::Fflags,
            0x002 => Csr::Frm,
            0x003 => Csr::Fcsr,
            0xc00 => Csr::Counter(helpers::CYCLE),
            0xc01 => Csr::Counter(helpers::TIME),
            0xc02 => Csr::Counter(helpers::INSTRET),
            _ => return None,
        };
        // Bits 12–13 of the encoding; bit 14 says that `rs1` is the operand itself.
        let change = match o.funct3 & 3 {
            1 => Change::Replace,
            2 => Change::SetBits,
            _ => Change::ClearBits,
        };
        let replaces = change == Change::Replace;
        let writes = replaces || o.rs1 != 0;
        if writes && matches!(csr, Csr::Counter(_)) {
            return None;
        }
        Some(Access {
            csr,
            change,
            reads: !replaces || o.rd != 0,
            writes,
        })
    }

    fn changes_mode(&self) -> bool {
        self.writes && matches!(self.csr, Csr::Frm | Csr::Fcsr)
    }
}

/// Whether a block ends behind this CSR instruction.
pub(crate) fn ends_block(o: &Operands) -> bool {
    Access::new(o).is_none_or(|access| access.changes_mode())
}

/// `rd` = the register, which is replaced by `rs1`, or gets its bits set or cleared.
pub(crate) fn access(e: &mut Emitter, o: &Operands) {
    let Some(access) = Access::new(o) else {
        return e.illegal();
    };
    if !access.writes {
        if let Some(dst) = e.destination(o.rd) {
            read(e, access.csr, dst);
        }
        return;
    }
    let operand = if o.funct3 & 4 != 0 {
        Operand::Imm(i64::from(o.rs1))
    } else {
        Operand::Var(x(o.rs1))
    };
    // Through a temp: `rd` may be `rs1`, and is written last.
    let old = e.ir.temp();
    if access.reads {
        read(e, access.csr, old);
    }
    let new = match access.change {
        Change::Replace => operand,
        Change::SetBits => combine(e, Opcode::Or, old, operand),
        Change::ClearBits => combine(e, Opcode::AndNot, old, operand),
    };
    write(e, access.csr, new);
    if let Some(dst) = e.destination(o.rd) {
        e.ir.unary(Opcode::Mov, dst, old);
    }
    if access.changes_mode() {
        e.exit(ExitKind::ModeChange);
    }
}

fn combine(e: &mut Emitter, code: Opcode, old: Var, operand: Operand) -> Operand {
    let new = e.ir.temp();
    e.ir.binary(code, new, old, operand);
    Operand::Var(new)
}

fn read(e: &mut Emitter, csr: Csr, dst: Var) {
    match csr {
        Csr::Fflags => e.ir.fflags_get(dst),
        Csr::Frm => e.ir.unary(Opcode::Mov, dst, FRM),
        Csr::Fcsr => {
            let flags = e.ir.temp();
            e.ir.fflags_get(flags);
            e.ir.binary(Opcode::Shl, dst, FRM, 5);
            e.ir.binary(Opcode::Or, dst, dst, flags);
        }
        Csr::Counter(helper) => e.ir.helper(helper, dst, Var::NONE, Var::NONE),
    }
}

/// Bits that the register does not have are dropped.
fn write(e: &mut Emitter, csr: Csr, value: Operand) {
    match csr {
        Csr::Fflags => e.ir.fflags_set(value),
        Csr::Frm => set_rounding_mode(e, value, 0),
        Csr::Fcsr => {
            e.ir.fflags_set(value);
            set_rounding_mode(e, value, 5);
        }
        // `Access::new` refuses it.
        Csr::Counter(_) => {}
    }
}

/// The rounding mode becomes three bits of `value`, from bit `shift` on.
fn set_rounding_mode(e: &mut Emitter, value: Operand, shift: u8) {
    match value {
        Operand::Imm(value) => e.ir.unary(Opcode::Mov, FRM, value >> shift & 7),
        Operand::Var(value) if shift == 0 => e.ir.binary(Opcode::And, FRM, value, 7),
        Operand::Var(value) => {
            let shifted = e.ir.temp();
            e.ir.binary(Opcode::ShrU, shifted, value, i64::from(shift));
            e.ir.binary(Opcode::And, FRM, shifted, 7);
        }
    }
}
