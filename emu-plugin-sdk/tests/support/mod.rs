//! A host made of nothing but the ABI: it translates blocks of invented instructions, and "runs"
//! them by performing what a plugin registered.
//!
//! Each test file uses a part of it.
#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "shared by several tests"
)]

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ffi::c_void;
use std::sync::Mutex;

use abi_stable::std_types::{ROption, RResult, RSlice, RStr, RString};
use emu_plugin_sdk::abi::*;

/// One invented instruction: its mnemonic and the accesses it performs each time.
#[derive(Clone)]
pub struct Insn {
    pub mnemonic: &'static str,
    pub flags: u32,
    pub accesses: Vec<Access>,
}

/// One memory access: a store if `store`.
#[derive(Clone, Copy)]
pub struct Access {
    pub store: bool,
    pub address: u64,
    pub value: u64,
    pub size_log2: u32,
}

pub fn insn(mnemonic: &'static str) -> Insn {
    Insn {
        mnemonic,
        flags: 0,
        accesses: Vec::new(),
    }
}

pub fn load(address: u64, value: u64) -> Insn {
    let access = Access {
        store: false,
        address,
        value,
        size_log2: 3,
    };
    Insn {
        mnemonic: "ld",
        flags: 0,
        accesses: vec![access],
    }
}

pub fn store(address: u64, value: u64) -> Insn {
    let access = Access {
        store: true,
        address,
        value,
        size_log2: 2,
    };
    Insn {
        mnemonic: "sw",
        flags: 0,
        accesses: vec![access],
    }
}

/// What a plugin wants at a point.
#[derive(Clone, Copy)]
enum Action {
    Add {
        offset: u64,
        value: u64,
    },
    CallExec {
        function: ExecCallback,
        userdata: u64,
    },
    CallMemory {
        function: MemoryCallback,
        userdata: u64,
    },
}

#[derive(Clone, Copy)]
struct Probe {
    point: u32,
    insn: u32,
    accesses: u32,
    action: Action,
}

/// What the plugin said to the host.
#[derive(Default)]
pub struct Heard {
    probes: Vec<Probe>,
    pub log: Vec<(u32, String)>,
    pub streams: Vec<(String, Vec<String>)>,
    pub records: Vec<String>,
    pub failures: Vec<(String, String)>,
    pub stops: Vec<(i32, String)>,
}

/// A translated block.
pub struct Translated {
    insns: Vec<Insn>,
    probes: Vec<Probe>,
}

impl Translated {
    pub fn probe_count(&self) -> usize {
        self.probes.len()
    }
}

/// A running plugin.
pub struct Running {
    heard: Box<Mutex<Heard>>,
    instance: Instance,
    table: PluginTable,
    layout: Layout,
    states: Vec<*mut c_void>,
}

/// The features of a host that has all of them.
pub const EVERYTHING: FeatureSet = FeatureSet::ALL;

impl Running {
    /// Creates the plugin called `name` among those linked in, or says why not.
    pub fn builtin(name: &str, arguments: &[&str]) -> Result<Running, String> {
        let declaration = emu_plugin_sdk::registry::declarations()
            .find(|declaration| declaration.name.as_str() == name)
            .unwrap_or_else(|| panic!("no plugin is called {name}"));
        Running::create(declaration, arguments, EVERYTHING, Version::CURRENT)
    }

