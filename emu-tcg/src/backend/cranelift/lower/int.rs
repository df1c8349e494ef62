//! Integer operations.

use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    InstBuilder, InstructionData, Opcode as HostOpcode, Type, Value, types,
};

use super::super::assumed;
use super::Lowering;
use crate::backend::code_space::JitError;
use crate::ir::{Cond, Op, Opcode, Var};

/// Cranelift's name of a comparison.
pub(super) fn condition(cond: Cond) -> IntCC {
    match cond {
        Cond::Eq => IntCC::Equal,
        Cond::Ne => IntCC::NotEqual,
        Cond::LtS => IntCC::SignedLessThan,
        Cond::GeS => IntCC::SignedGreaterThanOrEqual,
        Cond::LtU => IntCC::UnsignedLessThan,
        Cond::GeU => IntCC::UnsignedGreaterThanOrEqual,
    }
}

/// Division or remainder.
#[derive(Clone, Copy)]
struct Division {
    signed: bool,
    remainder: bool,
    ty: Type,
}

impl Lowering<'_, '_> {
    pub(super) fn int_op(&mut self, op: &Op) -> Result<(), JitError> {
        if op.code == Opcode::Mov || self.is_extended(op) {
            self.mov(op);
            return Ok(());
        }
        let a = self.int(op.a, op.imm);
        let mut second = None;
        let value = match op.code {
            Opcode::Not => self.b.ins().bnot(a),
            Opcode::Sext8 => self.narrow(types::I8, a, true),
            Opcode::Sext16 => self.narrow(types::I16, a, true),
            Opcode::Sext32 => self.narrow(types::I32, a, true),
            Opcode::Zext8 => self.narrow(types::I8, a, false),
            Opcode::Zext16 => self.narrow(types::I16, a, false),
            Opcode::Zext32 => self.narrow(types::I32, a, false),
            Opcode::Clz => self.b.ins().clz(a),
            Opcode::Ctz => self.b.ins().ctz(a),
            Opcode::Popcnt => self.b.ins().popcnt(a),
            Opcode::ClzW | Opcode::CtzW | Opcode::PopcntW => {
                let a = self.b.ins().ireduce(types::I32, a);
                let count = match op.code {
                    Opcode::ClzW => self.b.ins().clz(a),
                    Opcode::CtzW => self.b.ins().ctz(a),
                    _ => self.b.ins().popcnt(a),
                };
                self.b.ins().uextend(types::I64, count)
            }
            Opcode::Bswap => self.b.ins().bswap(a),
            Opcode::OrBytes => self.or_bytes(a),
            Opcode::Select => {
                let (b, c) = (self.int(op.b, 0), self.int(op.c, 0));
                self.b.ins().select(a, b, c)
            }
            _ => {
                let b = self.int(op.b, op.imm);
                second = Some(b);
                self.binary(op, a, b)?
            }
        };
        let value = self.of_bits(op, (a, second), value);
        self.set_int(op.dst, value);
        Ok(())
    }

    /// Whether `op` extends what is extended already.
    fn is_extended(&self, op: &Op) -> bool {
        let of_all_bits = matches!(op.code, Opcode::AddW | Opcode::SubW);
        let adds_nothing = op.b == Var::IMM && op.imm == 0 && op.a != Var::IMM;
        self.ranges.needs_no_extension(op) && (!of_all_bits || adds_nothing)
    }

    /// A copy keeps the form of its value.
    fn mov(&mut self, op: &Op) {
        if op.a == Var::IMM {
            let value = self.int(op.a, op.imm);
            return self.set_int(op.dst, value);
        }
        let local = self.fetch(op.a);
        self.set(op.dst, local);
    }

