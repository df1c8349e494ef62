//! Floating point: inline on the host's FPU where that gives the guest's results and flags,
//! else by a call of soft float.
//!
//! Inline operations run under the guest's MXCSR, so they round and raise flags as the guest's
//! would. Three things need care:
//! - *NaNs.* The host keeps payloads and makes negative NaNs, the guest's results are the canonical
//!   NaN. Results are kept *raw* while only arithmetic uses them, also from node to node
//!   ([`super::super::forms`]), and made canonical where their bits show: in memory, as integers.
//! - *Singles* live NaN-boxed in 64-bit registers; one that is not boxed reads as the canonical NaN.
//! - *Flags* are a side effect that Cranelift knows nothing of: an operation whose result nobody
//!   uses would be dropped, or moved to where it is used. So each result is *pinned*: used, by the
//!   end of its node and before flags are read, by something that stays where it is. Writers of the
//!   flags are barriers for all float slots ([`Rules::touch`](super::Rules::touch)), but for those that
//!   only restore them ([`quiet`](super::quiet)). For the rest see `fp_guard`.

use std::mem::offset_of;

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::immediates::{Ieee32, Ieee64};
use cranelift_codegen::ir::{Endianness, InstBuilder, MemFlagsData, Type, Value, types};
use cranelift_codegen::isa::CallConv;

use super::{Local, Lowering};
use crate::backend::code_space::JitError;
use crate::backend::code_space::enter::{self, FlagsOwner};
use crate::backend::cranelift::flow::CellSet;
use crate::backend::fp::FpAux;
use crate::backend::var_offset;
use crate::ir::{FpFormat, IntFormat, Op, Opcode, RoundingMode, Var};
use crate::state::{CpuState, TEMP_CAPACITY};

const CANONICAL_F64: u64 = 0x7ff8_0000_0000_0000;
const CANONICAL_F32: u32 = 0x7fc0_0000;
/// The invalid-operation flag of the guest.
const INVALID: i64 = 16;

impl Lowering<'_, '_> {
    pub(super) fn fp_op(&mut self, op: &Op) -> Result<(), JitError> {
        if op.code == Opcode::FBox {
            self.box_low(op);
            return Ok(());
        }
        let aux = FpAux::from_aux(op.aux)
            .ok_or(JitError::Inconsistent("aux of a floating-point operation"))?;
        let dynamic = aux.rounding == RoundingMode::Dynamic;
        match op.code {
            Opcode::FAdd | Opcode::FSub | Opcode::FMul | Opcode::FDiv | Opcode::FSqrt
                if dynamic =>
            {
                self.arithmetic(op, aux.format);
            }
            Opcode::FMadd | Opcode::FMsub | Opcode::FNmsub | Opcode::FNmadd
                if dynamic && self.input.has_fma =>
            {
                self.fused(op, aux.format);
            }
            Opcode::FMin | Opcode::FMax => self.min_max(op, aux.format),
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx => self.sign_injection(op, aux.format),
            Opcode::FToInt if aux.rounding == RoundingMode::Zero => self.convert_to_int(op, aux),
            // The host rounds to integers in any mode, but Cranelift has no name for the dynamic one.
            Opcode::FToInt if !dynamic && self.input.has_sse41 => {
                let value = self.convert_in_range(op, aux);
                self.unpinned.push(value);
                self.set_int(op.dst, value);
            }
            Opcode::IntToF if dynamic || is_exact(aux) => self.convert_int(op, aux),
            // To double is exact.
            Opcode::FCvt if dynamic || aux.format == FpFormat::Double => {
                self.convert(op, aux.format)
            }
            _ => {
                let result = self.soft(op);
                self.set_int(op.dst, result);
            }
        }
        Ok(())
    }

    // Forms of values.

