//! Golden files: the IR of every instruction in `encodings.txt`, and of whole blocks.

use std::fmt::Write;

use insta::assert_snapshot;

use super::{encodings, mode, translate, translate_in};
use crate::guest::riscv64::RISCV64;
use crate::ir::verify::verify;

#[test]
fn instructions() {
    let mut text = String::new();
    for (bits, mnemonic, operands) in encodings() {
        writeln!(text, "{}", format!("{mnemonic} {operands}").trim_end())
            .expect("strings take everything");
        let block = translate(&[bits]).display(&RISCV64).to_string();
        let next = if mnemonic.starts_with("c.") {
            "0x10002"
        } else {
            "0x10004"
        };
        for line in block.lines().filter(|line| line.starts_with("    ")) {
            if line.trim() != format!("jump {next}") {
                writeln!(text, "{line}").expect("strings take everything");
            }
        }
    }
    assert_snapshot!(text);
}

#[test]
fn a_loop() {
    assert_snapshot!(
        translate(&[
            0x0005_c783, // lbu a5, 0(a1)
            0x0585,      // c.addi a1, 1
            0x9d3d,      // c.addw a0, a5
            0xffe5,      // c.bnez a5, .-8
        ])
        .display(&RISCV64)
    );
}

#[test]
fn a_far_call() {
    assert_snapshot!(
        translate(&[
            0x0001_2537, // lui a0, 0x12
            0x3455_0513, // addi a0, a0, 0x345
            0x0000_1097, // auipc ra, 0x1
            0x0100_80e7, // jalr ra, 16(ra)
        ])
        .display(&RISCV64)
    );
}

#[test]
fn everything_verifies_in_every_mode() {
    let long = encodings().map(|(bits, _, _)| bits);
    let compressed = (0..=0xffff).filter(|bits| bits & 3 != 3);
    for insn in long.chain(compressed) {
        for mode in [
            mode::NEAREST,
            mode::DYNAMIC,
            mode::NEAREST_AWAY,
            mode::RESERVED,
        ] {
            let block = translate_in(mode, &[insn]);
            if let Err(errors) = verify(&block, &RISCV64) {
                panic!("{insn:08x}: {errors:?}\n{}", block.display(&RISCV64));
            }
        }
    }
}
