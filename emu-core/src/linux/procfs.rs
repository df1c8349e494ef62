//! Files of `/proc` whose host version would describe the emulator instead of the guest.

use std::ffi::{CString, OsStr};
use std::fmt::Write as _;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::{fs, process};

use super::LinuxProcess;
use super::abi::riscv64 as abi;
use super::mm::maps_file;

/// What the guest's `/proc/self` tells about its program; fixed at load.
#[derive(Debug, Clone, Default)]
pub(crate) struct ProgramInfo {
    /// The executable, as the guest names it.
    pub(crate) guest_path: PathBuf,
    /// The executable on the host.
    pub(crate) host_path: PathBuf,
    /// Arguments, the program's name first.
    pub(crate) args: Vec<CString>,
    /// Environment, as `NAME=value`.
    pub(crate) env: Vec<CString>,
    /// The auxiliary vector's bytes.
    pub(crate) auxv: Vec<u8>,
    /// Range of the code segments, for `stat`.
    pub(crate) code: (u64, u64),
    /// The stack pointer at the start.
    pub(crate) stack_start: u64,
}

/// A file of `/proc` that is made up here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ProcFile {
    /// `/proc/self/exe`, a link to the program.
    Exe,
    Maps,
    CommandLine,
    Environment,
    AuxiliaryVector,
    Stat,
    Status,
    CpuInfo,
}

impl ProcFile {
    /// The file that an absolute path names.
    pub(crate) fn find(path: &[u8]) -> Option<ProcFile> {
        let inside = path.strip_prefix(b"/proc/")?;
        if inside == b"cpuinfo" {
            return Some(ProcFile::CpuInfo);
        }
        let slash = inside.iter().position(|&byte| byte == b'/')?;
        let (whose, file) = (&inside[..slash], &inside[slash + 1..]);
        if whose != b"self"
            && whose != b"thread-self"
            && whose != process::id().to_string().as_bytes()
        {
            return None;
        }
        Some(match file {
            b"exe" => ProcFile::Exe,
            b"maps" => ProcFile::Maps,
            b"cmdline" => ProcFile::CommandLine,
            b"environ" => ProcFile::Environment,
            b"auxv" => ProcFile::AuxiliaryVector,
            b"stat" => ProcFile::Stat,
            b"status" => ProcFile::Status,
            _ => return None,
        })
    }

    /// The file's contents; none for a link.
    pub(crate) fn contents(self, process: &LinuxProcess) -> Option<Vec<u8>> {
        let program = &process.program;
        Some(match self {
            ProcFile::Exe => return None,
            ProcFile::Maps => process.memory.with_pages(maps_file::render).into_bytes(),
            ProcFile::CommandLine => joined(&program.args),
            ProcFile::Environment => joined(&program.env),
            ProcFile::AuxiliaryVector => program.auxv.clone(),
            ProcFile::Stat => stat(program, process.threads.count()),
            ProcFile::Status => status(process.threads.count()),
            ProcFile::CpuInfo => cpu_info(),
        })
    }
}

fn joined(strings: &[CString]) -> Vec<u8> {
    strings
        .iter()
        .flat_map(|string| string.as_bytes_with_nul())
        .copied()
        .collect()
}

/// The host's line with the fields put right that hold guest addresses or count the emulator's threads.
fn stat(program: &ProgramInfo, threads: usize) -> Vec<u8> {
    let line = fs::read("/proc/self/stat").unwrap_or_default();
    // The name, field 2, is in parentheses and may hold anything.
    let Some(name_end) = line.iter().rposition(|&byte| byte == b')') else {
        return line;
    };
    let (head, tail) = line.split_at(name_end + 1);
    let mut fields: Vec<Vec<u8>> = tail
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|f| !f.is_empty())
        .map(<[u8]>::to_vec)
        .collect();
    // `fields[0]` is field 3.
    let mut set = |number: usize, value: u64| {
        if let Some(field) = fields.get_mut(number - 3) {
            *field = value.to_string().into_bytes();
        }
    };
    set(20, threads as u64);
    set(26, program.code.0);
    set(27, program.code.1);
    set(28, program.stack_start);
    for number in [29, 30, 45, 46, 47, 48, 49, 50, 51] {
        set(number, 0);
    }
    let mut text = head.to_vec();
    for field in fields {
        text.push(b' ');
        text.extend(field);
    }
    text.push(b'\n');
    text
}

/// The host's lines without the emulator's own threads.
fn status(threads: usize) -> Vec<u8> {
    let text = fs::read("/proc/self/status").unwrap_or_default();
    let line = |line: &[u8]| match line {
        line if line.starts_with(b"Threads:") => format!("Threads:\t{threads}\n").into_bytes(),
        line => line.to_vec(),
    };
    text.split_inclusive(|&byte| byte == b'\n')
        .flat_map(line)
        .collect()
}

fn cpu_info() -> Vec<u8> {
    let count = std::thread::available_parallelism().map_or(1, |count| count.get());
    let mut text = String::new();
    for cpu in 0..count {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "processor\t: {cpu}\nhart\t\t: {cpu}\nisa\t\t: {}\nmmu\t\t: sv39\nuarch\t\t: emu\n\n",
            abi::ISA_STRING
        );
    }
    text.into_bytes()
}

/// A host path from its bytes.
pub(crate) fn path_from_bytes(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_files_are_recognised() {
        let own = format!("/proc/{}/maps", process::id());
        let cases: &[(&str, Option<ProcFile>)] = &[
            ("/proc/self/maps", Some(ProcFile::Maps)),
            ("/proc/thread-self/stat", Some(ProcFile::Stat)),
            (&own, Some(ProcFile::Maps)),
            ("/proc/cpuinfo", Some(ProcFile::CpuInfo)),
            ("/proc/self/exe", Some(ProcFile::Exe)),
            ("/proc/1/maps", None),
            ("/proc/self/fd/1", None),
            ("/proc/self", None),
            ("/etc/passwd", None),
        ];
        for (path, expected) in cases {
            assert_eq!(ProcFile::find(path.as_bytes()), *expected, "{path}");
        }
    }

    #[test]
    fn stat_shows_the_guests_addresses_and_threads() {
        let program = ProgramInfo {
            code: (0x1000, 0x2000),
            stack_start: 0x3000,
            ..ProgramInfo::default()
        };
        let text = String::from_utf8(stat(&program, 7)).expect("ASCII");
        let tail: Vec<&str> = text
            .rsplit(')')
            .next()
            .expect("name")
            .split_whitespace()
            .collect();
        assert_eq!((tail[23], tail[24], tail[25]), ("4096", "8192", "12288"));
        assert_eq!(tail[17], "7");
        let text = String::from_utf8(status(7)).expect("ASCII");
        assert!(text.starts_with("Name:") && text.contains("\nThreads:\t7\n"));
    }
}
