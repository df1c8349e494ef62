//! Clocks and timers.

use rustix::time::ClockId;

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::mm::plain_struct;

pub(super) fn clock_gettime(call: &mut Call<'_, '_>) -> SysResult {
    let [clock, time, ..] = call.args;
    if let Some(state) = &call.process.deterministic {
        call.write(time, &state.tick(clock as i32))?;
        return Ok(0);
    }
    if let Some(now) = read_without_kernel(clock as i32) {
        call.write(time, &now)?;
        return Ok(0);
    }
    call.host(
        libc::SYS_clock_gettime,
        &[HostArg::value(clock), call.range(time, 16)?],
    )
}

/// Reads a clock that the host's vDSO knows, in a fraction of the time that the kernel takes: seconds and
/// nanoseconds.
fn read_without_kernel(clock: i32) -> Option<[i64; 2]> {
    let clock = match clock {
        libc::CLOCK_REALTIME => ClockId::Realtime,
        libc::CLOCK_MONOTONIC => ClockId::Monotonic,
        libc::CLOCK_REALTIME_COARSE => ClockId::RealtimeCoarse,
        libc::CLOCK_MONOTONIC_COARSE => ClockId::MonotonicCoarse,
        _ => return None,
    };
    let now = rustix::time::clock_gettime(clock);
    Some([now.tv_sec, now.tv_nsec])
}

pub(super) fn gettimeofday(call: &mut Call<'_, '_>) -> SysResult {
    let [time, zone, ..] = call.args;
    if let Some(state) = &call.process.deterministic {
        let [seconds, nanoseconds] = state.tick(libc::CLOCK_REALTIME);
        if time != 0 {
            call.write(time, &[seconds, nanoseconds / 1000])?;
        }
        if zone != 0 {
            call.write(zone, &[0i32; 2])?;
        }
        return Ok(0);
    }
    if zone == 0
        && time != 0
        && let Some([seconds, nanoseconds]) = read_without_kernel(libc::CLOCK_REALTIME)
    {
        call.write(time, &[seconds, nanoseconds / 1000])?;
        return Ok(0);
    }
    call.host(
        libc::SYS_gettimeofday,
        &[call.range(time, 16)?, call.range(zone, 8)?],
    )
}

plain_struct! {
    /// `struct sigevent`, the same for guest and host.
    struct SigEvent {
        value: u64,
        signal: i32,
        notify: i32,
        thread: i32,
        reserved: [i32; 11],
    }
}

const _: () = assert!(size_of::<SigEvent>() == 64);

pub(super) fn timer_create(call: &mut Call<'_, '_>) -> SysResult {
    let [clock, event, timer, ..] = call.args;
    // Its handlers are guest addresses, which the kernel hands through.
    let event: Option<SigEvent> = call.read_optional(event)?;
    if event.is_some_and(|event| {
        !matches!(
            event.notify,
            libc::SIGEV_SIGNAL | libc::SIGEV_NONE | libc::SIGEV_THREAD_ID
        )
    }) {
        return Err(Errno::EINVAL.into());
    }
    let host_event = event.as_ref().map_or(HostArg::NULL, HostArg::input);
    call.host(
        libc::SYS_timer_create,
        &[HostArg::value(clock), host_event, call.range(timer, 4)?],
    )
}
