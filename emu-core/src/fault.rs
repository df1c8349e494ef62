//! Host faults: a guest access to memory that is not there becomes the guest's exception.
//!
//! One handler for SIGSEGV, SIGBUS, SIGILL and SIGFPE. By where it happened:
//! - in a recoverable access of [`emu_tcg::memory`]: continue at its recovery address;
//! - in generated code: continue at the code space's landing, which leaves generated code (and if that was no guest access,
//!   as below);
//! - sent by a process (`kill`): handed to the environment's hook like any signal;
//! - anywhere else: a bug of the emulator or of a plugin; say so and die of the signal.
//!
//! Invariant: the handler is async-signal-safe: it takes no lock and allocates nothing.

use std::cell::Cell;
use std::io::{Cursor, Write as _};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use emu_tcg::backend::code_space::CodeSpace;
use emu_tcg::memory;
use emu_tcg::state::CpuState;

/// Bytes of the alternate stack that the handler runs on.
const STACK_BYTES: usize = 64 << 10;

thread_local! {
    /// The vCPU that this thread runs, null for none.
    static CURRENT: Cell<*mut CpuState> = const { Cell::new(ptr::null_mut()) };
}

static CODE_START: AtomicUsize = AtomicUsize::new(0);
static CODE_END: AtomicUsize = AtomicUsize::new(0);
static LANDING: AtomicUsize = AtomicUsize::new(0);
static ASYNC_HOOK: AtomicPtr<()> = AtomicPtr::new(ptr::null_mut());

/// What is called for one of the four signals when a process sent it. Must be
/// async-signal-safe.
pub type AsyncHook = extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void);

/// Tells the handler where generated code is. One code space per process.
pub fn set_code_space(space: &CodeSpace) {
    let range = space.range();
    LANDING.store(space.fault_landing(), Ordering::Release);
    CODE_END.store(range.end, Ordering::Release);
    CODE_START.store(range.start, Ordering::Release);
}

/// Sets what is done with the four signals when a process sent them.
pub fn set_async_hook(hook: AsyncHook) {
    ASYNC_HOOK.store(hook as *mut (), Ordering::Release);
}

/// While it lives, faults on this thread are those of one vCPU.
pub struct Attached {
    previous: *mut CpuState,
    stack: Box<[MaybeUninit<u8>]>,
}

/// Makes `state` the vCPU of this thread, with the handlers installed.
#[must_use]
pub fn attach(state: *mut CpuState) -> Attached {
    static INSTALL: Once = Once::new();
    INSTALL.call_once(install);
    let mut stack = Box::new_uninit_slice(STACK_BYTES);
    let alternate = libc::stack_t {
        ss_sp: stack.as_mut_ptr().cast(),
        ss_flags: 0,
        ss_size: STACK_BYTES,
    };
    // SAFETY: the stack is owned by the result and taken back before it is freed.
    unsafe { libc::sigaltstack(&raw const alternate, ptr::null_mut()) };
    Attached {
        previous: CURRENT.replace(state),
        stack,
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        CURRENT.set(self.previous);
        let disable = libc::stack_t {
            ss_sp: self.stack.as_mut_ptr().cast(),
            ss_flags: libc::SS_DISABLE,
            ss_size: STACK_BYTES,
        };
        // SAFETY: no handler runs on the stack now: we are not in one.
        unsafe { libc::sigaltstack(&raw const disable, ptr::null_mut()) };
    }
}

fn install() {
    for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE] {
        // SAFETY: an all-zero sigaction is valid; the handler has the SA_SIGINFO signature.
        unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            libc::sigaction(signal, &raw const action, ptr::null_mut());
        }
    }
}

extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel passes valid pointers to a SA_SIGINFO handler, ours until it returns.
    let (info_ref, registers) = unsafe {
        (
            &*info,
            &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs,
        )
    };
    if info_ref.si_code <= 0 {
        let hook = ASYNC_HOOK.load(Ordering::Acquire);
        if !hook.is_null() {
            // SAFETY: only `set_async_hook` stores here, and only functions of this type.
            let hook: AsyncHook = unsafe { std::mem::transmute(hook) };
            return hook(signal, info, context);
        }
    }
    let pc = registers[libc::REG_RIP as usize] as usize;
    // SAFETY: for these signals with a positive code, the address field is the active one.
    let address = unsafe { info_ref.si_addr() } as u64;
    let in_code =
        (CODE_START.load(Ordering::Acquire)..CODE_END.load(Ordering::Acquire)).contains(&pc);
    let state = if in_code {
        registers[libc::REG_R15 as usize] as *mut CpuState
    } else {
        CURRENT.get()
    };
    let target = if in_code {
        LANDING.load(Ordering::Acquire)
    } else {
        match memory::recovery_address(pc) {
            Some(target) => target,
            None => die(signal, pc, address),
        }
    };
    // SAFETY: generated code holds its valid state in r15; elsewhere it is this thread's
    // vCPU, null on a thread that has none (an access on behalf of a host thread).
    if let Some(state) = unsafe { state.as_ref() } {
        let mut code = info_ref.si_code;
        if signal == libc::SIGSEGV || signal == libc::SIGBUS {
            let address = address.wrapping_sub(state.memory_base);
            state.fault_address.store(address, Ordering::Relaxed);
            if signal == libc::SIGSEGV {
                code = memory::fault_code(address, code);
            }
        }
        let code = (signal as u32) << 16 | (code as u32 & 0xffff);
        state.fault_signal.store(code, Ordering::Relaxed);
        state.fault_host_pc.store(pc as u64, Ordering::Relaxed);
    }
    registers[libc::REG_RIP as usize] = target as i64;
}

/// Dies of a fault in generated code that is none of the guest's: of a plugin's function, or by a mistake of ours.
pub(crate) fn die_of_generated_code(state: &CpuState) -> ! {
    let signal = (state.fault_signal.load(Ordering::Relaxed) >> 16) as libc::c_int;
    let mut address = state.fault_address.load(Ordering::Relaxed);
    if signal == libc::SIGSEGV || signal == libc::SIGBUS {
        address = address.wrapping_add(state.memory_base);
    }
    die(
        signal,
        state.fault_host_pc.load(Ordering::Relaxed) as usize,
        address,
    )
}

/// The emulator itself, or a plugin, has crashed.
fn die(signal: libc::c_int, pc: usize, address: u64) -> ! {
    let mut message = [0u8; 192];
    let mut cursor = Cursor::new(&mut message[..]);
    // Formatting integers into a fixed buffer allocates nothing; what does not fit is cut.
    let _ = write!(
        cursor,
        "emu: internal error: signal {signal} at host address {pc:#x} (access to {address:#x}).\n\
         This is a bug in emu or in a loaded plugin; please report it.\n"
    );
    let used = cursor.position() as usize;
    // SAFETY: plain system calls on valid memory, all async-signal-safe.
    unsafe {
        libc::write(libc::STDERR_FILENO, message.as_ptr().cast(), used);
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
        libc::_exit(128 + signal)
    }
}