    /// Creates a plugin with arguments written `name` or `name=value`.
    pub fn create(
        declaration: &PluginDeclaration,
        arguments: &[&str],
        features: FeatureSet,
        sdk_version: Version,
    ) -> Result<Running, String> {
        let heard = Box::new(Mutex::new(Heard::default()));
        let host = HostTable {
            size: size_of::<HostTable>() as u32,
            sdk_version,
            features,
            context: (&raw const *heard).cast_mut().cast(),
            probe_add,
            probe_call_exec,
            probe_call_memory,
            disassemble,
            symbol,
            log,
            declare_stream,
            record,
            plugin_failed,
            request_stop,
        };
        let arguments: Vec<Argument<'_>> = arguments
            .iter()
            .map(|argument| match argument.split_once('=') {
                Some((name, value)) => Argument {
                    name: name.into(),
                    value: ROption::RSome(value.into()),
                },
                None => Argument {
                    name: (*argument).into(),
                    value: ROption::RNone,
                },
            })
            .collect();
        // SAFETY: the table is valid for the call, its context for the instance's life.
        let result =
            unsafe { (declaration.create)(&raw const host, RSlice::from_slice(&arguments)) };
        let instance = match result {
            RResult::ROk(instance) => instance,
            RResult::RErr(message) => return Err(message.into_string()),
        };
        // SAFETY: the instance's table is static.
        let table = unsafe { emu_plugin_sdk::abi::load(instance.table) }.expect("a whole table");
        // A state may have no size, but memory has.
        let layout = Layout::from_size_align(
            (table.state_size as usize).max(1),
            table.state_align as usize,
        )
        .expect("the state has a layout");
        Ok(Running {
            heard,
            instance,
            table,
            layout,
            states: Vec::new(),
        })
    }

    pub fn table(&self) -> &PluginTable {
        &self.table
    }

