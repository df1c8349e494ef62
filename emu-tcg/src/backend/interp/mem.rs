//! Memory operations, on [`crate::memory`].
//!
//! On an error no slot has been written.

use std::sync::atomic::Ordering;

use crate::guest::Guest;
use crate::ir::{AtomicOp, MemExt, MemOp, Op, Size};
use crate::memory::{self, AccessFault};

use super::Machine;

/// Why an access did not happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// The memory said no; the access was of `size`.
    Access(AccessFault, Size),
    /// An atomic access that is not naturally aligned.
    Misaligned(u64),
}

/// `fault_signal` of an access outside of user space: SIGSEGV with SEGV_MAPERR.
const OUT_OF_RANGE: u32 = (libc::SIGSEGV as u32) << 16 | 1;
/// `fault_signal` of a misaligned atomic: SIGBUS with BUS_ADRALN.
const MISALIGNED: u32 = (libc::SIGBUS as u32) << 16 | 1;

impl Fault {
    /// Tells the embedder; the signal of a host fault was stored by its signal handler.
    ///
    /// # Safety
    /// `machine` is that of a run.
    #[cold]
    pub(super) unsafe fn report(self, machine: Machine) {
        // SAFETY: our caller's promise.
        let (fault_address, fault_signal) = unsafe {
            (
                &(*machine.state).fault_address,
                &(*machine.state).fault_signal,
            )
        };
        let (address, signal) = match self {
            Fault::Misaligned(address) => (address, Some(MISALIGNED)),
            Fault::Access(
                AccessFault {
                    address,
                    out_of_range: true,
                },
                _,
            ) => (address, Some(OUT_OF_RANGE)),
            Fault::Access(AccessFault { address, .. }, size) => {
                // The handler may know better which of the bytes it was.
                let known = fault_address.load(Ordering::Relaxed);
                let within = known.wrapping_sub(address) < size.bytes();
                (if within { known } else { address }, None)
            }
        };
        fault_address.store(address, Ordering::Relaxed);
        if let Some(signal) = signal {
            fault_signal.store(signal, Ordering::Relaxed);
        }
    }
}

fn aligned(address: u64, size: Size) -> Result<u64, Fault> {
    if address & (size.bytes() - 1) == 0 {
        Ok(address)
    } else {
        Err(Fault::Misaligned(address))
    }
}

/// The size that `aux` of a memory operation holds in its low bits.
#[inline(always)]
fn size_of_aux(aux: u8) -> Size {
    match aux & 3 {
        0 => Size::B1,
        1 => Size::B2,
        2 => Size::B4,
        _ => Size::B8,
    }
}

/// Loads as `$aux` says; each arm's [`MemOp`] is a constant, so that one jump picks the host
/// instruction.
macro_rules! load_as {
    ($aux:expr, $base:expr, $address:expr, $($size:ident $ext:ident)*) => {
        match $aux {
            $(aux if aux == MemOp::new(Size::$size, MemExt::$ext).to_aux() => {
                memory::load($base, $address, const { MemOp::new(Size::$size, MemExt::$ext) })
            })*
            _ => memory::load($base, $address, const { MemOp::new(Size::B8, MemExt::Zero) }),
        }
    };
}

/// # Safety
/// As for [`super::run`], as are all functions here.
#[inline(always)]
pub(super) unsafe fn load(machine: Machine, op: &Op) -> Result<(), Fault> {
    // SAFETY: our caller's promise.
    unsafe {
        let address = machine.get(op.a).wrapping_add(op.imm as u64);
        let base = machine.memory_base();
        let value = load_as!(op.aux, base, address,
            B1 Zero B2 Zero B4 Zero B1 Sign B2 Sign B4 Sign B1 Ones B2 Ones B4 Ones)
        .map_err(|fault| Fault::Access(fault, size_of_aux(op.aux)))?;
        machine.set(op.dst, value);
    }
    Ok(())
}

/// See [`load`].
#[inline(always)]
pub(super) unsafe fn store(machine: Machine, op: &Op) -> Result<(), Fault> {
    let size = size_of_aux(op.aux);
    // SAFETY: our caller's promise.
    unsafe {
        let address = machine.get(op.a).wrapping_add(op.imm as u64);
        memory::store(machine.memory_base(), address, size, machine.get(op.b))
            .map_err(|fault| Fault::Access(fault, size))
    }
}

/// See [`load`].
pub(super) unsafe fn atomic_rmw(machine: Machine, op: &Op) -> Result<(), Fault> {
    let size = size_of_aux(op.aux >> 4);
    let atomic = AtomicOp::from_bits(op.aux & 15).unwrap_or(AtomicOp::Swap);
    // SAFETY: our caller's promise.
    unsafe {
        let address = aligned(machine.get(op.a), size)?;
        let old = memory::atomic_rmw(
            machine.memory_base(),
            address,
            atomic,
            size,
            machine.get(op.b),
        )
        .map_err(|fault| Fault::Access(fault, size))?;
        machine.set(op.dst, old);
    }
    Ok(())
}

/// See [`load`].
pub(super) unsafe fn load_reserved(
    machine: Machine,
    op: &Op,
    guest: &dyn Guest,
) -> Result<(), Fault> {
    let slots = guest.special_slots();
    let size = size_of_aux(op.aux);
    let mem_op = MemOp::from_aux(op.aux).unwrap_or(MemOp::new(size, MemExt::Sign));
    // SAFETY: our caller's promise.
    unsafe {
        let address = aligned(machine.get(op.a), size)?;
        let value = memory::load(machine.memory_base(), address, mem_op)
            .map_err(|fault| Fault::Access(fault, size))?;
        machine.set(slots.reservation_address, address);
        machine.set(slots.reservation_value, value);
        machine.set(op.dst, value);
    }
    Ok(())
}

/// See [`load`].
pub(super) unsafe fn store_conditional(
    machine: Machine,
    op: &Op,
    guest: &dyn Guest,
) -> Result<(), Fault> {
    let slots = guest.special_slots();
    let size = size_of_aux(op.aux);
    // SAFETY: our caller's promise.
    unsafe {
        let address = aligned(machine.get(op.a), size)?;
        let mut stored = false;
        if machine.get(slots.reservation_address) == address {
            let reserved = machine.get(slots.reservation_value);
            let new = machine.get(op.b);
            let seen =
                memory::compare_exchange(machine.memory_base(), address, size, reserved, new)
                    .map_err(|fault| Fault::Access(fault, size))?;
            let unused_bits = 64 - 8 * size.bytes();
            stored = (seen ^ reserved) << unused_bits == 0;
        }
        machine.set(slots.reservation_address, u64::MAX);
        machine.set(op.dst, u64::from(!stored));
    }
    Ok(())
}
