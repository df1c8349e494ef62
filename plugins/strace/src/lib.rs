//! The `strace` plugin: the guest's system calls as they return, or a summary of them.

#![forbid(unsafe_code)]

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use emu_plugin_sdk::prelude::*;

/// Arguments of `strace`.
#[derive(Debug, PluginArgs)]
struct Args {
    /// Show only these calls, by name (repeatable).
    call: Vec<String>,
    /// Show only calls that fail.
    failed: bool,
    /// Instead of each call, show a table of calls at exit, like `strace -c`.
    summary: bool,
}

/// What is known of the calls of one name.
#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    count: u64,
    errors: u64,
    time: Duration,
}

/// What is kept of each vCPU.
#[derive(Debug, Default, VcpuState)]
struct Thread {
    /// The call that the vCPU is in, by number, and since when.
    entered: Option<(u64, Instant)>,
    calls: BTreeMap<String, Calls>,
}

#[derive(Debug)]
struct Strace {
    args: Args,
    stream: Option<Stream>,
}

impl Strace {
    fn shows(&self, name: &str) -> bool {
        self.args.call.is_empty() || self.args.call.iter().any(|call| call == name)
    }
}

/// Shows the system calls of the guest.
#[emu_plugin(name = "strace")]
impl Plugin for Strace {
    type Args = Args;
    type Vcpu = Thread;

    fn new(args: Args, host: &Host) -> Result<Self> {
        let stream = if args.summary {
            None
        } else {
            let columns = host
                .stream("strace")
                .number("thread")
                .text("call")
                .text("result");
            Some(columns.open()?)
        };
        Ok(Strace { args, stream })
    }

    fn on_syscall(&self, thread: &mut Thread, call: &Syscall<'_>) {
        thread.entered = Some((call.number(), Instant::now()));
        // Nobody sees the return of a call that ends the thread.
        let name = call.name().unwrap_or_default();
        if let Some(stream) = &self.stream
            && matches!(name, "exit" | "exit_group")
            && self.shows(name)
            && !self.args.failed
        {
            stream.record((call.vcpu(), format!("{name}({})", call.text()), "?"));
        }
    }

    fn on_syscall_return(&self, thread: &mut Thread, call: &SyscallReturn<'_>) {
        // A call that was interrupted and replaced by another, such as a signal's return, has
        // no entry of its own.
        let time = match thread.entered.take() {
            Some((number, start)) if number == call.number() => start.elapsed(),
            _ => Duration::ZERO,
        };
        let name = call
            .name()
            .map_or_else(|| format!("syscall_{}", call.number()), str::to_owned);
        if !self.shows(&name) || (self.args.failed && call.error().is_none()) {
            return;
        }
        match &self.stream {
            Some(stream) => {
                let text = format!("{name}({})", call.text());
                stream.record((call.vcpu(), text, result_text(call)));
            }
            None => {
                let calls = thread.calls.entry(name).or_default();
                calls.count += 1;
                calls.errors += u64::from(call.error().is_some());
                calls.time += time;
            }
        }
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, Thread>, report: &mut Report<'_>) {
        if !self.args.summary {
            return;
        }
        let mut all: BTreeMap<&str, Calls> = BTreeMap::new();
        for (_, thread) in vcpus {
            for (name, calls) in &thread.calls {
                let sum = all.entry(name).or_default();
                sum.count += calls.count;
                sum.errors += calls.errors;
                sum.time += calls.time;
            }
        }
        let mut calls: Vec<(&str, Calls)> = all.into_iter().collect();
        calls.sort_by_key(|(name, calls)| (Reverse(calls.count), *name));

        let mut table = report
            .table("System calls")
            .text("call")
            .number("calls")
            .number("errors")
            .number("seconds");
        for (name, calls) in &calls {
            table.row((*name, calls.count, calls.errors, calls.time.as_secs_f64()));
        }
        let sum = |figure: fn(&Calls) -> u64| calls.iter().map(|(_, calls)| figure(calls)).sum();
        let (count, errors): (u64, u64) = (sum(|calls| calls.count), sum(|calls| calls.errors));
        let time: Duration = calls.iter().map(|(_, calls)| calls.time).sum();
        table.row(("all", count, errors, time.as_secs_f64()));
    }
}

/// A result as `strace` writes it: addresses in hexadecimal, errors by name.
fn result_text(call: &SyscallReturn<'_>) -> String {
    let result = call.result();
    let is_address = matches!(call.name(), Some("mmap" | "brk" | "mremap" | "shmat"));
    match call.error() {
        Some(error) => format!("-1 {error}"),
        None if is_address => format!("{result:#x}"),
        None => result.to_string(),
    }
}
