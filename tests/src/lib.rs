//! Tools for the cross-crate tests.

pub mod fuzz;
