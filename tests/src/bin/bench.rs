//! `cargo run --release -p emu-tests --bin bench`: see [`emu_tests::bench`].

use std::process::ExitCode;

use clap::Parser as _;
use emu_tests::bench::{self, Options};

fn main() -> ExitCode {
    match bench::main(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not its debug form, which may carry a backtrace: what went wrong is the guests' or the user's matter.
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}
