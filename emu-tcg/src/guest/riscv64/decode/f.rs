//! F: single-precision floating point.

use super::{Row, rows};
use crate::guest::riscv64::semantics::float::{
    binary, class, compare, fmv_w_x, fmv_x_w, from_int, fused, load, min_max, sign, square_root,
    store, to_int,
};
use crate::ir::FpFormat::Single;
use crate::ir::IntFormat::{I32, I64, U32, U64};
use crate::ir::Opcode::{
    FAdd, FDiv, FEq, FLe, FLt, FMadd, FMax, FMin, FMsub, FMul, FNmadd, FNmsub, FSgnj, FSgnjn,
    FSgnjx, FSub,
};
use crate::ir::Size::B4;

pub(super) const ROWS: &[Row] = rows! {
    "imm[11:0]           rs1:5 010  rd:5     0000111" => "flw"       I  Read  load(B4);
    "imm[11:5]     rs2:5 rs1:5 010  imm[4:0] 0100111" => "fsw"       S  Write store(B4);

    "rs3:5 00      rs2:5 rs1:5 rm:3 rd:5     1000011" => "fmadd.s"   Rm None  fused(FMadd, Single);
    "rs3:5 00      rs2:5 rs1:5 rm:3 rd:5     1000111" => "fmsub.s"   Rm None  fused(FMsub, Single);
    "rs3:5 00      rs2:5 rs1:5 rm:3 rd:5     1001011" => "fnmsub.s"  Rm None  fused(FNmsub, Single);
    "rs3:5 00      rs2:5 rs1:5 rm:3 rd:5     1001111" => "fnmadd.s"  Rm None  fused(FNmadd, Single);

    "0000000       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fadd.s"    Rm None  binary(FAdd, Single);
    "0000100       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fsub.s"    Rm None  binary(FSub, Single);
    "0001000       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fmul.s"    Rm None  binary(FMul, Single);
    "0001100       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fdiv.s"    Rm None  binary(FDiv, Single);
    "0101100       00000 rs1:5 rm:3 rd:5     1010011" => "fsqrt.s"   Rm None  square_root(Single);
    "0010000       rs2:5 rs1:5 000  rd:5     1010011" => "fsgnj.s"   R  None  sign(FSgnj, Single);
    "0010000       rs2:5 rs1:5 001  rd:5     1010011" => "fsgnjn.s"  R  None  sign(FSgnjn, Single);
    "0010000       rs2:5 rs1:5 010  rd:5     1010011" => "fsgnjx.s"  R  None  sign(FSgnjx, Single);
    "0010100       rs2:5 rs1:5 000  rd:5     1010011" => "fmin.s"    R  None  min_max(FMin, Single);
    "0010100       rs2:5 rs1:5 001  rd:5     1010011" => "fmax.s"    R  None  min_max(FMax, Single);
    "1010000       rs2:5 rs1:5 000  rd:5     1010011" => "fle.s"     R  None  compare(FLe, Single);
    "1010000       rs2:5 rs1:5 001  rd:5     1010011" => "flt.s"     R  None  compare(FLt, Single);
    "1010000       rs2:5 rs1:5 010  rd:5     1010011" => "feq.s"     R  None  compare(FEq, Single);
    "1110000       00000 rs1:5 001  rd:5     1010011" => "fclass.s"  R  None  class(Single);

    "1100000       00000 rs1:5 rm:3 rd:5     1010011" => "fcvt.w.s"  Rm None  to_int(Single, I32);
    "1100000       00001 rs1:5 rm:3 rd:5     1010011" => "fcvt.wu.s" Rm None  to_int(Single, U32);
    "1100000       00010 rs1:5 rm:3 rd:5     1010011" => "fcvt.l.s"  Rm None  to_int(Single, I64);
    "1100000       00011 rs1:5 rm:3 rd:5     1010011" => "fcvt.lu.s" Rm None  to_int(Single, U64);
    "1101000       00000 rs1:5 rm:3 rd:5     1010011" => "fcvt.s.w"  Rm None  from_int(Single, I32);
    "1101000       00001 rs1:5 rm:3 rd:5     1010011" => "fcvt.s.wu" Rm None  from_int(Single, U32);
    "1101000       00010 rs1:5 rm:3 rd:5     1010011" => "fcvt.s.l"  Rm None  from_int(Single, I64);
    "1101000       00011 rs1:5 rm:3 rd:5     1010011" => "fcvt.s.lu" Rm None  from_int(Single, U64);
    "1110000       00000 rs1:5 000  rd:5     1010011" => "fmv.x.w"   R  None  fmv_x_w;
    "1111000       00000 rs1:5 000  rd:5     1010011" => "fmv.w.x"   R  None  fmv_w_x;
};
