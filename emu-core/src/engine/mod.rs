//! The execution engine: finds or makes translations and runs them.
//!
//! | part | module |
//! |---|---|
//! | translations by guest address, and which generated code covers them | [`cache`] |
//! | which of them have left | [`departures`] |
//! | hot blocks to generated code, in the background or at once | [`tier`] |
//! | one guest CPU and its loop | [`vcpu`] |
//! | the IR that a vCPU has in hand | [`expanded`] |
//! | what translation has cost | [`statistics`] |
//! | what is asked of whoever instruments the guest | [`instrument`] |
//!
//! The engine knows no Linux and no plugin: system calls and faults go to the
//! [`Environment`](crate::environment::Environment), instrumentation comes from an
//! [`Instrumentation`].
//!
//! Invariants:
//! - Generated code that covers a block is unlinked before the block leaves the cache, so
//!   no vCPU enters code for bytes that are gone.
//! - The code space is reset only after everything in it has been dropped and each vCPU has been
//!   outside of generated code since; until then nothing is added to it.
//! - Lock order: drops of all code, cache, the compile queue, the running vCPUs, the code space.

pub mod cache;
pub mod departures;
pub mod expanded;
pub mod instrument;
mod look_ups;
pub mod statistics;
pub mod tier;
pub mod vcpu;

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use emu_tcg::backend::TranslationBlock;
use emu_tcg::backend::code_space::{CodeSpace, JitError};
use emu_tcg::guest::{Fetch, Guest};
use emu_tcg::ir::{Block, verify};
use emu_tcg::state::CpuState;

use cache::{BlockCache, Key, Translation};
use expanded::Expanded;
use instrument::Instrumentation;
use statistics::{Stage, Statistics, Yield};
use tier::Tier;

/// Longest block, in guest instructions.
pub const MAX_BLOCK_INSNS: usize = 64;

/// How many times hotter than others a block must be for a region of its own if another region
/// includes it already. Without this, the regions of code that jumps indirectly between many
/// small blocks would each hold most of it.
const COVERED_FACTOR: u32 = 16;

/// Which back end runs the guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Backend {
    /// The IR interpreter only.
    Interp,
    /// The interpreter for cold code, generated code for hot regions.
    #[default]
    Jit,
}

/// How the engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineConfig {
    /// The back end.
    pub backend: Backend,
    /// Executions after which a block gets baseline code; if this is not less than `jit_threshold`,
    /// none does.
    pub baseline_threshold: u32,
    /// Executions after which a block is hot: worth a region.
    pub jit_threshold: u32,
    /// Compile on a thread of its own while the interpreter goes on; otherwise at once, on
    /// the vCPU's thread.
    pub jit_background: bool,
    /// Bytes of host code; once they are used up, all of it is dropped and made anew as needed.
    pub code_capacity: usize,
}

/// Whether a compiling thread need not take time from the guest. A region is worth its compile time
/// after some ten thousand executions more; on a core of its own that time costs nobody.
fn has_core_to_spare() -> bool {
    thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
}

impl Default for EngineConfig {
    fn default() -> Self {
        EngineConfig {
            backend: Backend::default(),
            baseline_threshold: 4,
            jit_threshold: if has_core_to_spare() { 8_000 } else { 30_000 },
            jit_background: true,
            code_capacity: 256 << 20,
        }
    }
}

/// The engine of one guest: shared by its vCPUs and the compiling thread.
pub struct Engine {
    guest: &'static dyn Guest,
    config: EngineConfig,
    cache: BlockCache,
    space: Option<CodeSpace>,
    tier: Tier,
    instrumentation: Arc<dyn Instrumentation>,
    statistics: Option<Arc<Statistics>>,
    precise_faults: AtomicBool,
    shared_memory: AtomicBool,
    /// See [`Options::base_is_limit`](emu_tcg::backend::cranelift::Options::base_is_limit).
    base_is_limit: AtomicBool,
    /// Counts what makes code compiled so far unusable; a result of an older epoch is dropped.
    epoch: AtomicU64,
    /// Number of the next vCPU that a guest starts itself; the first vCPU is 0.
    next_cpu: AtomicU32,
    /// All running vCPUs.
    cpus: Mutex<Vec<RunningCpu>>,
    /// Held while all code is dropped.
    drops: Mutex<()>,
    /// The code space is to be reset, which needs all vCPUs to be outside of it.
    reset_pending: AtomicBool,
}

/// What others need to know of a vCPU while it runs.
struct RunningCpu {
    /// Address of its exit request.
    exit_request: usize,
    /// How often it has entered and left generated code: odd while it is inside, or about to be.
    visits: Arc<AtomicU64>,
}

