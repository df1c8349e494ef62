//! Accesses to mapped, protected and unmapped guest memory, under a real signal handler.

use std::sync::Once;

use super::*;

const PAGE: u64 = 4096;
const ADDRESS: u64 = 0x1_0000;

extern "C" fn on_fault(_signal: i32, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid context to an SA_SIGINFO handler.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let pc = &mut registers[libc::REG_RIP as usize];
    match recovery_address(*pc as usize) {
        Some(address) => *pc = address as i64,
        // SAFETY: always allowed.
        None => unsafe { libc::abort() },
    }
}

/// An address space with one writable page at `ADDRESS`, a read-only one behind it, and nothing
/// else; with the handler installed.
fn space() -> AddressSpace {
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        // SAFETY: a zeroed sigaction is valid; the handler is async-signal-safe.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            for signal in [libc::SIGSEGV, libc::SIGBUS] {
                assert_eq!(libc::sigaction(signal, &action, std::ptr::null_mut()), 0);
            }
        }
    });
    let space = AddressSpace::reserve().expect("reserve");
    protect(&space, ADDRESS, libc::PROT_READ | libc::PROT_WRITE);
    protect(&space, ADDRESS + PAGE, libc::PROT_READ);
    space
}

fn protect(space: &AddressSpace, address: u64, protection: i32) {
    let page = space.host(address).cast();
    // SAFETY: the page is in our reservation.
    let result = unsafe { libc::mprotect(page, PAGE as usize, protection) };
    assert_eq!(result, 0);
}

fn host_fault(address: u64) -> AccessFault {
    AccessFault {
        address,
        out_of_range: false,
    }
}

#[test]
fn loads_extend() {
    let space = space();
    let bytes = [0x80, 0xff, 0xfe, 0x81, 1, 2, 3, 0x84];
    // SAFETY: live space, handler installed.
    unsafe {
        write_bytes(space.base(), ADDRESS, &bytes).expect("mapped");
        for (size, ext, expected) in [
            (Size::B1, MemExt::Zero, 0x80),
            (Size::B1, MemExt::Sign, 0xffff_ffff_ffff_ff80),
            (Size::B1, MemExt::Ones, 0xffff_ffff_ffff_ff80),
            (Size::B2, MemExt::Zero, 0xff80),
            (Size::B2, MemExt::Sign, 0xffff_ffff_ffff_ff80),
            (Size::B4, MemExt::Zero, 0x81fe_ff80),
            (Size::B4, MemExt::Sign, 0xffff_ffff_81fe_ff80),
            (Size::B4, MemExt::Ones, 0xffff_ffff_81fe_ff80),
            (Size::B8, MemExt::Zero, 0x8403_0201_81fe_ff80),
            (Size::B8, MemExt::Sign, 0x8403_0201_81fe_ff80),
        ] {
            let loaded = load(space.base(), ADDRESS, MemOp::new(size, ext));
            assert_eq!(loaded, Ok(expected), "{size:?} {ext:?}");
        }
        // A positive narrow value tells sign extension from NaN boxing.
        let boxed = load(
            space.base(),
            ADDRESS + 4,
            MemOp::new(Size::B1, MemExt::Ones),
        );
        assert_eq!(boxed, Ok(0xffff_ffff_ffff_ff01));
    }
}

#[test]
fn stores_write_their_size_only() {
    let space = space();
    for (size, expected) in [
        (Size::B1, 0xffff_ffff_ffff_ff11_u64),
        (Size::B2, 0xffff_ffff_ffff_2211),
        (Size::B4, 0xffff_ffff_4433_2211),
        (Size::B8, 0x8877_6655_4433_2211),
    ] {
        let mut bytes = [0; 8];
        // SAFETY: live space, handler installed.
        unsafe {
            write_bytes(space.base(), ADDRESS, &[0xff; 8]).expect("mapped");
            store(space.base(), ADDRESS, size, 0x8877_6655_4433_2211).expect("mapped");
            read_bytes(space.base(), ADDRESS, &mut bytes).expect("mapped");
        }
        assert_eq!(u64::from_le_bytes(bytes), expected, "{size:?}");
    }
}

#[test]
fn host_faults_become_errors() {
    let space = space();
    let read_only = ADDRESS + PAGE;
    let unmapped = ADDRESS + 2 * PAGE;
    let base = space.base();
    // SAFETY: live space, handler installed.
    unsafe {
        for size in [Size::B1, Size::B2, Size::B4, Size::B8] {
            for ext in [MemExt::Zero, MemExt::Sign, MemExt::Ones] {
                assert_eq!(
                    load(base, read_only, MemOp::new(size, ext)),
                    Ok(sized_zero(size, ext))
                );
                assert_eq!(
                    load(base, unmapped, MemOp::new(size, ext)),
                    Err(host_fault(unmapped))
                );
            }
            assert_eq!(store(base, read_only, size, 1), Err(host_fault(read_only)));
            assert_eq!(
                compare_exchange(base, read_only, size, 0, 1),
                Err(host_fault(read_only))
            );
            for op in [AtomicOp::Swap, AtomicOp::Add, AtomicOp::Xor, AtomicOp::MaxU] {
                assert_eq!(
                    atomic_rmw(base, read_only, op, size, 1),
                    Err(host_fault(read_only))
                );
                assert_eq!(
                    atomic_rmw(base, unmapped, op, size, 1),
                    Err(host_fault(unmapped))
                );
            }
        }
        // The last bytes of user space reach into the guard.
        let last = (1 << ADDRESS_BITS) - 1;
        assert_eq!(
            load(base, last, MemOp::new(Size::B8, MemExt::Zero)),
            Err(host_fault(last))
        );
    }
}

