//! The freestanding guest programs: what each prints and how it ends, the same on every back end and, where it is
//! installed, under QEMU.

use std::time::{Duration, Instant};

use emu_tests::run::{Backend, End, GuestRun, Outcome};
use emu_tests::tools;

/// Programs, arguments, and the lines by which QEMU 7.2 is known to differ from the kernel.
struct Case {
    program: &'static str,
    args: &'static [&'static str],
    differs_in_qemu: &'static [&'static str],
}

const fn case(program: &'static str, args: &'static [&'static str]) -> Case {
    Case {
        program,
        args,
        differs_in_qemu: &[],
    }
}

const CASES: &[Case] = &[
    case("demo", &[]),
    case("hello", &[]),
    case("exit-status", &[]),
    case("exit-status", &["7"]),
    case("exit-status", &["256"]),
    case("exit-status", &["9", "thread"]),
    // QEMU turns the order of the environment around.
    Case {
        program: "args",
        args: &["one", "", "two words", "--help"],
        differs_in_qemu: &["GUEST_"],
    },
    case("segv-handler", &[]),
    case("page-protection", &[]),
    // QEMU puts a signal off that SA_NODEFER lets into its own handler.
    Case {
        program: "signals",
        args: &[],
        differs_in_qemu: &["  depth"],
    },
    case("alarm", &[]),
    case("self-modifying", &[]),
    case("misaligned", &[]),
    case("illegal", &[]),
    case("fork", &[]),
    case("pipe", &[]),
    // QEMU 7.2 does not know MAP_FIXED_NOREPLACE.
    Case {
        program: "memory",
        args: &[],
        differs_in_qemu: &["MAP_FIXED_NOREPLACE"],
    },
    case("fault-in-block", &["100"]),
    case("jump-table", &[]),
    case("recursion", &[]),
    case("fp-flags", &[]),
    case("threads", &[]),
    case("time", &[]),
    case("instructions", &[]),
];

/// What `wild-pointer` is told to do, and the signal that must end it.
const WILD: &[(&str, i32)] = &[
    ("read-null", 11),
    ("write-null", 11),
    ("read-unmapped", 11),
    ("read-high", 11),
    ("read-noncanonical", 11),
    ("write-noncanonical", 11),
    ("read-last", 11),
    ("write-last", 11),
    ("write-read-only", 11),
    ("write-code", 11),
    ("jump-null", 11),
    ("jump-unmapped", 11),
    ("jump-noncanonical", 11),
    ("jump-data", 11),
    ("amo-null", 11),
    ("float-null", 11),
    ("illegal", 4),
    ("ebreak", 5),
    ("kill", 9),
];

impl Case {
    fn run(&self) -> GuestRun {
        GuestRun::guest(self.program)
            .args(self.args)
            .env("GUEST_A", "1")
            .env("GUEST_B", "with space")
            .limit(Duration::from_secs(30))
    }

    /// `fork`, `fork-a-b`.
    fn title(&self) -> String {
        let parts: Vec<&str> = [self.program].iter().chain(self.args).copied().collect();
        parts.join("-").replace(' ', "_")
    }
}

fn on_every_back_end(run: &GuestRun, check: impl Fn(Backend, Outcome)) {
    for backend in Backend::ALL {
        check(backend, run.emu(backend));
    }
}

#[test]
fn programs_print_and_end_as_recorded_on_every_back_end() {
    for case in CASES {
        let oracle = case.run().emu(Backend::Interp);
        insta::with_settings!({ omit_expression => true }, {
            insta::assert_snapshot!(case.title(), oracle);
        });
        on_every_back_end(&case.run(), |backend, outcome| {
            assert_eq!(
                outcome.to_string(),
                oracle.to_string(),
                "{} on {backend}",
                case.title()
            );
        });
    }
}

#[test]
fn programs_do_under_qemu_what_they_do_here() {
    for qemu in tools::qemus() {
        for case in CASES {
            let (here, there) = (case.run().emu(Backend::Jit), case.run().qemu(qemu));
            let comparable = |outcome: &Outcome| {
                let text = outcome.text() + &outcome.guest_stderr();
                let lines = text.lines().filter(|line| {
                    !case
                        .differs_in_qemu
                        .iter()
                        .any(|known| line.starts_with(known))
                });
                lines
                    .map(str::to_owned)
                    .chain([outcome.end.to_string()])
                    .collect::<Vec<_>>()
            };
            assert_eq!(
                comparable(&here),
                comparable(&there),
                "{} here and under QEMU {}",
                case.title(),
                qemu.version
            );
        }
    }
    if tools::qemus().is_empty() {
        tools::skipped("comparison of the guest programs", "no qemu-riscv64");
    }
}

#[test]
fn a_fault_without_handler_ends_the_program_by_its_signal() {
    for &(what, signal) in WILD {
        on_every_back_end(
            &GuestRun::guest("wild-pointer").arg(what),
            |backend, outcome| {
                assert_eq!(
                    outcome.end,
                    End::Killed(signal),
                    "{what} on {backend}: {outcome}"
                );
                assert_eq!(outcome.text(), "before\n", "{what} on {backend}");
            },
        );
    }
}

#[test]
fn standard_input_reaches_the_program() {
    let input: Vec<u8> = (0..100_000u32).map(|n| n.to_le_bytes()[0]).collect();
    on_every_back_end(
        &GuestRun::guest("echo-stdin").stdin(input.clone()),
        |backend, outcome| {
            assert_eq!(outcome.end, End::Exited(0), "on {backend}");
            assert!(outcome.stdout.starts_with(&input), "on {backend}");
            assert!(outcome.stdout.ends_with(b"bytes: 100000\n"), "on {backend}");
        },
    );
}

#[test]
fn a_program_that_never_ends_can_be_killed() {
    for mode in ["registers", "memory"] {
        let run = GuestRun::guest("spin")
            .arg(mode)
            .limit(Duration::from_millis(500));
        on_every_back_end(&run, |backend, outcome| {
            assert_eq!(outcome.end, End::TimedOut, "{mode} on {backend}");
            assert_eq!(outcome.text(), "spinning\n", "{mode} on {backend}");
        });
    }
}

#[test]
fn the_demo_is_quick() {
    let start = Instant::now();
    let outcome = GuestRun::new("demo").emu(Backend::Jit);
    assert_eq!(outcome.end, End::Exited(0), "{outcome}");
    assert_eq!(
        outcome.stdout,
        GuestRun::guest("demo").emu(Backend::Interp).stdout,
        "built in and as a file"
    );
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "the demo took {:?}",
        start.elapsed()
    );
}

#[test]
fn a_missing_program_is_an_error_of_its_own() {
    let outcome = GuestRun::new("/no/such/program").emu(Backend::Jit);
    assert_eq!(outcome.end, End::Exited(127), "{outcome}");
    let outcome = GuestRun::new("/dev/null").emu(Backend::Jit);
    assert_eq!(outcome.end, End::Exited(126), "{outcome}");
}

#[test]
fn programs_do_the_same_when_there_is_hardly_room_for_generated_code() {
    let options = [
        "--code-size",
        "8",
        "--baseline-threshold",
        "1",
        "--jit-threshold",
        "30",
    ];
    for case in CASES {
        let oracle = case.run().emu(Backend::Interp);
        let crowded = case.run().emu_options(options).emu(Backend::Jit);
        assert_eq!(crowded.to_string(), oracle.to_string(), "{}", case.title());
    }
}
