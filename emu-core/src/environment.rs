//! The seam between the execution loop and whoever answers its guest.
//!
//! The loop runs guest code until something happens that only the guest's surroundings can
//! answer: a system call, a fault, a pending signal. It hands that to an [`Environment`]
//! (user-mode Linux; a machine later), which changes the vCPU's state as needed and says
//! how to go on. The environment in turn asks a few things of the engine, through
//! [`EngineControl`].
//!
//! Not here: any Linux, any instruction set, any code generation.
//!
//! Invariants:
//! - When [`Environment::exception`] is called, `cpu.state` is the complete architectural
//!   state and `state.pc` is: for [`Exception::Syscall`], the address of the next instruction;
//!   for every other exception, that of the instruction which did not complete (or could not
//!   be fetched).
//! - After [`Flow::Continue`], execution goes on at `state.pc` with whatever slots now hold;
//!   but first the loop looks at `exit_request` and, if it is set, clears it and calls
//!   [`Environment::interrupt`]. (A system call that a signal kept from starting relies on it.)
//! - Both directions run on the vCPU's own thread, except [`Environment::fetch`] and
//!   [`Environment::symbolize`], which any thread may use.

use std::fmt;
use std::sync::Arc;

use emu_tcg::guest::Fetch;
use emu_tcg::state::CpuState;

/// Why the execution loop needs its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// A system call instruction has completed.
    Syscall,
    /// A breakpoint instruction.
    Breakpoint,
    /// An illegal or unknown instruction.
    Illegal,
    /// The instruction at `state.pc` is not in executable memory.
    FetchFault,
    /// A memory access failed.
    MemoryFault {
        /// Host signal: `SIGSEGV`, `SIGBUS`, …
        signal: i32,
        /// The host's `si_code`; the environment may know better.
        code: i32,
        /// Guest address that could not be accessed.
        address: u64,
    },
}

/// How to go on after the environment answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Flow {
    /// Run on at `state.pc`.
    Continue,
    /// This vCPU's process is over.
    Exit(ExitStatus),
    /// This vCPU alone is over; others go on.
    ThreadExit,
}

/// How the guest ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// It exited with this code (0–255).
    Code(i32),
    /// A signal of this number killed it.
    Signal(i32),
}

impl ExitStatus {
    /// The code a shell would report: signals are 128 + number.
    #[must_use]
    pub fn shell_code(self) -> i32 {
        match self {
            ExitStatus::Code(code) => code,
            ExitStatus::Signal(signal) => 128 + signal,
        }
    }
}

/// One vCPU, as the environment sees it while it answers.
pub struct CpuContext<'a> {
    /// The architectural state.
    pub state: &'a mut CpuState,
    /// Index of the vCPU, counted from 0.
    pub id: u32,
    /// The engine that runs it.
    pub engine: &'a dyn EngineControl,
}

impl fmt::Debug for CpuContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CpuContext")
            .field("id", &self.id)
            .field("pc", &format_args!("{:#x}", self.state.pc))
            .finish_non_exhaustive()
    }
}

/// Whoever answers a guest's system calls, faults and interrupts.
pub trait Environment: Send + Sync {
    /// Called once on the thread that will run `cpu`, before its first instruction: the
    /// environment may note the thread's current vCPU (asynchronous events set its
    /// `exit_request`). The state stays at its address for the vCPU's life.
    fn attach(&self, cpu: &mut CpuContext<'_>) {
        let _ = cpu;
    }

    /// Called once on the vCPU's thread after its last instruction.
    fn detach(&self, cpu: &mut CpuContext<'_>) {
        let _ = cpu;
    }

