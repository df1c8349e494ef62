//! Floating point: scalar SSE where it gives the guest's result and flags, else soft float.
//!
//! Values are in general registers like all others, for the next block wants them in memory anyway.
//! A result that is a NaN is made canonical off the straight path; a single that is not NaN-boxed
//! sends the operation to soft float. Flags accrue in MXCSR, which has the guest's rounding mode.

use std::mem::offset_of;

use super::Compiler;
use super::assembler::{Alu, Cc, Extend, Fp, Jump, Mem, Reg, Scalar, Shift, Wide, Width, Xmm};
use super::emit::{Stub, field};
use super::registers::home;
use crate::backend::code_space::{JitError, enter};
use crate::backend::fp::FpAux;
use crate::ir::{FpFormat, IntFormat, Op, Opcode, RoundingMode, Var};
use crate::state::CpuState;

use Width::{W32, W64};

/// The canonical NaN as a register holds it.
pub(super) fn canonical_nan(fp: Fp) -> u64 {
    match fp {
        Fp::Single => 0xffff_ffff_7fc0_0000,
        Fp::Double => 0x7ff8_0000_0000_0000,
    }
}

/// Rounding by [`Assembler::round`](super::assembler::Assembler::round) that never raises "inexact".
const QUIETLY: u8 = 8;

fn host_format(format: FpFormat) -> Fp {
    match format {
        FpFormat::Single => Fp::Single,
        FpFormat::Double => Fp::Double,
    }
}

/// An operation with its operands in registers, and the ways out to soft float found so far.
struct Float {
    what: u64,
    operands: [Option<Reg>; 3],
    dst: Reg,
    from: [Option<Jump>; 4],
}

impl Float {
    fn way_out(&mut self, jump: Jump) {
        if let Some(free) = self.from.iter_mut().find(|way| way.is_none()) {
            *free = Some(jump);
        }
    }
}

impl Compiler {
    pub(super) fn float_op(&mut self, op: &Op) -> Result<(), JitError> {
        if op.code == Opcode::FBox {
            let a = self.operand(op, op.a, Reg::Rcx);
            self.asm.mov_imm(Reg::Rax, u64::MAX << 32);
            self.asm.alu(Alu::Or, W64, Reg::Rax, a);
            self.set(op.dst, Reg::Rax);
            return Ok(());
        }
        let aux = FpAux::from_aux(op.aux)
            .ok_or(JitError::Inconsistent("aux of a floating-point operation"))?;
        let fp = host_format(aux.format);
        let dynamic = aux.rounding == RoundingMode::Dynamic;
        match op.code {
            Opcode::FAdd if dynamic => self.arithmetic(op, fp, Scalar::Add),
            Opcode::FSub if dynamic => self.arithmetic(op, fp, Scalar::Sub),
            Opcode::FMul if dynamic => self.arithmetic(op, fp, Scalar::Mul),
            Opcode::FDiv if dynamic => self.arithmetic(op, fp, Scalar::Div),
            Opcode::FSqrt if dynamic => self.arithmetic(op, fp, Scalar::Sqrt),
            Opcode::FMadd if dynamic && self.features.fma => self.fused(op, fp, 0xa9),
            Opcode::FMsub if dynamic && self.features.fma => self.fused(op, fp, 0xab),
            Opcode::FNmsub if dynamic && self.features.fma => self.fused(op, fp, 0xad),
            Opcode::FNmadd if dynamic && self.features.fma => self.fused(op, fp, 0xaf),
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx => self.sign_injection(op, fp),
            Opcode::FEq | Opcode::FLt | Opcode::FLe => self.comparison(op, fp),
            Opcode::FMin => self.min_max(op, fp, Scalar::Min),
            Opcode::FMax => self.min_max(op, fp, Scalar::Max),
            Opcode::FToInt
                if matches!(aux.rounding, RoundingMode::Zero | RoundingMode::Dynamic)
                    && matches!(aux.int, IntFormat::I32 | IntFormat::I64) =>
            {
                self.float_to_int(op, fp, aux);
            }
            Opcode::FToInt if self.features.sse41 => self.rounded_to_int(op, fp, aux),
            Opcode::IntToF if dynamic || is_exact(aux) => {
                self.int_to_float(op, fp, aux.int);
            }
            // To double is exact.
            Opcode::FCvt if dynamic || fp == Fp::Double => self.convert(op, fp),
            _ => {
                let float = self.start(op);
                self.soft_call(float.what, float.operands, float.dst);
            }
        }
        Ok(())
    }

