//! Writes that a closed pipe fails rather than kills.
//!
//! While a guest runs, `SIGPIPE` does to this process what the guest has asked for, which may be to
//! end it; our own writes must not count as the guest's.
//!
//! Rule for the unsafe code here: signal sets are initialised by `sigemptyset` before their use.

use std::io;
use std::mem::MaybeUninit;

/// Calls `write` with `SIGPIPE` held back on this thread, and takes back the signal that it raised.
///
/// # Errors
///
/// Those of `write`: a closed pipe is [`io::ErrorKind::BrokenPipe`], whatever the guest wants done
/// about the signal.
pub fn without_sigpipe<R>(write: impl FnOnce() -> io::Result<R>) -> io::Result<R> {
    let pipe = only_sigpipe();
    let mut before = MaybeUninit::uninit();
    // SAFETY: both sets are valid for the call, which fills the second.
    let held = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &pipe, before.as_mut_ptr()) } == 0;
    let pending = is_pending();
    let result = write();
    let broken = matches!(&result, Err(error) if error.kind() == io::ErrorKind::BrokenPipe);
    if held && broken && !pending {
        let now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // SAFETY: the set and the time are valid for the call; nothing is asked about the signal.
        unsafe { libc::sigtimedwait(&pipe, std::ptr::null_mut(), &now) };
    }
    if held {
        // SAFETY: the call above has filled the set.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), std::ptr::null_mut()) };
    }
    result
}

fn only_sigpipe() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` initialises the set that `sigaddset` then changes.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGPIPE);
        set.assume_init()
    }
}

/// Whether the guest has a `SIGPIPE` of its own coming.
fn is_pending() -> bool {
    let mut set = MaybeUninit::uninit();
    // SAFETY: the set is initialised before it is filled and asked.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigpending(set.as_mut_ptr()) == 0
            && libc::sigismember(set.as_ptr(), libc::SIGPIPE) == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn a_closed_pipe_is_an_error_where_the_signal_would_kill() {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        // SAFETY: a test process needs nothing of the signal's disposition.
        let before = unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        let error = without_sigpipe(|| (&writer).write_all(b"x")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(!is_pending());
        // SAFETY: as above.
        unsafe { libc::signal(libc::SIGPIPE, before) };
    }
}
