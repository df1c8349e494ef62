//! Descriptors that the emulator keeps for itself while the guest runs: high numbers, closed
//! on exec, and left alone when the guest closes what it did not open.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::host::{HostArg, host_syscall};

static OWN: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// Locks, for a fork.
pub(crate) fn lock() -> MutexGuard<'static, Vec<i32>> {
    OWN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A descriptor out of the guest's sight; closed when dropped.
#[derive(Debug)]
pub struct OwnFd(OwnedFd);

impl OwnFd {
    /// Moves a descriptor out of the guest's way.
    ///
    /// # Errors
    /// The host's, if it has no descriptor left.
    pub fn hide(fd: &OwnedFd) -> io::Result<OwnFd> {
        let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile)
            .current
            .unwrap_or(1024);
        let lowest = limit.saturating_sub(64).clamp(3, 1 << 20);
        let moved = host_syscall!(
            libc::SYS_fcntl,
            HostArg::signed(fd.as_raw_fd().into()),
            HostArg::value(libc::F_DUPFD_CLOEXEC as u64),
            HostArg::value(lowest)
        )?;
        lock().push(moved as i32);
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(OwnFd(unsafe { OwnedFd::from_raw_fd(moved as i32) }))
    }

    /// The descriptor.
    #[must_use]
    pub fn fd(&self) -> &OwnedFd {
        &self.0
    }
}

impl Drop for OwnFd {
    fn drop(&mut self) {
        lock().retain(|&fd| fd != self.0.as_raw_fd());
    }
}

/// Whether it is one of ours.
pub(crate) fn contains(fd: i32) -> bool {
    lock().contains(&fd)
}

/// All of ours, ascending.
pub(crate) fn all() -> Vec<i32> {
    let mut all = lock().clone();
    all.sort_unstable();
    all
}
