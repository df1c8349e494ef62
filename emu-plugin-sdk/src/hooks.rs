//! From the host to the author's hooks, and from the author's type to its declaration.
//!
//! For each plugin type there is one static [`PluginTable`] whose functions are monomorphised
//! here. `#[emu_plugin]` says through [`Declared`] which hooks were written; the others are `None`.
//!
//! Unsafe rules: the functions are reachable through the table of an [`Instance`] that [`create`]
//! made for the same type, so `plugin` is a leaked `InstanceData<P>`, alive until [`drop_plugin`];
//! `state` is a `P::Vcpu` from [`init_state`] on, used by one thread at a time; views, sinks and
//! reports are valid for the call. No function unwinds.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use abi_stable::std_types::{RResult, RSlice, RStr, RString};

use crate::abi::{
    self, Argument, BlockView, Feature, FeatureSet, HostTable, Instance, PluginDeclaration,
    PluginTable, ProbeSink, ReportData, StatesView, SyscallView, Version,
};
use crate::callback::panic_message;
use crate::{
    Arguments, Block, Error, Host, Plugin, PluginArgs, Report, Result, Syscall, SyscallReturn,
    VcpuId, Vcpus,
};

/// What [`Instance::data`] points to.
pub(crate) struct InstanceData<P> {
    pub(crate) plugin: P,
    pub(crate) host: Host,
}

/// Which hooks the author wrote.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hooks {
    /// [`Plugin::on_block`].
    pub on_block: bool,
    /// [`Plugin::on_vcpu_start`].
    pub on_vcpu_start: bool,
    /// [`Plugin::on_vcpu_exit`].
    pub on_vcpu_exit: bool,
    /// [`Plugin::on_syscall`].
    pub on_syscall: bool,
    /// [`Plugin::on_syscall_return`].
    pub on_syscall_return: bool,
    /// [`Plugin::on_exit`].
    pub on_exit: bool,
}

impl Hooks {
    /// No hook at all.
    pub const NONE: Hooks = Hooks {
        on_block: false,
        on_vcpu_start: false,
        on_vcpu_exit: false,
        on_syscall: false,
        on_syscall_return: false,
        on_exit: false,
    };

    /// What a host must be able to do for these hooks to work.
    const fn features(self) -> FeatureSet {
        let mut set = FeatureSet::NONE;
        if self.on_block {
            set = set
                .with(Feature::InlineAdd)
                .with(Feature::ExecCallbacks)
                .with(Feature::MemoryCallbacks);
        }
        if self.on_vcpu_start || self.on_vcpu_exit {
            set = set.with(Feature::VcpuEvents);
        }
        if self.on_syscall || self.on_syscall_return {
            set = set.with(Feature::SyscallEvents);
        }
        if self.on_exit {
            set = set.with(Feature::Reports);
        }
        set
    }
}

/// Implemented by `#[emu_plugin]`.
pub trait Declared: Plugin {
    /// Which hooks the author wrote.
    const HOOKS: Hooks;
    /// What the author asked for besides.
    const REQUIRES: FeatureSet;
}

/// The declaration of `P`.
#[must_use]
pub const fn declaration<P: Declared>(
    name: &'static str,
    summary: &'static str,
    crate_version: &'static str,
) -> PluginDeclaration {
    PluginDeclaration {
        size: size_of::<PluginDeclaration>() as u32,
        sdk_version: Version::CURRENT,
        name: RStr::from_str(name),
        summary: RStr::from_str(summary),
        crate_version: RStr::from_str(crate_version),
        required_features: FeatureSet(P::HOOKS.features().0 | P::REQUIRES.0),
        arguments: RSlice::from_slice(<P::Args as PluginArgs>::SPECS),
        create: create::<P>,
    }
}

struct TableOf<P>(P);

impl<P: Declared> TableOf<P> {
    const TABLE: &'static PluginTable = &PluginTable {
        size: size_of::<PluginTable>() as u32,
        state_align: {
            assert!(
                align_of::<P::Vcpu>() <= 64,
                "the per-vCPU state is aligned to more than 64"
            );
            align_of::<P::Vcpu>() as u32
        },
        state_size: size_of::<P::Vcpu>() as u64,
        drop: drop_plugin::<P>,
        state_init: init_state::<P>,
        state_drop: if std::mem::needs_drop::<P::Vcpu>() {
            Some(drop_state::<P>)
        } else {
            None
        },
        block_translate: if P::HOOKS.on_block {
            Some(block_translate::<P>)
        } else {
            None
        },
        vcpu_start: if P::HOOKS.on_vcpu_start {
            Some(vcpu_start::<P>)
        } else {
            None
        },
        vcpu_exit: if P::HOOKS.on_vcpu_exit {
            Some(vcpu_exit::<P>)
        } else {
            None
        },
        syscall_enter: if P::HOOKS.on_syscall {
            Some(syscall_enter::<P>)
        } else {
            None
        },
        syscall_return: if P::HOOKS.on_syscall_return {
            Some(syscall_return::<P>)
        } else {
            None
        },
        exit: if P::HOOKS.on_exit {
            Some(exit::<P>)
        } else {
            None
        },
    };
}

