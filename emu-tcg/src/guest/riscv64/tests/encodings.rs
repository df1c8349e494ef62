//! The decode tables: every encoding has its one row, and its operands are where the row shows.

use std::collections::BTreeMap;

use super::{Code, Random, encodings};
use crate::guest::Guest;
use crate::guest::riscv64::decode::operands::Operands;
use crate::guest::riscv64::decode::{ROWS, Row, UNKNOWN, is_long, lookup};
use crate::guest::riscv64::{RISCV64, mode};

/// The bits that instructions of this row's length have.
fn width_mask(row: &Row) -> u32 {
    if row.pattern.width == 16 {
        0xffff
    } else {
        u32::MAX
    }
}

#[test]
fn the_assembler_and_the_tables_agree() {
    for (bits, mnemonic, operands) in encodings() {
        // Ordering bits are operands here, and part of the name there.
        let name = mnemonic.trim_end_matches(".aq").trim_end_matches(".rl");
        let name = name.trim_end_matches(".aqrl");
        let name = if name == "fence.tso" { "fence" } else { name };
        let block = Code::new(0x1000, &[bits]).decode(mode::NEAREST);
        let insn = &block.insns[0];
        assert_eq!(
            RISCV64.mnemonic(insn),
            name,
            "{bits:08x} {mnemonic} {operands}"
        );
        assert_eq!(insn.bits, bits);
        assert_eq!(insn.len, if mnemonic.starts_with("c.") { 2 } else { 4 });
    }
}

#[test]
fn every_row_is_seen_by_the_assembler() {
    let missing: Vec<_> = (0..ROWS.len())
        .filter(|&row| !encodings().any(|(bits, _, _)| usize::from(lookup(bits)) == row))
        .map(|row| ROWS[row].mnemonic)
        .collect();
    assert!(
        missing.is_empty(),
        "add these to encodings.txt: {missing:?}"
    );
}

#[test]
fn at_most_one_row_matches_a_compressed_encoding() {
    for bits in (0..=u32::from(u16::MAX)).filter(|&bits| !is_long(bits as u16)) {
        let matching: Vec<_> = ROWS
            .iter()
            .filter(|row| row.pattern.width == 16 && row.pattern.matches(bits))
            .map(|row| row.mnemonic)
            .collect();
        assert!(matching.len() <= 1, "{bits:04x}: {matching:?}");
        assert_eq!(
            lookup(bits) != UNKNOWN,
            matching.len() == 1,
            "{bits:04x}: {matching:?}"
        );
    }
}

#[test]
fn no_two_rows_overlap() {
    let mut random = Random::new();
    let long: Vec<_> = ROWS.iter().filter(|row| row.pattern.width == 32).collect();
    for (n, a) in long.iter().enumerate() {
        for b in &long[n + 1..] {
            let common = a.pattern.mask & b.pattern.mask;
            if (a.pattern.value ^ b.pattern.value) & common != 0 {
                continue;
            }
            // Their fixed bits agree, so what one excludes must keep them apart.
            for _ in 0..1000 {
                let free = random.next() & !(a.pattern.mask | b.pattern.mask);
                let bits = a.pattern.value | b.pattern.value | free;
                assert!(
                    !(a.pattern.matches(bits) && b.pattern.matches(bits)),
                    "{bits:08x} is both {} and {}",
                    a.mnemonic,
                    b.mnemonic
                );
            }
        }
    }
}

#[test]
fn every_row_is_found_whatever_its_operands() {
    let mut random = Random::new();
    for (n, row) in ROWS.iter().enumerate() {
        for _ in 0..500 {
            let free = random.next() & !row.pattern.mask & width_mask(row);
            let bits = row.pattern.value | free;
            if row.pattern.matches(bits) {
                let found = lookup(bits);
                assert_eq!(usize::from(found), n, "{bits:08x} is {}", row.mnemonic);
            }
        }
    }
}

/// A field of a pattern, put together from its pieces.
#[derive(Default)]
struct Field {
    value: u32,
    highest_bit: u32,
}

