//! Integer loads and stores.

use super::{Emitter, Operands};
use crate::guest::riscv64::slots::x;
use crate::ir::{MemExt, MemOp, Size};

/// `rd` = memory at `rs1 + imm`; accesses memory even if `rd` is `x0`.
pub(crate) fn load(e: &mut Emitter, o: &Operands, size: Size, ext: MemExt) {
    let dst = e.destination_or_none(o.rd);
    e.ir.load(dst, MemOp::new(size, ext), x(o.rs1), o.imm);
}

/// Memory at `rs1 + imm` becomes `rs2`.
pub(crate) fn store(e: &mut Emitter, o: &Operands, size: Size) {
    e.ir.store(MemOp::new(size, MemExt::Zero), x(o.rs1), o.imm, x(o.rs2));
}
