//! Zba: address generation.

use super::{Row, rows};
use crate::guest::riscv64::semantics::bits::{add_uw, shift_add, shift_add_uw, slli_uw};

pub(super) const ROWS: &[Row] = rows! {
    "0000100        rs2:5 rs1:5 000 rd:5 0111011" => "add.uw"    R     None add_uw;
    "0010000        rs2:5 rs1:5 010 rd:5 0110011" => "sh1add"    R     None shift_add(1);
    "0010000        rs2:5 rs1:5 100 rd:5 0110011" => "sh2add"    R     None shift_add(2);
    "0010000        rs2:5 rs1:5 110 rd:5 0110011" => "sh3add"    R     None shift_add(3);
    "0010000        rs2:5 rs1:5 010 rd:5 0111011" => "sh1add.uw" R     None shift_add_uw(1);
    "0010000        rs2:5 rs1:5 100 rd:5 0111011" => "sh2add.uw" R     None shift_add_uw(2);
    "0010000        rs2:5 rs1:5 110 rd:5 0111011" => "sh3add.uw" R     None shift_add_uw(3);
    "000010 shamt:6       rs1:5 001 rd:5 0011011" => "slli.uw"   Shift None slli_uw;
};
