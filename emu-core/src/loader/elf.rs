//! Reading and checking an ELF executable: from a file to the segments to map.
//!
//! Nothing is mapped here. Whatever [`ElfImage::read`] accepts can be mapped without further
//! checks: every segment lies inside the file and inside the guest's address space, segments
//! are in order and do not overlap, and the entry point is in an executable one.

use std::fs::File;
use std::io;

use object::elf::{self, FileHeader64, ProgramHeader64};
use object::read::elf::ProgramHeader as _;
use object::{LittleEndian, ReadCache, ReadRef};

use super::error::LoadErrorKind;

/// Guest page size; also the host's.
pub(crate) const PAGE_SIZE: u64 = 4096;
/// Size of the guest's address space.
pub(crate) const ADDRESS_LIMIT: u64 = 1 << emu_tcg::memory::ADDRESS_BITS;
/// The lowest address a program may be linked at, as Linux's `mmap_min_addr`.
pub(crate) const LOWEST_ADDRESS: u64 = 0x1_0000;
/// Linux's own limit on the size of the program header table.
const PROGRAM_HEADERS_LIMIT: u64 = 65536;
const PATH_LIMIT: u64 = 4096;

/// Rounds down to a page.
pub(crate) const fn page_floor(address: u64) -> u64 {
    address & !(PAGE_SIZE - 1)
}

/// Rounds up to a page; saturates at the last one.
pub(crate) const fn page_ceil(address: u64) -> u64 {
    page_floor(address.saturating_add(PAGE_SIZE - 1))
}

/// A loadable segment, at its unrelocated address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) address: u64,
    pub(crate) memory_size: u64,
    pub(crate) file_offset: u64,
    pub(crate) file_size: u64,
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) execute: bool,
}

/// A checked executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ElfImage {
    /// Relocatable as a whole (`ET_DYN`): may be mapped anywhere.
    pub(crate) position_independent: bool,
    /// Unrelocated entry point.
    pub(crate) entry: u64,
    /// Loadable segments, ascending.
    pub(crate) segments: Vec<Segment>,
    /// Largest alignment a segment asks for; a power of two, at least a page.
    pub(crate) alignment: u64,
    /// Path of the program interpreter, without its NUL.
    pub(crate) interpreter: Option<Vec<u8>>,
    /// Unrelocated address of the program headers in memory, if a segment holds them.
    pub(crate) headers_address: Option<u64>,
    /// Number of program headers.
    pub(crate) header_count: u16,
    /// The program asks for an executable stack.
    pub(crate) executable_stack: bool,
}

impl ElfImage {
    /// Unrelocated range of pages the image covers.
    pub(crate) fn span(&self) -> (u64, u64) {
        let start = self.segments.first().map_or(0, |s| page_floor(s.address));
        let end = self
            .segments
            .last()
            .map_or(0, |s| page_ceil(s.address + s.memory_size));
        (start, end)
    }

    /// Reads and checks `file`.
    pub(crate) fn read(file: &File) -> Result<ElfImage, LoadErrorKind> {
        let metadata = file.metadata().map_err(LoadErrorKind::Read)?;
        if !metadata.is_file() {
            return Err(LoadErrorKind::NotAFile);
        }
        let cache = ReadCache::new(file);
        parse(&cache, metadata.len())
    }
}

