//! Tiering: what is interpreted gets baseline code, what is hot becomes a region, on a thread of its
//! own or at once.
//!
//! Of the blocks that have waited longest, the hottest is compiled first. The thread starts with the first hot block
//! and ends with the engine.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;

use emu_tcg::backend::baseline;
use emu_tcg::backend::code_space::JitError;
use emu_tcg::backend::cranelift::{Compiler, Options};
use emu_tcg::state::SLOT_CAPACITY;

use super::cache::{Heat, Translation};
use super::expanded::Expanded;
use super::statistics::{Stage, Yield};
use super::{COVERED_FACTOR, Engine};
use crate::signal_mask::Blocked;

/// Executions beyond which a block's counts are halved, long before they overflow.
const MANY_EXECUTIONS: u32 = 1 << 30;

/// How many of the waiting blocks are looked at for the hottest.
const CANDIDATES: usize = 64;

/// The queue of hot blocks.
#[derive(Default)]
pub struct Tier {
    queue: Mutex<Queue>,
    wake: Condvar,
}

/// A hot block, to become the head of a region.
#[derive(Clone)]
struct Job {
    head: Arc<Translation>,
    /// It was part of a region already and so hot that it gets one of its own all the same.
    was_covered: bool,
    /// What the registers held when it became that.
    seen: [u64; SLOT_CAPACITY],
}

/// The queue's content, under its lock.
#[derive(Default)]
pub struct Queue {
    waiting: VecDeque<Job>,
    /// What the compiling thread has in hand.
    current: Option<Job>,
    worker: bool,
    /// The compiling thread waits for work: only then is waking it worth a system call.
    idle: bool,
    /// The compiler of synchronous compilation, made at first use.
    compiler: Option<Compiler>,
}

impl Tier {
    /// Locks the queue, for a fork.
    pub fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The compiling thread was not copied into this forked child.
    pub fn after_fork_child(&self) {
        let mut queue = self.lock();
        queue.worker = false;
        queue.idle = false;
        queue.compiler = None;
        let lost = queue.current.take();
        queue.waiting.extend(lost);
    }
}

impl Engine {
    /// A block has reached its limit of executions. Afterwards it has another limit, or a region.
    pub(super) fn limit_reached(
        self: &Arc<Self>,
        compiler: &mut baseline::Compiler,
        expanded: &mut Expanded,
        translation: &Arc<Translation>,
        seen: &[u64; SLOT_CAPACITY],
    ) {
        let profile = &translation.block.profile;
        let hot = self.config.jit_threshold;
        let executions = profile.executions();
        if translation.region().is_some() {
            return;
        }
        if executions < hot {
            if self.compile_baseline(compiler, expanded, translation) {
                profile.set_limit(hot);
            }
        } else if translation.is_covered() && executions < hot.saturating_mul(COVERED_FACTOR) {
            profile.set_limit(hot.saturating_mul(COVERED_FACTOR));
        } else {
            // To come back here even if no region follows, or baseline code does not hear of it: it counts
            // without locks, so what `Profile::expire` does may get lost.
            profile.age(MANY_EXECUTIONS);
            profile.set_limit(profile.executions().saturating_add(hot));
            self.promote(translation, seen);
        }
    }

    /// Gives a block baseline code; `false` if it is to be tried again.
    fn compile_baseline(
        &self,
        compiler: &mut baseline::Compiler,
        expanded: &mut Expanded,
        translation: &Translation,
    ) -> bool {
        let Some(space) = &self.space else {
            return true;
        };
        let epoch = self.epoch.load(Ordering::Acquire);
        let precise_faults = self.precise_faults.load(Ordering::Acquire);
        // Without, the block stays interpreted.
        let block = &translation.block;
        let code = Stage::record(
            self.statistics.as_ref().map(|all| &all.baseline),
            || compiler.compile(space, block, expanded.get(block), precise_faults),
            |code| {
                code.as_ref().ok().map(|&entry| Yield {
                    guest_insns: block.insns(),
                    host_bytes: space.size(entry),
                })
            },
        );
        match code {
            // Whoever drops all code counts the epoch before.
            Ok(code) => {
                let usable = || self.epoch.load(Ordering::Acquire) == epoch;
                self.cache.set_baseline(translation, code, usable);
                true
            }
            Err(JitError::Full) => {
                self.make_room();
                false
            }
            Err(_) => true,
        }
    }

