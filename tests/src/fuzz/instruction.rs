//! Random straight-line instructions, found by trial: random bits of a likely shape are kept if the
//! decoder knows them and they leave the registers alone that a program's structure needs.
//!
//! So every row of the decode table comes up, new ones included, and now and then an
//! instruction that is illegal.

use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::{Fetch, Guest as _};
use emu_tcg::ir::Terminator;
use emu_tcg::probe::Probes;

use super::idioms::HELD_MASKS;
use super::program::ItemKind;
use super::random::Random;

/// Link registers, as the calling convention and branch predictors see them.
pub const LINK: u32 = 1;
/// Link register of inner calls.
pub const INNER_LINK: u32 = 5;
/// Counts down with every jump to just anywhere.
pub const FUEL: u32 = 24;
/// Counter of inner loops.
pub const INNER_COUNTER: u32 = 25;
/// Counter of outer loops.
pub const COUNTER: u32 = 27;
/// What a recursive function is to return to in the end.
pub const OUTER_LINK: u32 = 22;
/// How many calls of itself a recursive function may still make, below 0.
pub const DEPTH: u32 = 23;
/// Pointers into the scratch pages: one that compressed instructions reach, the stack
/// pointer, and one that may be misaligned.
pub const POINTERS: [u32; 3] = [9, 2, 26];

const RESERVED: [u32; 13] = [
    LINK,
    INNER_LINK,
    OUTER_LINK,
    DEPTH,
    FUEL,
    INNER_COUNTER,
    COUNTER,
    POINTERS[0],
    POINTERS[1],
    POINTERS[2],
    HELD_MASKS[0].0,
    HELD_MASKS[1].0,
    HELD_MASKS[2].0,
];

/// Opcodes of the shapes below, the frequent ones several times.
const OPCODES: [u32; 32] = [
    0x13, 0x13, 0x13, 0x1b, 0x1b, 0x33, 0x33, 0x33, 0x33, 0x3b, 0x3b, // integer
    0x37, 0x17, // lui, auipc
    0x03, 0x03, 0x23, 0x23, 0x07, 0x27, 0x2f, 0x2f, // memory
    0x53, 0x53, 0x53, 0x53, 0x53, 0x43, 0x47, 0x4b, 0x4f, // floating point
    0x53, 0x0f,
];

/// Opcodes of programs that mostly compute with floats.
const FLOAT_OPCODES: [u32; 8] = [0x53, 0x53, 0x53, 0x53, 0x43, 0x4f, 0x07, 0x13];

/// `funct7` of the instructions there are, so that trial does not take long.
const INTEGER_FUNCT7: [u32; 12] = [
    0x00, 0x00, 0x00, 0x20, 0x20, 0x01, 0x01, 0x04, 0x05, 0x10, 0x30, 0x24,
];
const FLOAT_FUNCT5: [u32; 14] = [
    0x00, 0x01, 0x02, 0x03, 0x0b, 0x04, 0x05, 0x14, 0x18, 0x1a, 0x1c, 0x1e, 0x08, 0x08,
];
const ATOMIC_FUNCT5: [u32; 13] = [
    0x02, 0x02, 0x03, 0x03, 0x01, 0x00, 0x04, 0x0c, 0x08, 0x10, 0x14, 0x18, 0x1c,
];
/// Rounding modes: the static ones, and the dynamic one most of all.
const ROUNDING: [u32; 16] = [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 7, 7, 7, 7, 7, 7];

/// Draws instructions for one program.
#[derive(Debug)]
pub struct Drawer {
    /// Registers that this program prefers, so that instructions depend on each other.
    preferred: [u32; 6],
    /// Mostly floating point, on few registers, so that the same is often computed twice.
    floats: bool,
    /// In per cent: memory accesses through an arbitrary register.
    wild: u64,
}

impl Drawer {
    /// A drawer with its own preferences; accesses go wild more often in programs that go on after faults.
    pub fn new(random: &mut Random, resume: bool) -> Drawer {
        let wild = if random.chance(if resume { 80 } else { 10 }) {
            5
        } else {
            0
        };
        let floats = random.chance(20);
        let mut preferred = std::array::from_fn(|_| random.below(32) as u32);
        if floats {
            let favourite = preferred[0];
            preferred[3..].fill(favourite);
        }
        Drawer {
            preferred,
            floats,
            wild,
        }
    }

    /// A register to read, or to write if it is not reserved.
    pub fn register(&self, random: &mut Random) -> u32 {
        if random.chance(70) {
            random.pick(&self.preferred)
        } else {
            random.below(32) as u32
        }
    }

    /// An integer register that may be written, but for `x0`.
    pub fn free_register(&self, random: &mut Random) -> u32 {
        loop {
            let register = self.register(random);
            if register != 0 && !RESERVED.contains(&register) {
                return register;
            }
        }
    }

    /// A straight-line instruction.
    pub fn draw(&self, random: &mut Random) -> ItemKind {
        loop {
            let (bits, len) = if random.chance(if self.floats { 3 } else { 25 }) {
                (self.short(random), 2)
            } else {
                (self.long(random), 4)
            };
            if acceptable(bits, len, random) {
                return ItemKind::Plain { bits, len };
            }
        }
    }