impl Engine {
    /// Creates an engine.
    ///
    /// # Errors
    ///
    /// When host memory for generated code cannot be had.
    pub fn new(
        guest: &'static dyn Guest,
        config: EngineConfig,
        instrumentation: Arc<dyn Instrumentation>,
    ) -> Result<Arc<Engine>, JitError> {
        let space = match config.backend {
            Backend::Interp => None,
            Backend::Jit => Some(CodeSpace::new(config.code_capacity)?),
        };
        Ok(Arc::new(Engine {
            guest,
            config,
            cache: BlockCache::default(),
            space,
            tier: Tier::default(),
            statistics: instrumentation.statistics(),
            instrumentation,
            precise_faults: AtomicBool::new(false),
            shared_memory: AtomicBool::new(false),
            base_is_limit: AtomicBool::new(false),
            epoch: AtomicU64::new(0),
            next_cpu: AtomicU32::new(1),
            cpus: Mutex::default(),
            drops: Mutex::default(),
            reset_pending: AtomicBool::new(false),
        }))
    }

    /// The guest ISA.
    #[must_use]
    pub fn guest(&self) -> &'static dyn Guest {
        self.guest
    }

    /// The generated code, unless the interpreter runs alone.
    #[must_use]
    pub fn code_space(&self) -> Option<&CodeSpace> {
        self.space.as_ref()
    }

    /// Who instruments the guest.
    #[must_use]
    pub fn instrumentation(&self) -> &Arc<dyn Instrumentation> {
        &self.instrumentation
    }

    /// Executions after which a new translation is looked at.
    fn first_limit(&self) -> u32 {
        match self.config.backend {
            Backend::Interp => u32::MAX,
            Backend::Jit => self
                .config
                .baseline_threshold
                .min(self.config.jit_threshold),
        }
    }

    /// The slots may call for another translation mode than the state's.
    fn update_mode(&self, state: &mut CpuState) {
        let mode = self.guest.mode(state);
        if mode != state.mode {
            state.mode = mode;
            state.mode_changes = state.mode_changes.saturating_add(1);
        }
    }

    /// Finds or makes the translation at `key`; `None` if its first instruction cannot be fetched. If it is
    /// made, its IR is left in `expanded`.
    fn translation(
        &self,
        fetch: &dyn Fetch,
        key: Key,
        expanded: &mut Expanded,
    ) -> Option<Arc<Translation>> {
        loop {
            expanded.forget();
            if let Some(found) = self.cache.get(key) {
                return Some(found);
            }
            let code_changes = self.cache.code_changes();
            let decode = self.statistics.as_ref().map(|all| &all.decode);
            let block = Stage::record(
                decode,
                || self.translate(fetch, key),
                |block| {
                    block.as_ref().map(|(block, _)| Yield {
                        guest_insns: block.insns(),
                        host_bytes: 0,
                    })
                },
            );
            let (block, ir) = block?;
            let made = Arc::new(Translation::new(block));
            if let Some(translation) = self.cache.insert(key, made.clone(), code_changes) {
                if Arc::ptr_eq(&translation, &made) {
                    expanded.set(&made.block, ir);
                }
                return Some(translation);
            }
        }
    }

    /// Translates the block at `key`; `None` if its first instruction cannot be fetched.
    fn translate(
        &self,
        fetch: &dyn Fetch,
        Key { pc, mode }: Key,
    ) -> Option<(Arc<TranslationBlock>, Block)> {
        let decoded = self.guest.decode_block(fetch, pc, mode, MAX_BLOCK_INSNS);
        if decoded.is_empty() {
            return None;
        }
        let probes = self.instrumentation.instrument(&decoded);
        let ir = self.guest.translate(&decoded, probes);
        debug_assert_eq!(verify::verify(&ir, self.guest), Ok(()));
        let mut code = Vec::with_capacity(decoded.len() as usize);
        for insn in &decoded.insns {
            code.extend_from_slice(&insn.bits.to_le_bytes()[..usize::from(insn.len)]);
        }
        let block = TranslationBlock::new(&ir, &code, self.first_limit());
        Some((Arc::new(block), ir))
    }

    /// Code in `range` may have changed or gone: translations whose bytes are not what
    /// `fetch` gives now are dropped, with the generated code that covers them. Whether there were any.
    pub fn revalidate(&self, fetch: &dyn Fetch, range: Range<u64>) -> bool {
        let unchanged = |block: &TranslationBlock| {
            let code = block.code();
            let mut now = vec![0; code.len()];
            let mut done = 0;
            // Executable permission ends at pages, so pieces of 2 bytes lie on one side.
            while done < now.len() {
                let piece = 2.min(now.len() - done);
                if !fetch.fetch(block.pc + done as u64, &mut now[done..done + piece]) {
                    return false;
                }
                done += piece;
            }
            now == code
        };
        let Some(dropped) = self.cache.retain(range, unchanged) else {
            return false;
        };
        self.interrupt_cpus();
        if let Some(space) = &self.space {
            space.unlink(&dropped.exits);
            if space.discard(&dropped.code) {
                space.close();
                self.make_room();
            }
        }
        true
    }

    /// Waits until every vCPU has left the generated code that it is in: from then on none runs what
    /// has been dropped, and what the caller tells them next they find with the new code. Called by a
    /// vCPU that is outside of generated code.
    pub fn synchronize(&self) {
        let visit = |cpu: &RunningCpu| {
            let visit = cpu.visits.load(Ordering::Acquire);
            (visit % 2 == 1).then(|| (cpu.visits.clone(), visit))
        };
        // Pairs with that of a vCPU that is about to enter.
        fence(Ordering::SeqCst);
        let inside: Vec<_> = self.cpus().iter().filter_map(visit).collect();
        for (visits, visit) in inside {
            while visits.load(Ordering::Acquire) == visit {
                // Again: it may have taken a request from before its visit for this one.
                self.interrupt_cpus();
                thread::yield_now();
            }
        }
    }

    /// From now on guest registers are exact in every fault: somebody can look at them.
    pub fn require_precise_faults(&self) {
        if !self.precise_faults.swap(true, Ordering::AcqRel) {
            self.drop_generated_code();
        }
    }

    /// From now on others, a second vCPU or another process, access guest memory, too: atomic
    /// operations must be atomic on the host.
    pub fn share_memory(&self) {
        if !self.shared_memory.swap(true, Ordering::AcqRel) {
            self.drop_generated_code();
        }
    }

    fn cpus(&self) -> MutexGuard<'_, Vec<RunningCpu>> {
        self.cpus.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes all vCPUs come back to their loops, where they drop what is stale.
    fn interrupt_cpus(&self) {
        for cpu in self.cpus().iter() {
            // SAFETY: a vCPU's state stays in place while its exit request is in the list.
            unsafe { &*(cpu.exit_request as *const AtomicU32) }.store(1, Ordering::Release);
        }
    }

    /// Drops all translations: their instrumentation has changed.
    pub fn drop_translations(&self) {
        self.cache.clear();
        self.drop_generated_code();
    }

    fn drop_generated_code(&self) {
        let drops = self.drops();
        // Nobody resets the space while code is dropped, nor is any added from here on to what will be
        // reset.
        let cpus = self.cpus();
        self.reset_pending.store(false, Ordering::Release);
        drop(cpus);
        let wants_reset = |space: &&CodeSpace| space.is_worth_a_reset() || space.is_full();
        let to_reset = self.space.as_ref().filter(wants_reset);
        if let Some(space) = to_reset {
            space.close();
        }
        self.epoch.fetch_add(1, Ordering::AcqRel);
        self.cache.drop_generated_code(self.first_limit());
        if let Some(space) = &self.space {
            space.unlink_all();
        }
        self.reset_pending
            .store(to_reset.is_some(), Ordering::Release);
        drop(drops);
        self.interrupt_cpus();
        self.try_reset();
    }

    fn drops(&self) -> MutexGuard<'_, ()> {
        self.drops.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The code space is full: all code is dropped, for what is still needed to be made anew.
    fn make_room(&self) {
        let is_full = self.space.as_ref().is_some_and(CodeSpace::is_full);
        if is_full && !self.reset_pending.load(Ordering::Acquire) {
            self.drop_generated_code();
        } else {
            self.try_reset();
        }
    }

    /// Resets the code space if that is wanted and no vCPU is inside. All code has been dropped before,
    /// so none that is outside can enter.
    fn try_reset(&self) {
        if !self.reset_pending.load(Ordering::Acquire) {
            return;
        }
        let Some(space) = &self.space else { return };
        let cpus = self.cpus();
        // Pairs with that of a vCPU that is about to enter: either it sees that code has left, or it
        // is seen here.
        fence(Ordering::SeqCst);
        let inside = |cpu: &RunningCpu| cpu.visits.load(Ordering::Acquire) % 2 == 1;
        if self.reset_pending.load(Ordering::Acquire) && !cpus.iter().any(inside) {
            // Without memory the space stays full.
            let _ = space.reset();
            self.reset_pending.store(false, Ordering::Release);
        }
    }

    /// Calls `fork` (which forks the host process) with the engine's locks held, so that
    /// the child's copy of the engine is whole; the child's engine starts a compiling
    /// thread of its own when it needs one.
    pub fn fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t {
        let drops = self.drops();
        let cache = self.cache.lock();
        let queue = self.tier.lock();
        let cpus = self.cpus();
        let space = self.space.as_ref().map(CodeSpace::fork_guard);
        let pid = self.instrumentation.fork(fork);
        drop(space);
        drop(cpus);
        drop(queue);
        drop(cache);
        drop(drops);
        if pid == 0 {
            self.tier.after_fork_child();
            if let Some(space) = &self.space {
                space.after_fork_child();
            }
        }
        pid
    }
}
