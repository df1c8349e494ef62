//! What plugins call: the functions of the host, for one plugin each.
//!
//! Rules for the unsafe code here:
//! - The context that a plugin passes is the one of its own [`HostTable`], and both outlive the
//!   instance; sinks come from the hook that runs. The interface asks plugins for that, and the SDK
//!   keeps it.
//! - Nothing unwinds into a plugin: each function runs under [`guard`].
//! - Data that crosses is checked as data (numbers, offsets, sizes); pointers are believed.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use abi_stable::std_types::{RSlice, RStr, RString};
use emu_plugin_sdk::abi::{
    Cell, Column, ExecCallback, HostContext, HostTable, LogLevel, MemoryCallback, POINT_MEMORY,
    ProbeSink, SymbolInfo, Version,
};
use emu_tcg::backend::leaf;
use rustc_hash::FxHashMap;

use super::disassemble::disassemble;
use super::host::{PluginErrors, Symbolizer};
use super::load::host_features;
use super::probe::{Callback, Sink};
use super::states::Vcpus;
use crate::report::Reporter;

/// Status of a run that a plugin's failure has stopped.
const FAILED_STATUS: i32 = 125;

/// What all plugins of a run share.
pub(super) struct Shared {
    pub(super) reporter: Reporter,
    pub(super) symbolizer: Symbolizer,
    pub(super) guest_name: &'static str,
    pub(super) plugin_errors: PluginErrors,
    pub(super) log_level: LogLevel,
    pub(super) vcpus: Vcpus,
    /// Instrumentation chosen so far is stale.
    pub(super) retranslate: AtomicBool,
    /// [`STOP`] and the status, once the run is to end.
    stop: AtomicU64,
}

/// Bit of [`Shared::stop`]: the run is to end.
const STOP: u64 = 1 << 32;

/// How a plugin failed.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// In which hook or callback.
    pub(super) hook: String,
    /// What it said.
    pub(super) message: String,
}

/// The host's own data about one plugin.
pub(super) struct Context {
    /// Name in messages and reports, different for each instance.
    pub(super) name: String,
    pub(super) shared: Arc<Shared>,
    failure: OnceLock<Failure>,
    /// Failures are told to the user; before, whoever creates the plugin does that.
    started: AtomicBool,
}

impl Shared {
    pub(super) fn new(
        reporter: Reporter,
        symbolizer: Symbolizer,
        guest_name: &'static str,
        plugin_errors: PluginErrors,
    ) -> Shared {
        Shared {
            reporter,
            symbolizer,
            guest_name,
            plugin_errors,
            log_level: log_level(std::env::var("EMU_PLUGIN_LOG").ok().as_deref()),
            vcpus: Vcpus::default(),
            retranslate: AtomicBool::new(false),
            stop: AtomicU64::new(0),
        }
    }

    /// The status to end the run with, if it is to end.
    pub(super) fn stop_request(&self) -> Option<i32> {
        let stop = self.stop.load(Ordering::Acquire);
        (stop & STOP != 0).then_some(stop as u32 as i32)
    }

    /// Ends the run soon; the first status counts.
    fn request_stop(&self, status: i32) {
        let stop = STOP | u64::from(status as u32);
        let _ = self
            .stop
            .compare_exchange(0, stop, Ordering::AcqRel, Ordering::Relaxed);
        self.vcpus.request_exit();
    }
}

/// The most talkative level that is shown: `EMU_PLUGIN_LOG`, else information.
fn log_level(setting: Option<&str>) -> LogLevel {
    match setting {
        Some("error") => LogLevel::ERROR,
        Some("warn") => LogLevel::WARN,
        Some("debug") => LogLevel::DEBUG,
        Some("trace") => LogLevel::TRACE,
        _ => LogLevel::INFO,
    }
}

