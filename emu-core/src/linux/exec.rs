//! Becoming another program.
//!
//! A guest program is run by a new emulator in this process, started by the command that the
//! configuration gives, so that options and plugins carry over; a program of the host's runs as
//! it is.
//!
//! The emulator's command line is `COMMAND… --argv0 NAME -- PROGRAM ARGUMENTS…`, its environment
//! the guest's. Variables that would change how the emulator itself is loaded travel under
//! another name ([`encode_env`]).

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
/// Says that the guest ignores SIGPIPE, which the Rust runtime would make us forget.
const IGNORED_SIGPIPE: &[u8] = b"EMU_GUEST_IGNORED_SIGPIPE=1";

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

/// The guest's environment from the emulator's; the flag says whether SIGPIPE is ignored.
pub(crate) fn decode_env(env: Vec<CString>) -> (Vec<CString>, bool) {
    let ignored_sigpipe = env
        .iter()
        .any(|variable| variable.as_bytes() == IGNORED_SIGPIPE);
    let env = env
        .into_iter()
        .filter(|variable| variable.as_bytes() != IGNORED_SIGPIPE)
        .map(
            |variable| match variable.as_bytes().strip_prefix(TRANSIT_PREFIX) {
                Some(original) => c_string(original),
                None => variable,
            },
        )
        .collect();
    (env, ignored_sigpipe)
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
            let host_path =
                process
                    .prefix
                    .resolve(&c_string(path.as_os_str().as_bytes()), true, || {
                        std::env::current_dir().ok()
                    });
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
    if process.signals.get(libc::SIGPIPE).handler == SIG_IGN {
        env.push(c_string(IGNORED_SIGPIPE));
    }
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
        assert_eq!(decode_env(encoded), (env, false));
    }

    #[test]
    fn ignored_sigpipe_is_passed_on() {
        assert_eq!(
            decode_env(vec![c_string(IGNORED_SIGPIPE)]),
            (Vec::new(), true)
        );
    }
}
