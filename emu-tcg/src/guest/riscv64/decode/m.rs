//! M: multiplication and division.

use super::{Row, rows};
use crate::guest::riscv64::semantics::integer::op;
use crate::ir::Opcode::{
    DivS, DivSW, DivU, DivUW, Mul, MulW, MulhS, MulhSu, MulhU, RemS, RemSW, RemU, RemUW,
};

pub(super) const ROWS: &[Row] = rows! {
    "0000001 rs2:5 rs1:5 000 rd:5 0110011" => "mul"    R None op(Mul);
    "0000001 rs2:5 rs1:5 001 rd:5 0110011" => "mulh"   R None op(MulhS);
    "0000001 rs2:5 rs1:5 010 rd:5 0110011" => "mulhsu" R None op(MulhSu);
    "0000001 rs2:5 rs1:5 011 rd:5 0110011" => "mulhu"  R None op(MulhU);
    "0000001 rs2:5 rs1:5 100 rd:5 0110011" => "div"    R None op(DivS);
    "0000001 rs2:5 rs1:5 101 rd:5 0110011" => "divu"   R None op(DivU);
    "0000001 rs2:5 rs1:5 110 rd:5 0110011" => "rem"    R None op(RemS);
    "0000001 rs2:5 rs1:5 111 rd:5 0110011" => "remu"   R None op(RemU);

    "0000001 rs2:5 rs1:5 000 rd:5 0111011" => "mulw"   R None op(MulW);
    "0000001 rs2:5 rs1:5 100 rd:5 0111011" => "divw"   R None op(DivSW);
    "0000001 rs2:5 rs1:5 101 rd:5 0111011" => "divuw"  R None op(DivUW);
    "0000001 rs2:5 rs1:5 110 rd:5 0111011" => "remw"   R None op(RemSW);
    "0000001 rs2:5 rs1:5 111 rd:5 0111011" => "remuw"  R None op(RemUW);
};
