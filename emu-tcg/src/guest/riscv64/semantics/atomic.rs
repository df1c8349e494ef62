//! Atomic memory operations.

use super::{Emitter, Operands};
use crate::guest::riscv64::slots::x;
use crate::ir::{AtomicOp, Size};

/// `rd` = memory at `rs1`, which becomes reserved.
pub(crate) fn lr(e: &mut Emitter, o: &Operands, size: Size) {
    let dst = e.destination_or_none(o.rd);
    e.ir.load_reserved(dst, size, x(o.rs1));
}

/// If still reserved, memory at `rs1` becomes `rs2` and `rd` 0; else `rd` becomes 1.
pub(crate) fn sc(e: &mut Emitter, o: &Operands, size: Size) {
    let dst = e.destination_or_none(o.rd);
    e.ir.store_conditional(dst, size, x(o.rs1), x(o.rs2));
}

/// `rd` = memory at `rs1`, which becomes `rd <op> rs2`.
pub(crate) fn amo(e: &mut Emitter, o: &Operands, op: AtomicOp, size: Size) {
    let dst = e.destination_or_none(o.rd);
    e.ir.atomic_rmw(dst, op, size, x(o.rs1), x(o.rs2));
}
