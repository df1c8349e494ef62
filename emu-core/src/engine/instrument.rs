//! What the engine asks of whoever instruments the guest.

use std::sync::Arc;

use emu_tcg::guest::DecodedBlock;
use emu_tcg::probe::Probes;
use emu_tcg::state::CpuState;

use super::statistics::Statistics;
use crate::environment::SyscallRecord;

/// Chooses probes and hears of the guest's life. All methods default to nothing.
pub trait Instrumentation: Send + Sync {
    /// Bytes wanted in the plugin area behind each vCPU's state.
    fn area_size(&self) -> usize {
        0
    }

    /// Where the engine is to record what translation costs, if anybody wants to know.
    fn statistics(&self) -> Option<Arc<Statistics>> {
        None
    }

    /// The probes of a block, between the two passes of its translation.
    fn instrument(&self, block: &DecodedBlock) -> Probes {
        let _ = block;
        Probes::default()
    }

    /// Whether instrumentation chosen so far is stale (asked at safe points; resets itself).
    fn take_retranslation_request(&self) -> bool {
        false
    }

    /// Whether the run should end now, with this exit status.
    fn stop_request(&self) -> Option<i32> {
        None
    }

    /// A vCPU starts; its plugin area is zeroed.
    fn vcpu_start(&self, cpu: u32, state: *mut CpuState) {
        let _ = (cpu, state);
    }

    /// A vCPU has ended.
    fn vcpu_exit(&self, cpu: u32, state: *mut CpuState) {
        let _ = (cpu, state);
    }

    /// Whether [`Instrumentation::syscall_enter`] and `syscall_return` are wanted.
    fn observes_syscalls(&self) -> bool {
        false
    }

    /// A system call is about to be made.
    fn syscall_enter(&self, cpu: u32, state: *mut CpuState, call: &SyscallRecord<'_>) {
        let _ = (cpu, state, call);
    }

    /// A system call has returned `result`.
    fn syscall_return(
        &self,
        cpu: u32,
        state: *mut CpuState,
        call: &SyscallRecord<'_>,
        result: i64,
    ) {
        let _ = (cpu, state, call, result);
    }

    /// Calls `fork`, which forks the host process and returns as `fork(2)` does, so that both
    /// processes can go on.
    fn fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t {
        fork()
    }

    /// The guest process is about to end or be replaced: reports are due.
    fn finish(&self) {}
}

/// No instrumentation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uninstrumented;

impl Instrumentation for Uninstrumented {}
