//! Zbb: basic bit manipulation.

use super::{Row, rows};
use crate::guest::riscv64::semantics::bits::{orn, unary, xnor};
use crate::guest::riscv64::semantics::integer::{op, op_imm};
use crate::ir::Opcode::{
    AndNot, Bswap, Clz, ClzW, Ctz, CtzW, MaxS, MaxU, MinS, MinU, OrBytes, Popcnt, PopcntW, RotL,
    RotLW, RotR, RotRW, Sext8, Sext16, Zext16,
};

pub(super) const ROWS: &[Row] = rows! {
    "0100000 rs2:5   rs1:5 111 rd:5 0110011" => "andn"   R     None op(AndNot);
    "0100000 rs2:5   rs1:5 110 rd:5 0110011" => "orn"    R     None orn;
    "0100000 rs2:5   rs1:5 100 rd:5 0110011" => "xnor"   R     None xnor;

    "0000101 rs2:5   rs1:5 100 rd:5 0110011" => "min"    R     None op(MinS);
    "0000101 rs2:5   rs1:5 101 rd:5 0110011" => "minu"   R     None op(MinU);
    "0000101 rs2:5   rs1:5 110 rd:5 0110011" => "max"    R     None op(MaxS);
    "0000101 rs2:5   rs1:5 111 rd:5 0110011" => "maxu"   R     None op(MaxU);

    "0110000 rs2:5   rs1:5 001 rd:5 0110011" => "rol"    R     None op(RotL);
    "0110000 rs2:5   rs1:5 101 rd:5 0110011" => "ror"    R     None op(RotR);
    "011000  shamt:6 rs1:5 101 rd:5 0010011" => "rori"   Shift None op_imm(RotR);
    "0110000 rs2:5   rs1:5 001 rd:5 0111011" => "rolw"   R     None op(RotLW);
    "0110000 rs2:5   rs1:5 101 rd:5 0111011" => "rorw"   R     None op(RotRW);
    "0110000 shamt:5 rs1:5 101 rd:5 0011011" => "roriw"  Shift None op_imm(RotRW);

    "0110000 00000   rs1:5 001 rd:5 0010011" => "clz"    R     None unary(Clz);
    "0110000 00001   rs1:5 001 rd:5 0010011" => "ctz"    R     None unary(Ctz);
    "0110000 00010   rs1:5 001 rd:5 0010011" => "cpop"   R     None unary(Popcnt);
    "0110000 00000   rs1:5 001 rd:5 0011011" => "clzw"   R     None unary(ClzW);
    "0110000 00001   rs1:5 001 rd:5 0011011" => "ctzw"   R     None unary(CtzW);
    "0110000 00010   rs1:5 001 rd:5 0011011" => "cpopw"  R     None unary(PopcntW);

    "0110000 00100   rs1:5 001 rd:5 0010011" => "sext.b" R     None unary(Sext8);
    "0110000 00101   rs1:5 001 rd:5 0010011" => "sext.h" R     None unary(Sext16);
    "0000100 00000   rs1:5 100 rd:5 0111011" => "zext.h" R     None unary(Zext16);
    "0010100 00111   rs1:5 101 rd:5 0010011" => "orc.b"  R     None unary(OrBytes);
    "0110101 11000   rs1:5 101 rd:5 0010011" => "rev8"   R     None unary(Bswap);
};
