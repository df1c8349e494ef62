//! The benchmark programs, built for guest and host from the same sources with the same compiler options.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};

use super::case::{self, Case, Results};
use super::{Options, contender};
use crate::tools;

/// Measures the programs that are wanted.
pub(super) fn measure(options: &Options) -> Result<Results> {
    let cases = cases(options)?;
    case::measure("Programs", options, &cases, &contender::all(options, true))
}

/// The programs that are wanted, built.
pub(super) fn cases(options: &Options) -> Result<Vec<Case>> {
    let scale = options.scale.to_string();
    let programs = build(|name| options.wants(name))?;
    let case = |program: Program| Case {
        name: program.name,
        group: program.group,
        guest: program.guest,
        native: Some(program.native),
        args: vec![scale.clone().into()],
    };
    Ok(programs.into_iter().map(case).collect())
}

/// A program, built twice.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) name: String,
    /// The line `// Group: …` of its source.
    pub(super) group: Option<String>,
    pub(super) guest: PathBuf,
    pub(super) native: PathBuf,
}

fn folder() -> PathBuf {
    tools::workspace().join("tests/bench/programs")
}

/// The names of all programs, in order.
pub(super) fn names() -> Result<Vec<String>> {
    let folder = folder();
    let mut names = Vec::new();
    for entry in folder
        .read_dir()
        .with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("c")) {
            names.extend(
                path.file_stem()
                    .map(|stem| stem.to_string_lossy().into_owned()),
            );
        }
    }
    names.sort();
    Ok(names)
}

/// Builds the programs that are wanted.
pub(super) fn build(wanted: impl Fn(&str) -> bool) -> Result<Vec<Program>> {
    let cross = tools::cross_compiler().context(
        "the benchmark programs need riscv64-linux-gnu-gcc (package gcc-riscv64-linux-gnu)",
    )?;
    let output = tools::build_folder("bench")?;
    let selected = names()?.into_iter().filter(|name| wanted(name));
    selected
        .map(|name| {
            let guest = output.join(format!("{name}.riscv64"));
            let native = output.join(format!("{name}.native"));
            compile(cross, &["-static", "-march=rv64gc"], &name, &guest)?;
            compile("gcc", &[], &name, &native)?;
            Ok(Program {
                group: group(&name)?,
                name,
                guest,
                native,
            })
        })
        .collect()
}

fn group(name: &str) -> Result<Option<String>> {
    let path = source(name);
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("// Group: "));
    Ok(line.map(|name| name.trim_end_matches('.').to_owned()))
}

fn source(name: &str) -> PathBuf {
    folder().join(format!("{name}.c"))
}

/// Compiles one program unless the output is newer than its source. No contraction into fused multiply-add: hosts without
/// one would compute something else.
fn compile(compiler: &str, flags: &[&str], name: &str, output: &Path) -> Result<()> {
    let source = source(name);
    let modified = |path: &Path| {
        path.metadata()
            .and_then(|data| data.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    if modified(output) > modified(&source).max(modified(&folder().join("bench.h"))) {
        return Ok(());
    }
    let status = Command::new(compiler)
        .args(["-O2", "-ffp-contract=off"])
        .args(flags)
        .arg("-o")
        .arg(output)
        .arg(&source)
        .arg("-lm")
        .status()
        .with_context(|| format!("cannot run {compiler}"))?;
    ensure!(
        status.success(),
        "{compiler} failed for {}",
        source.display()
    );
    Ok(())
}
