//! Guest memory in user mode: one reserved host range, and accesses to it that may fail.
//!
//! Guest address `a` lives at host address `base + a`. The range is reserved without access
//! rights, with guards on both sides, so whatever the embedder has not mapped raises a host
//! SIGSEGV. Every access here is made by one host instruction that is listed in an exception
//! table; the embedder's signal handler looks the interrupted address up with
//! [`recovery_address`] and continues there, and the access returns an error.
//!
//! Not here: which pages are mapped (the embedder calls `mmap` inside the range), signal
//! handlers, the inline accesses of generated code (which has a table of its own).
//!
//! Rules of the unsafe code:
//! - An address is checked against [`ADDRESS_BITS`] before `base` is added. An access that starts
//!   inside and ends outside lands in the guard.
//! - A load or store of up to 8 bytes is one host instruction of exactly that size, since other
//!   guest threads observe it.
//! - An instruction that may fault has a row in the section `emu_extable`; its fix-up touches
//!   nothing but the operands the assembler block declares.

use std::arch::asm;
use std::io;
use std::ptr;

use crate::ir::{AtomicOp, MemExt, MemOp, Size};

/// Guest user space is 2³⁸ bytes: the user half of Sv39.
pub const ADDRESS_BITS: u32 = 38;
/// Bytes reserved without access on both sides of guest memory: a checked address plus any
/// 32-bit displacement stays within the reservation.
pub const GUARD_BYTES: u64 = 1 << 31;

/// Accesses of generated code to addresses up to this, as unsigned numbers, are to user space or to the
/// guard above it, where the host faults.
pub const NEAR_LIMIT: u64 = SPACE_BYTES + GUARD_BYTES / 4;

const SPACE_BYTES: u64 = 1 << ADDRESS_BITS;

/// The reserved host range that holds a guest's user space. Dropping it unmaps everything in it.
#[derive(Debug)]
pub struct AddressSpace {
    base: u64,
}

impl AddressSpace {
    const RESERVED_BYTES: usize = (SPACE_BYTES + 2 * GUARD_BYTES) as usize;

    /// Reserves the range, with guest address 0 at [`NEAR_LIMIT`] if that is free; nothing in it is
    /// accessible yet.
    pub fn reserve() -> io::Result<AddressSpace> {
        let start = (NEAR_LIMIT - GUARD_BYTES) as *mut libc::c_void;
        let base = Self::map(start, libc::MAP_FIXED_NOREPLACE)
            .or_else(|_| Self::map(ptr::null_mut(), 0))? as u64
            + GUARD_BYTES;
        Ok(AddressSpace { base })
    }

    fn map(start: *mut libc::c_void, flags: i32) -> io::Result<*mut libc::c_void> {
        // SAFETY: a new private mapping that replaces none touches nothing that exists.
        let mapped = unsafe {
            libc::mmap(
                start,
                Self::RESERVED_BYTES,
                libc::PROT_NONE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | flags,
                -1,
                0,
            )
        };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(mapped)
    }

    /// Host address of guest address 0.
    #[must_use]
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Whether `len` bytes at `address` are all within guest user space (mapped or not).
    #[must_use]
    pub fn contains(address: u64, len: u64) -> bool {
        address
            .checked_add(len)
            .is_some_and(|end| end <= SPACE_BYTES)
    }

    /// Host address of a guest address.
    ///
    /// # Panics
    /// If `address` is not within guest user space (its end is allowed).
    #[must_use]
    pub fn host(&self, address: u64) -> *mut u8 {
        assert!(
            address <= SPACE_BYTES,
            "guest address {address:#x} outside of user space"
        );
        (self.base + address) as *mut u8
    }
}

impl Drop for AddressSpace {
    fn drop(&mut self) {
        // SAFETY: the reservation is ours and whoever used it had to borrow or outlive us.
        unsafe { libc::munmap((self.base - GUARD_BYTES) as *mut _, Self::RESERVED_BYTES) };
    }
}

/// An access that did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessFault {
    /// Guest address: of the access, or for byte ranges of the first byte that could not be accessed.
    pub address: u64,
    /// Refused because it lies outside of guest user space; otherwise the host faulted.
    pub out_of_range: bool,
}

/// Host address of `address`, unless it lies outside of guest user space.
#[inline(always)]
fn checked(base: u64, address: u64) -> Result<u64, AccessFault> {
    if address >> ADDRESS_BITS != 0 {
        return Err(AccessFault {
            address,
            out_of_range: true,
        });
    }
    Ok(base.wrapping_add(address))
}

/// `Ok(value)` unless the fix-up has set `failed`.
#[inline(always)]
fn outcome(value: u64, address: u64, failed: u32) -> Result<u64, AccessFault> {
    if failed != 0 {
        Err(AccessFault {
            address,
            out_of_range: false,
        })
    } else {
        Ok(value)
    }
}

