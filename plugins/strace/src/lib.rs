//! The `strace` plugin.