    fn binary(&mut self, op: &Op, a: Value, b: Value) -> Result<Value, JitError> {
        Ok(match op.code {
            Opcode::Add => self.b.ins().iadd(a, b),
            Opcode::Sub => self.b.ins().isub(a, b),
            Opcode::Mul => self.b.ins().imul(a, b),
            Opcode::MulhS => self.b.ins().smulhi(a, b),
            Opcode::MulhU => self.b.ins().umulhi(a, b),
            Opcode::MulhSu => {
                // Unsigned, minus b·2⁶⁴ if a is negative.
                let high = self.b.ins().umulhi(a, b);
                let sign = self.b.ins().sshr_imm_s(a, 63);
                let correction = self.b.ins().band(sign, b);
                self.b.ins().isub(high, correction)
            }
            // To extend a byte into another register is one instruction, to mask it there two.
            Opcode::And if op.b == Var::IMM && op.imm == 0xff => self.narrow(types::I8, a, false),
            Opcode::And if op.b == Var::IMM && op.imm == 0xffff => {
                self.narrow(types::I16, a, false)
            }
            Opcode::And => self.b.ins().band(a, b),
            // The host's double shift, which Cranelift would make of this, takes several times as long.
            Opcode::Or if self.joins_shifts(a, b) || self.joins_shifts(b, a) => {
                self.b.ins().iadd(a, b)
            }
            Opcode::Or => self.or(a, b),
            Opcode::Xor => self.b.ins().bxor(a, b),
            Opcode::AndNot => self.b.ins().band_not(a, b),
            // Cranelift shifts by the amount modulo the width, too.
            Opcode::Shl => self.b.ins().ishl(a, b),
            Opcode::ShrU => self.b.ins().ushr(a, b),
            Opcode::ShrS => self.b.ins().sshr(a, b),
            Opcode::RotL => self.b.ins().rotl(a, b),
            Opcode::RotR => self.b.ins().rotr(a, b),
            Opcode::MinS => self.b.ins().smin(a, b),
            Opcode::MinU => self.b.ins().umin(a, b),
            Opcode::MaxS => self.b.ins().smax(a, b),
            Opcode::MaxU => self.b.ins().umax(a, b),
            Opcode::Setcond => {
                let cond = Cond::from_bits(op.aux).ok_or(JitError::Inconsistent("condition"))?;
                let bit = self.b.ins().icmp(condition(cond), a, b);
                self.b.ins().uextend(types::I64, bit)
            }
            Opcode::DivS | Opcode::DivU | Opcode::RemS | Opcode::RemU => {
                self.division_by_assumed(op, types::I64, a, b)
            }
            Opcode::AddW if self.ranges.needs_no_extension(op) => self.b.ins().iadd(a, b),
            Opcode::SubW if self.ranges.needs_no_extension(op) => self.b.ins().isub(a, b),
            Opcode::AddW
            | Opcode::SubW
            | Opcode::MulW
            | Opcode::ShlW
            | Opcode::ShrUW
            | Opcode::ShrSW
            | Opcode::RotLW
            | Opcode::RotRW
            | Opcode::DivSW
            | Opcode::DivUW
            | Opcode::RemSW
            | Opcode::RemUW => {
                let a = self.b.ins().ireduce(types::I32, a);
                let b = self.b.ins().ireduce(types::I32, b);
                let value = match op.code {
                    Opcode::AddW => self.b.ins().iadd(a, b),
                    Opcode::SubW => self.b.ins().isub(a, b),
                    Opcode::MulW => self.b.ins().imul(a, b),
                    Opcode::ShlW => self.b.ins().ishl(a, b),
                    Opcode::ShrUW => self.b.ins().ushr(a, b),
                    Opcode::ShrSW => self.b.ins().sshr(a, b),
                    Opcode::RotLW => self.b.ins().rotl(a, b),
                    Opcode::RotRW => self.b.ins().rotr(a, b),
                    _ => self.division_by_assumed(op, types::I32, a, b),
                };
                // The same, but free on this host.
                if self.ranges.result_is_natural(op) {
                    self.b.ins().uextend(types::I64, value)
                } else {
                    self.b.ins().sextend(types::I64, value)
                }
            }
            _ => return Err(JitError::Inconsistent("not an integer operation")),
        })
    }

    /// Whether the two are shifts, left and right, that together fill a register from two others.
    fn joins_shifts(&self, left: Value, right: Value) -> bool {
        let shift = |value: Value, opcode: HostOpcode| {
            let inst = self.b.func.dfg.value_def(value).inst()?;
            match self.b.func.dfg.insts[inst] {
                InstructionData::Binary {
                    opcode: code,
                    args: [shifted, by],
                } if code == opcode => Some((shifted, self.constant_of(by)?)),
                _ => None,
            }
        };
        match (
            shift(left, HostOpcode::Ishl),
            shift(right, HostOpcode::Ushr),
        ) {
            (Some((high, up)), Some((low, down))) => {
                high != low && (1..64).contains(&up) && up + down == 64
            }
            _ => false,
        }
    }

    fn narrow(&mut self, ty: Type, value: Value, signed: bool) -> Value {
        let low = self.b.ins().ireduce(ty, value);
        if signed {
            self.b.ins().sextend(types::I64, low)
        } else {
            self.b.ins().uextend(types::I64, low)
        }
    }

