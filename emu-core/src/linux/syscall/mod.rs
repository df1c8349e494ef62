//! System calls of the guest.
//!
//! [`table`] has one row per call: number, name, kinds of arguments, and who answers: the host
//! as it is ([`pass`]), or a function of ours, in a file per area. The kinds of arguments
//! ([`arg`]) drive both passing and printing ([`text`]).
//!
//! A call that a caught signal keeps from starting, or that it interrupts and that is to be
//! restarted, leaves `pc` at the system call instruction: the execution loop delivers the
//! signal, and the call is made again when the handler has returned.

pub(crate) mod arg;
mod dir;
mod fd;
mod file;
mod futex;
mod io;
mod ioctl;
mod ipc;
mod mm;
mod net;
mod pass;
mod poll;
mod process;
mod signal;
mod sys;
pub(crate) mod table;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod time;

use std::ffi::CString;

use super::LinuxProcess;
use super::abi::riscv64 as abi;
use super::errno::Errno;
use super::host::{self, HostArg, HostError, pad_args};
use super::mm::{GuestSpace, Plain, StringError};
use super::procfs::ProcFile;
use super::signal::{SA_RESTART, host as signals};
use super::thread::Thread;
use crate::environment::{CpuContext, ExitStatus, Flow, SyscallRecord};
use table::{Answer, Row};
use text::{CallText, ERESTARTSYS};

const PATH_LIMIT: usize = 4095;

/// A system call being answered.
pub(crate) struct Call<'a, 'c> {
    pub(crate) process: &'a LinuxProcess,
    pub(crate) thread: &'a Thread,
    pub(crate) cpu: &'a mut CpuContext<'c>,
    pub(crate) args: [u64; 6],
}

/// Why a call has no value to return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Errno(Errno),
    /// `EINTR`, even if the signal's handler asks for interrupted calls to be made again.
    Interrupted,
    /// A signal came first: make the call again after its delivery.
    NotStarted,
    /// The registers are as they should be (`rt_sigreturn`).
    KeepRegisters,
    /// The process is over.
    Exit(ExitStatus),
    /// This thread is over.
    ThreadExit,
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}

impl From<HostError> for Stop {
    fn from(error: HostError) -> Stop {
        match error {
            HostError::Errno(errno) => Stop::Errno(errno),
            HostError::NotStarted => Stop::NotStarted,
        }
    }
}

/// What a call returns.
pub(crate) type SysResult = Result<u64, Stop>;

/// Answers the call in the vCPU's registers.
pub(crate) fn dispatch(process: &LinuxProcess, thread: &Thread, cpu: &mut CpuContext<'_>) -> Flow {
    if thread.pending.signal().is_some() {
        restart(cpu);
        return Flow::Continue;
    }
    let number = abi::syscall_number(cpu.state);
    let args = abi::syscall_args(cpu.state);
    let row = table::find(number);
    let text = CallText {
        row,
        args,
        space: &process.memory.space,
    };
    let record = SyscallRecord {
        number,
        name: row.map_or("unknown", |row| row.name),
        args,
        text: &text,
    };
    let observed = cpu.engine.observes_syscalls();
    if observed {
        cpu.engine.syscall_enter(cpu.id, &record);
    }
    let result = match row {
        Some(row) => answer(
            row,
            &mut Call {
                process,
                thread,
                cpu,
                args,
            },
        ),
        None => Err(Stop::Errno(Errno::ENOSYS)),
    };
    let value = match result {
        Ok(value) => value as i64,
        Err(Stop::Errno(Errno::EINTR)) if restarts(process, thread, row) => ERESTARTSYS,
        Err(Stop::Errno(errno)) => errno.as_result() as i64,
        Err(Stop::Interrupted) => Errno::EINTR.as_result() as i64,
        Err(Stop::NotStarted) => ERESTARTSYS,
        Err(Stop::KeepRegisters) => return Flow::Continue,
        Err(Stop::Exit(status)) => return Flow::Exit(status),
        Err(Stop::ThreadExit) => return Flow::ThreadExit,
    };
    if observed {
        cpu.engine.syscall_return(cpu.id, &record, value);
    }
    if value == ERESTARTSYS {
        restart(cpu);
    } else {
        abi::set_result(cpu.state, value as u64);
    }
    Flow::Continue
}

