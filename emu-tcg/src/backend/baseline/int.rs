//! Integer operations.
//!
//! Operands stay as they are, for the registers hold variables; results are made in place where
//! source and destination allow it, else in `rax`.

use super::Compiler;
use super::assembler::{Alu, Cc, Extend, Mem, Reg, Shift, Wide, Width};
use super::emit::condition;
use crate::ir::{Cond, Op, Opcode, Var};

use Width::{W32, W64};

/// The immediate of an operation, if the variable is it and it fits an instruction.
fn small(op: &Op, var: Var) -> Option<i32> {
    (var == Var::IMM)
        .then(|| i32::try_from(op.imm).ok())
        .flatten()
}

impl Compiler {
    /// An operation without effects.
    pub(super) fn int_op(&mut self, op: &Op) {
        match op.code {
            Opcode::Mov => self.mov(op),
            Opcode::Not => self.in_place(op, |asm, dst| asm.wide(Wide::Not, W64, dst)),
            Opcode::Bswap => self.in_place(op, |asm, dst| asm.bswap(dst)),
            Opcode::Sext8 => self.extend(op, Extend::Sign8),
            Opcode::Sext16 => self.extend(op, Extend::Sign16),
            Opcode::Sext32 => self.extend(op, Extend::Sign32),
            Opcode::Zext8 => self.extend(op, Extend::Zero8),
            Opcode::Zext16 => self.extend(op, Extend::Zero16),
            Opcode::Zext32 => self.extend(op, Extend::Zero32),
            Opcode::Clz | Opcode::ClzW if self.features.lzcnt => self.count_bits(op),
            Opcode::Ctz | Opcode::CtzW if self.features.tzcnt => self.count_bits(op),
            Opcode::Popcnt | Opcode::PopcntW if self.features.popcnt => self.count_bits(op),

            Opcode::Add => self.add(op),
            Opcode::AddW => self.alu(op, Alu::Add, W32),
            Opcode::Sub => self.alu(op, Alu::Sub, W64),
            Opcode::SubW => self.alu(op, Alu::Sub, W32),
            Opcode::And => self.alu(op, Alu::And, W64),
            Opcode::Or => self.alu(op, Alu::Or, W64),
            Opcode::Xor => self.alu(op, Alu::Xor, W64),
            Opcode::AndNot => self.and_not(op),
            Opcode::Mul => self.mul(op, W64),
            Opcode::MulW => self.mul(op, W32),
            Opcode::MulhS | Opcode::MulhU | Opcode::MulhSu => self.mul_high(op),
            Opcode::DivS | Opcode::RemS => self.divide_signed(op, W64),
            Opcode::DivSW | Opcode::RemSW => self.divide_signed(op, W32),
            Opcode::DivU | Opcode::RemU => self.divide_unsigned(op, W64),
            Opcode::DivUW | Opcode::RemUW => self.divide_unsigned(op, W32),

            Opcode::Shl => self.shift(op, Shift::Shl, W64),
            Opcode::ShlW => self.shift(op, Shift::Shl, W32),
            Opcode::ShrU => self.shift(op, Shift::Shr, W64),
            Opcode::ShrUW => self.shift(op, Shift::Shr, W32),
            Opcode::ShrS => self.shift(op, Shift::Sar, W64),
            Opcode::ShrSW => self.shift(op, Shift::Sar, W32),
            Opcode::RotL => self.shift(op, Shift::Rol, W64),
            Opcode::RotLW => self.shift(op, Shift::Rol, W32),
            Opcode::RotR => self.shift(op, Shift::Ror, W64),
            Opcode::RotRW => self.shift(op, Shift::Ror, W32),

            Opcode::MinS => self.choose(op, Cc::G),
            Opcode::MinU => self.choose(op, Cc::A),
            Opcode::MaxS => self.choose(op, Cc::L),
            Opcode::MaxU => self.choose(op, Cc::B),
            Opcode::Setcond => self.setcond(op),
            Opcode::Select => self.select(op),
            // What is rare.
            _ => self.interpret(op),
        }
    }

    fn mov(&mut self, op: &Op) {
        if op.a == Var::IMM {
            let dst = self.registers.write(&mut self.asm, op.dst);
            self.asm.mov_imm(dst, op.imm as u64);
        } else {
            let a = self.registers.read(&mut self.asm, op.a);
            let dst = self.registers.write(&mut self.asm, op.dst);
            self.asm.mov(W64, dst, a);
        }
    }

    fn in_place(&mut self, op: &Op, emit: impl FnOnce(&mut super::Assembler, Reg)) {
        let a = self.operand(op, op.a, Reg::Rax);
        let dst = self.registers.write(&mut self.asm, op.dst);
        self.asm.mov(W64, dst, a);
        emit(&mut self.asm, dst);
    }

    fn extend(&mut self, op: &Op, extend: Extend) {
        let a = self.operand(op, op.a, Reg::Rax);
        let dst = self.registers.write(&mut self.asm, op.dst);
        self.asm.extend(extend, dst, a);
    }