    /// The value as an `f64`, canonical.
    pub(super) fn float(&mut self, var: Var) -> Value {
        self.fetch(var);
        let local = self.canonical(var);
        if let Some(float) = local.float {
            return float;
        }
        let float = match local.single {
            Some(single) => self.boxed(single),
            None => {
                let int = self.int(var, 0);
                self.bitcast(types::F64, int)
            }
        };
        self.local(var).float = Some(float);
        float
    }

    /// The value as an `f32`, canonical.
    fn single(&mut self, var: Var) -> Value {
        self.fetch(var);
        if let Some(single) = self.canonical(var).single {
            return single;
        }
        let float = self.float(var);
        let single = self.unboxed(float);
        // Only what is boxed is this single, so it is no form of the value.
        single
    }

    /// An operand of arithmetic, which may be a NaN of any kind; it is pinned if the result is.
    fn operand(&mut self, var: Var, format: FpFormat) -> Value {
        let local = self.fetch(var);
        let raw = match format {
            FpFormat::Double => local.float,
            FpFormat::Single => local.single,
        };
        let value = match raw {
            Some(raw) => raw,
            None => self.exact_operand(var, format),
        };
        self.unpinned.retain(|&other| other != value);
        value
    }

    /// The value of a float slot as a single or not, canonical unless `raw` is permitted.
    pub(super) fn float_value(&mut self, var: Var, single: bool, raw: bool) -> Value {
        let local = self.fetch(var);
        let kept = if single { local.single } else { local.float };
        match kept {
            Some(kept) if raw && local.raw => kept,
            _ if single => self.single(var),
            _ => self.float(var),
        }
    }

    fn exact_operand(&mut self, var: Var, format: FpFormat) -> Value {
        match format {
            FpFormat::Double => self.float(var),
            FpFormat::Single => self.single(var),
        }
    }

    /// Makes the value canonical if it may not be, and returns its forms.
    pub(super) fn canonical(&mut self, var: Var) -> Local {
        let local = self.locals[usize::from(var.0)];
        if !local.raw {
            return local;
        }
        let raw = local
            .single
            .or(local.float)
            .unwrap_or_else(|| unreachable!("raw values are floats"));
        let is_nan = self.b.ins().fcmp(FloatCC::Unordered, raw, raw);
        let single = local.single.is_some();
        let value = self.unless(is_nan, raw, |this| match single {
            true => this.b.ins().f32const(Ieee32::with_bits(CANONICAL_F32)),
            false => this.b.ins().f64const(Ieee64::with_bits(CANONICAL_F64)),
        });
        self.unpinned.retain(|&other| other != raw);
        let local = match single {
            true => Local {
                single: Some(value),
                ..Local::default()
            },
            false => Local {
                float: Some(value),
                ..Local::default()
            },
        };
        *self.local(var) = local;
        local
    }

    /// The low half of a register as a single, whether it is boxed or not.
    pub(super) fn low_single(&mut self, var: Var) -> Value {
        let local = self.fetch(var);
        if let (Some(int), None) = (local.int, local.float) {
            let low = self.b.ins().ireduce(types::I32, int);
            return self.bitcast(types::F32, low);
        }
        let float = self.float(var);
        self.low_half(float)
    }

    pub(super) fn vector_cast(&mut self, ty: Type, value: Value) -> Value {
        self.b.ins().bitcast(
            ty,
            MemFlagsData::new().with_endianness(Endianness::Little),
            value,
        )
    }

    /// A vector of which only lane 0 will be replaced. (To put a scalar into a vector without
    /// caring for the other lanes costs nothing, but Cranelift has no way to say so.)
    fn filler(&mut self, ty: Type, byte: u8) -> Value {
        let constant = self.b.func.dfg.constants.insert(vec![byte; 16].into());
        self.b.ins().vconst(ty, constant)
    }

    fn low_half(&mut self, float: Value) -> Value {
        let filler = self.filler(types::F64X2, 0);
        let vector = self.b.ins().insertlane(filler, float, 0);
        let lanes = self.vector_cast(types::F32X4, vector);
        self.b.ins().extractlane(lanes, 0)
    }

