//! New processes; `clone` for threads goes on to [`thread`].
//!
//! A child is a fork of the emulator. `vfork` too: the child gets a copy of memory, while the
//! parent waits until the child has become another program or ended. What makes `vfork` more
//! than a slow `fork` is that a child that fails to become another program can tell its
//! parent by writing to memory (`posix_spawn` does): at its end it sends the parent its copy of
//! the parent's stack frames, which the parent, having waited, takes over.

use std::fs::File;
use std::io::{Read as _, Write as _};

use rustix::pipe::{PipeFlags, pipe_with};

use super::abi::riscv64 as abi;
use super::errno::Errno;
use super::host::{self, HostArg};
use super::mm::Layout;
use super::own_fds::{self, OwnFd};
use super::signal::host as signals;
use super::syscall::{Call, Stop, SysResult};
use super::thread;

/// As much of the parent's stack as is taken over.
const FRAMES_LIMIT: u64 = 64 << 10;

/// Arguments of `clone`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CloneRequest {
    pub(crate) flags: u64,
    pub(crate) stack: u64,
    pub(crate) parent_tid: u64,
    pub(crate) thread_pointer: u64,
    pub(crate) child_tid: u64,
    /// Where `CLONE_PIDFD` stores the child's descriptor.
    pub(crate) pidfd: u64,
}

/// The child has no handlers for signals.
const CLONE_CLEAR_SIGHAND: u64 = 1 << 32;

/// What a `vfork` child needs to know of its parent.
#[derive(Debug)]
pub(crate) struct VforkChild {
    /// Closed when the child becomes another program or ends.
    to_parent: OwnFd,
    /// The parent's stack pointer.
    frames: u64,
}

/// Answers `clone`.
pub(crate) fn clone(call: &mut Call<'_, '_>, request: &CloneRequest) -> SysResult {
    let has = |flag: i32| request.flags & flag as u64 != 0;
    if has(libc::CLONE_THREAD) {
        return thread::spawn(call, request);
    }
    let namespaces = libc::CLONE_NEWNS
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUSER
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWNET
        | libc::CLONE_PARENT;
    let is_vfork = has(libc::CLONE_VFORK);
    if has(namespaces) || has(libc::CLONE_VM) && !is_vfork || has(libc::CLONE_SIGHAND) {
        return Err(Errno::EINVAL.into());
    }
    let pipe = if is_vfork {
        let (from_child, to_parent) = pipe_with(PipeFlags::CLOEXEC).map_err(Errno::from)?;
        let to_parent = OwnFd::hide(&to_parent).map_err(Errno::from)?;
        Some((File::from(from_child), to_parent))
    } else {
        None
    };

    // A signal must not be caught twice, in both processes; it comes when both are set up.
    signals::set_mask(u64::MAX);
    if call.thread.pending.signal().is_some() {
        return Err(Stop::NotStarted);
    }
    let mut child = Ok(0);
    let process = call.process;
    call.cpu.engine.fork(&mut || {
        // No other thread may hold a lock that the child will need.
        let _locks = (
            process.threads.lock(),
            process.signals.lock(),
            process.memory.lock(),
            process.symbols.lock(),
            process.limits.lock(),
            own_fds::lock(),
        );
        child = host::fork();
        child.map_or(-1, |process| process as libc::pid_t)
    });
    match child {
        Err(errno) => {
            signals::set_mask(call.thread.mask.get());
            Err(errno.into())
        }
        Ok(0) => {
            let tid = signals::thread_id();
            call.thread.tid.set(tid);
            call.thread.leader.set(true);
            process.threads.keep_only(tid);
            if let Some((_, to_parent)) = pipe {
                let frames = abi::stack_pointer(call.cpu.state);
                *call.thread.vfork.borrow_mut() = Some(VforkChild { to_parent, frames });
            } else {
                *call.thread.vfork.borrow_mut() = None;
            }
            if request.flags & CLONE_CLEAR_SIGHAND != 0 {
                process.signals.forget_handlers();
            }
            start_child(call, request);
            signals::set_mask(call.thread.mask.get());
            Ok(0)
        }
        Ok(child) => {
            if has(libc::CLONE_PARENT_SETTID) {
                // As for Linux, an address that cannot be written is nobody's error.
                let _ = call.write(request.parent_tid, &(child as u32));
            }
            if has(libc::CLONE_PIDFD) {
                // The child may end, but is there until it has been waited for.
                let pidfd = host::host_syscall!(
                    libc::SYS_pidfd_open,
                    HostArg::value(child),
                    HostArg::value(0)
                );
                let _ = call.write(request.pidfd, &(pidfd.unwrap_or(u64::MAX) as u32));
            }
            if let Some((from_child, to_parent)) = pipe {
                drop(to_parent);
                take_over_frames(call, from_child);
            }
            signals::set_mask(call.thread.mask.get());
            Ok(child)
        }
    }
}

/// The child's side: registers and thread IDs.
fn start_child(call: &mut Call<'_, '_>, request: &CloneRequest) {
    let has = |flag: i32| request.flags & flag as u64 != 0;
    if request.stack != 0 {
        abi::set_stack_pointer(call.cpu.state, request.stack);
    }
    if has(libc::CLONE_SETTLS) {
        abi::set_thread_pointer(call.cpu.state, request.thread_pointer);
    }
    if has(libc::CLONE_CHILD_SETTID) {
        let _ = call.write(request.child_tid, &std::process::id());
    }
    let clear = if has(libc::CLONE_CHILD_CLEARTID) {
        request.child_tid
    } else {
        0
    };
    call.thread.clear_child_tid.set(clear);
}

/// Waits for a `vfork` child and takes over what it wrote to our stack frames, if it ended
/// without becoming another program.
fn take_over_frames(call: &Call<'_, '_>, mut from_child: File) {
    let mut frames = Vec::new();
    if from_child.read_to_end(&mut frames).is_ok() && !frames.is_empty() {
        let _ = call
            .space()
            .write_bytes(abi::stack_pointer(call.cpu.state), &frames);
    }
}

/// In a `vfork` child about to end: sends the parent its frames.
pub(crate) fn leave_vfork(call: &Call<'_, '_>) {
    let Some(child) = call.thread.vfork.borrow_mut().take() else {
        return;
    };
    let end = (child.frames + FRAMES_LIMIT).min(call.process.memory.layout.stack_end);
    let in_stack = child.frames + Layout::STACK_SIZE > call.process.memory.layout.stack_end;
    let len = if in_stack {
        end.saturating_sub(child.frames)
    } else {
        0
    };
    let mut frames = vec![0; len as usize];
    if call.space().read_bytes(child.frames, &mut frames).is_err() {
        return;
    }
    if let Ok(pipe) = child.to_parent.fd().try_clone() {
        // A parent that is gone needs nothing.
        let _ = File::from(pipe).write_all(&frames);
    }
}
