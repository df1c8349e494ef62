//! Crafted ELF files and what the loader says about them.

use super::elf::{self, ElfImage, Segment};
use super::error::{LoadError, LoadErrorKind};

const HEADER: usize = 64;
const PROGRAM_HEADER: usize = 56;

/// Builds an ELF file; every field can be spoilt.
#[derive(Clone)]
struct Elf {
    bytes: Vec<u8>,
    headers: usize,
}

impl Elf {
    /// A static executable: code at 0x10000, data behind it.
    fn new() -> Elf {
        let mut elf = Elf {
            bytes: vec![0; HEADER],
            headers: 0,
        };
        elf.bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
        elf.set(16, 2u16.to_le_bytes()); // ET_EXEC
        elf.set(18, 243u16.to_le_bytes()); // EM_RISCV
        elf.set(20, 1u32.to_le_bytes());
        elf.set(24, 0x10100u64.to_le_bytes()); // entry
        elf.set(32, (HEADER as u64).to_le_bytes());
        elf.set(48, 5u32.to_le_bytes()); // RVC, double-float ABI
        elf.set(54, (PROGRAM_HEADER as u16).to_le_bytes());
        elf.segment(1, 5, 0, 0x10000, 0x1000, 0x1000);
        elf.segment(1, 6, 0x1000, 0x11000, 0x800, 0x3000);
        elf
    }

    /// Adds a program header: kind, flags, file offset, address, file size, memory size.
    fn segment(
        &mut self,
        kind: u32,
        flags: u32,
        offset: u64,
        address: u64,
        file: u64,
        memory: u64,
    ) {
        let mut header = Vec::new();
        header.extend(kind.to_le_bytes());
        header.extend(flags.to_le_bytes());
        for word in [offset, address, address, file, memory, 0x1000] {
            header.extend(word.to_le_bytes());
        }
        self.bytes.extend(header);
        self.headers += 1;
        let count = self.headers as u16;
        self.set(56, count.to_le_bytes());
    }

    fn set<const N: usize>(&mut self, offset: usize, bytes: [u8; N]) {
        self.bytes[offset..offset + N].copy_from_slice(&bytes);
    }

    /// A field of program header `index`.
    fn set_header<const N: usize>(&mut self, index: usize, offset: usize, bytes: [u8; N]) {
        self.set(HEADER + PROGRAM_HEADER * index + offset, bytes);
    }

    fn parse(&self) -> Result<ElfImage, LoadErrorKind> {
        let mut bytes = self.bytes.clone();
        bytes.resize(bytes.len().max(0x2000), 0);
        elf::parse(&*bytes, bytes.len() as u64)
    }
}

#[test]
fn a_good_file_yields_its_segments() {
    let image = Elf::new().parse().expect("a good file");
    assert_eq!(image.entry, 0x10100);
    assert!(!image.position_independent && !image.executable_stack);
    assert_eq!(image.headers_address, Some(0x10040));
    assert_eq!(image.span(), (0x10000, 0x14000));
    let data = Segment {
        address: 0x11000,
        memory_size: 0x3000,
        file_offset: 0x1000,
        file_size: 0x800,
        read: true,
        write: true,
        execute: false,
    };
    assert_eq!(image.segments[1], data);
}

#[test]
fn an_interpreter_is_found() {
    let mut elf = Elf::new();
    elf.set(16, 3u16.to_le_bytes());
    elf.segment(3, 4, 0x400, 0x10400, 10, 10);
    elf.bytes.resize(0x2000, 0);
    elf.set(0x400, *b"/lib/ld.so");
    let error = elf.parse().expect_err("no final NUL");
    assert!(error.to_string().contains("final NUL"), "{error}");
    elf.set(0x409, [0]);
    let image = elf.parse().expect("a good file");
    assert_eq!(image.interpreter.as_deref(), Some(b"/lib/ld.s".as_slice()));
    assert!(image.position_independent);
}

