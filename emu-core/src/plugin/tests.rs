//! The host with plugins that are linked into the tests.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use abi_stable::std_types::{RErr, RResult, RSlice, RString};
use emu_plugin_sdk::abi::{
    Argument, FeatureSet, HostTable, Instance, PluginDeclaration, PluginTable, Version,
};
use emu_plugin_sdk::prelude::*;
use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::{DecodedBlock, Fetch, Guest};
use emu_tcg::probe::Action;
use emu_tcg::state::{CpuBox, CpuState};

use super::host::{HostOptions, PluginErrors, PluginHost};
use super::info::Origin;
use super::load::{self, Found};
use super::{PluginError, PluginSpec, describe, list_builtin};
use crate::engine::instrument::Instrumentation;
use crate::environment::{Symbol, SyscallRecord, SyscallText};
use crate::report::{Destination, ReportFormat, ReportOptions, Reporter};

// What the plugins under test are.

thread_local! {
    /// States that exist, of this test's.
    static STATES: Cell<usize> = const { Cell::new(0) };
}

#[derive(PluginArgs)]
struct Args {
    /// The hook to panic in.
    panic: Option<String>,
    /// Use a stream.
    #[arg(default = false)]
    stream: bool,
}

/// Owns memory, so that a state moved or dropped wrongly shows.
#[derive(VcpuState)]
struct State {
    insns: u64,
    events: Vec<String>,
}

impl Default for State {
    fn default() -> Self {
        STATES.set(STATES.get() + 1);
        State {
            insns: 0,
            events: vec!["made".into()],
        }
    }
}

impl Drop for State {
    fn drop(&mut self) {
        STATES.set(STATES.get() - 1);
    }
}

struct Watcher {
    args: Args,
    stream: Option<Stream>,
}

impl Watcher {
    fn hook(&self, name: &str) {
        assert!(
            self.args.panic.as_deref() != Some(name),
            "told to panic in {name}"
        );
    }
}

/// Keeps what it hears.
#[emu_plugin(name = "watcher")]
impl Plugin for Watcher {
    type Args = Args;
    type Vcpu = State;

    fn new(args: Args, host: &Host) -> Result<Self> {
        let stream = args
            .stream
            .then(|| host.stream("calls").text("call").open())
            .transpose()?;
        let plugin = Watcher { args, stream };
        plugin.hook("new");
        Ok(plugin)
    }

    fn on_block(&self, block: &mut Block<'_, Self>) {
        self.hook("on_block");
        for insn in block.insns() {
            insn.before().add(State::INSNS, 1);
        }
    }

    fn on_vcpu_start(&self, cpu: &mut State, vcpu: VcpuId) {
        self.hook("on_vcpu_start");
        cpu.events.push(format!("start {}", vcpu.get()));
    }

    fn on_vcpu_exit(&self, cpu: &mut State, _vcpu: VcpuId) {
        self.hook("on_vcpu_exit");
        cpu.events.push("exit".into());
    }

    fn on_syscall(&self, cpu: &mut State, call: &Syscall<'_>) {
        self.hook("on_syscall");
        let text = format!("{}({})", call.name().unwrap_or("?"), call.text());
        if let Some(stream) = &self.stream {
            stream.record((text.as_str(),));
        }
        cpu.events.push(text);
    }

    fn on_syscall_return(&self, cpu: &mut State, call: &SyscallReturn<'_>) {
        self.hook("on_syscall_return");
        cpu.events.push(format!(
            "= {} {} at {:#x}",
            call.result(),
            call.error().unwrap_or("ok"),
            call.pc()
        ));
    }

    fn on_exit(&self, vcpus: &Vcpus<'_, State>, report: &mut Report<'_>) {
        self.hook("on_exit");
        let mut table = report
            .table("Seen")
            .number("vCPU")
            .number("insns")
            .text("events");
        for (vcpu, state) in vcpus {
            table.row((vcpu, state.insns, state.events.join(", ")));
        }
    }
}

// How they are run.

struct Code;

impl Fetch for Code {
    /// `addi a0, a0, 1` for ever, then `ret` at the end of the page.
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let insn: u32 = if pc >= 0x1008 { 0x8067 } else { 0x0015_0513 };
        buf.copy_from_slice(&insn.to_le_bytes()[..buf.len()]);
        true
    }
}

fn block() -> DecodedBlock {
    RISCV64.decode_block(&Code, 0x1000, 0, 64)
}

fn options(plugin_errors: PluginErrors) -> HostOptions {
    HostOptions {
        report: ReportOptions::default(),
        plugin_errors,
        guest: &RISCV64,
        symbolizer: Arc::new(|_| -> Option<Symbol> { None }),
        statistics: false,
    }
}

