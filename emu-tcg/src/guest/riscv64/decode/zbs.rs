//! Zbs: single bits.

use super::{Row, rows};
use crate::guest::riscv64::semantics::bits::{bclr, bclri, bext, bexti, binv, binvi, bset, bseti};

pub(super) const ROWS: &[Row] = rows! {
    "0100100 rs2:5   rs1:5 001 rd:5 0110011" => "bclr"  R     None bclr;
    "0100100 rs2:5   rs1:5 101 rd:5 0110011" => "bext"  R     None bext;
    "0110100 rs2:5   rs1:5 001 rd:5 0110011" => "binv"  R     None binv;
    "0010100 rs2:5   rs1:5 001 rd:5 0110011" => "bset"  R     None bset;
    "010010  shamt:6 rs1:5 001 rd:5 0010011" => "bclri" Shift None bclri;
    "010010  shamt:6 rs1:5 101 rd:5 0010011" => "bexti" Shift None bexti;
    "011010  shamt:6 rs1:5 001 rd:5 0010011" => "binvi" Shift None binvi;
    "001010  shamt:6 rs1:5 001 rd:5 0010011" => "bseti" Shift None bseti;
};
