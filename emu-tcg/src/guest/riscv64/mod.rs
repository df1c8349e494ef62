//! RISC-V, 64 bits, as Linux programs see it: RV64GC (I, M, A, F, D, C, Zicsr, Zifencei) with
//! Zicntr, Zba, Zbb, Zbs and Zicond.
//!
//! | what | where |
//! |---|---|
//! | slots: registers and what else there is of state | [`slots`] |
//! | encodings: one row each, one file per extension | `decode` |
//! | operand formats | `decode::operands` |
//! | where a block ends | `block` |
//! | what instructions do | `semantics` |
//! | the counters | `helpers` |
//! | rounding modes that blocks depend on | `mode` |
//!
//! Not here: privileged instructions, which are illegal in a user program.

mod block;
mod decode;
mod helpers;
mod mode;
mod semantics;
pub mod slots;
#[cfg(test)]
mod tests;

use crate::guest::{
    DecodedBlock, DecodedInsn, Fetch, Guest, HelperDesc, SlotDesc, SpecialSlots, Transfer,
};
use crate::ir;
use crate::probe::Probes;
use crate::state::CpuState;

/// The guest ISA. See the module's documentation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Riscv64;

/// The one value of [`Riscv64`].
pub static RISCV64: Riscv64 = Riscv64;

impl Guest for Riscv64 {
    fn name(&self) -> &'static str {
        "riscv64"
    }

    fn slots(&self) -> &'static [SlotDesc] {
        slots::SLOTS
    }

    fn special_slots(&self) -> SpecialSlots {
        slots::SPECIAL
    }

    fn helpers(&self) -> &'static [HelperDesc] {
        helpers::HELPERS
    }

    fn decode_block(
        &self,
        fetch: &dyn Fetch,
        pc: u64,
        mode: u32,
        max_insns: usize,
    ) -> DecodedBlock {
        block::decode_block(fetch, pc, mode, max_insns)
    }

    fn translate(&self, block: &DecodedBlock, probes: Probes) -> ir::Block {
        semantics::translate(block, probes)
    }

    fn mnemonic(&self, insn: &DecodedInsn) -> &'static str {
        block::mnemonic(insn)
    }

    fn transfer(&self, insn: &DecodedInsn) -> Transfer {
        block::transfer(insn)
    }

    fn mode(&self, state: &CpuState) -> u32 {
        mode::of(state)
    }
}