    /// 0xff in each byte that is not 0.
    fn or_bytes(&mut self, a: Value) -> Value {
        const LOW_SEVEN: i64 = 0x7f7f_7f7f_7f7f_7f7f;
        let low = self.b.ins().band_imm_s(a, LOW_SEVEN);
        // Carries into bit 7 of each byte whose low bits are not all 0, never beyond.
        let carried = self.b.ins().iadd_imm_s(low, LOW_SEVEN);
        let any = self.b.ins().bor(carried, a);
        let top = self.b.ins().band_imm_s(any, !LOW_SEVEN);
        let ones = self.b.ins().ushr_imm_s(top, 7);
        self.b.ins().imul_imm_s(ones, 0xff)
    }

    /// A division by what the divisor is taken to be, where it is: that takes multiplications, and a fraction of the time.
    fn division_by_assumed(&mut self, op: &Op, ty: Type, a: Value, b: Value) -> Value {
        let division = division(op.code, ty);
        let Some(divisor) = assumed::divisor(op, |var| self.input.assumed.value(var)) else {
            return self.division(division, a, b);
        };
        let divisor = match ty {
            types::I32 => i64::from(divisor as u32),
            _ => divisor,
        };
        let divisor = self.b.ins().iconst(ty, divisor);
        let differs = self.b.ins().icmp(IntCC::NotEqual, b, divisor);
        let quick = self.host_division(division, a, divisor);
        self.unless(differs, quick, |lowering| lowering.division(division, a, b))
    }

    /// The host's division traps on what the guest's defines; those cases go out of line.
    fn division(&mut self, division: Division, a: Value, b: Value) -> Value {
        let Division {
            signed,
            remainder,
            ty,
        } = division;
        if self
            .constant_of(b)
            .is_some_and(|divisor| divisor != 0 && divisor != -1)
        {
            return self.host_division(division, a, b);
        }
        // Signed: 0 and −1 are those for which divisor + 1 is at most 1.
        let special = if signed {
            let next = self.b.ins().iadd_imm_s(b, 1);
            self.b
                .ins()
                .icmp_imm_s(IntCC::UnsignedLessThanOrEqual, next, 1)
        } else {
            self.b.ins().icmp_imm_s(IntCC::Equal, b, 0)
        };
        let (slow, fast, join) = (self.cold_block(), self.block_here(), self.block_here());
        let result = self.b.append_block_param(join, ty);
        self.b.ins().brif(special, slow, &[], fast, &[]);
        self.enter_block(slow);
        let ones = if ty == types::I64 { -1 } else { 0xffff_ffff };
        let value = match (signed, remainder) {
            (false, false) => self.b.ins().iconst(ty, ones),
            (false, true) => a,
            // Signed, by 0 or by −1: then the quotient is the negation, which wraps on
            // overflow as it should, and there is no remainder.
            (true, _) => {
                let is_zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
                let (by_zero, by_minus_one) = if remainder {
                    (a, self.b.ins().iconst(ty, 0))
                } else {
                    (self.b.ins().iconst(ty, ones), self.b.ins().ineg(a))
                };
                self.b.ins().select(is_zero, by_zero, by_minus_one)
            }
        };
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(fast);
        let value = self.host_division(division, a, b);
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(join);
        result
    }

    fn host_division(&mut self, division: Division, a: Value, b: Value) -> Value {
        match (division.signed, division.remainder) {
            (true, false) => self.b.ins().sdiv(a, b),
            (true, true) => self.b.ins().srem(a, b),
            (false, false) => self.b.ins().udiv(a, b),
            (false, true) => self.b.ins().urem(a, b),
        }
    }

    /// The value, if it is a constant that this node has made.
    pub(super) fn constant_of(&self, value: Value) -> Option<i64> {
        let inst = self.b.func.dfg.value_def(value).inst()?;
        match self.b.func.dfg.insts[inst] {
            InstructionData::UnaryImm {
                opcode: HostOpcode::Iconst,
                imm,
                ..
            } => Some(imm.bits()),
            _ => None,
        }
    }
}

fn division(code: Opcode, ty: Type) -> Division {
    Division {
        signed: matches!(
            code,
            Opcode::DivS | Opcode::RemS | Opcode::DivSW | Opcode::RemSW
        ),
        remainder: matches!(
            code,
            Opcode::RemS | Opcode::RemU | Opcode::RemSW | Opcode::RemUW
        ),
        ty,
    }
}
