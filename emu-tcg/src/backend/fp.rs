//! The floating-point operations of the IR on soft float: one evaluator for every back end.
//!
//! The interpreter evaluates every floating-point operation here; generated code calls it for the
//! uncommon ones. Here values are taken out of their 64-bit registers and put back: a single is
//! *NaN-boxed*, its upper 32 bits are ones, and what is not boxed so reads as the canonical NaN.
//!
//! Not here: arithmetic (see [`crate::softfloat`]), where flags and rounding mode are kept.

use crate::ir::{FpFormat, IntFormat, Opcode, RoundingMode};
use crate::softfloat::{self, F32, F64, Flags, Format, Rounding};

/// Upper half of a boxed single.
const BOX: u64 = 0xffff_ffff_0000_0000;
const CANONICAL_NAN_F32: u64 = 0x7fc0_0000;

/// `aux` of a floating-point operation, decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FpAux {
    /// Format of the operation (for [`Opcode::FCvt`] of its result).
    pub format: FpFormat,
    /// Integer format of a conversion.
    pub int: IntFormat,
    /// How to round.
    pub rounding: RoundingMode,
}

impl FpAux {
    /// Encodes.
    #[must_use]
    pub const fn to_aux(self) -> u8 {
        (self.format as u8) << 7 | (self.int as u8) << 4 | self.rounding as u8
    }

    /// Decodes; `None` if a field holds no valid number.
    #[must_use]
    pub const fn from_aux(aux: u8) -> Option<FpAux> {
        let (format, int) = (
            FpFormat::from_bits(aux >> 7),
            IntFormat::from_bits(aux >> 4 & 3),
        );
        let rounding = RoundingMode::from_bits(aux & 7);
        match (format, int, rounding, aux & 8) {
            (Some(format), Some(int), Some(rounding), 0) => Some(FpAux {
                format,
                int,
                rounding,
            }),
            _ => None,
        }
    }
}

/// A format as its values are kept in 64-bit registers.
trait Register: Format {
    const SIGN: u64;
    fn unbox(value: u64) -> Self::Bits;
    fn put(bits: Self::Bits) -> u64;
}

impl Register for F32 {
    const SIGN: u64 = 1 << 31;
    fn unbox(value: u64) -> u32 {
        (if value >= BOX {
            value
        } else {
            CANONICAL_NAN_F32
        }) as u32
    }
    fn put(bits: u32) -> u64 {
        BOX | u64::from(bits)
    }
}

impl Register for F64 {
    const SIGN: u64 = 1 << 63;
    fn unbox(value: u64) -> u64 {
        value
    }
    fn put(bits: u64) -> u64 {
        bits
    }
}

/// Evaluates a floating-point operation: its result and the exception flags it raises.
///
/// `code` is one of the opcodes from [`Opcode::FAdd`] to [`Opcode::FBox`]; operands it does not
/// take are ignored. `frm` (0–4) is the rounding mode meant by [`RoundingMode::Dynamic`].
#[must_use]
pub fn evaluate(code: Opcode, aux: u8, a: u64, b: u64, c: u64, frm: u64) -> (u64, u8) {
    let mut flags = Flags::default();
    let rounding = rounding(aux, frm);
    let int = IntFormat::from_bits(aux >> 4 & 3).unwrap_or(IntFormat::I64);
    let double = aux >> 7 == FpFormat::Double as u8;
    let value = match (code, double) {
        (Opcode::FBox, _) => BOX | a,
        (Opcode::FCvt, true) => softfloat::f32_to_f64(F32::unbox(a), &mut flags),
        (Opcode::FCvt, false) => F32::put(softfloat::f64_to_f32(a, rounding, &mut flags)),
        (Opcode::FToInt, true) => to_int::<F64>(int, a, rounding, &mut flags),
        (Opcode::FToInt, false) => to_int::<F32>(int, a, rounding, &mut flags),
        (Opcode::IntToF, true) => from_int::<F64>(int, a, rounding, &mut flags),
        (Opcode::IntToF, false) => from_int::<F32>(int, a, rounding, &mut flags),
        (_, true) => compute::<F64>(code, [a, b, c], rounding, &mut flags),
        (_, false) => compute::<F32>(code, [a, b, c], rounding, &mut flags),
    };
    (value, flags.0)
}