/// Reads the fields that a row's pattern shows, slowly and straight from its text.
fn fields(row: &Row, bits: u32) -> BTreeMap<String, Field> {
    let mut fields = BTreeMap::<String, Field>::new();
    let mut low = row.pattern.width;
    for token in row.text.split_whitespace() {
        if token.starts_with(['0', '1']) {
            low -= token.len() as u32;
            continue;
        }
        let name_end = token.find(['!', ':', '[']).expect("a field has a width");
        let width_at = token.find([':', '[']).expect("a field has a width");
        let name = &token[..name_end];
        let scattered = token[width_at..]
            .strip_prefix('[')
            .and_then(|t| t.strip_suffix(']'));
        // As ranges of bits of the field, both ends included.
        let slices: Vec<(u32, u32)> = match scattered {
            Some(slices) => slices
                .split('|')
                .map(|slice| {
                    let (high, low) = slice.split_once(':').unwrap_or((slice, slice));
                    (
                        high.parse().expect("a bit number"),
                        low.parse().expect("a bit number"),
                    )
                })
                .collect(),
            None => {
                let width: u32 = token[width_at + 1..].parse().expect("a width");
                vec![(width - 1, 0)]
            }
        };
        for (to_high, to_low) in slices {
            let width = to_high - to_low + 1;
            low -= width;
            let piece = (u64::from(bits) >> low & ((1 << width) - 1)) as u32;
            for name in name.split('/') {
                let field = fields.entry(name.to_owned()).or_default();
                field.value |= piece << to_low;
                field.highest_bit = field.highest_bit.max(to_high);
            }
        }
    }
    assert_eq!(low, 0, "{}", row.text);
    fields
}

#[test]
fn formats_agree_with_the_fields_that_patterns_show() {
    let mut random = Random::new();
    for row in &ROWS {
        for _ in 0..200 {
            let free = random.next() & !row.pattern.mask & width_mask(row);
            let bits = row.pattern.value | free;
            let operands = row.format.operands(bits);
            for (name, field) in fields(row, bits) {
                let shift = 31 - field.highest_bit;
                let expected = match name.as_str() {
                    "imm" => i64::from((field.value << shift) as i32 >> shift),
                    "rd'" | "rs1'" | "rs2'" => i64::from(8 + field.value),
                    _ => i64::from(field.value),
                };
                let Operands {
                    rd,
                    rs1,
                    rs2,
                    rs3,
                    funct3,
                    imm,
                } = operands;
                let actual = match name.as_str() {
                    "rd" | "rd'" => i64::from(rd),
                    "rs1" | "rs1'" | "zimm" => i64::from(rs1),
                    "rs2" | "rs2'" => i64::from(rs2),
                    "rs3" => i64::from(rs3),
                    "rm" => i64::from(funct3),
                    "imm" | "uimm" | "shamt" | "csr" => imm,
                    // Nothing looks at these, or only at some of their bits.
                    "aq" | "rl" | "fence" => continue,
                    _ => panic!("unknown field {name} in {}", row.text),
                };
                assert_eq!(actual, expected, "{name} of {bits:08x} {}", row.mnemonic);
            }
        }
    }
}

#[test]
fn reserved_encodings_have_no_row() {
    for (bits, why) in [
        (0x0000_0000, "all zeros"),
        (0xffff_ffff, "all ones"),
        (0x0000_0004, "c.addi4spn with immediate 0"),
        (0x0000_2001, "c.addiw with rd x0"),
        (0x0000_6101, "c.addi16sp with immediate 0"),
        (0x0000_6501, "c.lui with immediate 0"),
        (0x0000_4002, "c.lwsp with rd x0"),
        (0x0000_6002, "c.ldsp with rd x0"),
        (0x0000_8002, "c.jr with rs1 x0"),
        (0x0000_9c41, "100111…10…01"),
        (0x0000_8000, "quadrant 0, funct3 100"),
        (0x0000_001f, "longer than 32 bits"),
        (0x0205_951b, "slliw by more than 31"),
        (
            0x1010_252f,
            "lr.w with rs2 other than x0, were it not for sc",
        ),
        (0x1020_0073, "sret"),
        (0x3020_0073, "mret"),
        (0x1050_0073, "wfi"),
        (0x0000_4073, "system with funct3 100"),
    ] {
        assert_eq!(lookup(bits), UNKNOWN, "{bits:08x}: {why}");
    }
}

#[test]
fn reserved_fields_of_fences_are_ignored() {
    for (bits, name) in [
        (0x0ff0_000f, "fence"),
        (0x0ff5_850f, "fence"),
        (0x8330_000f, "fence"),
        (0x0000_000f, "fence"),
        (0x0100_000f, "pause"),
        (0x0000_100f, "fence.i"),
        (0x0015_950f, "fence.i"),
    ] {
        assert_eq!(ROWS[usize::from(lookup(bits))].mnemonic, name, "{bits:08x}");
    }
}
