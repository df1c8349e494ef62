//! The trait that a plugin implements.

use crate::{
    Block, Host, PluginArgs, Report, Result, Syscall, SyscallReturn, VcpuId, VcpuState, Vcpus,
};

/// A plugin. Implement it under [`#[emu_plugin]`](crate::emu_plugin).
///
/// Write the hooks you need and no others: the attribute sees which ones there are, and a hook
/// that is not there costs nothing. `type Args` and `type Vcpu` may be left out too.
///
/// Hooks take `&self` because vCPUs run on several threads; what changes while the guest runs
/// belongs into the per-vCPU state [`Plugin::Vcpu`], which is passed by `&mut` and needs no lock.
pub trait Plugin: Sized + Send + Sync + 'static {
    /// The plugin's arguments.
    type Args: PluginArgs;
    /// What the plugin keeps of each vCPU.
    type Vcpu: VcpuState;

    /// Makes the plugin, before the guest runs. An error stops the emulator with its message.
    fn new(args: Self::Args, host: &Host) -> Result<Self>;

    /// A block of guest code is being translated: choose what to instrument. Called once for each
    /// translation, not for each execution; the same block may be translated more than once.
    fn on_block(&self, block: &mut Block<'_, Self>) {
        let _ = block;
    }

    /// A vCPU (in a user-mode guest, a thread) starts.
    fn on_vcpu_start(&self, cpu: &mut Self::Vcpu, vcpu: VcpuId) {
        let _ = (cpu, vcpu);
    }

    /// A vCPU has run its last instruction.
    fn on_vcpu_exit(&self, cpu: &mut Self::Vcpu, vcpu: VcpuId) {
        let _ = (cpu, vcpu);
    }

    /// The guest makes a system call.
    fn on_syscall(&self, cpu: &mut Self::Vcpu, call: &Syscall<'_>) {
        let _ = (cpu, call);
    }

    /// A system call returns.
    fn on_syscall_return(&self, cpu: &mut Self::Vcpu, call: &SyscallReturn<'_>) {
        let _ = (cpu, call);
    }

    /// The run is over: report. `vcpus` holds the state of every vCPU that ever ran.
    fn on_exit(&self, vcpus: &Vcpus<'_, Self::Vcpu>, report: &mut Report<'_>) {
        let _ = (vcpus, report);
    }
}