fn answer(row: &'static Row, call: &mut Call<'_, '_>) -> SysResult {
    match row.answer {
        Answer::Host(number) => pass::pass(row, number, call),
        Answer::Own(function) => function(call),
        Answer::Value(value) => Ok(value),
        Answer::Refuse(errno) => Err(errno.into()),
    }
}

fn restart(cpu: &mut CpuContext<'_>) {
    cpu.state.pc = cpu.state.pc.wrapping_sub(abi::SYSCALL_LEN);
}

/// Whether a call that ended with `EINTR` is made again rather than reported to the guest.
fn restarts(process: &LinuxProcess, thread: &Thread, row: Option<&Row>) -> bool {
    let Some(signal) = thread.pending.signal() else {
        return false;
    };
    let action = process.signals.get(signal);
    if !action.is_handler() {
        return true;
    }
    action.flags & SA_RESTART != 0 && row.is_some_and(|row| row.restarts)
}

impl Call<'_, '_> {
    /// An argument as the C type `int`.
    pub(crate) fn int(&self, index: usize) -> i32 {
        self.args[index] as i32
    }

    /// Guest memory.
    pub(crate) fn space(&self) -> &GuestSpace {
        &self.process.memory.space
    }

    /// Reads what an argument points to.
    pub(crate) fn read<T: Plain>(&self, address: u64) -> Result<T, Errno> {
        self.space().read(address)
    }

    /// Reads what an argument points to, unless it is null.
    pub(crate) fn read_optional<T: Plain>(&self, address: u64) -> Result<Option<T>, Errno> {
        if address == 0 {
            Ok(None)
        } else {
            self.read(address).map(Some)
        }
    }

    /// Writes to where an argument points.
    pub(crate) fn write<T: Plain>(&self, address: u64, value: &T) -> Result<(), Errno> {
        self.space().write(address, value)
    }

    /// A range of guest memory for the host's kernel; null stays null.
    pub(crate) fn range(&self, address: u64, len: u64) -> Result<HostArg<'static>, Errno> {
        self.space().host_range(address, len)
    }

    /// Reads a signal mask that a host call is to wait under; `None` for a null pointer.
    pub(crate) fn signal_mask(&self, address: u64) -> Result<Option<u64>, Errno> {
        Ok(self.read_optional::<u64>(address)?.map(signals::host_mask))
    }

    /// Makes a host call that may block.
    pub(crate) fn host(&self, number: libc::c_long, args: &[HostArg<'_>]) -> SysResult {
        Ok(host::interruptible(
            &self.cpu.state.exit_request,
            number,
            pad_args(args),
        )?)
    }

    /// Reads a path as it stands.
    pub(crate) fn raw_path(&self, address: u64) -> Result<CString, Errno> {
        self.space()
            .read_string(address, PATH_LIMIT)
            .map_err(|error| match error {
                StringError::Fault => Errno::EFAULT,
                StringError::TooLong => Errno::ENAMETOOLONG,
            })
    }

    /// Reads a path and finds the host path to use instead, relative to the same directory.
    pub(crate) fn path(
        &self,
        directory: i32,
        address: u64,
        follow: bool,
    ) -> Result<CString, Errno> {
        let path = self.raw_path(address)?;
        if follow && ProcFile::find(path.to_bytes()) == Some(ProcFile::Exe) {
            return Ok(crate::loader::c_string(
                self.process
                    .program
                    .host_path
                    .as_os_str()
                    .as_encoded_bytes(),
            ));
        }
        Ok(self.process.prefix.resolve(&path, follow, directory))
    }

    /// Reads a null-terminated array of strings.
    pub(crate) fn strings(&self, address: u64) -> Result<Vec<CString>, Errno> {
        const LIMIT: usize = 1 << 17;
        let mut strings = Vec::new();
        if address == 0 {
            return Ok(strings);
        }
        loop {
            let at: u64 = self.read(address.wrapping_add(8 * strings.len() as u64))?;
            if at == 0 {
                return Ok(strings);
            }
            let string = self
                .space()
                .read_string(at, LIMIT)
                .map_err(|error| match error {
                    StringError::Fault => Errno::EFAULT,
                    StringError::TooLong => Errno::E2BIG,
                })?;
            strings.push(string);
        }
    }
}
