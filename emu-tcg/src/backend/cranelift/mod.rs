//! Regions of hot blocks compiled to host code by Cranelift.
//!
//! | stage | module |
//! |---|---|
//! | choose the blocks of a region | `region` |
//! | where plugin words are added to | `counters` |
//! | which guest state is in registers where | `flow` |
//! | which addresses need no check | `range` |
//! | Cranelift IR | `lower` |
//! | floating-point flags kept exact | `fp_guard` |
//! | memory for the code | `arena` |
//! | exits that can be linked | `exits` |
//! | which instruction faulted | `fault` |
//! | into generated code and back | `enter` |
//!
//! A [`Compiler`] belongs to one thread; the [`CodeSpace`] that it publishes into is shared by
//! all vCPUs. Not here: which block is hot, when to compile, what an exit means.
//!
//! Invariants:
//! - Published code is immutable until [`CodeSpace::reset`].
//! - Generated code takes no lock and calls nothing that does, but for probes and guest helpers.

mod arena;
mod counters;
mod enter;
mod exits;
mod fault;
mod flow;
mod fp_guard;
mod lower;
mod quiet;
mod range;
mod region;

use std::collections::{BTreeMap, BTreeSet};
use std::mem::size_of_val;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, UserFuncName};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context, isa};
use cranelift_frontend::FunctionBuilderContext;

pub use exits::SlotId;
pub use fault::{FaultKind, FaultSite};

use super::TranslationBlock;
use crate::guest::Guest;
use crate::ir::{ExitKind, Op, Opcode};
use crate::state::CpuState;
use counters::Counters;
use enter::ReturnCode;
use exits::SlotTable;
use fault::{FaultTable, NodeFaults};
use region::{Node, Region};

/// Why something was not compiled.
#[derive(Debug, thiserror::Error)]
pub enum JitError {
    /// The code space has no room: it must be reset before anything more is compiled.
    #[error("the memory for generated code is used up")]
    Full,
    /// The host cannot run generated code.
    #[error("cannot generate code for this host: {0}")]
    Host(String),
    /// Memory for code could not be had.
    #[error("cannot map memory for generated code: {0}")]
    Memory(#[from] std::io::Error),
    /// A block that no verifier would have let pass.
    #[error("malformed block: {0}")]
    Inconsistent(&'static str),
    /// Cranelift refused the region.
    #[error("Cranelift: {0}")]
    Codegen(#[from] Box<CodegenError>),
}

/// Where regions get their blocks from: those that have been executed.
pub trait BlockSource {
    /// The block at `pc`, if there is one.
    fn block(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>>;

    /// Whether regions stop before `pc`, since another one starts there: less is compiled twice,
    /// for a little speed. See [`Options::max_overlap_insns`].
    fn stops_region(&self, pc: u64, mode: u32) -> bool {
        let _ = (pc, mode);
        false
    }
}

/// How to compile.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// At a fault all slots are as before the faulting instruction. Else only the program
    /// counter and the plugin words are.
    pub precise_faults: bool,
    /// Other threads or processes may access guest memory meanwhile. Else atomic operations
    /// need not be atomic on the host, which costs far less.
    pub shared_memory: bool,
    /// Size limit of a region.
    pub max_region_insns: usize,
    /// A region that has this many instructions stops where another one starts
    /// ([`BlockSource::stops_region`]). A smaller one goes on, since loops in loops, compiled from
    /// the inside out, are slow when the outer ones have to leave for the inner.
    pub max_overlap_insns: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            precise_faults: false,
            shared_memory: true,
            max_region_insns: 2000,
            max_overlap_insns: 300,
        }
    }
}

/// Where generated code starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct EntryPoint(std::num::NonZeroUsize);

impl EntryPoint {
    /// Host address, as [`crate::state::JumpCacheEntry::code`] holds it.
    #[must_use]
    pub fn address(self) -> usize {
        self.0.get()
    }

