//! System calls of the host, made so that no signal is lost between looking for one and
//! blocking.
//!
//! A blocking call must not start once a signal for the guest has been caught, or the guest
//! would sleep through it. [`emu_host_syscall`] looks at the vCPU's exit request and then enters
//! the kernel; a handler that interrupts it between the two moves it to its way out
//! ([`back_out_of_syscall`]). Either way the caller sees [`HostError::NotStarted`] and nothing has
//! happened yet.
//!
//! Rules of the unsafe code:
//! - Arguments are [`HostArg`]s: numbers, checked ranges of guest memory, or borrowed buffers,
//!   so a call can only write to the guest and to buffers made for it.
//! - Calls that change the emulator's own address space are made in `mm::space` alone.

use std::arch::global_asm;
use std::ffi::CStr;
use std::marker::PhantomData;
use std::sync::atomic::AtomicU32;

use super::errno::Errno;

/// One argument of a host system call.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct HostArg<'a> {
    raw: u64,
    borrow: PhantomData<&'a ()>,
}

impl<'a> HostArg<'a> {
    pub(crate) const NULL: HostArg<'static> = HostArg {
        raw: 0,
        borrow: PhantomData,
    };

    /// A number.
    pub(crate) fn value(raw: u64) -> HostArg<'static> {
        HostArg {
            raw,
            borrow: PhantomData,
        }
    }

    /// A signed number.
    pub(crate) fn signed(raw: i64) -> HostArg<'static> {
        HostArg {
            raw: raw as u64,
            borrow: PhantomData,
        }
    }

    /// Host address of a checked range of guest memory; for `mm` alone to make.
    pub(in crate::linux) fn guest(host_address: u64) -> HostArg<'static> {
        HostArg {
            raw: host_address,
            borrow: PhantomData,
        }
    }

    /// A string.
    pub(crate) fn string(value: &'a CStr) -> HostArg<'a> {
        HostArg {
            raw: value.as_ptr() as u64,
            borrow: PhantomData,
        }
    }

    /// A buffer that the call reads.
    pub(crate) fn input<T>(value: &'a T) -> HostArg<'a> {
        HostArg {
            raw: std::ptr::from_ref(value) as u64,
            borrow: PhantomData,
        }
    }

    /// An array that the call reads.
    pub(crate) fn input_slice<T>(value: &'a [T]) -> HostArg<'a> {
        HostArg {
            raw: value.as_ptr() as u64,
            borrow: PhantomData,
        }
    }

    /// A buffer that the call writes.
    pub(crate) fn output<T>(value: &'a mut T) -> HostArg<'a> {
        HostArg {
            raw: std::ptr::from_mut(value) as u64,
            borrow: PhantomData,
        }
    }

    /// An array that the call writes.
    pub(crate) fn output_slice<T>(value: &'a mut [T]) -> HostArg<'a> {
        HostArg {
            raw: value.as_mut_ptr() as u64,
            borrow: PhantomData,
        }
    }

    /// The bits, for embedding into a structure that the kernel reads.
    pub(crate) fn bits(self) -> u64 {
        self.raw
    }
}

/// Why a host system call gave no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostError {
    /// The kernel's answer.
    Errno(Errno),
    /// A signal was caught before the call started; it has had no effect.
    NotStarted,
}

/// What [`emu_host_syscall`] returns if it backed out; below the range of error numbers.
const NOT_STARTED: i64 = -5000;

global_asm!(
    ".pushsection .text.emu_host_syscall,\"ax\",@progbits",
    ".globl emu_host_syscall",
    ".type emu_host_syscall,@function",
    // rdi: exit request, rsi: number, rdx: six arguments
    "emu_host_syscall:",
    "mov r11, rdi",
    "mov rax, rsi",
    "mov rcx, rdx",
    "mov rdi, [rcx]",
    "mov rsi, [rcx + 8]",
    "mov rdx, [rcx + 16]",
    "mov r10, [rcx + 24]",
    "mov r8, [rcx + 32]",
    "mov r9, [rcx + 40]",
    ".globl emu_host_syscall_check",
    "emu_host_syscall_check:",
    "cmp dword ptr [r11], 0",
    "jne emu_host_syscall_back_out",
    "syscall",
    ".globl emu_host_syscall_entered",
    "emu_host_syscall_entered:",
    "ret",
    ".globl emu_host_syscall_back_out",
    "emu_host_syscall_back_out:",
    "mov rax, {not_started}",
    "ret",
    ".size emu_host_syscall, . - emu_host_syscall",
    ".popsection",
    not_started = const NOT_STARTED,
);

unsafe extern "C" {
    fn emu_host_syscall(exit_request: *const AtomicU32, number: i64, args: *const [u64; 6]) -> i64;
    fn emu_host_syscall_check();
    fn emu_host_syscall_entered();
    fn emu_host_syscall_back_out();
}

/// For a signal handler that has just set the exit request: where to resume a thread that was
/// interrupted at `host_pc`. Differs from `host_pc` only if that is between the check and the
/// kernel's entry.
pub(crate) fn back_out_of_syscall(host_pc: u64) -> u64 {
    let check = emu_host_syscall_check as *const () as u64;
    let entered = emu_host_syscall_entered as *const () as u64;
    if (check..entered).contains(&host_pc) {
        emu_host_syscall_back_out as *const () as u64
    } else {
        host_pc
    }
}

/// Makes a system call unless `exit_request` is set.
pub(crate) fn interruptible(
    exit_request: &AtomicU32,
    number: libc::c_long,
    args: [HostArg<'_>; 6],
) -> Result<u64, HostError> {
    let raw = args.map(|arg| arg.raw);
    // SAFETY: the arguments are numbers, guest memory or borrowed buffers (`HostArg`); the
    // assembler code keeps to the C calling convention.
    match unsafe { emu_host_syscall(exit_request, number, &raw) } {
        NOT_STARTED => Err(HostError::NotStarted),
        error @ -4095..=-1 => Err(HostError::Errno(Errno((-error) as u16))),
        value => Ok(value as u64),
    }
}

/// Makes a system call that does not block.
pub(crate) fn syscall(number: libc::c_long, args: [HostArg<'_>; 6]) -> Result<u64, Errno> {
    static NEVER: AtomicU32 = AtomicU32::new(0);
    loop {
        match interruptible(&NEVER, number, args) {
            Ok(value) => return Ok(value),
            Err(HostError::Errno(errno)) => return Err(errno),
            // A handler backed us out; it has blocked all signals, so this happens once.
            Err(HostError::NotStarted) => {}
        }
    }
}

/// Forks; 0 in the child.
pub(crate) fn fork() -> Result<u64, Errno> {
    // SAFETY: the caller has quiesced other threads; the C library makes its allocator usable
    // in the child.
    match unsafe { libc::fork() } {
        -1 => Err(std::io::Error::last_os_error().into()),
        process => Ok(process as u64),
    }
}

/// Makes a system call of up to six arguments that does not block.
macro_rules! host_syscall {
    ($number:expr $(, $arg:expr)* $(,)?) => {
        $crate::linux::host::syscall($number, $crate::linux::host::pad_args(&[$($arg),*]))
    };
}
pub(crate) use host_syscall;

/// Fills up to six arguments.
pub(crate) fn pad_args<'a>(args: &[HostArg<'a>]) -> [HostArg<'a>; 6] {
    let mut all = [HostArg::NULL; 6];
    all[..args.len()].copy_from_slice(args);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_exit_request_keeps_calls_from_starting() {
        let request = AtomicU32::new(0);
        let getpid = || interruptible(&request, libc::SYS_getpid, [HostArg::NULL; 6]);
        assert_eq!(getpid(), Ok(u64::from(std::process::id())));
        request.store(1, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(getpid(), Err(HostError::NotStarted));
    }

    #[test]
    fn arguments_and_errors_arrive() {
        let mut pipe = [0i32; 2];
        host_syscall!(
            libc::SYS_pipe2,
            HostArg::output(&mut pipe),
            HostArg::value(0)
        )
        .expect("two descriptors");
        let sent = [7u8; 3];
        let args = [
            HostArg::signed(pipe[1].into()),
            HostArg::input(&sent),
            HostArg::value(3),
        ];
        assert_eq!(syscall(libc::SYS_write, pad_args(&args)), Ok(3));
        let mut received = [0u8; 8];
        let args = [
            HostArg::signed(pipe[0].into()),
            HostArg::output(&mut received),
            HostArg::value(8),
        ];
        assert_eq!(syscall(libc::SYS_read, pad_args(&args)), Ok(3));
        assert_eq!(received, [7, 7, 7, 0, 0, 0, 0, 0]);
        for fd in pipe {
            host_syscall!(libc::SYS_close, HostArg::signed(fd.into())).expect("it is open");
        }
        assert_eq!(
            host_syscall!(libc::SYS_close, HostArg::signed(-1)),
            Err(Errno::EBADF)
        );
    }

    #[test]
    fn only_the_window_before_the_kernel_is_backed_out_of() {
        let check = emu_host_syscall_check as *const () as u64;
        let entered = emu_host_syscall_entered as *const () as u64;
        let back_out = emu_host_syscall_back_out as *const () as u64;
        assert_eq!(back_out_of_syscall(check - 1), check - 1);
        assert_eq!(back_out_of_syscall(check), back_out);
        // The system call instruction itself, two bytes long.
        assert_eq!(back_out_of_syscall(entered - 2), back_out);
        assert_eq!(back_out_of_syscall(entered), entered);
    }
}
