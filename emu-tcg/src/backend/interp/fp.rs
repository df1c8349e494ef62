//! Floating-point operations: operands and accrued flags around [`crate::backend::fp`].

use crate::backend::fp;
use crate::guest::Guest;
use crate::ir::Op;

use super::Machine;

/// Any operation from `FAdd` to `FBox`.
///
/// # Safety
/// As for [`super::run`].
pub(super) unsafe fn compute(machine: Machine, op: &Op, guest: &dyn Guest) {
    let slots = guest.special_slots();
    // SAFETY: our caller's promise; operands that the operation does not take read as 0.
    unsafe {
        let [a, b, c] = [op.a, op.b, op.c].map(|var| machine.operand_or_zero(op, var));
        let frm = machine.get(slots.rounding_mode);
        let (value, flags) = fp::evaluate(op.code, op.aux, a, b, c, frm);
        if flags != 0 {
            let accrued = machine.get(slots.fp_flags);
            machine.set(slots.fp_flags, accrued | u64::from(flags));
        }
        machine.set(op.dst, value);
    }
}

/// # Safety
/// As for [`super::run`].
pub(super) unsafe fn flags_get(machine: Machine, op: &Op, guest: &dyn Guest) {
    // SAFETY: our caller's promise.
    unsafe { machine.set(op.dst, machine.get(guest.special_slots().fp_flags) & 31) };
}

/// # Safety
/// As for [`super::run`].
pub(super) unsafe fn flags_set(machine: Machine, op: &Op, guest: &dyn Guest) {
    // SAFETY: our caller's promise.
    unsafe {
        machine.set(
            guest.special_slots().fp_flags,
            machine.operand(op, op.a) & 31,
        )
    };
}