    /// The inverse of [`EntryPoint::address`]; `None` for 0.
    #[must_use]
    pub fn from_address(address: usize) -> Option<EntryPoint> {
        std::num::NonZeroUsize::new(address).map(EntryPoint)
    }
}

/// A compiled region.
#[derive(Debug)]
pub struct Published {
    /// Where it starts.
    pub entry: EntryPoint,
    /// Guest address that it starts at.
    pub head_pc: u64,
    /// Translation mode.
    pub mode: u32,
    /// Guest instructions compiled, inlined ones once per place.
    pub guest_insns: usize,
    /// Size of the code.
    pub host_bytes: usize,
    /// All blocks that it covers.
    pub blocks: Vec<Arc<TranslationBlock>>,
}

/// Why generated code came back. `state.pc` is where to continue.
#[derive(Debug, Clone)]
pub enum JitExit {
    /// By a direct jump that is not linked; [`CodeSpace::link`] can do that.
    Unlinked(SlotId),
    /// By an indirect jump whose target is not in the jump cache.
    IndirectMiss,
    /// Because of [`CpuState::exit_request`].
    ExitRequested,
    /// Because a block says so.
    Exit(ExitKind),
    /// An access failed; `fault_address` and `fault_signal` say how, `pc` is that of the instruction.
    Fault {
        /// Index of the instruction.
        insn: u16,
        /// Its block.
        block: Arc<TranslationBlock>,
    },
}

#[derive(Debug)]
struct Inner {
    arena: arena::Arena,
    slots: SlotTable,
    /// By start address: end and table.
    regions: BTreeMap<usize, (usize, FaultTable)>,
    full: bool,
}

/// Generated code and what belongs to it. See the module's documentation.
#[derive(Debug)]
pub struct CodeSpace {
    range: Range<usize>,
    /// Rounding-mode slot and, in the upper half, exception-flags slot of the guest whose code this is.
    fp_slots: AtomicU32,
    inner: Mutex<Inner>,
}

/// Keeps a code space as it is while the process forks.
#[derive(Debug)]
pub struct ForkGuard<'a>(#[expect(dead_code, reason = "held for its drop")] MutexGuard<'a, Inner>);

