//! Generated code (being written; the engine's side of it compiles against this outline).
use std::sync::Arc;

use super::TranslationBlock;
use crate::guest::Guest;
use crate::ir::ExitKind;
use crate::state::CpuState;

#[allow(missing_docs)]
mod outline {
    use super::*;
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct EntryPoint(std::num::NonZeroUsize);
    impl EntryPoint {
        pub fn from_address(address: usize) -> Option<Self> { std::num::NonZeroUsize::new(address).map(Self) }
        pub fn address(self) -> usize { self.0.get() }
    }
    pub trait BlockSource { fn block(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>>; }
    #[derive(Default)]
    pub struct Options { pub precise_faults: bool }
    #[derive(Debug, thiserror::Error)]
    pub enum JitError { #[error("full")] Full, #[error("unsupported")] Unsupported }
    pub struct Compiler;
    impl Compiler {
        pub fn new(_: &'static dyn Guest) -> Result<Self, JitError> { Err(JitError::Unsupported) }
        pub fn compile(&mut self, _: &CodeSpace, _: &dyn BlockSource, _: &Arc<TranslationBlock>, _: &Options) -> Result<Published, JitError> { Err(JitError::Unsupported) }
    }
    pub struct Published { pub entry: EntryPoint, pub blocks: Vec<Arc<TranslationBlock>> }
    pub struct CodeSpace;
    #[derive(Clone, Copy)]
    pub struct SlotId;
    pub struct ForkGuard;
    impl CodeSpace {
        pub fn new(_: usize) -> Result<Self, JitError> { Ok(Self) }
        /// # Safety
        /// Outline.
        pub unsafe fn enter(&self, _: *mut CpuState, _: EntryPoint) -> JitExit { JitExit::ExitRequested }
        pub fn link(&self, _: SlotId, _: EntryPoint) {}
        pub fn unlink_all(&self) {}
        pub fn range(&self) -> std::ops::Range<usize> { 0..0 }
        pub fn fault_landing(&self) -> usize { 0 }
        pub fn fork_guard(&self) -> ForkGuard { ForkGuard }
        pub fn after_fork_child(&self) {}
    }
    pub enum JitExit { Unlinked(SlotId), IndirectMiss, ExitRequested, Exit(ExitKind), Fault { insn: u16, block: Arc<TranslationBlock> } }
}
pub use outline::*;
