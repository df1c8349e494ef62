//! Passing a call to the host with its arguments translated as their kinds say.

use std::ffi::CString;

use super::arg::{Arg, Follow};
use super::table::Row;
use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;

/// Makes the call on the host.
pub(crate) fn pass(row: &Row, number: libc::c_long, call: &Call<'_, '_>) -> SysResult {
    let mut strings: [Option<CString>; 6] = Default::default();
    for (index, &kind) in row.args.iter().enumerate() {
        strings[index] = string(row, call, index, kind)?;
    }
    let mut args = [HostArg::NULL; 6];
    for (index, &kind) in row.args.iter().enumerate() {
        args[index] = match &strings[index] {
            Some(string) => HostArg::string(string),
            None => argument(call, index, kind)?,
        };
    }
    call.host(number, &args)
}

/// Strings and paths are copied, since what the host sees may differ.
fn string(
    row: &Row,
    call: &Call<'_, '_>,
    index: usize,
    kind: Arg,
) -> Result<Option<CString>, Errno> {
    let value = call.args[index];
    if value == 0 {
        return Ok(None);
    }
    match kind {
        Arg::Str => call.raw_path(value).map(Some),
        Arg::Path(follow) => {
            let directory = match index.checked_sub(1).map(|before| row.args[before]) {
                Some(Arg::DirFd) => call.int(index - 1),
                _ => libc::AT_FDCWD,
            };
            let follow = match follow {
                Follow::Always => true,
                Follow::Never => false,
                Follow::UnlessFlag(flags) => call.int(flags) & libc::AT_SYMLINK_NOFOLLOW == 0,
                Follow::IfFlag(flags) => call.int(flags) & libc::AT_SYMLINK_FOLLOW != 0,
            };
            call.path(directory, value, follow).map(Some)
        }
        _ => Ok(None),
    }
}

fn argument(call: &Call<'_, '_>, index: usize, kind: Arg) -> Result<HostArg<'static>, Errno> {
    let value = call.args[index];
    match kind {
        Arg::Int
        | Arg::Size
        | Arg::Hex
        | Arg::Mode
        | Arg::Fd
        | Arg::DirFd
        | Arg::Flags(_)
        | Arg::OpenFlags
        | Arg::CloneFlags
        | Arg::Enum(_)
        | Arg::Signal => Ok(HostArg::value(value)),
        // Null, or it would have been copied.
        Arg::Path(_) | Arg::Str => Ok(HostArg::NULL),
        Arg::Struct(size) => call.range(value, size),
        Arg::Array { element, count } => {
            // Counts are ints or sizes; a negative one is the kernel's to refuse.
            let count = (call.args[count] as u32 as i32).max(0) as u64;
            call.range(value, element * count)
        }
        Arg::In(len) | Arg::Out(len) => call.range(value, call.args[len]),
        Arg::TimeIn | Arg::TimeOut => call.range(value, 16),
        // Calls with one have a function of their own.
        Arg::Pointer | Arg::Strings => Err(Errno::EFAULT),
    }
}
