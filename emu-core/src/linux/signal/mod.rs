//! Signals of the guest.
//!
//! | part | module |
//! |---|---|
//! | handlers and masks of the host (unsafe) | [`host`] |
//! | choosing the action, entering handlers | [`deliver`] |
//!
//! The host's kernel does the queueing: the host's signal mask follows the guest's, and a
//! disposition of the host's follows the guest's, with one handler of ours where the guest has
//! any. That handler records the signal in the thread's only [`host::PendingSlot`] and keeps all
//! further ones blocked until the execution loop has delivered it, so order and queues are the
//! kernel's own.
//!
//! Faults (`SIGSEGV`, `SIGBUS`, `SIGILL`, `SIGFPE`, `SIGTRAP`) are never blocked on the host: the
//! emulator itself relies on them. Nor is the last signal, by which it interrupts its threads.

pub(crate) mod deliver;
pub(crate) mod host;

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::errno::Errno;
use super::mm::plain_struct;

/// Signals are numbered 1–64.
pub(crate) const SIGNAL_COUNT: usize = 64;
/// Size of `siginfo_t`, the same for guest and host.
pub(crate) const SIGINFO_SIZE: usize = 128;
pub(crate) const SIG_DFL: u64 = 0;
pub(crate) const SIG_IGN: u64 = 1;

pub(crate) const SA_NOCLDSTOP: u64 = 1;
pub(crate) const SA_NOCLDWAIT: u64 = 2;
pub(crate) const SA_ONSTACK: u64 = 0x0800_0000;
pub(crate) const SA_RESTART: u64 = 0x1000_0000;
pub(crate) const SA_NODEFER: u64 = 0x4000_0000;
pub(crate) const SA_RESETHAND: u64 = 0x8000_0000;

pub(crate) const SS_ONSTACK: u32 = 1;
pub(crate) const SS_DISABLE: u32 = 2;
pub(crate) const SS_AUTODISARM: u32 = 1 << 31;
pub(crate) const MINSIGSTKSZ: u64 = 2048;

plain_struct! {
    /// `siginfo_t`: the same bytes for every 64-bit little-endian Linux.
    pub(crate) struct SigInfo {
        words: [u64; 16],
    }
}

plain_struct! {
    /// `stack_t`.
    pub(crate) struct StackDescriptor {
        address: u64,
        flags: u32,
        reserved: u32,
        size: u64,
    }
}

plain_struct! {
    /// The kernel's `struct sigaction` where there is no restorer.
    pub(crate) struct SigAction {
        handler: u64,
        flags: u64,
        mask: u64,
    }
}

impl SigInfo {
    /// For a fault at `address`.
    pub(crate) fn fault(signal: i32, code: i32, address: u64) -> SigInfo {
        let mut info = SigInfo::new(signal, code);
        info.words[2] = address;
        info
    }

    /// With nothing but signal and code.
    pub(crate) fn new(signal: i32, code: i32) -> SigInfo {
        let mut words = [0; 16];
        words[0] = u64::from(signal as u32);
        words[1] = u64::from(code as u32);
        SigInfo { words }
    }
}

impl StackDescriptor {
    /// No alternate stack.
    pub(crate) const DISABLED: StackDescriptor = StackDescriptor {
        address: 0,
        flags: SS_DISABLE,
        reserved: 0,
        size: 0,
    };

    /// Whether `stack_pointer` is on it.
    pub(crate) fn holds(&self, stack_pointer: u64) -> bool {
        self.flags & SS_AUTODISARM == 0
            && stack_pointer > self.address
            && stack_pointer - self.address <= self.size
    }
}

impl SigAction {
    const DEFAULT: SigAction = SigAction {
        handler: SIG_DFL,
        flags: 0,
        mask: 0,
    };

    /// Whether the guest has a function of its own for it.
    pub(crate) fn is_handler(&self) -> bool {
        self.handler != SIG_DFL && self.handler != SIG_IGN
    }
}

/// The bit of a signal in a mask.
pub(crate) const fn mask_bit(signal: i32) -> u64 {
    1 << (signal - 1)
}

/// Signals that cannot be blocked, caught or ignored.
pub(crate) const UNBLOCKABLE: u64 = mask_bit(libc::SIGKILL) | mask_bit(libc::SIGSTOP);

/// Signal by which one thread of the emulator interrupts another. A guest that sends it to itself
/// sees nothing.
pub(crate) const INTERRUPT: i32 = SIGNAL_COUNT as i32;

/// The signal by which C libraries, the host's and guests', change the user of all threads.
const CHANGE_USER: i32 = 33;

/// Signals that are never blocked on the host: faults, which the emulator itself relies on, and
/// [`INTERRUPT`].
pub(crate) const NEVER_BLOCKED: u64 = mask_bit(INTERRUPT)
    | mask_bit(libc::SIGSEGV)
    | mask_bit(libc::SIGBUS)
    | mask_bit(libc::SIGILL)
    | mask_bit(libc::SIGFPE)
    | mask_bit(libc::SIGTRAP);