fn sized_zero(size: Size, ext: MemExt) -> u64 {
    if ext == MemExt::Ones && size != Size::B8 {
        u64::MAX << (8 * size.bytes())
    } else {
        0
    }
}

#[test]
fn addresses_outside_are_refused() {
    let space = space();
    let op = MemOp::new(Size::B1, MemExt::Zero);
    for address in [
        1 << ADDRESS_BITS,
        1 << 63,
        u64::MAX,
        space.base().wrapping_neg(),
    ] {
        let refused = AccessFault {
            address,
            out_of_range: true,
        };
        // SAFETY: live space, handler installed.
        unsafe {
            assert_eq!(load(space.base(), address, op), Err(refused));
            assert_eq!(store(space.base(), address, Size::B1, 0), Err(refused));
            assert_eq!(
                atomic_rmw(space.base(), address, AtomicOp::Or, Size::B8, 0),
                Err(refused)
            );
            assert_eq!(
                compare_exchange(space.base(), address, Size::B8, 0, 0),
                Err(refused)
            );
            assert_eq!(read_bytes(space.base(), address, &mut [0]), Err(refused));
        }
    }
    assert!(AddressSpace::contains(0, 1 << ADDRESS_BITS));
    assert!(!AddressSpace::contains(1, 1 << ADDRESS_BITS));
    assert!(!AddressSpace::contains(u64::MAX, 2));
}

#[test]
fn byte_ranges_report_the_first_bad_byte() {
    let space = space();
    let base = space.base();
    let mut buf = [0; 32];
    // SAFETY: live space, handler installed.
    unsafe {
        let end = ADDRESS + 2 * PAGE;
        assert_eq!(read_bytes(base, end - 10, &mut buf), Err(host_fault(end)));
        assert_eq!(
            write_bytes(base, ADDRESS + PAGE - 7, &buf),
            Err(host_fault(ADDRESS + PAGE))
        );
        let space_end = 1 << ADDRESS_BITS;
        let refused = AccessFault {
            address: space_end,
            out_of_range: true,
        };
        assert_eq!(read_bytes(base, space_end - 1, &mut buf), Err(refused));
        assert_eq!(read_bytes(base, 0, &mut []), Ok(()));
    }
}

#[test]
fn atomics_combine() {
    let space = space();
    for (op, size, old, value, new) in [
        (AtomicOp::Swap, Size::B4, 0x8000_0000_u64, 5_u64, 5_u64),
        (AtomicOp::Add, Size::B4, 0xffff_ffff, 2, 1),
        (AtomicOp::Add, Size::B8, u64::MAX, 2, 1),
        (AtomicOp::And, Size::B8, 0b1100, 0b1010, 0b1000),
        (AtomicOp::Or, Size::B8, 0b1100, 0b1010, 0b1110),
        (AtomicOp::Xor, Size::B8, 0b1100, 0b1010, 0b0110),
        (AtomicOp::MinS, Size::B4, 0x8000_0000, 1, 0x8000_0000),
        (AtomicOp::MaxS, Size::B4, 0x8000_0000, 1, 1),
        (AtomicOp::MinU, Size::B4, 0x8000_0000, 1, 1),
        (AtomicOp::MaxU, Size::B4, 0x8000_0000, 1, 0x8000_0000),
        // The upper half of the operand does not count.
        (AtomicOp::MinU, Size::B4, 7, 0xffff_ffff_0000_0003, 3),
        (AtomicOp::MinS, Size::B8, u64::MAX, 1, u64::MAX),
        (AtomicOp::MaxU, Size::B8, u64::MAX, 1, u64::MAX),
        (AtomicOp::Swap, Size::B1, 0x80, 0x7f, 0x7f),
        (AtomicOp::MaxS, Size::B2, 0x8000, 0x7fff, 0x7fff),
    ] {
        let zero = MemOp::new(size, MemExt::Zero);
        // SAFETY: live space, handler installed.
        unsafe {
            store(space.base(), ADDRESS, Size::B8, 0).expect("mapped");
            store(space.base(), ADDRESS, size, old).expect("mapped");
            let returned = atomic_rmw(space.base(), ADDRESS, op, size, value);
            assert_eq!(returned, Ok(sign_extend(size, old)), "{op:?} {size:?}");
            assert_eq!(
                load(space.base(), ADDRESS, zero),
                Ok(new),
                "{op:?} {size:?}"
            );
            let full = load(space.base(), ADDRESS, MemOp::new(Size::B8, MemExt::Zero));
            assert_eq!(full, Ok(new), "{op:?} {size:?} wrote more than its size");
        }
    }
}

#[test]
fn compare_exchange_compares_its_size_only() {
    let space = space();
    let base = space.base();
    // SAFETY: live space, handler installed.
    unsafe {
        store(base, ADDRESS, Size::B8, 0x1111_1111_8000_0001).expect("mapped");
        let old = compare_exchange(base, ADDRESS, Size::B4, 0xffff_ffff_8000_0001, 7);
        assert_eq!(old, Ok(0x8000_0001));
        assert_eq!(
            load(base, ADDRESS, MemOp::new(Size::B8, MemExt::Zero)),
            Ok(0x1111_1111_0000_0007)
        );
        assert_eq!(compare_exchange(base, ADDRESS, Size::B4, 8, 9), Ok(7));
        assert_eq!(
            load(base, ADDRESS, MemOp::new(Size::B4, MemExt::Zero)),
            Ok(7)
        );
    }
}

#[test]
fn other_host_addresses_have_no_recovery() {
    assert_eq!(recovery_address(0), None);
    assert_eq!(
        recovery_address(other_host_addresses_have_no_recovery as *const () as usize),
        None
    );
}