impl CodeSpace {
    /// Reserves `capacity` bytes for code.
    pub fn new(capacity: usize) -> Result<CodeSpace, JitError> {
        let arena = arena::Arena::new(capacity)?;
        let range = arena.range();
        let inner = Inner {
            arena,
            slots: SlotTable::new()?,
            regions: BTreeMap::new(),
            full: false,
        };
        Ok(CodeSpace {
            range,
            fp_slots: AtomicU32::new(0),
            inner: Mutex::new(inner),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_fp_slots(&self, guest: &dyn Guest) {
        let special = guest.special_slots();
        let packed = u32::from(special.rounding_mode.0) | u32::from(special.fp_flags.0) << 16;
        self.fp_slots.store(packed, Ordering::Release);
    }

    fn fp_slots(&self) -> (usize, usize) {
        let packed = self.fp_slots.load(Ordering::Acquire);
        ((packed & 0xffff) as usize, (packed >> 16) as usize)
    }

    /// Runs generated code until it comes back.
    ///
    /// # Safety
    /// - `state` is valid, belongs to the guest that `entry` was compiled for, and nothing else
    ///   accesses it meanwhile but for its atomics; its `memory_base` is that of a live
    ///   [`crate::memory::AddressSpace`].
    /// - `entry` was published into this space and the space not reset since; likewise every
    ///   entry of the state's jump cache.
    /// - The handler of SIGSEGV, SIGBUS and SIGILL sends faults of generated code to
    ///   [`CodeSpace::fault_landing`], `r15` unchanged, having stored `fault_host_pc`,
    ///   `fault_signal` and `fault_address`.
    /// - Functions and offsets of the blocks' probes are valid for the state.
    pub unsafe fn enter(&self, state: *mut CpuState, entry: EntryPoint) -> JitExit {
        let (mode, flags) = self.fp_slots();
        // SAFETY: the caller's promise.
        let value = unsafe { enter::enter(state, entry.address(), mode, flags) };
        match value & 15 {
            code if code == ReturnCode::IndirectMiss as u64 => JitExit::IndirectMiss,
            code if code == ReturnCode::ExitRequested as u64 => JitExit::ExitRequested,
            code if code == ReturnCode::Exit as u64 => JitExit::Exit(exit_kind((value >> 8) as u8)),
            // SAFETY: the caller's promise.
            code if code == ReturnCode::Fault as u64 => unsafe { self.faulted(state) },
            _ => {
                let inner = self.lock();
                let slot = inner.slots.at_address(value);
                // SAFETY: the caller's promise.
                unsafe { (*state).pc = inner.slots.target(slot) };
                JitExit::Unlinked(slot)
            }
        }
    }

    /// Completes the state after a fault in generated code.
    ///
    /// # Safety
    /// As for [`CodeSpace::enter`].
    unsafe fn faulted(&self, state: *mut CpuState) -> JitExit {
        // SAFETY: the caller's promise; generated code is not running.
        let state = unsafe { &mut *state };
        let host_pc = state.fault_host_pc.load(Ordering::Relaxed) as usize;
        let Some(FaultSite {
            block,
            insn,
            kind,
            owed,
        }) = self.fault_site(host_pc)
        else {
            // Not an instruction of ours that may fault: nothing is known of the guest.
            std::process::abort();
        };
        if let Some(op) = faulting_op(&block.ir, insn)
            && kind != FaultKind::HostFault
        {
            let base =
                op.a.as_slot()
                    .map_or(0, |slot| state.file[usize::from(slot)]);
            state
                .fault_address
                .store(base.wrapping_add(op.imm as u64), Ordering::Relaxed);
        }
        let signal = match kind {
            FaultKind::HostFault => None,
            FaultKind::WildAddress => Some((libc::SIGSEGV, 1)),
            FaultKind::Misaligned => Some((libc::SIGBUS, 1)),
        };
        if let Some((signal, code)) = signal {
            state
                .fault_signal
                .store((signal as u32) << 16 | code, Ordering::Relaxed);
        }
        state.pc = block.ir.insns[usize::from(insn)].pc;
        let uncompleted = block
            .ir
            .uncompleted_adds(insn)
            .map(|(offset, value)| (offset, value.wrapping_neg()));
        for (offset, value) in owed.into_iter().chain(uncompleted) {
            // SAFETY: the offset is that of a word of the plugin area (the caller's promise).
            unsafe {
                let word = std::ptr::from_mut(state)
                    .cast::<u8>()
                    .add(offset as usize)
                    .cast::<u64>();
                *word = (*word).wrapping_add(value);
            }
        }
        JitExit::Fault { insn, block }
    }

    /// Makes an exit go to `entry`: one atomic store.
    pub fn link(&self, slot: SlotId, entry: EntryPoint) {
        self.lock().slots.link(slot, entry.address() as u64);
    }

    /// Makes every exit come back. (The caller empties the jump caches, too.)
    pub fn unlink_all(&self) {
        self.lock().slots.unlink_all();
    }

    /// Whether something did not fit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.lock().full
    }

    /// Frees all code. The caller guarantees that no vCPU is inside or will enter what was
    /// published before.
    pub fn reset(&self) -> Result<(), JitError> {
        let mut inner = self.lock();
        inner.regions.clear();
        inner.slots.reset();
        inner.full = false;
        Ok(inner.arena.reset()?)
    }

    /// The addresses that generated code can have.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Whether `host_pc` is in generated code.
    #[must_use]
    pub fn contains(&self, host_pc: usize) -> bool {
        self.range.contains(&host_pc)
    }

    /// The guest instruction that the host instruction at `host_pc` belongs to, if it is one
    /// that may fault.
    #[must_use]
    pub fn fault_site(&self, host_pc: usize) -> Option<FaultSite> {
        let inner = self.lock();
        let (&start, (end, table)) = inner.regions.range(..=host_pc).next_back()?;
        if host_pc >= *end {
            None
        } else {
            table.site((host_pc - start) as u32)
        }
    }

    /// Where a signal handler continues that interrupted generated code by a fault.
    #[must_use]
    pub fn fault_landing(&self) -> usize {
        enter::fault_landing()
    }

    /// The generated code from `entry` on, for display; empty if there is none.
    #[must_use]
    pub fn code(&self, entry: EntryPoint) -> Vec<u8> {
        let inner = self.lock();
        let Some(&(end, _)) = inner.regions.get(&entry.address()) else {
            return Vec::new();
        };
        // SAFETY: the range is that of a region, which is readable and immutable.
        unsafe { std::slice::from_raw_parts(entry.address() as *const u8, end - entry.address()) }
            .to_vec()
    }

    /// To be held while the process forks, so that the child gets a consistent copy.
    #[must_use]
    pub fn fork_guard(&self) -> ForkGuard<'_> {
        ForkGuard(self.lock())
    }

    /// In a forked child, before anything is compiled or entered. Code that exists stays.
    pub fn after_fork_child(&self) {
        let mut inner = self.lock();
        // Without a new file nothing may be written, since the parent would see it.
        if inner.arena.detach().is_err() {
            inner.full = true;
        }
    }
}

fn exit_kind(code: u8) -> ExitKind {
    [
        ExitKind::Syscall,
        ExitKind::Breakpoint,
        ExitKind::Illegal,
        ExitKind::FenceI,
        ExitKind::ModeChange,
        ExitKind::FetchFault,
    ]
    .into_iter()
    .find(|&kind| kind as u8 == code)
    .unwrap_or(ExitKind::Illegal)
}

/// The operation of an instruction that may fault.
fn faulting_op(block: &crate::ir::Block, insn: u16) -> Option<&Op> {
    let insn = usize::from(insn);
    let start = block.insns.get(insn)?.first_op as usize;
    let end = block
        .insns
        .get(insn + 1)
        .map_or(block.ops.len(), |next| next.first_op as usize);
    block
        .ops
        .get(start..end)?
        .iter()
        .find(|op| op.code.effects().may_fault && op.code != Opcode::Helper)
}

/// What [`Compiler::compile_to_text`] shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Cranelift's IR as it was made.
    Clif,
    /// Cranelift's IR, optimised.
    OptimizedClif,
    /// Host code, as Cranelift's assembly with allocated registers.
    Host,
}

