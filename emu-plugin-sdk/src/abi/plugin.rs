//! What the host calls: the hooks of a plugin, and its callbacks from generated code.

use std::ffi::c_void;

use super::{BlockView, ProbeSink, ReportData, StatesView, SyscallView, extensible};

/// Called by generated code on entry to a block or before an instruction.
///
/// `plugin` is the instance's data, `state` the plugin's state of the running vCPU, and
/// `userdata` what the probe was registered with.
///
/// Floating-point arithmetic in it rounds as the guest has chosen; exception flags that it raises
/// are not seen by the guest.
pub type ExecCallback =
    unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, userdata: u64);

/// Called by generated code after a memory access.
///
/// As [`ExecCallback`], with the address accessed, the value read or written (zero-extended, the
/// low 64 bits) and `info`: the logarithm of the access's size in [`INFO_SIZE_MASK`], and the bits
/// [`INFO_STORE`] and [`INFO_ATOMIC`].
pub type MemoryCallback = unsafe extern "C" fn(
    plugin: *const c_void,
    state: *mut c_void,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
);

/// Bits of `info` that hold the logarithm to base 2 of the access's size in bytes.
pub const INFO_SIZE_MASK: u32 = 0b11;
/// Bit of `info`: the access is a store.
pub const INFO_STORE: u32 = 1 << 4;
/// Bit of `info`: the access belongs to an atomic operation.
pub const INFO_ATOMIC: u32 = 1 << 5;

/// The hooks of a plugin. A hook that the author did not write is `None` and costs nothing.
///
/// `plugin` is the instance's data. `state` points to the plugin's state of the vCPU concerned:
/// `state_size` bytes aligned to `state_align`, initialised by `state_init`. At any time one
/// thread at most uses a state, and no call that holds one is nested in another. Hooks without a
/// state may run on several threads at once.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct PluginTable {
    /// Size of this structure as its writer knew it.
    pub size: u32,
    /// Alignment of the per-vCPU state, a power of two, at most 64.
    pub state_align: u32,
    /// Size of the per-vCPU state in bytes, a multiple of its alignment.
    pub state_size: u64,
    /// Ends the instance. No hook or callback runs during the call or after it.
    pub drop: unsafe extern "C" fn(plugin: *mut c_void),
    /// Initialises the state of vCPU `vcpu` in place, before any other use of it.
    pub state_init: unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, vcpu: u32),
    /// Drops a state in place; `None` if that takes nothing.
    pub state_drop: Option<unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void)>,
    /// A block is being translated; the plugin registers its probes with `sink`. The view and the
    /// sink are valid for the call.
    pub block_translate: Option<
        unsafe extern "C" fn(plugin: *const c_void, block: *const BlockView, sink: *mut ProbeSink),
    >,
    /// A vCPU starts, on its own thread, before its first instruction.
    pub vcpu_start:
        Option<unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, vcpu: u32)>,
    /// A vCPU has run its last instruction. Its state lives on until after [`Self::exit`].
    pub vcpu_exit:
        Option<unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, vcpu: u32)>,
    /// The guest enters a system call.
    pub syscall_enter: Option<
        unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, call: *const SyscallView),
    >,
    /// A system call returns to the guest.
    pub syscall_return: Option<
        unsafe extern "C" fn(plugin: *const c_void, state: *mut c_void, call: *const SyscallView),
    >,
    /// The run is over and no vCPU runs any more. `states` lists the state of every vCPU that ever
    /// ran; the plugin adds its sections to `report`.
    pub exit: Option<
        unsafe extern "C" fn(
            plugin: *const c_void,
            states: *const StatesView,
            report: *mut ReportData,
        ),
    >,
}

extensible!(PluginTable);