#[test]
fn bad_files_are_refused_with_a_reason() {
    type Spoil = fn(&mut Elf);
    let cases: &[(&str, Spoil)] = &[
        ("not ELF", |e| e.set(0, *b"\0\0\0\0")),
        ("Windows", |e| e.set(0, *b"MZ\0\0")),
        ("32-bit", |e| e.set(4, [1])),
        ("unknown class", |e| e.set(4, [9])),
        ("big-endian", |e| e.set(5, [2])),
        ("unknown version", |e| e.set(6, [0])),
        ("x86-64", |e| e.set(18, 62u16.to_le_bytes())),
        ("aarch64", |e| e.set(18, 183u16.to_le_bytes())),
        ("unknown machine", |e| e.set(18, 4242u16.to_le_bytes())),
        ("RVE", |e| e.set(48, 0xdu32.to_le_bytes())),
        ("quad float", |e| e.set(48, 7u32.to_le_bytes())),
        ("object file", |e| e.set(16, 1u16.to_le_bytes())),
        ("core dump", |e| e.set(16, 4u16.to_le_bytes())),
        ("unknown type", |e| e.set(16, 77u16.to_le_bytes())),
        ("no headers", |e| e.set(56, 0u16.to_le_bytes())),
        ("odd header size", |e| e.set(54, 32u16.to_le_bytes())),
        ("too many headers", |e| e.set(56, u16::MAX.to_le_bytes())),
        ("headers beyond the end", |e| {
            e.set(32, 0x1fffu64.to_le_bytes())
        }),
        ("headers at a wild offset", |e| {
            e.set(32, u64::MAX.to_le_bytes())
        }),
        ("segment beyond the end", |e| {
            e.set_header(1, 32, 0x1001u64.to_le_bytes())
        }),
        ("segment at a wild offset", |e| {
            e.set_header(1, 8, 0xffff_ffff_ffff_f000u64.to_le_bytes())
        }),
        ("file part larger than memory", |e| {
            e.set_header(1, 40, 0x700u64.to_le_bytes())
        }),
        ("empty in memory only", |e| {
            e.set_header(1, 40, 0u64.to_le_bytes())
        }),
        ("address wraps", |e| {
            e.set_header(1, 40, (u64::MAX - 0x800).to_le_bytes())
        }),
        ("beyond the address space", |e| {
            e.set_header(1, 16, 0x40_0000_0000u64.to_le_bytes())
        }),
        ("huge", |e| {
            e.set_header(1, 40, 0x40_0000_0000u64.to_le_bytes())
        }),
        ("below the lowest address", |e| {
            e.set_header(0, 16, 0u64.to_le_bytes())
        }),
        ("page offsets differ", |e| {
            e.set_header(1, 16, 0x11008u64.to_le_bytes())
        }),
        ("odd alignment", |e| {
            e.set_header(1, 48, 0x1800u64.to_le_bytes())
        }),
        ("huge alignment", |e| {
            e.set_header(1, 48, (1u64 << 63).to_le_bytes())
        }),
        ("out of order", |e| e.segment(1, 4, 0, 0x9000, 0x100, 0x100)),
        ("overlap", |e| {
            e.segment(1, 4, 0x1000, 0x13000, 0x100, 0x1000)
        }),
        ("nothing to load", |e| {
            e.set_header(0, 0, 0u32.to_le_bytes());
            e.set_header(1, 0, 0u32.to_le_bytes());
        }),
        ("entry outside", |e| e.set(24, 0x4u64.to_le_bytes())),
        ("entry in data", |e| e.set(24, 0x11000u64.to_le_bytes())),
        ("odd entry", |e| e.set(24, 0x10101u64.to_le_bytes())),
        ("long interpreter", |e| {
            e.segment(3, 4, 0, 0, 0x1800, 0x1800)
        }),
        ("empty interpreter", |e| e.segment(3, 4, 0x500, 0, 8, 8)),
        ("two interpreters", |e| {
            e.segment(3, 4, 1, 0, 8, 8);
            e.segment(3, 4, 1, 0, 8, 8);
        }),
    ];
    let mut report = String::new();
    for (name, spoil) in cases {
        let mut elf = Elf::new();
        spoil(&mut elf);
        let kind = elf.parse().expect_err(name);
        report += &format!("{name}: {}\n", LoadError::new("prog", kind));
    }
    insta::assert_snapshot!(report, @r##"
    not ELF: prog: is not an ELF executable (its format is unknown); emu runs riscv64 Linux programs
    Windows: prog: is not an ELF executable (it is a Windows or EFI program); emu runs riscv64 Linux programs
    32-bit: prog: is a 32-bit program; emu runs 64-bit RISC-V, so build it with -march=rv64gc -mabi=lp64d
    unknown class: prog: is malformed: unknown ELF class 9; build it again
    big-endian: prog: is big-endian; emu runs little-endian RISC-V, so build it for riscv64
    unknown version: prog: is malformed: unknown ELF version 0; build it again
    x86-64: prog: is built for x86-64, not for riscv64; run it directly, without emu
    aarch64: prog: is built for aarch64, not for riscv64; build it for riscv64
    unknown machine: prog: is built for machine number 4242, not for riscv64; build it for riscv64
    RVE: prog: uses the embedded base instruction set (RVE), which emu does not implement; build it with -march=rv64gc -mabi=lp64d
    quad float: prog: uses the quad-precision floating-point ABI, which emu does not implement; build it with -march=rv64gc -mabi=lp64d
    object file: prog: is a relocatable object file, not an executable; link it first
    core dump: prog: is a core dump, not an executable; open it with a debugger
    unknown type: prog: is malformed: unknown file type 0x4d; build it again
    no headers: prog: is malformed: no program headers; build it again
    odd header size: prog: is malformed: program headers of 32 bytes; build it again
    too many headers: prog: is malformed: 65535 program headers; build it again
    headers beyond the end: prog: is truncated: the program header table ends at byte 0x206f, the file at 0x2000; copy or build it again
    headers at a wild offset: prog: is truncated: the program header table ends at byte 0xffffffffffffffff, the file at 0x2000; copy or build it again
    segment beyond the end: prog: is truncated: segment 1 ends at byte 0x2001, the file at 0x2000; copy or build it again
    segment at a wild offset: prog: is truncated: segment 1 ends at byte 0xfffffffffffff800, the file at 0x2000; copy or build it again
    file part larger than memory: prog: is malformed: segment 1 is larger in the file than in memory; build it again
    empty in memory only: prog: is malformed: segment 1 is larger in the file than in memory; build it again
    address wraps: prog: segment 1 covers 0x11000..0xffffffffffffffff, outside of the guest's 0x4000000000 bytes of address space; link it at a lower address or make it smaller
    beyond the address space: prog: segment 1 covers 0x4000000000..0x4000003000, outside of the guest's 0x4000000000 bytes of address space; link it at a lower address or make it smaller
    huge: prog: segment 1 covers 0x11000..0x4000011000, outside of the guest's 0x4000000000 bytes of address space; link it at a lower address or make it smaller
    below the lowest address: prog: segment 0 covers 0x0..0x1000, outside of the guest's 0x4000000000 bytes of address space; link it at a lower address or make it smaller
    page offsets differ: prog: is malformed: segment 1 has an address and a file offset that differ within the page; build it again
    odd alignment: prog: is malformed: segment 1 has an alignment that is no power of two; build it again
    huge alignment: prog: is malformed: segment 1 asks for an alignment beyond the address space; build it again
    out of order: prog: is malformed: segment 2 is out of order; build it again
    overlap: prog: is malformed: segment 2 overlaps the one before it; build it again
    nothing to load: prog: is malformed: nothing to load; build it again
    entry outside: prog: has no code at its entry point 0x4; is it a shared library?
    entry in data: prog: has no code at its entry point 0x11000; is it a shared library?
    odd entry: prog: has no code at its entry point 0x10101; is it a shared library?
    long interpreter: prog: is malformed: an interpreter path of 6144 bytes; build it again
    empty interpreter: prog: is malformed: an empty interpreter path; build it again
    two interpreters: prog: is malformed: more than one interpreter; build it again
    "##);
}

#[test]
fn truncated_files_are_refused_at_every_length() {
    let mut elf = Elf::new();
    elf.bytes.resize(0x1800, 0);
    for len in 0..elf.bytes.len() {
        let error = elf::parse(&elf.bytes[..len], len as u64).expect_err("cut short");
        assert!(
            matches!(
                error,
                LoadErrorKind::Truncated { .. } | LoadErrorKind::NotElf(_) | LoadErrorKind::Read(_)
            ),
            "{len} bytes: {error}"
        );
    }
}

#[test]
fn no_header_byte_makes_the_parser_panic() {
    let elf = Elf::new();
    for offset in 0..elf.bytes.len() {
        for value in [0, 1, 0x7f, 0x80, 0xff] {
            let mut spoilt = elf.clone();
            spoilt.bytes[offset] = value;
            // Whatever it says, it says it.
            let _ = spoilt.parse();
        }
    }
}