    /// Brings operands and destination into registers.
    fn start(&mut self, op: &Op) -> Float {
        let slots = self.guest.special_slots();
        let mut operand =
            |var: Var, scratch: Reg| (var != Var::NONE).then(|| self.operand(op, var, scratch));
        let operands = [
            operand(op.a, Reg::Rdx),
            operand(op.b, Reg::Rcx),
            operand(op.c, Reg::Rdi),
        ];
        Float {
            what: op.code as u64
                | u64::from(op.aux) << 8
                | u64::from(slots.rounding_mode.0) << 16
                | u64::from(slots.fp_flags.0) << 32,
            operands,
            dst: self.registers.write(&mut self.asm, op.dst),
            from: [None; 4],
        }
    }

    /// Where the ways out come back.
    fn finish_float(&mut self, float: Float) {
        if float.from.iter().any(Option::is_some) {
            self.stubs.push(Stub::Soft {
                from: float.from,
                what: float.what,
                operands: float.operands,
                dst: float.dst,
                back: self.asm.offset(),
            });
        }
    }

    /// Operand `index` into a vector register; uses `rax`.
    fn load_xmm(&mut self, float: &mut Float, index: usize, fp: Fp, xmm: Xmm) {
        let Some(reg) = float.operands[index] else {
            return;
        };
        if fp == Fp::Single {
            self.check_boxed(float, reg);
        }
        self.asm.movq_to_xmm(xmm, reg);
    }

    /// Leaves to soft float unless the single is boxed; uses `rax`.
    fn check_boxed(&mut self, float: &mut Float, reg: Reg) {
        self.asm.mov(W64, Reg::Rax, reg);
        self.asm.shift_imm(Shift::Sar, W64, Reg::Rax, 32);
        self.asm.alu_imm(Alu::Cmp, W64, Reg::Rax, -1);
        let jump = self.asm.jcc(Cc::Ne);
        float.way_out(jump);
    }

    /// The result out of a vector register; uses `rax`.
    fn take_result(&mut self, dst: Reg, fp: Fp, xmm: Xmm) {
        match fp {
            Fp::Double => self.asm.movq_from_xmm(dst, xmm),
            Fp::Single => {
                self.asm.movd_from_xmm(dst, xmm);
                self.asm.mov_imm(Reg::Rax, u64::MAX << 32);
                self.asm.alu(Alu::Or, W64, dst, Reg::Rax);
            }
        }
    }

    /// As `take_result`, of arithmetic that may have made a NaN.
    fn take_arithmetic(&mut self, dst: Reg, fp: Fp, xmm: Xmm) {
        self.asm.compare(fp, true, xmm, xmm);
        let from = self.asm.jcc(Cc::P);
        self.take_result(dst, fp, xmm);
        self.stubs.push(Stub::CanonicalNan {
            from,
            dst,
            fp,
            back: self.asm.offset(),
        });
    }