impl Context {
    pub(super) fn new(name: String, shared: Arc<Shared>) -> Context {
        Context {
            name,
            shared,
            failure: OnceLock::new(),
            started: AtomicBool::new(false),
        }
    }

    /// The table to create the plugin with. The context must outlive it.
    pub(super) fn table(self: &Arc<Context>) -> HostTable {
        HostTable {
            size: size_of::<HostTable>() as u32,
            sdk_version: Version::CURRENT,
            features: host_features(),
            context: Arc::as_ptr(self).cast_mut().cast(),
            probe_add,
            probe_call_exec,
            probe_call_memory,
            disassemble: disassemble_insn,
            symbol,
            log,
            declare_stream,
            record,
            plugin_failed,
            request_stop,
        }
    }

    /// The plugin runs: from now on its failures are told to the user.
    pub(super) fn set_started(&self) {
        self.started.store(true, Ordering::Release);
    }

    /// How the plugin failed, if it has.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.failure.get()
    }

    /// Marks the plugin as failed; only the first time counts.
    pub(super) fn fail(&self, hook: &str, message: &str) {
        let failure = Failure {
            hook: hook.to_owned(),
            message: message.to_owned(),
        };
        if self.failure.set(failure).is_err() || !self.started.load(Ordering::Acquire) {
            return;
        }
        let shared = &self.shared;
        shared.reporter.message(&format!(
            "emu: plugin {} failed in {hook}: {message}",
            self.name
        ));
        shared.retranslate.store(true, Ordering::Release);
        match shared.plugin_errors {
            PluginErrors::Stop => shared.request_stop(FAILED_STATUS),
            PluginErrors::Continue => shared.vcpus.request_exit(),
        }
    }
}

/// Runs `body`; should it panic, the plugin that called fails and gets `otherwise`.
///
/// # Safety
///
/// `context` is the one of a live plugin's table.
unsafe fn guard<R>(
    context: *mut HostContext,
    function: &str,
    otherwise: R,
    body: impl FnOnce(&Context) -> R,
) -> R {
    // SAFETY: the caller vouches for it.
    let context = unsafe { &*context.cast::<Context>() };
    catch_unwind(AssertUnwindSafe(|| body(context))).unwrap_or_else(|_| {
        let failing = || context.fail(function, "emu itself failed in this function");
        // Telling the user may be what failed.
        let _ = catch_unwind(AssertUnwindSafe(failing));
        otherwise
    })
}

unsafe extern "C" fn probe_add(
    context: *mut HostContext,
    sink: *mut ProbeSink,
    point: u32,
    insn: u32,
    accesses: u32,
    offset: u64,
    value: u64,
) {
    // SAFETY: the sink is the one of the hook that runs.
    let sink = unsafe { &mut *sink.cast::<Sink<'_>>() };
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "probe_add", (), |_| {
            sink.add(point, insn, accesses, offset, value);
        });
    }
}

unsafe extern "C" fn probe_call_exec(
    context: *mut HostContext,
    sink: *mut ProbeSink,
    point: u32,
    insn: u32,
    function: ExecCallback,
    userdata: u64,
    flags: u32,
) {
    // SAFETY: the sink is the one of the hook that runs.
    let sink = unsafe { &mut *sink.cast::<Sink<'_>>() };
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "probe_call_exec", (), |context| {
            if point == POINT_MEMORY {
                context.fail("on_block", "an execution callback is at a memory access");
            } else {
                let callback = callback(function as usize);
                sink.call(point, insn, 0, &callback, userdata, flags);
            }
        });
    }
}

unsafe extern "C" fn probe_call_memory(
    context: *mut HostContext,
    sink: *mut ProbeSink,
    insn: u32,
    accesses: u32,
    function: MemoryCallback,
    userdata: u64,
    flags: u32,
) {
    // SAFETY: the sink is the one of the hook that runs.
    let sink = unsafe { &mut *sink.cast::<Sink<'_>>() };
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "probe_call_memory", (), |_| {
            let callback = callback(function as usize);
            sink.call(POINT_MEMORY, insn, accesses, &callback, userdata, flags);
        });
    }
}

