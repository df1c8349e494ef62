//! The guest's memory calls on real host mappings.

use super::*;

const READ_WRITE: Protection = Protection {
    read: true,
    write: true,
    execute: false,
};
const READ_EXECUTE: Protection = Protection {
    read: true,
    write: false,
    execute: true,
};
const PRIVATE: i32 = libc::MAP_PRIVATE;

/// An empty guest whose accesses to what is not mapped are errors.
struct Guest {
    memory: MemoryMap,
    _faults: crate::fault::Attached,
}

impl Guest {
    fn new() -> Guest {
        let memory = MemoryMap::new(Layout::new(0)).expect("address space");
        Guest {
            memory,
            _faults: crate::fault::attach(std::ptr::null_mut()),
        }
    }

    fn map(&self, placement: Placement, len: u64) -> Result<u64, Errno> {
        self.memory
            .map(placement, len, READ_WRITE, PRIVATE, Source::Anonymous)
    }

    fn put(&self, address: u64, value: u64) -> Result<(), Errno> {
        self.memory.space.write(address, &value)
    }

    fn get(&self, address: u64) -> Result<u64, Errno> {
        self.memory.space.read(address)
    }
}

#[test]
fn mappings_go_below_the_stack_and_hints_are_kept() {
    let guest = Guest::new();
    let first = guest.map(Placement::Hint(0), 0x3000).expect("room");
    assert_eq!(first, guest.memory.layout.mmap_end - 0x3000);
    assert_eq!(guest.map(Placement::Hint(0), 1), Ok(first - 0x1000));
    assert_eq!(guest.map(Placement::Hint(0x20_0123), 0x1000), Ok(0x20_0000));
    assert_eq!(
        guest.map(Placement::Hint(0x20_0000), 0x1000),
        Ok(first - 0x2000)
    );
}

#[test]
fn impossible_mappings_are_refused() {
    let guest = Guest::new();
    let taken = guest
        .map(Placement::Fixed(0x20_0000), 0x1000)
        .expect("free");
    let cases: &[(Placement, u64, Errno)] = &[
        (Placement::Hint(0), 0, Errno::EINVAL),
        (Placement::Hint(0), ADDRESS_LIMIT, Errno::ENOMEM),
        (Placement::Hint(0), u64::MAX, Errno::ENOMEM),
        (Placement::Fixed(0x20_0001), 0x1000, Errno::EINVAL),
        (Placement::Fixed(0), 0x1000, Errno::EPERM),
        (Placement::Fixed(ADDRESS_LIMIT), 0x1000, Errno::ENOMEM),
        (Placement::Fixed(u64::MAX - 0xfff), 0x1000, Errno::ENOMEM),
        (Placement::FixedNoReplace(taken), 0x1000, Errno::EEXIST),
    ];
    for &(placement, len, expected) in cases {
        assert_eq!(
            guest.map(placement, len),
            Err(expected),
            "{placement:x?}, {len:#x} bytes"
        );
    }
}

#[test]
fn unmapped_memory_faults_and_comes_back_zeroed() {
    let guest = Guest::new();
    let at = guest.map(Placement::Hint(0), 0x3000).expect("room");
    guest.put(at + 0x1000, 7).expect("mapped");
    guest
        .memory
        .unmap(at + 0x1000, 0x1000)
        .expect("a good range");
    assert_eq!(guest.get(at + 0x1000), Err(Errno::EFAULT));
    assert_eq!(guest.get(at + 0x2000), Ok(0));
    guest
        .map(Placement::FixedNoReplace(at + 0x1000), 0x1000)
        .expect("free again");
    assert_eq!(guest.get(at + 0x1000), Ok(0));
}

#[test]
fn protection_is_enforced_and_decides_what_can_be_fetched() {
    let guest = Guest::new();
    let at = guest.map(Placement::Hint(0), 0x2000).expect("room");
    guest.put(at + 0xffe, 0x1234_5678).expect("mapped");
    let mut code = [0; 4];
    assert!(!guest.memory.fetch(at, &mut code[..2]));
    guest
        .memory
        .protect(at, 0x1000, READ_EXECUTE)
        .expect("mapped");
    assert_eq!(guest.put(at, 1), Err(Errno::EFAULT));
    assert!(guest.memory.fetch(at + 0xffe, &mut code[..2]));
    assert_eq!(code[..2], [0x78, 0x56]);
    // The second half lies on a page that is not executable.
    assert!(!guest.memory.fetch(at + 0xffe, &mut code));
    assert!(
        guest.memory.may_hold_code(at, 0x1000) && !guest.memory.may_hold_code(at + 0x1000, 0x1000)
    );
    assert_eq!(
        guest.memory.protect(at, 0x3000, READ_WRITE),
        Err(Errno::ENOMEM)
    );
    assert_eq!(
        guest.memory.protect(at + 1, 0x1000, READ_WRITE),
        Err(Errno::EINVAL)
    );
}

