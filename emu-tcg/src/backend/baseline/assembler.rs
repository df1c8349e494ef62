//! An x86-64 assembler for what baseline code needs: one method per instruction form.
//!
//! Operands are in Intel's order, destination first. Not here: which register holds what.

use crate::backend::code_space::{Code, Crossing};

/// A general register; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Reg {
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rbx = 3,
    Rsp = 4,
    Rbp = 5,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
    R12 = 12,
    R13 = 13,
    R14 = 14,
    R15 = 15,
}

/// A vector register. The first eight need no extension bits, and more are not needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Xmm {
    X0 = 0,
    X1 = 1,
    X2 = 2,
}

/// Operand size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// 32 bits; results are zero-extended.
    W32,
    /// 64 bits.
    W64,
}

use Width::{W32, W64};

/// A memory operand: `[base + index + displacement]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mem {
    pub(super) base: Reg,
    pub(super) index: Option<Reg>,
    pub(super) displacement: i32,
}

impl Mem {
    pub(super) fn at(base: Reg, displacement: i32) -> Mem {
        Mem {
            base,
            index: None,
            displacement,
        }
    }
}

/// Two-operand arithmetic; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Alu {
    Add = 0,
    Or = 1,
    And = 4,
    Sub = 5,
    Xor = 6,
    Cmp = 7,
}

impl Alu {
    /// Whether the operands may change places.
    pub(super) fn commutes(self) -> bool {
        matches!(self, Alu::Add | Alu::Or | Alu::And | Alu::Xor)
    }
}

/// Shifts and rotations; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Shift {
    Rol = 0,
    Ror = 1,
    Shl = 4,
    Shr = 5,
    Sar = 7,
}

/// One-operand arithmetic on `rdx:rax` or in place; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Wide {
    Not = 2,
    Neg = 3,
    Mul = 4,
    Imul = 5,
    Div = 6,
    Idiv = 7,
}

/// Conditions; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Cc {
    B = 2,
    Ae = 3,
    E = 4,
    Ne = 5,
    Be = 6,
    A = 7,
    S = 8,
    Ns = 9,
    P = 10,
    Np = 11,
    L = 12,
    Ge = 13,
    G = 15,
}

/// How a narrow value fills a register.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Extend {
    Zero8,
    Zero16,
    Zero32,
    Sign8,
    Sign16,
    Sign32,
    /// All 64 bits.
    None,
}

/// Scalar floating-point arithmetic; the number is that of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Scalar {
    Sqrt = 0x51,
    Add = 0x58,
    Mul = 0x59,
    Sub = 0x5c,
    Min = 0x5d,
    Div = 0x5e,
    Max = 0x5f,
}

/// Floating-point format of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub(super) enum Fp {
    Single,
    Double,
}

impl Fp {
    /// The prefix of scalar arithmetic.
    fn prefix(self) -> u8 {
        match self {
            Fp::Single => 0xf3,
            Fp::Double => 0xf2,
        }
    }
}

/// A forward jump whose target is still to come.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub(super) struct Jump(usize);

/// The code under construction: what is run, and behind it what hardly ever is, which will lie elsewhere.
#[derive(Debug, Default)]
pub(super) struct Assembler {
    code: Vec<u8>,
    /// Where the cold part begins, once it has.
    cold: Option<usize>,
    crossings: Vec<Crossing>,
}

impl Assembler {
    pub(super) fn clear(&mut self) {
        self.code.clear();
        self.cold = None;
        self.crossings.clear();
    }

