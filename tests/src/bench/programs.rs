//! The benchmark programs, built for guest and host from the same sources with the same compiler options.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};

use crate::tools;

/// A program, built twice.
#[derive(Debug, Clone)]
pub(super) struct Program {
    pub(super) name: String,
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

/// Builds the programs of these names, or all.
pub(super) fn build(wanted: &[String]) -> Result<Vec<Program>> {
    let names = names()?;
    for name in wanted {
        ensure!(
            names.contains(name),
            "there is no benchmark program `{name}`; --list names them all"
        );
    }
    let cross = tools::cross_compiler().context(
        "the benchmark programs need riscv64-linux-gnu-gcc (package gcc-riscv64-linux-gnu)",
    )?;
    let output = tools::build_folder("bench")?;
    let selected = names
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name));
    selected
        .map(|name| {
            let guest = output.join(format!("{name}.riscv64"));
            let native = output.join(format!("{name}.native"));
            compile(cross, &["-static", "-march=rv64gc"], &name, &guest)?;
            compile("gcc", &[], &name, &native)?;
            Ok(Program {
                name,
                guest,
                native,
            })
        })
        .collect()
}

/// Compiles one program unless the output is newer than its source. No contraction into fused multiply-add: hosts without
/// one would compute something else.
fn compile(compiler: &str, flags: &[&str], name: &str, output: &Path) -> Result<()> {
    let source = folder().join(format!("{name}.c"));
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