/// Parses `size` bytes of `data`.
pub(crate) fn parse<'data, R: ReadRef<'data>>(
    data: R,
    size: u64,
) -> Result<ElfImage, LoadErrorKind> {
    check_identification(data, size)?;
    let header = read_struct::<FileHeader64<LittleEndian>, R>(data, 0, size, "the ELF header")?;
    let machine = header.e_machine.get(LittleEndian);
    if machine != elf::EM_RISCV {
        return Err(LoadErrorKind::ForeignMachine {
            machine: machine_name(machine),
            native: machine == elf::EM_X86_64,
        });
    }
    check_flags(header.e_flags.get(LittleEndian))?;
    let position_independent = match header.e_type.get(LittleEndian) {
        elf::ET_EXEC => false,
        elf::ET_DYN => true,
        elf::ET_REL => {
            return Err(LoadErrorKind::NotAnExecutable(
                "a relocatable object file",
                "link it first",
            ));
        }
        elf::ET_CORE => {
            return Err(LoadErrorKind::NotAnExecutable(
                "a core dump",
                "open it with a debugger",
            ));
        }
        other => {
            return Err(LoadErrorKind::Malformed(format!(
                "unknown file type {:#x}",
                other.0
            )));
        }
    };
    let headers = program_headers(data, size, header)?;

    let mut image = ElfImage {
        position_independent,
        entry: header.e_entry.get(LittleEndian),
        segments: Vec::new(),
        alignment: PAGE_SIZE,
        interpreter: None,
        headers_address: None,
        header_count: headers.len() as u16,
        executable_stack: false,
    };
    for (index, header) in headers.iter().enumerate() {
        match header.p_type(LittleEndian) {
            elf::PT_LOAD => {
                if let Some(segment) = load_segment(index, header, size, &mut image.alignment)? {
                    check_order(index, image.segments.last(), &segment)?;
                    image.segments.push(segment);
                }
            }
            elf::PT_INTERP => {
                if image.interpreter.is_some() {
                    return Err(LoadErrorKind::Malformed("more than one interpreter".into()));
                }
                image.interpreter = Some(interpreter(data, header, size)?);
            }
            elf::PT_GNU_STACK => {
                image.executable_stack = header.p_flags(LittleEndian).0 & elf::PF_X.0 != 0;
            }
            _ => {}
        }
    }
    check_image(&mut image, header.e_phoff.get(LittleEndian))?;
    Ok(image)
}

fn check_identification<'data, R: ReadRef<'data>>(data: R, size: u64) -> Result<(), LoadErrorKind> {
    let start = data
        .read_bytes_at(0, size.min(16))
        .map_err(|()| LoadErrorKind::Read(io::ErrorKind::UnexpectedEof.into()))?;
    if start.get(..4) != Some(&elf::ELFMAG[..]) {
        return Err(LoadErrorKind::NotElf(guess_format(start)));
    }
    if start.len() < 16 {
        return Err(LoadErrorKind::Truncated {
            what: "the ELF header".into(),
            needed: 64,
            size,
        });
    }
    match start[4] {
        2 => {}
        1 => return Err(LoadErrorKind::Not64Bit),
        class => {
            return Err(LoadErrorKind::Malformed(format!(
                "unknown ELF class {class}"
            )));
        }
    }
    match start[5] {
        1 => {}
        2 => return Err(LoadErrorKind::BigEndian),
        order => {
            return Err(LoadErrorKind::Malformed(format!(
                "unknown byte order {order}"
            )));
        }
    }
    if start[6] != 1 {
        return Err(LoadErrorKind::Malformed(format!(
            "unknown ELF version {}",
            start[6]
        )));
    }
    Ok(())
}

fn guess_format(start: &[u8]) -> &'static str {
    match start {
        [] => "the file is empty",
        [b'M', b'Z', ..] => "it is a Windows or EFI program",
        [0xcf, 0xfa, 0xed, 0xfe, ..] => "it is a macOS program",
        [0, b'a', b's', b'm', ..] => "it is WebAssembly",
        [b'!', b'<', b'a', b'r', ..] => "it is a static library",
        _ if start
            .iter()
            .all(|&byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()) =>
        {
            "it is text"
        }
        _ => "its format is unknown",
    }
}

fn machine_name(machine: elf::Machine) -> String {
    match machine {
        elf::EM_X86_64 => "x86-64".into(),
        elf::EM_386 => "x86".into(),
        elf::EM_AARCH64 => "aarch64".into(),
        elf::EM_ARM => "arm".into(),
        elf::EM_PPC64 => "powerpc64".into(),
        elf::EM_S390 => "s390".into(),
        elf::EM_MIPS => "mips".into(),
        elf::EM_LOONGARCH => "loongarch".into(),
        other => format!("machine number {}", other.0),
    }
}

