//! A running plugin and its hooks.
//!
//! Rules for the unsafe code here:
//! - The functions of a [`PluginTable`] are called as the interface says: hooks with the instance's
//!   data; states that [`PluginTable::state_init`] has seen; nothing after `drop`.
//! - A plugin that failed is not called any more; neither are its `state_drop` and `drop`, as what
//!   they would find is unknown.

use std::ffi::c_void;
use std::sync::Arc;

use abi_stable::std_types::{ROption, RResult};
use emu_plugin_sdk::abi::{
    Argument, BlockView, HostTable, Instance, PluginTable, ReportData, StateRef, StatesView,
    SyscallView, Version, load,
};
use emu_tcg::state::CpuState;

use super::PluginError;
use super::host_table::{Context, Failure, Shared};
use super::load::Found;
use super::probe::{Owner, Sink};
use super::spec::PluginArgument;
use super::states::{AREA_LIMIT, STATE_ALIGN, state_of};

/// A plugin's instance.
pub(super) struct Plugin {
    /// The plugin's own version.
    pub(super) version: String,
    number: u32,
    context: Arc<Context>,
    /// The plugin has its address.
    _host: Box<HostTable>,
    hooks: PluginTable,
    data: *mut c_void,
    /// Offset of its state from the start of a vCPU's.
    state_offset: u32,
}

// SAFETY: the interface allows hooks on any thread, and on several at once where no state is
// passed; the data pointer is the plugin's to share.
unsafe impl Send for Plugin {}
// SAFETY: as above.
unsafe impl Sync for Plugin {}

impl Plugin {
    /// Makes an instance whose state starts at the end of an area of `area` bytes, which grows.
    ///
    /// # Errors
    ///
    /// When the plugin refuses, or breaks the interface's rules.
    pub(super) fn create(
        found: &Found,
        arguments: &[PluginArgument],
        name: String,
        number: u32,
        shared: Arc<Shared>,
        area: &mut u64,
    ) -> Result<Plugin, PluginError> {
        let context = Arc::new(Context::new(name, shared));
        let host = Box::new(context.table());
        let arguments: Vec<Argument<'_>> = arguments
            .iter()
            .map(|argument| Argument {
                name: argument.name.as_str().into(),
                value: match &argument.value {
                    Some(value) => ROption::RSome(value.as_str().into()),
                    None => ROption::RNone,
                },
            })
            .collect();
        // SAFETY: the table and its context live as long as the plugin, see the fields.
        let made = unsafe { (found.declaration.create)(&raw const *host, arguments[..].into()) };
        let refused = |message| PluginError::Create {
            plugin: found.label(),
            message,
        };
        let instance: Instance = match (made, context.failure()) {
            (RResult::RErr(message), _) => return Err(refused(message.into())),
            (RResult::ROk(_), Some(failure)) => return Err(refused(failure.message.clone())),
            (RResult::ROk(instance), None) => instance,
        };
        let hooks = hooks(&instance).map_err(|what| PluginError::Malformed {
            plugin: found.label(),
            what,
            host: Version::CURRENT,
        })?;
        let too_large = || PluginError::StateTooLarge {
            plugin: found.label(),
            size: hooks.state_size,
            limit: AREA_LIMIT,
        };
        let start = *area;
        let size = hooks.state_size.checked_next_multiple_of(STATE_ALIGN);
        let end = size.and_then(|size| start.checked_add(size));
        *area = end.filter(|&end| end <= AREA_LIMIT).ok_or_else(too_large)?;
        context.set_started();
        Ok(Plugin {
            version: found.declaration.crate_version.to_string(),
            number,
            context,
            _host: host,
            hooks,
            data: instance.data,
            state_offset: CpuState::PLUGIN_AREA_OFFSET as u32 + start as u32,
        })
    }

    /// Its name in messages and reports.
    pub(super) fn name(&self) -> &str {
        &self.context.name
    }

    /// Its number: the owner of its probes and states.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Offset of its state from the start of a vCPU's.
    pub(super) fn state_offset(&self) -> u32 {
        self.state_offset
    }

    /// How it failed, if it has.
    pub(super) fn failure(&self) -> Option<&Failure> {
        self.context.failure()
    }

    /// Whether it runs.
    pub(super) fn is_live(&self) -> bool {
        self.failure().is_none()
    }

    /// Marks it as failed.
    pub(super) fn fail(&self, hook: &str, message: &str) {
        self.context.fail(hook, message);
    }

    /// Whether it wants to see blocks.
    pub(super) fn sees_blocks(&self) -> bool {
        self.is_live() && self.hooks.block_translate.is_some()
    }

    /// Whether it wants to see system calls, at their entry and at their return.
    pub(super) fn sees_syscalls(&self) -> (bool, bool) {
        let live = self.is_live();
        (
            live && self.hooks.syscall_enter.is_some(),
            live && self.hooks.syscall_return.is_some(),
        )
    }

    /// Whose probes are in a sink.
    pub(super) fn owner(&self) -> Owner {
        Owner {
            number: self.number,
            data: self.data as usize,
            state_offset: self.state_offset,
            state_size: self.hooks.state_size,
        }
    }

