//! The operation table: one row per operation, expanded by every reader.
//!
//! A row is `Name "text" Signature [effects] "what it does"`. All values are 64 bits.
//! "low 32 → sx" rows compute on the low 32 bits and sign-extend the 32-bit result.

/// Which operand fields of [`super::Op`] an operation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// `dst = op a` (`a` may be the immediate).
    Unary,
    /// `dst = op a, b` (one of `a` and `b`, or both, may be the immediate).
    Binary,
    /// `dst = op a, b, c`; no immediate.
    Ternary,
    /// `dst = op [a + imm]`.
    Load,
    /// `op [a + imm], b`; `b` is a variable.
    Store,
    /// `dst = op [a], b`: no displacement.
    Atomic,
    /// `dst = op`: no operand.
    Nullary,
    /// `op a`: no result.
    Sink,
    /// `op`: nothing.
    Bare,
    /// `dst = op #imm (a, b)`: helper `imm` of the guest's table; `dst`, `a`, `b` may be `NONE`.
    Helper,
    /// `op #imm`: entry `imm` of the block's `probe_adds`.
    ProbeAdd,
    /// `op #imm (a, b)`: entry `imm` of the block's `probe_calls`; `a` is the address, `b` the
    /// value, `NONE` where the call does not take them.
    ProbeCall,
}

/// What an operation does beside writing its `dst`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effects {
    /// Reads guest memory.
    pub reads_memory: bool,
    /// Writes guest memory.
    pub writes_memory: bool,
    /// May fault: control leaves the block with the state as before the instruction.
    pub may_fault: bool,
    /// Accrues floating-point exception flags or reads the floating-point environment.
    pub fp_environment: bool,
    /// Must not be removed or reordered for another reason (probes, helpers, fences).
    pub other: bool,
}

impl Effects {
    /// Does nothing else.
    pub const NONE: Effects = Effects {
        reads_memory: false,
        writes_memory: false,
        may_fault: false,
        fp_environment: false,
        other: false,
    };
}

macro_rules! effects {
    ($($e:ident)*) => {{
        #[allow(unused_mut)]
        let mut e = Effects::NONE;
        $(e.$e = true;)*
        e
    }};
}