/// The RISC-V `e_flags` that say which ABI the code was built for.
fn check_flags(flags: elf::FileFlags) -> Result<(), LoadErrorKind> {
    const EF_RISCV_FLOAT_ABI: u32 = 0x6;
    const EF_RISCV_FLOAT_ABI_QUAD: u32 = 0x6;
    const EF_RISCV_RVE: u32 = 0x8;
    if flags.0 & EF_RISCV_RVE != 0 {
        return Err(LoadErrorKind::UnsupportedAbi(
            "the embedded base instruction set (RVE)",
        ));
    }
    if flags.0 & EF_RISCV_FLOAT_ABI == EF_RISCV_FLOAT_ABI_QUAD {
        return Err(LoadErrorKind::UnsupportedAbi(
            "the quad-precision floating-point ABI",
        ));
    }
    Ok(())
}

fn read_struct<'data, T: object::Pod, R: ReadRef<'data>>(
    data: R,
    offset: u64,
    size: u64,
    what: &str,
) -> Result<&'data T, LoadErrorKind> {
    check_extent(offset, size_of::<T>() as u64, size, what)?;
    data.read_at(offset)
        .map_err(|()| LoadErrorKind::Read(io::ErrorKind::UnexpectedEof.into()))
}

fn check_extent(offset: u64, len: u64, size: u64, what: &str) -> Result<(), LoadErrorKind> {
    let needed = offset.saturating_add(len);
    if needed > size {
        return Err(LoadErrorKind::Truncated {
            what: what.into(),
            needed,
            size,
        });
    }
    Ok(())
}

fn program_headers<'data, R: ReadRef<'data>>(
    data: R,
    size: u64,
    header: &FileHeader64<LittleEndian>,
) -> Result<&'data [ProgramHeader64<LittleEndian>], LoadErrorKind> {
    let entry_size = u64::from(header.e_phentsize.get(LittleEndian));
    let count = header.e_phnum.get(LittleEndian);
    if count == 0 {
        return Err(LoadErrorKind::Malformed("no program headers".into()));
    }
    if entry_size != size_of::<ProgramHeader64<LittleEndian>>() as u64 {
        return Err(LoadErrorKind::Malformed(format!(
            "program headers of {entry_size} bytes"
        )));
    }
    let table_size = entry_size * u64::from(count);
    if table_size > PROGRAM_HEADERS_LIMIT {
        return Err(LoadErrorKind::Malformed(format!("{count} program headers")));
    }
    let offset = header.e_phoff.get(LittleEndian);
    check_extent(offset, table_size, size, "the program header table")?;
    data.read_slice_at(offset, usize::from(count))
        .map_err(|()| LoadErrorKind::Malformed("program headers cannot be read".into()))
}

