//! The command line.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

/// Run RISC-V Linux programs on this machine and watch or steer them with plugins.
#[derive(Debug, Parser)]
#[command(
    name = "emu",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
#[command(after_help = "\
Exit status: that of the guest program, as under a shell; a guest killed by a signal kills emu by \
the same signal. 125: emu itself failed (a plugin, a report, host memory). 126: the program cannot \
be run. 127: the program does not exist. 2: wrong usage.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program.
    Run(RunArgs),
    /// List the built-in plugins, or show one plugin's arguments.
    Plugins {
        /// A built-in plugin's name or the path of a plugin library.
        plugin: Option<String>,
    },
    /// Disassemble the blocks of a program.
    Disas(InspectArgs),
    /// Show the stages of a block's translation.
    Ir {
        /// The stage to show; all by default.
        #[arg(long, value_enum)]
        stage: Option<Stage>,
        #[command(flatten)]
        inspect: InspectArgs,
    },
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
}

/// Options that a program run through `exec` by the guest inherits.
#[derive(Debug, Clone, Args)]
pub(crate) struct CommonArgs {
    /// Look up absolute paths of the guest, its interpreter and libraries among them, under this
    /// folder first.
    #[arg(short = 'L', long = "root", value_name = "ROOT", env = "EMU_LD_PREFIX")]
    pub(crate) root: Option<PathBuf>,

    /// Load a plugin: a built-in's name or a library's path, then its arguments (repeatable).
    #[arg(short, long = "plugin", value_name = "NAME|PATH[,ARG=VALUE…]")]
    pub(crate) plugin: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    /// What to do when a plugin fails.
    #[arg(long, value_enum, default_value_t, value_name = "POLICY")]
    pub(crate) plugin_errors: PluginErrors,

    /// Form of the plugins' reports.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) report: ReportFormat,

    /// Write the plugins' reports to this file instead of standard error; `%p` becomes the process
    /// number, and without it other processes than the first append theirs to the name.
    #[arg(long, value_name = "PATH")]
    pub(crate) report_file: Option<PathBuf>,

    /// Also report what translation cost: how much each stage translated, and the processor time it
    /// took.
    #[arg(long)]
    pub(crate) stats: bool,

    /// What runs the guest's instructions.
    #[arg(long, value_enum, default_value_t, value_name = "BACKEND")]
    pub(crate) backend: Backend,

    /// Executions after which a block is compiled by itself, quickly; from the other threshold on,
    /// never.
    #[arg(long, value_name = "N", default_value_t = emu_core::engine::EngineConfig::default().baseline_threshold)]
    pub(crate) baseline_threshold: u32,

    /// Executions that make a block hot: worth compiling well, with the code around it [default:
    /// 8000, or 30000 on a single core].
    #[arg(long, value_name = "N")]
    pub(crate) jit_threshold: Option<u32>,

    /// Compile hot code at once instead of in the background.
    #[arg(long)]
    pub(crate) jit_sync: bool,

    /// Room for generated code; once it is used up, all of it is dropped and made anew as needed.
    #[arg(long, value_name = "KIB", default_value_t = emu_core::engine::EngineConfig::default().code_capacity >> 10)]
    pub(crate) code_size: usize,

    /// The same run every time: fixed random bytes, addresses and clock.
    #[arg(long)]
    pub(crate) deterministic: bool,

    /// The program's own name, `argv[0]` (PROGRAM by default).
    #[arg(short = '0', long, value_name = "NAME")]
    pub(crate) argv0: Option<OsString>,

    /// Set a variable in the guest's environment (repeatable).
    #[arg(short = 'E', long = "env", value_name = "NAME=VALUE")]
    pub(crate) env: Vec<OsString>,

    /// Remove a variable from the guest's environment (repeatable).
    #[arg(short = 'U', long = "unset-env", value_name = "NAME")]
    pub(crate) unset_env: Vec<OsString>,

    /// The process that started this tree of guest processes (set when the guest executes another
    /// program).
    #[arg(long, hide = true)]
    pub(crate) first_process: Option<u32>,

    /// The program, a RISC-V Linux executable, a script for one, or `demo`, which is built in; and
    /// its arguments.
    // One positional, so that nothing behind the program's name is taken for an option of emu.
    #[arg(
        value_names = ["PROGRAM", "ARGS"],
        required = true,
        num_args = 1..,
        trailing_var_arg = true
    )]
    command: Vec<OsString>,
}

impl RunArgs {
    /// The program to run.
    pub(crate) fn program(&self) -> &Path {
        self.command.first().map_or(Path::new(""), Path::new)
    }

    /// The program's arguments.
    pub(crate) fn program_args(&self) -> &[OsString] {
        self.command.get(1..).unwrap_or_default()
    }
}

#[derive(Debug, Clone, Args)]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) common: CommonArgs,

    /// Start at this symbol (default: the entry point).
    #[arg(long, value_name = "NAME", conflicts_with = "address")]
    pub(crate) symbol: Option<String>,

    /// Start at this guest address.
    #[arg(long, value_name = "ADDRESS", value_parser = parse_address)]
    pub(crate) address: Option<u64>,

    /// How many blocks to show, each starting where the one before ends.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) blocks: usize,

    /// The program: a RISC-V Linux executable, or `demo`.
    #[arg(value_name = "PROGRAM")]
    pub(crate) program: PathBuf,
}

/// A stage of a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// The guest's instructions.
    Guest,
    /// IR without instrumentation.
    Ir,
    /// IR with the plugins' instrumentation.
    Instrumented,
    /// Host code of the first tier.
    Baseline,
    /// Cranelift's IR.
    Clif,
    /// Host code of the second tier.
    Host,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Backend {
    /// The interpreter alone.
    Interp,
    /// Generated code for all that is hot.
    #[default]
    Jit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Tables to read.
    #[default]
    Table,
    /// JSON, one document a line.
    Json,
    /// Comma-separated values.
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum PluginErrors {
    /// Go on without the plugin.
    Continue,
    /// End the run with status 125.
    #[default]
    Stop,
}

fn parse_address(text: &str) -> Result<u64, String> {
    let parsed = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => text.parse(),
    };
    parsed.map_err(|_| format!("`{text}` is not an address: write it as 0x1234 or in decimal"))
}