/// Compiles regions; one per thread that does. Reuses its memory from one to the next.
pub struct Compiler {
    guest: &'static dyn Guest,
    isa: OwnedTargetIsa,
    context: Context,
    frontend: FunctionBuilderContext,
    control: ControlPlane,
    has_fma: bool,
    /// Words of the plugin area that blocks of the guest add to.
    words: BTreeSet<u32>,
}

impl std::fmt::Debug for Compiler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Compiler")
            .field("guest", &self.guest.name())
            .finish_non_exhaustive()
    }
}

/// The host features that Cranelift can make use of, by the names of its settings.
fn host_features() -> Vec<&'static str> {
    macro_rules! detect {
        ($($setting:literal $feature:tt)*) => {{
            let mut found = Vec::new();
            $(if std::is_x86_feature_detected!($feature) { found.push($setting); })*
            found
        }};
    }
    detect! {
        "has_sse3" "sse3"
        "has_ssse3" "ssse3"
        "has_sse41" "sse4.1"
        "has_sse42" "sse4.2"
        "has_avx" "avx"
        "has_avx2" "avx2"
        "has_fma" "fma"
        "has_popcnt" "popcnt"
        "has_bmi1" "bmi1"
        "has_bmi2" "bmi2"
        "has_lzcnt" "lzcnt"
        "has_cmpxchg16b" "cmpxchg16b"
    }
}

fn host_isa(features: &[&str]) -> Result<OwnedTargetIsa, JitError> {
    let host = |error: &dyn std::fmt::Display| JitError::Host(error.to_string());
    let mut flags = settings::builder();
    for (name, value) in [
        ("opt_level", "speed"),
        ("enable_pinned_reg", "true"),
        // Tail calls need them.
        ("preserve_frame_pointers", "true"),
        // `compile` verifies by itself where that is wanted.
        ("enable_verifier", "false"),
        ("unwind_info", "false"),
        ("enable_probestack", "false"),
    ] {
        flags.set(name, value).map_err(|error| host(&error))?;
    }
    let mut builder =
        isa::lookup_by_name("x86_64-unknown-linux-gnu").map_err(|error| host(&error))?;
    for feature in features {
        builder.enable(feature).map_err(|error| host(&error))?;
    }
    builder
        .finish(settings::Flags::new(flags))
        .map_err(|error| host(&error))
}

/// Exit slots of the code space that a region is compiled for.
struct Slots<'a> {
    space: Option<&'a CodeSpace>,
}

impl lower::ExitSlots for Slots<'_> {
    fn exit_slot(&mut self, target: u64) -> Result<u64, JitError> {
        let Some(space) = self.space else {
            return Ok(0);
        };
        let mut inner = space.lock();
        match inner.slots.allocate(target) {
            Some(slot) => Ok(inner.slots.address(slot)),
            None => {
                inner.full = true;
                Err(JitError::Full)
            }
        }
    }
}

impl Compiler {
    /// A compiler for blocks of `guest`.
    pub fn new(guest: &'static dyn Guest) -> Result<Compiler, JitError> {
        let features = host_features();
        Ok(Compiler {
            guest,
            isa: host_isa(&features)?,
            context: Context::new(),
            frontend: FunctionBuilderContext::new(),
            control: ControlPlane::default(),
            has_fma: features.contains(&"has_fma"),
            words: BTreeSet::new(),
        })
    }

