//! Signal dispositions, masks and stacks.

use super::{Call, Stop, SysResult};
use crate::linux::abi::riscv64 as abi;
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::signal::{
    MINSIGSTKSZ, SIGNAL_COUNT, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK, SigAction, StackDescriptor,
    UNBLOCKABLE, belongs_to_engine, deliver, host,
};

const MASK_SIZE: u64 = 8;

pub(super) fn rt_sigaction(call: &mut Call<'_, '_>) -> SysResult {
    let [signal, new, old, size, ..] = call.args;
    let signal = signal as i32;
    if size != MASK_SIZE || !(1..=SIGNAL_COUNT as i32).contains(&signal) {
        return Err(Errno::EINVAL.into());
    }
    let previous = match call.read_optional::<SigAction>(new)? {
        Some(action) => {
            let action = SigAction {
                mask: action.mask & !UNBLOCKABLE,
                ..action
            };
            if action.is_handler() && belongs_to_engine(signal) {
                call.cpu.engine.require_precise_faults();
            }
            call.process.signals.set(signal, action)?
        }
        None => call.process.signals.get(signal),
    };
    if old != 0 {
        call.write(old, &previous)?;
    }
    Ok(0)
}

pub(super) fn rt_sigprocmask(call: &mut Call<'_, '_>) -> SysResult {
    let [how, set, old, size, ..] = call.args;
    if size != MASK_SIZE {
        return Err(Errno::EINVAL.into());
    }
    let before = call.thread.mask.get();
    if let Some(set) = call.read_optional::<u64>(set)? {
        let after = match how as i32 {
            libc::SIG_BLOCK => before | set,
            libc::SIG_UNBLOCK => before & !set,
            libc::SIG_SETMASK => set,
            _ => return Err(Errno::EINVAL.into()),
        } & !UNBLOCKABLE;
        set_mask(call, after)?;
    }
    if old != 0 {
        call.write(old, &before)?;
    }
    Ok(0)
}

/// Changes the guest's mask and the host's with it, unless a signal has been caught: that is
/// delivered first, under the old mask.
fn set_mask(call: &Call<'_, '_>, mask: u64) -> Result<(), Stop> {
    let exit_request = &call.cpu.state.exit_request;
    if !host::set_mask_unless_caught(&call.thread.pending, exit_request, mask) {
        return Err(Stop::NotStarted);
    }
    call.thread.mask.set(mask);
    Ok(())
}

/// Waits under another mask, which the host's kernel installs and takes back.
pub(super) fn rt_sigsuspend(call: &mut Call<'_, '_>) -> SysResult {
    let [mask, size, ..] = call.args;
    let mask = host::host_mask(call.read(mask)?);
    call.host(
        libc::SYS_rt_sigsuspend,
        &[HostArg::input(&mask), HostArg::value(size)],
    )
}

/// Waits for one of a set, which cannot include what interrupts threads of the emulator.
pub(super) fn rt_sigtimedwait(call: &mut Call<'_, '_>) -> SysResult {
    let [set, info, timeout, size, ..] = call.args;
    let set = host::host_mask(call.read(set)?);
    call.host(
        libc::SYS_rt_sigtimedwait,
        &[
            HostArg::input(&set),
            call.range(info, 128)?,
            call.range(timeout, 16)?,
            HostArg::value(size),
        ],
    )
}

pub(super) fn sigaltstack(call: &mut Call<'_, '_>) -> SysResult {
    let [new, old, ..] = call.args;
    let current = call.thread.alternate_stack.get();
    let stack_pointer = abi::stack_pointer(call.cpu.state);
    let shown = deliver::shown_stack(&current, stack_pointer);
    if let Some(stack) = call.read_optional::<StackDescriptor>(new)? {
        if shown.flags & SS_ONSTACK != 0 {
            return Err(Errno::EPERM.into());
        }
        let mode = stack.flags & !SS_AUTODISARM;
        let stack = match mode {
            SS_DISABLE => StackDescriptor::DISABLED,
            0 | SS_ONSTACK if stack.size < MINSIGSTKSZ => return Err(Errno::ENOMEM.into()),
            0 | SS_ONSTACK => StackDescriptor {
                flags: stack.flags & SS_AUTODISARM,
                ..stack
            },
            _ => return Err(Errno::EINVAL.into()),
        };
        call.thread.alternate_stack.set(stack);
    }
    if old != 0 {
        call.write(old, &shown)?;
    }
    Ok(0)
}

pub(super) fn rt_sigreturn(call: &mut Call<'_, '_>) -> SysResult {
    let Ok(restored) = abi::leave_handler(call.cpu.state, &call.process.memory.space) else {
        // No frame to return by: Linux kills with SIGSEGV.
        return Err(Stop::Exit(crate::environment::ExitStatus::Signal(
            libc::SIGSEGV,
        )));
    };
    let stack = StackDescriptor {
        flags: restored.stack.flags & !SS_ONSTACK,
        ..restored.stack
    };
    call.thread.alternate_stack.set(stack);
    let mask = restored.mask & !UNBLOCKABLE;
    call.thread.mask.set(mask);
    // A signal caught since the call began stays in its slot, all others blocked; its delivery
    // then sets the mask.
    host::set_mask_unless_caught(&call.thread.pending, &call.cpu.state.exit_request, mask);
    Err(Stop::KeepRegisters)
}
