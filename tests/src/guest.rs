//! The guest programs of `tests/guest`: which there are and how they are built.
//!
//! The freestanding ones are committed in built form, so that no test needs a cross compiler; the test `guest_build`
//! builds them anew, where the compiler is the one they were built with, and compares. `build-guest` replaces them.
//! Programs that need a C library are built when they are needed ([`build_with_libc`]).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};

use crate::tools;

const COMMON_FLAGS: &[&str] = &[
    "-nostdlib",
    "-static",
    "-no-pie",
    "-O2",
    "-mabi=lp64d",
    "-ffreestanding",
    "-fno-builtin",
    "-fno-pic",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-ffunction-sections",
    "-fdata-sections",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wl,--gc-sections,--build-id=none,-z,max-page-size=4096",
];

/// The folder of the sources.
pub fn folder() -> PathBuf {
    tools::workspace().join("tests/guest")
}

/// The path of a committed program: `hello`, `conformance/zba`.
pub fn binary(name: &str) -> PathBuf {
    folder().join("bin").join(name)
}

/// The names of all committed conformance programs, in order.
pub fn conformance() -> Vec<String> {
    let folder = binary("conformance");
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names: BTreeSet<String> = entries
        .map(|entry| {
            entry
                .expect("the folder can be read")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names
        .into_iter()
        .map(|name| format!("conformance/{name}"))
        .collect()
}

/// One freestanding program.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name below `tests/guest/bin`.
    pub name: String,
    sources: Vec<PathBuf>,
    flags: Vec<String>,
}

impl Program {
    /// Builds it to `output`.
    ///
    /// # Errors
    /// If the compiler cannot be run or fails.
    pub fn build(&self, compiler: &str, output: &Path) -> Result<()> {
        let folder = output.parent().context("the output has no folder")?;
        fs::create_dir_all(folder)?;
        // The demo is what users look at through plugins: it keeps its symbols.
        let symbols = if self.name == "demo" {
            "-Wl,--discard-all"
        } else {
            "-s"
        };
        let status = Command::new(compiler)
            .args(COMMON_FLAGS)
            .arg(symbols)
            .args(&self.flags)
            .args(&self.sources)
            .arg("-o")
            .arg(output)
            // Relative source paths: no folder of this machine gets into the program.
            .current_dir(self::folder())
            .status()
            .with_context(|| format!("cannot run {compiler}"))?;
        ensure!(status.success(), "{compiler} failed for {}", self.name);
        Ok(())
    }
}

/// All freestanding programs. Writes the generated conformance sources into `generated`.
///
/// # Errors
/// If a source folder cannot be read, or python3, which generates sources, fails.
pub fn programs(generated: &Path) -> Result<Vec<Program>> {
    let status = Command::new("python3")
        .arg(folder().join("conformance/generate.py"))
        .arg(generated)
        .status()
        .context("cannot run python3, which generates conformance sources")?;
    ensure!(status.success(), "generate.py failed");

    let runtime = ["runtime/start.S", "runtime/guest.c"].map(PathBuf::from);
    let program = |name: String, sources: Vec<PathBuf>, flags: &[&str]| Program {
        name,
        sources,
        flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
    };
    let mut all = Vec::new();
    for (stem, source) in sources("programs")? {
        // Assembly programs stand alone; C ones have the runtime.
        let is_assembly = source.extension().is_some_and(|extension| extension == "S");
        let mut sources = if is_assembly {
            Vec::new()
        } else {
            runtime.to_vec()
        };
        sources.push(source);
        all.push(program(
            stem,
            sources,
            &["-march=rv64gc", "-T", "runtime/guest.ld"],
        ));
    }
    for (stem, source) in sources_in(generated)? {
        let mut sources = runtime.to_vec();
        sources.extend(["conformance/conformance.c".into(), source]);
        let flags = [
            "-march=rv64gc_zba_zbb_zbs",
            "-T",
            "runtime/guest.ld",
            "-Iconformance",
        ];
        all.push(program(format!("conformance/{stem}"), sources, &flags));
    }
    let fp_flags = ["-march=rv64gc", "-mno-relax", "-Wl,-z,norelro", "-Ifp"];
    for (stem, source) in sources("fp/tables")? {
        let sources = ["fp/start.S", "fp/report.c", "fp/check.c"].map(PathBuf::from);
        let sources = sources.into_iter().chain([source]).collect();
        all.push(program(
            format!("conformance/fp-{stem}"),
            sources,
            &fp_flags,
        ));
    }
    // Away from where the fuzzed code and its data lie.
    let fuzz_flags = [
        "-march=rv64gc",
        "-mno-relax",
        "-Wl,-Ttext-segment=0x2a5c3000",
    ];
    all.push(program(
        "fuzz-harness".to_owned(),
        vec!["fuzz/harness.c".into()],
        &fuzz_flags,
    ));
    let registers = ["fp/start.S", "fp/report.c", "fp/registers.S"].map(PathBuf::from);
    all.push(program(
        "conformance/fp-registers".to_owned(),
        registers.to_vec(),
        &fp_flags,
    ));
    // Away from the addresses that random programs like.
    let fuzz_flags = [
        "-march=rv64gc",
        "-mno-relax",
        "-Wl,-Ttext-segment=0x2a5c3000",
    ];
    all.push(program(
        "fuzz-harness".to_owned(),
        vec!["fuzz/harness.c".into()],
        &fuzz_flags,
    ));
    Ok(all)
}

/// The C and assembly sources of a folder below `tests/guest`: name and path relative to `tests/guest`.
fn sources(below: &str) -> Result<Vec<(String, PathBuf)>> {
    let found = sources_in(&folder().join(below))?;
    let relative = |path: PathBuf| {
        path.strip_prefix(folder())
            .map(Path::to_owned)
            .unwrap_or(path)
    };
    Ok(found
        .into_iter()
        .map(|(stem, path)| (stem, relative(path)))
        .collect())
}

fn sources_in(folder: &Path) -> Result<Vec<(String, PathBuf)>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let is_source = path
            .extension()
            .is_some_and(|extension| extension == "c" || extension == "S");
        if let (true, Some(stem)) = (is_source, path.file_stem()) {
            found.push((stem.to_string_lossy().into_owned(), path.clone()));
        }
    }
    found.sort();
    Ok(found)
}

/// The file that says which compiler built the committed programs.
pub fn compiler_note() -> PathBuf {
    folder().join("bin/COMPILER")
}

/// Builds a C program that uses the C library, for the guest, statically.
///
/// # Errors
/// If there is no cross compiler or it fails.
pub fn build_with_libc(source: &Path, output: &Path) -> Result<()> {
    let Some(compiler) = tools::cross_compiler() else {
        bail!("no riscv64 cross compiler")
    };
    let status = Command::new(compiler)
        .args(["-O2", "-march=rv64gc", "-static", "-ffp-contract=off", "-o"])
        .arg(output)
        .arg(source)
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