    /// Compiles the region of `head` into `space`.
    pub fn compile(
        &mut self,
        space: &CodeSpace,
        source: &dyn BlockSource,
        head: &Arc<TranslationBlock>,
        options: &Options,
    ) -> Result<Published, JitError> {
        if space.lock().full {
            return Err(JitError::Full);
        }
        space.set_fp_slots(self.guest);
        let region = Region::build(source, head, options);
        let blocks = region.blocks();
        let counters = Counters::place(&region, &mut self.words);
        let slots = &mut Slots { space: Some(space) };
        let sites = self.lower(&region, &counters, options, slots)?;
        let compiled = self
            .context
            .compile(&*self.isa, &mut self.control)
            .map_err(|error| Box::new(error.inner))?;
        if !compiled.buffer.relocs().is_empty() {
            return Err(JitError::Inconsistent("generated code needs relocation"));
        }
        let code = compiled.code_buffer();
        let faults = |(index, node): (usize, &Node)| NodeFaults {
            block: node.block.clone(),
            owed: counters.owed(index),
        };
        let nodes = region.nodes.iter().enumerate().map(faults).collect();
        let table = FaultTable::new(compiled, sites, nodes);
        let host_bytes = size_of_val(code);
        let mut inner = space.lock();
        let Some(entry) = inner.arena.allocate(code) else {
            inner.full = true;
            return Err(JitError::Full);
        };
        inner.regions.insert(entry, (entry + host_bytes, table));
        drop(inner);
        Ok(Published {
            entry: EntryPoint::from_address(entry)
                .ok_or(JitError::Inconsistent("code at address 0"))?,
            head_pc: head.ir.pc,
            mode: head.ir.mode,
            guest_insns: region.insns,
            host_bytes,
            blocks,
        })
    }

    /// Shows what [`Compiler::compile`] makes of the region of `head`; nothing is published.
    pub fn compile_to_text(
        &mut self,
        source: &dyn BlockSource,
        head: &Arc<TranslationBlock>,
        options: &Options,
        stage: Stage,
    ) -> Result<String, JitError> {
        let region = Region::build(source, head, options);
        let counters = Counters::place(&region, &mut self.words);
        self.lower(&region, &counters, options, &mut Slots { space: None })?;
        if stage == Stage::OptimizedClif {
            self.context
                .optimize(&*self.isa, &mut self.control)
                .map_err(Box::new)?;
        }
        if stage != Stage::Host {
            return Ok(self.context.func.display().to_string());
        }
        self.context.set_disasm(true);
        let compiled = self.context.compile(&*self.isa, &mut self.control);
        let text = compiled.map(|code| code.vcode.clone().unwrap_or_default());
        let text = text.map_err(|error| Box::new(error.inner));
        self.context.set_disasm(false);
        Ok(text?)
    }

    /// Cranelift IR of a region into `self.context`.
    fn lower(
        &mut self,
        region: &Region,
        counters: &Counters,
        options: &Options,
        slots: &mut dyn lower::ExitSlots,
    ) -> Result<Box<[(u16, u16)]>, JitError> {
        let cells = flow::Cells::new(self.guest, region, counters);
        let rules = flow::Rules {
            cells: &cells,
            guest: self.guest,
            precise_faults: options.precise_faults,
        };
        let flows = flow::analyse(&rules, region);
        let ranges = range::analyse(&rules, region);
        self.context.clear();
        self.context.func.name = UserFuncName::user(0, head_name(region));
        let input = lower::Input {
            region,
            rules,
            flows: &flows,
            ranges: &ranges,
            counters,
            has_fma: self.has_fma,
            shared_memory: options.shared_memory,
        };
        let frontend_config = self.isa.frontend_config();
        let sites = lower::lower(
            input,
            &mut self.context.func,
            &mut self.frontend,
            slots,
            frontend_config,
        )?;
        let state_flags = lower::state_flags(&mut self.context.func);
        fp_guard::run(&mut self.context, &*self.isa, state_flags).map_err(Box::new)?;
        if cfg!(debug_assertions) {
            self.context
                .verify(&*self.isa)
                .map_err(|errors| Box::new(CodegenError::Verifier(errors)))?;
        }
        without_callee_saves(&mut self.context.func);
        Ok(sites)
    }
}

fn head_name(region: &Region) -> u32 {
    region.nodes[0].block.ir.pc as u32
}

/// Changes the calling convention of regions from `Tail`, which the verifier wants for tail calls,
/// to one that is compiled alike but preserves no register: nothing ever returns to a region.
fn without_callee_saves(function: &mut Function) {
    function.signature.call_conv = CallConv::Winch;
    for signature in function.dfg.signatures.values_mut() {
        if signature.call_conv == CallConv::Tail {
            signature.call_conv = CallConv::Winch;
        }
    }
}
