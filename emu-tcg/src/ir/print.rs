//! Text form of a block.
