//! `emu run`: wires engine, plugins and Linux together and passes the guest's end on.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum;
use emu_core::engine::instrument::Instrumentation as _;
use emu_core::engine::vcpu::Vcpu;
use emu_core::engine::{Backend, Engine, EngineConfig};
use emu_core::environment::{Environment as _, ExitStatus};
use emu_core::fault;
use emu_core::linux::{LinuxProcess, ProcessConfig};
use emu_core::plugin::{HostOptions, PluginErrors, PluginHost, PluginSpec};
use emu_core::report::{Destination, ReportFormat, ReportOptions};
use emu_tcg::guest::riscv64::RISCV64;

use crate::cli::{self, RunArgs};
use crate::demo;
use crate::failure::{self, CANNOT_RUN, Failure, INTERNAL, NOT_FOUND, USAGE};

/// Runs a program; comes back only if that failed, else exits as the guest did.
pub(crate) fn run(args: RunArgs) -> Result<(), Failure> {
    let process = load(args.program(), process_config(&args)?)?;
    let plugins = load_plugins(&PluginRequest::of(&args), &process)?;
    let defaults = EngineConfig::default();
    let config = EngineConfig {
        backend: match args.backend {
            cli::Backend::Interp => Backend::Interp,
            cli::Backend::Jit => Backend::Jit,
        },
        baseline_threshold: args.baseline_threshold.max(1),
        jit_threshold: args.jit_threshold.unwrap_or(defaults.jit_threshold).max(1),
        jit_background: !args.jit_sync,
        code_capacity: args.code_size.saturating_mul(1024),
    };
    let engine = Engine::new(&RISCV64, config, plugins.clone())
        .context("cannot set up memory for generated code")?;
    if let Some(space) = engine.code_space() {
        fault::set_code_space(space);
    }
    let mut vcpu = Vcpu::new(engine, 0, process.memory_base());
    process.start(vcpu.state());
    let status = vcpu.run(&*process);
    // The process ends. To take translations apart would cost more than running some programs does, and
    // in a forked child touch memory that is the parent's so far.
    std::mem::forget(vcpu);
    finish(status.unwrap_or(ExitStatus::Code(0)), &plugins)
}

/// Loads a program that is only looked at.
pub(crate) fn load_process(
    program: &Path,
    root: Option<&Path>,
) -> Result<Arc<LinuxProcess>, Failure> {
    let config = ProcessConfig {
        argv0: Some(program.as_os_str().to_owned()),
        root: root.map(Path::to_owned),
        deterministic: true,
        ..ProcessConfig::default()
    };
    load(program, config)
}

fn load(program: &Path, mut config: ProcessConfig) -> Result<Arc<LinuxProcess>, Failure> {
    config.program = program.to_owned();
    config.embedded = demo::embedded(program);
    LinuxProcess::load(config).map_err(|error| {
        let status = if error.is_not_found() {
            NOT_FOUND
        } else {
            CANNOT_RUN
        };
        Failure::new(status, error)
    })
}

/// Which plugins to load, and where their output goes.
pub(crate) struct PluginRequest<'a> {
    specs: &'a [String],
    errors: PluginErrors,
    report: ReportOptions,
    statistics: bool,
}

