//! A random program as data, and its code once laid out.
//!
//! Branches name the item they go to by its identity, which stays when other items are removed:
//! so a program can be made smaller item by item and always has code.

use std::sync::OnceLock;

use super::random::Random;

/// Guest address of the first page that a program's code may be in.
pub const CODE_PAGE: u64 = 0x1_0000;
/// Guest memory that a program may access: two pages, with nothing on both sides.
pub const SCRATCH: std::ops::Range<u64> = 0x10_0000..0x10_2000;

/// Identity of an item. Items are in ascending order, and a branch to one that has been removed
/// goes to the next that is left.
pub type Label = u32;

/// One item of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Its identity.
    pub label: Label,
    /// What it is.
    pub kind: ItemKind,
}

/// What an item stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    /// An instruction as it stands, of 2 or 4 bytes.
    Plain {
        /// Its bits.
        bits: u32,
        /// Its length.
        len: u8,
    },
    /// A conditional branch.
    Branch {
        /// Which one, as encoded.
        funct3: u32,
        /// Left operand.
        rs1: u32,
        /// Right operand.
        rs2: u32,
        /// Where to.
        to: Label,
    },
    /// `jal`.
    Jump {
        /// Link register, or 0.
        rd: u32,
        /// Where to.
        to: Label,
    },
    /// `auipc` and `addi`: the address of an item.
    LoadAddress {
        /// Register.
        rd: u32,
        /// Of what.
        to: Label,
    },
}

impl ItemKind {
    fn len(self) -> u64 {
        match self {
            ItemKind::Plain { len, .. } => len.into(),
            ItemKind::Branch { .. } | ItemKind::Jump { .. } => 4,
            ItemKind::LoadAddress { .. } => 8,
        }
    }
}

/// What the compiler of regions sees of how often blocks ran and which way they left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeenProfile {
    /// What the interpreter counted.
    Counted,
    /// Nothing.
    Empty,
    /// Random numbers, as this seed says: what any timing might make of it.
    Random(u64),
}

/// When generated code is asked to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Once it has executed so many host instructions: anywhere, but slow to bring about.
    Steps(u32),
    /// In this call of a probe.
    Calls(u32),
}

/// How a program is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Registers must be exact at a fault.
    pub precise_faults: bool,
    /// Probes are put in, as this seed says.
    pub probes: Option<u64>,
    /// Longest block, in instructions.
    pub max_block_insns: usize,
    /// The compiler sees another profile than that of the run.
    pub profile: SeenProfile,
    /// Blocks have baseline code first, and become regions in the middle of the run; else all that is
    /// compiled as regions is so from the start.
    pub tier_up: bool,
    /// Exits and indirect jumps are linked to the code they lead to.
    pub link: bool,
    /// Atomic operations are made atomic on the host.
    pub shared_memory: bool,
    /// The program goes on after faults, breakpoints and illegal instructions (after faults only if they
    /// are precise).
    pub resume: bool,
    /// Generated code is asked to come back in the middle of the run.
    pub request: Option<Request>,
    /// Size limit of a region, in instructions.
    pub max_region_insns: usize,
    /// Regions stop where another one starts.
    pub stop_at_regions: bool,
}

/// A program and the state it starts in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The items, in the order of their labels.
    pub items: Vec<Item>,
    /// Address of the first item.
    pub start: u64,
    /// Integer registers; the first is 0.
    pub x: [u64; 32],
    /// Floating-point registers.
    pub f: [u64; 32],
    /// `frm` in bits 5–7, `fflags` in bits 0–4.
    pub fcsr: u64,
    /// What the scratch pages are filled from.
    pub memory_seed: u64,
    /// How it is run.
    pub config: Config,
}

impl Program {
    /// The code, from `start` on.
    #[must_use]
    pub fn code(&self) -> Vec<u8> {
        let mut addresses = Vec::with_capacity(self.items.len());
        let mut at = self.start;
        for item in &self.items {
            addresses.push(at);
            at += item.kind.len();
        }
        let end = at;
        let address_of = |label: Label| {
            let index = self.items.partition_point(|item| item.label < label);
            addresses.get(index).copied().unwrap_or(end)
        };
        let mut code = Vec::with_capacity((end - self.start) as usize);
        for (item, &at) in self.items.iter().zip(&addresses) {
            let distance = |to: Label| address_of(to).wrapping_sub(at) as u32;
            match item.kind {
                ItemKind::Plain { bits, len } => {
                    code.extend_from_slice(&bits.to_le_bytes()[..usize::from(len)])
                }
                ItemKind::Branch {
                    funct3,
                    rs1,
                    rs2,
                    to,
                } => {
                    code.extend_from_slice(&branch(funct3, rs1, rs2, distance(to)).to_le_bytes());
                }
                ItemKind::Jump { rd, to } => {
                    code.extend_from_slice(&jal(rd, distance(to)).to_le_bytes())
                }
                ItemKind::LoadAddress { rd, to } => {
                    let distance = distance(to);
                    let upper = distance.wrapping_add(0x800) & 0xffff_f000;
                    let lower = distance.wrapping_sub(upper);
                    code.extend_from_slice(&(upper | rd << 7 | 0x17).to_le_bytes());
                    code.extend_from_slice(
                        &(lower << 20 | rd << 15 | rd << 7 | 0x13).to_le_bytes(),
                    );
                }
            }
        }
        code
    }

    /// What the scratch pages hold at first: integers, floats and zeros. A window on memory that is the
    /// same for all programs, since making it anew for each would take longer than running some.
    #[must_use]
    pub fn memory(&self) -> &'static [u8] {
        static ALL: OnceLock<Vec<u8>> = OnceLock::new();
        let all = ALL.get_or_init(|| {
            let mut random = Random::new(0, 0);
            let word = |_| match random.below(4) {
                0 => random.integer(),
                1 => random.float(),
                2 => random.bits(),
                _ => 0,
            };
            (0..1 << 16).map(word).flat_map(u64::to_le_bytes).collect()
        });
        let len = (SCRATCH.end - SCRATCH.start) as usize;
        let start = (self.memory_seed as usize % (all.len() - len)) & !7;
        &all[start..start + len]
    }
}

fn branch(funct3: u32, rs1: u32, rs2: u32, distance: u32) -> u32 {
    let bit = |from: u32, width: u32, to: u32| (distance >> from & ((1 << width) - 1)) << to;
    bit(12, 1, 31)
        | bit(5, 6, 25)
        | rs2 << 20
        | rs1 << 15
        | funct3 << 12
        | bit(1, 4, 8)
        | bit(11, 1, 7)
        | 0x63
}

fn jal(rd: u32, distance: u32) -> u32 {
    let bit = |from: u32, width: u32, to: u32| (distance >> from & ((1 << width) - 1)) << to;
    bit(20, 1, 31) | bit(1, 10, 21) | bit(11, 1, 20) | bit(12, 8, 12) | rd << 7 | 0x6f
}
