//! Operands and the operation struct.

use crate::state::{SLOT_CAPACITY, TEMP_CAPACITY};

use super::Opcode;

/// An operand: a guest slot, a block-local temp, or the operation's immediate.
///
/// The number indexes [`crate::state::CpuState::file`]; [`Var::IMM`] stands for [`Op::imm`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Var(pub u16);

impl Var {
    /// The operand is the operation's immediate.
    pub const IMM: Var = Var(u16::MAX);
    /// No operand here.
    pub const NONE: Var = Var(u16::MAX - 1);

    /// Guest slot `n`.
    #[must_use]
    pub const fn slot(n: u16) -> Var {
        assert!((n as usize) < SLOT_CAPACITY);
        Var(n)
    }

    /// Block-local temp `n`.
    #[must_use]
    pub const fn temp(n: u16) -> Var {
        assert!((n as usize) < TEMP_CAPACITY);
        Var(SLOT_CAPACITY as u16 + n)
    }

    /// The slot number, if this is a slot.
    #[must_use]
    pub const fn as_slot(self) -> Option<u16> {
        if (self.0 as usize) < SLOT_CAPACITY {
            Some(self.0)
        } else {
            None
        }
    }

    /// The temp number, if this is a temp.
    #[must_use]
    pub const fn as_temp(self) -> Option<u16> {
        if self.0 as usize >= SLOT_CAPACITY && (self.0 as usize) < SLOT_CAPACITY + TEMP_CAPACITY {
            Some(self.0 - SLOT_CAPACITY as u16)
        } else {
            None
        }
    }
}

/// One operation: 24 bytes. Which fields are used is the opcode's [`super::Signature`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Op {
    /// What to do.
    pub code: Opcode,
    /// Further choice within the opcode, encoded as the opcode's row says
    /// ([`MemOp`], [`AtomicOp`], [`FpFormat`] with [`RoundingMode`], …).
    pub aux: u8,
    /// Result, or [`Var::NONE`].
    pub dst: Var,
    /// First operand.
    pub a: Var,
    /// Second operand, may be [`Var::IMM`].
    pub b: Var,
    /// Third operand.
    pub c: Var,
    /// Immediate: the value of [`Var::IMM`], or a displacement, or an index.
    pub imm: i64,
}

/// Width of a memory access or atomic: 1, 2, 4 or 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Size {
    B1 = 0,
    B2 = 1,
    B4 = 2,
    B8 = 3,
}

/// How a narrow load fills the upper bits of its 64-bit result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MemExt {
    /// With zeros.
    Zero = 0,
    /// With the sign.
    Sign = 1,
    /// With ones: a NaN-boxed narrow float.
    Ones = 2,
}

/// Size and extension of a load (a store uses the size only). `aux` of `load` and `store`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MemOp {
    /// Width of the access.
    pub size: Size,
    /// Extension of the loaded value.
    pub ext: MemExt,
}

/// Read-modify-write operations. `aux` of `atomic_rmw` holds this in bits 0–3 and the
/// [`Size`] in bits 4–5; 4-byte results are sign-extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum AtomicOp {
    Swap = 0,
    Add = 1,
    And = 2,
    Or = 3,
    Xor = 4,
    MinS = 5,
    MaxS = 6,
    MinU = 7,
    MaxU = 8,
}

/// Integer comparison. `aux` of `setcond`; also used by [`super::Terminator::Branch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Cond {
    Eq = 0,
    Ne = 1,
    LtS = 2,
    GeS = 3,
    LtU = 4,
    GeU = 5,
}

/// Floating-point format, bit 7 of the `aux` of FP operations (0: single, NaN-boxed in 64 bits; 1: double).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum FpFormat {
    Single = 0,
    Double = 1,
}

/// Integer format of an FP conversion, bits 4–5 of `aux`. 32-bit results are sign-extended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the names say it")]
pub enum IntFormat {
    I32 = 0,
    U32 = 1,
    I64 = 2,
    U64 = 3,
}

/// Rounding mode, bits 0–2 of the `aux` of FP operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RoundingMode {
    /// To nearest, ties to even.
    Nearest = 0,
    /// Towards zero.
    Zero = 1,
    /// Towards −∞.
    Down = 2,
    /// Towards +∞.
    Up = 3,
    /// To nearest, ties away from zero.
    NearestAway = 4,
    /// As the guest's rounding-mode slot says, which holds one of 0–3 (a block
    /// translated for another mode names it statically).
    Dynamic = 7,
}

macro_rules! from_bits {
    ($ty:ident: $($variant:ident)*) => {
        impl $ty {
            /// Decodes the number that `self as u8` gives; `None` for any other.
            #[must_use]
            pub const fn from_bits(bits: u8) -> Option<Self> {
                $(if bits == $ty::$variant as u8 { return Some($ty::$variant); })*
                None
            }
        }
    };
}
from_bits!(Size: B1 B2 B4 B8);
from_bits!(MemExt: Zero Sign Ones);
from_bits!(AtomicOp: Swap Add And Or Xor MinS MaxS MinU MaxU);
from_bits!(Cond: Eq Ne LtS GeS LtU GeU);
from_bits!(FpFormat: Single Double);
from_bits!(IntFormat: I32 U32 I64 U64);
from_bits!(RoundingMode: Nearest Zero Down Up NearestAway Dynamic);

impl Size {
    /// Width in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        1 << self as u8
    }
}

impl MemOp {
    /// A load of this size and extension (for a store: any extension).
    #[must_use]
    pub const fn new(size: Size, ext: MemExt) -> MemOp {
        MemOp { size, ext }
    }

    /// As `aux`: size in bits 0–1, extension in bits 2–3.
    #[must_use]
    pub const fn to_aux(self) -> u8 {
        self.size as u8 | (self.ext as u8) << 2
    }

    /// Decodes [`MemOp::to_aux`].
    #[must_use]
    pub const fn from_aux(aux: u8) -> Option<MemOp> {
        match (Size::from_bits(aux & 3), MemExt::from_bits(aux >> 2)) {
            (Some(size), Some(ext)) => Some(MemOp { size, ext }),
            _ => None,
        }
    }
}