struct Run {
    host: Arc<PluginHost>,
    text: Arc<Mutex<Vec<u8>>>,
}

fn run(specs: &[&str], plugin_errors: PluginErrors) -> Run {
    let found: Vec<_> = specs
        .iter()
        .map(|spec| {
            let spec = PluginSpec::parse(spec).unwrap();
            (load::find(&spec.source).unwrap(), spec.arguments)
        })
        .collect();
    let (reporter, text) = Reporter::memory(ReportFormat::Table);
    let host = PluginHost::create(&found, reporter, &options(plugin_errors)).unwrap();
    Run { host, text }
}

impl Run {
    fn text(&self) -> String {
        String::from_utf8(self.text.lock().unwrap().clone()).unwrap()
    }

    fn cpu(&self) -> CpuBox {
        CpuBox::new(self.host.area_size())
    }

    /// One vCPU's life: a block that runs twice, a system call that fails.
    fn live(&self, vcpu: u32) {
        let cpu = self.cpu();
        let state = cpu.as_ptr();
        self.host.vcpu_start(vcpu, state);
        execute(&self.host, state, 2);
        syscall(&self.host, vcpu, state);
        self.host.vcpu_exit(vcpu, state);
    }
}

/// Does what generated code would.
fn execute(host: &PluginHost, state: *mut CpuState, times: u64) {
    for probe in host.instrument(&block()).list {
        if let Action::Add { offset, value } = probe.action {
            // SAFETY: the host checked that the word lies in the plugin's state.
            unsafe { *state.cast::<u8>().add(offset as usize).cast::<u64>() += value * times };
        }
    }
}

struct Text;

impl SyscallText for Text {
    fn arguments(&self, _: Option<i64>) -> String {
        "3".into()
    }

    fn result(&self, _: i64) -> String {
        "-1 EBADF (Bad file descriptor)".into()
    }
}

fn syscall(host: &PluginHost, vcpu: u32, state: *mut CpuState) {
    let call = SyscallRecord {
        number: 57,
        name: "close",
        args: [3, 0, 0, 0, 0, 0],
        text: &Text,
    };
    // SAFETY: the state is this test's.
    unsafe { (*state).pc = 0x2004 };
    if host.observes_syscalls() {
        host.syscall_enter(vcpu, state, &call);
        host.syscall_return(vcpu, state, &call, -9);
    }
}

#[test]
fn plugins_hear_of_everything_and_report_it() {
    let run = run(&["watcher,stream", "watcher"], PluginErrors::Stop);
    assert!(run.host.observes_syscalls());
    run.live(1);
    run.live(0);
    run.host.finish();
    insta::assert_snapshot!("life", run.text());
    assert_eq!(run.host.stop_request(), None);
    assert!(!run.host.take_retranslation_request());
}

#[test]
fn states_are_kept_for_the_report_and_then_end() {
    let run = run(&["watcher"], PluginErrors::Stop);
    for vcpu in 0..100 {
        run.live(vcpu);
    }
    assert_eq!(STATES.get(), 100);
    drop(run);
    assert_eq!(STATES.get(), 0);
}

#[test]
fn a_failing_hook_is_told_once_and_the_plugin_is_left_alone() {
    let hooks = [
        "on_block",
        "on_vcpu_start",
        "on_vcpu_exit",
        "on_syscall",
        "on_syscall_return",
        "on_exit",
    ];
    for hook in hooks {
        for (plugin_errors, status) in [
            (PluginErrors::Stop, Some(125)),
            (PluginErrors::Continue, None),
        ] {
            let spec = format!("watcher,panic={hook}");
            let run = run(&[&spec], plugin_errors);
            let (own, other) = (run.cpu(), run.cpu());
            run.host.vcpu_start(7, other.as_ptr());
            run.host.vcpu_start(0, own.as_ptr());
            execute(&run.host, own.as_ptr(), 1);
            syscall(&run.host, 0, own.as_ptr());
            if matches!(hook, "on_vcpu_exit" | "on_exit") {
                assert!(run.text().is_empty(), "{hook} has not run");
            } else {
                assert_eq!(own.exit_request.load(Ordering::Relaxed), 1, "{hook}");
                assert_eq!(other.exit_request.load(Ordering::Relaxed), 1, "{hook}");
                assert!(run.host.take_retranslation_request(), "{hook}");
                assert!(!run.host.take_retranslation_request(), "{hook}");
                assert!(run.host.instrument(&block()).list.is_empty(), "{hook}");
                assert!(!run.host.observes_syscalls(), "{hook}");
            }
            run.host.vcpu_exit(0, own.as_ptr());
            run.host.vcpu_exit(7, other.as_ptr());
            run.host.finish();
            assert_eq!(run.host.stop_request(), status, "{hook}");
            assert_eq!(
                run.text(),
                format!(
                    "emu: plugin watcher failed in {hook}: told to panic in {hook}\n\
                     == watcher 0.1.0 ==\n\
                     No report: the plugin failed in {hook}: told to panic in {hook}\n\n"
                ),
            );
        }
    }
}