    /// Shows it a block.
    pub(super) fn block_translate(&self, block: &BlockView<'_>, sink: &mut Sink<'_>) {
        if let Some(hook) = self.hooks.block_translate {
            let sink: *mut Sink<'_> = sink;
            // SAFETY: block and sink live for the call; the sink is the type that our table's
            // functions take it for.
            unsafe { hook(self.data, block, sink.cast()) };
        }
    }

    /// Initialises its state of a vCPU that starts, then tells it.
    ///
    /// # Safety
    ///
    /// The vCPU has the area that plugins were promised, and runs on this thread.
    pub(super) unsafe fn vcpu_start(&self, cpu: *mut CpuState, vcpu: u32) {
        // SAFETY: the caller vouches for the area.
        let state = unsafe { state_of(cpu, self.state_offset) };
        // SAFETY: the state is fresh.
        unsafe { (self.hooks.state_init)(self.data, state, vcpu) };
        if let Some(hook) = self.hooks.vcpu_start.filter(|_| self.is_live()) {
            // SAFETY: the state is initialised and this thread's.
            unsafe { hook(self.data, state, vcpu) };
        }
    }

    /// Tells it that a vCPU has ended, and keeps the state for the exit hook or ends it.
    ///
    /// # Safety
    ///
    /// As for [`Plugin::vcpu_start`], which has been called; nothing uses the state afterwards.
    pub(super) unsafe fn vcpu_exit(&self, cpu: *mut CpuState, vcpu: u32) {
        // SAFETY: the caller vouches for the area.
        let state = unsafe { state_of(cpu, self.state_offset) };
        if let Some(hook) = self.hooks.vcpu_exit {
            // SAFETY: the state is initialised and this thread's.
            unsafe { hook(self.data, state, vcpu) };
        }
        if !self.is_live() {
            return;
        }
        if self.hooks.exit.is_some() {
            let vcpus = &self.context.shared.vcpus;
            // SAFETY: the state has its size, and this was its last use here.
            unsafe { vcpus.retire(self.number, vcpu, state, self.hooks.state_size) };
        } else {
            self.drop_state(state);
        }
    }

    /// Shows it a system call at its entry.
    ///
    /// # Safety
    ///
    /// As for [`Plugin::vcpu_start`], which has been called.
    pub(super) unsafe fn syscall_enter(&self, cpu: *mut CpuState, call: &SyscallView<'_>) {
        if let Some(hook) = self.hooks.syscall_enter {
            // SAFETY: the state is initialised and this thread's.
            unsafe { hook(self.data, state_of(cpu, self.state_offset), call) };
        }
    }

    /// Shows it a system call at its return.
    ///
    /// # Safety
    ///
    /// As for [`Plugin::vcpu_start`], which has been called.
    pub(super) unsafe fn syscall_return(&self, cpu: *mut CpuState, call: &SyscallView<'_>) {
        if let Some(hook) = self.hooks.syscall_return {
            // SAFETY: the state is initialised and this thread's.
            unsafe { hook(self.data, state_of(cpu, self.state_offset), call) };
        }
    }

    /// Its report, from these states; `None` if it makes none.
    pub(super) fn exit(&self, states: &[StateRef]) -> Option<ReportData> {
        let hook = self.hooks.exit?;
        let mut report = ReportData::default();
        let view = StatesView {
            size: size_of::<StatesView<'_>>() as u32,
            states: states.into(),
        };
        // SAFETY: the states are its own, initialised, and no other thread uses them: the host
        // makes one report at a time, of vCPUs that have ended and of this thread's.
        unsafe { hook(self.data, &raw const view, &raw mut report) };
        Some(report)
    }

    /// Ends a state that is kept.
    pub(super) fn drop_state(&self, state: *mut c_void) {
        if let Some(hook) = self.hooks.state_drop {
            // SAFETY: the state is initialised and nobody uses it any more.
            unsafe { hook(self.data, state) };
        }
    }
}

impl Drop for Plugin {
    /// Ends the instance; its states are gone by now.
    fn drop(&mut self) {
        if self.is_live() {
            // SAFETY: the host is gone, so nothing calls the plugin any more.
            unsafe { (self.hooks.drop)(self.data) };
        }
    }
}

/// The hooks of a fresh instance, if they obey the interface's rules.
fn hooks(instance: &Instance) -> Result<PluginTable, String> {
    if instance.table.is_null() {
        return Err("it has no table of hooks".into());
    }
    // SAFETY: the interface says that the table is static and starts with its size.
    let Some(hooks) = (unsafe { load(instance.table) }) else {
        return Err("its table of hooks is shorter than any version had it".into());
    };
    let (size, align) = (hooks.state_size, u64::from(hooks.state_align));
    if !align.is_power_of_two() || align > STATE_ALIGN {
        return Err(format!(
            "its state is aligned to {align} bytes (a power of two up to {STATE_ALIGN} may be)"
        ));
    }
    if !size.is_multiple_of(align) {
        return Err(format!(
            "the size of its state, {size} bytes, is no multiple of its alignment, {align}"
        ));
    }
    Ok(hooks)
}
