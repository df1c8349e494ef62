//! What a plugin calls: the functions of the host.

use abi_stable::std_types::{RSlice, RStr, RString};

use super::{Cell, Column, ExecCallback, FeatureSet, MemoryCallback, Version, extensible};

/// The host's own data about one plugin instance; opaque to the plugin.
#[repr(C)]
pub struct HostContext {
    _opaque: [u8; 0],
}

/// The host's collector of the probes of one block; opaque to the plugin.
#[repr(C)]
pub struct ProbeSink {
    _opaque: [u8; 0],
}

/// Point of a probe: on entry to the block. Its instruction index is 0.
pub const POINT_BLOCK: u32 = 0;
/// Point of a probe: before an instruction.
pub const POINT_INSN: u32 = 1;
/// Point of a probe: after each memory access of an instruction.
pub const POINT_MEMORY: u32 = 2;

/// Flag of a callback: it reads guest registers. Reserved: no host function reads them yet.
pub const PROBE_READS_REGISTERS: u32 = 1 << 0;
/// Flag of a callback: it writes guest registers. Reserved likewise.
pub const PROBE_WRITES_REGISTERS: u32 = 1 << 1;

/// How much a message matters.
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LogLevel(pub u32);

impl LogLevel {
    /// Something the user asked for did not happen.
    pub const ERROR: LogLevel = LogLevel(1);
    /// Something the user should know about.
    pub const WARN: LogLevel = LogLevel(2);
    /// Progress.
    pub const INFO: LogLevel = LogLevel(3);
    /// For the plugin's author.
    pub const DEBUG: LogLevel = LogLevel(4);
    /// For the plugin's author, in bulk.
    pub const TRACE: LogLevel = LogLevel(5);
}

/// What the host knows about an address. The caller makes an empty one for the host to fill in.
#[repr(C)]
#[derive(Debug, Clone)]
pub struct SymbolInfo {
    /// Name of the symbol that the address lies in, demangled; empty if there is none.
    pub name: RString,
    /// Path of the file mapped at the address, as the guest knows it; empty if there is none.
    pub image: RString,
    /// Distance from the symbol's start, or, without a symbol, from the image's base.
    pub offset: u64,
}

/// The functions of the host. Each takes [`HostTable::context`] first and may be called from any
/// thread, during the instance's life; those that take a sink only within the hook it came with.
/// Pointers to strings and slices are borrowed for the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct HostTable {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// Version of the SDK that the host was built with.
    pub sdk_version: Version,
    /// What the host can do.
    pub features: FeatureSet,
    /// First argument of each function.
    pub context: *mut HostContext,

    /// Adds `value` to the `u64` at byte `offset` of the per-vCPU state whenever the point is
    /// passed. `point` is one of the `POINT_*` constants, `insn` the instruction's index, and
    /// `accesses` a union of [`ACCESS_READ`](super::ACCESS_READ) and
    /// [`ACCESS_WRITE`](super::ACCESS_WRITE) (0 unless `point` is [`POINT_MEMORY`]).
    pub probe_add: unsafe extern "C" fn(
        context: *mut HostContext,
        sink: *mut ProbeSink,
        point: u32,
        insn: u32,
        accesses: u32,
        offset: u64,
        value: u64,
    ),
    /// Calls `function` with `userdata` whenever the point is passed. `point` is [`POINT_BLOCK`]
    /// or [`POINT_INSN`]; `flags` is a union of the `PROBE_*` constants.
    pub probe_call_exec: unsafe extern "C" fn(
        context: *mut HostContext,
        sink: *mut ProbeSink,
        point: u32,
        insn: u32,
        function: ExecCallback,
        userdata: u64,
        flags: u32,
    ),
    /// Calls `function` with `userdata` after each access of the instruction that `accesses`
    /// selects and that succeeded.
    pub probe_call_memory: unsafe extern "C" fn(
        context: *mut HostContext,
        sink: *mut ProbeSink,
        insn: u32,
        accesses: u32,
        function: MemoryCallback,
        userdata: u64,
        flags: u32,
    ),
    /// Appends the disassembly of the instruction encoded as the `length` low bytes of `bits` at
    /// `pc` to `out`.
    pub disassemble: unsafe extern "C" fn(
        context: *mut HostContext,
        pc: u64,
        bits: u32,
        length: u8,
        out: *mut RString,
    ),
    /// Fills in what is known about `address`; false, and `out` untouched, if nothing is.
    pub symbol:
        unsafe extern "C" fn(context: *mut HostContext, address: u64, out: *mut SymbolInfo) -> bool,
    /// Shows a message to the user. The host names the plugin.
    pub log: unsafe extern "C" fn(context: *mut HostContext, level: LogLevel, message: RStr<'_>),
    /// Declares a stream of records with these columns and returns its number.
    pub declare_stream: unsafe extern "C" fn(
        context: *mut HostContext,
        name: RStr<'_>,
        columns: RSlice<'_, Column>,
    ) -> u32,
    /// Writes one record to a stream: as many cells as it has columns. Records of one thread keep
    /// their order, and each is written whole.
    pub record:
        unsafe extern "C" fn(context: *mut HostContext, stream: u32, cells: RSlice<'_, Cell<'_>>),
    /// Reports that `hook` (a hook's or callback's name) panicked with `message`. The host marks
    /// the plugin as failed; the call returns and so does the hook.
    pub plugin_failed:
        unsafe extern "C" fn(context: *mut HostContext, hook: RStr<'_>, message: RStr<'_>),
    /// Asks for the run to stop soon, with `exit_code` for the emulator's own; vCPUs may run on
    /// for a while.
    pub request_stop:
        unsafe extern "C" fn(context: *mut HostContext, exit_code: i32, reason: RStr<'_>),
}

extensible!(HostTable);

// SAFETY: the functions may be called from any thread with the context, and do nothing else with it.
unsafe impl Send for HostTable {}
// SAFETY: likewise.
unsafe impl Sync for HostTable {}
