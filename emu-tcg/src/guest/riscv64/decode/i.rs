//! RV64I and Zifencei.

use super::{Row, rows};
use crate::guest::riscv64::semantics::control::{
    branch, ebreak, ecall, fence, fence_i, jal, jalr, nop,
};
use crate::guest::riscv64::semantics::integer::{
    addi, addiw, auipc, lui, op, op_imm, set, set_imm,
};
use crate::guest::riscv64::semantics::memory::{load, store};
use crate::ir::Cond::{Eq, GeS, GeU, LtS, LtU, Ne};
use crate::ir::MemExt::{Sign, Zero};
use crate::ir::Opcode::{Add, AddW, And, Or, Shl, ShlW, ShrS, ShrSW, ShrU, ShrUW, Sub, SubW, Xor};
use crate::ir::Size::{B1, B2, B4, B8};

pub(super) const ROWS: &[Row] = rows! {
    "imm[31:12]                               rd:5          0110111" => "lui"    U     None  lui;
    "imm[31:12]                               rd:5          0010111" => "auipc"  U     None  auipc;

    "imm[20|10:1|11|19:12]                    rd:5          1101111" => "jal"    J     None  jal ends;
    "imm[11:0]                  rs1:5   000   rd:5          1100111" => "jalr"   I     None  jalr ends;
    "imm[12|10:5]        rs2:5  rs1:5   000   imm[4:1|11]   1100011" => "beq"    B     None  branch(Eq) ends;
    "imm[12|10:5]        rs2:5  rs1:5   001   imm[4:1|11]   1100011" => "bne"    B     None  branch(Ne) ends;
    "imm[12|10:5]        rs2:5  rs1:5   100   imm[4:1|11]   1100011" => "blt"    B     None  branch(LtS) ends;
    "imm[12|10:5]        rs2:5  rs1:5   101   imm[4:1|11]   1100011" => "bge"    B     None  branch(GeS) ends;
    "imm[12|10:5]        rs2:5  rs1:5   110   imm[4:1|11]   1100011" => "bltu"   B     None  branch(LtU) ends;
    "imm[12|10:5]        rs2:5  rs1:5   111   imm[4:1|11]   1100011" => "bgeu"   B     None  branch(GeU) ends;

    "imm[11:0]                  rs1:5   000   rd:5          0000011" => "lb"     I     Read  load(B1, Sign);
    "imm[11:0]                  rs1:5   001   rd:5          0000011" => "lh"     I     Read  load(B2, Sign);
    "imm[11:0]                  rs1:5   010   rd:5          0000011" => "lw"     I     Read  load(B4, Sign);
    "imm[11:0]                  rs1:5   011   rd:5          0000011" => "ld"     I     Read  load(B8, Zero);
    "imm[11:0]                  rs1:5   100   rd:5          0000011" => "lbu"    I     Read  load(B1, Zero);
    "imm[11:0]                  rs1:5   101   rd:5          0000011" => "lhu"    I     Read  load(B2, Zero);
    "imm[11:0]                  rs1:5   110   rd:5          0000011" => "lwu"    I     Read  load(B4, Zero);
    "imm[11:5]           rs2:5  rs1:5   000   imm[4:0]      0100011" => "sb"     S     Write store(B1);
    "imm[11:5]           rs2:5  rs1:5   001   imm[4:0]      0100011" => "sh"     S     Write store(B2);
    "imm[11:5]           rs2:5  rs1:5   010   imm[4:0]      0100011" => "sw"     S     Write store(B4);
    "imm[11:5]           rs2:5  rs1:5   011   imm[4:0]      0100011" => "sd"     S     Write store(B8);

    "imm[11:0]                  rs1:5   000   rd:5          0010011" => "addi"   I     None  addi;
    "imm[11:0]                  rs1:5   010   rd:5          0010011" => "slti"   I     None  set_imm(LtS);
    "imm[11:0]                  rs1:5   011   rd:5          0010011" => "sltiu"  I     None  set_imm(LtU);
    "imm[11:0]                  rs1:5   100   rd:5          0010011" => "xori"   I     None  op_imm(Xor);
    "imm[11:0]                  rs1:5   110   rd:5          0010011" => "ori"    I     None  op_imm(Or);
    "imm[11:0]                  rs1:5   111   rd:5          0010011" => "andi"   I     None  op_imm(And);
    "000000    shamt:6          rs1:5   001   rd:5          0010011" => "slli"   Shift None  op_imm(Shl);
    "000000    shamt:6          rs1:5   101   rd:5          0010011" => "srli"   Shift None  op_imm(ShrU);
    "010000    shamt:6          rs1:5   101   rd:5          0010011" => "srai"   Shift None  op_imm(ShrS);
    "imm[11:0]                  rs1:5   000   rd:5          0011011" => "addiw"  I     None  addiw;
    "0000000   shamt:5          rs1:5   001   rd:5          0011011" => "slliw"  Shift None  op_imm(ShlW);
    "0000000   shamt:5          rs1:5   101   rd:5          0011011" => "srliw"  Shift None  op_imm(ShrUW);
    "0100000   shamt:5          rs1:5   101   rd:5          0011011" => "sraiw"  Shift None  op_imm(ShrSW);

    "0000000             rs2:5  rs1:5   000   rd:5          0110011" => "add"    R     None  op(Add);
    "0100000             rs2:5  rs1:5   000   rd:5          0110011" => "sub"    R     None  op(Sub);
    "0000000             rs2:5  rs1:5   001   rd:5          0110011" => "sll"    R     None  op(Shl);
    "0000000             rs2:5  rs1:5   010   rd:5          0110011" => "slt"    R     None  set(LtS);
    "0000000             rs2:5  rs1:5   011   rd:5          0110011" => "sltu"   R     None  set(LtU);
    "0000000             rs2:5  rs1:5   100   rd:5          0110011" => "xor"    R     None  op(Xor);
    "0000000             rs2:5  rs1:5   101   rd:5          0110011" => "srl"    R     None  op(ShrU);
    "0100000             rs2:5  rs1:5   101   rd:5          0110011" => "sra"    R     None  op(ShrS);
    "0000000             rs2:5  rs1:5   110   rd:5          0110011" => "or"     R     None  op(Or);
    "0000000             rs2:5  rs1:5   111   rd:5          0110011" => "and"    R     None  op(And);
    "0000000             rs2:5  rs1:5   000   rd:5          0111011" => "addw"   R     None  op(AddW);
    "0100000             rs2:5  rs1:5   000   rd:5          0111011" => "subw"   R     None  op(SubW);
    "0000000             rs2:5  rs1:5   001   rd:5          0111011" => "sllw"   R     None  op(ShlW);
    "0000000             rs2:5  rs1:5   101   rd:5          0111011" => "srlw"   R     None  op(ShrUW);
    "0100000             rs2:5  rs1:5   101   rd:5          0111011" => "sraw"   R     None  op(ShrSW);

    // Reserved register fields are ignored, as the manual asks. Of the 12 bits fm, pred and
    // succ, 0x010 (no ordering at all) is `pause`.
    "fence!16:12                rs1:5   000   rd:5          0001111" => "fence"  I     None  fence;
    "000000010000               rs1:5   000   rd:5          0001111" => "pause"  R     None  nop;
    "imm[11:0]                  rs1:5   001   rd:5          0001111" => "fence.i" I    None  fence_i ends;
    "000000000000               00000   000   00000         1110011" => "ecall"  R     None  ecall ends;
    "000000000001               00000   000   00000         1110011" => "ebreak" R     None  ebreak ends;
};