    fn unboxed(&mut self, float: Value) -> Value {
        let bits = self.bitcast(types::I64, float);
        let upper = self.b.ins().ushr_imm_s(bits, 32);
        let upper = self.b.ins().ireduce(types::I32, upper);
        let not_boxed = self.b.ins().icmp_imm_s(IntCC::NotEqual, upper, -1_i64);
        let low = self.low_half(float);
        self.unless(not_boxed, low, |this| {
            this.b.ins().f32const(Ieee32::with_bits(CANONICAL_F32))
        })
    }

    fn boxed(&mut self, single: Value) -> Value {
        // The single in lane 0, ones in lane 1.
        let filler = self.filler(types::F32X4, 0xff);
        let lanes = self.b.ins().insertlane(filler, single, 0);
        let vector = self.vector_cast(types::F64X2, lanes);
        self.b.ins().extractlane(vector, 0)
    }

    fn box_low(&mut self, op: &Op) {
        let single = if op.a == Var::IMM {
            self.b.ins().f32const(Ieee32::with_bits(op.imm as u32))
        } else {
            self.low_single(op.a)
        };
        self.set_single(op.dst, single, false);
    }

    /// Writes a single, NaN-boxed.
    pub(super) fn set_single(&mut self, var: Var, single: Value, raw: bool) {
        self.set(
            var,
            Local {
                single: Some(single),
                raw,
                ..Local::default()
            },
        );
    }

    fn set_result(&mut self, var: Var, format: FpFormat, value: Value, raw: bool) {
        match format {
            FpFormat::Double => self.set(
                var,
                Local {
                    float: Some(value),
                    raw,
                    ..Local::default()
                },
            ),
            FpFormat::Single => self.set_single(var, value, raw),
        }
    }

    /// Writes the result of arithmetic.
    fn set_arithmetic(&mut self, op: &Op, format: FpFormat, value: Value) {
        self.unpinned.push(value);
        self.set_result(op.dst, format, value, true);
    }

    /// Pins what nothing has pinned yet, by a store to memory that nobody reads: the
    /// interpreter's temps.
    pub(super) fn pin_remaining(&mut self) {
        let values = std::mem::take(&mut self.unpinned);
        for value in &values {
            let state = self.state();
            // Different places, or one store would make another dead.
            self.pins += 1;
            let scratch = var_offset(Var::temp((self.pins % TEMP_CAPACITY) as u16));
            self.b.ins().store(self.flags.state, *value, state, scratch);
        }
        self.unpinned = values;
        self.unpinned.clear();
    }

    // Operations.

    fn arithmetic(&mut self, op: &Op, format: FpFormat) {
        let a = self.operand(op.a, format);
        let value = if op.code == Opcode::FSqrt {
            self.b.ins().sqrt(a)
        } else {
            let b = self.operand(op.b, format);
            match op.code {
                Opcode::FAdd => self.b.ins().fadd(a, b),
                Opcode::FSub => self.b.ins().fsub(a, b),
                Opcode::FMul => self.b.ins().fmul(a, b),
                _ => self.b.ins().fdiv(a, b),
            }
        };
        self.set_arithmetic(op, format, value);
    }

    fn fused(&mut self, op: &Op, format: FpFormat) {
        let (a, b) = (self.operand(op.a, format), self.operand(op.b, format));
        let c = self.operand(op.c, format);
        let negated =
            |this: &mut Self, value, if_one_of: [Opcode; 2]| match if_one_of.contains(&op.code) {
                true => this.b.ins().fneg(value),
                false => value,
            };
        let factor = negated(self, a, [Opcode::FNmsub, Opcode::FNmadd]);
        let addend = negated(self, c, [Opcode::FMsub, Opcode::FNmadd]);
        let value = self.b.ins().fma(factor, b, addend);
        // With a NaN as the addend the host does not see that ∞ × 0 is invalid. Soft float does.
        let is_nan = self.b.ins().fcmp(FloatCC::Unordered, value, value);
        let value = self.unless(is_nan, value, |this| {
            let [a, b, c] = [a, b, c].map(|value| this.register_bits(value));
            let bits = this.soft_call(CallConv::PreserveAll, op, a, b, c);
            this.register_float(bits, format)
        });
        self.set_result(op.dst, format, value, false);
    }

