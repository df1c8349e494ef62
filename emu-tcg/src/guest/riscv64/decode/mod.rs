//! The decode tables: one row per encoding, one file per ISA extension.
//!
//! A row reads
//! `pattern => mnemonic format memory semantics;`
//! where the pattern shows the bits ([`pattern`]), the format says where the operands are
//! ([`operands`]), `memory` is the [`MemoryUse`], and the semantics are the function
//! that emits the IR ([`super::semantics`]) with what it takes beside the operands.
//! `ends` marks an instruction behind which a block never goes on.
//!
//! Invariant: at most one row matches any encoding (tested).

mod a;
mod c;
mod d;
mod f;
mod i;
mod m;
pub(super) mod operands;
pub(super) mod pattern;
mod zba;
mod zbb;
mod zbs;
mod zicond;
mod zicsr;

use crate::guest::MemoryUse;

use super::semantics::Emitter;
use operands::{Format, Operands};
use pattern::Pattern;

/// Row number of an instruction that no row matches.
pub(super) const UNKNOWN: u16 = u16::MAX;

/// One row of a decode table.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// Name in assembly.
    pub(super) mnemonic: &'static str,
    /// The encoding as text.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests compare it with the format")
    )]
    pub(super) text: &'static str,
    /// The encoding.
    pub(super) pattern: Pattern,
    /// Where the operands are.
    pub(super) format: Format,
    /// What it does to memory.
    pub(super) memory: MemoryUse,
    /// A block ends behind it, whatever its operands.
    pub(super) ends: bool,
    /// Emits its IR.
    pub(super) emit: fn(&mut Emitter, &Operands),
}

/// Makes a `&[Row]` of rows as the module's documentation describes them.
macro_rules! rows {
    ($($pattern:literal => $mnemonic:literal $format:ident $memory:ident
       $semantics:ident $(($($argument:expr),*))? $($ends:ident)?;)*) => {
        &[$($crate::guest::riscv64::decode::Row {
            mnemonic: $mnemonic,
            text: $pattern,
            pattern: $crate::guest::riscv64::decode::pattern::Pattern::parse($pattern),
            format: $crate::guest::riscv64::decode::operands::Format::$format,
            memory: $crate::guest::MemoryUse::$memory,
            ends: $crate::guest::riscv64::decode::rows!(@ends $($ends)?),
            emit: |e, o| $semantics(e, o $($(, $argument)*)?),
        }),*]
    };
    (@ends) => { false };
    (@ends ends) => { true };
}
use rows;

const EXTENSIONS: &[&[Row]] = &[
    i::ROWS,
    m::ROWS,
    a::ROWS,
    f::ROWS,
    d::ROWS,
    c::ROWS,
    zicsr::ROWS,
    zba::ROWS,
    zbb::ROWS,
    zbs::ROWS,
    zicond::ROWS,
];

const ROW_COUNT: usize = {
    let mut count = 0;
    let mut extension = 0;
    while extension < EXTENSIONS.len() {
        count += EXTENSIONS[extension].len();
        extension += 1;
    }
    count
};

/// All rows; the index is [`crate::guest::DecodedInsn::row`].
pub(super) static ROWS: [Row; ROW_COUNT] = {
    let mut rows = [EXTENSIONS[0][0]; ROW_COUNT];
    let (mut extension, mut at) = (0, 0);
    while extension < EXTENSIONS.len() {
        let mut row = 0;
        while row < EXTENSIONS[extension].len() {
            rows[at] = EXTENSIONS[extension][row];
            row += 1;
            at += 1;
        }
        extension += 1;
    }
    rows
};

/// Number of the row for these instruction bits, [`UNKNOWN`] if there is none.
pub(super) fn lookup(bits: u32) -> u16 {
    let bucket = bucket(bits);
    let range = INDEX.starts[bucket] as usize..INDEX.starts[bucket + 1] as usize;
    INDEX.rows[range]
        .iter()
        .copied()
        .find(|&row| ROWS[row as usize].pattern.matches(bits))
        .unwrap_or(UNKNOWN)
}

/// Whether an instruction that begins with these 16 bits has 32.
pub(super) const fn is_long(first: u16) -> bool {
    first & 3 == 3
}

// The index: rows are sorted into buckets by the bits that tell most of them apart.
const COMPRESSED_BUCKETS: usize = 32;
const OPCODE_BUCKETS: usize = 256;
const FLOAT_BUCKETS: usize = 128;
const BUCKETS: usize = COMPRESSED_BUCKETS + OPCODE_BUCKETS + FLOAT_BUCKETS;
/// Major opcode of register-to-register floating point, whose funct3 is mostly operand.
const OP_FP: u32 = 0x53;

/// By quadrant and funct3; by opcode and funct3; floating point by funct7.
const fn bucket(bits: u32) -> usize {
    if !is_long(bits as u16) {
        (bits >> 13 & 7) as usize * 4 + (bits & 3) as usize
    } else if bits & 0x7f == OP_FP {
        COMPRESSED_BUCKETS + OPCODE_BUCKETS + (bits >> 25) as usize
    } else {
        COMPRESSED_BUCKETS + (bits >> 2 & 31) as usize * 8 + (bits >> 12 & 7) as usize
    }
}

/// Rows by bucket: bucket `n` holds `rows[starts[n]..starts[n + 1]]`.
struct Index {
    starts: [u16; BUCKETS + 1],
    rows: [u16; INDEX_SIZE],
}

/// How many buckets a row is in: one, or all values of a free funct3.
const fn bucket_count(pattern: &Pattern) -> usize {
    let (sorted_by, opcode) = if pattern.width == 16 {
        (0xe003, pattern.value)
    } else if pattern.value & 0x7f == OP_FP {
        (0xfe00_007f, pattern.value)
    } else {
        (0x7f, pattern.value)
    };
    assert!(
        pattern.mask & sorted_by == sorted_by,
        "the index needs these bits fixed"
    );
    assert!(
        (pattern.width == 32) == is_long(opcode as u16),
        "length and lowest bits disagree"
    );
    if sorted_by == 0x7f && pattern.mask & 0x7000 == 0 {
        8
    } else {
        1
    }
}

const INDEX_SIZE: usize = {
    let mut size = 0;
    let mut row = 0;
    while row < ROW_COUNT {
        size += bucket_count(&ROWS[row].pattern);
        row += 1;
    }
    size
};

static INDEX: Index = {
    let mut index = Index {
        starts: [0; BUCKETS + 1],
        rows: [0; INDEX_SIZE],
    };
    let mut row = 0;
    while row < ROW_COUNT {
        let pattern = &ROWS[row].pattern;
        let mut copy = 0;
        while copy < bucket_count(pattern) {
            index.starts[bucket(pattern.value | (copy as u32) << 12) + 1] += 1;
            copy += 1;
        }
        row += 1;
    }
    let mut at = 0;
    while at < BUCKETS {
        index.starts[at + 1] += index.starts[at];
        at += 1;
    }
    let mut filled = index.starts;
    row = 0;
    while row < ROW_COUNT {
        let pattern = &ROWS[row].pattern;
        let mut copy = 0;
        while copy < bucket_count(pattern) {
            let bucket = bucket(pattern.value | (copy as u32) << 12);
            index.rows[filled[bucket] as usize] = row as u16;
            filled[bucket] += 1;
            copy += 1;
        }
        row += 1;
    }
    index
};