/// One instruction that may fault: afterwards `$failed` is 1 if it did, unchanged otherwise.
///
/// The fix-up (label 4) stands out of line. A row of the table is two 32-bit distances, from
/// the row's own fields to the instruction and to its fix-up. The section is marked "retain",
/// so that no linker drops it for want of a reference.
macro_rules! recoverable {
    ($instruction:literal, $failed:ident, $($operands:tt)*) => {
        asm!(
            concat!("2: ", $instruction),
            "3:",
            ".pushsection .text.emu_fixup,\"ax\",@progbits",
            "4: mov {failed:e}, 1",
            "jmp 3b",
            ".popsection",
            ".pushsection emu_extable,\"aR\",@progbits",
            ".balign 4",
            ".long 2b - .",
            ".long 4b - .",
            ".popsection",
            failed = inout(reg) $failed,
            $($operands)*
        )
    };
}

macro_rules! load_with {
    ($instruction:literal, $host:expr, $address:expr) => {{
        let value: u64;
        let mut failed = 0u32;
        // SAFETY: a read of guest memory or of the guard around it; a fault is recovered from.
        unsafe {
            recoverable!(
                $instruction, failed,
                p = in(reg) $host,
                v = lateout(reg) value,
                options(nostack, preserves_flags, readonly)
            );
        }
        outcome(value, $address, failed)
    }};
}

macro_rules! store_with {
    ($instruction:literal, $host:expr, $address:expr, $value:expr) => {{
        let mut failed = 0u32;
        // SAFETY: a write of guest memory, which holds no Rust object; a fault is recovered from.
        unsafe {
            recoverable!(
                $instruction, failed,
                p = in(reg) $host,
                v = in(reg) $value,
                options(nostack, preserves_flags)
            );
        }
        outcome(0, $address, failed).map(|_| ())
    }};
}

/// Loads and extends as `op` says.
///
/// # Safety
/// `base` is the [`AddressSpace::base`] of a live reservation, and a handler for SIGSEGV and
/// SIGBUS that honours [`recovery_address`] is installed if anything is unmapped.
#[inline]
pub unsafe fn load(base: u64, address: u64, op: MemOp) -> Result<u64, AccessFault> {
    let host = checked(base, address)?;
    match (op.size, op.ext) {
        (Size::B1, MemExt::Zero) => load_with!("movzx {v:e}, byte ptr [{p}]", host, address),
        (Size::B2, MemExt::Zero) => load_with!("movzx {v:e}, word ptr [{p}]", host, address),
        (Size::B4, MemExt::Zero) => load_with!("mov {v:e}, dword ptr [{p}]", host, address),
        (Size::B1, MemExt::Sign) => load_with!("movsx {v:r}, byte ptr [{p}]", host, address),
        (Size::B2, MemExt::Sign) => load_with!("movsx {v:r}, word ptr [{p}]", host, address),
        (Size::B4, MemExt::Sign) => load_with!("movsxd {v:r}, dword ptr [{p}]", host, address),
        (Size::B8, _) => load_with!("mov {v:r}, qword ptr [{p}]", host, address),
        (size, MemExt::Ones) => {
            // SAFETY: our caller's promise.
            let value = unsafe { load(base, address, MemOp::new(size, MemExt::Zero)) }?;
            Ok(value | u64::MAX << (8 * size.bytes()))
        }
    }
}

/// Stores the low bytes of `value`.
///
/// # Safety
/// As for [`load`]; and guest memory is not borrowed as Rust objects.
#[inline]
pub unsafe fn store(base: u64, address: u64, size: Size, value: u64) -> Result<(), AccessFault> {
    let host = checked(base, address)?;
    match size {
        Size::B1 => store_with!("mov byte ptr [{p}], {v:l}", host, address, value),
        Size::B2 => store_with!("mov word ptr [{p}], {v:x}", host, address, value),
        Size::B4 => store_with!("mov dword ptr [{p}], {v:e}", host, address, value),
        Size::B8 => store_with!("mov qword ptr [{p}], {v:r}", host, address, value),
    }
}

macro_rules! exchange_with {
    ($instruction:literal, $host:expr, $address:expr, $value:expr) => {{
        let old: u64;
        let mut failed = 0u32;
        // SAFETY: as in `store_with`.
        unsafe {
            recoverable!(
                $instruction, failed,
                p = in(reg) $host,
                v = inout(reg) $value => old,
                options(nostack)
            );
        }
        outcome(old, $address, failed)
    }};
}

