//! C: the 16-bit encodings. Reserved ones have no row; hints are instructions without effect.

use super::{Row, rows};
use crate::guest::riscv64::semantics::control::{branch, ebreak, jal, jalr, nop};
use crate::guest::riscv64::semantics::float;
use crate::guest::riscv64::semantics::integer::{addi, addiw, li, lui, mv, op, op_imm};
use crate::guest::riscv64::semantics::memory::{load, store};
use crate::ir::Cond::{Eq, Ne};
use crate::ir::MemExt::{Sign, Zero};
use crate::ir::Opcode::{Add, AddW, And, Or, Shl, ShrS, ShrU, Sub, SubW, Xor};
use crate::ir::Size::{B4, B8};
use float::{load as fp_load, store as fp_store};

pub(super) const ROWS: &[Row] = rows! {
    // Quadrant 0.
    "000 uimm!0[5:4|9:6|2|3]                   rd':3  00" => "c.addi4spn" CiwSp   None  addi;
    "001 uimm[5:3]  rs1':3      uimm[7:6]      rd':3  00" => "c.fld"      ClD     Read  fp_load(B8);
    "010 uimm[5:3]  rs1':3      uimm[2|6]      rd':3  00" => "c.lw"       ClW     Read  load(B4, Sign);
    "011 uimm[5:3]  rs1':3      uimm[7:6]      rd':3  00" => "c.ld"       ClD     Read  load(B8, Zero);
    "101 uimm[5:3]  rs1':3      uimm[7:6]      rs2':3 00" => "c.fsd"      CsD     Write fp_store(B8);
    "110 uimm[5:3]  rs1':3      uimm[2|6]      rs2':3 00" => "c.sw"       CsW     Write store(B4);
    "111 uimm[5:3]  rs1':3      uimm[7:6]      rs2':3 00" => "c.sd"       CsD     Write store(B8);

    // Quadrant 1.
    "000 imm[5]     00000           imm[4:0]          01" => "c.nop"      Ci      None  nop;
    "000 imm[5]     rd/rs1!0:5      imm[4:0]          01" => "c.addi"     Ci      None  addi;
    "001 imm[5]     rd/rs1!0:5      imm[4:0]          01" => "c.addiw"    Ci      None  addiw;
    "010 imm[5]     rd:5            imm[4:0]          01" => "c.li"       Ci      None  li;
    "011 imm!0[9]   00010           imm!0[4|6|8:7|5]  01" => "c.addi16sp" CiSp    None  addi;
    "011 imm!0[17]  rd!2:5          imm!0[16:12]      01" => "c.lui"      CiLui   None  lui;
    "100 uimm[5] 00 rd'/rs1':3      uimm[4:0]         01" => "c.srli"     CbShift None  op_imm(ShrU);
    "100 uimm[5] 01 rd'/rs1':3      uimm[4:0]         01" => "c.srai"     CbShift None  op_imm(ShrS);
    "100 imm[5]  10 rd'/rs1':3      imm[4:0]          01" => "c.andi"     CbImm   None  op_imm(And);
    "100 0       11 rd'/rs1':3      00 rs2':3         01" => "c.sub"      Ca      None  op(Sub);
    "100 0       11 rd'/rs1':3      01 rs2':3         01" => "c.xor"      Ca      None  op(Xor);
    "100 0       11 rd'/rs1':3      10 rs2':3         01" => "c.or"       Ca      None  op(Or);
    "100 0       11 rd'/rs1':3      11 rs2':3         01" => "c.and"      Ca      None  op(And);
    "100 1       11 rd'/rs1':3      00 rs2':3         01" => "c.subw"     Ca      None  op(SubW);
    "100 1       11 rd'/rs1':3      01 rs2':3         01" => "c.addw"     Ca      None  op(AddW);
    "101 imm[11|4|9:8|10|6|7|3:1|5]                   01" => "c.j"        Cj      None  jal ends;
    "110 imm[8|4:3] rs1':3          imm[7:6|2:1|5]    01" => "c.beqz"     Cb      None  branch(Eq) ends;
    "111 imm[8|4:3] rs1':3          imm[7:6|2:1|5]    01" => "c.bnez"     Cb      None  branch(Ne) ends;

    // Quadrant 2.
    "000 uimm[5]    rd/rs1:5        uimm[4:0]         10" => "c.slli"     CiShift None  op_imm(Shl);
    "001 uimm[5]    rd:5            uimm[4:3|8:6]     10" => "c.fldsp"    CiLd    Read  fp_load(B8);
    "010 uimm[5]    rd!0:5          uimm[4:2|7:6]     10" => "c.lwsp"     CiLw    Read  load(B4, Sign);
    "011 uimm[5]    rd!0:5          uimm[4:3|8:6]     10" => "c.ldsp"     CiLd    Read  load(B8, Zero);
    "100 0          rs1!0:5         00000             10" => "c.jr"       CJr     None  jalr ends;
    "100 0          rd:5            rs2!0:5           10" => "c.mv"       Cr      None  mv;
    "100 1          00000           00000             10" => "c.ebreak"   Cr      None  ebreak ends;
    "100 1          rs1!0:5         00000             10" => "c.jalr"     CJalr   None  jalr ends;
    "100 1          rd/rs1:5        rs2!0:5           10" => "c.add"      Cr      None  op(Add);
    "101 uimm[5:3|8:6]              rs2:5             10" => "c.fsdsp"    CssSd   Write fp_store(B8);
    "110 uimm[5:2|7:6]              rs2:5             10" => "c.swsp"     CssSw   Write store(B4);
    "111 uimm[5:3|8:6]              rs2:5             10" => "c.sdsp"     CssSd   Write store(B8);
};