    fn count_bits(&mut self, op: &Op) {
        let a = self.operand(op, op.a, Reg::Rax);
        let dst = self.registers.write(&mut self.asm, op.dst);
        match op.code {
            Opcode::Clz => self.asm.lzcnt(W64, dst, a),
            Opcode::ClzW => self.asm.lzcnt(W32, dst, a),
            Opcode::Ctz => self.asm.tzcnt(W64, dst, a),
            Opcode::CtzW => self.asm.tzcnt(W32, dst, a),
            Opcode::Popcnt => self.asm.popcnt(W64, dst, a),
            _ => self.asm.popcnt(W32, dst, a),
        }
    }

    /// 64-bit addition: without a move where the host allows it.
    fn add(&mut self, op: &Op) {
        let (a, b) = if op.a == Var::IMM {
            (op.b, op.a)
        } else {
            (op.a, op.b)
        };
        if a == Var::IMM {
            return self.alu(op, Alu::Add, W64);
        }
        let ra = self.registers.read(&mut self.asm, a);
        if b != Var::IMM {
            let rb = self.registers.read(&mut self.asm, b);
            let dst = self.registers.write(&mut self.asm, op.dst);
            if dst == ra {
                self.asm.alu(Alu::Add, W64, dst, rb);
            } else if dst == rb {
                self.asm.alu(Alu::Add, W64, dst, ra);
            } else {
                let sum = Mem {
                    base: ra,
                    index: Some(rb),
                    displacement: 0,
                };
                self.asm.lea(W64, dst, sum);
            }
        } else if let Some(value) = small(op, b) {
            let dst = self.registers.write(&mut self.asm, op.dst);
            if dst == ra {
                self.asm.alu_imm(Alu::Add, W64, dst, value);
            } else {
                self.asm.lea(W64, dst, Mem::at(ra, value));
            }
        } else {
            self.asm.mov_imm(Reg::Rax, op.imm as u64);
            self.asm.alu(Alu::Add, W64, Reg::Rax, ra);
            self.set(op.dst, Reg::Rax);
        }
    }

    /// `dst = a op b`; a 32-bit result is sign-extended.
    fn alu(&mut self, op: &Op, alu: Alu, width: Width) {
        let a = self.operand(op, op.a, Reg::Rax);
        let immediate = small(op, op.b);
        let b = match immediate {
            Some(_) => None,
            None => Some(self.operand(op, op.b, Reg::Rcx)),
        };
        let dst = self.registers.write(&mut self.asm, op.dst);
        let (target, a, b) = match b {
            Some(b) if b == dst && a != dst && alu.commutes() => (dst, b, Some(a)),
            Some(b) if b == dst && a != dst => (Reg::Rax, a, Some(b)),
            _ => (dst, a, b),
        };
        self.asm.mov(W64, target, a);
        match (b, immediate) {
            (Some(b), _) => self.asm.alu(alu, width, target, b),
            (None, Some(value)) => self.asm.alu_imm(alu, width, target, value),
            (None, None) => {}
        }
        self.finish(width, dst, target);
    }

    /// Moves a result to its destination.
    fn finish(&mut self, width: Width, dst: Reg, result: Reg) {
        match width {
            W32 => self.asm.extend(Extend::Sign32, dst, result),
            W64 => self.asm.mov(W64, dst, result),
        }
    }

    fn and_not(&mut self, op: &Op) {
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        self.asm.mov(W64, Reg::Rcx, b);
        self.asm.wide(Wide::Not, W64, Reg::Rcx);
        self.asm.alu(Alu::And, W64, Reg::Rcx, a);
        self.set(op.dst, Reg::Rcx);
    }

    fn mul(&mut self, op: &Op, width: Width) {
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        let dst = self.registers.write(&mut self.asm, op.dst);
        let (a, b) = if dst == b { (b, a) } else { (a, b) };
        self.asm.mov(W64, dst, a);
        self.asm.imul(width, dst, b);
        self.finish(width, dst, dst);
    }

    fn mul_high(&mut self, op: &Op) {
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        self.asm.mov(W64, Reg::Rdi, a);
        self.asm.mov(W64, Reg::Rax, a);
        let wide = match op.code {
            Opcode::MulhS => Wide::Imul,
            _ => Wide::Mul,
        };
        self.asm.wide(wide, W64, b);
        if op.code == Opcode::MulhSu {
            // A negative a was taken for 2⁶⁴ more than it is.
            self.asm.shift_imm(Shift::Sar, W64, Reg::Rdi, 63);
            self.asm.alu(Alu::And, W64, Reg::Rdi, b);
            self.asm.alu(Alu::Sub, W64, Reg::Rdx, Reg::Rdi);
        }
        self.set(op.dst, Reg::Rdx);
    }