    pub fn heard(&self) -> std::sync::MutexGuard<'_, Heard> {
        self.heard
            .lock()
            .expect("no test panics while it holds this")
    }

    /// Starts the next vCPU and returns its number.
    pub fn start_vcpu(&mut self) -> usize {
        let vcpu = self.states.len();
        // SAFETY: the layout has a size; the hooks are called as the ABI says.
        unsafe {
            let state = alloc_zeroed(self.layout).cast::<c_void>();
            (self.table.state_init)(self.instance.data, state, vcpu as u32);
            self.states.push(state);
            if let Some(hook) = self.table.vcpu_start {
                hook(self.instance.data, state, vcpu as u32);
            }
        }
        vcpu
    }

    pub fn exit_vcpu(&self, vcpu: usize) {
        if let Some(hook) = self.table.vcpu_exit {
            // SAFETY: called as the ABI says.
            unsafe { hook(self.instance.data, self.states[vcpu], vcpu as u32) };
        }
    }

    /// Shows the plugin a block at `pc`, of instructions of four bytes each.
    pub fn translate(&self, pc: u64, insns: &[Insn]) -> Translated {
        let views: Vec<InsnView<'_>> = insns
            .iter()
            .enumerate()
            .map(|(index, insn)| InsnView {
                size: size_of::<InsnView<'_>>() as u32,
                bits: 0x13,
                pc: pc + 4 * index as u64,
                mnemonic: insn.mnemonic.into(),
                flags: insn.flags,
                length: 4,
                accesses: insn
                    .accesses
                    .iter()
                    .fold(0, |bits, access| bits | access_bit(access))
                    as u8,
                reserved: 0,
            })
            .collect();
        let view = BlockView {
            size: size_of::<BlockView<'_>>() as u32,
            flags: 0,
            pc,
            insns: views.as_ptr(),
            insn_count: views.len() as u32,
            insn_stride: size_of::<InsnView<'_>>() as u32,
        };
        if let Some(hook) = self.table.block_translate {
            // SAFETY: called as the ABI says; this host's functions do not use the sink.
            unsafe {
                hook(
                    self.instance.data,
                    &raw const view,
                    std::ptr::dangling_mut(),
                )
            };
        }
        let probes = std::mem::take(&mut self.heard().probes);
        Translated {
            insns: insns.to_vec(),
            probes,
        }
    }

    /// Runs a block from its entry to its end.
    pub fn run(&self, vcpu: usize, block: &Translated) {
        self.pass(vcpu, block, POINT_BLOCK, 0, None);
        for (index, insn) in block.insns.iter().enumerate() {
            self.pass(vcpu, block, POINT_INSN, index as u32, None);
            for access in &insn.accesses {
                self.pass(vcpu, block, POINT_MEMORY, index as u32, Some(access));
            }
        }
    }

    fn pass(
        &self,
        vcpu: usize,
        block: &Translated,
        point: u32,
        insn: u32,
        access: Option<&Access>,
    ) {
        let state = self.states[vcpu];
        for probe in block
            .probes
            .iter()
            .filter(|probe| (probe.point, probe.insn) == (point, insn))
        {
            if access.is_some_and(|access| probe.accesses & access_bit(access) == 0) {
                continue;
            }
            // SAFETY: the plugin registered this for its own state; called as the ABI says.
            unsafe {
                match (probe.action, access) {
                    (Action::Add { offset, value }, _) => {
                        *state.byte_add(offset as usize).cast::<u64>() += value;
                    }
                    (Action::CallExec { function, userdata }, _) => {
                        function(self.instance.data, state, userdata);
                    }
                    (Action::CallMemory { function, userdata }, Some(access)) => {
                        let info = access.size_log2 | if access.store { INFO_STORE } else { 0 };
                        let Access { address, value, .. } = *access;
                        function(self.instance.data, state, userdata, address, value, info);
                    }
                    (Action::CallMemory { .. }, None) => unreachable!("registered elsewhere"),
                }
            }
        }
    }

    /// Makes a system call: enters, and returns with the given result.
    pub fn syscall(&self, vcpu: usize, name: &str, text: &str, result: i64, error: &str) {
        let mut view = SyscallView {
            size: size_of::<SyscallView<'_>>() as u32,
            vcpu: vcpu as u32,
            pc: 0x1000,
            number: name.len() as u64,
            arguments: [0; 6],
            name: name.into(),
            text: text.into(),
            result: 0,
            error: "".into(),
        };
        // SAFETY: called as the ABI says.
        unsafe {
            if let Some(hook) = self.table.syscall_enter {
                hook(self.instance.data, self.states[vcpu], &raw const view);
            }
            (view.result, view.error) = (result, error.into());
            if let Some(hook) = self.table.syscall_return {
                hook(self.instance.data, self.states[vcpu], &raw const view);
            }
        }
    }

    /// Ends the run and returns the report, rendered by [`render`].
    pub fn report(&self) -> String {
        let states: Vec<StateRef> = self
            .states
            .iter()
            .enumerate()
            .map(|(vcpu, state)| StateRef {
                vcpu: vcpu as u32,
                state: *state,
            })
            .collect();
        let view = StatesView {
            size: size_of::<StatesView<'_>>() as u32,
            states: RSlice::from_slice(&states),
        };
        let mut report = ReportData::default();
        if let Some(hook) = self.table.exit {
            // SAFETY: called as the ABI says.
            unsafe { hook(self.instance.data, &raw const view, &raw mut report) };
        }
        render(&report)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for state in &self.states {
            // SAFETY: each was allocated and initialised by `start_vcpu`.
            unsafe {
                if let Some(hook) = self.table.state_drop {
                    hook(self.instance.data, *state);
                }
                dealloc(state.cast(), self.layout);
            }
        }
        // SAFETY: nothing uses the instance any more.
        unsafe { (self.table.drop)(self.instance.data) };
    }
}

fn access_bit(access: &Access) -> u32 {
    if access.store {
        ACCESS_WRITE
    } else {
        ACCESS_READ
    }
}

/// Title, headings, rows and notes, a line each, cells between bars.
pub fn render(report: &ReportData) -> String {
    let mut lines = Vec::new();
    for section in &report.sections {
        lines.push(format!("== {}", section.title));
        let headings: Vec<&str> = section
            .columns
            .iter()
            .map(|column| column.name.as_str())
            .collect();
        lines.push(headings.join(" | "));
        lines.extend(section.rows.iter().map(|row| render_row(row)));
        lines.extend(section.notes.iter().map(|note| format!("({note})")));
    }
    lines.join("\n")
}