    /// The 64 bits of a register that holds this float.
    fn register_bits(&mut self, value: Value) -> Value {
        if self.b.func.dfg.value_type(value) == types::F64 {
            return self.bitcast(types::I64, value);
        }
        let bits = self.bitcast(types::I32, value);
        let bits = self.b.ins().uextend(types::I64, bits);
        self.b
            .ins()
            .bor_imm_s(bits, 0xffff_ffff_0000_0000_u64 as i64)
    }

    /// The float in the 64 bits of a register; a single must be boxed.
    fn register_float(&mut self, bits: Value, format: FpFormat) -> Value {
        match format {
            FpFormat::Double => self.bitcast(types::F64, bits),
            FpFormat::Single => {
                let low = self.b.ins().ireduce(types::I32, bits);
                self.bitcast(types::F32, low)
            }
        }
    }

    fn min_max(&mut self, op: &Op, format: FpFormat) {
        let (a, b) = (self.operand(op.a, format), self.operand(op.b, format));
        let unordered = self.b.ins().fcmp(FloatCC::Unordered, a, b);
        // Canonical forms for the call, made here since they are remembered.
        let (exact_a, exact_b) = (self.int(op.a, 0), self.int(op.b, 0));
        let (slow, fast, join) = (
            self.cold_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let ty = self.b.func.dfg.value_type(a);
        let result = self.b.append_block_param(join, ty);
        self.b.ins().brif(unordered, slow, &[], fast, &[]);
        self.enter_block(slow);
        let bits = self.soft_call(CallConv::PreserveAll, op, exact_a, exact_b, exact_a);
        let value = self.register_float(bits, format);
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(fast);
        let value = if op.code == Opcode::FMin {
            self.b.ins().fmin(a, b)
        } else {
            self.b.ins().fmax(a, b)
        };
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(join);
        self.set_result(op.dst, format, result, false);
    }

    fn sign_injection(&mut self, op: &Op, format: FpFormat) {
        if op.code == Opcode::FSgnj && op.a == op.b {
            let local = self.fetch(op.a);
            let kept = match format {
                FpFormat::Double => local.float,
                FpFormat::Single => local.single,
            };
            if let Some(kept) = kept {
                // A copy keeps the form of its value.
                return self.set_result(op.dst, format, kept, local.raw);
            }
        }
        let a = self.exact_operand(op.a, format);
        let value = match (op.code, op.a == op.b) {
            (Opcode::FSgnj, true) => a,
            (Opcode::FSgnjn, true) => self.b.ins().fneg(a),
            (Opcode::FSgnjx, true) => self.b.ins().fabs(a),
            (code, _) => {
                let b = self.exact_operand(op.b, format);
                let sign = match code {
                    Opcode::FSgnj => b,
                    Opcode::FSgnjn => self.b.ins().fneg(b),
                    _ => {
                        let (ty, float) = match format {
                            FpFormat::Double => (types::I64, types::F64),
                            FpFormat::Single => (types::I32, types::F32),
                        };
                        let (a, b) = (self.bitcast(ty, a), self.bitcast(ty, b));
                        let both = self.b.ins().bxor(a, b);
                        self.bitcast(float, both)
                    }
                };
                self.b.ins().fcopysign(a, sign)
            }
        };
        self.set_result(op.dst, format, value, false);
    }

    /// A comparison; where the guest restores the flags afterwards, `restored` holds those.
    pub(super) fn comparison(&mut self, op: &Op, restored: Option<Var>) -> Result<(), JitError> {
        let aux = FpAux::from_aux(op.aux)
            .ok_or(JitError::Inconsistent("aux of a floating-point operation"))?;
        let (a, b) = (
            self.operand(op.a, aux.format),
            self.operand(op.b, aux.format),
        );
        let condition = match op.code {
            Opcode::FEq => FloatCC::Equal,
            Opcode::FLt => FloatCC::LessThan,
            _ => FloatCC::LessThanOrEqual,
        };
        // The host's comparison is quiet, but for signalling NaNs.
        if op.code != Opcode::FEq || restored.is_some() {
            let restored = restored.map(|var| self.int(var, 0));
            let unordered = self.b.ins().fcmp(FloatCC::Unordered, a, b);
            let (slow, join) = (self.cold_block(), self.b.create_block());
            self.b.ins().brif(unordered, slow, &[], join, &[]);
            self.enter_block(slow);
            match restored {
                Some(flags) => self.restore_flags(flags),
                None => {
                    let fp_flags = self.input.rules.guest.special_slots().fp_flags;
                    let flags = self.int(fp_flags, 0);
                    let flags = self.b.ins().bor_imm_s(flags, INVALID);
                    self.set_int(fp_flags, flags);
                }
            }
            self.b.ins().jump(join, &[]);
            self.enter_block(join);
        }
        let bit = self.b.ins().fcmp(condition, a, b);
        let value = self.b.ins().uextend(types::I64, bit);
        self.unpinned.push(value);
        self.set_int(op.dst, value);
        Ok(())
    }

    /// Towards zero.
    fn convert_to_int(&mut self, op: &Op, aux: FpAux) {
        let a = self.operand(op.a, aux.format);
        let value = match aux.int {
            IntFormat::I32 | IntFormat::I64 => {
                let ty = if aux.int == IntFormat::I32 {
                    types::I32
                } else {
                    types::I64
                };
                let value = self.b.ins().fcvt_to_sint_sat(ty, a);
                let is_nan = self.b.ins().fcmp(FloatCC::Unordered, a, a);
                let value = self.unless(is_nan, value, |this| {
                    this.b.ins().iconst(
                        ty,
                        if ty == types::I32 {
                            i64::from(i32::MAX)
                        } else {
                            i64::MAX
                        },
                    )
                });
                if ty == types::I32 {
                    self.b.ins().sextend(types::I64, value)
                } else {
                    value
                }
            }
            IntFormat::U32 | IntFormat::U64 => self.convert_in_range(op, aux),
        };
        self.unpinned.push(value);
        self.set_int(op.dst, value);
    }

    /// By the host's signed conversion where every way of rounding gives what fits that and the format.
    fn convert_in_range(&mut self, op: &Op, aux: FpAux) -> Value {
        let a = self.operand(op.a, aux.format);
        let (low, bits) = match aux.int {
            IntFormat::I32 => (-(31_f32.exp2()), 31_u8),
            IntFormat::U32 => (0.0, 32),
            IntFormat::I64 => (-(63_f32.exp2()), 63),
            IntFormat::U64 => (0.0, 63),
        };
        // The largest integers of the format.
        let (low, high) = match aux.format {
            FpFormat::Double => (
                self.b.ins().f64const(f64::from(low)),
                self.b
                    .ins()
                    .f64const(f64::from(bits).exp2().next_down().floor()),
            ),
            FpFormat::Single => (
                self.b.ins().f32const(low),
                self.b
                    .ins()
                    .f32const(f32::from(bits).exp2().next_down().floor()),
            ),
        };
        let above = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, a, low);
        let below = self.b.ins().fcmp(FloatCC::LessThanOrEqual, a, high);
        let fits = self.b.ins().band(above, below);
        let exact = self.int(op.a, 0);
        let (slow, fast, join) = (
            self.cold_block(),
            self.b.create_block(),
            self.b.create_block(),
        );
        let result = self.b.append_block_param(join, types::I64);
        self.b.ins().brif(fits, fast, &[], slow, &[]);
        self.enter_block(slow);
        let value = self.soft_call(CallConv::PreserveAll, op, exact, exact, exact);
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(fast);
        let rounded = match aux.rounding {
            RoundingMode::Nearest => self.b.ins().nearest(a),
            RoundingMode::Down => self.b.ins().floor(a),
            RoundingMode::Up => self.b.ins().ceil(a),
            RoundingMode::NearestAway => {
                // Twice the rest is one or more if it is to be rounded away from zero. All is exact.
                let towards_zero = self.b.ins().trunc(a);
                let rest = self.b.ins().fsub(a, towards_zero);
                let twice = self.b.ins().fadd(rest, rest);
                let away = self.b.ins().trunc(twice);
                self.b.ins().fadd(towards_zero, away)
            }
            RoundingMode::Zero | RoundingMode::Dynamic => a,
        };
        let mut value = self.b.ins().fcvt_to_sint_sat(types::I64, rounded);
        if matches!(aux.int, IntFormat::I32 | IntFormat::U32) {
            let low = self.b.ins().ireduce(types::I32, value);
            value = self.b.ins().sextend(types::I64, low);
        }
        self.b.ins().jump(join, &[value.into()]);
        self.enter_block(join);
        result
    }

