//! Builds the freestanding guest programs into `tests/guest/bin`.

use anyhow::{Context as _, Result};
use emu_tests::{guest, tools};

fn main() -> Result<()> {
    let compiler = tools::cross_compiler()
        .context("needs riscv64-linux-gnu-gcc, or another one in $RISCV64_CC")?;
    let generated = tempfile::tempdir()?;
    for program in guest::programs(generated.path())? {
        program.build(compiler, &guest::binary(&program.name))?;
    }
    let version = tools::first_line(compiler, "--version").unwrap_or_default();
    std::fs::write(guest::compiler_note(), version + "\n")?;
    Ok(())
}
