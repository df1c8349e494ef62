//! Guest programs that need a C library: threads, futexes, signals, faults, changing code. Each makes its checks itself and
//! says how many failed; all must hold on every back end, and under a plugin.
//!
//! They are built where a cross compiler is installed. Under QEMU 7.2 some of them fail or hang, so that it is no
//! yardstick here; natively built, those without guest instructions pass.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use emu_tests::run::{Backend, End, GuestRun, Outcome};
use emu_tests::{guest, tools};

/// The program called `name`, built in `folder`; `None` if it cannot be built here.
fn build(name: &str, folder: &tempfile::TempDir) -> Option<PathBuf> {
    if tools::cross_compiler().is_none() {
        tools::skipped(name, "gcc-riscv64-linux-gnu is not installed");
        return None;
    }
    let source = guest::folder().join("libc").join(name).with_extension("c");
    let program = folder.path().join(name);
    guest::build_with_libc(&source, &program).expect("it compiles");
    Some(program)
}

fn assert_passes(outcome: &Outcome, how: &str) {
    assert!(
        outcome.end == End::Exited(0) && outcome.text().ends_with(" checks, 0 failed\n"),
        "{how}: {outcome}"
    );
}

/// Runs `name` on every back end, and under `count`.
fn passes_everywhere(name: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(program) = build(name, &folder) else {
        return;
    };
    let run = GuestRun::new(&program)
        .folder(folder.path())
        .limit(Duration::from_secs(240));
    for backend in Backend::ALL {
        assert_passes(&run.emu(backend), &format!("{name} on {backend}"));
    }
    let report = folder.path().join("report");
    let counted = run.emu_options([
        "--plugin".as_ref(),
        "count".as_ref(),
        "--report-file".as_ref(),
        report.as_os_str(),
    ]);
    assert_passes(&counted.emu(Backend::Jit), &format!("{name} under count"));
    let report = fs::read_to_string(report).expect("a report");
    assert!(report.contains("instructions"), "{report}");
}

#[test]
fn futexes() {
    passes_everywhere("futex");
}

#[test]
fn signals() {
    passes_everywhere("signals");
}

#[test]
fn faults() {
    passes_everywhere("faults");
}

#[test]
fn changing_code() {
    passes_everywhere("code");
}

#[test]
fn threads_come_and_go() {
    passes_everywhere("threads");
}

#[test]
fn processes() {
    passes_everywhere("processes");
}

#[test]
fn the_memory_model() {
    passes_everywhere("litmus");
}

#[test]
fn a_fatal_signal_leaves_the_report() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(program) = build("fatal", &folder) else {
        return;
    };
    let signals = [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGQUIT,
        libc::SIGTRAP,
        libc::SIGABRT,
        libc::SIGUSR1,
        libc::SIGSEGV,
        libc::SIGPIPE,
        libc::SIGALRM,
        libc::SIGTERM,
        libc::SIGXCPU,
        libc::SIGSYS,
        40,
    ];
    for signal in signals {
        let run = GuestRun::new(&program)
            .arg(signal.to_string())
            .plugin("count");
        let outcome = run.emu(Backend::Jit);
        assert_eq!(outcome.end, End::Killed(signal), "{outcome}");
        let report = String::from_utf8_lossy(&outcome.stderr);
        assert!(
            report.contains("instructions"),
            "signal {signal}: {outcome}"
        );
    }
}
