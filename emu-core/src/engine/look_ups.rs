//! A vCPU's own table of translations by guest address: what it has run lately is found without the
//! cache's lock.
//!
//! The table comes into being piece by piece, for threads that run only a few blocks should start and end
//! at no more cost than that.
//!
//! Not here: when entries stop being valid; the vCPU follows the cache's departures.

use std::sync::Arc;

use emu_tcg::ir::Block;

use super::cache::Translation;

/// Entries of a piece; a power of two.
const PIECE: usize = 64;
/// Pieces of a table; a power of two.
const PIECES: usize = 256;

/// An entry. The key stands beside the translation, so that looking takes one access to memory.
pub(super) struct LookUp {
    pub(super) pc: u64,
    pub(super) mode: u32,
    pub(super) translation: Option<Arc<Translation>>,
    /// The block, if it is interpreted often: without baseline code.
    pub(super) ir: Option<Box<Block>>,
}

impl LookUp {
    /// Of no block: instructions are at even addresses.
    const EMPTY: LookUp = LookUp {
        pc: u64::MAX,
        mode: 0,
        translation: None,
        ir: None,
    };
}

/// The table. See the module's documentation.
pub(super) struct LookUps {
    pieces: Box<[Option<Box<[LookUp; PIECE]>>; PIECES]>,
}

impl Default for LookUps {
    fn default() -> LookUps {
        LookUps {
            pieces: Box::new([const { None }; PIECES]),
        }
    }
}

impl LookUps {
    /// Where the block at `pc` is or would be.
    pub(super) fn index(pc: u64) -> usize {
        // Upper bits, so that functions do not meet that lie a round distance apart.
        (pc >> 1 ^ pc >> 15) as usize % (PIECE * PIECES)
    }

    /// The entry there.
    pub(super) fn entry(&mut self, index: usize) -> &mut LookUp {
        let piece = &mut self.pieces[index / PIECE];
        let piece = piece.get_or_insert_with(|| Box::new([const { LookUp::EMPTY }; PIECE]));
        &mut piece[index % PIECE]
    }

    /// The translation there.
    pub(super) fn translation(&self, index: usize) -> Option<&Arc<Translation>> {
        let piece = self.pieces[index / PIECE].as_ref()?;
        piece[index % PIECE].translation.as_ref()
    }

    /// Forgets the block at `pc`.
    pub(super) fn forget(&mut self, pc: u64) {
        let index = LookUps::index(pc);
        let Some(piece) = &mut self.pieces[index / PIECE] else {
            return;
        };
        let entry = &mut piece[index % PIECE];
        if entry.pc == pc {
            *entry = LookUp::EMPTY;
        }
    }

    /// Forgets all blocks.
    pub(super) fn clear(&mut self) {
        self.pieces.fill_with(|| None);
    }
}