    pub(super) fn code(&mut self) -> Code<'_> {
        Code {
            cold: self.cold.unwrap_or(self.code.len()),
            bytes: &mut self.code,
            crossings: &self.crossings,
        }
    }

    /// What follows is hardly ever run.
    pub(super) fn start_cold(&mut self) {
        self.cold = Some(self.offset());
    }

    /// The last four bytes before offset `next` are the distance from there to `target`.
    fn set_distance(&mut self, next: usize, target: usize) {
        let distance = target.wrapping_sub(next) as i32;
        self.code[next - 4..next].copy_from_slice(&distance.to_le_bytes());
        let is_cold = |offset: usize| self.cold.is_some_and(|cold| offset >= cold);
        // What ends where the cold part begins belongs to the part before.
        let (from, to) = (is_cold(next - 1), is_cold(target));
        if from != to {
            self.crossings.push(Crossing {
                displacement: next as u32 - 4,
                to_cold: to,
            });
        }
    }

    /// Offset of the next instruction.
    pub(super) fn offset(&self) -> usize {
        self.code.len()
    }

    // Encoding.

    fn opcode(&mut self, opcode: u32) {
        let bytes = opcode.to_be_bytes();
        let skip = (opcode.leading_zeros() / 8).min(3) as usize;
        self.code.extend_from_slice(&bytes[skip..]);
    }

    /// A REX prefix if one is needed; `byte` registers need one from number 4 on.
    fn rex(&mut self, width: Width, reg: u8, index: u8, base: u8, byte: bool) {
        let rex =
            0x40 | u8::from(width == W64) << 3 | (reg >> 3) << 2 | (index >> 3) << 1 | base >> 3;
        if rex != 0x40 || byte {
            self.code.push(rex);
        }
    }

    fn with_reg(&mut self, prefix: Option<u8>, width: Width, opcode: u32, reg: u8, rm: u8) {
        self.code.extend(prefix);
        self.rex(width, reg, 0, rm, false);
        self.opcode(opcode);
        self.code.push(0xc0 | (reg & 7) << 3 | rm & 7);
    }

    /// As `with_reg`, for an instruction whose `rm` operand is a byte.
    fn with_byte_reg(&mut self, width: Width, opcode: u32, reg: u8, rm: u8) {
        self.rex(width, reg, 0, rm, rm >= 4);
        self.opcode(opcode);
        self.code.push(0xc0 | (reg & 7) << 3 | rm & 7);
    }

    fn with_mem(&mut self, prefix: Option<u8>, width: Width, opcode: u32, reg: u8, mem: Mem) {
        self.code.extend(prefix);
        let index = mem.index.map_or(0, |index| index as u8);
        self.rex(width, reg, index, mem.base as u8, false);
        self.opcode(opcode);
        self.mod_rm_mem(reg, mem);
    }

    fn mod_rm_mem(&mut self, reg: u8, mem: Mem) {
        let base = mem.base as u8 & 7;
        let short = i8::try_from(mem.displacement);
        let mode = match (mem.displacement, short) {
            (0, _) if base != 5 => 0,
            (_, Ok(_)) => 1,
            _ => 2,
        };
        let needs_sib = mem.index.is_some() || base == 4;
        let rm = if needs_sib { 4 } else { base };
        self.code.push(mode << 6 | (reg & 7) << 3 | rm);
        if needs_sib {
            // Index 4 means none; `rsp` cannot be one.
            let index = mem.index.map_or(4, |index| index as u8 & 7);
            self.code.push(index << 3 | base);
        }
        match (mode, short) {
            (1, Ok(short)) => self.code.push(short as u8),
            (2, _) => self.code.extend_from_slice(&mem.displacement.to_le_bytes()),
            _ => {}
        }
    }

    fn imm32(&mut self, value: i32) {
        self.code.extend_from_slice(&value.to_le_bytes());
    }

    // Moves.

    pub(super) fn mov(&mut self, width: Width, dst: Reg, src: Reg) {
        if dst != src || width == W32 {
            self.with_reg(None, width, 0x8b, dst as u8, src as u8);
        }
    }

    /// Leaves the flags alone.
    pub(super) fn mov_imm(&mut self, dst: Reg, value: u64) {
        if let Ok(value) = u32::try_from(value) {
            self.rex(W32, 0, 0, dst as u8, false);
            self.code.push(0xb8 | dst as u8 & 7);
            self.code.extend_from_slice(&value.to_le_bytes());
        } else if let Ok(value) = i32::try_from(value as i64) {
            self.with_reg(None, W64, 0xc7, 0, dst as u8);
            self.imm32(value);
        } else {
            self.rex(W64, 0, 0, dst as u8, false);
            self.code.push(0xb8 | dst as u8 & 7);
            self.code.extend_from_slice(&value.to_le_bytes());
        }
    }

    pub(super) fn load(&mut self, extend: Extend, dst: Reg, mem: Mem) {
        let (width, opcode) = match extend {
            Extend::Zero8 => (W32, 0x0fb6),
            Extend::Zero16 => (W32, 0x0fb7),
            Extend::Zero32 => (W32, 0x8b),
            Extend::Sign8 => (W64, 0x0fbe),
            Extend::Sign16 => (W64, 0x0fbf),
            Extend::Sign32 => (W64, 0x63),
            Extend::None => (W64, 0x8b),
        };
        self.with_mem(None, width, opcode, dst as u8, mem);
    }

    pub(super) fn extend(&mut self, extend: Extend, dst: Reg, src: Reg) {
        let (dst, src) = (dst as u8, src as u8);
        match extend {
            Extend::Zero8 => self.with_byte_reg(W32, 0x0fb6, dst, src),
            Extend::Sign8 => self.with_byte_reg(W64, 0x0fbe, dst, src),
            Extend::Zero16 => self.with_reg(None, W32, 0x0fb7, dst, src),
            Extend::Sign16 => self.with_reg(None, W64, 0x0fbf, dst, src),
            Extend::Zero32 => self.with_reg(None, W32, 0x8b, dst, src),
            Extend::Sign32 => self.with_reg(None, W64, 0x63, dst, src),
            Extend::None => self.with_reg(None, W64, 0x8b, dst, src),
        }
    }

    /// Stores the low `bytes` (1, 2, 4 or 8).
    pub(super) fn store(&mut self, bytes: u64, mem: Mem, src: Reg) {
        match bytes {
            1 => {
                let index = mem.index.map_or(0, |index| index as u8);
                self.rex(W32, src as u8, index, mem.base as u8, src as u8 >= 4);
                self.opcode(0x88);
                self.mod_rm_mem(src as u8, mem);
            }
            2 => self.with_mem(Some(0x66), W32, 0x89, src as u8, mem),
            4 => self.with_mem(None, W32, 0x89, src as u8, mem),
            _ => self.with_mem(None, W64, 0x89, src as u8, mem),
        }
    }

    /// Stores a sign-extended constant as 4 or 8 bytes.
    pub(super) fn store_imm(&mut self, width: Width, mem: Mem, value: i32) {
        self.with_mem(None, width, 0xc7, 0, mem);
        self.imm32(value);
    }

    pub(super) fn lea(&mut self, width: Width, dst: Reg, mem: Mem) {
        self.with_mem(None, width, 0x8d, dst as u8, mem);
    }

    /// The address of the instruction at `target`, an offset behind here or before.
    pub(super) fn lea_code(&mut self, dst: Reg, target: usize) {
        self.rex(W64, dst as u8, 0, 0, false);
        self.opcode(0x8d);
        self.code.push((dst as u8 & 7) << 3 | 5);
        self.imm32(0);
        self.set_distance(self.offset(), target);
    }

    // Integer arithmetic.

    pub(super) fn alu(&mut self, op: Alu, width: Width, dst: Reg, src: Reg) {
        self.with_reg(None, width, op as u32 * 8 + 3, dst as u8, src as u8);
    }

    pub(super) fn alu_imm(&mut self, op: Alu, width: Width, dst: Reg, value: i32) {
        if let Ok(short) = i8::try_from(value) {
            self.with_reg(None, width, 0x83, op as u8, dst as u8);
            self.code.push(short as u8);
        } else {
            self.with_reg(None, width, 0x81, op as u8, dst as u8);
            self.imm32(value);
        }
    }

    pub(super) fn alu_mem_imm(&mut self, op: Alu, width: Width, mem: Mem, value: i32) {
        if let Ok(short) = i8::try_from(value) {
            self.with_mem(None, width, 0x83, op as u8, mem);
            self.code.push(short as u8);
        } else {
            self.with_mem(None, width, 0x81, op as u8, mem);
            self.imm32(value);
        }
    }

    /// `op mem, src`.
    pub(super) fn alu_to_mem(&mut self, op: Alu, width: Width, mem: Mem, src: Reg) {
        self.with_mem(None, width, op as u32 * 8 + 1, src as u8, mem);
    }

    /// `op dst, mem`.
    pub(super) fn alu_from_mem(&mut self, op: Alu, width: Width, dst: Reg, mem: Mem) {
        self.with_mem(None, width, op as u32 * 8 + 3, dst as u8, mem);
    }

    pub(super) fn inc_mem(&mut self, width: Width, mem: Mem) {
        self.with_mem(None, width, 0xff, 0, mem);
    }

    pub(super) fn test(&mut self, width: Width, a: Reg, b: Reg) {
        self.with_reg(None, width, 0x85, b as u8, a as u8);
    }

    pub(super) fn shift_imm(&mut self, op: Shift, width: Width, dst: Reg, count: u8) {
        self.with_reg(None, width, 0xc1, op as u8, dst as u8);
        self.code.push(count);
    }

    /// By `cl`.
    pub(super) fn shift_cl(&mut self, op: Shift, width: Width, dst: Reg) {
        self.with_reg(None, width, 0xd3, op as u8, dst as u8);
    }

    pub(super) fn imul(&mut self, width: Width, dst: Reg, src: Reg) {
        self.with_reg(None, width, 0x0faf, dst as u8, src as u8);
    }

    pub(super) fn wide(&mut self, op: Wide, width: Width, operand: Reg) {
        self.with_reg(None, width, 0xf7, op as u8, operand as u8);
    }

    /// Sign of `rax` into `rdx`.
    pub(super) fn sign_to_rdx(&mut self, width: Width) {
        self.rex(width, 0, 0, 0, false);
        self.code.push(0x99);
    }

    pub(super) fn bswap(&mut self, dst: Reg) {
        self.rex(W64, 0, 0, dst as u8, false);
        self.code.push(0x0f);
        self.code.push(0xc8 | dst as u8 & 7);
    }

    pub(super) fn lzcnt(&mut self, width: Width, dst: Reg, src: Reg) {
        self.with_reg(Some(0xf3), width, 0x0fbd, dst as u8, src as u8);
    }

    pub(super) fn tzcnt(&mut self, width: Width, dst: Reg, src: Reg) {
        self.with_reg(Some(0xf3), width, 0x0fbc, dst as u8, src as u8);
    }

    pub(super) fn popcnt(&mut self, width: Width, dst: Reg, src: Reg) {
        self.with_reg(Some(0xf3), width, 0x0fb8, dst as u8, src as u8);
    }

    /// Sets, clears or complements bit `bit` (`bts` 5, `btr` 6, `btc` 7).
    fn bit(&mut self, op: u8, dst: Reg, bit: u8) {
        self.with_reg(None, W64, 0x0fba, op, dst as u8);
        self.code.push(bit);
    }

    pub(super) fn clear_bit(&mut self, dst: Reg, bit: u8) {
        self.bit(6, dst, bit);
    }

    pub(super) fn complement_bit(&mut self, dst: Reg, bit: u8) {
        self.bit(7, dst, bit);
    }

    /// The condition as 0 or 1.
    pub(super) fn set(&mut self, cc: Cc, dst: Reg) {
        self.with_byte_reg(W32, 0x0f90 | cc as u32, 0, dst as u8);
        self.extend(Extend::Zero8, dst, dst);
    }

    pub(super) fn cmov(&mut self, cc: Cc, dst: Reg, src: Reg) {
        self.with_reg(None, W64, 0x0f40 | cc as u32, dst as u8, src as u8);
    }

    /// A full barrier: `lock or dword ptr [rsp], 0`, faster than `mfence`.
    pub(super) fn barrier(&mut self) {
        self.code.extend_from_slice(&[0xf0, 0x83, 0x0c, 0x24, 0x00]);
    }

    /// Atomically exchanges memory and register.
    pub(super) fn xchg(&mut self, width: Width, mem: Mem, reg: Reg) {
        self.with_mem(None, width, 0x87, reg as u8, mem);
    }

    /// Atomically adds the register to memory; the register gets the old value.
    pub(super) fn lock_xadd(&mut self, width: Width, mem: Mem, reg: Reg) {
        self.with_mem(Some(0xf0), width, 0x0fc1, reg as u8, mem);
    }

    /// Atomically: if memory holds what `rax` does, it becomes the register, else `rax` becomes it.
    pub(super) fn lock_cmpxchg(&mut self, width: Width, mem: Mem, reg: Reg) {
        self.with_mem(Some(0xf0), width, 0x0fb1, reg as u8, mem);
    }

    // Control.

    pub(super) fn jcc(&mut self, cc: Cc) -> Jump {
        self.opcode(0x0f80 | cc as u32);
        self.imm32(0);
        Jump(self.offset())
    }

    /// A jump whose displacement may be written while it is executed: at a multiple of 4 bytes from the
    /// code's start.
    pub(super) fn jmp_patchable(&mut self) -> Jump {
        self.pad_before(1);
        self.jmp()
    }

    /// Likewise, on a condition.
    pub(super) fn jcc_patchable(&mut self, cc: Cc) -> Jump {
        self.pad_before(2);
        self.jcc(cc)
    }

    /// Brings what follows the next `opcode` bytes to a multiple of 4.
    fn pad_before(&mut self, opcode: usize) {
        let padding: &[u8] = match (self.offset() + opcode) % 4 {
            0 => &[],
            1 => &[0x0f, 0x1f, 0x00],
            2 => &[0x66, 0x90],
            _ => &[0x90],
        };
        self.code.extend_from_slice(padding);
    }

    pub(super) fn jmp(&mut self) -> Jump {
        self.code.push(0xe9);
        self.imm32(0);
        Jump(self.offset())
    }

    /// Offset of a jump's displacement.
    pub(super) fn displacement(&self, Jump(next): Jump) -> u32 {
        next as u32 - 4
    }

    /// `jump` leads here.
    pub(super) fn bind(&mut self, Jump(next): Jump) {
        self.set_distance(next, self.offset());
    }

    /// To code before here.
    pub(super) fn jmp_back(&mut self, target: usize) {
        self.code.push(0xe9);
        self.imm32(0);
        self.set_distance(self.offset(), target);
    }

    pub(super) fn jcc_back(&mut self, cc: Cc, target: usize) {
        self.opcode(0x0f80 | cc as u32);
        self.imm32(0);
        self.set_distance(self.offset(), target);
    }

    pub(super) fn jmp_mem(&mut self, mem: Mem) {
        self.with_mem(None, W32, 0xff, 4, mem);
    }

    pub(super) fn call(&mut self, target: Reg) {
        self.with_reg(None, W32, 0xff, 2, target as u8);
    }

    pub(super) fn push(&mut self, reg: Reg) {
        self.rex(W32, 0, 0, reg as u8, false);
        self.code.push(0x50 | reg as u8 & 7);
    }

    pub(super) fn pop(&mut self, reg: Reg) {
        self.rex(W32, 0, 0, reg as u8, false);
        self.code.push(0x58 | reg as u8 & 7);
    }

    pub(super) fn ret(&mut self) {
        self.code.push(0xc3);
    }

    /// Raises SIGILL; returns where.
    pub(super) fn ud2(&mut self) -> usize {
        let here = self.offset();
        self.code.extend_from_slice(&[0x0f, 0x0b]);
        here
    }

    // Floating point.

    pub(super) fn ldmxcsr(&mut self, mem: Mem) {
        self.with_mem(None, W32, 0x0fae, 2, mem);
    }

    pub(super) fn stmxcsr(&mut self, mem: Mem) {
        self.with_mem(None, W32, 0x0fae, 3, mem);
    }

    pub(super) fn movq_to_xmm(&mut self, dst: Xmm, src: Reg) {
        self.with_reg(Some(0x66), W64, 0x0f6e, dst as u8, src as u8);
    }

    pub(super) fn movq_from_xmm(&mut self, dst: Reg, src: Xmm) {
        self.with_reg(Some(0x66), W64, 0x0f7e, src as u8, dst as u8);
    }

    /// The low 32 bits, zero-extended.
    pub(super) fn movd_from_xmm(&mut self, dst: Reg, src: Xmm) {
        self.with_reg(Some(0x66), W32, 0x0f7e, src as u8, dst as u8);
    }

    pub(super) fn scalar(&mut self, op: Scalar, fp: Fp, dst: Xmm, src: Xmm) {
        let opcode = 0x0f00 | op as u32;
        self.with_reg(Some(fp.prefix()), W32, opcode, dst as u8, src as u8);
    }

    /// Rounds to an integer as `rounding` says (`roundss`, `roundsd`).
    pub(super) fn round(&mut self, rounding: u8, fp: Fp, dst: Xmm, src: Xmm) {
        let opcode = if fp == Fp::Double {
            0x0f_3a0b
        } else {
            0x0f_3a0a
        };
        self.with_reg(Some(0x66), W32, opcode, dst as u8, src as u8);
        self.code.push(rounding);
    }

    /// Bitwise, all of the register.
    pub(super) fn and_xmm(&mut self, dst: Xmm, src: Xmm) {
        self.with_reg(None, W32, 0x0f54, dst as u8, src as u8);
    }

    /// Bitwise, all of the register.
    pub(super) fn or_xmm(&mut self, dst: Xmm, src: Xmm) {
        self.with_reg(None, W32, 0x0f56, dst as u8, src as u8);
    }

    /// All of the register.
    pub(super) fn mov_xmm(&mut self, dst: Xmm, src: Xmm) {
        self.with_reg(None, W32, 0x0f28, dst as u8, src as u8);
    }

    /// Compares quietly (`ucomis`) or signalling (`comis`).
    pub(super) fn compare(&mut self, fp: Fp, quiet: bool, a: Xmm, b: Xmm) {
        let prefix = (fp == Fp::Double).then_some(0x66);
        let opcode = if quiet { 0x0f2e } else { 0x0f2f };
        self.with_reg(prefix, W32, opcode, a as u8, b as u8);
    }

    pub(super) fn int_to_fp(&mut self, fp: Fp, width: Width, dst: Xmm, src: Reg) {
        // The upper part of the destination is an operand: break the dependency.
        self.with_reg(None, W32, 0x0f57, dst as u8, dst as u8);
        self.with_reg(Some(fp.prefix()), width, 0x0f2a, dst as u8, src as u8);
    }

    /// Towards zero, or else by MXCSR.
    pub(super) fn fp_to_int(
        &mut self,
        fp: Fp,
        width: Width,
        towards_zero: bool,
        dst: Reg,
        src: Xmm,
    ) {
        let opcode = if towards_zero { 0x0f2c } else { 0x0f2d };
        self.with_reg(Some(fp.prefix()), width, opcode, dst as u8, src as u8);
    }

    /// From `fp` to the other format.
    pub(super) fn fp_to_fp(&mut self, fp: Fp, dst: Xmm, src: Xmm) {
        self.with_reg(Some(fp.prefix()), W32, 0x0f5a, dst as u8, src as u8);
    }

    /// `vf…213s? a, b, c` with the given opcode byte: `a = ±(b × a) ± c`.
    pub(super) fn fused(&mut self, opcode: u8, fp: Fp, a: Xmm, b: Xmm, c: Xmm) {
        let wide = u8::from(fp == Fp::Double) << 7;
        let vex = wide | (!(b as u8) & 15) << 3 | 1;
        self.code
            .extend_from_slice(&[0xc4, 0xe2, vex, opcode, 0xc0 | (a as u8) << 3 | c as u8]);
    }
}
