//! The IR of the block in hand, kept by a vCPU from one use to the next: a new block is interpreted as
//! soon as it is translated, again if it is a loop, and compiled after it was interpreted.

use emu_tcg::backend::TranslationBlock;
use emu_tcg::ir::Block;

/// The IR of one block. See the module's documentation.
pub struct Expanded {
    ir: Block,
    /// Address of the block. [`Expanded::forget`] keeps it from being taken for another that was made in
    /// the same place later.
    of: usize,
}

impl Default for Expanded {
    fn default() -> Expanded {
        Expanded {
            ir: Block::empty(),
            of: 0,
        }
    }
}

fn address(block: &TranslationBlock) -> usize {
    std::ptr::from_ref(block) as usize
}

impl Expanded {
    /// The IR of `block`. Before it is first asked for that of a block that this has not been
    /// [set](Expanded::set) to, it must have been told to forget.
    pub fn get(&mut self, block: &TranslationBlock) -> &Block {
        if self.of != address(block) {
            block.expand(&mut self.ir);
            self.of = address(block);
        }
        &self.ir
    }

    /// The IR of `block`, which has just been made, is `ir`.
    pub fn set(&mut self, block: &TranslationBlock, ir: Block) {
        self.ir = ir;
        self.of = address(block);
    }

    /// Blocks that were known before may be gone.
    pub fn forget(&mut self) {
        self.of = 0;
    }
}