#[test]
fn remapping_keeps_contents() {
    let guest = Guest::new();
    let memory = &guest.memory;
    let at = guest
        .map(Placement::Fixed(0x20_0000), 0x2000)
        .expect("free");
    guest.put(at + 0x1000, 42).expect("mapped");
    // In place, then blocked by a neighbour, then moved, shrunk and moved to a given place.
    assert_eq!(memory.remap(at, 0x2000, 0x3000, false, None), Ok(at));
    guest
        .map(Placement::Fixed(at + 0x3000), 0x1000)
        .expect("free");
    assert_eq!(
        memory.remap(at, 0x3000, 0x5000, false, None),
        Err(Errno::ENOMEM)
    );
    let moved = memory.remap(at, 0x3000, 0x5000, true, None).expect("room");
    assert_eq!(
        (guest.get(moved + 0x1000), guest.get(moved + 0x4000)),
        (Ok(42), Ok(0))
    );
    assert_eq!(guest.get(at), Err(Errno::EFAULT));
    assert_eq!(memory.remap(moved, 0x5000, 0x2000, false, None), Ok(moved));
    assert_eq!(guest.get(moved + 0x2000), Err(Errno::EFAULT));
    assert_eq!(
        memory.remap(moved, 0x2000, 0x2000, true, Some(0x40_0000)),
        Ok(0x40_0000)
    );
    assert_eq!(guest.get(0x40_1000), Ok(42));
    assert_eq!(
        memory.remap(0x40_0000, 0x2000, 0x2000, true, Some(0x40_1000)),
        Err(Errno::EINVAL)
    );
    assert_eq!(
        memory.remap(0x90_0000, 0x1000, 0x2000, true, None),
        Err(Errno::EFAULT)
    );
}

#[test]
fn file_mappings_show_the_file_and_grow() {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;

    let guest = Guest::new();
    let mut file = tempfile::tempfile().expect("temporary file");
    file.write_all(&[1; 0x1000])
        .and_then(|()| file.write_all(&[2; 0x1000]))
        .expect("written");
    let backing = FileBacking {
        path: "/f".into(),
        offset: 0,
        device: 0,
        inode: 0,
    };
    let source = Source::File {
        file: file.as_fd(),
        backing,
    };
    let at = guest
        .memory
        .map(
            Placement::Hint(0x20_0000),
            0x1000,
            READ_WRITE,
            libc::MAP_SHARED,
            source,
        )
        .expect("room");
    assert_eq!(guest.get(at), Ok(0x0101_0101_0101_0101));
    assert_eq!(guest.memory.remap(at, 0x1000, 0x3000, false, None), Ok(at));
    assert_eq!(guest.get(at + 0x1000), Ok(0x0202_0202_0202_0202));
    // Behind the file's end the host raises SIGBUS.
    assert_eq!(guest.get(at + 0x2000), Err(Errno::EFAULT));
}

#[test]
fn the_heap_grows_shrinks_and_stops_at_its_neighbour() {
    let guest = Guest::new();
    guest.memory.set_brk_start(0x10_0800);
    let start = guest.memory.set_brk(0);
    assert_eq!(start, 0x10_1000);
    assert_eq!(guest.memory.set_brk(start + 0x1801), start + 0x1801);
    guest.put(start + 0x1000, 5).expect("heap");
    assert_eq!(guest.memory.set_brk(start + 0x800), start + 0x800);
    assert_eq!(guest.get(start + 0x1000), Err(Errno::EFAULT));
    guest
        .map(Placement::Fixed(start + 0x4000), 0x1000)
        .expect("free");
    assert_eq!(guest.memory.set_brk(start + 0x5000), start + 0x800);
    assert_eq!(guest.memory.set_brk(start + 0x2000), start + 0x2000);
    assert_eq!(guest.get(start + 0x1000), Ok(0));
}

#[test]
fn strings_end_at_their_nul_or_are_errors() {
    let guest = Guest::new();
    let at = guest.map(Placement::Hint(0), 0x1000).expect("room");
    let space = &guest.memory.space;
    space.write_bytes(at + 0xffa, b"hello\0").expect("mapped");
    assert_eq!(space.read_string(at + 0xffa, 5).as_deref(), Ok(c"hello"));
    assert_eq!(space.read_string(at + 0xffa, 4), Err(StringError::TooLong));
    space.write_bytes(at + 0xfff, b"!").expect("mapped");
    assert_eq!(space.read_string(at + 0xffa, 100), Err(StringError::Fault));
}
