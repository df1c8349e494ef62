//! The per-vCPU states of plugins, and the vCPUs that run.
//!
//! While a vCPU runs, its plugins' states lie in the area behind its [`CpuState`], where generated
//! code reaches them at constant offsets; once it has ended, those that an exit hook will want to
//! see are moved to allocations of ours, as the area goes with the vCPU.
//!
//! Rules for the unsafe code here:
//! - A vCPU's state is valid from [`Vcpus::add`] to [`Vcpus::remove`]; its owner sees to that.
//! - States are moved bitwise: Rust values do not know where they lie, and no callback that held
//!   their address still runs when the vCPU has ended.
//! - Another thread touches nothing of a running vCPU but its `exit_request`, which is atomic.

use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ffi::c_void;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use emu_plugin_sdk::abi::StateRef;
use emu_tcg::state::CpuState;

/// Every plugin's state starts at a multiple of this.
pub(super) const STATE_ALIGN: u64 = 64;

/// All plugins' states of one vCPU together are at most this long.
pub(super) const AREA_LIMIT: u64 = 1 << 30;

/// The address of the state that starts at `offset` from the vCPU's.
///
/// # Safety
///
/// `cpu` is the state of a vCPU whose area reaches to `offset` at least.
pub(super) unsafe fn state_of(cpu: *mut CpuState, offset: u32) -> *mut c_void {
    // SAFETY: the caller vouches for it.
    unsafe { cpu.cast::<u8>().add(offset as usize).cast() }
}

/// The vCPUs that run, and what is left of those that ended.
#[derive(Default)]
pub(super) struct Vcpus(Mutex<Inner>);

#[derive(Default)]
pub(super) struct Inner {
    running: Vec<Running>,
    retired: Vec<Retired>,
}

struct Running {
    vcpu: u32,
    cpu: NonNull<CpuState>,
    thread: ThreadId,
}

/// One plugin's state of a vCPU that has ended.
struct Retired {
    owner: u32,
    vcpu: u32,
    memory: Option<NonNull<u8>>,
    layout: Layout,
}

// SAFETY: the states of running vCPUs are used by their own thread only, but for an atomic; those
// of ended ones are plain memory, handed out under the rules of `Vcpus::states`.
unsafe impl Send for Inner {}

impl Vcpus {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A vCPU starts on this thread.
    ///
    /// # Safety
    ///
    /// `cpu` stays valid until [`Vcpus::remove`] is called for it.
    pub(super) unsafe fn add(&self, vcpu: u32, cpu: *mut CpuState) {
        if let Some(cpu) = NonNull::new(cpu) {
            self.lock().running.push(Running {
                vcpu,
                cpu,
                thread: thread::current().id(),
            });
        }
    }

    /// A vCPU has ended.
    pub(super) fn remove(&self, cpu: *mut CpuState) {
        self.lock()
            .running
            .retain(|running| running.cpu.as_ptr() != cpu);
    }

    /// Asks all running vCPUs to come back to their loops.
    pub(super) fn request_exit(&self) {
        for running in &self.lock().running {
            // SAFETY: the vCPU is in the list, hence valid, and only the atomic is borrowed.
            let request = unsafe { &*ptr::addr_of!((*running.cpu.as_ptr()).exit_request) };
            request.store(1, Ordering::Release);
        }
    }

    /// Keeps plugin `owner`'s state of a vCPU that ends: moves `size` bytes out of the area.
    ///
    /// # Safety
    ///
    /// `state` is valid for `size` bytes, which nobody uses as a value any more.
    pub(super) unsafe fn retire(&self, owner: u32, vcpu: u32, state: *const c_void, size: u64) {
        let layout = Layout::from_size_align(size as usize, STATE_ALIGN as usize)
            .expect("sizes were checked when the area was laid out");
        let memory = (layout.size() != 0).then(|| {
            // SAFETY: the size is not zero.
            let memory = NonNull::new(unsafe { alloc(layout) });
            let memory = memory.unwrap_or_else(|| handle_alloc_error(layout));
            // SAFETY: both are `size` bytes long, and the new one is ours alone.
            unsafe { ptr::copy_nonoverlapping(state.cast(), memory.as_ptr(), layout.size()) };
            memory
        });
        self.lock().retired.push(Retired {
            owner,
            vcpu,
            memory,
            layout,
        });
    }

    /// Plugin `owner`'s states by vCPU: of those that have ended, and of this thread's own. What
    /// other threads are changing at this moment cannot be looked at: their number comes second.
    ///
    /// The caller sees to it that one thread at a time uses what it gets.
    pub(super) fn states(&self, owner: u32, offset: u32) -> (Vec<StateRef>, usize) {
        let inner = self.lock();
        let mut states: Vec<StateRef> = inner
            .retired
            .iter()
            .filter(|retired| retired.owner == owner)
            .map(|retired| StateRef {
                vcpu: retired.vcpu,
                state: retired.address(),
            })
            .collect();
        let own = thread::current().id();
        let (mine, others): (Vec<&Running>, Vec<&Running>) = inner
            .running
            .iter()
            .partition(|running| running.thread == own);
        states.extend(mine.iter().map(|running| StateRef {
            vcpu: running.vcpu,
            // SAFETY: the vCPU is in the list, hence valid, with an area for all plugins.
            state: unsafe { state_of(running.cpu.as_ptr(), offset) },
        }));
        states.sort_by_key(|state| state.vcpu);
        (states, others.len())
    }

    /// Gives up plugin `owner`'s states of vCPUs that have ended: `end` ends each before its memory
    /// is freed.
    pub(super) fn end_retired(&self, owner: u32, mut end: impl FnMut(*mut c_void)) {
        let mut inner = self.lock();
        let (ended, kept) = std::mem::take(&mut inner.retired)
            .into_iter()
            .partition(|retired| retired.owner == owner);
        inner.retired = kept;
        drop(inner);
        let ended: Vec<Retired> = ended;
        for retired in ended {
            end(retired.address());
        }
    }

    /// Locks everything around a fork.
    pub(super) fn fork_guard(&self) -> ForkGuard<'_> {
        ForkGuard(self.lock())
    }
}

/// Keeps other threads away from the list while the process forks.
pub(super) struct ForkGuard<'a>(MutexGuard<'a, Inner>);

impl ForkGuard<'_> {
    /// In the child only this thread's vCPU is left. What the others had counted is lost: they may
    /// have been changing it.
    pub(super) fn after_fork_child(&mut self) {
        let own = thread::current().id();
        self.0.running.retain(|running| running.thread == own);
    }
}

impl Retired {
    fn address(&self) -> *mut c_void {
        match self.memory {
            Some(memory) => memory.as_ptr().cast(),
            // A state without size lies anywhere that is aligned.
            None => ptr::without_provenance_mut(STATE_ALIGN as usize),
        }
    }
}

impl Drop for Retired {
    /// Frees the memory; what the value in it owned is dropped before, by its plugin.
    fn drop(&mut self) {
        if let Some(memory) = self.memory {
            // SAFETY: allocated in `retire` with this layout.
            unsafe { dealloc(memory.as_ptr(), self.layout) };
        }
    }
}
