//! Operand formats: how register numbers and immediates lie in an encoding.
//!
//! Written for speed; that each row's format agrees with the fields its pattern shows is
//! tested, not assumed.

/// The operands of one instruction; fields that its format lacks hold whatever the bits say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operands {
    /// Destination register.
    pub(crate) rd: u8,
    /// First source register (or the 5-bit immediate of a CSR instruction).
    pub(crate) rs1: u8,
    /// Second source register.
    pub(crate) rs2: u8,
    /// Third source register.
    pub(crate) rs3: u8,
    /// Bits 14–12: rounding mode, or which CSR operation.
    pub(crate) funct3: u8,
    /// Immediate, shift amount or CSR number.
    pub(crate) imm: i64,
}

/// Where an instruction's operands are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Registers only.
    R,
    /// Registers and a rounding mode.
    Rm,
    /// 12-bit signed immediate.
    I,
    /// Shift amount of 5 or 6 bits.
    Shift,
    /// Store.
    S,
    /// Branch.
    B,
    /// Upper immediate.
    U,
    /// Jump.
    J,
    /// CSR number.
    Csr,
    /// Compressed: two full registers.
    Cr,
    /// Compressed: register jump.
    CJr,
    /// Compressed: register call.
    CJalr,
    /// Compressed: register and 6-bit immediate.
    Ci,
    /// Compressed: register and shift amount.
    CiShift,
    /// Compressed: upper immediate.
    CiLui,
    /// Compressed: stack pointer adjustment.
    CiSp,
    /// Compressed: address on the stack.
    CiwSp,
    /// Compressed: 4-byte stack load.
    CiLw,
    /// Compressed: 8-byte stack load.
    CiLd,
    /// Compressed: 4-byte stack store.
    CssSw,
    /// Compressed: 8-byte stack store.
    CssSd,
    /// Compressed: 4-byte load.
    ClW,
    /// Compressed: 8-byte load.
    ClD,
    /// Compressed: 4-byte store.
    CsW,
    /// Compressed: 8-byte store.
    CsD,
    /// Compressed: two short registers.
    Ca,
    /// Compressed: short register and 6-bit immediate.
    CbImm,
    /// Compressed: short register and shift amount.
    CbShift,
    /// Compressed: branch against zero.
    Cb,
    /// Compressed: jump.
    Cj,
}

/// Bits `high..=low`.
const fn bits(insn: u32, high: u32, low: u32) -> u32 {
    insn << (31 - high) >> (31 - high + low)
}

/// Bits `high..=low`, sign-extended.
const fn signed(insn: u32, high: u32, low: u32) -> i64 {
    ((insn << (31 - high)) as i32 >> (31 - high + low)) as i64
}

/// The stack pointer.
const SP: u8 = 2;