    fn convert_int(&mut self, op: &Op, aux: FpAux) {
        let a = self.int(op.a, op.imm);
        let ty = match aux.format {
            FpFormat::Double => types::F64,
            FpFormat::Single => types::F32,
        };
        let value = match aux.int {
            IntFormat::I32 => {
                let low = self.b.ins().ireduce(types::I32, a);
                self.b.ins().fcvt_from_sint(ty, low)
            }
            IntFormat::U32 => {
                let low = self.b.ins().ireduce(types::I32, a);
                let wide = self.b.ins().uextend(types::I64, low);
                self.b.ins().fcvt_from_sint(ty, wide)
            }
            IntFormat::I64 => self.b.ins().fcvt_from_sint(ty, a),
            IntFormat::U64 => self.b.ins().fcvt_from_uint(ty, a),
        };
        self.unpinned.push(value);
        self.set_result(op.dst, aux.format, value, false);
    }

    fn convert(&mut self, op: &Op, to: FpFormat) {
        let value = match to {
            FpFormat::Double => {
                let a = self.operand(op.a, FpFormat::Single);
                self.b.ins().fpromote(types::F64, a)
            }
            FpFormat::Single => {
                let a = self.operand(op.a, FpFormat::Double);
                self.b.ins().fdemote(types::F32, a)
            }
        };
        self.set_arithmetic(op, to, value);
    }

