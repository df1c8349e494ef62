//! Regions of hot blocks compiled to host code by Cranelift.
//!
//! | stage | module |
//! |---|---|
//! | choose the blocks of a region | `region` |
//! | where plugin words are added to | `counters` |
//! | in which registers a fault finds them | `held` |
//! | which guest state is in registers where | `flow` |
//! | in which form floats are there | `forms` |
//! | whose exception flags MXCSR holds where | `flags_owner` |
//! | which addresses need no check | `range` |
//! | which values are counted or moved bits | `bits` |
//! | what registers are taken to hold | `assumed` |
//! | Cranelift IR | `lower` |
//! | floating-point flags kept exact | `fp_guard` |
//! | which guest instruction a host instruction belongs to | `sites` |
//! | copies of plugins' functions, behind the code that runs them | `copies` |
//!
//! A [`Compiler`] belongs to one thread; the [`CodeSpace`] that it publishes into is shared by
//! all vCPUs. Not here: which block is hot, when to compile, what an exit means.

mod assumed;
mod bits;
mod copies;
mod counters;
mod flags_owner;
mod flow;
mod forms;
mod fp_guard;
mod held;
mod leaves;
mod lower;
mod quiet;
mod range;
mod region;
mod sites;

use std::sync::Arc;

use cranelift_codegen::control::ControlPlane;
use cranelift_codegen::ir::{Function, UserFuncName};
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_codegen::{CodegenError, Context, isa};
use cranelift_frontend::FunctionBuilderContext;
use rustc_hash::FxHashMap;

use super::TranslationBlock;
use super::code_space::fault::{FaultTable, Unit};
use super::code_space::{Code, CodeSpace, JitError, Published};
use crate::guest::Guest;
use crate::ir::{Block, Op, Opcode};
use crate::state::SLOT_CAPACITY;
use assumed::Assumed;
use counters::Counters;
use leaves::Leaves;
use region::{Region, SourceBlock};

/// Where regions get their blocks from: those that have been executed.
pub trait BlockSource {
    /// The block at `pc`, if there is one.
    fn block(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>>;

    /// Whether regions stop before `pc`, since another one starts there or many have it: less is compiled
    /// twice, for a little speed. See [`Options::max_overlap_insns`].
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
    /// [`CpuState::memory_base`](crate::state::CpuState::memory_base) is
    /// [`NEAR_LIMIT`](crate::memory::NEAR_LIMIT): one register holds both.
    pub base_is_limit: bool,
    /// Size limit of a region.
    pub max_region_insns: usize,
    /// A region that has this many instructions stops where another one starts
    /// ([`BlockSource::stops_region`]). A smaller one goes on, since loops in loops, compiled from
    /// the inside out, are slow when the outer ones have to leave for the inner.
    pub max_overlap_insns: usize,
    /// What the slots held when the region was asked for. Code may be better for these values, and is right for all.
    pub seen: Option<[u64; SLOT_CAPACITY]>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            precise_faults: false,
            shared_memory: true,
            base_is_limit: false,
            max_region_insns: 2000,
            max_overlap_insns: 300,
            seen: None,
        }
    }
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
    has_sse41: bool,
    has_popcnt: bool,
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
    known: FxHashMap<u64, u64>,
}

impl<'a> Slots<'a> {
    fn of(space: Option<&'a CodeSpace>) -> Slots<'a> {
        Slots {
            space,
            known: FxHashMap::default(),
        }
    }
}

impl lower::ExitSlots for Slots<'_> {
    fn exit_slot(&mut self, target: u64) -> Result<u64, JitError> {
        let Some(space) = self.space else {
            return Ok(0);
        };
        if let Some(&slot) = self.known.get(&target) {
            return Ok(slot);
        }
        let slot = space.exit_slot(target)?;
        self.known.insert(target, slot);
        Ok(slot)
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
            has_sse41: features.contains(&"has_sse41"),
            has_popcnt: features.contains(&"has_popcnt"),
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
        let session = space.session()?;
        let region = Region::build(source, head, options);
        let blocks = region.blocks();
        let leaves = Leaves::find(&region);
        let slots = &mut Slots::of(Some(space));
        let mut excluded = Vec::new();
        let (mut code, table) = loop {
            let counters = Counters::place(&region, &excluded);
            match self.code(&region, &counters, &leaves, options, slots)? {
                Ok(made) => break made,
                Err(lost) if excluded.is_empty() => excluded = lost,
                Err(_) => excluded.extend(counters.groups().iter().map(|group| group.offset)),
            }
        };
        let host_bytes = code.len();
        let code = Code {
            cold: host_bytes,
            bytes: &mut code,
            crossings: &[],
        };
        Ok(Published {
            entry: space.publish(self.guest, session, code, &[], table)?,
            head_pc: head.pc,
            mode: head.mode,
            guest_insns: region.insns,
            host_bytes,
            blocks,
        })
    }