fn render_row(cells: &[Cell<'_>]) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| match cell {
            Cell::Empty => "-".to_owned(),
            Cell::Unsigned(number) => number.to_string(),
            Cell::Signed(number) => number.to_string(),
            Cell::Float(number) => number.to_string(),
            Cell::Ratio(ratio) => format!("{:.0} %", ratio * 100.0),
            Cell::Address(address) => format!("{address:#x}"),
            Cell::Text(text) => text.to_string(),
        })
        .collect();
    cells.join(" | ")
}

fn hear<'a>(context: *mut HostContext) -> std::sync::MutexGuard<'a, Heard> {
    // SAFETY: `Running::create` made the context, and it outlives the instance.
    unsafe { &*context.cast::<Mutex<Heard>>() }
        .lock()
        .expect("no test panics while it holds this")
}

unsafe extern "C" fn probe_add(
    context: *mut HostContext,
    _sink: *mut ProbeSink,
    point: u32,
    insn: u32,
    accesses: u32,
    offset: u64,
    value: u64,
) {
    let action = Action::Add { offset, value };
    hear(context).probes.push(Probe {
        point,
        insn,
        accesses,
        action,
    });
}

unsafe extern "C" fn probe_call_exec(
    context: *mut HostContext,
    _sink: *mut ProbeSink,
    point: u32,
    insn: u32,
    function: ExecCallback,
    userdata: u64,
    _flags: u32,
) {
    let action = Action::CallExec { function, userdata };
    hear(context).probes.push(Probe {
        point,
        insn,
        accesses: 0,
        action,
    });
}

unsafe extern "C" fn probe_call_memory(
    context: *mut HostContext,
    _sink: *mut ProbeSink,
    insn: u32,
    accesses: u32,
    function: MemoryCallback,
    userdata: u64,
    _flags: u32,
) {
    let action = Action::CallMemory { function, userdata };
    hear(context).probes.push(Probe {
        point: POINT_MEMORY,
        insn,
        accesses,
        action,
    });
}

unsafe extern "C" fn disassemble(
    _context: *mut HostContext,
    pc: u64,
    _bits: u32,
    _length: u8,
    out: *mut RString,
) {
    // SAFETY: the plugin passes a string of its own.
    unsafe { (*out).push_str(&format!("insn at {pc:#x}")) };
}

/// Knows one symbol: `main`, from 0x1000 to 0x2000.
unsafe extern "C" fn symbol(
    _context: *mut HostContext,
    address: u64,
    out: *mut SymbolInfo,
) -> bool {
    let found = (0x1000..0x2000).contains(&address);
    if found {
        // SAFETY: the plugin passes a structure of its own.
        unsafe {
            (*out).name = "main".into();
            (*out).image = "/bin/test".into();
            (*out).offset = address - 0x1000;
        }
    }
    found
}

unsafe extern "C" fn log(context: *mut HostContext, level: LogLevel, message: RStr<'_>) {
    hear(context).log.push((level.0, message.to_string()));
}

unsafe extern "C" fn declare_stream(
    context: *mut HostContext,
    name: RStr<'_>,
    columns: RSlice<'_, Column>,
) -> u32 {
    let columns = columns
        .iter()
        .map(|column| column.name.to_string())
        .collect();
    let mut heard = hear(context);
    heard.streams.push((name.to_string(), columns));
    heard.streams.len() as u32 - 1
}

unsafe extern "C" fn record(context: *mut HostContext, stream: u32, cells: RSlice<'_, Cell<'_>>) {
    let mut heard = hear(context);
    let line = format!(
        "{}: {}",
        heard.streams[stream as usize].0,
        render_row(&cells)
    );
    heard.records.push(line);
}

unsafe extern "C" fn plugin_failed(context: *mut HostContext, hook: RStr<'_>, message: RStr<'_>) {
    hear(context)
        .failures
        .push((hook.to_string(), message.to_string()));
}

unsafe extern "C" fn request_stop(context: *mut HostContext, exit_code: i32, reason: RStr<'_>) {
    hear(context).stops.push((exit_code, reason.to_string()));
}