    /// By soft float.
    fn soft(&mut self, op: &Op) -> Value {
        let operands = super::super::flow::operands(op).count();
        let a = self.int(op.a, op.imm);
        let b = if operands > 1 {
            self.int(op.b, op.imm)
        } else {
            a
        };
        let c = if operands > 2 {
            self.int(op.c, op.imm)
        } else {
            a
        };
        self.soft_call(CallConv::SystemV, op, a, b, c)
    }

    fn soft_call(&mut self, convention: CallConv, op: &Op, a: Value, b: Value, c: Value) -> Value {
        let special = self.input.rules.guest.special_slots();
        let what = op.code as u64
            | u64::from(op.aux) << 8
            | u64::from(special.rounding_mode.0) << 16
            | u64::from(special.fp_flags.0) << 32;
        let state = self.state();
        let what = self.constant(what);
        let arguments = [state, what, a, b, c];
        if convention == CallConv::PreserveAll {
            self.call_by(convention, enter::soft_fp_preserving(), &arguments, false);
            let state = self.state();
            return self
                .b
                .ins()
                .load(types::I64, self.flags.state, state, enter::SOFT_FP_RESULT);
        }
        let result = self.call(enter::soft_fp as *const () as usize, &arguments, true);
        result.unwrap_or_else(|| unreachable!("soft float returns a value"))
    }

