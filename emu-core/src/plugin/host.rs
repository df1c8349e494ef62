//! All plugins of a run, behind the engine's seam.
//!
//! Not here: any plugin's code is reached through [`Plugin`] only.
//!
//! Invariants:
//! - Plugins are asked in the order of the command line.
//! - Reports are made one at a time, and of states that nobody is changing.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use emu_tcg::guest::{DecodedBlock, Guest};
use emu_tcg::probe::Probes;
use emu_tcg::state::CpuState;

use super::host_table::Shared;
use super::instance::Plugin;
use super::load::{self, Found};
use super::probe::Sink;
use super::spec::PluginArgument;
use super::view::{self, SyscallTexts};
use super::{PluginError, PluginSpec};
use crate::engine::instrument::Instrumentation;
use crate::engine::statistics::Statistics;
use crate::environment::{Symbol, SyscallRecord};
use crate::report::{Destination, ReportError, ReportOptions, Reporter, translation};

/// Finds the symbol of a guest address.
pub type Symbolizer = Arc<dyn Fn(u64) -> Option<Symbol> + Send + Sync>;

/// What to do when a plugin fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PluginErrors {
    /// The run goes on without it.
    Continue,
    /// The run ends with status 125.
    #[default]
    Stop,
}

/// How plugins are run.
pub struct HostOptions {
    /// How reports are written.
    pub report: ReportOptions,
    /// What to do when a plugin fails.
    pub plugin_errors: PluginErrors,
    /// The guest ISA.
    pub guest: &'static dyn Guest,
    /// Finds symbols.
    pub symbolizer: Symbolizer,
    /// The engine records what translation costs, for a report behind the plugins'.
    pub statistics: bool,
}

/// The plugins of a run.
pub struct PluginHost {
    plugins: Vec<Plugin>,
    guest: &'static dyn Guest,
    shared: Arc<Shared>,
    area_size: usize,
    statistics: Option<Arc<Statistics>>,
    /// Held while reports are made.
    finishing: Mutex<()>,
}

/// Length of the instructions that make system calls: all guests so far have but one.
const SYSCALL_INSN_LEN: u64 = 4;

thread_local! {
    /// Address of the instruction that made the running system call; the call may change the pc.
    static SYSCALL_PC: Cell<u64> = const { Cell::new(0) };
}

impl PluginHost {
    /// Finds and starts the plugins that the user asks for.
    ///
    /// # Errors
    ///
    /// Why one cannot be used, or why there is nowhere to write reports to.
    pub fn load(
        specs: &[PluginSpec],
        options: HostOptions,
    ) -> Result<Arc<PluginHost>, PluginError> {
        let found = specs
            .iter()
            .map(|spec| Ok((load::find(&spec.source)?, spec.arguments.clone())))
            .collect::<Result<Vec<_>, PluginError>>()?;
        let report = if specs.is_empty() && !options.statistics {
            // Nobody will report: the user's file stays as it is.
            ReportOptions {
                destination: Destination::Stderr,
                ..options.report
            }
        } else {
            options.report.clone()
        };
        let reporter = Reporter::open(&report)?;
        PluginHost::create(&found, reporter, &options)
    }

    /// Starts plugins.
    pub(super) fn create(
        found: &[(Found, Vec<PluginArgument>)],
        reporter: Reporter,
        options: &HostOptions,
    ) -> Result<Arc<PluginHost>, PluginError> {
        let shared = Arc::new(Shared::new(
            reporter,
            options.symbolizer.clone(),
            options.guest.name(),
            options.plugin_errors,
        ));
        let mut plugins = Vec::with_capacity(found.len());
        let mut area = 0;
        let mut names: HashMap<&str, usize> = HashMap::new();
        for (number, (found, arguments)) in found.iter().enumerate() {
            let name = found.declaration.name.as_str();
            let count = names.entry(name).or_default();
            *count += 1;
            let name = match *count {
                1 => name.to_owned(),
                count => format!("{name}#{count}"),
            };
            let shared = shared.clone();
            let plugin = Plugin::create(found, arguments, name, number as u32, shared, &mut area)?;
            plugins.push(plugin);
        }
        Ok(Arc::new(PluginHost {
            plugins,
            guest: options.guest,
            shared,
            area_size: area as usize,
            statistics: options.statistics.then(Arc::default),
            finishing: Mutex::new(()),
        }))
    }

    /// The first error in writing reports, once.
    #[must_use]
    pub fn take_report_error(&self) -> Option<ReportError> {
        self.shared.reporter.take_error()
    }

    fn live(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().filter(|plugin| plugin.is_live())
    }

    /// Writes one plugin's report.
    fn report(&self, plugin: &Plugin) {
        let reporter = &self.shared.reporter;
        let mut report = None;
        if plugin.is_live() {
            let (states, left_out) =
                (self.shared.vcpus).states(plugin.number(), plugin.state_offset());
            report = plugin.exit(&states);
            if left_out != 0 && report.is_some() {
                reporter.message(&format!(
                    "emu: the report of plugin {} leaves out {left_out} vCPUs that still run",
                    plugin.name()
                ));
            }
        }
        match (plugin.failure(), report) {
            (Some(failure), _) => reporter.failure(
                plugin.name(),
                &plugin.version,
                &failure.hook,
                &failure.message,
            ),
            (None, Some(report)) if !report.sections.is_empty() => {
                reporter.report(plugin.name(), &plugin.version, &report);
            }
            (None, _) => {}
        }
    }
}

