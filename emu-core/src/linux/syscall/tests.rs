//! The table's consistency, and calls as text.

use super::arg::{self, Arg};
use super::table::{self, ROWS};
use super::text::{CallText, ERESTARTSYS};
use crate::environment::SyscallRecord;
use crate::linux::mm::{Layout, MemoryMap, Placement, Protection, Source};

#[test]
fn rows_are_in_order_and_found_by_number() {
    for pair in ROWS.windows(2) {
        assert!(
            pair[0].number < pair[1].number,
            "{} before {}",
            pair[0].name,
            pair[1].name
        );
    }
    for row in ROWS {
        let found = table::find(row.number.into()).map(|found| found.name);
        assert_eq!(found, Some(row.name));
    }
    for number in [244, 423, 511, 512, u64::MAX] {
        assert!(table::find(number).is_none(), "{number}");
    }
}

#[test]
fn arguments_refer_to_arguments_that_exist() {
    for row in ROWS {
        assert!(row.args.len() <= 6, "{}", row.name);
        for kind in row.args {
            let other = match *kind {
                Arg::In(other) | Arg::Out(other) | Arg::Array { count: other, .. } => Some(other),
                Arg::Path(arg::Follow::IfFlag(other) | arg::Follow::UnlessFlag(other)) => {
                    Some(other)
                }
                _ => None,
            };
            assert!(
                other.is_none_or(|other| other < row.args.len()),
                "{}: {kind:?}",
                row.name
            );
        }
    }
}

/// A page of guest memory with strings and buffers in it.
struct Fixture {
    memory: MemoryMap,
    next: u64,
    /// Makes accesses outside of the page errors.
    _faults: crate::fault::Attached,
}

impl Fixture {
    fn new() -> Fixture {
        let memory = MemoryMap::new(Layout::new(0)).expect("address space");
        let protection = Protection {
            read: true,
            write: true,
            execute: false,
        };
        let page = memory
            .map(
                Placement::Fixed(0x10_0000),
                0x2000,
                protection,
                libc::MAP_PRIVATE,
                Source::Anonymous,
            )
            .expect("free pages");
        Fixture {
            memory,
            next: page,
            _faults: crate::fault::attach(std::ptr::null_mut()),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> u64 {
        let address = self.next;
        self.memory
            .space
            .write_bytes(address, bytes)
            .expect("mapped");
        self.next += bytes.len().next_multiple_of(8) as u64;
        address
    }

    fn put_words(&mut self, words: &[u64]) -> u64 {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        self.put(&bytes)
    }

    fn line(&self, number: u64, args: &[u64], result: i64) -> String {
        let mut all = [0; 6];
        all[..args.len()].copy_from_slice(args);
        let row = table::find(number);
        let text = CallText {
            row,
            args: all,
            space: &self.memory.space,
        };
        let name = row.map_or("unknown", |row| row.name);
        SyscallRecord {
            number,
            name,
            args: all,
            text: &text,
        }
        .line(result)
    }
}

#[test]
fn calls_print_like_strace() {
    let mut guest = Fixture::new();
    let at_fdcwd = libc::AT_FDCWD as i64 as u64;
    let path = guest.put(b"/etc/passwd\0");
    let text = guest.put(b"hello\n\x01\x7f1\"\\\0");
    let long = guest.put(&[b'x'; 100]);
    let time = guest.put_words(&[1, 500]);
    let argv = guest.put_words(&[path, text, 0]);
    let flags = (libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC | libc::O_CLOEXEC) as u64;
    let map_flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
    let fork_flags = libc::CLONE_CHILD_SETTID as u64 | libc::SIGCHLD as u64;
    let lines = [
        guest.line(56, &[at_fdcwd, path, 0, 0], 3),
        guest.line(56, &[at_fdcwd, path, flags, 0o644], -2),
        guest.line(57, &[u64::MAX], -9),
        guest.line(64, &[1, text, 10], 10),
        guest.line(64, &[1, long, 100], 100),
        guest.line(63, &[0, text, 10], 6),
        guest.line(63, &[0, text, 10], -11),
        guest.line(222, &[0, 4096, 3, map_flags, u64::MAX, 0], 0x3f_0000_0000),
        guest.line(129, &[42, 15], 0),
        guest.line(134, &[33, 0, 0, 8], 0),
        guest.line(101, &[time, 0], ERESTARTSYS),
        guest.line(220, &[fork_flags, 0, 0, 0, 0], 1234),
        guest.line(221, &[path, argv, 0], 0),
        guest.line(79, &[at_fdcwd, 8, 0x1000, 0], -14),
        guest.line(172, &[], 99),
        guest.line(400, &[1, 2], -38),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r##"
    openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3
    openat(AT_FDCWD, "/etc/passwd", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0644) = -1 ENOENT (No such file or directory)
    close(-1) = -1 EBADF (Bad file descriptor)
    write(1, "hello\n\1\1771\"", 10) = 10
    write(1, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"..., 100) = 100
    read(0, "hello\n", 10) = 6
    read(0, 0x100010, 10) = -1 EAGAIN (Resource temporarily unavailable)
    mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0x0) = 0x3f00000000
    kill(42, SIGTERM) = 0
    rt_sigaction(SIGRT_1, NULL, NULL, 8) = 0
    nanosleep({tv_sec=1, tv_nsec=500}, NULL) = ? ERESTARTSYS (To be restarted)
    clone(SIGCHLD|CLONE_CHILD_SETTID, NULL, NULL, NULL, NULL) = 1234
    execve("/etc/passwd", ["/etc/passwd", "hello\n\1\1771\"\\"], NULL) = 0
    newfstatat(AT_FDCWD, 0x8, 0x1000, 0) = -1 EFAULT (Bad address)
    getpid() = 99
    unknown(0x1, 0x2, 0x0, 0x0, 0x0, 0x0) = -1 ENOSYS (Function not implemented)
    "##);
}