#[test]
fn the_others_go_on_without_a_plugin_that_failed() {
    let run = run(
        &["watcher,panic=on_syscall", "watcher"],
        PluginErrors::Continue,
    );
    run.live(0);
    run.host.finish();
    insta::assert_snapshot!("others_go_on", run.text());
}

#[test]
fn counts_go_on_after_an_exec_that_fails() {
    let run = run(&["watcher"], PluginErrors::Stop);
    let cpu = run.cpu();
    run.host.vcpu_start(0, cpu.as_ptr());
    execute(&run.host, cpu.as_ptr(), 1);
    run.host.finish();
    execute(&run.host, cpu.as_ptr(), 1);
    run.host.vcpu_exit(0, cpu.as_ptr());
    run.host.finish();
    insta::assert_snapshot!("failed_exec", run.text());
}

#[test]
fn what_another_thread_is_changing_is_left_out() {
    let run = run(&["watcher"], PluginErrors::Stop);
    let own = run.cpu();
    let other = std::thread::scope(|scope| {
        let start = || {
            let other = run.cpu();
            run.host.vcpu_start(1, other.as_ptr());
            other
        };
        scope.spawn(start).join().unwrap()
    });
    run.host.vcpu_start(0, own.as_ptr());
    run.host.finish();
    let text = run.text();
    assert!(
        text.contains("the report of plugin watcher leaves out 1 vCPUs that still run"),
        "{text}"
    );
    assert!(
        text.contains("start 0") && !text.contains("start 1"),
        "{text}"
    );
    run.host.vcpu_exit(1, other.as_ptr());
    run.host.vcpu_exit(0, own.as_ptr());
}

#[test]
fn a_forked_child_reports_for_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let specs = [PluginSpec::parse("watcher").unwrap()];
    let mut options = options(PluginErrors::Stop);
    options.report.destination = Destination::File(path.clone());
    let host = PluginHost::load(&specs, options).unwrap();
    let cpu = CpuBox::new(host.area_size());
    host.vcpu_start(0, cpu.as_ptr());
    execute(&host, cpu.as_ptr(), 1);
    // SAFETY: the child uses this thread's memory and the host only, and ends without unwinding.
    let child = host.fork(&mut || unsafe { libc::fork() });
    execute(&host, cpu.as_ptr(), if child == 0 { 10 } else { 1 });
    host.vcpu_exit(0, cpu.as_ptr());
    host.finish();
    if child == 0 {
        let status = i32::from(host.take_report_error().is_some());
        // SAFETY: ends this process and nothing else.
        unsafe { libc::_exit(status) };
    }
    let mut status = 0;
    // SAFETY: the child is ours.
    assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(host.take_report_error().is_none());

    let parents = std::fs::read_to_string(&path).unwrap();
    let childs = std::fs::read_to_string(folder.path().join(format!("report.{child}"))).unwrap();
    let line = |text: &str| text.lines().nth(4).unwrap_or_default().to_owned();
    assert!(parents.starts_with("== watcher 0.1.0 ==\n"), "{parents}");
    assert!(line(&parents).contains("6   made"), "{parents}");
    let heading = format!("== watcher 0.1.0 (process {child}) ==\n");
    assert!(childs.starts_with(&heading), "{childs}");
    assert!(line(&childs).contains("33   made"), "{childs}");
}

#[test]
fn without_plugins_nothing_is_asked_and_no_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report");
    let mut options = options(PluginErrors::Stop);
    options.report.destination = Destination::File(path.clone());
    let host = PluginHost::load(&[], options).unwrap();
    assert_eq!(host.area_size(), 0);
    assert!(host.instrument(&block()).list.is_empty());
    assert!(!host.observes_syscalls());
    host.finish();
    assert!(!path.exists());
}

#[test]
fn a_report_that_cannot_be_written_is_an_error_of_the_caller() {
    let mut options = options(PluginErrors::Stop);
    options.report.destination = Destination::File("/dev/full".into());
    let specs = [PluginSpec::parse("watcher").unwrap()];
    let host = PluginHost::load(&specs, options).unwrap();
    host.finish();
    let error = host.take_report_error().unwrap().to_string();
    assert!(error.contains("/dev/full"), "{error}");
    assert!(host.take_report_error().is_none());
}