/// Whether the fault handlers of the engine own the host's disposition of it.
pub(crate) fn belongs_to_engine(signal: i32) -> bool {
    matches!(
        signal,
        libc::SIGSEGV | libc::SIGBUS | libc::SIGILL | libc::SIGFPE
    )
}

/// Whether the host's disposition of it is not the guest's.
fn is_reserved(signal: i32) -> bool {
    belongs_to_engine(signal) || signal == INTERRUPT
}

/// What happens by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DefaultAction {
    Ignore,
    Stop,
    Continue,
    Terminate,
}

/// What `signal` does to a process that has no handler for it.
pub(crate) fn default_action(signal: i32) -> DefaultAction {
    match signal {
        libc::SIGCHLD | libc::SIGURG | libc::SIGWINCH => DefaultAction::Ignore,
        libc::SIGCONT => DefaultAction::Continue,
        libc::SIGSTOP | libc::SIGTSTP | libc::SIGTTIN | libc::SIGTTOU => DefaultAction::Stop,
        _ => DefaultAction::Terminate,
    }
}

/// The process's dispositions.
#[derive(Debug)]
pub(crate) struct SignalTable {
    actions: Mutex<[SigAction; SIGNAL_COUNT]>,
}

/// What the host does with a signal for which the guest has `handler`. One that ends the guest is
/// caught even where the guest leaves it at its default, so that the run ends in an orderly way: with
/// the reports, and with what its threads hold given up.
fn host_disposition(signal: i32, handler: u64) -> host::Disposition {
    match handler {
        SIG_IGN => host::Disposition::Ignore,
        SIG_DFL if default_action(signal) != DefaultAction::Terminate => host::Disposition::Default,
        _ => host::Disposition::Catch,
    }
}

impl SignalTable {
    /// Takes over what the process inherited.
    pub(crate) fn inherit(ignore_sigpipe: bool) -> SignalTable {
        let mut actions = [SigAction::DEFAULT; SIGNAL_COUNT];
        for (signal, action) in (1..).zip(&mut actions) {
            if UNBLOCKABLE & mask_bit(signal) != 0 || is_reserved(signal) {
                continue;
            }
            // The Rust runtime has ignored SIGPIPE, whatever it was before.
            let ignored = if signal == libc::SIGPIPE {
                ignore_sigpipe
            } else {
                host::is_ignored(signal)
            };
            action.handler = if ignored { SIG_IGN } else { SIG_DFL };
            let disposition = host_disposition(signal, action.handler);
            // The kernel's present one is right, except for what the Rust runtime has changed.
            if disposition == host::Disposition::Catch || signal == libc::SIGPIPE {
                host::set_disposition(signal, disposition, 0);
            }
        }
        host::catch_interrupts();
        SignalTable {
            actions: Mutex::new(actions),
        }
    }

    /// Locks, for a fork.
    pub(crate) fn lock(&self) -> MutexGuard<'_, [SigAction; SIGNAL_COUNT]> {
        self.actions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The action for `signal`, which is in 1–64.
    pub(crate) fn get(&self, signal: i32) -> SigAction {
        self.lock()[signal as usize - 1]
    }

    /// Has the host's disposition again that the C library takes for itself when the process starts
    /// its second thread.
    pub(crate) fn recover_from_thread_start(&self) {
        let action = self.lock()[CHANGE_USER as usize - 1];
        set_host_disposition(CHANGE_USER, action);
    }

    /// Back to the defaults where there is a handler.
    pub(crate) fn forget_handlers(&self) {
        let mut actions = self.lock();
        for (signal, action) in (1..).zip(actions.iter_mut()) {
            if action.is_handler() {
                *action = SigAction::DEFAULT;
                if !is_reserved(signal) {
                    set_host_disposition(signal, *action);
                }
            }
        }
    }

    /// Replaces the action and returns the old one.
    pub(crate) fn set(&self, signal: i32, action: SigAction) -> Result<SigAction, Errno> {
        if !(1..=SIGNAL_COUNT as i32).contains(&signal) || UNBLOCKABLE & mask_bit(signal) != 0 {
            return Err(Errno::EINVAL);
        }
        let mut actions = self.lock();
        let old = std::mem::replace(&mut actions[signal as usize - 1], action);
        if !is_reserved(signal) {
            set_host_disposition(signal, action);
        }
        Ok(old)
    }
}

/// Makes the host's disposition what the guest's `action` needs.
fn set_host_disposition(signal: i32, action: SigAction) {
    let disposition = host_disposition(signal, action.handler);
    host::set_disposition(
        signal,
        disposition,
        action.flags & (SA_NOCLDSTOP | SA_NOCLDWAIT),
    );
}
