//! Threads of the emulator that no signal is meant for.
//!
//! A signal to the process goes to any thread that does not block it. One that runs no vCPU could only
//! pass it on, too late for a guest that expects its own signal before `kill` returns, so such a thread
//! blocks all signals from its first instruction on: it inherits the mask of its creator.
//!
//! System calls are made directly: the C library leaves signals 32 and 33 out, which guests use.

use std::ptr;

/// All signals are blocked on this thread, and on threads that it starts, while this lives.
pub(crate) struct Blocked {
    before: u64,
}

impl Blocked {
    /// Blocks all signals.
    pub(crate) fn all() -> Blocked {
        Blocked {
            before: replace_mask(u64::MAX),
        }
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        replace_mask(self.before);
    }
}

/// Sets this thread's mask and returns the one before.
fn replace_mask(mask: u64) -> u64 {
    let mut before = 0;
    // SAFETY: both pointers are to masks of the size passed; the call has no other memory effects, and
    // cannot fail with these arguments.
    unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            ptr::from_ref(&mask),
            ptr::from_mut(&mut before),
            size_of::<u64>(),
        );
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The present mask, without changing it.
    fn mask() -> u64 {
        let mask = replace_mask(u64::MAX);
        replace_mask(mask);
        mask
    }

    #[test]
    fn threads_started_meanwhile_get_no_signal() {
        // The C library lets the signal through by which it cancels threads; that one is sent to threads,
        // not to processes. What cannot be blocked is not shown as blocked.
        const CANCEL: i32 = 32;
        let exceptions = [CANCEL, libc::SIGKILL, libc::SIGSTOP].map(|signal| 1 << (signal - 1));
        let exceptions: u64 = exceptions.iter().sum();
        let before = mask();
        let blocked = Blocked::all();
        let inherited = std::thread::spawn(mask).join().expect("no panic");
        drop(blocked);
        assert_eq!(inherited | exceptions, u64::MAX);
        assert_eq!(mask(), before);
    }
}