    /// The flags in MXCSR as the guest has them, with those in the slot.
    pub(super) fn flags_get(&mut self, op: &Op) {
        let host = self.host_flags();
        let accrued = self.int(self.input.rules.guest.special_slots().fp_flags, 0);
        let flags = self.b.ins().bor(host, accrued);
        self.set_int(op.dst, flags);
    }

    /// The flags in MXCSR as the guest has them.
    fn host_flags(&mut self) -> Value {
        if !self.mxcsr_stored {
            self.mxcsr_stored = true;
            self.pin_remaining();
            self.call_by(CallConv::PreserveAll, enter::store_mxcsr(), &[], false);
        }
        let state = self.state();
        let offset = offset_of!(CpuState, guest_mxcsr) as i32;
        let host = self
            .b
            .ins()
            .uload8(types::I64, self.flags.state, state, offset);
        let host = self.b.ins().band_imm_u(host, i64::from(enter::MXCSR_FLAGS));
        let table = self.constant(enter::GUEST_FLAGS.as_ptr() as u64);
        let entry = self.b.ins().iadd(table, host);
        let constant = MemFlagsData::trusted().with_readonly();
        self.b.ins().uload8(types::I64, constant, entry, 0)
    }

    /// Makes MXCSR `owner`'s.
    pub(super) fn own_flags(&mut self, owner: FlagsOwner) {
        if self.owner == Some(owner) {
            return;
        }
        let known = self.owner.replace(owner).is_some();
        let change = enter::change_owner(owner);
        if known {
            // What has been done so far raises the guest's flags.
            self.pin_remaining();
            self.call_by(CallConv::PreserveAll, change, &[], false);
            return;
        }
        let state = self.state();
        let offset = offset_of!(CpuState, mxcsr_saved) as i32;
        let saved = self
            .b
            .ins()
            .load(types::I32, self.flags.state, state, offset);
        let (other, go_on) = (self.cold_block(), self.b.create_block());
        match owner {
            FlagsOwner::Guest => self.b.ins().brif(saved, other, &[], go_on, &[]),
            FlagsOwner::Callbacks => self.b.ins().brif(saved, go_on, &[], other, &[]),
        };
        self.enter_block(other);
        self.call_by(CallConv::PreserveAll, change, &[], false);
        self.b.ins().jump(go_on, &[]);
        self.enter_block(go_on);
    }

    /// Sets the slot, and clears MXCSR's flags, unless those are among what is set: changing MXCSR
    /// costs far more than looking.
    pub(super) fn flags_set(&mut self, op: &Op, clobber: CellSet) {
        let host = self.host_flags();
        let flags = self.int(op.a, op.imm);
        let flags = self.b.ins().band_imm_u(flags, 31);
        self.set_int(self.input.rules.guest.special_slots().fp_flags, flags);
        let excess = self.b.ins().band_not(host, flags);
        let (clear, join) = (self.cold_block(), self.b.create_block());
        self.b.ins().brif(excess, clear, &[], join, &[]);
        self.enter_block(clear);
        let function = enter::clear_stored_flags();
        self.call_by(CallConv::PreserveAll, function, &[], false);
        self.b.ins().jump(join, &[]);
        self.enter_block(join);
        self.invalidate(clobber);
    }

    /// The accrued flags become `flags`.
    fn restore_flags(&mut self, flags: Value) {
        let flags = self.b.ins().band_imm_u(flags, 31);
        self.set_int(self.input.rules.guest.special_slots().fp_flags, flags);
        self.call_by(CallConv::PreserveAll, enter::clear_flags(), &[], false);
    }
}

/// Whether every integer of the format is a number of the floating-point format.
fn is_exact(aux: FpAux) -> bool {
    aux.format == FpFormat::Double && matches!(aux.int, IntFormat::I32 | IntFormat::U32)
}