    fn arithmetic(&mut self, op: &Op, fp: Fp, scalar: Scalar) {
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, fp, Xmm::X0);
        let source = if scalar == Scalar::Sqrt {
            Xmm::X0
        } else {
            self.load_xmm(&mut float, 1, fp, Xmm::X1);
            Xmm::X1
        };
        self.asm.scalar(scalar, fp, Xmm::X0, source);
        self.take_arithmetic(float.dst, fp, Xmm::X0);
        self.finish_float(float);
    }

    fn fused(&mut self, op: &Op, fp: Fp, opcode: u8) {
        let mut float = self.start(op);
        for (index, xmm) in [Xmm::X0, Xmm::X1, Xmm::X2].into_iter().enumerate() {
            self.load_xmm(&mut float, index, fp, xmm);
        }
        self.asm.fused(opcode, fp, Xmm::X0, Xmm::X1, Xmm::X2);
        // With a NaN as the addend the host does not see that ∞ × 0 is invalid. Soft float does.
        self.asm.compare(fp, true, Xmm::X0, Xmm::X0);
        let jump = self.asm.jcc(Cc::P);
        float.way_out(jump);
        self.take_result(float.dst, fp, Xmm::X0);
        self.finish_float(float);
    }

    fn sign_injection(&mut self, op: &Op, fp: Fp) {
        let mut float = self.start(op);
        let [Some(a), Some(b), _] = float.operands else {
            return;
        };
        let sign = if fp == Fp::Double { 63 } else { 31 };
        if fp == Fp::Single {
            self.check_boxed(&mut float, a);
            if a != b {
                self.check_boxed(&mut float, b);
            }
        }
        self.asm.mov(W64, Reg::Rax, a);
        if op.a == op.b {
            match op.code {
                Opcode::FSgnj => {}
                Opcode::FSgnjn => self.asm.complement_bit(Reg::Rax, sign),
                _ => self.asm.clear_bit(Reg::Rax, sign),
            }
        } else {
            // The sign of b, alone.
            self.asm.mov(W64, Reg::Rcx, b);
            if op.code == Opcode::FSgnjn {
                self.asm.complement_bit(Reg::Rcx, sign);
            }
            self.asm.shift_imm(Shift::Shr, W64, Reg::Rcx, sign);
            self.asm.alu_imm(Alu::And, W64, Reg::Rcx, 1);
            self.asm.shift_imm(Shift::Shl, W64, Reg::Rcx, sign);
            if op.code != Opcode::FSgnjx {
                self.asm.clear_bit(Reg::Rax, sign);
            }
            self.asm.alu(Alu::Xor, W64, Reg::Rax, Reg::Rcx);
        }
        self.asm.mov(W64, float.dst, Reg::Rax);
        self.finish_float(float);
    }

    fn min_max(&mut self, op: &Op, fp: Fp, scalar: Scalar) {
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, fp, Xmm::X0);
        self.load_xmm(&mut float, 1, fp, Xmm::X1);
        self.asm.compare(fp, true, Xmm::X0, Xmm::X1);
        let jump = self.asm.jcc(Cc::P);
        float.way_out(jump);
        let differ = self.asm.jcc(Cc::Ne);
        // Zeros may differ in sign.
        match scalar {
            Scalar::Min => self.asm.or_xmm(Xmm::X0, Xmm::X1),
            _ => self.asm.and_xmm(Xmm::X0, Xmm::X1),
        }
        let done = self.asm.jmp();
        self.asm.bind(differ);
        self.asm.scalar(scalar, fp, Xmm::X0, Xmm::X1);
        self.asm.bind(done);
        self.take_result(float.dst, fp, Xmm::X0);
        self.finish_float(float);
    }

    fn comparison(&mut self, op: &Op, fp: Fp) {
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, fp, Xmm::X0);
        self.load_xmm(&mut float, 1, fp, Xmm::X1);
        if op.code == Opcode::FEq {
            self.asm.compare(fp, true, Xmm::X0, Xmm::X1);
            self.asm.set(Cc::Np, Reg::Rax);
            // `set` extends by a move, which leaves the flags.
            self.asm.set(Cc::E, float.dst);
            self.asm.alu(Alu::And, W32, float.dst, Reg::Rax);
        } else {
            // The other way round, for unordered sets what "below" reads.
            self.asm.compare(fp, false, Xmm::X1, Xmm::X0);
            let cc = if op.code == Opcode::FLt {
                Cc::A
            } else {
                Cc::Ae
            };
            self.asm.set(cc, float.dst);
        }
        self.finish_float(float);
    }

    /// Signed, towards zero or by the dynamic rounding mode.
    fn float_to_int(&mut self, op: &Op, fp: Fp, aux: FpAux) {
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, fp, Xmm::X0);
        let width = match aux.int {
            IntFormat::I32 => W32,
            _ => W64,
        };
        let towards_zero = aux.rounding == RoundingMode::Zero;
        self.asm
            .fp_to_int(fp, width, towards_zero, Reg::Rax, Xmm::X0);
        self.check_range(&mut float, aux.int);
        self.take_int(float, aux.int);
    }

    /// Any other way: the integer first as a float, so that no flag is raised before it is known
    /// to be in range.
    fn rounded_to_int(&mut self, op: &Op, fp: Fp, aux: FpAux) {
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, fp, Xmm::X0);
        let (rounded, rest) = (Xmm::X1, Xmm::X2);
        let rounding = match aux.rounding {
            RoundingMode::Nearest => 0,
            RoundingMode::Down => 1,
            RoundingMode::Up => 2,
            RoundingMode::Zero | RoundingMode::NearestAway => 3,
            RoundingMode::Dynamic => 4,
        };
        self.asm.round(QUIETLY | rounding, fp, rounded, Xmm::X0);
        if aux.rounding == RoundingMode::NearestAway {
            // Twice the rest is one or more if it is to be rounded away from zero. All is exact.
            self.asm.mov_xmm(rest, Xmm::X0);
            self.asm.scalar(Scalar::Sub, fp, rest, rounded);
            self.asm.scalar(Scalar::Add, fp, rest, rest);
            self.asm.round(QUIETLY | rounding, fp, rest, rest);
            self.asm.scalar(Scalar::Add, fp, rounded, rest);
        }
        if aux.int == IntFormat::U64 {
            // What is too large for the host's signed conversion.
            let limit = match fp {
                Fp::Single => u64::from((63_f32).exp2().to_bits()),
                Fp::Double => (63_f64).exp2().to_bits(),
            };
            self.asm.mov_imm(Reg::Rax, limit);
            self.asm.movq_to_xmm(rest, Reg::Rax);
            self.asm.compare(fp, true, rounded, rest);
            let jump = self.asm.jcc(Cc::Ae);
            float.way_out(jump);
        }
        let width = match aux.int {
            IntFormat::I32 => W32,
            _ => W64,
        };
        self.asm.fp_to_int(fp, width, true, Reg::Rax, rounded);
        self.check_range(&mut float, aux.int);
        // Raises "inexact" if it is.
        self.asm.fp_to_int(fp, W64, true, Reg::Rcx, Xmm::X0);
        self.take_int(float, aux.int);
    }

    /// Leaves to soft float if what the host made of a float, in `rax`, may not be its integer: what
    /// does not fit gives the most negative number. Uses `rdi`.
    fn check_range(&mut self, float: &mut Float, int: IntFormat) {
        let out = match int {
            IntFormat::I32 => {
                self.asm.alu_imm(Alu::Cmp, W32, Reg::Rax, i32::MIN);
                Cc::E
            }
            IntFormat::I64 => {
                self.asm.mov_imm(Reg::Rdi, i64::MIN as u64);
                self.asm.alu(Alu::Cmp, W64, Reg::Rax, Reg::Rdi);
                Cc::E
            }
            IntFormat::U32 => {
                self.asm.mov(W64, Reg::Rdi, Reg::Rax);
                self.asm.shift_imm(Shift::Shr, W64, Reg::Rdi, 32);
                Cc::Ne
            }
            IntFormat::U64 => {
                self.asm.test(W64, Reg::Rax, Reg::Rax);
                Cc::S
            }
        };
        let jump = self.asm.jcc(out);
        float.way_out(jump);
    }

    /// The result is in `rax`.
    fn take_int(&mut self, float: Float, int: IntFormat) {
        let extend = match int {
            IntFormat::I32 | IntFormat::U32 => Extend::Sign32,
            IntFormat::I64 | IntFormat::U64 => Extend::None,
        };
        self.asm.extend(extend, float.dst, Reg::Rax);
        self.finish_float(float);
    }

    fn int_to_float(&mut self, op: &Op, fp: Fp, int: IntFormat) {
        let mut float = self.start(op);
        let Some(mut a) = float.operands[0] else {
            return;
        };
        let mut width = W64;
        match int {
            IntFormat::I32 => width = W32,
            IntFormat::U32 => {
                self.asm.extend(Extend::Zero32, Reg::Rax, a);
                a = Reg::Rax;
            }
            IntFormat::I64 => {}
            IntFormat::U64 => {
                self.asm.test(W64, a, a);
                let jump = self.asm.jcc(Cc::S);
                float.way_out(jump);
            }
        }
        self.asm.int_to_fp(fp, width, Xmm::X0, a);
        self.take_result(float.dst, fp, Xmm::X0);
        self.finish_float(float);
    }

    /// To the format `fp` from the other.
    fn convert(&mut self, op: &Op, fp: Fp) {
        let other = match fp {
            Fp::Single => Fp::Double,
            Fp::Double => Fp::Single,
        };
        let mut float = self.start(op);
        self.load_xmm(&mut float, 0, other, Xmm::X0);
        self.asm.fp_to_fp(other, Xmm::X0, Xmm::X0);
        self.take_arithmetic(float.dst, fp, Xmm::X0);
        self.finish_float(float);
    }
}