unsafe extern "C" fn create<P: Declared>(
    host: *const HostTable,
    arguments: RSlice<'_, Argument<'_>>,
) -> RResult<Instance, RString> {
    let create = || -> Result<Instance> {
        // SAFETY: the host passes its table, valid for the instance's life.
        let host = unsafe { Host::from_table(host) }?;
        let missing = FeatureSet(P::HOOKS.features().0 | P::REQUIRES.0).without(host.features());
        if !missing.is_empty() {
            return Err(Error::new(format_args!(
                "the emulator (plugin SDK {}) lacks {missing}, which the plugin needs: use a newer \
                 emulator",
                host.version(),
            )));
        }
        let given = arguments.iter().map(|argument| {
            (
                argument.name.as_str(),
                argument.value.into_option().map(Into::into),
            )
        });
        let args = Arguments::parse::<P::Args>(given)?;
        let plugin = P::new(args, &host)?;
        let data = Box::into_raw(Box::new(InstanceData { plugin, host }));
        Ok(Instance {
            data: data.cast(),
            table: TableOf::<P>::TABLE,
        })
    };
    match catch_unwind(AssertUnwindSafe(create)) {
        Ok(Ok(instance)) => RResult::ROk(instance),
        Ok(Err(error)) => RResult::RErr(error.to_string().into()),
        Err(payload) => {
            RResult::RErr(format!("the plugin panicked: {}", panic_message(payload)).into())
        }
    }
}

unsafe extern "C" fn drop_plugin<P: Plugin>(plugin: *mut c_void) {
    // SAFETY: made by `create`, and the host drops it once.
    let instance = unsafe { Box::from_raw(plugin.cast::<InstanceData<P>>()) };
    let host = instance.host.clone();
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(instance))) {
        host.failed("drop", &panic_message(payload));
    }
}

unsafe extern "C" fn init_state<P: Plugin>(plugin: *const c_void, state: *mut c_void, _vcpu: u32) {
    // SAFETY: see the module's rules.
    let instance = unsafe { &*plugin.cast::<InstanceData<P>>() };
    let value = catch_unwind(P::Vcpu::default).unwrap_or_else(|payload| {
        instance
            .host
            .failed("Default of the per-vCPU state", &panic_message(payload));
        // Whatever is stored here is used as a `P::Vcpu`, and there is none to store.
        std::process::abort()
    });
    // SAFETY: the host provides memory of the table's size and alignment.
    unsafe { state.cast::<P::Vcpu>().write(value) };
}

unsafe extern "C" fn drop_state<P: Plugin>(plugin: *const c_void, state: *mut c_void) {
    let state = state.cast::<P::Vcpu>();
    // SAFETY: initialised by `init_state`, dropped once.
    unsafe {
        guard::<P>(plugin, "drop of the per-vCPU state", |_| {
            state.drop_in_place()
        })
    };
}

unsafe extern "C" fn block_translate<P: Plugin>(
    plugin: *const c_void,
    block: *const BlockView<'_>,
    sink: *mut ProbeSink,
) {
    // SAFETY: see the module's rules.
    unsafe {
        guard::<P>(plugin, "on_block", |instance| {
            if let Some(view) = abi::load(block) {
                let mut block = Block::new(view, sink, &instance.host);
                instance.plugin.on_block(&mut block);
            }
        });
    }
}

unsafe extern "C" fn vcpu_start<P: Plugin>(plugin: *const c_void, state: *mut c_void, vcpu: u32) {
    // SAFETY: see the module's rules.
    unsafe {
        let state = &mut *state.cast::<P::Vcpu>();
        guard::<P>(plugin, "on_vcpu_start", |instance| {
            instance.plugin.on_vcpu_start(state, VcpuId::new(vcpu));
        });
    }
}

unsafe extern "C" fn vcpu_exit<P: Plugin>(plugin: *const c_void, state: *mut c_void, vcpu: u32) {
    // SAFETY: see the module's rules.
    unsafe {
        let state = &mut *state.cast::<P::Vcpu>();
        guard::<P>(plugin, "on_vcpu_exit", |instance| {
            instance.plugin.on_vcpu_exit(state, VcpuId::new(vcpu));
        });
    }
}

unsafe extern "C" fn syscall_enter<P: Plugin>(
    plugin: *const c_void,
    state: *mut c_void,
    call: *const SyscallView<'_>,
) {
    // SAFETY: see the module's rules.
    unsafe {
        let state = &mut *state.cast::<P::Vcpu>();
        guard::<P>(plugin, "on_syscall", |instance| {
            if let Some(view) = abi::load(call) {
                instance.plugin.on_syscall(state, &Syscall::new(view));
            }
        });
    }
}

unsafe extern "C" fn syscall_return<P: Plugin>(
    plugin: *const c_void,
    state: *mut c_void,
    call: *const SyscallView<'_>,
) {
    // SAFETY: see the module's rules.
    unsafe {
        let state = &mut *state.cast::<P::Vcpu>();
        guard::<P>(plugin, "on_syscall_return", |instance| {
            if let Some(view) = abi::load(call) {
                instance
                    .plugin
                    .on_syscall_return(state, &SyscallReturn::new(view));
            }
        });
    }
}

unsafe extern "C" fn exit<P: Plugin>(
    plugin: *const c_void,
    states: *const StatesView<'_>,
    report: *mut ReportData,
) {
    // SAFETY: see the module's rules; no vCPU runs any more, so the states do not change.
    unsafe {
        guard::<P>(plugin, "on_exit", |instance| {
            if let Some(view) = abi::load(states) {
                let vcpus = Vcpus::from_view(&view);
                instance
                    .plugin
                    .on_exit(&vcpus, &mut Report::new(&mut *report));
            }
        });
    }
}

/// Runs a hook, and tells the host if it panics.
///
/// # Safety
///
/// `plugin` is the data of an instance of `P`.
unsafe fn guard<P: Plugin>(plugin: *const c_void, hook: &str, run: impl FnOnce(&InstanceData<P>)) {
    // SAFETY: the caller vouches for it.
    let instance = unsafe { &*plugin.cast::<InstanceData<P>>() };
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| run(instance))) {
        instance.host.failed(hook, &panic_message(payload));
    }
}