impl<'a> PluginRequest<'a> {
    fn of(args: &'a RunArgs) -> PluginRequest<'a> {
        PluginRequest {
            specs: &args.common.plugin,
            errors: match args.plugin_errors {
                cli::PluginErrors::Continue => PluginErrors::Continue,
                cli::PluginErrors::Stop => PluginErrors::Stop,
            },
            report: ReportOptions {
                format: match args.report {
                    cli::ReportFormat::Table => ReportFormat::Table,
                    cli::ReportFormat::Json => ReportFormat::Json,
                    cli::ReportFormat::Csv => ReportFormat::Csv,
                },
                destination: match &args.report_file {
                    Some(path) => Destination::File(path.clone()),
                    None => Destination::Stderr,
                },
                first_process: args.first_process,
            },
            statistics: args.stats,
        }
    }

    /// For instrumentation that is looked at but never runs.
    pub(crate) fn quiet(specs: &'a [String]) -> PluginRequest<'a> {
        let report = ReportOptions {
            format: ReportFormat::Table,
            destination: Destination::Stderr,
            first_process: None,
        };
        PluginRequest {
            specs,
            errors: PluginErrors::Stop,
            report,
            statistics: false,
        }
    }
}

/// Loads the plugins asked for.
pub(crate) fn load_plugins(
    request: &PluginRequest<'_>,
    process: &Arc<LinuxProcess>,
) -> Result<Arc<PluginHost>, Failure> {
    let specs = request
        .specs
        .iter()
        .map(|text| PluginSpec::parse(text))
        .collect::<Result<Vec<_>, _>>()?;
    let symbols = process.clone();
    let options = HostOptions {
        guest: &RISCV64,
        symbolizer: Arc::new(move |address| symbols.symbolize(address)),
        plugin_errors: request.errors,
        report: request.report.clone(),
        statistics: request.statistics,
    };
    Ok(PluginHost::load(&specs, options)?)
}

/// Ends the process as the guest ended, once the reports are out.
fn finish(status: ExitStatus, plugins: &PluginHost) -> ! {
    plugins.finish();
    // A plugin may have failed, or asked for another status, while it reported.
    let status = plugins.stop_request().map_or(status, ExitStatus::Code);
    if let Some(error) = plugins.take_report_error() {
        let message = failure::message(&anyhow!(error));
        emu_core::report::tell(&format!("emu: {message}"));
        std::process::exit(i32::from(INTERNAL));
    }
    match status {
        ExitStatus::Code(code) => std::process::exit(code),
        ExitStatus::Signal(signal) => emu_core::linux::die_of_signal(signal),
    }
}

fn process_config(args: &RunArgs) -> Result<ProcessConfig, Failure> {
    let mut env: Vec<(OsString, OsString)> = std::env::vars_os()
        .filter(|(name, _)| name != "EMU_LD_PREFIX" && !args.unset_env.contains(name))
        .collect();
    for variable in &args.env {
        let text = variable.as_encoded_bytes();
        let Some(equals) = text.iter().position(|&byte| byte == b'=') else {
            let text = variable.display();
            let error = anyhow!("`-E {text}` sets no variable: write it as NAME=VALUE");
            return Err(Failure::new(USAGE, error));
        };
        let name = OsString::from_vec(text[..equals].to_vec());
        let value = OsString::from_vec(text[equals + 1..].to_vec());
        env.retain(|(known, _)| *known != name);
        env.push((name, value));
    }
    Ok(ProcessConfig {
        argv0: Some(
            args.argv0
                .clone()
                .unwrap_or_else(|| args.program().as_os_str().to_owned()),
        ),
        args: args.program_args().to_vec(),
        env,
        root: args.common.root.clone(),
        deterministic: args.deterministic,
        exec_command: exec_command(args)?,
        ..ProcessConfig::default()
    })
}

/// The command that runs another guest program the way this one is run.
fn exec_command(args: &RunArgs) -> Result<Vec<OsString>, Failure> {
    let own = std::env::current_exe().context("cannot find emu's own executable")?;
    let mut command: Vec<OsString> = vec![own.into(), "run".into()];
    let mut push = |option: &str, value: OsString| {
        command.push(option.into());
        command.push(value);
    };
    if let Some(root) = &args.common.root {
        let root = std::path::absolute(root).context("cannot make the root's path absolute")?;
        push("--root", root.into());
    }
    for plugin in &args.common.plugin {
        push(
            "--plugin",
            PluginSpec::parse(plugin)?.absolute().to_string().into(),
        );
    }
    push("--plugin-errors", name_of(&args.plugin_errors).into());
    push("--report", name_of(&args.report).into());
    push("--backend", name_of(&args.backend).into());
    push(
        "--baseline-threshold",
        args.baseline_threshold.to_string().into(),
    );
    if let Some(threshold) = args.jit_threshold {
        push("--jit-threshold", threshold.to_string().into());
    }
    push("--code-size", args.code_size.to_string().into());
    let first = args.first_process.unwrap_or_else(std::process::id);
    push("--first-process", first.to_string().into());
    if let Some(path) = &args.report_file {
        let path = std::path::absolute(path).context("cannot make the report's path absolute")?;
        push("--report-file", path.into());
    }
    if args.jit_sync {
        command.push("--jit-sync".into());
    }
    if args.deterministic {
        command.push("--deterministic".into());
    }
    if args.stats {
        command.push("--stats".into());
    }
    Ok(command)
}

/// How a value is written on the command line.
fn name_of(value: &impl ValueEnum) -> String {
    value
        .to_possible_value()
        .map_or_else(String::new, |value| value.get_name().to_owned())
}