impl Compiler {
    /// Accrued exception flags, the slot's and the host's.
    pub(super) fn flags_get(&mut self, op: &Op) {
        self.host_flags();
        let slot = home(self.guest.special_slots().fp_flags);
        self.asm.alu_from_mem(Alu::Or, W64, Reg::Rax, slot);
        self.set(op.dst, Reg::Rax);
    }

    /// Sets the slot, and clears the host's, unless those are among what is set: changing MXCSR
    /// costs far more than looking.
    pub(super) fn flags_set(&mut self, op: &Op) {
        let slot = home(self.guest.special_slots().fp_flags);
        let value = self.operand(op, op.a, Reg::Rdx);
        self.asm.mov(W64, Reg::Rdx, value);
        self.asm.alu_imm(Alu::And, W32, Reg::Rdx, 31);
        self.asm.store(8, slot, Reg::Rdx);
        self.host_flags();
        self.asm.wide(Wide::Not, W32, Reg::Rdx);
        self.asm.test(W32, Reg::Rax, Reg::Rdx);
        let from = self.asm.jcc(Cc::Ne);
        let back = self.asm.offset();
        self.stubs.push(Stub::ClearFlags { from, back });
    }

    /// The host's flags as the guest has them, into `rax`; uses `rcx`.
    fn host_flags(&mut self) {
        let mxcsr = field(offset_of!(CpuState, guest_mxcsr));
        if !self.mxcsr_stored {
            self.mxcsr_stored = true;
            self.asm.stmxcsr(mxcsr);
        }
        let table = enter::GUEST_FLAGS.as_ptr() as u64;
        self.asm.load(Extend::Zero8, Reg::Rax, mxcsr);
        self.asm
            .alu_imm(Alu::And, W32, Reg::Rax, enter::MXCSR_FLAGS as i32);
        self.asm.mov_imm(Reg::Rcx, table);
        let entry = Mem {
            base: Reg::Rcx,
            index: Some(Reg::Rax),
            displacement: 0,
        };
        self.asm.load(Extend::Zero8, Reg::Rax, entry);
    }

    /// Clears the host's flags; MXCSR is in the state.
    pub(super) fn clear_flags(&mut self) {
        let mxcsr = field(offset_of!(CpuState, guest_mxcsr));
        self.asm
            .alu_mem_imm(Alu::And, W32, mxcsr, !enter::MXCSR_FLAGS as i32);
        self.asm.ldmxcsr(mxcsr);
    }
}

/// Whether every integer of the format has an exact value.
fn is_exact(aux: FpAux) -> bool {
    aux.format == FpFormat::Double && matches!(aux.int, IntFormat::I32 | IntFormat::U32)
}
