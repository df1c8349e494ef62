//! D: double-precision floating point.

use super::{Row, rows};
use crate::guest::riscv64::semantics::float::{
    binary, class, compare, fcvt_d_s, fcvt_s_d, fmv_d_x, fmv_x_d, from_int, fused, load, min_max,
    sign, square_root, store, to_int,
};
use crate::ir::FpFormat::Double;
use crate::ir::IntFormat::{I32, I64, U32, U64};
use crate::ir::Opcode::{
    FAdd, FDiv, FEq, FLe, FLt, FMadd, FMax, FMin, FMsub, FMul, FNmadd, FNmsub, FSgnj, FSgnjn,
    FSgnjx, FSub,
};
use crate::ir::Size::B8;

pub(super) const ROWS: &[Row] = rows! {
    "imm[11:0]           rs1:5 011  rd:5     0000111" => "fld"       I  Read  load(B8);
    "imm[11:5]     rs2:5 rs1:5 011  imm[4:0] 0100111" => "fsd"       S  Write store(B8);

    "rs3:5 01      rs2:5 rs1:5 rm:3 rd:5     1000011" => "fmadd.d"   Rm None  fused(FMadd, Double);
    "rs3:5 01      rs2:5 rs1:5 rm:3 rd:5     1000111" => "fmsub.d"   Rm None  fused(FMsub, Double);
    "rs3:5 01      rs2:5 rs1:5 rm:3 rd:5     1001011" => "fnmsub.d"  Rm None  fused(FNmsub, Double);
    "rs3:5 01      rs2:5 rs1:5 rm:3 rd:5     1001111" => "fnmadd.d"  Rm None  fused(FNmadd, Double);

    "0000001       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fadd.d"    Rm None  binary(FAdd, Double);
    "0000101       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fsub.d"    Rm None  binary(FSub, Double);
    "0001001       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fmul.d"    Rm None  binary(FMul, Double);
    "0001101       rs2:5 rs1:5 rm:3 rd:5     1010011" => "fdiv.d"    Rm None  binary(FDiv, Double);
    "0101101       00000 rs1:5 rm:3 rd:5     1010011" => "fsqrt.d"   Rm None  square_root(Double);
    "0010001       rs2:5 rs1:5 000  rd:5     1010011" => "fsgnj.d"   R  None  sign(FSgnj, Double);
    "0010001       rs2:5 rs1:5 001  rd:5     1010011" => "fsgnjn.d"  R  None  sign(FSgnjn, Double);
    "0010001       rs2:5 rs1:5 010  rd:5     1010011" => "fsgnjx.d"  R  None  sign(FSgnjx, Double);
    "0010101       rs2:5 rs1:5 000  rd:5     1010011" => "fmin.d"    R  None  min_max(FMin, Double);
    "0010101       rs2:5 rs1:5 001  rd:5     1010011" => "fmax.d"    R  None  min_max(FMax, Double);
    "1010001       rs2:5 rs1:5 000  rd:5     1010011" => "fle.d"     R  None  compare(FLe, Double);
    "1010001       rs2:5 rs1:5 001  rd:5     1010011" => "flt.d"     R  None  compare(FLt, Double);
    "1010001       rs2:5 rs1:5 010  rd:5     1010011" => "feq.d"     R  None  compare(FEq, Double);
    "1110001       00000 rs1:5 001  rd:5     1010011" => "fclass.d"  R  None  class(Double);

    "0100000       00001 rs1:5 rm:3 rd:5     1010011" => "fcvt.s.d"  Rm None  fcvt_s_d;
    "0100001       00000 rs1:5 rm:3 rd:5     1010011" => "fcvt.d.s"  Rm None  fcvt_d_s;
    "1100001       00000 rs1:5 rm:3 rd:5     1010011" => "fcvt.w.d"  Rm None  to_int(Double, I32);
    "1100001       00001 rs1:5 rm:3 rd:5     1010011" => "fcvt.wu.d" Rm None  to_int(Double, U32);
    "1100001       00010 rs1:5 rm:3 rd:5     1010011" => "fcvt.l.d"  Rm None  to_int(Double, I64);
    "1100001       00011 rs1:5 rm:3 rd:5     1010011" => "fcvt.lu.d" Rm None  to_int(Double, U64);
    "1101001       00000 rs1:5 rm:3 rd:5     1010011" => "fcvt.d.w"  Rm None  from_int(Double, I32);
    "1101001       00001 rs1:5 rm:3 rd:5     1010011" => "fcvt.d.wu" Rm None  from_int(Double, U32);
    "1101001       00010 rs1:5 rm:3 rd:5     1010011" => "fcvt.d.l"  Rm None  from_int(Double, I64);
    "1101001       00011 rs1:5 rm:3 rd:5     1010011" => "fcvt.d.lu" Rm None  from_int(Double, U64);
    "1110001       00000 rs1:5 000  rd:5     1010011" => "fmv.x.d"   R  None  fmv_x_d;
    "1111001       00000 rs1:5 000  rd:5     1010011" => "fmv.d.x"   R  None  fmv_d_x;
};
