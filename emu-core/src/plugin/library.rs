//! Whether a file can be a plugin library at all, found out without running any of its code.
//!
//! The dynamic linker's own messages are terse, it kills the process when a file is shorter than
//! its headers say, and it runs a library's constructors before anybody could look for the plugin.

use std::fs::File;
use std::path::Path;

use abi_stable::library::ROOT_MODULE_LOADER_NAME;
use object::read::ReadCache;
use object::read::elf::{ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{Endianness, Object as _, ObjectSymbol as _, elf};

use super::PluginError;

/// ELF's name of this host's machine.
const HOST_MACHINE: elf::Machine = if cfg!(target_arch = "x86_64") {
    elf::EM_X86_64
} else if cfg!(target_arch = "aarch64") {
    elf::EM_AARCH64
} else if cfg!(target_arch = "riscv64") {
    elf::EM_RISCV
} else {
    elf::EM_NONE
};

/// Checks that `path` is a shared library for this host that exports a root module.
///
/// # Errors
///
/// What else it is.
pub(super) fn check(path: &Path) -> Result<(), PluginError> {
    let unreadable = |cause| PluginError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let not_a_library = |found: &str| PluginError::NotALibrary {
        path: path.to_owned(),
        found: found.to_owned(),
    };
    let damaged = |found: String| PluginError::Damaged {
        path: path.to_owned(),
        found,
    };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(not_a_library("it is a folder"));
    }
    if !metadata.is_file() {
        return Err(not_a_library("it is no regular file"));
    }

    let mut head = [0; 20];
    {
        use std::os::unix::fs::FileExt as _;
        if file.read_exact_at(&mut head, 0).is_err() {
            return Err(not_a_library(if metadata.len() == 0 {
                "it is empty"
            } else {
                "it is no ELF file"
            }));
        }
    }
    if head[..4] != elf::ELFMAG {
        return Err(not_a_library("it is no ELF file"));
    }
    let little = head[5] != elf::ELFDATA2MSB.0;
    let half = |at: usize| {
        let bytes = [head[at], head[at + 1]];
        if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        }
    };
    let (kind, machine) = (elf::FileType(half(16)), elf::Machine(half(18)));
    if machine != HOST_MACHINE || head[4] != elf::ELFCLASS64.0 || !little {
        return Err(PluginError::WrongArchitecture {
            path: path.to_owned(),
            found: machine_name(machine, head[4]),
            wanted: std::env::consts::ARCH,
        });
    }
    match kind {
        elf::ET_DYN => {}
        elf::ET_EXEC => return Err(not_a_library("it is a program")),
        elf::ET_REL => return Err(not_a_library("it is an object file")),
        _ => return Err(not_a_library("it is no shared library")),
    }

    let cache = ReadCache::new(file);
    // The loadable parts first: how much is missing says more than what is not found then.
    let header = elf::FileHeader64::<Endianness>::parse(&cache)
        .map_err(|error| damaged(error.to_string()))?;
    let endian = header
        .endian()
        .map_err(|error| damaged(error.to_string()))?;
    let headers = header
        .program_headers(endian, &cache)
        .map_err(|error| damaged(error.to_string()))?;
    for header in headers {
        let end = header
            .p_offset(endian)
            .saturating_add(header.p_filesz(endian));
        if header.p_type(endian) == elf::PT_LOAD && end > metadata.len() {
            return Err(damaged(format!(
                "it ends after {} of at least {end} bytes",
                metadata.len()
            )));
        }
    }
    let parsed =
        ElfFile64::<Endianness, _>::parse(&cache).map_err(|error| damaged(error.to_string()))?;
    let exported = parsed
        .dynamic_symbols()
        .any(|symbol| !symbol.is_undefined() && symbol.name() == Ok(ROOT_MODULE_LOADER_NAME));
    if exported {
        Ok(())
    } else {
        Err(PluginError::NotAPlugin {
            path: path.to_owned(),
        })
    }
}

fn machine_name(machine: elf::Machine, class: u8) -> String {
    let name = match machine {
        elf::EM_386 => "x86",
        elf::EM_X86_64 => "x86_64",
        elf::EM_ARM => "ARM",
        elf::EM_AARCH64 => "AArch64",
        elf::EM_RISCV => "RISC-V",
        elf::EM_PPC64 => "PowerPC",
        elf::EM_S390 => "S/390",
        _ => return format!("another machine (ELF number {})", machine.0),
    };
    if class == elf::ELFCLASS64.0 {
        name.to_owned()
    } else {
        format!("{name} (32 bits)")
    }
}
