//! Futexes: the host's, at the host's addresses of guest memory.

use super::{Call, Stop, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;

/// Size of the head of a robust list.
const ROBUST_LIST_HEAD: u64 = 24;

pub(super) fn futex(call: &mut Call<'_, '_>) -> SysResult {
    let [address, operation, value, timeout, address2, value3] = call.args;
    let command = operation as i32 & !(libc::FUTEX_PRIVATE_FLAG | libc::FUTEX_CLOCK_REALTIME);
    let address = call.range(address, 4)?;
    // The fourth argument is a timeout or a number, depending on the operation.
    let fourth = match command {
        libc::FUTEX_WAIT
        | libc::FUTEX_WAIT_BITSET
        | libc::FUTEX_LOCK_PI
        | libc::FUTEX_WAIT_REQUEUE_PI
        | FUTEX_LOCK_PI2 => call.range(timeout, 16)?,
        _ => HostArg::value(timeout),
    };
    // So is the fifth a second word, or whatever the register held.
    let fifth = match command {
        libc::FUTEX_REQUEUE
        | libc::FUTEX_CMP_REQUEUE
        | libc::FUTEX_WAKE_OP
        | libc::FUTEX_WAIT_REQUEUE_PI
        | libc::FUTEX_CMP_REQUEUE_PI => call.range(address2, 4)?,
        _ => HostArg::NULL,
    };
    let result = call.host(
        libc::SYS_futex,
        &[
            address,
            HostArg::value(operation),
            HostArg::value(value),
            fourth,
            fifth,
            HostArg::value(value3),
        ],
    );
    match result {
        // Waiting again with the same timeout would wait longer than asked.
        Err(Stop::Errno(Errno::EINTR)) if timeout != 0 => Err(Stop::Interrupted),
        other => other,
    }
}

const FUTEX_LOCK_PI2: i32 = 13;

pub(super) fn set_robust_list(call: &mut Call<'_, '_>) -> SysResult {
    let [head, size, ..] = call.args;
    if size != ROBUST_LIST_HEAD {
        return Err(Errno::EINVAL.into());
    }
    call.thread.robust_list.set((head, size));
    Ok(0)
}

pub(super) fn get_robust_list(call: &mut Call<'_, '_>) -> SysResult {
    let [thread, head, size, ..] = call.args;
    if thread != 0 {
        return Err(Errno::EPERM.into());
    }
    let (list, len) = call.thread.robust_list.get();
    call.write(head, &list)?;
    call.write(size, &len)?;
    Ok(0)
}
