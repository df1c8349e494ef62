//! Zicond: conditional zeroing.

use super::{Row, rows};
use crate::guest::riscv64::semantics::bits::{czero_eqz, czero_nez};

pub(super) const ROWS: &[Row] = rows! {
    "0000111 rs2:5 rs1:5 101 rd:5 0110011" => "czero.eqz" R None czero_eqz;
    "0000111 rs2:5 rs1:5 111 rd:5 0110011" => "czero.nez" R None czero_nez;
};