#[test]
fn a_file_that_cannot_be_opened_is_told_before_the_run() {
    let mut options = options(PluginErrors::Stop);
    options.report.destination = Destination::File("/nowhere/report".into());
    let specs = [PluginSpec::parse("watcher").unwrap()];
    let error = PluginHost::load(&specs, options).err().unwrap();
    assert!(matches!(error, PluginError::Report(_)), "{error}");
}

#[test]
fn built_in_plugins_are_listed_and_described() {
    let names: Vec<String> = list_builtin().into_iter().map(|info| info.name).collect();
    assert_eq!(names, ["watcher"]);
    let info = describe(&PluginSpec::parse("watcher").unwrap()).unwrap();
    assert_eq!(info.summary, "Keeps what it hears.");
    assert_eq!(info.origin, Origin::BuiltIn);
    let arguments: Vec<&str> = info
        .arguments
        .iter()
        .map(|argument| argument.name.as_str())
        .collect();
    assert_eq!(arguments, ["panic", "stream"]);
    assert_eq!(info.arguments[0].help, "The hook to panic in.");
}

#[test]
fn a_plugin_that_cannot_start_says_why() {
    let errors: Vec<String> = [
        "wacher",
        "watcher,panik=1",
        "watcher,panic=new",
        "watcher,stream=5",
    ]
    .iter()
    .map(|spec| {
        let specs = [PluginSpec::parse(spec).unwrap()];
        let host = PluginHost::load(&specs, options(PluginErrors::Stop));
        host.err().unwrap().to_string()
    })
    .collect();
    insta::assert_snapshot!("cannot_start", errors.join("\n"));
}

// Plugins that break the interface's rules.

unsafe extern "C" fn nothing_to_drop(_: *mut std::ffi::c_void) {}

unsafe extern "C" fn nothing_to_init(_: *const std::ffi::c_void, _: *mut std::ffi::c_void, _: u32) {
}

const GOOD_TABLE: PluginTable = PluginTable {
    size: size_of::<PluginTable>() as u32,
    state_align: 8,
    state_size: 8,
    drop: nothing_to_drop,
    state_init: nothing_to_init,
    state_drop: None,
    block_translate: None,
    vcpu_start: None,
    vcpu_exit: None,
    syscall_enter: None,
    syscall_return: None,
    exit: None,
};

/// An instance with this table.
macro_rules! with_table {
    ($table:expr) => {{
        unsafe extern "C" fn create(
            _: *const HostTable,
            _: RSlice<'_, Argument<'_>>,
        ) -> RResult<Instance, RString> {
            static TABLE: PluginTable = $table;
            RResult::ROk(Instance {
                data: std::ptr::null_mut(),
                table: &raw const TABLE,
            })
        }
        create
    }};
}

#[test]
fn plugins_that_break_the_rules_are_refused() {
    unsafe extern "C" fn no_table(
        _: *const HostTable,
        _: RSlice<'_, Argument<'_>>,
    ) -> RResult<Instance, RString> {
        RResult::ROk(Instance {
            data: std::ptr::null_mut(),
            table: std::ptr::null(),
        })
    }
    unsafe extern "C" fn refuses(
        _: *const HostTable,
        _: RSlice<'_, Argument<'_>>,
    ) -> RResult<Instance, RString> {
        RErr("not today".into())
    }
    let creates: [emu_plugin_sdk::abi::CreateFn; 7] = [
        refuses,
        no_table,
        with_table!(PluginTable {
            size: 16,
            ..GOOD_TABLE
        }),
        with_table!(PluginTable {
            state_align: 24,
            ..GOOD_TABLE
        }),
        with_table!(PluginTable {
            state_align: 128,
            ..GOOD_TABLE
        }),
        with_table!(PluginTable {
            state_size: 12,
            ..GOOD_TABLE
        }),
        with_table!(PluginTable {
            state_size: 1 << 40,
            ..GOOD_TABLE
        }),
    ];
    let errors: Vec<String> = creates
        .into_iter()
        .map(|create| {
            let found = Found {
                declaration: PluginDeclaration {
                    size: size_of::<PluginDeclaration>() as u32,
                    sdk_version: Version::CURRENT,
                    name: "broken".into(),
                    summary: "".into(),
                    crate_version: "1.0.0".into(),
                    required_features: FeatureSet::NONE,
                    arguments: RSlice::EMPTY,
                    create,
                },
                origin: Origin::Library("/plugins/broken.so".into()),
            };
            let (reporter, _) = Reporter::memory(ReportFormat::Table);
            let options = options(PluginErrors::Stop);
            let host = PluginHost::create(&[(found, vec![])], reporter, &options);
            host.err().unwrap().to_string()
        })
        .collect();
    insta::assert_snapshot!("broken_rules", errors.join("\n"));
}
