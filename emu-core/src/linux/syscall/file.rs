//! Opening files and asking about them.

use std::ffi::CStr;
use std::io::{Seek as _, Write as _};
use std::os::fd::{FromRawFd as _, IntoRawFd as _};
use std::path::Path;

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::{HostArg, host_syscall};
use crate::linux::mm::plain_struct;
use crate::linux::procfs::{ProcFile, path_from_bytes};

plain_struct! {
    /// `struct stat` of the generic ABI.
    struct GuestStat {
        device: u64,
        inode: u64,
        mode: u32,
        links: u32,
        uid: u32,
        gid: u32,
        special_device: u64,
        reserved1: u64,
        size: i64,
        block_size: i32,
        reserved2: i32,
        blocks: i64,
        accessed: [i64; 2],
        modified: [i64; 2],
        changed: [i64; 2],
        reserved3: [u32; 2],
    }
}

const _: () = assert!(size_of::<GuestStat>() == 128);

/// The host's `struct stat`.
#[derive(Clone, Copy)]
#[repr(C)]
struct HostStat(libc::stat);

impl HostStat {
    fn empty() -> HostStat {
        // SAFETY: a structure of integers, for which zeroes are a value.
        HostStat(unsafe { std::mem::zeroed() })
    }

    fn to_guest(self) -> GuestStat {
        let HostStat(stat) = self;
        GuestStat {
            device: stat.st_dev,
            inode: stat.st_ino,
            mode: stat.st_mode,
            links: stat.st_nlink as u32,
            uid: stat.st_uid,
            gid: stat.st_gid,
            special_device: stat.st_rdev,
            reserved1: 0,
            size: stat.st_size,
            block_size: stat.st_blksize as i32,
            reserved2: 0,
            blocks: stat.st_blocks,
            accessed: [stat.st_atime, stat.st_atime_nsec],
            modified: [stat.st_mtime, stat.st_mtime_nsec],
            changed: [stat.st_ctime, stat.st_ctime_nsec],
            reserved3: [0; 2],
        }
    }
}

/// Opens a file; one of `/proc` that would describe the emulator is made up.
fn open(call: &Call<'_, '_>, directory: i32, path: u64, flags: i32, mode: u64) -> SysResult {
    let raw = call.raw_path(path)?;
    let made_up = ProcFile::find(raw.to_bytes()).and_then(|file| file.contents(call.process));
    if let Some(contents) = made_up {
        return open_contents(&raw, &contents, flags);
    }
    let follow = flags & libc::O_NOFOLLOW == 0
        && flags & (libc::O_CREAT | libc::O_EXCL) != libc::O_CREAT | libc::O_EXCL;
    let path = call.path(directory, path, follow)?;
    call.host(
        libc::SYS_openat,
        &[
            HostArg::signed(directory.into()),
            HostArg::string(&path),
            HostArg::signed(flags.into()),
            HostArg::value(mode),
        ],
    )
}

/// A descriptor to read `contents` from.
fn open_contents(name: &CStr, contents: &[u8], flags: i32) -> SysResult {
    if flags & libc::O_ACCMODE != libc::O_RDONLY {
        return Err(Errno::EACCES.into());
    }
    let close_on_exec = if flags & libc::O_CLOEXEC != 0 {
        u64::from(libc::MFD_CLOEXEC)
    } else {
        0
    };
    let fd = host_syscall!(
        libc::SYS_memfd_create,
        HostArg::string(name),
        HostArg::value(close_on_exec)
    )?;
    // SAFETY: the kernel has just made this descriptor for us.
    let mut file = unsafe { std::fs::File::from_raw_fd(fd as i32) };
    file.write_all(contents).map_err(Errno::from)?;
    file.rewind().map_err(Errno::from)?;
    Ok(file.into_raw_fd() as u64)
}

pub(super) fn openat(call: &mut Call<'_, '_>) -> SysResult {
    open(call, call.int(0), call.args[1], call.int(2), call.args[3])
}

/// `openat2` with nothing that `openat` cannot do; programs fall back otherwise.
pub(super) fn openat2(call: &mut Call<'_, '_>) -> SysResult {
    let [_, path, how, size, ..] = call.args;
    if size < 24 {
        return Err(Errno::EINVAL.into());
    }
    let [flags, mode, resolve]: [u64; 3] = call.read(how)?;
    if resolve != 0 {
        return Err(Errno::ENOSYS.into());
    }
    open(call, call.int(0), path, flags as i32, mode)
}