macro_rules! compare_exchange_with {
    ($instruction:literal, $host:expr, $address:expr, $expected:expr, $new:expr) => {{
        let old: u64;
        let mut failed = 0u32;
        // SAFETY: as in `store_with`.
        unsafe {
            recoverable!(
                $instruction, failed,
                p = in(reg) $host,
                v = in(reg) $new,
                inout("rax") $expected => old,
                options(nostack)
            );
        }
        outcome(old, $address, failed)
    }};
}

/// Replaces the value at `address` by `old <op> value`, sequentially consistent, and returns
/// the old value sign-extended. Alignment is the caller's business.
///
/// # Safety
/// As for [`store`].
#[inline]
pub unsafe fn atomic_rmw(
    base: u64,
    address: u64,
    op: AtomicOp,
    size: Size,
    value: u64,
) -> Result<u64, AccessFault> {
    let host = checked(base, address)?;
    let old = match (op, size) {
        (AtomicOp::Swap, Size::B1) => {
            exchange_with!("xchg byte ptr [{p}], {v:l}", host, address, value)
        }
        (AtomicOp::Swap, Size::B2) => {
            exchange_with!("xchg word ptr [{p}], {v:x}", host, address, value)
        }
        (AtomicOp::Swap, Size::B4) => {
            exchange_with!("xchg dword ptr [{p}], {v:e}", host, address, value)
        }
        (AtomicOp::Swap, Size::B8) => {
            exchange_with!("xchg qword ptr [{p}], {v:r}", host, address, value)
        }
        (AtomicOp::Add, Size::B1) => {
            exchange_with!("lock xadd byte ptr [{p}], {v:l}", host, address, value)
        }
        (AtomicOp::Add, Size::B2) => {
            exchange_with!("lock xadd word ptr [{p}], {v:x}", host, address, value)
        }
        (AtomicOp::Add, Size::B4) => {
            exchange_with!("lock xadd dword ptr [{p}], {v:e}", host, address, value)
        }
        (AtomicOp::Add, Size::B8) => {
            exchange_with!("lock xadd qword ptr [{p}], {v:r}", host, address, value)
        }
        _ => {
            // SAFETY: our caller's promise.
            let mut old = unsafe { load(base, address, MemOp::new(size, MemExt::Zero)) }?;
            loop {
                let new = combine(op, size, old, value);
                // SAFETY: our caller's promise.
                let seen = unsafe { compare_exchange(base, address, size, old, new) }?;
                if seen == old {
                    break Ok(old);
                }
                old = seen;
            }
        }
    };
    old.map(|old| sign_extend(size, old))
}

/// If the value at `address` is the low bytes of `expected`, replaces it by those of `new`,
/// sequentially consistent. Returns the old value zero-extended. Alignment is the caller's business.
///
/// # Safety
/// As for [`store`].
#[inline]
pub unsafe fn compare_exchange(
    base: u64,
    address: u64,
    size: Size,
    expected: u64,
    new: u64,
) -> Result<u64, AccessFault> {
    let host = checked(base, address)?;
    let old = match size {
        Size::B1 => compare_exchange_with!(
            "lock cmpxchg byte ptr [{p}], {v:l}",
            host,
            address,
            expected,
            new
        ),
        Size::B2 => compare_exchange_with!(
            "lock cmpxchg word ptr [{p}], {v:x}",
            host,
            address,
            expected,
            new
        ),
        Size::B4 => compare_exchange_with!(
            "lock cmpxchg dword ptr [{p}], {v:e}",
            host,
            address,
            expected,
            new
        ),
        Size::B8 => compare_exchange_with!(
            "lock cmpxchg qword ptr [{p}], {v:r}",
            host,
            address,
            expected,
            new
        ),
    };
    old.map(|old| zero_extend(size, old))
}

/// What an atomic operation leaves in memory (low bytes; the rest is unspecified).
fn combine(op: AtomicOp, size: Size, old: u64, value: u64) -> u64 {
    let (old_signed, value_signed) = (
        sign_extend(size, old) as i64,
        sign_extend(size, value) as i64,
    );
    // Sign extension keeps the order of unsigned numbers too.
    let (old_unsigned, value_unsigned) = (old_signed as u64, value_signed as u64);
    match op {
        AtomicOp::Swap => value,
        AtomicOp::Add => old.wrapping_add(value),
        AtomicOp::And => old & value,
        AtomicOp::Or => old | value,
        AtomicOp::Xor => old ^ value,
        AtomicOp::MinS => old_signed.min(value_signed) as u64,
        AtomicOp::MaxS => old_signed.max(value_signed) as u64,
        AtomicOp::MinU => old_unsigned.min(value_unsigned),
        AtomicOp::MaxU => old_unsigned.max(value_unsigned),
    }
}

#[inline]
fn sign_extend(size: Size, value: u64) -> u64 {
    match size {
        Size::B1 => value as i8 as u64,
        Size::B2 => value as i16 as u64,
        Size::B4 => value as i32 as u64,
        Size::B8 => value,
    }
}

