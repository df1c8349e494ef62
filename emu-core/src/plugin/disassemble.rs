//! Disassembly on demand, through capstone.
//!
//! A handle of capstone's serves one thread, so each thread that asks has its own.

use std::cell::RefCell;

use capstone::Capstone;
use capstone::arch::riscv::{ArchExtraMode, ArchMode};
use capstone::arch::{BuildsCapstone as _, BuildsCapstoneExtraMode as _};

thread_local! {
    /// `None`: not asked yet; `Some(None)`: capstone refused.
    static HANDLE: RefCell<Option<Option<Capstone>>> = const { RefCell::new(None) };
}

/// The text of an instruction: mnemonic, a space, operands. What capstone does not know, and
/// guests that it does not know (`guest` is the name of one), become the assembler's `.insn`
/// directive.
#[must_use]
pub fn disassemble(guest: &str, pc: u64, bits: u32, length: u8) -> String {
    let bytes = bits.to_le_bytes();
    let bytes = &bytes[..usize::from(length).min(bytes.len())];
    let text = HANDLE.with_borrow_mut(|handle| {
        let capstone = handle.get_or_insert_with(|| open(guest)).as_ref()?;
        let instructions = capstone.disasm_count(bytes, pc, 1).ok()?;
        let instruction = instructions.first()?;
        let mnemonic = instruction.mnemonic()?;
        Some(match instruction.op_str() {
            None | Some("") => mnemonic.to_owned(),
            Some(operands) => format!("{mnemonic} {operands}"),
        })
    });
    text.unwrap_or_else(|| {
        let digits = bytes.len() * 2;
        format!(".insn 0x{bits:0digits$x}")
    })
}

/// Assembly of host code, a line each, addresses counted from its start.
///
/// # Errors
///
/// When capstone cannot be set up for the host.
pub fn disassemble_host(code: &[u8]) -> Result<String, capstone::Error> {
    let capstone = Capstone::new()
        .x86()
        .mode(capstone::arch::x86::ArchMode::Mode64)
        .build()?;
    let mut text = String::new();
    for instruction in capstone.disasm_all(code, 0)?.iter() {
        let (mnemonic, operands) = (instruction.mnemonic(), instruction.op_str());
        text.push_str(&format!(
            "  {:5x}: {} {}\n",
            instruction.address(),
            mnemonic.unwrap_or_default(),
            operands.unwrap_or_default()
        ));
    }
    Ok(text)
}

fn open(guest: &str) -> Option<Capstone> {
    match guest {
        "riscv64" => Capstone::new()
            .riscv()
            .mode(ArchMode::RiscV64)
            .extra_mode([ArchExtraMode::RiscVC].into_iter())
            .build()
            .ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_text() {
        for (bits, length, expected) in [
            (0x0015_0513, 4, "addi a0, a0, 1"),
            (0x0000_8082, 2, "c.jr ra"),
            (0x0000_0505, 2, "c.addi a0, 1"),
            (0x02a5_f553, 4, "fadd.d fa0, fa1, fa0"),
            (0xffff_ffff, 4, ".insn 0xffffffff"),
            (0x0000_0000, 2, "c.unimp"),
        ] {
            assert_eq!(disassemble("riscv64", 0x1000, bits, length), expected);
        }
    }
}
