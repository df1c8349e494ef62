//! Becoming another program.
//!
//! A guest program is run by a new emulator in this process, started by the command that the
//! configuration gives, so that options and plugins carry over; a program of the host's runs as
//! it is.
//!
//! The emulator's command line is `COMMAND… --argv0 NAME -- PROGRAM ARGUMENTS…`, its environment
//! the guest's. Variables that would change how the emulator itself is loaded travel under
//! another name ([`encode_env`]), and what the Rust runtime would make us forget in variables of
//! its own ([`Inherited`]).

use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::LinuxProcess;
use super::errno::Errno;
use super::host::{HostArg, host_syscall};
use super::signal::SIG_IGN;
use super::syscall::{Call, SysResult};
use crate::loader::{self, LoadError, LoadErrorKind, c_string};

/// Prefix of variables in transit.
const TRANSIT_PREFIX: &[u8] = b"EMU_GUEST_ENV_";
/// Says that the guest ignores SIGPIPE.
const IGNORED_SIGPIPE: &[u8] = b"EMU_GUEST_IGNORED_SIGPIPE=1";
/// Before the digits of the standard descriptors that are closed.
const CLOSED_DESCRIPTORS: &[u8] = b"EMU_GUEST_CLOSED_DESCRIPTORS=";

/// What a program inherits and the Rust runtime changes before the emulator can look: it ignores SIGPIPE,
/// and opens standard descriptors that are closed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Inherited {
    /// SIGPIPE is ignored.
    pub(crate) ignored_sigpipe: bool,
    /// Those of the standard descriptors that are closed.
    pub(crate) closed: Vec<i32>,
}

impl Inherited {
    /// What a program that `process` executes now inherits.
    fn from(process: &LinuxProcess) -> Inherited {
        let is_closed = |&descriptor: &i32| {
            let flags = host_syscall!(
                libc::SYS_fcntl,
                HostArg::signed(descriptor.into()),
                HostArg::signed(libc::F_GETFD.into())
            );
            flags.map_or(true, |flags| flags & libc::FD_CLOEXEC as u64 != 0)
        };
        Inherited {
            ignored_sigpipe: process.signals.get(libc::SIGPIPE).handler == SIG_IGN,
            closed: (0..=2).filter(is_closed).collect(),
        }
    }

    /// As variables of the emulator's environment.
    fn encode(&self) -> impl Iterator<Item = CString> {
        let sigpipe = self.ignored_sigpipe.then(|| c_string(IGNORED_SIGPIPE));
        let digits: String = self.closed.iter().map(i32::to_string).collect();
        let closed = || c_string(&[CLOSED_DESCRIPTORS, digits.as_bytes()].concat());
        let closed = (!digits.is_empty()).then(closed);
        sigpipe.into_iter().chain(closed)
    }

    /// Takes in what a variable says; `false` if that is nothing.
    fn decode(&mut self, variable: &[u8]) -> bool {
        if variable == IGNORED_SIGPIPE {
            self.ignored_sigpipe = true;
            return true;
        }
        let Some(digits) = variable.strip_prefix(CLOSED_DESCRIPTORS) else {
            return false;
        };
        let descriptors = digits
            .iter()
            .map(|&digit| i32::from(digit) - i32::from(b'0'));
        self.closed
            .extend(descriptors.filter(|descriptor| (0..=2).contains(descriptor)));
        true
    }

    /// Closes what is closed for the guest.
    pub(crate) fn close(&self) {
        for &descriptor in &self.closed {
            // One that is closed already is as it should be.
            let _ = host_syscall!(libc::SYS_close, HostArg::signed(descriptor.into()));
        }
    }
}

/// Variables that the host's dynamic linker and allocator would obey.
fn concerns_emulator(variable: &[u8]) -> bool {
    [
        b"LD_".as_slice(),
        b"GLIBC_TUNABLES=",
        b"MALLOC_",
        TRANSIT_PREFIX,
    ]
    .iter()
    .any(|prefix| variable.starts_with(prefix))
}

/// The guest's environment, to be passed to an emulator.
pub(crate) fn encode_env(env: Vec<CString>) -> Vec<CString> {
    env.into_iter()
        .map(|variable| match variable.as_bytes() {
            bytes if concerns_emulator(bytes) => c_string(&[TRANSIT_PREFIX, bytes].concat()),
            _ => variable,
        })
        .collect()
}