/// Expands `$reader!{ rows }` with every row of the table.
#[macro_export]
#[doc(hidden)]
macro_rules! ir_opcode_table {
    ($reader:ident) => { $reader! {
        Mov      "mov"       Unary   [] "a"
        Not      "not"       Unary   [] "bitwise complement of a"
        Sext8    "sext8"     Unary   [] "low 8 bits of a, sign-extended"
        Sext16   "sext16"    Unary   [] "low 16 bits of a, sign-extended"
        Sext32   "sext32"    Unary   [] "low 32 bits of a, sign-extended"
        Zext8    "zext8"     Unary   [] "low 8 bits of a, zero-extended"
        Zext16   "zext16"    Unary   [] "low 16 bits of a, zero-extended"
        Zext32   "zext32"    Unary   [] "low 32 bits of a, zero-extended"
        Clz      "clz"       Unary   [] "leading zeros of a; 64 for 0"
        ClzW     "clz.w"     Unary   [] "leading zeros of the low 32 bits of a; 32 for 0"
        Ctz      "ctz"       Unary   [] "trailing zeros of a; 64 for 0"
        CtzW     "ctz.w"     Unary   [] "trailing zeros of the low 32 bits of a; 32 for 0"
        Popcnt   "popcnt"    Unary   [] "number of one bits of a"
        PopcntW  "popcnt.w"  Unary   [] "number of one bits of the low 32 bits of a"
        Bswap    "bswap"     Unary   [] "a with its 8 bytes reversed"
        OrBytes  "orbytes"   Unary   [] "each byte 0xff where that byte of a is not 0, else 0"

        Add      "add"       Binary  [] "a + b, wrapping"
        Sub      "sub"       Binary  [] "a − b, wrapping"
        Mul      "mul"       Binary  [] "low 64 bits of a × b"
        MulhS    "mulh.s"    Binary  [] "high 64 bits of signed a × signed b"
        MulhU    "mulh.u"    Binary  [] "high 64 bits of unsigned a × unsigned b"
        MulhSu   "mulh.su"   Binary  [] "high 64 bits of signed a × unsigned b"
        DivS     "div.s"     Binary  [] "signed a ÷ b towards zero; −1 if b is 0; a on overflow"
        DivU     "div.u"     Binary  [] "unsigned a ÷ b; all ones if b is 0"
        RemS     "rem.s"     Binary  [] "signed remainder; a if b is 0; 0 on overflow"
        RemU     "rem.u"     Binary  [] "unsigned remainder; a if b is 0"
        And      "and"       Binary  [] "a & b"
        Or       "or"        Binary  [] "a | b"
        Xor      "xor"       Binary  [] "a ^ b"
        AndNot   "andnot"    Binary  [] "a & !b"
        Shl      "shl"       Binary  [] "a << (b & 63)"
        ShrU     "shr.u"     Binary  [] "unsigned a >> (b & 63)"
        ShrS     "shr.s"     Binary  [] "signed a >> (b & 63)"
        RotL     "rotl"      Binary  [] "a rotated left by b & 63"
        RotR     "rotr"      Binary  [] "a rotated right by b & 63"
        MinS     "min.s"     Binary  [] "signed minimum"
        MinU     "min.u"     Binary  [] "unsigned minimum"
        MaxS     "max.s"     Binary  [] "signed maximum"
        MaxU     "max.u"     Binary  [] "unsigned maximum"

        AddW     "add.w"     Binary  [] "a + b; low 32 → sx"
        SubW     "sub.w"     Binary  [] "a − b; low 32 → sx"
        MulW     "mul.w"     Binary  [] "a × b; low 32 → sx"
        DivSW    "div.s.w"   Binary  [] "as div.s on low 32 → sx"
        DivUW    "div.u.w"   Binary  [] "as div.u on low 32 → sx"
        RemSW    "rem.s.w"   Binary  [] "as rem.s on low 32 → sx"
        RemUW    "rem.u.w"   Binary  [] "as rem.u on low 32 → sx"
        ShlW     "shl.w"     Binary  [] "a << (b & 31); low 32 → sx"
        ShrUW    "shr.u.w"   Binary  [] "unsigned a >> (b & 31); low 32 → sx"
        ShrSW    "shr.s.w"   Binary  [] "signed a >> (b & 31); low 32 → sx"
        RotLW    "rotl.w"    Binary  [] "rotate left by b & 31; low 32 → sx"
        RotRW    "rotr.w"    Binary  [] "rotate right by b & 31; low 32 → sx"

        Setcond  "setcond"   Binary  [] "1 if `a cond b`, else 0; aux: Cond"
        Select   "select"    Ternary [] "b if a is not 0, else c"

        Load     "load"      Load    [reads_memory may_fault] "memory at a + imm; aux: MemOp"
        Store    "store"     Store   [writes_memory may_fault] "memory at a + imm becomes b; aux: MemOp"
        AtomicRmw "atomic_rmw" Atomic [reads_memory writes_memory may_fault other] "old value at a, which becomes `old op b`, sequentially consistent; address must be naturally aligned or the access faults; aux: AtomicOp | Size << 4"
        LoadReserved "load_reserved" Load [reads_memory may_fault other] "as load (imm is 0, naturally aligned), and the guest's reservation slots hold address and loaded value; aux: MemOp"
        StoreConditional "store_conditional" Atomic [reads_memory writes_memory may_fault other] "if the reservation is for a and memory there still holds the reserved value: memory at a becomes b and dst 0, atomically; else dst 1. The reservation is cleared either way. aux: MemOp"
        Fence    "fence"     Bare    [other] "full memory barrier"
        FenceOrder "fence.order" Bare [other] "memory barrier, but that a load behind it may be done before a store in front of it"

        FAdd     "fadd"      Binary  [fp_environment] "a + b; aux: FpFormat << 7 | RoundingMode (as all FP rows below)"
        FSub     "fsub"      Binary  [fp_environment] "a − b"
        FMul     "fmul"      Binary  [fp_environment] "a × b"
        FDiv     "fdiv"      Binary  [fp_environment] "a ÷ b"
        FSqrt    "fsqrt"     Unary   [fp_environment] "square root of a"
        FMin     "fmin"      Binary  [fp_environment] "minimumNumber, −0 < +0"
        FMax     "fmax"      Binary  [fp_environment] "maximumNumber, −0 < +0"
        FMadd    "fmadd"     Ternary [fp_environment] "a × b + c, one rounding"
        FMsub    "fmsub"     Ternary [fp_environment] "a × b − c, one rounding"
        FNmsub   "fnmsub"    Ternary [fp_environment] "−(a × b) + c, one rounding"
        FNmadd   "fnmadd"    Ternary [fp_environment] "−(a × b) − c, one rounding"
        FSgnj    "fsgnj"     Binary  [] "a with the sign of b"
        FSgnjn   "fsgnjn"    Binary  [] "a with the opposite of the sign of b"
        FSgnjx   "fsgnjx"    Binary  [] "a with its sign xor that of b"
        FEq      "feq"       Binary  [fp_environment] "1 if a == b, quiet, else 0"
        FLt      "flt"       Binary  [fp_environment] "1 if a < b, signalling, else 0"
        FLe      "fle"       Binary  [fp_environment] "1 if a <= b, signalling, else 0"
        FClass   "fclass"    Unary   [] "RISC-V fclass mask of a (bit 0 −∞ … bit 9 quiet NaN)"
        FToInt   "f2i"       Unary   [fp_environment] "a to an integer, saturating, NaN to the maximum; aux also IntFormat << 4"
        IntToF   "i2f"       Unary   [fp_environment] "integer a to the format; aux also IntFormat << 4"
        FCvt     "fcvt"      Unary   [fp_environment] "a of the other format to the format in aux"
        FBox     "fbox"      Unary   [] "low 32 bits of a with the upper bits set: a NaN-boxed single"
        FlagsGet "fflags_get" Nullary [fp_environment other] "accrued exception flags (NV 16, DZ 8, OF 4, UF 2, NX 1)"
        FlagsSet "fflags_set" Sink   [fp_environment other] "accrued exception flags become a & 31; a may be the immediate"

        Helper   "helper"    Helper  [other] "guest helper; its row in the guest's table states slots read and written and whether it may fault"
        ProbeAdd "probe_add" ProbeAdd [other] "add a constant to a 64-bit word of the plugin area"
        ProbeCall "probe_call" ProbeCall [other] "call a plugin's function"
    } };
}

macro_rules! define_opcodes {
    ($($name:ident $text:literal $signature:ident [$($effect:ident)*] $doc:literal)*) => {
        /// What an operation does; each variant's documentation is its row.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Opcode { $(#[doc = $doc] $name,)* }

        impl Opcode {
            /// Every opcode, in table order.
            pub const ALL: &'static [Opcode] = &[$(Opcode::$name),*];

            /// The name in the text form.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Opcode::$name => $text,)* }
            }

            /// Which operand fields are used.
            #[must_use]
            pub const fn signature(self) -> Signature {
                match self { $(Opcode::$name => Signature::$signature,)* }
            }

            /// What it does beside writing its result.
            #[must_use]
            pub const fn effects(self) -> Effects {
                match self { $(Opcode::$name => effects!($($effect)*),)* }
            }
        }
    };
}
ir_opcode_table!(define_opcodes);
