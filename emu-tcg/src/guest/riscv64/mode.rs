//! Translation modes: what the code of a block may assume about the dynamic rounding mode.

use crate::state::CpuState;

use super::slots::FRM;

/// `frm` is one of the four modes that hosts have.
pub(super) const DYNAMIC: u32 = 0;
/// `frm` is round to nearest, ties away from zero, which hosts lack: it is emitted statically.
pub(super) const NEAREST_AWAY: u32 = 1;
/// `frm` is reserved: instructions that round dynamically are illegal.
pub(super) const RESERVED: u32 = 2;

/// The mode that `frm` calls for.
pub(super) fn of(state: &CpuState) -> u32 {
    match state.file[usize::from(FRM.0)] {
        0..=3 => DYNAMIC,
        4 => NEAREST_AWAY,
        _ => RESERVED,
    }
}
