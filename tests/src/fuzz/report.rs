//! Shows a program: disassembly and the registers it starts with.

use std::fmt::Write as _;

use capstone::arch::riscv::{ArchExtraMode, ArchMode};
use capstone::prelude::*;
use emu_tcg::guest::riscv64::slots::SLOTS;

use super::program::Program;

/// A program, for people.
#[must_use]
pub fn show(program: &Program) -> String {
    let mut out = format!("{:?}\n", program.config);
    disassemble(program, &mut out);
    for (number, value) in program.x.iter().chain(&program.f).enumerate() {
        if *value != 0 {
            line(
                &mut out,
                format_args!("{:>5} = {value:#x}", SLOTS[number].name),
            );
        }
    }
    line(&mut out, format_args!(" fcsr = {:#x}", program.fcsr));
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    writeln!(out, "{text}").expect("writing to a string");
}

fn disassemble(program: &Program, out: &mut String) {
    let capstone = Capstone::new()
        .riscv()
        .mode(ArchMode::RiscV64)
        .extra_mode([ArchExtraMode::RiscVC].into_iter())
        .build();
    let code = program.code();
    let mut at = 0;
    while at < code.len() {
        let len = if code[at] & 3 == 3 { 4 } else { 2 };
        let bytes = &code[at..code.len().min(at + len)];
        let address = program.start + at as u64;
        let text = capstone.as_ref().ok().and_then(|capstone| {
            let list = capstone.disasm_count(bytes, address, 1).ok()?;
            let insn = list.iter().next()?;
            Some(format!(
                "{} {}",
                insn.mnemonic()?,
                insn.op_str().unwrap_or_default()
            ))
        });
        let bits = bytes
            .iter()
            .rev()
            .fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte));
        line(
            out,
            format_args!(
                "{address:#x}: {bits:0width$x}  {}",
                text.as_deref().unwrap_or("?"),
                width = 2 * len
            ),
        );
        at += len;
    }
}
