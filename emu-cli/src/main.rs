//! The `emu` command: arguments, wiring, reports. Everything that does the work is elsewhere.

mod cli;
mod demo;
mod failure;
mod inspect;
mod plugins;
mod run;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use cli::{Cli, Command};

// The linker drops crates that nothing refers to, and their plugins with them.
use emu_plugin_count as _;
use emu_plugin_execlog as _;
use emu_plugin_hotblocks as _;
use emu_plugin_howvec as _;
use emu_plugin_strace as _;

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(args),
        Command::Plugins { plugin } => plugins::show(plugin.as_deref()),
        Command::Disas(args) => inspect::disassemble(&args),
        Command::Ir { stage, inspect } => inspect::stages(&inspect, stage),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "emu", &mut script);
            failure::print(&script)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
