//! Zicsr: control and status registers. Which operation it is, the semantics read off funct3.

use super::{Row, rows};
use crate::guest::riscv64::semantics::csr::access;

pub(super) const ROWS: &[Row] = rows! {
    "csr:12 rs1:5  001 rd:5 1110011" => "csrrw"  Csr None access;
    "csr:12 rs1:5  010 rd:5 1110011" => "csrrs"  Csr None access;
    "csr:12 rs1:5  011 rd:5 1110011" => "csrrc"  Csr None access;
    "csr:12 zimm:5 101 rd:5 1110011" => "csrrwi" Csr None access;
    "csr:12 zimm:5 110 rd:5 1110011" => "csrrsi" Csr None access;
    "csr:12 zimm:5 111 rd:5 1110011" => "csrrci" Csr None access;
};
