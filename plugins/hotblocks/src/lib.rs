//! The `hotblocks` plugin.
