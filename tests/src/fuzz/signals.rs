//! The host's signals while programs run: failed accesses, a watchdog, and requests to come back that arrive
//! after a number of host instructions, by single steps, so that each run of a program sees them at the same
//! place.
//!
//! Rules of the unsafe code: the handlers take no lock, and reach the one machine's state through a pointer
//! that is valid as long as they are installed.

use std::io;
use std::mem::MaybeUninit;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use emu_tcg::memory;
use emu_tcg::state::CpuState;

/// Seconds of CPU time after which generated code is asked to stop, at the second tick.
const TICK_SECONDS: i64 = 2;
/// The trap flag of the host's flags: a SIGTRAP after each instruction.
const TRAP_FLAG: i64 = 1 << 8;

static CODE_START: AtomicUsize = AtomicUsize::new(0);
static CODE_END: AtomicUsize = AtomicUsize::new(0);
static LANDING: AtomicUsize = AtomicUsize::new(0);
static STATE: AtomicPtr<CpuState> = AtomicPtr::new(ptr::null_mut());
/// Ticks of the watchdog since the current run began.
static TICKS: AtomicU32 = AtomicU32::new(0);
/// Each instruction traps.
static STEPPING: AtomicBool = AtomicBool::new(false);
/// Instructions of generated code until the request.
static STEPS: AtomicU32 = AtomicU32::new(0);

/// Where generated code is, and where it goes on after a failed access.
pub fn set_code(range: Range<usize>, landing: usize) {
    LANDING.store(landing, Ordering::Release);
    CODE_END.store(range.end, Ordering::Release);
    CODE_START.store(range.start, Ordering::Release);
}

fn is_code(pc: usize) -> bool {
    (CODE_START.load(Ordering::Acquire)..CODE_END.load(Ordering::Acquire)).contains(&pc)
}

/// A run begins.
pub fn restart_watchdog() {
    TICKS.store(0, Ordering::Relaxed);
}

/// Whether the run takes too long.
pub fn is_overdue() -> bool {
    TICKS.load(Ordering::Relaxed) > 1
}

/// Has an exit request made once generated code has executed `count` instructions more.
pub fn request_after(count: u32) {
    STEPS.store(count, Ordering::Relaxed);
    STEPPING.store(true, Ordering::Relaxed);
    // SAFETY: the signal is ours; its handler makes the first trap.
    unsafe { libc::raise(libc::SIGUSR1) };
}

/// Ends what [`request_after`] began; how many instructions were missing if the request was not made.
pub fn cancel_request() -> Option<u32> {
    let waiting = STEPPING.swap(false, Ordering::Relaxed);
    waiting.then(|| STEPS.load(Ordering::Relaxed))
}

/// Installs the handlers, for a machine with this state.
pub fn install(state: *mut CpuState) -> io::Result<()> {
    STATE.store(state, Ordering::Release);
    let handle = |signal: libc::c_int, handler: usize| {
        // SAFETY: an all-zero action is valid, and the handlers have the signature of the flag.
        let result = unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handler;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigaction(signal, &raw const action, ptr::null_mut())
        };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    };
    handle(libc::SIGSEGV, on_fault as *const () as usize)?;
    handle(libc::SIGBUS, on_fault as *const () as usize)?;
    handle(libc::SIGILL, on_fault as *const () as usize)?;
    handle(libc::SIGUSR1, on_step as *const () as usize)?;
    handle(libc::SIGTRAP, on_step as *const () as usize)?;
    handle(libc::SIGVTALRM, on_tick as *const () as usize)?;
    let period = libc::timeval {
        tv_sec: TICK_SECONDS,
        tv_usec: 0,
    };
    let timer = libc::itimerval {
        it_interval: period,
        it_value: period,
    };
    // SAFETY: reads one valid struct.
    if unsafe { libc::setitimer(libc::ITIMER_VIRTUAL, &raw const timer, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// Counts instructions of generated code.
extern "C" fn on_step(_: libc::c_int, _: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid pointer, ours until we return.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    if STEPPING.load(Ordering::Relaxed) && is_code(registers[libc::REG_RIP as usize] as usize) {
        let left = STEPS.load(Ordering::Relaxed);
        STEPS.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            STEPPING.store(false, Ordering::Relaxed);
            request_exit();
        }
    }
    if STEPPING.load(Ordering::Relaxed) {
        registers[libc::REG_EFL as usize] |= TRAP_FLAG;
    } else {
        registers[libc::REG_EFL as usize] &= !TRAP_FLAG;
    }
}

fn request_exit() {
    // SAFETY: null or the machine's state, which lives as long as the handlers are used.
    if let Some(state) = unsafe { STATE.load(Ordering::Acquire).as_ref() } {
        state.exit_request.store(1, Ordering::Relaxed);
    }
}

/// At the second tick of a run, asks generated code to come back.
extern "C" fn on_tick(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    if TICKS.fetch_add(1, Ordering::Relaxed) >= 1 {
        request_exit();
    }
}

/// A failed access of the interpreter or of generated code goes on where those say.
extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel passes valid pointers to a handler of this kind, ours until it returns.
    let (info, registers) = unsafe {
        (
            &*info,
            &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs,
        )
    };
    let pc = registers[libc::REG_RIP as usize] as usize;
    let target = if is_code(pc) {
        Some(LANDING.load(Ordering::Acquire))
    } else {
        memory::recovery_address(pc)
    };
    // SAFETY: as in `request_exit`.
    let state = unsafe { STATE.load(Ordering::Acquire).as_ref() };
    let (Some(target), Some(state)) = (target, state) else {
        // A bug of the emulator: happen again, and be seen.
        // SAFETY: restoring the default action has no precondition.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    };
    // SAFETY: these signals have an address.
    let address = unsafe { info.si_addr() } as u64;
    let address = address.wrapping_sub(state.memory_base);
    state.fault_address.store(address, Ordering::Relaxed);
    let code = match signal {
        libc::SIGSEGV => memory::fault_code(address, info.si_code),
        _ => info.si_code,
    };
    state.fault_signal.store(
        (signal as u32) << 16 | (code as u32 & 0xffff),
        Ordering::Relaxed,
    );
    state.fault_host_pc.store(pc as u64, Ordering::Relaxed);
    registers[libc::REG_RIP as usize] = target as i64;
}
