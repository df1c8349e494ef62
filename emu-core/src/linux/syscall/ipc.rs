//! System V interprocess communication.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::mm::{Placement, Protection};
use crate::loader::elf::page_floor;

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

pub(super) fn shmat(call: &mut Call<'_, '_>) -> SysResult {
    let [segment, address, flags, ..] = call.args;
    let (segment, flags) = (segment as i32, flags as i32);
    let address = if flags & libc::SHM_RND != 0 {
        page_floor(address)
    } else {
        address
    };
    let replaces = flags & libc::SHM_REMAP != 0;
    let placement = match address {
        0 if replaces => return Err(Errno::EINVAL.into()),
        0 => Placement::Hint(0),
        _ if replaces => Placement::Fixed(address),
        _ => Placement::FixedNoReplace(address),
    };
    let protection = Protection {
        read: true,
        write: flags & libc::SHM_RDONLY == 0,
        execute: flags & libc::SHM_EXEC != 0,
    };
    call.cpu.engine.share_memory();
    // `struct shmid64_ds`: permissions of 48 bytes, then the size.
    let mut description = [0u64; 14];
    call.host(
        libc::SYS_shmctl,
        &[
            HostArg::signed(segment.into()),
            HostArg::value(libc::IPC_STAT as u64),
            HostArg::output(&mut description),
        ],
    )?;
    let memory = &call.process.memory;
    let attached = memory.attach_segment(segment, description[6], placement, protection);
    // An address that is taken is the caller's mistake.
    Ok(attached.map_err(|errno| {
        if errno == Errno::EEXIST {
            Errno::EINVAL
        } else {
            errno
        }
    })?)
}

pub(super) fn shmdt(call: &mut Call<'_, '_>) -> SysResult {
    call.process.memory.detach_segment(call.args[0])?;
    Ok(0)
}
