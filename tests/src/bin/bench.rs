//! `cargo run --release -p emu-tests --bin bench`: see [`emu_tests::bench`].

use clap::Parser as _;
use emu_tests::bench::{self, Options};

fn main() -> anyhow::Result<()> {
    bench::main(&Options::parse())
}
