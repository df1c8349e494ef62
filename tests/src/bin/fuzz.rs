//! Runs random RISC-V programs on the interpreter and on generated code and compares.
//!
//! `cargo run --release -p emu-tests --bin fuzz -- --count 1000000`. A program that fails is
//! made smaller and shown with its number; `--first NUMBER --count 1` runs that one again.

use std::process::{Child, Command, ExitCode, ExitStatus};
use std::time::Instant;

use clap::Parser;
use emu_tests::fuzz::generate;
use emu_tests::fuzz::machine::{Machine, Tally};
use emu_tests::fuzz::minimise::minimise;
use emu_tests::fuzz::program::Program;
use emu_tests::fuzz::remote::{Remote, portable};
use emu_tests::fuzz::report::show;

/// Differential fuzzer of the back ends.
#[derive(Debug, Clone, Parser)]
struct Arguments {
    /// What all programs follow from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first program.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// How many programs.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Processes to run them in.
    #[arg(long, default_value_t = 1)]
    jobs: u64,
    /// Failures after which a process gives up.
    #[arg(long, default_value_t = 1)]
    failures: u64,
    /// Say the number of each program before it runs.
    #[arg(long)]
    trace: bool,
    /// Show failing programs as they are.
    #[arg(long)]
    no_minimise: bool,
    /// Compare the interpreter with what this command runs, instead of with generated code: an
    /// emulator and `tests/guest/bin/fuzz-harness`, as in
    /// "qemu-riscv64 -cpu rv64 tests/guest/bin/fuzz-harness".
    #[arg(long)]
    against: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let passed = if arguments.jobs > 1 {
        run_jobs(&arguments)
    } else {
        run(&arguments)
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("fuzz: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Splits the programs among processes; whether all passed.
fn run_jobs(arguments: &Arguments) -> std::io::Result<bool> {
    let share = arguments.count.div_ceil(arguments.jobs);
    let mut children = Vec::new();
    for job in 0..arguments.jobs {
        let start = (job * share).min(arguments.count);
        let part = Arguments {
            first: arguments.first + start,
            count: share.min(arguments.count - start),
            jobs: 1,
            ..arguments.clone()
        };
        children.push((spawn(&part, false)?, part));
    }
    let mut passed = true;
    for (mut child, part) in children {
        passed &= report_crash(child.wait()?, &part);
    }
    Ok(passed)
}

fn spawn(arguments: &Arguments, trace: bool) -> std::io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    for (name, value) in [
        ("--seed", arguments.seed),
        ("--first", arguments.first),
        ("--count", arguments.count),
        ("--failures", arguments.failures),
    ] {
        command.arg(name).arg(value.to_string());
    }
    if trace || arguments.trace {
        command.arg("--trace");
    }
    if arguments.no_minimise {
        command.arg("--no-minimise");
    }
    if let Some(against) = &arguments.against {
        command.arg("--against").arg(against);
    }
    command.spawn()
}

/// Whether a process passed; one that died says nothing itself.
fn report_crash(status: ExitStatus, part: &Arguments) -> bool {
    if status.code().is_none() {
        println!(
            "A process died ({status}); to find the program: --seed {} --first {} --count {} --trace",
            part.seed, part.first, part.count
        );
    }
    status.success()
}

/// Runs all programs here; whether all passed.
fn run(arguments: &Arguments) -> std::io::Result<bool> {
    let mut machine = Machine::new()?;
    let mut remote = arguments
        .against
        .as_deref()
        .map(|command| Remote::new(command.split_whitespace()));
    let mut check = |program: &Program| match &mut remote {
        Some(remote) => machine.check_against(remote, program),
        None => machine.check(program),
    };
    let mut failures = 0;
    let mut left_out = 0;
    let started = Instant::now();
    for index in arguments.first..arguments.first + arguments.count {
        if arguments.trace {
            eprintln!("program {index}");
        }
        let program = generate::program(arguments.seed, index);
        let program = if arguments.against.is_some() {
            portable(program)
        } else {
            Some(program)
        };
        let differences = program.as_ref().and_then(&mut check);
        let (Some(program), Some(differences)) = (program, differences) else {
            left_out += 1;
            continue;
        };
        if differences.is_empty() {
            continue;
        }
        failures += 1;
        let (shown, differences) = if arguments.no_minimise {
            (program, differences)
        } else {
            let small = minimise(&mut check, &program);
            let differences = check(&small).unwrap_or_default();
            (small, differences)
        };
        println!(
            "FAIL program {index} of seed {}\n{}",
            arguments.seed,
            show(&shown)
        );
        println!("    {}\n", differences.join("\n    "));
        if failures >= arguments.failures {
            return Ok(false);
        }
    }
    if left_out > arguments.count / 5 + 1 {
        println!(
            "{left_out} of {} programs could not be compared",
            arguments.count
        );
        return Ok(false);
    }
    let seconds = started.elapsed().as_secs_f64();
    let Tally {
        instructions,
        resumed,
        interrupted,
        regions,
    } = machine.tally;
    println!(
        "{} programs, {:.0} a second: {:.1} instructions each, {regions} regions; \
         {resumed} faults survived, {interrupted} interruptions",
        arguments.count - left_out,
        arguments.count as f64 / seconds,
        instructions as f64 / arguments.count as f64,
    );
    Ok(failures == 0)
}
