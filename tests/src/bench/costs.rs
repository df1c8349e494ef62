//! What instrumentation costs: the benchmark programs under `emu` plain and with one plugin after the other, in alternation.
//!
//! A figure is the processor time with the plugin over that of the plain run, each the least of the rounds: whatever disturbs
//! a run only adds to it. The fixture plugin `costs` registers one thing at one kind of point, as its `mode` says; `count` and
//! `howvec` are the built-in plugins.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use comfy_table::{CellAlignment, Table, presets};

use super::case::progress;
use super::{Options, contender, measure, programs};
use crate::tools;

/// Those that differ most in what they instrument, used unless others are asked for.
const PROGRAMS: &[&str] = &[
    "aes-tables",
    "atomics",
    "binary-trees",
    "fft",
    "hash-table",
    "matrix-int",
    "recursive-calls",
    "sha256",
    "sort",
    "string-search",
    "switch-interpreter",
    "virtual-calls",
];

/// Modes of the fixture, and plugins.
const MODES: &[&str] = &[
    "nothing",
    "block-add",
    "block-call",
    "block-opaque",
    "insn-add",
    "insn-call",
    "insn-opaque",
    "access-add",
    "access-call",
    "access-filter",
    "access-opaque",
    "trace",
    "cache",
];
const PLUGINS: &[&str] = &["count", "howvec"];

/// Measures all of it and prints the table.
pub(super) fn main(options: &Options) -> Result<()> {
    let programs = programs::build(|name| match options.only.is_empty() {
        true => PROGRAMS.contains(&name),
        false => options.wants(name),
    })?;
    let columns = columns(options)?;
    let mut rows = Vec::new();
    for program in &programs {
        let mut plain = f64::INFINITY;
        let mut times = vec![f64::INFINITY; columns.len()];
        for round in 0..options.rounds {
            progress(&format!(
                "{} {}/{}",
                program.name,
                round + 1,
                options.rounds
            ));
            let run = |plugin: Option<&str>| -> Result<measure::Run> {
                let mut command = Command::new(tools::emu());
                command.args(contender::emu_args(options));
                if let Some(plugin) = plugin {
                    command.args(["--report-file", "/dev/null", "--plugin", plugin]);
                }
                command.arg("--").arg(&program.guest);
                let run = measure::run(command.arg(options.scale.to_string()))?;
                ensure!(
                    run.success,
                    "{} failed with {}: {}",
                    program.name,
                    plugin.unwrap_or("no plugin"),
                    run.text()
                );
                Ok(run)
            };
            let expected = run(None)?;
            plain = plain.min(expected.sample.cpu_seconds);
            for ((name, plugin), time) in columns.iter().zip(&mut times) {
                let run = run(Some(plugin))?;
                ensure!(
                    run.stdout == expected.stdout,
                    "{} with {name} printed {:?}",
                    program.name,
                    run.text()
                );
                *time = time.min(run.sample.cpu_seconds);
            }
        }
        let slowdowns: Vec<f64> = times.iter().map(|time| time / plain).collect();
        rows.push((program.name.clone(), plain, slowdowns));
    }
    progress("");
    println!("{}", table(&columns, &rows));
    Ok(())
}

/// Heading and plugin of each column: those of the `--plugin`s given, or else all.
fn columns(options: &Options) -> Result<Vec<(String, String)>> {
    let named = |name: &str| (name.to_owned(), name.to_owned());
    let fixture = fixture()?;
    let mode = |mode: &str| {
        let plugin = format!("{},mode={mode}", fixture.display());
        (mode.to_owned(), plugin)
    };
    if options.plugins.is_empty() {
        let modes = MODES.iter().map(|name| mode(name));
        return Ok(modes
            .chain(PLUGINS.iter().map(|name| named(name)))
            .collect());
    }
    let plugins = options.plugins.iter().map(|name| {
        if MODES.contains(&name.as_str()) {
            mode(name)
        } else {
            named(name)
        }
    });
    Ok(plugins.collect())
}

/// Builds the fixture with optimisation, whatever the profile of this program.
fn fixture() -> Result<PathBuf> {
    let target = tools::build_folder("fixtures")?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--release", "--package"])
        .args(["emu-fixture-costs", "--target-dir"])
        .arg(&target)
        .current_dir(tools::workspace())
        .status()
        .context("cannot run cargo")?;
    ensure!(
        status.success(),
        "cargo build -p emu-fixture-costs has failed"
    );
    Ok(target.join("release/libemu_fixture_costs.so"))
}

/// One row for each program, and a last one with geometric means.
fn table(columns: &[(String, String)], rows: &[(String, f64, Vec<f64>)]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let headings = ["program", "plain, s"].map(str::to_owned);
    table.set_header(
        headings
            .into_iter()
            .chain(columns.iter().map(|(name, _)| name.clone())),
    );
    let cells = |name: &str, plain: String, values: &[f64]| -> Vec<String> {
        let values = values.iter().map(|value| format!("{value:.2}"));
        [name.to_owned(), plain].into_iter().chain(values).collect()
    };
    for (name, plain, slowdowns) in rows {
        table.add_row(cells(name, format!("{plain:.2}"), slowdowns));
    }
    let means: Vec<f64> = (0..columns.len())
        .map(|column| {
            let logarithms = rows.iter().map(|(_, _, slowdowns)| slowdowns[column].ln());
            (logarithms.sum::<f64>() / rows.len() as f64).exp()
        })
        .collect();
    table.add_row(cells("geometric mean", String::new(), &means));
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}