/// Checks one `PT_LOAD`; `None` for an empty one.
fn load_segment(
    index: usize,
    header: &ProgramHeader64<LittleEndian>,
    size: u64,
    alignment: &mut u64,
) -> Result<Option<Segment>, LoadErrorKind> {
    let flags = header.p_flags(LittleEndian);
    let segment = Segment {
        address: header.p_vaddr(LittleEndian),
        memory_size: header.p_memsz(LittleEndian),
        file_offset: header.p_offset(LittleEndian),
        file_size: header.p_filesz(LittleEndian),
        read: flags.0 & elf::PF_R.0 != 0,
        write: flags.0 & elf::PF_W.0 != 0,
        execute: flags.0 & elf::PF_X.0 != 0,
    };
    let malformed = |what: &str| Err(LoadErrorKind::Malformed(format!("segment {index} {what}")));
    if segment.memory_size == 0 {
        return if segment.file_size == 0 {
            Ok(None)
        } else {
            malformed("is larger in the file than in memory")
        };
    }
    if segment.file_size > segment.memory_size {
        return malformed("is larger in the file than in memory");
    }
    let end = segment.address.saturating_add(segment.memory_size);
    if end > ADDRESS_LIMIT {
        return Err(LoadErrorKind::OutOfAddressSpace {
            index,
            start: segment.address,
            end,
            limit: ADDRESS_LIMIT,
        });
    }
    if segment.file_size != 0 {
        check_extent(
            segment.file_offset,
            segment.file_size,
            size,
            &format!("segment {index}"),
        )?;
        if segment.address % PAGE_SIZE != segment.file_offset % PAGE_SIZE {
            return malformed("has an address and a file offset that differ within the page");
        }
    }
    let segment_alignment = header.p_align(LittleEndian);
    if segment_alignment > 1 {
        if !segment_alignment.is_power_of_two() {
            return malformed("has an alignment that is no power of two");
        }
        if segment_alignment > ADDRESS_LIMIT / 4 {
            return malformed("asks for an alignment beyond the address space");
        }
        *alignment = segment_alignment.max(*alignment);
    }
    Ok(Some(segment))
}

fn check_order(
    index: usize,
    previous: Option<&Segment>,
    segment: &Segment,
) -> Result<(), LoadErrorKind> {
    let Some(previous) = previous else {
        return Ok(());
    };
    if segment.address < previous.address {
        return Err(LoadErrorKind::Malformed(format!(
            "segment {index} is out of order"
        )));
    }
    if segment.address < previous.address + previous.memory_size {
        return Err(LoadErrorKind::Malformed(format!(
            "segment {index} overlaps the one before it"
        )));
    }
    Ok(())
}

fn interpreter<'data, R: ReadRef<'data>>(
    data: R,
    header: &ProgramHeader64<LittleEndian>,
    size: u64,
) -> Result<Vec<u8>, LoadErrorKind> {
    let (offset, len) = (header.p_offset(LittleEndian), header.p_filesz(LittleEndian));
    if !(2..=PATH_LIMIT).contains(&len) {
        return Err(LoadErrorKind::Malformed(format!(
            "an interpreter path of {len} bytes"
        )));
    }
    check_extent(offset, len, size, "the interpreter's path")?;
    let bytes = data
        .read_bytes_at(offset, len)
        .map_err(|()| LoadErrorKind::Read(io::ErrorKind::UnexpectedEof.into()))?;
    match bytes.iter().position(|&byte| byte == 0) {
        Some(0) => Err(LoadErrorKind::Malformed("an empty interpreter path".into())),
        Some(end) => Ok(bytes[..end].to_vec()),
        None => Err(LoadErrorKind::Malformed(
            "an interpreter path without its final NUL".into(),
        )),
    }
}

/// Checks what only the whole image shows, and finds its program headers in memory.
fn check_image(image: &mut ElfImage, headers_offset: u64) -> Result<(), LoadErrorKind> {
    let Some(first) = image.segments.first() else {
        return Err(LoadErrorKind::Malformed("nothing to load".into()));
    };
    if !image.position_independent && first.address < LOWEST_ADDRESS {
        return Err(LoadErrorKind::OutOfAddressSpace {
            index: 0,
            start: first.address,
            end: first.address + first.memory_size,
            limit: ADDRESS_LIMIT,
        });
    }
    let entry = image.entry;
    let in_code = image
        .segments
        .iter()
        .any(|s| s.execute && (s.address..s.address + s.memory_size).contains(&entry));
    if !in_code || !entry.is_multiple_of(2) {
        return Err(LoadErrorKind::BadEntry { entry });
    }
    image.headers_address = image
        .segments
        .iter()
        .find(|s| (s.file_offset..s.file_offset + s.file_size).contains(&headers_offset))
        .map(|s| headers_offset - s.file_offset + s.address);
    Ok(())
}
