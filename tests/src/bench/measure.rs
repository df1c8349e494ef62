//! One measured run of a command.
//!
//! Unsafe code: the call of `wait4`, which std does not offer and which gives the peak memory of just this child.

use std::io::{self, Read as _};
use std::mem::MaybeUninit;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// What a run cost.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Sample {
    /// Wall time.
    pub(super) seconds: f64,
    /// Processor time in user mode and in the kernel, over all threads.
    pub(super) cpu_seconds: f64,
    /// The largest resident set.
    pub(super) peak_kib: i64,
}

/// A finished run.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) sample: Sample,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
    /// Whether it left with status 0.
    pub(super) success: bool,
}

impl Run {
    /// Everything it printed.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned() + &String::from_utf8_lossy(&self.stderr)
    }
}

/// Runs the command to its end, without input. Meant for programs of little output: standard error is read last.
pub(super) fn run(command: &mut Command) -> Result<Run> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {command:?}"))?;
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    child
        .stdout
        .take()
        .context("standard output is piped")?
        .read_to_end(&mut stdout)?;
    child
        .stderr
        .take()
        .context("standard error is piped")?
        .read_to_end(&mut stderr)?;
    let (status, usage) =
        wait(child.id()).with_context(|| format!("cannot wait for {command:?}"))?;
    let seconds = start.elapsed().as_secs_f64();
    let sample = Sample {
        seconds,
        cpu_seconds: to_seconds(usage.ru_utime) + to_seconds(usage.ru_stime),
        peak_kib: usage.ru_maxrss,
    };
    let success = libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0;
    Ok(Run {
        sample,
        stdout,
        stderr,
        success,
    })
}

fn to_seconds(time: libc::timeval) -> f64 {
    time.tv_sec as f64 + time.tv_usec as f64 / 1e6
}

fn wait(pid: u32) -> io::Result<(i32, libc::rusage)> {
    let pid = libc::pid_t::try_from(pid).map_err(io::Error::other)?;
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live variables of the types the call writes. std never waits for this child again: its
    // handle is dropped without a wait.
    let result = unsafe { libc::wait4(pid, &raw mut status, 0, usage.as_mut_ptr()) };
    if result < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: all zeros is a valid rusage, and the call has filled it in.
    Ok((status, unsafe { usage.assume_init() }))
}
