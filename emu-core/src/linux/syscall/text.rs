//! System calls as text, in the style of `strace`.

use std::fmt::Write as _;

use super::arg::{self, Arg, Names, SIGNALS};
use super::table::Row;
use crate::environment::SyscallText;
use crate::linux::errno::Errno;
use crate::linux::mm::{GuestSpace, StringError};

/// As much of a string or buffer as is shown.
const STRING_LIMIT: usize = 32;
const PATH_LIMIT: usize = 4096;
/// As many strings of an array as are shown.
const STRINGS_LIMIT: usize = 16;

/// The pseudo error of a call that will be made again.
pub(crate) const ERESTARTSYS: i64 = -512;

/// Renders one call.
pub(crate) struct CallText<'a> {
    pub(crate) row: Option<&'static Row>,
    pub(crate) args: [u64; 6],
    pub(crate) space: &'a GuestSpace,
}

impl SyscallText for CallText<'_> {
    fn arguments(&self, result: Option<i64>) -> String {
        let Some(row) = self.row else {
            return self.args.map(|arg| format!("{arg:#x}")).join(", ");
        };
        // A file's permissions count only where one is made.
        let makes_file =
            |flags: u64| flags & (libc::O_CREAT | libc::O_TMPFILE & !libc::O_DIRECTORY) as u64 != 0;
        let mut texts: Vec<String> = Vec::new();
        for (index, &kind) in row.args.iter().enumerate() {
            if let (Arg::Mode, Some(Arg::OpenFlags)) =
                (kind, index.checked_sub(1).map(|before| row.args[before]))
                && !makes_file(self.args[index - 1])
            {
                continue;
            }
            texts.push(self.argument(index, kind, result));
        }
        texts.join(", ")
    }

    fn result(&self, value: i64) -> String {
        match value {
            ERESTARTSYS => "? ERESTARTSYS (To be restarted)".into(),
            -4095..=-1 => {
                let errno = Errno((-value) as u16);
                format!("-1 {errno}")
            }
            _ if self.row.is_some_and(|row| row.returns_address) => format!("{value:#x}"),
            _ => value.to_string(),
        }
    }
}

impl CallText<'_> {
    fn argument(&self, index: usize, kind: Arg, result: Option<i64>) -> String {
        let value = self.args[index];
        match kind {
            Arg::Int | Arg::Fd => (value as i32).to_string(),
            Arg::DirFd if value as i32 == libc::AT_FDCWD => "AT_FDCWD".into(),
            Arg::DirFd => (value as i32).to_string(),
            Arg::Size => (value as i64).to_string(),
            Arg::Mode => format!("{:#o}", value as u32).replacen("0o", "0", 1),
            Arg::Flags(names) => flags(value, names, None),
            Arg::OpenFlags => {
                let access = value & libc::O_ACCMODE as u64;
                let name = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"][access as usize];
                flags(
                    value & !(libc::O_ACCMODE as u64),
                    arg::OPEN,
                    Some(name.to_owned()),
                )
            }
            Arg::CloneFlags => {
                let signal = value & 0xff;
                flags(
                    value & !0xff,
                    arg::CLONE,
                    (signal != 0).then(|| signal_name(signal)),
                )
            }
            Arg::Enum(names) => named(value, names),
            Arg::Signal => signal_name(value),
            Arg::Hex => format!("{value:#x}"),
            Arg::Pointer | Arg::Struct(_) | Arg::Array { .. } => pointer(value),
            Arg::Path(_) => self.string(value, PATH_LIMIT),
            Arg::Str => self.string(value, STRING_LIMIT),
            Arg::In(len) => self.buffer(value, self.args[len]),
            Arg::Out(_) => match result {
                Some(len @ 0..) => self.buffer(value, len as u64),
                _ => pointer(value),
            },
            Arg::TimeIn => self.time(value),
            Arg::TimeOut => match result {
                Some(0..) => self.time(value),
                _ => pointer(value),
            },
            Arg::Strings => self.strings(value),
        }
    }

    fn string(&self, address: u64, limit: usize) -> String {
        if address == 0 {
            return "NULL".into();
        }
        match self.space.read_string(address, limit) {
            Ok(string) => quoted(string.to_bytes(), false),
            Err(StringError::TooLong) => self.buffer(address, u64::MAX),
            Err(StringError::Fault) => pointer(address),
        }
    }

    fn buffer(&self, address: u64, len: u64) -> String {
        if address == 0 {
            return "NULL".into();
        }
        let shown = len.min(STRING_LIMIT as u64) as usize;
        let mut bytes = [0; STRING_LIMIT];
        match self.space.read_bytes(address, &mut bytes[..shown]) {
            Ok(()) => quoted(&bytes[..shown], len > shown as u64),
            Err(_) => pointer(address),
        }
    }

    fn time(&self, address: u64) -> String {
        match self.space.read::<[i64; 2]>(address) {
            Ok([seconds, nanoseconds]) if address != 0 => {
                format!("{{tv_sec={seconds}, tv_nsec={nanoseconds}}}")
            }
            _ => pointer(address),
        }
    }

    fn strings(&self, address: u64) -> String {
        if address == 0 {
            return "NULL".into();
        }
        let mut text = String::from("[");
        for index in 0.. {
            let Ok(string) = self
                .space
                .read::<u64>(address.wrapping_add(8 * index as u64))
            else {
                return pointer(address);
            };
            if string == 0 {
                break;
            }
            let separator = if index == 0 { "" } else { ", " };
            if index == STRINGS_LIMIT {
                text.push_str(", ...");
                break;
            }
            // Writing to a string cannot fail.
            let _ = write!(text, "{separator}{}", self.string(string, STRING_LIMIT));
        }
        text.push(']');
        text
    }
}

/// The names of the bits that are set, after what comes first.
fn flags(value: u64, names: Names, first: Option<String>) -> String {
    let mut parts = Vec::from_iter(first);
    let mut rest = value & 0xffff_ffff;
    for &(bits, name) in names {
        if bits != 0 && rest & bits == bits {
            parts.push(name.to_owned());
            rest &= !bits;
        }
    }
    if rest != 0 {
        parts.push(format!("{rest:#x}"));
    }
    if parts.is_empty() {
        "0".into()
    } else {
        parts.join("|")
    }
}

fn pointer(value: u64) -> String {
    if value == 0 {
        "NULL".into()
    } else {
        format!("{value:#x}")
    }
}

fn named(value: u64, names: Names) -> String {
    let value = value & 0xffff_ffff;
    names
        .iter()
        .find(|row| row.0 == value)
        .map_or_else(|| format!("{value:#x}"), |row| row.1.to_owned())
}

fn signal_name(value: u64) -> String {
    match (value as usize)
        .checked_sub(1)
        .and_then(|index| SIGNALS.get(index))
    {
        Some(name) => (*name).to_owned(),
        None if (32..=64).contains(&value) => format!("SIGRT_{}", value - 32),
        None => value.to_string(),
    }
}

/// Quotes bytes as C would.
fn quoted(bytes: &[u8], cut: bool) -> String {
    let mut text = String::from("\"");
    for (index, &byte) in bytes.iter().enumerate() {
        match byte {
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            0x20..=0x7e => text.push(byte as char),
            _ => {
                // A digit that follows must not be read as part of the escape.
                let digit_follows = bytes.get(index + 1).is_some_and(u8::is_ascii_digit);
                let _ = if digit_follows {
                    write!(text, "\\{byte:03o}")
                } else {
                    write!(text, "\\{byte:o}")
                };
            }
        }
    }
    text.push('"');
    if cut {
        text.push_str("...");
    }
    text
}
