//! What can be wrong with a program, in words its user can act on.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a program could not be loaded.
#[derive(Debug, Error)]
#[error("{}: {kind}", path.display())]
pub struct LoadError {
    /// The file at fault: the program, or the interpreter it asked for.
    pub path: PathBuf,
    /// What is wrong with it.
    #[source]
    pub kind: LoadErrorKind,
}

impl LoadError {
    pub(crate) fn new(path: impl Into<PathBuf>, kind: LoadErrorKind) -> LoadError {
        LoadError {
            path: path.into(),
            kind,
        }
    }

    /// Whether the file, or the interpreter it needs, does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        match &self.kind {
            LoadErrorKind::Read(source) => source.kind() == io::ErrorKind::NotFound,
            LoadErrorKind::InterpreterNotFound { .. } => true,
            _ => false,
        }
    }
}

/// What is wrong with a file that should be loaded; each says what to do about it.
#[derive(Debug, Error)]
pub enum LoadErrorKind {
    /// The file cannot be opened or read.
    #[error("cannot read the file ({0}); check the path and its permissions")]
    Read(#[source] io::Error),
    /// The program's interpreter is found neither under the root prefix nor on the host.
    #[error(
        "needs the program interpreter {interpreter:?}, which was not found{}; \
         name the root of a riscv64 system with -L ROOT",
        root.as_ref().map(|root| format!(" under {}", root.display())).unwrap_or_default()
    )]
    InterpreterNotFound {
        /// As the program names it.
        interpreter: PathBuf,
        /// The root prefix, if there is one.
        root: Option<PathBuf>,
    },
    /// A `#!` chain that is too long, or a `#!` line without a usable interpreter.
    #[error("bad #! line: {0}; fix the script's first line")]
    BadScript(&'static str),
    /// Not a regular file.
    #[error("is not a regular file; name an executable file")]
    NotAFile,
    /// The file is not executable.
    #[error("is not executable; set its permission with chmod +x")]
    NotExecutable,
    /// Neither ELF nor script.
    #[error("is not an ELF executable ({0}); emu runs riscv64 Linux programs")]
    NotElf(&'static str),
    /// The file ends inside a structure.
    #[error(
        "is truncated: {what} ends at byte {needed:#x}, the file at {size:#x}; copy or build it again"
    )]
    Truncated {
        /// What does not fit.
        what: String,
        /// Where it would end.
        needed: u64,
        /// The file's size.
        size: u64,
    },
    /// A 32-bit file.
    #[error(
        "is a 32-bit program; emu runs 64-bit RISC-V, so build it with -march=rv64gc -mabi=lp64d"
    )]
    Not64Bit,
    /// A big-endian file.
    #[error("is big-endian; emu runs little-endian RISC-V, so build it for riscv64")]
    BigEndian,
    /// Another instruction set.
    #[error("is built for {machine}, not for riscv64; {}", if *native { "run it directly, without emu" } else { "build it for riscv64" })]
    ForeignMachine {
        /// Name of the instruction set.
        machine: String,
        /// Whether the host runs it.
        native: bool,
    },
    /// An ABI variant that emu does not implement.
    #[error("uses {0}, which emu does not implement; build it with -march=rv64gc -mabi=lp64d")]
    UnsupportedAbi(&'static str),
    /// A relocatable object, a core dump, …
    #[error("is {0}, not an executable; {1}")]
    NotAnExecutable(&'static str, &'static str),
    /// A header field that makes no sense.
    #[error("is malformed: {0}; build it again")]
    Malformed(String),
    /// Segments that lie outside of the guest's address space.
    #[error(
        "segment {index} covers {start:#x}..{end:#x}, outside of the guest's {limit:#x} bytes of address space; \
         link it at a lower address or make it smaller"
    )]
    OutOfAddressSpace {
        /// Index among the program headers.
        index: usize,
        /// First address.
        start: u64,
        /// End, saturating.
        end: u64,
        /// Size of the address space.
        limit: u64,
    },
    /// No executable code at the entry point.
    #[error("has no code at its entry point {entry:#x}; is it a shared library?")]
    BadEntry {
        /// The entry point.
        entry: u64,
    },
    /// The host refused to map memory.
    #[error(
        "cannot map {what} at {address:#x} ({source}); check the memory limits (ulimit -v, overcommit)"
    )]
    Map {
        /// What was being mapped.
        what: &'static str,
        /// Guest address.
        address: u64,
        /// The host's error.
        #[source]
        source: io::Error,
    },
    /// Arguments and environment do not fit on the stack.
    #[error(
        "arguments and environment take {size} bytes, more than the {limit} allowed; pass fewer"
    )]
    ArgumentsTooLong {
        /// What they take.
        size: usize,
        /// What there is.
        limit: usize,
    },
}
