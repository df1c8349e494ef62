//! The benchmark: the same C programs natively, under `emu` and under every installed `qemu-riscv64`, in alternation.
//!
//! Each program of `tests/bench/programs` stresses one property and prints a checksum. A round runs every contender once on
//! one program, so that a slow phase of the machine touches all of them alike; a figure is the median over the rounds.
//! Contenders must print the same checksum as the native program, or the benchmark fails.

mod contender;
mod costs;
mod measure;
mod programs;
mod report;
mod startup;

use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Serialize;

use contender::Contender;
use measure::Sample;

/// What to measure.
#[derive(Debug, Clone, clap::Parser)]
#[command(about = "Run the benchmark programs natively, under emu and under QEMU, side by side.")]
pub struct Options {
    /// Only these programs (comma-separated; all by default).
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub programs: Vec<String>,

    /// List the programs and leave.
    #[arg(long)]
    pub list: bool,

    /// How often to run each program under each contender.
    #[arg(long, default_value_t = 3, value_name = "N")]
    pub rounds: usize,

    /// The programs' amount of work, in percent of the usual.
    #[arg(long, default_value_t = 100, value_name = "PERCENT")]
    pub scale: u32,

    /// Also run emu with this plugin (repeatable; as for `emu run --plugin`).
    #[arg(long = "plugin", value_name = "NAME[,ARG=VALUE…]")]
    pub plugins: Vec<String>,

    /// More options of `emu run`, for every run of emu (repeatable).
    #[arg(long = "emu-option", value_name = "OPTION", allow_hyphen_values = true)]
    pub emu_options: Vec<String>,

    /// Leave QEMU out.
    #[arg(long)]
    pub no_qemu: bool,

    /// Also write every sample to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Measure the start-up of programs of a riscv64 root instead (see -L).
    #[arg(long, requires = "root")]
    pub startup: bool,

    /// Measure what instrumentation costs instead: slowdowns of emu, by processor time, for each kind of it, or for those that
    /// --plugin names.
    #[arg(long, conflicts_with = "startup")]
    pub costs: bool,

    /// The riscv64 root, such as tests/scripts/riscv64-root makes.
    #[arg(short = 'L', long, value_name = "ROOT", env = "EMU_RISCV64_ROOT")]
    pub root: Option<PathBuf>,
}

/// All samples of one program (or command line) under one contender.
#[derive(Debug, Clone, Serialize)]
struct Series {
    program: String,
    contender: String,
    samples: Vec<Sample>,
}

impl Series {
    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        }
    }

    fn seconds(&self) -> f64 {
        self.median(|sample| sample.seconds)
    }

    fn peak_mib(&self) -> f64 {
        self.median(|sample| sample.peak_kib as f64 / 1024.0)
    }
}

/// Everything measured; the form of the JSON file.
#[derive(Debug, Default, Serialize)]
struct Results {
    contenders: Vec<String>,
    series: Vec<Series>,
    /// What contenders got wrong, in words; those runs are in no series.
    wrong: Vec<String>,
}

impl Results {
    fn find(&self, program: &str, contender: &str) -> Option<&Series> {
        self.series
            .iter()
            .find(|series| series.program == program && series.contender == contender)
    }

    fn programs(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for series in &self.series {
            if !names.contains(&series.program.as_str()) {
                names.push(&series.program);
            }
        }
        names
    }
}

/// Runs the benchmark and prints its tables.
///
/// # Errors
/// If a program cannot be built or run, or a contender computes something else than native.
pub fn main(options: &Options) -> Result<()> {
    if options.list {
        for name in programs::names()? {
            println!("{name}");
        }
        return Ok(());
    }
    ensure!(options.rounds > 0, "--rounds must be at least 1");
    if options.costs {
        return costs::main(options);
    }
    let results = match &options.root {
        Some(root) if options.startup => startup::measure(options, root)?,
        _ => measure_programs(options)?,
    };
    let tables = if options.startup {
        report::startup(&results)
    } else {
        report::programs(&results)
    };
    println!("{tables}");
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&results)? + "\n")?;
    }
    ensure!(
        results.wrong.is_empty(),
        "wrong results:\n{}",
        results.wrong.join("\n")
    );
    Ok(())
}

fn measure_programs(options: &Options) -> Result<Results> {
    let programs = programs::build(&options.programs)?;
    let contenders = contender::all(options, true)?;
    let mut results = Results {
        contenders: contenders
            .iter()
            .map(|contender| contender.name.clone())
            .collect(),
        ..Results::default()
    };
    let scale = options.scale.to_string();
    let progress = std::io::stderr().is_terminal();
    let mut wrong = Vec::new();
    for program in &programs {
        let mut samples = vec![Vec::new(); contenders.len()];
        let mut expected = None;
        for round in 0..options.rounds {
            if progress {
                eprint!("\r\x1b[K{} {}/{}", program.name, round + 1, options.rounds);
            }
            for (contender, samples) in contenders.iter().zip(&mut samples) {
                let file = if contender.is_native() {
                    &program.native
                } else {
                    &program.guest
                };
                let run = measure::run(contender.command(file).arg(&scale))?;
                match check(&program.name, contender, &run, &mut expected) {
                    Ok(()) => samples.push(run.sample),
                    // The figures of the others are still worth their time.
                    Err(error) => wrong.push(error.to_string()),
                }
            }
        }
        results.series.extend(
            contenders
                .iter()
                .zip(samples)
                // A contender that was wrong in every round has no figure.
                .filter(|(_, samples)| !samples.is_empty())
                .map(|(contender, samples)| Series {
                    program: program.name.clone(),
                    contender: contender.name.clone(),
                    samples,
                }),
        );
    }
    if progress {
        eprint!("\r\x1b[K");
    }
    results.wrong = wrong;
    Ok(results)
}

/// The first run's output, by native, is what all others must print.
fn check(
    program: &str,
    contender: &Contender,
    run: &measure::Run,
    expected: &mut Option<Vec<u8>>,
) -> Result<()> {
    ensure!(
        run.success,
        "{program} failed under {}: {}",
        contender.name,
        run.text()
    );
    let expected = expected.get_or_insert_with(|| run.stdout.clone());
    ensure!(
        run.stdout == *expected,
        "{program} under {} printed {:?} instead of {:?}",
        contender.name,
        run.text(),
        String::from_utf8_lossy(expected),
    );
    Ok(())
}
