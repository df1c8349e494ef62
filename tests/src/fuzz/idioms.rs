//! How programs count, reverse and swap bits by shifts, masks and sums, right and slightly wrong: compilers
//! know such chains, and must not take one for another. And single operations on integers.

use super::random::Random;

/// Reads the source, writes the others.
pub struct Registers {
    /// Whose bits.
    pub source: u32,
    /// Becomes the result.
    pub value: u32,
    /// For what is between.
    pub temps: [u32; 3],
}

/// `funct7` and `funct3` of register operations, at their places.
const ADD: u32 = 0x33;
const SUB: u32 = 0x4000_0033;
const AND: u32 = 0x7033;
const OR: u32 = 0x6033;
const XOR: u32 = 0x4033;
const MUL: u32 = 0x0200_0033;
/// Of immediate operations.
const ADDI: u32 = 0x13;
const ANDI: u32 = 0x7013;
const SLLI: u32 = 0x1013;
const SRLI: u32 = 0x5013;
/// What makes these operations of words.
const WORD: u32 = 8;

/// Masks of alternating runs: 1, 2, 4, 8, 16 and 32 bits long.
const MASKS: [u64; 6] = [
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x0f0f_0f0f_0f0f_0f0f,
    0x00ff_00ff_00ff_00ff,
    0x0000_ffff_0000_ffff,
    0x0000_0000_ffff_ffff,
];
const BYTES: u64 = 0x0101_0101_0101_0101;

/// Registers that hold masks, or nearly, and are never written: what loops find there.
pub const HELD_MASKS: [(u32, u64); 3] = [(20, MASKS[0]), (21, MASKS[1]), (28, MASKS[2])];

/// An operation on integers, now and then with a register that is never written.
pub fn computation(random: &mut Random, rd: u32, rs1: u32, rs2: u32) -> u32 {
    let rs2 = match random.chance(30) {
        true => random.pick(&HELD_MASKS).0,
        false => rs2,
    };
    let funct3 = random.below(8) as u32;
    // Sums, products and quotients, of words where there are such.
    let (funct7, words): (u32, &[u32]) = match random.below(4) {
        0 => (0, &[0, 1, 5]),
        1 if matches!(funct3, 0 | 5) => (0x20, &[0, 5]),
        1 => (0, &[0, 1, 5]),
        _ => (1, &[0, 4, 5, 6, 7]),
    };
    let word = if words.contains(&funct3) && random.chance(40) {
        WORD
    } else {
        0
    };
    ADD | word | funct7 << 25 | funct3 << 12 | rd << 7 | rs1 << 15 | rs2 << 20
}

struct Chain<'a> {
    random: &'a mut Random,
    registers: Registers,
    /// In per cent: of instructions, those that are changed a little.
    wrong: u64,
    /// Uses masks that registers hold.
    held: bool,
    code: Vec<u32>,
}

/// Instructions of one such computation.
pub fn chain(random: &mut Random, registers: Registers) -> Vec<u32> {
    let wrong = random.pick(&[0, 0, 0, 1, 3, 6]);
    let word = random.chance(40);
    let held = random.chance(40);
    let mut chain = Chain {
        random,
        registers,
        wrong,
        held,
        code: Vec::new(),
    };
    match chain.random.below(5) {
        0 | 1 => chain.count(word),
        2 => chain.reverse_bytes(word),
        3 => chain.swaps(word),
        _ => chain.double_shift(word),
    }
    chain.code
}

