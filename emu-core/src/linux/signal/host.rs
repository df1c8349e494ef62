//! The host's side of signals: our handler, the host's masks and dispositions.
//!
//! Rules of the unsafe code:
//! - The handler is async-signal-safe: it touches its thread's [`PendingSlot`], atomics, the
//!   interrupted context, and makes system calls; it allocates nothing and takes no lock.
//! - A slot is written by the handler of its own thread only, while it is empty, and all
//!   signals are blocked from then until it has been emptied by the same thread.
//! - System calls are made directly: the C library reserves signals 32 and 33, which guests use.

use std::cell::{Cell, UnsafeCell};
use std::ptr;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering, compiler_fence};

use emu_tcg::state::CpuState;

use super::{INTERRUPT, NEVER_BLOCKED, SIGINFO_SIZE, SigInfo};
use crate::linux::host::{HostArg, back_out_of_syscall, host_syscall, interruptible, pad_args};

/// The signal that a thread has caught and not yet delivered.
#[derive(Debug)]
pub(crate) struct PendingSlot {
    /// Its number, 0 for none.
    signal: AtomicI32,
    info: UnsafeCell<SigInfo>,
    /// What to set for the execution loop to look here.
    exit_request: AtomicPtr<AtomicU32>,
}

thread_local! {
    static CURRENT: Cell<*const PendingSlot> = const { Cell::new(ptr::null()) };
}

impl PendingSlot {
    /// An empty slot.
    pub(crate) fn new() -> PendingSlot {
        PendingSlot {
            signal: AtomicI32::new(0),
            info: UnsafeCell::new(SigInfo::new(0, 0)),
            exit_request: AtomicPtr::new(ptr::null_mut()),
        }
    }

    /// The caught signal's number.
    pub(crate) fn signal(&self) -> Option<i32> {
        Some(self.signal.load(Ordering::Acquire)).filter(|&signal| signal != 0)
    }

    /// Empties the slot. Signals stay blocked until [`set_mask`].
    pub(crate) fn take(&self) -> Option<(i32, SigInfo)> {
        let signal = self.signal()?;
        // SAFETY: the slot is occupied, so the handler does not write it; we are its thread.
        let info = unsafe { *self.info.get() };
        self.signal.store(0, Ordering::Release);
        Some((signal, info))
    }
}

/// Makes `slot` the place for signals of this thread, which runs the vCPU with this state.
///
/// Both must stay in place until [`leave_thread`].
pub(crate) fn enter_thread(slot: &PendingSlot, state: &CpuState) {
    slot.exit_request.store(
        ptr::from_ref(&state.exit_request).cast_mut(),
        Ordering::Release,
    );
    CURRENT.set(slot);
}

/// The host's ID of this thread.
pub(crate) fn thread_id() -> i32 {
    rustix::thread::gettid().as_raw_nonzero().get()
}

/// Makes another thread leave the host's kernel and generated code, and look at why.
pub(crate) fn interrupt_thread(tid: i32) {
    // A thread that is gone needs no interruption.
    let _ = host_syscall!(
        libc::SYS_tgkill,
        HostArg::value(u64::from(std::process::id())),
        HostArg::signed(tid.into()),
        HostArg::signed(INTERRUPT.into())
    );
}

/// Installs what [`interrupt_thread`] relies on.
pub(crate) fn catch_interrupts() {
    set_handler(INTERRUPT, on_interrupt as *const () as usize, 0);
}

extern "C" fn on_interrupt(_signal: i32, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: a thread's slot outlives its use as the current one; see `enter_thread`.
    let Some(slot) = (unsafe { CURRENT.get().as_ref() }) else {
        return;
    };
    // SAFETY: the kernel passes a handler a valid context; nobody else looks at it meanwhile.
    request_exit(slot, unsafe { &mut *context.cast::<libc::ucontext_t>() });
}

/// Makes the interrupted thread come back to the execution loop.
fn request_exit(slot: &PendingSlot, context: &mut libc::ucontext_t) {
    // SAFETY: set by `enter_thread` to the exit request of a state that is still there.
    if let Some(request) = unsafe { slot.exit_request.load(Ordering::Acquire).as_ref() } {
        request.store(1, Ordering::Release);
    }
    let pc = &mut context.uc_mcontext.gregs[libc::REG_RIP as usize];
    *pc = back_out_of_syscall(*pc as u64) as i64;
}