    /// A block has become hot.
    fn promote(self: &Arc<Self>, translation: &Arc<Translation>, seen: &[u64; SLOT_CAPACITY]) {
        if self.space.is_none() || !translation.try_queue() {
            return;
        }
        let job = Job {
            head: translation.clone(),
            was_covered: translation.is_covered(),
            seen: *seen,
        };
        let mut queue = self.tier.lock();
        if !self.config.jit_background {
            let compiler = match queue.compiler.take() {
                Some(compiler) => Ok(compiler),
                None => Compiler::new(self.guest),
            };
            drop(queue);
            if let Ok(mut compiler) = compiler {
                self.compile(&mut compiler, &job);
                self.tier.lock().compiler = Some(compiler);
            }
            return;
        }
        queue.waiting.push_back(job);
        if queue.worker {
            if queue.idle {
                self.tier.wake.notify_one();
            }
            return;
        }
        let engine = Arc::downgrade(self);
        let _blocked = Blocked::all();
        // Without a thread the guest still runs, interpreted.
        queue.worker = thread::Builder::new()
            .name("emu-jit".to_owned())
            .spawn(move || work(&engine))
            .is_ok();
    }

    /// Compiles the region of a block and publishes it.
    fn compile(&self, compiler: &mut Compiler, job: &Job) {
        let Job {
            head, was_covered, ..
        } = job;
        let Some(space) = &self.space else { return };
        let executions = head.block.profile.executions();
        if executions < self.config.jit_threshold {
            // All code has been dropped while it waited, and counting has started again.
            head.set_heat(Heat::Cold);
            return;
        }
        if head.is_covered() && !was_covered {
            // Another region took it in while it waited. How often it has run until then says nothing of
            // how often it will outside of that region.
            let enough = self.config.jit_threshold.saturating_mul(COVERED_FACTOR);
            head.set_heat(Heat::Cold);
            head.block
                .profile
                .set_limit(executions.saturating_add(enough));
            return;
        }
        let epoch = self.epoch.load(Ordering::Acquire);
        let options = Options {
            precise_faults: self.precise_faults.load(Ordering::Acquire),
            shared_memory: self.shared_memory.load(Ordering::Acquire),
            base_is_limit: self.base_is_limit.load(Ordering::Acquire),
            seen: Some(job.seen),
            ..Options::default()
        };
        let compiled = Stage::record(
            self.statistics.as_ref().map(|all| &all.regions),
            || compiler.compile(space, &self.cache, &head.block, &options),
            |compiled| {
                compiled.as_ref().ok().map(|region| Yield {
                    guest_insns: region.guest_insns,
                    host_bytes: region.host_bytes,
                })
            },
        );
        match compiled {
            Ok(published) => {
                let usable = || self.epoch.load(Ordering::Acquire) == epoch;
                let link = |slot, entry| space.link(slot, entry);
                if !self.cache.publish(head, published, usable, link) {
                    head.set_heat(Heat::Cold);
                    head.block.profile.expire();
                }
            }
            Err(JitError::Full) => {
                self.make_room();
                head.set_heat(Heat::Cold);
            }
            Err(_) => head.set_heat(Heat::Refused),
        }
    }
}

/// The compiling thread.
fn work(engine: &Weak<Engine>) {
    let Some(guest) = engine.upgrade().map(|engine| engine.guest) else {
        return;
    };
    let Ok(mut compiler) = Compiler::new(guest) else {
        return;
    };
    loop {
        let Some(engine) = engine.upgrade() else {
            return;
        };
        let job = {
            let mut queue = engine.tier.lock();
            loop {
                let heat = |job: &Job| job.head.block.profile.executions();
                let candidates = queue.waiting.len().min(CANDIDATES);
                let hottest = (0..candidates).max_by_key(|&i| heat(&queue.waiting[i]));
                if let Some(job) = hottest.and_then(|i| queue.waiting.swap_remove_front(i)) {
                    queue.current = Some(job.clone());
                    break job;
                }
                queue.idle = true;
                queue = engine
                    .tier
                    .wake
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
                queue.idle = false;
            }
        };
        // A bug of the compiler's is told by the panic's message and costs the guest speed, not its run.
        let attempt = AssertUnwindSafe(|| engine.compile(&mut compiler, &job));
        if catch_unwind(attempt).is_err() {
            job.head.set_heat(Heat::Refused);
            let Ok(another) = Compiler::new(guest) else {
                return;
            };
            compiler = another;
        }
        engine.tier.lock().current = None;
    }
}
