//! A: atomics. Every one is sequentially consistent, so the `aq` and `rl` bits are ignored.

use super::{Row, rows};
use crate::guest::riscv64::semantics::atomic::{amo, lr, sc};
use crate::ir::AtomicOp::{Add, And, MaxS, MaxU, MinS, MinU, Or, Swap, Xor};
use crate::ir::Size::{B4, B8};

pub(super) const ROWS: &[Row] = rows! {
    "00010 aq:1 rl:1 00000 rs1:5 010 rd:5 0101111" => "lr.w"      R Read      lr(B4);
    "00011 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "sc.w"      R Write     sc(B4);
    "00001 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amoswap.w" R ReadWrite amo(Swap, B4);
    "00000 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amoadd.w"  R ReadWrite amo(Add, B4);
    "00100 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amoxor.w"  R ReadWrite amo(Xor, B4);
    "01100 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amoand.w"  R ReadWrite amo(And, B4);
    "01000 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amoor.w"   R ReadWrite amo(Or, B4);
    "10000 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amomin.w"  R ReadWrite amo(MinS, B4);
    "10100 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amomax.w"  R ReadWrite amo(MaxS, B4);
    "11000 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amominu.w" R ReadWrite amo(MinU, B4);
    "11100 aq:1 rl:1 rs2:5 rs1:5 010 rd:5 0101111" => "amomaxu.w" R ReadWrite amo(MaxU, B4);

    "00010 aq:1 rl:1 00000 rs1:5 011 rd:5 0101111" => "lr.d"      R Read      lr(B8);
    "00011 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "sc.d"      R Write     sc(B8);
    "00001 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amoswap.d" R ReadWrite amo(Swap, B8);
    "00000 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amoadd.d"  R ReadWrite amo(Add, B8);
    "00100 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amoxor.d"  R ReadWrite amo(Xor, B8);
    "01100 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amoand.d"  R ReadWrite amo(And, B8);
    "01000 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amoor.d"   R ReadWrite amo(Or, B8);
    "10000 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amomin.d"  R ReadWrite amo(MinS, B8);
    "10100 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amomax.d"  R ReadWrite amo(MaxS, B8);
    "11000 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amominu.d" R ReadWrite amo(MinU, B8);
    "11100 aq:1 rl:1 rs2:5 rs1:5 011 rd:5 0101111" => "amomaxu.d" R ReadWrite amo(MaxU, B8);
};
