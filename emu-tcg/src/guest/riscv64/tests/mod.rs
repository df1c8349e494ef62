//! Tests of the front end, as specifications: what is recognised, where blocks end, what IR
//! instructions become.

mod blocks;
mod encodings;
mod golden;
mod translation;

use crate::guest::{DecodedBlock, Fetch, Guest};
use crate::ir;
use crate::probe::Probes;

use super::{RISCV64, mode};

/// Assembler output, one instruction per line: bits in hexadecimal, then the source.
const ENCODINGS: &str = include_str!("encodings.txt");

/// Bits, mnemonic and operands of each line of [`ENCODINGS`].
fn encodings() -> impl Iterator<Item = (u32, &'static str, &'static str)> {
    ENCODINGS.lines().map(|line| {
        let (bits, source) = line.split_once(' ').expect("bits, then source");
        let source = source.trim();
        let (mnemonic, operands) = source.split_once(' ').unwrap_or((source, ""));
        (
            u32::from_str_radix(bits, 16).expect("hexadecimal"),
            mnemonic,
            operands,
        )
    })
}

/// Memory that holds code at `start` and nothing else.
struct Code {
    start: u64,
    bytes: Vec<u8>,
}

impl Code {
    /// Instructions, each of 2 or 4 bytes as its lowest bits say.
    fn new(start: u64, insns: &[u32]) -> Code {
        let mut bytes = Vec::new();
        for insn in insns {
            let len = if insn & 3 == 3 { 4 } else { 2 };
            bytes.extend_from_slice(&insn.to_le_bytes()[..len]);
        }
        Code { start, bytes }
    }

    fn decode(&self, mode: u32) -> DecodedBlock {
        RISCV64.decode_block(self, self.start, mode, 64)
    }
}

impl Fetch for Code {
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let Some(offset) = pc.checked_sub(self.start) else {
            return false;
        };
        let Some(bytes) = self.bytes.get(offset as usize..offset as usize + buf.len()) else {
            return false;
        };
        buf.copy_from_slice(bytes);
        true
    }
}

/// Decodes and translates instructions as one block at 0x10000.
fn translate(insns: &[u32]) -> ir::Block {
    translate_in(mode::NEAREST, insns)
}

fn translate_in(mode: u32, insns: &[u32]) -> ir::Block {
    RISCV64.translate(&Code::new(0x10000, insns).decode(mode), Probes::default())
}

/// A small random number generator (xorshift), so that failures repeat.
struct Random(u64);

impl Random {
    fn new() -> Random {
        Random(0x9e37_79b9_7f4a_7c15)
    }

    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as u32
    }
}
