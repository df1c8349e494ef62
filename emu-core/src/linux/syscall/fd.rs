//! File descriptors: the guest's numbers are the host's, except that the emulator's own
//! descriptors do not exist for the guest.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::own_fds;

pub(super) fn close(call: &mut Call<'_, '_>) -> SysResult {
    let fd = call.int(0);
    if own_fds::contains(fd) {
        return Err(Errno::EBADF.into());
    }
    call.host(libc::SYS_close, &[HostArg::signed(fd.into())])
}

pub(super) fn dup3(call: &mut Call<'_, '_>) -> SysResult {
    let [old, new, flags, ..] = call.args;
    if own_fds::contains(new as i32) {
        return Err(Errno::EBADF.into());
    }
    call.host(
        libc::SYS_dup3,
        &[
            HostArg::value(old),
            HostArg::value(new),
            HostArg::value(flags),
        ],
    )
}

/// Closes a range of descriptors, stepping over the emulator's own.
pub(super) fn close_range(call: &mut Call<'_, '_>) -> SysResult {
    let (first, last) = (call.args[0] as u32, call.args[1] as u32);
    let flags = HostArg::value(call.args[2]);
    let close = |first: u32, last: u32| {
        call.host(
            libc::SYS_close_range,
            &[
                HostArg::value(first.into()),
                HostArg::value(last.into()),
                flags,
            ],
        )
    };
    if first > last {
        return close(first, last);
    }
    let mut next = first;
    for own in own_fds::all() {
        let own = own as u32;
        if (next..=last).contains(&own) {
            if own > next {
                close(next, own - 1)?;
            }
            next = own + 1;
        }
    }
    if next <= last {
        close(next, last)
    } else {
        Ok(0)
    }
}

/// Commands whose argument points to a `struct flock`.
const LOCKS: [i32; 6] = [
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
    libc::F_OFD_GETLK,
    libc::F_OFD_SETLK,
    libc::F_OFD_SETLKW,
];
const FLOCK_SIZE: u64 = 32;
/// Commands whose argument points to 64 bits: `F_GET_RW_HINT` and its three siblings.
const WORDS: [i32; 4] = [1035, 1036, 1037, 1038];
/// `F_SETOWN_EX` and `F_GETOWN_EX`, with a structure of two ints.
const OWNERS: [i32; 2] = [15, 16];

pub(super) fn fcntl(call: &mut Call<'_, '_>) -> SysResult {
    let [fd, command, argument, ..] = call.args;
    if own_fds::contains(fd as i32) {
        return Err(Errno::EBADF.into());
    }
    let number = command as i32;
    let argument = if LOCKS.contains(&number) {
        call.range(argument, FLOCK_SIZE)?
    } else if WORDS.contains(&number) || OWNERS.contains(&number) {
        call.range(argument, 8)?
    } else {
        HostArg::value(argument)
    };
    call.host(
        libc::SYS_fcntl,
        &[HostArg::value(fd), HostArg::value(command), argument],
    )
}