thread_local! {
    /// Callbacks that this thread has registered, by address: to read one anew for each point takes longer than to
    /// translate the instruction. Of the thread, so that no lock is held when another one forks.
    static CALLBACKS: RefCell<FxHashMap<usize, Rc<Callback>>> = RefCell::default();
}

/// What there is to know of a callback.
///
/// # Safety
///
/// `function` is the address of an [`ExecCallback`] or [`MemoryCallback`].
unsafe fn callback(function: usize) -> Rc<Callback> {
    let read = || {
        // SAFETY: both take integers and return nothing; libraries are neither changed nor unloaded.
        let additions = unsafe { leaf::additions(function) };
        Rc::new(Callback {
            function,
            additions,
        })
    };
    CALLBACKS.with_borrow_mut(|known| known.entry(function).or_insert_with(read).clone())
}

unsafe extern "C" fn disassemble_insn(
    context: *mut HostContext,
    pc: u64,
    bits: u32,
    length: u8,
    out: *mut RString,
) {
    // SAFETY: `out` is borrowed for the call; the rest as the module's rules say.
    unsafe {
        guard(context, "disassemble", (), |context| {
            (*out).push_str(&disassemble(context.shared.guest_name, pc, bits, length));
        });
    }
}

unsafe extern "C" fn symbol(context: *mut HostContext, address: u64, out: *mut SymbolInfo) -> bool {
    // SAFETY: `out` is borrowed for the call; the rest as the module's rules say.
    unsafe {
        guard(context, "symbol", false, |context| {
            let Some(found) = (context.shared.symbolizer)(address) else {
                return false;
            };
            *out = SymbolInfo {
                name: (&*found.name).into(),
                image: (&*found.image).into(),
                offset: found.offset,
            };
            true
        })
    }
}

unsafe extern "C" fn log(context: *mut HostContext, level: LogLevel, message: RStr<'_>) {
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "log", (), |context| {
            let shared = &context.shared;
            if level > shared.log_level {
                return;
            }
            let kind = match level {
                LogLevel::ERROR => "error: ",
                LogLevel::WARN => "warning: ",
                _ => "",
            };
            let line = format!("emu: plugin {}: {kind}{message}", context.name);
            shared.reporter.message(&line);
        });
    }
}

unsafe extern "C" fn declare_stream(
    context: *mut HostContext,
    name: RStr<'_>,
    columns: RSlice<'_, Column>,
) -> u32 {
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "declare_stream", u32::MAX, |context| {
            let reporter = &context.shared.reporter;
            reporter.declare_stream(&context.name, name.as_str(), columns.as_slice())
        })
    }
}

unsafe extern "C" fn record(context: *mut HostContext, stream: u32, cells: RSlice<'_, Cell<'_>>) {
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "record", (), |context| {
            let reporter = &context.shared.reporter;
            if context.failure().is_none()
                && !reporter.record(&context.name, stream, cells.as_slice())
            {
                context.fail("record", &format!("it has declared no stream {stream}"));
            }
        });
    }
}

unsafe extern "C" fn plugin_failed(context: *mut HostContext, hook: RStr<'_>, message: RStr<'_>) {
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "plugin_failed", (), |context| {
            context.fail(hook.as_str(), message.as_str());
        });
    }
}

unsafe extern "C" fn request_stop(context: *mut HostContext, exit_code: i32, reason: RStr<'_>) {
    // SAFETY: as the module's rules say.
    unsafe {
        guard(context, "request_stop", (), |context| {
            let shared = &context.shared;
            if !reason.is_empty() && shared.stop_request().is_none() {
                let line = format!("emu: plugin {} stops the run: {reason}", context.name);
                shared.reporter.message(&line);
            }
            shared.request_stop(exit_code);
        });
    }
}