/// The guest's environment from the emulator's, and what else that tells.
pub(crate) fn decode_env(env: Vec<CString>) -> (Vec<CString>, Inherited) {
    let mut inherited = Inherited::default();
    let env = env
        .into_iter()
        .filter(|variable| !inherited.decode(variable.as_bytes()))
        .map(
            |variable| match variable.as_bytes().strip_prefix(TRANSIT_PREFIX) {
                Some(original) => c_string(original),
                None => variable,
            },
        )
        .collect();
    (env, inherited)
}

/// Answers `execve` for the guest path `path`; returns only if it fails.
pub(crate) fn execute(
    call: &mut Call<'_, '_>,
    path: &Path,
    args: Vec<CString>,
    env: Vec<CString>,
) -> SysResult {
    let process = call.process;
    match loader::find_program(&process.prefix, path, args.clone()) {
        Ok(_) => {
            let (program, args, env) = emulator_command(process, path, args, env)?;
            call.cpu.engine.before_exec();
            Err(exec_host(&program, &args, &env).into())
        }
        Err(LoadError {
            kind: LoadErrorKind::ForeignMachine { native: true, .. },
            ..
        }) => {
            let host_path = process.prefix.resolve(
                &c_string(path.as_os_str().as_bytes()),
                true,
                libc::AT_FDCWD,
            );
            call.cpu.engine.before_exec();
            Err(exec_host(&host_path, &args, &env).into())
        }
        Err(error) => Err(errno_of(&error.kind).into()),
    }
}

/// Program, arguments and environment of the emulator that runs a guest program.
fn emulator_command(
    process: &LinuxProcess,
    path: &Path,
    args: Vec<CString>,
    env: Vec<CString>,
) -> Result<(CString, Vec<CString>, Vec<CString>), Errno> {
    let mut command: Vec<CString> = process
        .exec_command
        .iter()
        .map(|part| c_string(part.as_bytes()))
        .collect();
    let program = command.first().cloned().ok_or(Errno::ENOSYS)?;
    let mut args = args.into_iter();
    command.extend([
        c"--argv0".to_owned(),
        args.next().unwrap_or_default(),
        c"--".to_owned(),
    ]);
    command.push(c_string(path.as_os_str().as_bytes()));
    command.extend(args);
    let mut env = encode_env(env);
    env.extend(Inherited::from(process).encode());
    Ok((program, command, env))
}

/// Replaces this process; returns why it could not.
fn exec_host(program: &CString, args: &[CString], env: &[CString]) -> Errno {
    let pointers = |strings: &[CString]| -> Vec<u64> {
        strings
            .iter()
            .map(|string| HostArg::string(string).bits())
            .chain([0])
            .collect()
    };
    let (args, env) = (pointers(args), pointers(env));
    let result = host_syscall!(
        libc::SYS_execve,
        HostArg::string(program),
        HostArg::input_slice(&args),
        HostArg::input_slice(&env)
    );
    match result {
        Ok(_) => Errno::EIO,
        Err(errno) => errno,
    }
}

/// What Linux answers for a program that cannot be loaded.
fn errno_of(error: &LoadErrorKind) -> Errno {
    match error {
        LoadErrorKind::Read(source) => Errno::from(io::Error::from_raw_os_error(
            source.raw_os_error().unwrap_or(libc::EIO),
        )),
        LoadErrorKind::InterpreterNotFound { .. } => Errno::ENOENT,
        LoadErrorKind::NotAFile | LoadErrorKind::NotExecutable => Errno::EACCES,
        LoadErrorKind::ArgumentsTooLong { .. } => Errno::E2BIG,
        LoadErrorKind::Map { .. } => Errno::ENOMEM,
        _ => Errno::ENOEXEC,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn environments_survive_the_emulator() {
        let env: Vec<CString> = [
            "HOME=/",
            "LD_PRELOAD=x.so",
            "EMU_GUEST_ENV_LD_A=b",
            "MALLOC_CHECK_=3",
        ]
        .iter()
        .map(|variable| c_string(variable.as_bytes()))
        .collect();
        let encoded = encode_env(env.clone());
        assert!(
            encoded
                .iter()
                .all(|variable| !variable.as_bytes().starts_with(b"LD_"))
        );
        assert_eq!(decode_env(encoded), (env, Inherited::default()));
    }

    #[test]
    fn what_the_runtime_changes_is_passed_on() {
        for (ignored_sigpipe, closed) in [(false, vec![1]), (true, vec![]), (true, vec![0, 2])] {
            let inherited = Inherited {
                ignored_sigpipe,
                closed,
            };
            let encoded = inherited.encode().collect();
            assert_eq!(decode_env(encoded), (Vec::new(), inherited));
        }
    }
}