impl Format {
    /// Extracts the operands.
    pub(crate) const fn operands(self, insn: u32) -> Operands {
        let mut o = Operands {
            rd: bits(insn, 11, 7) as u8,
            rs1: bits(insn, 19, 15) as u8,
            rs2: bits(insn, 24, 20) as u8,
            rs3: bits(insn, 31, 27) as u8,
            funct3: bits(insn, 14, 12) as u8,
            imm: 0,
        };
        match self {
            Format::R | Format::Rm => return o,
            Format::I => {
                o.imm = signed(insn, 31, 20);
                return o;
            }
            Format::Shift => {
                o.imm = bits(insn, 25, 20) as i64;
                return o;
            }
            Format::S => {
                o.imm = signed(insn, 31, 25) << 5 | bits(insn, 11, 7) as i64;
                return o;
            }
            Format::B => {
                o.imm = signed(insn, 31, 31) << 12
                    | (bits(insn, 7, 7) << 11 | bits(insn, 30, 25) << 5 | bits(insn, 11, 8) << 1)
                        as i64;
                return o;
            }
            Format::U => {
                o.imm = signed(insn, 31, 12) << 12;
                return o;
            }
            Format::J => {
                o.imm = signed(insn, 31, 31) << 20
                    | (bits(insn, 19, 12) << 12 | bits(insn, 20, 20) << 11) as i64
                    | (bits(insn, 30, 21) << 1) as i64;
                return o;
            }
            Format::Csr => {
                o.imm = bits(insn, 31, 20) as i64;
                return o;
            }
            _ => {}
        }

        // Compressed: full registers at 11–7 and 6–2, short ones at 9–7 and 4–2.
        let full = o.rd;
        let short_high = 8 + bits(insn, 9, 7) as u8;
        let short_low = 8 + bits(insn, 4, 2) as u8;
        let imm6 = signed(insn, 12, 12) << 5 | bits(insn, 6, 2) as i64;
        let shamt = (bits(insn, 12, 12) << 5 | bits(insn, 6, 2)) as i64;
        let word = (bits(insn, 5, 5) << 6 | bits(insn, 12, 10) << 3 | bits(insn, 6, 6) << 2) as i64;
        let double = (bits(insn, 6, 5) << 6 | bits(insn, 12, 10) << 3) as i64;
        let (rd, rs1, rs2, imm) = match self {
            Format::Cr => (full, full, bits(insn, 6, 2) as u8, 0),
            Format::CJr => (0, full, 0, 0),
            Format::CJalr => (1, full, 0, 0),
            Format::Ci => (full, full, 0, imm6),
            Format::CiShift => (full, full, 0, shamt),
            Format::CiLui => (full, full, 0, imm6 << 12),
            Format::CiSp => {
                let imm = signed(insn, 12, 12) << 9
                    | (bits(insn, 4, 3) << 7 | bits(insn, 5, 5) << 6) as i64
                    | (bits(insn, 2, 2) << 5 | bits(insn, 6, 6) << 4) as i64;
                (SP, SP, 0, imm)
            }
            Format::CiwSp => {
                let imm = bits(insn, 10, 7) << 6
                    | bits(insn, 12, 11) << 4
                    | bits(insn, 5, 5) << 3
                    | bits(insn, 6, 6) << 2;
                (short_low, SP, 0, imm as i64)
            }
            Format::CiLw => {
                let imm = bits(insn, 3, 2) << 6 | bits(insn, 12, 12) << 5 | bits(insn, 6, 4) << 2;
                (full, SP, 0, imm as i64)
            }
            Format::CiLd => {
                let imm = bits(insn, 4, 2) << 6 | bits(insn, 12, 12) << 5 | bits(insn, 6, 5) << 3;
                (full, SP, 0, imm as i64)
            }
            Format::CssSw => {
                let imm = bits(insn, 8, 7) << 6 | bits(insn, 12, 9) << 2;
                (0, SP, bits(insn, 6, 2) as u8, imm as i64)
            }
            Format::CssSd => {
                let imm = bits(insn, 9, 7) << 6 | bits(insn, 12, 10) << 3;
                (0, SP, bits(insn, 6, 2) as u8, imm as i64)
            }
            Format::ClW => (short_low, short_high, 0, word),
            Format::ClD => (short_low, short_high, 0, double),
            Format::CsW => (0, short_high, short_low, word),
            Format::CsD => (0, short_high, short_low, double),
            Format::Ca => (short_high, short_high, short_low, 0),
            Format::CbImm => (short_high, short_high, 0, imm6),
            Format::CbShift => (short_high, short_high, 0, shamt),
            Format::Cb => {
                let imm = signed(insn, 12, 12) << 8
                    | (bits(insn, 6, 5) << 6 | bits(insn, 2, 2) << 5) as i64
                    | (bits(insn, 11, 10) << 3 | bits(insn, 4, 3) << 1) as i64;
                (0, short_high, 0, imm)
            }
            // Only `Cj` is left.
            _ => {
                let imm = signed(insn, 12, 12) << 11
                    | (bits(insn, 8, 8) << 10 | bits(insn, 10, 9) << 8) as i64
                    | (bits(insn, 6, 6) << 7 | bits(insn, 7, 7) << 6) as i64
                    | (bits(insn, 2, 2) << 5 | bits(insn, 11, 11) << 4) as i64
                    | (bits(insn, 5, 3) << 1) as i64;
                (0, 0, 0, imm)
            }
        };
        Operands {
            rd,
            rs1,
            rs2,
            rs3: 0,
            funct3: 0,
            imm,
        }
    }
}