    fn divide_signed(&mut self, op: &Op, width: Width) {
        let remainder = matches!(op.code, Opcode::RemS | Opcode::RemSW);
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        self.asm.mov(W64, Reg::Rax, a);
        self.asm.mov(W64, Reg::Rcx, b);
        // Divisors 0 and −1 are those that the host may trap on; as unsigned numbers plus one they
        // are 1 and 0.
        self.asm.lea(width, Reg::Rdx, Mem::at(Reg::Rcx, 1));
        self.asm.alu_imm(Alu::Cmp, width, Reg::Rdx, 1);
        let special = self.asm.jcc(Cc::Be);
        self.asm.sign_to_rdx(width);
        self.asm.wide(Wide::Idiv, width, Reg::Rcx);
        if remainder {
            self.asm.mov(W64, Reg::Rax, Reg::Rdx);
        }
        let done = self.asm.jmp();
        self.asm.bind(special);
        self.asm.test(width, Reg::Rcx, Reg::Rcx);
        let minus_one = self.asm.jcc(Cc::Ne);
        if !remainder {
            self.asm.mov_imm(Reg::Rax, u64::MAX);
        }
        let zero_done = self.asm.jmp();
        self.asm.bind(minus_one);
        if remainder {
            self.asm.mov_imm(Reg::Rax, 0);
        } else {
            self.asm.wide(Wide::Neg, width, Reg::Rax);
        }
        self.asm.bind(zero_done);
        self.asm.bind(done);
        let dst = self.registers.write(&mut self.asm, op.dst);
        self.finish(width, dst, Reg::Rax);
    }

    fn divide_unsigned(&mut self, op: &Op, width: Width) {
        let remainder = matches!(op.code, Opcode::RemU | Opcode::RemUW);
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        self.asm.mov(W64, Reg::Rax, a);
        self.asm.mov(W64, Reg::Rcx, b);
        self.asm.test(width, Reg::Rcx, Reg::Rcx);
        let zero = self.asm.jcc(Cc::E);
        self.asm.alu(Alu::Xor, W32, Reg::Rdx, Reg::Rdx);
        self.asm.wide(Wide::Div, width, Reg::Rcx);
        if remainder {
            self.asm.mov(W64, Reg::Rax, Reg::Rdx);
        }
        let done = self.asm.jmp();
        self.asm.bind(zero);
        if !remainder {
            self.asm.mov_imm(Reg::Rax, u64::MAX);
        }
        self.asm.bind(done);
        let dst = self.registers.write(&mut self.asm, op.dst);
        self.finish(width, dst, Reg::Rax);
    }

    fn shift(&mut self, op: &Op, shift: Shift, width: Width) {
        let a = self.operand(op, op.a, Reg::Rax);
        if op.b == Var::IMM {
            let bits = if width == W64 { 63 } else { 31 };
            let dst = self.registers.write(&mut self.asm, op.dst);
            self.asm.mov(W64, dst, a);
            self.asm.shift_imm(shift, width, dst, op.imm as u8 & bits);
            if width == W32 {
                self.finish(width, dst, dst);
            }
            return;
        }
        let b = self.registers.read(&mut self.asm, op.b);
        self.asm.mov(W64, Reg::Rcx, b);
        let dst = self.registers.write(&mut self.asm, op.dst);
        // If this overwrites b, `rcx` has it.
        self.asm.mov(W64, dst, a);
        self.asm.shift_cl(shift, width, dst);
        if width == W32 {
            self.finish(width, dst, dst);
        }
    }

    /// `dst = b if (a cc b) else a`
    fn choose(&mut self, op: &Op, cc: Cc) {
        let a = self.operand(op, op.a, Reg::Rax);
        let b = self.operand(op, op.b, Reg::Rcx);
        self.asm.mov(W64, Reg::Rax, a);
        self.asm.alu(Alu::Cmp, W64, Reg::Rax, b);
        self.asm.cmov(cc, Reg::Rax, b);
        self.set(op.dst, Reg::Rax);
    }

    fn setcond(&mut self, op: &Op) {
        let cond = Cond::from_bits(op.aux).unwrap_or(Cond::Eq);
        let a = self.operand(op, op.a, Reg::Rax);
        if let Some(value) = small(op, op.b) {
            self.asm.alu_imm(Alu::Cmp, W64, a, value);
        } else {
            let b = self.operand(op, op.b, Reg::Rcx);
            self.asm.alu(Alu::Cmp, W64, a, b);
        }
        self.asm.set(condition(cond), Reg::Rax);
        self.set(op.dst, Reg::Rax);
    }

    fn select(&mut self, op: &Op) {
        let a = self.registers.read(&mut self.asm, op.a);
        let b = self.registers.read(&mut self.asm, op.b);
        let c = self.registers.read(&mut self.asm, op.c);
        self.asm.mov(W64, Reg::Rax, c);
        self.asm.test(W64, a, a);
        self.asm.cmov(Cc::Ne, Reg::Rax, b);
        self.set(op.dst, Reg::Rax);
    }
}
