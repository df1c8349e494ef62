//! Back ends: ways to run IR blocks.

pub mod baseline;
pub mod code_space;
pub mod cranelift;
pub mod fp;
pub mod interp;
pub mod leaf;
mod profile;

use std::mem::offset_of;
use std::ops::Range;

use crate::ir::{self, ExitKind, Var, compact};
use crate::state::CpuState;

pub(crate) use code_space::enter::CommonExits;
pub use profile::{Profile, ProfileBox, Targets, TargetsCell};

/// A translated block with what the back ends learn about it: the unit that is interpreted, compiled
/// and made regions of. There are very many, so its IR is kept in compact form.
#[derive(Debug)]
pub struct TranslationBlock {
    /// Guest address of its first instruction.
    pub pc: u64,
    /// Translation mode it was made for.
    pub mode: u32,
    /// How often it ran and which way it left.
    pub profile: ProfileBox,
    /// Where it led by an indirect jump that is not a return.
    pub targets: TargetsCell,
    /// Bytes of guest code.
    code_len: u32,
    insns: u16,
    /// Its guest code, and behind it the IR in compact form.
    content: Box<[u8]>,
}

impl TranslationBlock {
    /// Of `ir`, which has passed [`ir::verify`], made from the guest code `code`; to be looked at after
    /// `limit` executions.
    #[must_use]
    pub fn new(ir: &ir::Block, code: &[u8], limit: u32) -> TranslationBlock {
        let mut content = Vec::with_capacity(code.len() + ir.ops.len() * 8 + 64);
        content.extend_from_slice(code);
        compact::compact(ir, &mut content);
        let block = TranslationBlock {
            pc: ir.pc,
            mode: ir.mode,
            profile: ProfileBox::new(limit),
            targets: TargetsCell::default(),
            code_len: code.len() as u32,
            insns: ir.insns.len() as u16,
            // A copy, for a vector that is made shorter leaves holes behind it.
            content: Box::from(content.as_slice()),
        };
        debug_assert_eq!(block.ir(), *ir);
        block
    }

    /// Its guest code, to tell whether it has changed.
    #[must_use]
    pub fn code(&self) -> &[u8] {
        &self.content[..self.code_len as usize]
    }

    /// Number of its guest instructions.
    #[must_use]
    pub fn insns(&self) -> usize {
        usize::from(self.insns)
    }

    /// Addresses of its guest code.
    #[must_use]
    pub fn span(&self) -> Range<u64> {
        self.pc..self.pc + u64::from(self.code_len)
    }

    /// The block.
    #[must_use]
    pub fn ir(&self) -> ir::Block {
        let mut block = ir::Block::empty();
        self.expand(&mut block);
        block
    }

    /// The block, into memory that is used again.
    pub fn expand(&self, block: &mut ir::Block) {
        let compact = &self.content[self.code_len as usize..];
        compact::expand(compact, self.pc, self.mode, block).expect("it was made from a block");
    }
}

/// Offset of a slot or temp from the state's start.
const fn var_offset(var: Var) -> i32 {
    (offset_of!(CpuState, file) + var.0 as usize * 8) as i32
}

/// How a run of one block (interpreter) or of chained regions (generated code) came back.
///
/// In every case `state.pc` is the address to continue at; for `Fault` it is the address of
/// the faulting instruction, and slots and plugin area are as before that instruction's
/// access (instruction probes on it have run, memory probes have not).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockExit {
    /// A direct jump, or a block cut at its size limit.
    Jump,
    /// A conditional branch that was taken.
    Taken,
    /// A conditional branch that was not.
    NotTaken,
    /// An indirect jump.
    Indirect,
    /// The block asks for the execution loop.
    Exit(ExitKind),
    /// A memory access failed; `CpuState::fault_address` and `fault_signal` say how.
    Fault {
        /// Index in its block of the faulting instruction.
        insn: u16,
    },
}
