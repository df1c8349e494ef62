//! The `execlog` plugin.