/// This thread no longer runs a vCPU.
pub(crate) fn leave_thread() {
    CURRENT.set(ptr::null());
}

/// All signals but those the emulator needs.
const ALL: u64 = !NEVER_BLOCKED;

/// What a mask of the guest's is on the host.
pub(crate) fn host_mask(mask: u64) -> u64 {
    mask & ALL
}

/// Sets the host's mask of this thread to the guest's.
pub(crate) fn set_mask(mask: u64) {
    let mask = host_mask(mask);
    compiler_fence(Ordering::SeqCst);
    // It cannot fail with these arguments.
    let _ = host_syscall!(
        libc::SYS_rt_sigprocmask,
        HostArg::value(libc::SIG_SETMASK as u64),
        HostArg::input(&mask),
        HostArg::NULL,
        HostArg::value(8)
    );
}

/// Sets the host's mask of this thread to the guest's, unless a signal has been caught: `false`, and all stay blocked.
pub(crate) fn set_mask_unless_caught(
    slot: &PendingSlot,
    exit_request: &AtomicU32,
    mask: u64,
) -> bool {
    // One call will do: who catches a signal sets the exit request, and the call then does not start.
    let host_mask = host_mask(mask);
    let args = [
        HostArg::value(libc::SIG_SETMASK as u64),
        HostArg::input(&host_mask),
        HostArg::NULL,
        HostArg::value(8),
    ];
    let nothing_caught = slot.signal().is_none();
    if nothing_caught
        && interruptible(exit_request, libc::SYS_rt_sigprocmask, pad_args(&args)).is_ok()
    {
        return true;
    }
    // The exit may also be asked for by somebody else.
    set_mask(u64::MAX);
    if slot.signal().is_some() {
        return false;
    }
    set_mask(mask);
    true
}

/// The host's mask of this thread.
pub(crate) fn mask() -> u64 {
    let mut mask = 0u64;
    let _ = host_syscall!(
        libc::SYS_rt_sigprocmask,
        HostArg::value(libc::SIG_SETMASK as u64),
        HostArg::NULL,
        HostArg::output(&mut mask),
        HostArg::value(8)
    );
    mask
}

/// What the host does with a signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disposition {
    Default,
    Ignore,
    Catch,
}

/// The kernel's `struct sigaction` on x86-64.
#[repr(C)]
struct KernelAction {
    handler: usize,
    flags: u64,
    restorer: usize,
    mask: u64,
}

const SA_SIGINFO: u64 = 4;
const SA_RESTORER: u64 = 0x0400_0000;

std::arch::global_asm!(
    ".pushsection .text.emu_signal_return,\"ax\",@progbits",
    ".globl emu_signal_return",
    "emu_signal_return:",
    "mov rax, 15",
    "syscall",
    ".popsection",
);

unsafe extern "C" {
    fn emu_signal_return();
}

/// Sets the host's disposition; `flags` may hold those about children.
pub(crate) fn set_disposition(signal: i32, disposition: Disposition, flags: u64) {
    let handler = match disposition {
        Disposition::Default => libc::SIG_DFL,
        Disposition::Ignore => libc::SIG_IGN,
        Disposition::Catch => on_signal as *const () as usize,
    };
    set_handler(signal, handler, flags);
}

fn set_handler(signal: i32, handler: usize, flags: u64) {
    let action = KernelAction {
        handler,
        flags: flags | SA_SIGINFO | SA_RESTORER,
        restorer: emu_signal_return as *const () as usize,
        mask: ALL,
    };
    // Refused only for numbers that callers have excluded.
    let _ = host_syscall!(
        libc::SYS_rt_sigaction,
        HostArg::signed(i64::from(signal)),
        HostArg::input(&action),
        HostArg::NULL,
        HostArg::value(8)
    );
}