impl Chain<'_> {
    fn push(&mut self, bits: u32) {
        let word_allowed = match (bits >> 12 & 7, bits & 0x20) {
            (0, _) => true,
            (1 | 5, 0) => bits >> 25 & 1 == 0,
            _ => false,
        };
        let changed = match self.random.below(4) {
            0 if word_allowed => bits ^ WORD,
            1 => bits ^ (ADD ^ OR),
            2 => bits ^ (ADD ^ XOR),
            // Another amount or register.
            _ => bits ^ 1 << self.random.between(20, 24),
        };
        let is_computation = bits & !WORD & 0x7f == ADD || bits & !WORD & 0x7f == ADDI;
        let wrong = is_computation && self.random.chance(self.wrong);
        self.code.push(if wrong { changed } else { bits });
    }

    fn op(&mut self, op: u32, rd: u32, rs1: u32, rs2: u32) {
        let swapped = matches!(op & !WORD, ADD | AND | OR | XOR | MUL) && self.random.chance(50);
        let (rs1, rs2) = if swapped { (rs2, rs1) } else { (rs1, rs2) };
        self.push(op | rd << 7 | rs1 << 15 | rs2 << 20);
    }

    fn imm(&mut self, op: u32, rd: u32, rs1: u32, imm: u32) {
        self.push(op | rd << 7 | rs1 << 15 | imm << 20);
    }

    /// `value`, in the register that is returned: the one that holds it, or `rd`, as compilers make it, with a wrong bit now and
    /// then.
    fn constant(&mut self, rd: u32, value: u64) -> u32 {
        let held = HELD_MASKS.iter().find(|&&(_, mask)| mask == value);
        if let Some(&(register, _)) = held
            && self.held
        {
            return register;
        }
        let value = if self.random.chance(self.wrong) {
            value ^ 1 << self.random.below(64)
        } else {
            value
        };
        let (low, high) = (value as u32, (value >> 32) as u32);
        if value == low as i32 as u64 {
            self.word(rd, low);
            return rd;
        }
        let temp = self.registers.temps[2];
        // The high half is one more if the low one is negative.
        self.word(temp, low);
        self.word(rd, high.wrapping_add(low >> 31));
        self.code.push(SLLI | rd << 7 | rd << 15 | 32 << 20);
        self.code.push(ADD | rd << 7 | rd << 15 | temp << 20);
        rd
    }

    /// A word, sign-extended: `lui` and `addiw`.
    fn word(&mut self, rd: u32, value: u32) {
        let upper = value.wrapping_add(0x800) & !0xfff;
        self.code.push(0x37 | rd << 7 | upper);
        self.code
            .push(ADDI | WORD | rd << 7 | rd << 15 | (value & 0xfff) << 20);
    }

    /// A constant for words is one, sign-extended or not.
    fn mask(&mut self, word: bool, mask: u64) -> u64 {
        match word {
            true if self.random.chance(80) => mask as i32 as u64,
            true => u64::from(mask as u32),
            false => mask,
        }
    }

    fn count(&mut self, word: bool) {
        let Registers {
            source,
            value,
            temps: [a, scratch, _],
        } = self.registers;
        let w = if word { WORD } else { 0 };
        let bits = if word { 32 } else { 64 };
        let pairs = self.mask(word, MASKS[0]);
        let mask = self.constant(scratch, pairs);
        self.imm(SRLI | w, a, source, 1);
        self.op(AND, a, a, mask);
        if self.random.chance(70) {
            self.op(SUB | w, value, source, a);
        } else {
            self.op(AND, value, source, mask);
            self.op(ADD | w, value, value, a);
        }
        let nibbles = self.mask(word, MASKS[1]);
        let mask = self.constant(scratch, nibbles);
        self.imm(SRLI | w, a, value, 2);
        self.op(AND, value, value, mask);
        self.op(AND, a, a, mask);
        self.op(ADD | w, value, value, a);
        let bytes = self.mask(word, MASKS[2]);
        let mask = self.constant(scratch, bytes);
        self.imm(SRLI | w, a, value, 4);
        self.op(ADD | w, value, value, a);
        self.op(AND, value, value, mask);
        if self.random.chance(50) {
            let mask = self.constant(scratch, if word { BYTES as u32 as u64 } else { BYTES });
            self.op(MUL | w, value, value, mask);
            self.imm(SRLI | w, value, value, bits - 8);
            return;
        }
        for by in [8, 16, 32].into_iter().filter(|&by| by < bits) {
            self.imm(SRLI | w, a, value, by);
            self.op(ADD | w, value, value, a);
        }
        let mask = self.random.pick(&[0x7f, 0x7f, 0xff, 0x3f]);
        self.imm(ANDI, value, value, mask);
    }

    /// Byte by byte, in any order.
    fn reverse_bytes(&mut self, word: bool) {
        let Registers {
            source,
            value,
            temps: [a, scratch, _],
        } = self.registers;
        let w = if word { WORD } else { 0 };
        let bytes = if word { 4 } else { 8 };
        let mut order: Vec<u32> = (0..bytes).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, self.random.below(i as u64 + 1) as usize);
        }
        if value == source {
            return;
        }
        for (i, &from) in order.iter().enumerate() {
            let to = bytes - 1 - from;
            let place = 0xff_u64 << (8 * to);
            let rd = if i == 0 { value } else { a };
            if to > from {
                self.imm(SLLI | w, rd, source, 8 * (to - from));
            } else {
                self.imm(SRLI | w, rd, source, 8 * (from - to));
            }
            if to != 0 && to != bytes - 1 {
                let place = self.mask(word, place);
                let mask = self.constant(scratch, place);
                self.op(AND, rd, rd, mask);
            }
            if i != 0 {
                let op = self.random.pick(&[OR, OR, OR, ADD, XOR]);
                self.op(op, value, value, a);
            }
        }
        if word {
            self.imm(ADDI | WORD, value, value, 0);
        }
    }

    /// Neighbouring runs swapped, of all lengths or some, in order or not: all of them reverse the bits.
    fn swaps(&mut self, word: bool) {
        let Registers {
            source,
            value,
            temps: [a, scratch, _],
        } = self.registers;
        let w = if word { WORD } else { 0 };
        let steps: u32 = if word { 5 } else { 6 };
        let mut order: Vec<u32> = match self.random.below(3) {
            0 => (0..steps).collect(),
            1 => (3..steps).collect(),
            _ => (0..steps).rev().collect(),
        };
        if self.random.chance(20) {
            let (i, j) = (
                self.random.below(order.len() as u64) as usize,
                self.random.below(order.len() as u64) as usize,
            );
            order.swap(i, j);
        }
        let mut from = source;
        for step in order {
            let run = 1 << step;
            let low = MASKS[step as usize];
            if step + 1 == steps {
                self.imm(SRLI | w, a, from, run);
                self.imm(SLLI | w, value, from, run);
            } else if self.random.chance(50) {
                let low = self.mask(word, low);
                let mask = self.constant(scratch, low);
                self.imm(SRLI | w, a, from, run);
                self.op(AND, a, a, mask);
                self.op(AND, value, from, mask);
                self.imm(SLLI | w, value, value, run);
            } else {
                let (low, high) = (self.mask(word, low), self.mask(word, !low));
                self.imm(SRLI | w, a, from, run);
                let mask = self.constant(scratch, low);
                self.op(AND, a, a, mask);
                self.imm(SLLI | w, value, from, run);
                let mask = self.constant(scratch, high);
                self.op(AND, value, value, mask);
            }
            let op = self.random.pick(&[OR, OR, OR, ADD, XOR]);
            self.op(op, value, value, a);
            from = value;
        }
        if word && self.random.chance(70) {
            self.imm(ADDI | WORD, value, value, 0);
        }
    }

    /// A part moved up and down again, or joined with another part of the same.
    fn double_shift(&mut self, word: bool) {
        let Registers {
            source,
            value,
            temps: [a, ..],
        } = self.registers;
        let w = if word { WORD } else { 0 };
        let bits: u32 = if word { 32 } else { 64 };
        let by = self.random.pick(&[8, 8, 16, 1, 24, 31]);
        self.imm(SLLI | w, a, source, by);
        let rest = if self.random.chance(70) {
            bits - by
        } else {
            by
        };
        self.imm(SRLI | w, value, source, rest);
        self.op(OR, value, value, a);
        let outer = self.random.pick(&[48, 32, 56, 40]);
        self.imm(SLLI, value, value, outer);
        self.imm(SRLI, value, value, outer);
    }
}
