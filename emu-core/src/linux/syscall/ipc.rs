//! System V interprocess communication.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;

/// A message: its type, then its text.
const TYPE_SIZE: u64 = 8;

pub(super) fn msgsnd(call: &mut Call<'_, '_>) -> SysResult {
    let [queue, message, size, flags, ..] = call.args;
    let message = call.range(message, size.checked_add(TYPE_SIZE).ok_or(Errno::EINVAL)?)?;
    call.host(
        libc::SYS_msgsnd,
        &[
            HostArg::value(queue),
            message,
            HostArg::value(size),
            HostArg::value(flags),
        ],
    )
}

pub(super) fn msgrcv(call: &mut Call<'_, '_>) -> SysResult {
    let [queue, message, size, kind, flags, _] = call.args;
    let message = call.range(message, size.checked_add(TYPE_SIZE).ok_or(Errno::EINVAL)?)?;
    call.host(
        libc::SYS_msgrcv,
        &[
            HostArg::value(queue),
            message,
            HostArg::value(size),
            HostArg::value(kind),
            HostArg::value(flags),
        ],
    )
}

/// `semctl` for what takes no structure: its layout is x86-64's own.
pub(super) fn semctl(call: &mut Call<'_, '_>) -> SysResult {
    const IPC_RMID: i32 = 0;
    const GETPID: i32 = 11;
    const GETVAL: i32 = 12;
    const GETALL: i32 = 13;
    const GETNCNT: i32 = 14;
    const GETZCNT: i32 = 15;
    const SETVAL: i32 = 16;
    const SETALL: i32 = 17;
    /// More semaphores than a set may have.
    const SEMAPHORES: u64 = 32000;
    let [set, index, command, value, ..] = call.args;
    let value = match command as i32 {
        IPC_RMID | GETPID | GETVAL | GETNCNT | GETZCNT | SETVAL => HostArg::value(value),
        GETALL | SETALL => call.range(value, SEMAPHORES * 2)?,
        _ => return Err(Errno::EINVAL.into()),
    };
    call.host(
        libc::SYS_semctl,
        &[
            HostArg::value(set),
            HostArg::value(index),
            HostArg::value(command),
            value,
        ],
    )
}

/// Shared segments are not attached yet: their size is known to the host only after the fact.
pub(super) fn shmat(_call: &mut Call<'_, '_>) -> SysResult {
    Err(Errno::ENOSYS.into())
}

/// Nothing is ever attached; see [`shmat`].
pub(super) fn shmdt(_call: &mut Call<'_, '_>) -> SysResult {
    Err(Errno::EINVAL.into())
}
