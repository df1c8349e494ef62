//! What only emu can say of itself: what translation costs in each tier, and how fast the interpreter is.
//!
//! Times here are processor times, of runs of their own: the statistics take a little time themselves.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use serde_json::Value;

use super::case::{Case, progress};
use super::report::{Grid, geometric_mean};
use super::{Options, contender, measure, programs, root};
use crate::tools;

/// By how much less an interpreted program does than others.
const INTERPRETED_SHARE: u32 = 20;

/// One tier's work in one run.
#[derive(Debug, Clone, Copy, Default, Serialize)]
struct Stage {
    instructions: f64,
    milliseconds: f64,
}

/// The figures of one program.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    case: String,
    decode: Stage,
    baseline: Stage,
    regions: Stage,
    /// Of the whole run.
    cpu_milliseconds: f64,
    /// Guest instructions that the interpreter executes in a microsecond, for programs that can be told to do less.
    interpreter_mips: Option<f64>,
}

impl Figures {
    fn stages(&self) -> [Stage; 3] {
        [self.decode, self.baseline, self.regions]
    }
}

/// Measures the programs, and what the riscv64 root has.
pub(super) fn measure(options: &Options) -> Result<Vec<Figures>> {
    let programs = programs::cases(options)?;
    let mut over_root = Vec::new();
    if options.root.is_some() {
        over_root.extend(root::startup_cases(options)?);
        over_root.extend(root::large_cases(options)?);
    }
    let count = programs.len() + over_root.len();
    let mut figures = Vec::new();
    for case in programs.iter().chain(&over_root) {
        progress(&format!(
            "Emu's own figures {}/{count}: {}",
            figures.len() + 1,
            case.name
        ));
        let mut own = translation(options, case)?;
        if case.native.is_some() {
            own.interpreter_mips = Some(interpreter(options, case)?);
        }
        figures.push(own);
    }
    progress("");
    Ok(figures)
}

fn translation(options: &Options, case: &Case) -> Result<Figures> {
    let (report, sample) = report(options, case, &["--stats"], &case.args)?;
    let stage = |name: &str| {
        let row = row(&report, "stage", name)?;
        Some(Stage {
            instructions: row["instructions"].as_f64()?,
            milliseconds: row["ms"].as_f64()?,
        })
    };
    let missing = || format!("emu --stats lacks a figure: {report}");
    Ok(Figures {
        case: case.name.clone(),
        decode: stage("decode").with_context(missing)?,
        baseline: stage("baseline").with_context(missing)?,
        regions: stage("regions").with_context(missing)?,
        cpu_milliseconds: sample.cpu_seconds * 1e3,
        interpreter_mips: None,
    })
}

/// How fast a shorter run is interpreted.
fn interpreter(options: &Options, case: &Case) -> Result<f64> {
    let scale = (options.scale / INTERPRETED_SHARE).max(1).to_string();
    let args = [OsString::from(scale)];
    let (report, _) = report(options, case, &["--plugin", "count"], &args)?;
    let instructions = row(&report, "what", "instructions").and_then(|row| row["count"].as_f64());
    let instructions = instructions.with_context(|| format!("no instructions in {report}"))?;
    let run = run(options, case, &["--backend", "interp"], &args)?;
    Ok(instructions / 1e6 / run.sample.cpu_seconds)
}

/// Runs emu with options that make it write one report, and reads that.
fn report(
    options: &Options,
    case: &Case,
    more: &[&str],
    args: &[OsString],
) -> Result<(Value, measure::Sample)> {
    let file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
    let path = file
        .path()
        .to_str()
        .context("the temporary folder's path is not UTF-8")?;
    let more = [more, &["--report", "json", "--report-file", path]].concat();
    let run = run(options, case, &more, args)?;
    let text = std::fs::read_to_string(file.path())?;
    let report = serde_json::from_str(&text).with_context(|| {
        format!(
            "{}: emu's report is not one line of JSON: {text:?}",
            case.name
        )
    })?;
    Ok((report, run.sample))
}

fn run(options: &Options, case: &Case, more: &[&str], args: &[OsString]) -> Result<measure::Run> {
    let mut command = Command::new(tools::emu());
    command.args(contender::emu_args(options)).args(more);
    if let (None, Some(root)) = (&case.native, &options.root) {
        command.arg("-L").arg(root);
    }
    command.arg("--").arg(&case.guest).args(args);
    let run = measure::run(&mut command)?;
    ensure!(run.success, "{} failed: {}", case.name, run.text());
    Ok(run)
}

/// The row of a report's first table whose column has this value.
fn row<'a>(report: &'a Value, column: &str, value: &str) -> Option<&'a Value> {
    let rows = report["sections"][0]["rows"].as_array()?;
    rows.iter().find(|row| row[column] == value)
}

/// One row for each program, and one for all of them together.
pub(super) fn table(figures: &[Figures]) -> String {
    let mut grid = Grid::new([
        "",
        "decoded, insns",
        "µs / insn",
        "baseline, insns",
        "µs / insn",
        "regions, insns",
        "µs / insn",
        "translating, ms",
        "share of time",
        "interpreter, MIPS",
    ]);
    let row = |stages: [Stage; 3], cpu_milliseconds: f64, mips: Option<f64>| {
        let translating: f64 = stages.iter().map(|stage| stage.milliseconds).sum();
        let mut cells: Vec<Option<f64>> = Vec::new();
        for stage in stages {
            let per_insn = stage.milliseconds * 1e3 / stage.instructions;
            cells.push(Some(stage.instructions));
            cells.push((stage.instructions > 0.0).then_some(per_insn));
        }
        cells.extend([
            Some(translating),
            Some(translating / cpu_milliseconds),
            mips,
        ]);
        cells
    };
    let mut all = [Stage::default(); 3];
    for own in figures {
        grid.row(
            &own.case,
            row(own.stages(), own.cpu_milliseconds, own.interpreter_mips),
        );
        for (sum, stage) in all.iter_mut().zip(own.stages()) {
            sum.instructions += stage.instructions;
            sum.milliseconds += stage.milliseconds;
        }
    }
    let cpu = figures.iter().map(|own| own.cpu_milliseconds).sum();
    let mips: Vec<f64> = figures
        .iter()
        .filter_map(|own| own.interpreter_mips)
        .collect();
    let mips = (!mips.is_empty()).then(|| geometric_mean(&mips));
    grid.row("all, MIPS as geometric mean", row(all, cpu, mips));
    grid.to_string()
}
