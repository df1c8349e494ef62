//! The `howvec` plugin.
