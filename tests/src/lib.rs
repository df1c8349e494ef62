//! What the cross-crate tests and the benchmark share: finding and building the programs involved, and running them.
//!
//! - [`guest`]: the guest programs of `tests/guest`, and how they are built;
//! - [`run`]: one run of a guest program under `emu` or an installed `qemu-riscv64`, with what came of it;
//! - [`tools`]: the `emu` binary, cross compiler, QEMU and riscv64 root of this machine;
//! - [`bench`](mod@bench): the benchmark of `cargo run --release -p emu-tests --bin bench`;
//! - [`fuzz`]: the differential fuzzer of `cargo run --release -p emu-tests --bin fuzz`.
//!
//! No product code depends on this crate. A tool that is missing makes a test skip, with a line on standard error that says
//! which tool; only `emu` itself is never missing.

pub mod bench;
pub mod fuzz;
pub mod guest;
pub mod run;
pub mod tools;
