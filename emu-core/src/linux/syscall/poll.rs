//! Waiting for descriptors.

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::mm::plain_struct;

plain_struct! {
    /// `struct epoll_event` of the generic ABI; x86-64 packs it.
    struct GuestEvent {
        events: u32,
        reserved: u32,
        data: u64,
    }
}

/// The host's.
#[repr(C, packed)]
#[derive(Debug, Clone, Copy, Default)]
struct HostEvent {
    events: u32,
    data: u64,
}

pub(super) fn epoll_ctl(call: &mut Call<'_, '_>) -> SysResult {
    let [epoll, operation, fd, event, ..] = call.args;
    let event = if operation as i32 == libc::EPOLL_CTL_DEL {
        HostEvent::default()
    } else {
        let event: GuestEvent = call.read(event)?;
        HostEvent {
            events: event.events,
            data: event.data,
        }
    };
    call.host(
        libc::SYS_epoll_ctl,
        &[
            HostArg::value(epoll),
            HostArg::value(operation),
            HostArg::value(fd),
            HostArg::input(&event),
        ],
    )
}

pub(super) fn epoll_pwait(call: &mut Call<'_, '_>) -> SysResult {
    let timeout = HostArg::value(call.args[3]);
    epoll_wait(call, libc::SYS_epoll_pwait, timeout)
}

pub(super) fn epoll_pwait2(call: &mut Call<'_, '_>) -> SysResult {
    const SYS_EPOLL_PWAIT2: libc::c_long = 441;
    let timeout = call.range(call.args[3], 16)?;
    epoll_wait(call, SYS_EPOLL_PWAIT2, timeout)
}

fn epoll_wait(call: &Call<'_, '_>, number: libc::c_long, timeout: HostArg<'_>) -> SysResult {
    /// More events than this are fetched by the next call.
    const LIMIT: i32 = 1024;
    let [epoll, events, count, _, mask, mask_size] = call.args;
    if count as i32 <= 0 {
        return Err(Errno::EINVAL.into());
    }
    let count = (count as i32).min(LIMIT);
    let mask = call.signal_mask(mask)?;
    let mut found = vec![HostEvent::default(); count as usize];
    let ready = call.host(
        number,
        &[
            HostArg::value(epoll),
            HostArg::output_slice(&mut found),
            HostArg::signed(count.into()),
            timeout,
            mask.as_ref().map_or(HostArg::NULL, HostArg::input),
            HostArg::value(mask_size),
        ],
    )?;
    for (index, event) in found.iter().take(ready as usize).enumerate() {
        let event = GuestEvent {
            events: event.events,
            reserved: 0,
            data: event.data,
        };
        call.write(events.wrapping_add(16 * index as u64), &event)?;
    }
    Ok(ready)
}

pub(super) fn ppoll(call: &mut Call<'_, '_>) -> SysResult {
    let [fds, count, timeout, mask, mask_size, _] = call.args;
    let mask = call.signal_mask(mask)?;
    let fds = call.range(fds, (count & 0xffff_ffff).saturating_mul(8))?;
    call.host(
        libc::SYS_ppoll,
        &[
            fds,
            HostArg::value(count),
            call.range(timeout, 16)?,
            mask.as_ref().map_or(HostArg::NULL, HostArg::input),
            HostArg::value(mask_size),
        ],
    )
}

pub(super) fn pselect6(call: &mut Call<'_, '_>) -> SysResult {
    let [count, read, write, except, timeout, mask] = call.args;
    let set_size = (count as i32).clamp(0, 1 << 20) as u64;
    let set_size = set_size.div_ceil(64) * 8;
    // The mask comes as a pair of address and size.
    let (mask, mask_size) = match call.read_optional::<[u64; 2]>(mask)? {
        Some([address, size]) => (call.signal_mask(address)?, size),
        None => (None, 0),
    };
    let mask = mask.as_ref().map_or(HostArg::NULL, HostArg::input);
    let mask_pair = [mask.bits(), mask_size];
    call.host(
        libc::SYS_pselect6,
        &[
            HostArg::value(count),
            call.range(read, set_size)?,
            call.range(write, set_size)?,
            call.range(except, set_size)?,
            call.range(timeout, 16)?,
            HostArg::input(&mask_pair),
        ],
    )
}
