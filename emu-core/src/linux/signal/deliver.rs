//! Delivery: what a signal does to the guest, and entering its handler.

use super::{
    DefaultAction, SA_NODEFER, SA_ONSTACK, SA_RESETHAND, SIG_IGN, SS_AUTODISARM, SS_DISABLE,
    SS_ONSTACK, SigAction, SigInfo, StackDescriptor, UNBLOCKABLE, default_action, host, mask_bit,
};
use crate::environment::{CpuContext, ExitStatus, Flow};
use crate::linux::LinuxProcess;
use crate::linux::abi::riscv64 as abi;
use crate::linux::thread::Thread;

/// Delivers what this thread has caught.
pub(crate) fn deliver_pending(
    process: &LinuxProcess,
    thread: &Thread,
    cpu: &mut CpuContext<'_>,
) -> Flow {
    loop {
        let Some((signal, info)) = thread.pending.take() else {
            return Flow::Continue;
        };
        let action = process.signals.get(signal);
        if action.is_handler() {
            if let Flow::Exit(status) = enter_handler(process, thread, cpu, signal, &info, action) {
                return Flow::Exit(status);
            }
        } else if action.handler != SIG_IGN {
            match default_action(signal) {
                DefaultAction::Terminate => return Flow::Exit(ExitStatus::Signal(signal)),
                DefaultAction::Stop => stop_process(),
                DefaultAction::Ignore | DefaultAction::Continue => {}
            }
        }
        // From here on the next signal may be caught; the loop then sees it.
        host::set_mask(thread.mask.get());
    }
}

/// Delivers a signal that the instruction at `pc` has raised itself: it cannot be put off.
pub(crate) fn deliver_fault(
    process: &LinuxProcess,
    thread: &Thread,
    cpu: &mut CpuContext<'_>,
    signal: i32,
    info: &SigInfo,
) -> Flow {
    let action = process.signals.get(signal);
    let blocked = thread.mask.get() & mask_bit(signal) != 0;
    if blocked || !action.is_handler() {
        return Flow::Exit(ExitStatus::Signal(signal));
    }
    let flow = enter_handler(process, thread, cpu, signal, info, action);
    // A signal caught meanwhile stays in its slot, and all others blocked, until the loop has
    // seen its exit request.
    let exit_request = &cpu.state.exit_request;
    host::set_mask_unless_caught(&thread.pending, exit_request, thread.mask.get());
    flow
}

fn enter_handler(
    process: &LinuxProcess,
    thread: &Thread,
    cpu: &mut CpuContext<'_>,
    signal: i32,
    info: &SigInfo,
    action: SigAction,
) -> Flow {
    let stack = thread.alternate_stack.get();
    let stack_pointer = abi::stack_pointer(cpu.state);
    let on_stack = stack.holds(stack_pointer);
    let switch = action.flags & SA_ONSTACK != 0 && stack.flags & SS_DISABLE == 0 && !on_stack;
    let mask = thread.mask.get();
    let call = abi::HandlerCall {
        signal,
        info: *info,
        handler: action.handler,
        trampoline: process.trampoline,
        stack_top: if switch {
            stack.address.wrapping_add(stack.size)
        } else {
            stack_pointer
        },
        saved_mask: mask,
        saved_stack: shown_stack(&stack, stack_pointer),
    };
    if abi::enter_handler(cpu.state, &process.memory.space, &call).is_err() {
        // No room for the frame: Linux then kills with SIGSEGV.
        return Flow::Exit(ExitStatus::Signal(libc::SIGSEGV));
    }
    if stack.flags & SS_AUTODISARM != 0 {
        thread.alternate_stack.set(StackDescriptor::DISABLED);
    }
    if action.flags & SA_RESETHAND != 0 {
        // The number is one that had an action, so this cannot fail.
        let _ = process.signals.set(
            signal,
            SigAction {
                handler: super::SIG_DFL,
                ..action
            },
        );
    }
    let own = if action.flags & SA_NODEFER != 0 {
        0
    } else {
        mask_bit(signal)
    };
    thread.mask.set((mask | action.mask | own) & !UNBLOCKABLE);
    Flow::Continue
}

/// The alternate stack as the guest sees it: with whether it is in use.
pub(crate) fn shown_stack(stack: &StackDescriptor, stack_pointer: u64) -> StackDescriptor {
    let in_use = if stack.flags & SS_DISABLE == 0 && stack.holds(stack_pointer) {
        SS_ONSTACK
    } else {
        0
    };
    StackDescriptor {
        flags: stack.flags | in_use,
        ..*stack
    }
}

fn stop_process() {
    use crate::linux::host::{HostArg, host_syscall};
    let own = HostArg::value(u64::from(std::process::id()));
    // Sending a signal to oneself cannot fail.
    let _ = host_syscall!(
        libc::SYS_kill,
        own,
        HostArg::signed(i64::from(libc::SIGSTOP))
    );
}
