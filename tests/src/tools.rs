//! The programs of this machine that tests and benchmark use.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use anyhow::{Context as _, Result, bail, ensure};

/// The workspace's folder.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the workspace")
}

/// The profile folder (`target/debug`, `target/release`) that the running program was built into.
fn profile_folder() -> Result<PathBuf> {
    let own = env::current_exe().context("cannot find this program's own path")?;
    let mut folder = own.parent().context("this program's path has no folder")?;
    if folder.ends_with("deps") || folder.ends_with("examples") {
        folder = folder.parent().context("the deps folder has no parent")?;
    }
    Ok(folder.to_owned())
}

/// A folder below `target` for what the tests and the benchmark build.
pub fn build_folder(name: &str) -> Result<PathBuf> {
    let profile = profile_folder()?;
    let target = profile
        .parent()
        .context("the profile's folder has no parent")?;
    let folder = target.join("emu-tests").join(name);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

/// The `emu` binary: `$EMU_BIN`, or else built by cargo, once for each process, in the profile of the running program.
pub fn emu() -> &'static Path {
    static EMU: OnceLock<PathBuf> = OnceLock::new();
    EMU.get_or_init(|| find_emu().expect("the emu binary is needed"))
}

fn find_emu() -> Result<PathBuf> {
    if let Some(path) = env::var_os("EMU_BIN") {
        let path = PathBuf::from(path);
        ensure!(path.is_file(), "$EMU_BIN is no file: {}", path.display());
        return Ok(path);
    }
    let folder = profile_folder()?;
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        Some("debug") => "dev",
        Some(profile) => profile,
        None => bail!("{} does not name a profile", folder.display()),
    };
    let target = folder
        .parent()
        .context("the profile's folder has no parent")?;
    let status = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--quiet",
            "--package",
            "emu-cli",
            "--profile",
            profile,
            "--target-dir",
        ])
        .arg(target)
        .current_dir(workspace())
        .status()
        .context("cannot run cargo")?;
    ensure!(status.success(), "cargo build -p emu-cli failed");
    Ok(folder.join("emu"))
}

/// The compiler for freestanding and glibc guest programs: `$RISCV64_CC`, or Debian's cross compiler.
pub fn cross_compiler() -> Option<&'static str> {
    static FOUND: OnceLock<Option<String>> = OnceLock::new();
    FOUND
        .get_or_init(|| {
            let name =
                env::var("RISCV64_CC").unwrap_or_else(|_| "riscv64-linux-gnu-gcc".to_owned());
            first_line(&name, "--version").map(|_| name)
        })
        .as_deref()
}

/// The first line that `program argument` prints, if the program can be run.
pub fn first_line(program: impl AsRef<OsStr>, argument: &str) -> Option<String> {
    let output = Command::new(program)
        .arg(argument)
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout);
    output
        .status
        .success()
        .then(|| text.lines().next().unwrap_or_default().to_owned())
}

/// An installed `qemu-riscv64`.
#[derive(Debug, Clone)]
pub struct Qemu {
    /// Its executable.
    pub path: PathBuf,
    /// Its version, such as `7.2.22`.
    pub version: String,
}

impl Qemu {
    fn at(path: PathBuf) -> Option<Self> {
        let line = first_line(&path, "--version")?;
        let version = line.split_whitespace().nth(2)?.to_owned();
        Some(Self { path, version })
    }
}

/// Every QEMU to compare with: the one in `$PATH`, then those of the colon-separated `$EMU_BENCH_QEMU`.
pub fn qemus() -> &'static [Qemu] {
    static FOUND: OnceLock<Vec<Qemu>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let path = env::var_os("PATH").unwrap_or_default();
        let in_path = env::split_paths(&path)
            .flat_map(|folder| {
                ["qemu-riscv64", "qemu-riscv64-static"].map(|name| folder.join(name))
            })
            .find(|candidate| candidate.is_file());
        let more = env::var_os("EMU_BENCH_QEMU").unwrap_or_default();
        let more = env::split_paths(&more).filter(|path| !path.as_os_str().is_empty());
        in_path
            .into_iter()
            .chain(more)
            .filter_map(Qemu::at)
            .collect()
    })
}

/// The folder of a Debian riscv64 root (`$EMU_RISCV64_ROOT`), which `tests/scripts/riscv64-root` makes.
pub fn riscv64_root() -> Option<PathBuf> {
    env::var_os("EMU_RISCV64_ROOT").map(PathBuf::from)
}

/// Says on standard error that a test, or a part of it, does not run.
pub fn skipped(what: &str, why: &str) {
    eprintln!("skipped: {what}: {why}");
}
