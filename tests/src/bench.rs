//! The benchmark: the same work natively, under `emu` and under every installed `qemu-riscv64`, in alternation.
//!
//! | what | module |
//! |---|---|
//! | who runs the work | `contender` |
//! | one measured run | `measure` |
//! | all runs of a list of cases | `case` |
//! | C programs, each with one property that it stresses | `programs` |
//! | start-up and large code, over a riscv64 root | `root` |
//! | two threads against one | `threads` |
//! | what each kind of instrumentation costs | `costs` |
//! | what only emu can say of itself: translation, interpreter | `engine` |
//! | tables | `report` |
//! | the machine, for the record | `machine` |
//!
//! A round runs every contender once on one case, so that a slow phase of the machine touches all of them alike; a
//! figure is the median over the rounds. All contenders must print the same.

mod case;
mod contender;
mod costs;
mod engine;
mod machine;
mod measure;
mod programs;
mod report;
mod root;
mod threads;

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use serde::Serialize;

use case::Results;
use machine::Machine;

/// A part of the benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suite {
    /// C programs, each with one property that it stresses, also natively.
    Programs,
    /// Two compute threads against one.
    Threads,
    /// Emu alone: what translation costs in each tier, and the interpreter's speed.
    Engine,
    /// Starting programs of the riscv64 root, where translation is most of the work.
    Startup,
    /// Large programs of the riscv64 root at work: thousands of warm blocks.
    Large,
    /// What instrumentation costs: slowdowns of emu, by processor time, for each kind of it, or for those that
    /// --plugin names. Only when asked for.
    Costs,
}

/// Which of a run's times count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Time {
    /// Wall time: what a user waits.
    Wall,
    /// Processor time of all threads: steadier on a busy machine, and counts work that a second core takes over.
    Cpu,
}

/// What to measure.
#[derive(Debug, Clone, clap::Parser, Serialize)]
#[command(
    name = "bench",
    about = "Measure emu against native code and every qemu-riscv64 found, side by side.",
    after_help = "Without --suite, all suites run that this machine has the means for, in some minutes: the programs need \
                  riscv64-linux-gnu-gcc, start-up and large code a riscv64 root (-L). QEMUs are the one in $PATH and those of \
                  the colon-separated $EMU_BENCH_QEMU; emu is $EMU_BIN, or built."
)]
pub struct Options {
    /// Only these suites (comma-separated).
    #[arg(long, value_delimiter = ',', value_name = "SUITE")]
    pub suite: Vec<Suite>,

    /// Only these cases, by name or a part of it (comma-separated).
    #[arg(long = "only", value_delimiter = ',', value_name = "NAME")]
    pub only: Vec<String>,

    /// List the cases and leave.
    #[arg(long)]
    #[serde(skip)]
    pub list: bool,

    /// How often to run each case under each contender.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub rounds: usize,

    /// The programs' amount of work, in percent of the usual.
    #[arg(long, default_value_t = 100, value_name = "PERCENT")]
    pub scale: u32,

    /// Which time counts.
    #[arg(long, value_enum, default_value_t = Time::Wall, value_name = "TIME")]
    pub time: Time,

    /// Also run emu with this plugin (repeatable; as for `emu run --plugin`) [default: count].
    #[arg(long = "plugin", value_name = "NAME[,ARG=VALUE…]")]
    pub plugins: Vec<String>,

    /// Run emu without plugins only.
    #[arg(long, conflicts_with = "plugins")]
    pub no_plugin: bool,

    /// More options of `emu run`, for every run of emu (repeatable).
    #[arg(long = "emu-option", value_name = "OPTION", allow_hyphen_values = true)]
    pub emu_options: Vec<String>,

    /// Leave QEMU out.
    #[arg(long)]
    pub no_qemu: bool,

    /// Keep everything on one core, so that no core is free to compile on.
    #[arg(long)]
    pub one_core: bool,

    /// The riscv64 root, such as tests/scripts/riscv64-root makes.
    #[arg(short = 'L', long, value_name = "ROOT", env = "EMU_RISCV64_ROOT")]
    pub root: Option<PathBuf>,

    /// Also write every sample to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
}

impl Options {
    /// Whether a case of this name is wanted.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|part| name.contains(part.as_str()))
    }

    /// The plugins to run emu with, one at a time.
    fn plugins(&self) -> Vec<String> {
        if self.plugins.is_empty() && !self.no_plugin {
            vec!["count".to_owned()]
        } else {
            self.plugins.clone()
        }
    }

    /// The suites to run.
    fn suites(&self) -> Vec<Suite> {
        if !self.suite.is_empty() {
            return self.suite.clone();
        }
        let mut suites = vec![Suite::Programs, Suite::Threads, Suite::Engine];
        if self.one_core {
            suites.retain(|&suite| suite != Suite::Threads);
        }
        if self.root.is_some() {
            suites.extend([Suite::Startup, Suite::Large]);
        } else {
            eprintln!("bench: without a riscv64 root (-L), start-up and large code are left out");
        }
        suites
    }
}

/// Everything measured; the form of the JSON file.
#[derive(Debug, Serialize)]
struct Document<'a> {
    machine: Machine,
    options: &'a Options,
    suites: Vec<Results>,
    engine: Vec<engine::Figures>,
}

/// Runs the benchmark and prints its tables.
///
/// # Errors
/// If something cannot be built or run, or a contender computes something else than the others: then the tables are
/// printed all the same, without the runs that are wrong.
pub fn main(options: &Options) -> Result<()> {
    ensure!(options.rounds > 0, "--rounds must be at least 1");
    if options.list {
        return list(options);
    }
    if options.one_core {
        machine::keep_to_one_core().context("cannot keep to one core")?;
    }
    case::progress("Building emu");
    let machine = Machine::new(options);
    case::progress("");
    println!("{machine}");
    let mut document = Document {
        machine,
        options,
        suites: Vec::new(),
        engine: Vec::new(),
    };
    for suite in options.suites() {
        let mut done = |results: Results, table: fn(&Results, Time) -> String| {
            println!(
                "\n## {}\n\n{}",
                results.title,
                table(&results, options.time)
            );
            document.suites.push(results);
        };
        match suite {
            Suite::Programs => done(programs::measure(options)?, report::against_native),
            Suite::Threads => done(threads::measure(options)?, threads::table),
            Suite::Startup => done(root::startup(options)?, report::side_by_side),
            Suite::Large => done(root::large(options)?, report::side_by_side),
            Suite::Costs => {
                println!("\n## What instrumentation costs\n");
                costs::main(options)?;
            }
            Suite::Engine => {
                document.engine = engine::measure(options)?;
                println!(
                    "\n## emu's own figures\n\n{}",
                    engine::table(&document.engine)
                );
            }
        }
    }
    if let Some(path) = &options.json {
        let text = serde_json::to_string_pretty(&document)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let wrong: Vec<&str> = (document.suites.iter())
        .flat_map(|results| results.wrong.iter().map(String::as_str))
        .collect();
    ensure!(wrong.is_empty(), "wrong results:\n{}", wrong.join("\n"));
    Ok(())
}

fn list(options: &Options) -> Result<()> {
    for name in programs::names()? {
        println!("{name}");
    }
    if let Some(root) = &options.root {
        for name in root::names(root) {
            println!("{name}");
        }
    }
    Ok(())
}
