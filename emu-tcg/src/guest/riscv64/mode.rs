//! Translation modes: what the code of a block may assume about the dynamic rounding mode.

use crate::state::CpuState;

use super::slots::FRM;

/// `frm` is round to nearest, ties to even. Instructions that name this mode then round as those that
/// round dynamically, which hosts do best; compilers of JavaScript, Java and Go name it always.
pub(super) const NEAREST: u32 = 0;
/// `frm` is one of the four modes that hosts have.
pub(super) const DYNAMIC: u32 = 1;
/// `frm` is round to nearest, ties away from zero, which hosts lack: it is emitted statically.
pub(super) const NEAREST_AWAY: u32 = 2;
/// `frm` is reserved: instructions that round dynamically are illegal.
pub(super) const RESERVED: u32 = 3;

/// A guest that has changed its mode this often is likely to go on so. It is spared the changes between
/// those modes that one can do for.
const MANY_CHANGES: u32 = 64;

/// The mode that `frm` calls for.
pub(super) fn of(state: &CpuState) -> u32 {
    match state.file[usize::from(FRM.0)] {
        0 if state.mode_changes < MANY_CHANGES => NEAREST,
        0..=3 => DYNAMIC,
        4 => NEAREST_AWAY,
        _ => RESERVED,
    }
}