fn rounding(aux: u8, frm: u64) -> Rounding {
    let bits = if aux & 7 == RoundingMode::Dynamic as u8 {
        frm
    } else {
        u64::from(aux & 7)
    };
    match bits {
        1 => Rounding::Zero,
        2 => Rounding::Down,
        3 => Rounding::Up,
        4 => Rounding::NearestAway,
        _ => Rounding::Nearest,
    }
}

/// The operations within one format.
fn compute<F: Register>(
    code: Opcode,
    operands: [u64; 3],
    rounding: Rounding,
    flags: &mut Flags,
) -> u64 {
    let [a, b, c] = operands.map(F::unbox);
    let negated = |bits: F::Bits| F::from_u64(bits.into() ^ F::SIGN);
    // Magnitude of `a`, with the given sign bit in place.
    let with_sign = |sign: u64| F::from_u64((a.into() & !F::SIGN) | (sign & F::SIGN));
    F::put(match code {
        Opcode::FAdd => softfloat::add::<F>(a, b, rounding, flags),
        Opcode::FSub => softfloat::sub::<F>(a, b, rounding, flags),
        Opcode::FMul => softfloat::mul::<F>(a, b, rounding, flags),
        Opcode::FDiv => softfloat::div::<F>(a, b, rounding, flags),
        Opcode::FSqrt => softfloat::sqrt::<F>(a, rounding, flags),
        Opcode::FMin => softfloat::min::<F>(a, b, flags),
        Opcode::FMax => softfloat::max::<F>(a, b, flags),
        // A sign flipped on the way in is exact, and a NaN result is canonical whatever the signs.
        Opcode::FMadd => softfloat::fma::<F>(a, b, c, rounding, flags),
        Opcode::FMsub => softfloat::fma::<F>(a, b, negated(c), rounding, flags),
        Opcode::FNmsub => softfloat::fma::<F>(negated(a), b, c, rounding, flags),
        Opcode::FNmadd => softfloat::fma::<F>(negated(a), b, negated(c), rounding, flags),
        Opcode::FSgnj => with_sign(b.into()),
        Opcode::FSgnjn => with_sign(!b.into()),
        Opcode::FSgnjx => with_sign(a.into() ^ b.into()),
        Opcode::FEq => return u64::from(softfloat::eq::<F>(a, b, flags)),
        Opcode::FLt => return u64::from(softfloat::lt::<F>(a, b, flags)),
        Opcode::FLe => return u64::from(softfloat::le::<F>(a, b, flags)),
        Opcode::FClass => return u64::from(softfloat::classify::<F>(a)),
        _ => {
            debug_assert!(false, "{code:?} is no floating-point operation");
            return 0;
        }
    })
}

/// To an integer register: 32-bit results, unsigned ones too, are sign-extended.
fn to_int<F: Register>(int: IntFormat, a: u64, rounding: Rounding, flags: &mut Flags) -> u64 {
    let a = F::unbox(a);
    match int {
        IntFormat::I32 => softfloat::to_i32::<F>(a, rounding, flags) as u64,
        IntFormat::U32 => softfloat::to_u32::<F>(a, rounding, flags) as i32 as u64,
        IntFormat::I64 => softfloat::to_i64::<F>(a, rounding, flags) as u64,
        IntFormat::U64 => softfloat::to_u64::<F>(a, rounding, flags),
    }
}

fn from_int<F: Register>(int: IntFormat, a: u64, rounding: Rounding, flags: &mut Flags) -> u64 {
    F::put(match int {
        IntFormat::I32 => softfloat::from_i32::<F>(a as i32, rounding, flags),
        IntFormat::U32 => softfloat::from_u32::<F>(a as u32, rounding, flags),
        IntFormat::I64 => softfloat::from_i64::<F>(a as i64, rounding, flags),
        IntFormat::U64 => softfloat::from_u64::<F>(a, rounding, flags),
    })
}