#[inline]
fn zero_extend(size: Size, value: u64) -> u64 {
    match size {
        Size::B1 => u64::from(value as u8),
        Size::B2 => u64::from(value as u16),
        Size::B4 => u64::from(value as u32),
        Size::B8 => value,
    }
}

/// Copies `count` bytes; returns how many were left when a byte could not be accessed.
///
/// # Safety
/// Each side is either memory that is valid for `count` bytes or guest memory as in [`load`].
unsafe fn copy(source: u64, destination: u64, count: usize) -> usize {
    let left: usize;
    // SAFETY: our caller's promise; the instruction can be interrupted by a fault at any byte,
    // with the registers saying how far it came, so continuing behind it is all the fix-up needed.
    unsafe {
        asm!(
            "2: rep movsb",
            "3:",
            ".pushsection emu_extable,\"aR\",@progbits",
            ".balign 4",
            ".long 2b - .",
            ".long 3b - .",
            ".popsection",
            inout("rcx") count => left,
            inout("rsi") source => _,
            inout("rdi") destination => _,
            options(nostack, preserves_flags)
        );
    }
    left
}

/// `Ok` with the host address if all of the range is within user space, else the fault at its
/// first byte outside.
fn checked_range(base: u64, address: u64, len: usize) -> Result<u64, AccessFault> {
    if AddressSpace::contains(address, len as u64) {
        Ok(base + address)
    } else {
        Err(AccessFault {
            address: address.max(SPACE_BYTES),
            out_of_range: true,
        })
    }
}

/// Copies guest memory into `buf`. After an error the buffer holds an unspecified prefix.
///
/// # Safety
/// As for [`load`].
pub unsafe fn read_bytes(base: u64, address: u64, buf: &mut [u8]) -> Result<(), AccessFault> {
    let host = checked_range(base, address, buf.len())?;
    // SAFETY: the destination is a live buffer, the source guest memory.
    let left = unsafe { copy(host, buf.as_mut_ptr() as u64, buf.len()) };
    if left == 0 {
        return Ok(());
    }
    Err(AccessFault {
        address: address + (buf.len() - left) as u64,
        out_of_range: false,
    })
}

/// Copies `bytes` into guest memory. After an error a prefix of unspecified length is written.
///
/// # Safety
/// As for [`store`].
pub unsafe fn write_bytes(base: u64, address: u64, bytes: &[u8]) -> Result<(), AccessFault> {
    let host = checked_range(base, address, bytes.len())?;
    // SAFETY: the source is a live buffer, the destination guest memory.
    let left = unsafe { copy(bytes.as_ptr() as u64, host, bytes.len()) };
    if left == 0 {
        return Ok(());
    }
    Err(AccessFault {
        address: address + (bytes.len() - left) as u64,
        out_of_range: false,
    })
}

/// The `si_code` of a SIGSEGV for the guest, where the host's was `host_code`: in the guards nothing is
/// mapped, as the guest sees it. Async-signal-safe.
#[must_use]
pub fn fault_code(address: u64, host_code: i32) -> i32 {
    const MAPERR: i32 = 1;
    if address >> ADDRESS_BITS == 0 {
        host_code
    } else {
        MAPERR
    }
}

/// If `host_pc` is one of the instructions above: where the signal handler should continue.
/// Async-signal-safe.
#[must_use]
pub fn recovery_address(host_pc: usize) -> Option<usize> {
    let (start, stop): (usize, usize);
    // SAFETY: takes two addresses. The row added here matches no instruction; it makes sure that
    // the section, and so the linker's symbols for its bounds, exist.
    unsafe {
        asm!(
            ".pushsection emu_extable,\"aR\",@progbits",
            ".balign 4",
            ".long 0, 0",
            ".popsection",
            ".hidden __start_emu_extable",
            ".hidden __stop_emu_extable",
            "lea {start}, [rip + __start_emu_extable]",
            "lea {stop}, [rip + __stop_emu_extable]",
            start = out(reg) start,
            stop = out(reg) stop,
            options(nomem, nostack, preserves_flags)
        );
    }
    let rows = (stop - start) / size_of::<[i32; 2]>();
    // SAFETY: the linker's bounds enclose rows of two aligned 32-bit numbers, and nothing else
    // contributes to the section.
    let rows = unsafe { std::slice::from_raw_parts(start as *const [i32; 2], rows) };
    rows.iter().find_map(|row| {
        let target =
            |field: &i32| (ptr::from_ref(field) as usize).wrapping_add_signed(*field as isize);
        (target(&row[0]) == host_pc).then(|| target(&row[1]))
    })
}

#[cfg(test)]
mod tests;