/// Whether the host ignores it.
pub(crate) fn is_ignored(signal: i32) -> bool {
    let mut action = KernelAction {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    let asked = host_syscall!(
        libc::SYS_rt_sigaction,
        HostArg::signed(i64::from(signal)),
        HostArg::NULL,
        HostArg::output(&mut action),
        HostArg::value(8)
    );
    asked.is_ok() && action.handler == libc::SIG_IGN
}

/// Records a signal for the guest. The engine's fault handlers call it too, when what they
/// caught was sent by somebody rather than raised by an instruction.
pub(crate) extern "C" fn on_signal(
    signal: i32,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel passes a handler a valid context; nobody else looks at it meanwhile.
    let context = unsafe { &mut *context.cast::<libc::ucontext_t>() };
    let slot = CURRENT.get();
    // SAFETY: a thread's slot outlives its use as the current one; see `enter_thread`.
    let Some(slot) = (unsafe { slot.as_ref() }) else {
        block_until_delivery(context);
        send_on(signal, info);
        return;
    };
    if slot.signal.load(Ordering::Relaxed) != 0 {
        // Only a fault signal sent by somebody can come while the slot is full; as with any
        // signal that is pending already, the second one is dropped.
        return;
    }
    // SAFETY: the slot is empty, and we are the only handler of its thread that can run;
    // the kernel's siginfo has this size.
    unsafe {
        ptr::copy_nonoverlapping(
            info.cast::<u8>(),
            slot.info.get().cast::<u8>(),
            SIGINFO_SIZE,
        )
    };
    slot.signal.store(signal, Ordering::Release);
    request_exit(slot, context);
    block_until_delivery(context);
}

/// Keeps further signals blocked when the handler returns.
fn block_until_delivery(context: &mut libc::ucontext_t) {
    // SAFETY: the kernel's mask is the first 8 bytes of the C library's.
    unsafe { (&raw mut context.uc_sigmask).cast::<u64>().write(ALL) };
}

/// Sends a signal that reached a thread without vCPU to the process once more; this thread now
/// blocks it, so another gets it. Only the process's first thread may pass on who sent it.
fn send_on(signal: i32, info: *const libc::siginfo_t) {
    // SAFETY: plain system calls that read a siginfo; safe in a handler.
    unsafe {
        let process = libc::syscall(libc::SYS_getpid);
        if libc::syscall(libc::SYS_rt_sigqueueinfo, process, signal, info) != 0 {
            libc::syscall(libc::SYS_kill, process, signal);
        }
    }
}

/// Ends this process by `signal`, as a parent should see it end. Falls back to the exit code
/// that shells use.
pub fn die_of_signal(signal: i32) -> ! {
    set_disposition(signal, Disposition::Default, 0);
    // No core dump of the emulator for what is the guest's doing.
    let no_core = [0u64; 2];
    let _ = host_syscall!(
        libc::SYS_setrlimit,
        HostArg::value(u64::from(libc::RLIMIT_CORE)),
        HostArg::input(&no_core)
    );
    // SAFETY: plain system calls.
    unsafe {
        let mask = 0u64;
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            ptr::null::<u64>(),
            8,
        );
        libc::syscall(
            libc::SYS_tgkill,
            libc::syscall(libc::SYS_getpid),
            libc::syscall(libc::SYS_gettid),
            signal,
        );
    }
    std::process::exit(128 + signal)
}

#[cfg(test)]
mod tests {
    use super::super::UNBLOCKABLE;
    use super::*;

    #[test]
    fn a_caught_signal_keeps_the_mask_from_being_set() {
        let before = mask();
        let (slot, request) = (PendingSlot::new(), AtomicU32::new(0));
        let set = |mask| set_mask_unless_caught(&slot, &request, mask);
        let some = 1 << (libc::SIGUSR2 - 1);
        assert!(set(some));
        assert_eq!(mask(), some);
        // Somebody else asks the vCPU to exit.
        request.store(1, Ordering::Relaxed);
        assert!(set(0));
        assert_eq!(mask(), 0);
        slot.signal.store(libc::SIGUSR1, Ordering::Relaxed);
        assert!(!set(some));
        assert_eq!(mask(), host_mask(u64::MAX) & !UNBLOCKABLE);
        set_mask(before);
    }
}