    /// Answers an exception.
    fn exception(&self, cpu: &mut CpuContext<'_>, exception: Exception) -> Flow;

    /// The loop saw `exit_request` set, cleared it, and asks to deliver what is pending.
    fn interrupt(&self, cpu: &mut CpuContext<'_>) -> Flow;

    /// The run is to end with this status, whoever wants it so: other vCPUs are interrupted and
    /// their next [`Environment::interrupt`] answers [`Flow::Exit`].
    fn end(&self, status: ExitStatus) {
        let _ = status;
    }

    /// Executable guest memory.
    fn fetch(&self) -> &(dyn Fetch + Sync);

    /// The symbol that covers a guest address, if its image is known.
    fn symbolize(&self, address: u64) -> Option<Symbol> {
        let _ = address;
        None
    }
}

/// Where an address lies in the guest's images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Name as in the symbol table, demangled for Rust; empty if no symbol covers the address.
    pub name: Arc<str>,
    /// Distance from the symbol's start, or from the image's if there is no symbol.
    pub offset: u64,
    /// Guest path of the image.
    pub image: Arc<str>,
    /// Address of the location inside the image's file view (address minus load bias).
    pub image_address: u64,
}

/// What an environment may ask of the engine.
pub trait EngineControl {
    /// Code in this range of guest addresses may have changed or gone: revalidate or drop
    /// translations of it before they run again. When this returns no vCPU runs what has changed.
    fn invalidate(&self, start: u64, len: u64);

    /// From now on somebody can look at the state of a faulting instruction (the guest has a
    /// handler for it): faults must leave exact registers and pc.
    fn require_precise_faults(&self);

    /// From now on other processes may access guest memory, too.
    fn share_memory(&self);

    /// Whether anybody listens to [`EngineControl::syscall_enter`] and
    /// [`EngineControl::syscall_return`]; asked before a record is built.
    fn observes_syscalls(&self) -> bool;

    /// A system call is about to be performed.
    fn syscall_enter(&self, cpu_id: u32, call: &SyscallRecord<'_>);

    /// A system call has been performed; not called for those that do not return. `result`
    /// is as the guest sees it: a negative error number in −4095…−1, or the value.
    fn syscall_return(&self, cpu_id: u32, call: &SyscallRecord<'_>, result: i64);

    /// The process image is about to be replaced by another program: last chance to write
    /// reports. Execution goes on as usual if the replacement fails.
    fn before_exec(&self);

    /// Calls `fork`, which forks the host process and returns as `fork(2)` does, at a moment
    /// when the child's copy of the engine is whole: no lock of it held by another thread. In
    /// the child only the calling thread exists.
    fn fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t;

    /// Starts a new vCPU on a host thread of its own, with a copy of `parent`'s architectural
    /// state. `setup` runs on the new thread before `environment` is attached.
    ///
    /// # Errors
    /// Why the host could not start one.
    fn spawn_cpu(
        &self,
        environment: Arc<dyn Environment>,
        parent: &CpuState,
        setup: Box<dyn FnOnce(&mut CpuState) + Send>,
    ) -> std::io::Result<()>;
}

/// One system call, for whoever observes them.
#[derive(Clone, Copy)]
pub struct SyscallRecord<'a> {
    /// The guest's number.
    pub number: u64,
    /// Name, `"unknown"` if the number has none.
    pub name: &'static str,
    /// Raw arguments; those the call does not have are whatever the registers held.
    pub args: [u64; 6],
    /// Renders arguments and results on demand.
    pub text: &'a dyn SyscallText,
}

impl SyscallRecord<'_> {
    /// The whole call in the style of `strace`: `close(3) = 0`.
    #[must_use]
    pub fn line(&self, result: i64) -> String {
        format!(
            "{}({}) = {}",
            self.name,
            self.text.arguments(Some(result)),
            self.text.result(result)
        )
    }
}

impl fmt::Debug for SyscallRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.name, self.text.arguments(None))
    }
}

/// Renders one system call lazily; reads guest memory when asked, not before.
pub trait SyscallText {
    /// The arguments, separated by commas. Without a result, buffers that the call fills in
    /// show as addresses.
    fn arguments(&self, result: Option<i64>) -> String;

    /// The result: a value, or the error's name and meaning.
    fn result(&self, value: i64) -> String;
}