    /// Random bits of a 16-bit instruction.
    fn short(&self, random: &mut Random) -> u32 {
        let mut bits = random.below(1 << 16) as u32;
        if bits & 3 == 3 {
            bits ^= 1 << random.below(2);
        }
        let accesses_memory = bits & 3 == 0 && bits >> 13 != 0;
        if accesses_memory && !random.chance(self.wild) {
            bits = bits & !(7 << 7) | (POINTERS[0] - 8) << 7;
        }
        bits
    }

    /// Random bits of a 32-bit instruction.
    fn long(&self, random: &mut Random) -> u32 {
        let opcode = if self.floats {
            random.pick(&FLOAT_OPCODES)
        } else {
            random.pick(&OPCODES)
        };
        let mut bits = random.bits() as u32 & !0x7f | opcode;
        for (position, percent) in [(7, 95), (15, 95), (20, 50), (27, 50)] {
            // The operand fields; the last two hold an immediate as often.
            let is_field =
                position < 20 || matches!(opcode, 0x33 | 0x3b | 0x23 | 0x27 | 0x2f | 0x43..=0x53);
            if (position != 27 || matches!(opcode, 0x43 | 0x47 | 0x4b | 0x4f))
                && is_field
                && random.chance(percent)
            {
                bits = bits & !(0x1f << position) | self.register(random) << position;
            }
        }
        match opcode {
            0x03 | 0x07 | 0x23 | 0x27 | 0x2f if !random.chance(self.wild) => {
                bits = bits & !(0x1f << 15) | random.pick(&POINTERS) << 15;
            }
            _ => {}
        }
        match opcode {
            0x33 | 0x3b if random.chance(95) => {
                bits = bits & !(0x7f << 25) | random.pick(&INTEGER_FUNCT7) << 25
            }
            0x13 | 0x1b if bits >> 12 & 3 == 1 => {
                bits = bits & !(0x3f << 26) | random.pick(&INTEGER_FUNCT7) >> 1 << 26
            }
            0x2f => {
                bits = bits & !(0x1f << 27 | 6 << 12) | random.pick(&ATOMIC_FUNCT5) << 27 | 2 << 12
            }
            0x53 => {
                let funct5 = random.pick(&FLOAT_FUNCT5);
                bits = bits & !(0x7f << 25) | funct5 << 27 | (random.below(2) as u32) << 25;
                if matches!(funct5, 0x0b | 0x08 | 0x18 | 0x1a | 0x1c | 0x1e) {
                    bits = bits & !(0x1f << 20) | (random.below(4) as u32) << 20;
                }
                if matches!(funct5, 0x00..=0x03 | 0x0b | 0x08 | 0x18 | 0x1a) && random.chance(98) {
                    bits = bits & !(7 << 12) | random.pick(&ROUNDING) << 12;
                } else if random.chance(95) {
                    bits = bits & !(7 << 12) | (random.below(3) as u32) << 12;
                }
            }
            0x43 | 0x47 | 0x4b | 0x4f => {
                bits = bits & !(3 << 25) | (random.below(2) as u32) << 25;
                if random.chance(98) {
                    bits = bits & !(7 << 12) | random.pick(&ROUNDING) << 12;
                }
            }
            _ => {}
        }
        bits
    }
}

/// An access to the floating-point control registers.
pub fn control(drawer: &Drawer, random: &mut Random) -> ItemKind {
    let csr = random.between(1, 3) as u32;
    let funct3 = random.pick(&[1, 2, 3, 5, 6, 7]);
    let rd = if random.chance(30) {
        0
    } else {
        drawer.free_register(random)
    };
    // With an immediate rounding modes stay valid more often.
    let operand = if funct3 >= 5 && csr == 2 {
        random.below(5) as u32
    } else {
        drawer.register(random)
    };
    ItemKind::Plain {
        bits: csr << 20 | operand << 15 | funct3 << 12 | rd << 7 | 0x73,
        len: 4,
    }
}

/// The bytes of one instruction at address 0.
struct Bytes([u8; 4], usize);

impl Fetch for Bytes {
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let Some(bytes) = self.0[..self.1].get(pc as usize..) else {
            return false;
        };
        let Some(bytes) = bytes.get(..buf.len()) else {
            return false;
        };
        buf.copy_from_slice(bytes);
        true
    }
}

/// Whether an instruction may stand anywhere in a program.
fn acceptable(bits: u32, len: u8, random: &mut Random) -> bool {
    let fetch = Bytes(bits.to_le_bytes(), len.into());
    let decoded = RISCV64.decode_block(&fetch, 0, 0, 1);
    let Some(insn) = decoded.insns.first() else {
        return false;
    };
    if insn.row == u16::MAX {
        return random.below(2000) == 0;
    }
    // The counters would differ from run to run.
    if bits & 0x7f == 0x73 {
        return false;
    }
    let block = RISCV64.translate(&decoded, Probes::default());
    match block.terminator {
        Terminator::Jump { target, .. } if target == u64::from(len) => {}
        Terminator::Exit {
            kind: emu_tcg::ir::ExitKind::FenceI,
            ..
        } => return random.below(20) == 0,
        Terminator::Exit { .. } => return random.below(100) == 0,
        _ => return false,
    }
    let writes_reserved = |slot: u16| slot == 0 || RESERVED.contains(&u32::from(slot));
    !block
        .ops
        .iter()
        .any(|op| op.dst.as_slot().is_some_and(writes_reserved))
}