#[expect(
    clippy::not_unsafe_ptr_arg_deref,
    reason = "the seam passes states as pointers, since plugins' areas lie behind them; the engine \
              is its only caller"
)]
impl Instrumentation for PluginHost {
    fn area_size(&self) -> usize {
        self.area_size
    }

    fn statistics(&self) -> Option<Arc<Statistics>> {
        self.statistics.clone()
    }

    fn instrument(&self, block: &DecodedBlock) -> Probes {
        let mut probes = Probes::default();
        if !self.plugins.iter().any(Plugin::sees_blocks) {
            return probes;
        }
        let insns = view::insns(block, self.guest);
        let view = view::block(block, &insns);
        for plugin in self.plugins.iter().filter(|plugin| plugin.sees_blocks()) {
            let mut sink = Sink::new(plugin.owner(), block);
            plugin.block_translate(&view, &mut sink);
            match sink.finish() {
                Ok(list) if plugin.is_live() && probes.list.is_empty() => probes.list = list,
                Ok(list) if plugin.is_live() => probes.list.extend(list),
                Ok(_) => {}
                Err(mistake) => plugin.fail("on_block", &mistake),
            }
        }
        probes
    }

    fn take_retranslation_request(&self) -> bool {
        self.shared.retranslate.swap(false, Ordering::AcqRel)
    }

    fn stop_request(&self) -> Option<i32> {
        self.shared.stop_request()
    }

    fn vcpu_start(&self, vcpu: u32, state: *mut CpuState) {
        // SAFETY: the engine keeps the state valid until it has called `vcpu_exit`.
        unsafe { self.shared.vcpus.add(vcpu, state) };
        for plugin in self.live() {
            // SAFETY: the engine gives each vCPU `area_size` bytes and calls us on its thread.
            unsafe { plugin.vcpu_start(state, vcpu) };
        }
        if self.shared.retranslate.load(Ordering::Acquire) {
            // A plugin failed before this vCPU could be asked to drop its instrumentation.
            self.shared.vcpus.request_exit();
        }
    }

    fn vcpu_exit(&self, vcpu: u32, state: *mut CpuState) {
        for plugin in self.live() {
            // SAFETY: `vcpu_start` was called for this state, on this thread, and the engine does
            // not use it any more. A plugin that was live then, or is now, has initialised it.
            unsafe { plugin.vcpu_exit(state, vcpu) };
        }
        self.shared.vcpus.remove(state);
    }

    fn observes_syscalls(&self) -> bool {
        self.plugins
            .iter()
            .any(|plugin| plugin.sees_syscalls() != (false, false))
    }

    fn syscall_enter(&self, vcpu: u32, state: *mut CpuState, call: &SyscallRecord<'_>) {
        // SAFETY: the engine passes the state of the vCPU that runs on this thread.
        let pc = unsafe { (*state).pc }.wrapping_sub(SYSCALL_INSN_LEN);
        SYSCALL_PC.set(pc);
        let mut texts = None;
        for plugin in self
            .plugins
            .iter()
            .filter(|plugin| plugin.sees_syscalls().0)
        {
            let texts = texts.get_or_insert_with(|| SyscallTexts::new(call, None));
            // SAFETY: as in `vcpu_exit`.
            unsafe { plugin.syscall_enter(state, &texts.view(vcpu, pc, call, None)) };
        }
    }

    fn syscall_return(
        &self,
        vcpu: u32,
        state: *mut CpuState,
        call: &SyscallRecord<'_>,
        result: i64,
    ) {
        let (pc, result) = (SYSCALL_PC.get(), Some(result));
        let mut texts = None;
        for plugin in self
            .plugins
            .iter()
            .filter(|plugin| plugin.sees_syscalls().1)
        {
            let texts = texts.get_or_insert_with(|| SyscallTexts::new(call, result));
            // SAFETY: as in `vcpu_exit`.
            unsafe { plugin.syscall_return(state, &texts.view(vcpu, pc, call, result)) };
        }
    }

    fn fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t {
        let _whole = self
            .finishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.shared.reporter.around_fork(&mut || {
            let mut vcpus = self.shared.vcpus.fork_guard();
            let pid = fork();
            if pid == 0 {
                vcpus.after_fork_child();
            }
            pid
        })
    }

    /// Writes all reports. May be called again: before an `exec` that fails the counts are
    /// reported as they stand, and again at the end.
    fn finish(&self) {
        let _one_at_a_time = self
            .finishing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for plugin in &self.plugins {
            self.report(plugin);
        }
        if let Some(statistics) = &self.statistics {
            let report = translation::report(statistics);
            let version = env!("CARGO_PKG_VERSION");
            (self.shared.reporter).report(translation::NAME, version, &report);
        }
        self.shared.reporter.flush();
    }
}

impl Drop for PluginHost {
    /// Ends the states that were kept; then the plugins end themselves.
    fn drop(&mut self) {
        for plugin in self.live() {
            let vcpus = &self.shared.vcpus;
            vcpus.end_retired(plugin.number(), |state| plugin.drop_state(state));
        }
    }
}