/// Reads a link; those of `/proc` that would show the emulator or the prefix do not.
pub(super) fn readlinkat(call: &mut Call<'_, '_>) -> SysResult {
    let [_, path, buffer, size, ..] = call.args;
    if size as i64 <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let raw = call.raw_path(path)?;
    let write = |call: &Call<'_, '_>, target: &Path| -> SysResult {
        let bytes = target.as_os_str().as_encoded_bytes();
        let len = bytes.len().min(size as usize);
        call.space().write_bytes(buffer, &bytes[..len])?;
        Ok(len as u64)
    };
    if ProcFile::find(raw.to_bytes()) == Some(ProcFile::Exe) {
        return write(call, &call.process.program.guest_path);
    }
    let path = call.path(call.int(0), path, false)?;
    if path.to_bytes().starts_with(b"/proc/") {
        let target = std::fs::read_link(path_from_bytes(path.to_bytes())).map_err(Errno::from)?;
        return write(call, &call.process.prefix.to_guest(&target));
    }
    let range = call.range(buffer, size)?;
    call.host(
        libc::SYS_readlinkat,
        &[
            HostArg::value(call.args[0]),
            HostArg::string(&path),
            range,
            HostArg::value(size),
        ],
    )
}

pub(super) fn newfstatat(call: &mut Call<'_, '_>) -> SysResult {
    let [directory, path, buffer, flags, ..] = call.args;
    let follow = flags as i32 & libc::AT_SYMLINK_NOFOLLOW == 0;
    let path = optional_path(call, directory as i32, path, flags as i32, follow)?;
    let mut stat = HostStat::empty();
    call.host(
        libc::SYS_newfstatat,
        &[
            HostArg::value(directory),
            HostArg::string(&path),
            HostArg::output(&mut stat),
            HostArg::value(flags),
        ],
    )?;
    call.write(buffer, &stat.to_guest())?;
    Ok(0)
}

pub(super) fn statx(call: &mut Call<'_, '_>) -> SysResult {
    let [directory, path, flags, mask, buffer, _] = call.args;
    let follow = flags as i32 & libc::AT_SYMLINK_NOFOLLOW == 0;
    let path = optional_path(call, directory as i32, path, flags as i32, follow)?;
    let buffer = call.range(buffer, 256)?;
    call.host(
        libc::SYS_statx,
        &[
            HostArg::value(directory),
            HostArg::string(&path),
            HostArg::value(flags),
            HostArg::value(mask),
            buffer,
        ],
    )
}

/// A path, or the empty one that a null pointer stands for with `AT_EMPTY_PATH`.
fn optional_path(
    call: &Call<'_, '_>,
    directory: i32,
    path: u64,
    flags: i32,
    follow: bool,
) -> Result<std::ffi::CString, Errno> {
    if path == 0 && flags & libc::AT_EMPTY_PATH != 0 {
        return Ok(c"".to_owned());
    }
    call.path(directory, path, follow)
}

pub(super) fn fstat(call: &mut Call<'_, '_>) -> SysResult {
    let mut stat = HostStat::empty();
    call.host(
        libc::SYS_fstat,
        &[HostArg::value(call.args[0]), HostArg::output(&mut stat)],
    )?;
    call.write(call.args[1], &stat.to_guest())?;
    Ok(0)
}

/// The call without flags: the fourth register holds nothing.
pub(super) fn faccessat(call: &mut Call<'_, '_>) -> SysResult {
    let path = call.path(call.int(0), call.args[1], true)?;
    call.host(
        libc::SYS_faccessat,
        &[
            HostArg::value(call.args[0]),
            HostArg::string(&path),
            HostArg::value(call.args[2]),
        ],
    )
}

pub(super) fn faccessat2(call: &mut Call<'_, '_>) -> SysResult {
    /// Newer than some C libraries' headers.
    const SYS_FACCESSAT2: libc::c_long = 439;
    path_with_flags(call, SYS_FACCESSAT2)
}

pub(super) fn fchmodat2(call: &mut Call<'_, '_>) -> SysResult {
    const SYS_FCHMODAT2: libc::c_long = 452;
    path_with_flags(call, SYS_FCHMODAT2)
}

/// `(directory, path, value, flags)`.
fn path_with_flags(call: &Call<'_, '_>, number: libc::c_long) -> SysResult {
    let [directory, path, value, flags, ..] = call.args;
    let follow = flags as i32 & libc::AT_SYMLINK_NOFOLLOW == 0;
    let path = call.path(directory as i32, path, follow)?;
    call.host(
        number,
        &[
            HostArg::value(directory),
            HostArg::string(&path),
            HostArg::value(value),
            HostArg::value(flags),
        ],
    )
}