    /// Makes the code of a region, with its fault table. Fails with the offsets of those groups of counters that some fault
    /// would not find anywhere.
    fn code(
        &mut self,
        region: &Region,
        counters: &Counters,
        leaves: &Leaves,
        options: &Options,
        slots: &mut dyn lower::ExitSlots,
    ) -> Result<Result<(Vec<u8>, FaultTable), held::Lost>, JitError> {
        let (lowered, touches) = self.lower(region, counters, leaves, options, slots)?;
        self.context
            .compile(&*self.isa, &mut self.control)
            .map_err(|error| Box::new(error.inner))?;
        let compiled = self.context.compiled_code();
        let compiled = compiled.ok_or(JitError::Inconsistent("no code"))?;
        let names = &self.context.func.params;
        let code = copies::append(compiled, names, &lowered.copies)?;
        let sources: Vec<(usize, &Arc<SourceBlock>)> = region.units().collect();
        let unit = |(index, &(node, source)): (usize, &(usize, &Arc<SourceBlock>))| Unit {
            block: source.origin.clone(),
            owed: match index == node {
                true => counters.owed(node),
                false => counters.owed_in_way(node, &source.ir),
            },
            // In a way, words are additions at blocks' starts alone.
            lags: match index == node {
                true => touches[node].lags.as_slice().into(),
                false => Box::default(),
            },
        };
        let units: Vec<Unit> = sources.iter().enumerate().map(unit).collect();
        let accesses = |unit: u16, insn: u16| {
            let block = &sources[usize::from(unit)].1.ir;
            let insn = usize::from(insn);
            let start = block.insns[insn].first_op as usize;
            let end = block.insns.get(insn + 1);
            let end = end.map_or(block.ops.len(), |next| next.first_op as usize);
            let in_way = usize::from(unit) >= region.nodes.len();
            let accesses = |op: &Op| match op.code {
                // Beside what has been accessed, and elsewhere.
                Opcode::Load if in_way => 2,
                // Without other threads, a load and a store.
                Opcode::AtomicRmw | Opcode::StoreConditional => 2,
                code => usize::from(code.effects().may_fault),
            };
            block.ops[start..end].iter().map(accesses).sum()
        };
        let rows = sites::rows(compiled, &lowered.sites, accesses);
        let mut rows = rows.ok_or(JitError::Inconsistent("whose access an instruction is"))?;
        let node_of = |unit: u16| sources[usize::from(unit)].0;
        let held = held::locate(compiled, &mut rows, &lowered.held, counters, node_of);
        Ok(held.map(|held| (code, FaultTable::new(rows, units, held))))
    }

    /// Shows what [`Compiler::compile`] makes of the region of `head` first; nothing is published.
    pub fn compile_to_text(
        &mut self,
        source: &dyn BlockSource,
        head: &Arc<TranslationBlock>,
        options: &Options,
        stage: Stage,
    ) -> Result<String, JitError> {
        let region = Region::build(source, head, options);
        let counters = Counters::place(&region, &[]);
        let leaves = Leaves::find(&region);
        let slots = &mut Slots::of(None);
        self.lower(&region, &counters, &leaves, options, slots)?;
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
        leaves: &Leaves,
        options: &Options,
        slots: &mut dyn lower::ExitSlots,
    ) -> Result<(lower::Lowered, Vec<flow::Touches>), JitError> {
        let cells = flow::Cells::new(self.guest, region, counters, leaves);
        let rules = flow::Rules {
            cells: &cells,
            leaves,
            guest: self.guest,
            precise_faults: options.precise_faults,
        };
        let touches = flow::touches(&rules, region);
        let flows = flow::analyse(&rules, region, &touches);
        let forms = forms::analyse(&rules, region, self.has_fma);
        let ranges = range::analyse(&rules, region);
        let owners = flags_owner::analyse(region, leaves);
        let assumed = Assumed::new(&rules, region, &touches, options);
        self.context.clear();
        self.context.func.name = UserFuncName::user(0, head_name(region));
        let input = lower::Input {
            region,
            rules,
            touches: &touches,
            flows: &flows,
            forms: &forms,
            ranges: &ranges,
            owners: &owners,
            assumed: &assumed,
            counters,
            has_fma: self.has_fma,
            has_sse41: self.has_sse41,
            has_popcnt: self.has_popcnt,
            shared_memory: options.shared_memory,
            base_is_limit: options.base_is_limit,
        };
        let frontend_config = self.isa.frontend_config();
        let lowered = lower::lower(
            input,
            &mut self.context.func,
            &mut self.frontend,
            slots,
            frontend_config,
        )
        .inspect_err(|_| {
            // It holds what there was of the function.
            self.frontend = FunctionBuilderContext::new();
        })?;
        let state_flags = lower::state_flags(&mut self.context.func);
        let writes_flags = region.nodes.iter().any(|node| writes_flags(&node.block.ir));
        fp_guard::run(&mut self.context, &*self.isa, state_flags, writes_flags)
            .map_err(Box::new)?;
        if cfg!(debug_assertions) {
            self.context
                .verify(&*self.isa)
                .map_err(|errors| Box::new(CodegenError::Verifier(errors)))?;
        }
        without_callee_saves(&mut self.context.func);
        Ok((lowered, touches))
    }
}

/// Whether a block writes the guest's floating-point flags other than by raising them.
fn writes_flags(block: &Block) -> bool {
    let mut ops = block.ops.iter().enumerate();
    ops.any(|(index, op)| op.code == Opcode::FlagsSet && !quiet::is_restore(block, index))
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
