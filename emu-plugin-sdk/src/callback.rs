//! From generated code to the author's closure.
//!
//! A callback is a closure that captures nothing, so that its type alone says which code to run:
//! for each closure type there is one `extern "C"` function here, and that function's address is
//! what generated code calls. No table is looked up and no pointer followed on the way.
//!
//! Unsafe rules:
//! - The functions are reachable through probes only, which a `Block<P>` registers for the
//!   instance of `P` that it was made for; so `plugin` is that instance's data and `state` a
//!   `P::Vcpu`.
//! - The ABI promises that a state is used by one thread at a time and that calls which hold it
//!   are not nested: `&mut` to it is unique.
//! - A value of a zero-sized `Copy` type can be made out of nothing once there has been one, and
//!   there was: the one given to [`exec`] or [`memory`], which refuse closures with a size.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::abi::{ExecCallback, INFO_ATOMIC, INFO_SIZE_MASK, INFO_STORE, MemoryCallback};
use crate::block::MemoryAccess;
use crate::hooks::InstanceData;
use crate::plugin::Plugin;

/// The function that runs `F` as a callback on instructions or blocks.
pub(crate) fn exec<P, F>(callback: F) -> ExecCallback
where
    P: Plugin,
    F: Fn(&P, &mut P::Vcpu, u64) + Copy + Send + Sync + 'static,
{
    assert_captures_nothing(callback);
    run_exec::<P, F>
}

/// The function that runs `F` as a callback on memory accesses.
pub(crate) fn memory<P, F>(callback: F) -> MemoryCallback
where
    P: Plugin,
    F: Fn(&P, &mut P::Vcpu, u64, MemoryAccess) + Copy + Send + Sync + 'static,
{
    assert_captures_nothing(callback);
    run_memory::<P, F>
}

/// Refuses, when compiled, closures that capture variables.
fn assert_captures_nothing<F: Copy>(_: F) {
    const {
        assert!(
            size_of::<F>() == 0,
            "a callback must not capture variables: keep what it needs in the plugin or in the \
             per-vCPU state, or pass one number along with `call_with`"
        );
    }
}

unsafe extern "C" fn run_exec<P, F>(plugin: *const c_void, state: *mut c_void, userdata: u64)
where
    P: Plugin,
    F: Fn(&P, &mut P::Vcpu, u64) + Copy + Send + Sync + 'static,
{
    // SAFETY: see the module's rules.
    let (instance, state, callback) = unsafe {
        (
            &*plugin.cast::<InstanceData<P>>(),
            &mut *state.cast::<P::Vcpu>(),
            conjure::<F>(),
        )
    };
    let run = AssertUnwindSafe(|| callback(&instance.plugin, state, userdata));
    if let Err(payload) = catch_unwind(run) {
        failed(instance, "an execution callback", payload);
    }
}

unsafe extern "C" fn run_memory<P, F>(
    plugin: *const c_void,
    state: *mut c_void,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) where
    P: Plugin,
    F: Fn(&P, &mut P::Vcpu, u64, MemoryAccess) + Copy + Send + Sync + 'static,
{
    let access = MemoryAccess {
        address,
        value,
        size: 1 << (info & INFO_SIZE_MASK),
        is_write: info & INFO_STORE != 0,
        is_atomic: info & INFO_ATOMIC != 0,
    };
    // SAFETY: see the module's rules.
    let (instance, state, callback) = unsafe {
        (
            &*plugin.cast::<InstanceData<P>>(),
            &mut *state.cast::<P::Vcpu>(),
            conjure::<F>(),
        )
    };
    let run = AssertUnwindSafe(|| callback(&instance.plugin, state, userdata, access));
    if let Err(payload) = catch_unwind(run) {
        failed(instance, "a memory callback", payload);
    }
}

/// Makes a closure that captures nothing.
///
/// # Safety
///
/// `F` has no size, and there has been a value of it.
#[inline(always)]
unsafe fn conjure<F: Copy>() -> F {
    // SAFETY: reading a value without a size reads no memory; the caller vouches for the rest.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

#[cold]
fn failed<P>(instance: &InstanceData<P>, hook: &str, payload: Box<dyn Any + Send>) {
    instance.host.failed(hook, &panic_message(payload));
}

/// The message of a panic.
pub(crate) fn panic_message(payload: Box<dyn Any + Send>) -> String {
    let message = match payload.downcast_ref::<&str>() {
        Some(text) => (*text).to_owned(),
        None => match payload.downcast_ref::<String>() {
            Some(text) => text.clone(),
            None => "panicked with something other than text".to_owned(),
        },
    };
    // A payload of the author's own type may panic when dropped, which nobody would catch.
    std::mem::forget(payload);
    message
}
