//! One guest CPU and its loop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::thread;

use emu_tcg::backend::code_space::{EntryPoint, JitExit, SlotId};
use emu_tcg::backend::{BlockExit, baseline, interp};
use emu_tcg::ir::ExitKind;
use emu_tcg::memory::NEAR_LIMIT;
use emu_tcg::state::{CpuBox, CpuState};

use crate::environment::{
    CpuContext, EngineControl, Environment, Exception, ExitStatus, Flow, SyscallRecord,
};
use crate::fault;

use super::cache::Key;
use super::expanded::Expanded;
use super::look_ups::{LookUp, LookUps};
use super::{Backend, Engine, RunningCpu};

/// A guest CPU. Runs on the thread that calls [`Vcpu::run`].
pub struct Vcpu {
    id: u32,
    state: CpuBox,
    engine: Arc<Engine>,
    look_ups: LookUps,
    baseline: baseline::Compiler,
    /// The cache's generation that `look_ups` and the state's jump cache belong to.
    generation: u64,
    /// The mode that the state's jump cache belongs to.
    jump_cache_mode: u32,
    /// See [`RunningCpu::visits`].
    visits: Arc<AtomicU64>,
    /// The block that is interpreted, if it is not kept in `look_ups`.
    expanded: Expanded,
}

/// What came back from running guest code for a while; exhaustive, every reason handled in
/// one place.
enum ExitReason {
    /// Nothing to do but to go on at `state.pc`.
    Continue,
    /// Generated code saw `exit_request`.
    Requested,
    /// A block ended for the loop.
    Block(ExitKind),
    /// A memory access failed; the state's fault fields say how.
    Fault,
}

impl Vcpu {
    /// Creates vCPU number `id` whose guest memory is at host address `memory_base`.
    #[must_use]
    pub fn new(engine: Arc<Engine>, id: u32, memory_base: u64) -> Vcpu {
        let mut state = CpuBox::new(engine.instrumentation.area_size());
        state.memory_base = memory_base;
        // All vCPUs of an engine have the same memory.
        let base_is_limit = memory_base == NEAR_LIMIT;
        engine.base_is_limit.store(base_is_limit, Ordering::Release);
        let special = engine.guest.special_slots();
        state.file[usize::from(special.reservation_address.0)] = u64::MAX;
        let generation = engine.cache.generation();
        let baseline = baseline::Compiler::new(engine.guest);
        Vcpu {
            baseline,
            id,
            state,
            engine,
            look_ups: LookUps::default(),
            generation,
            jump_cache_mode: 0,
            visits: Arc::default(),
            expanded: Expanded::default(),
        }
    }

    /// The architectural state, to set up before running.
    pub fn state(&mut self) -> &mut CpuState {
        &mut self.state
    }

    /// Runs until the guest's process or this thread of it ends. `None`: the thread alone.
    pub fn run(&mut self, environment: &dyn Environment) -> Option<ExitStatus> {
        let engine = self.engine.clone();
        let control = Control {
            engine: &engine,
            environment,
            state: self.state.as_ptr(),
        };
        let id = self.id;
        let _attached = fault::attach(self.state.as_ptr());
        let exit_request = &raw const self.state.exit_request as usize;
        engine.cpus().push(RunningCpu {
            exit_request,
            visits: self.visits.clone(),
        });
        engine.instrumentation.vcpu_start(id, self.state.as_ptr());
        environment.attach(&mut CpuContext {
            state: &mut self.state,
            id,
            engine: &control,
        });
        let status = loop {
            let flow = self.step(environment, &control);
            match flow {
                Flow::Continue => {}
                Flow::Exit(status) => break Some(status),
                Flow::ThreadExit => break None,
            }
            if let Some(code) = engine.instrumentation.stop_request() {
                let status = ExitStatus::Code(code);
                environment.end(status);
                break Some(status);
            }
        };
        // Before the environment lets others know that this vCPU is gone: the last of them reports.
        engine.instrumentation.vcpu_exit(id, self.state.as_ptr());
        environment.detach(&mut CpuContext {
            state: &mut self.state,
            id,
            engine: &control,
        });
        engine.cpus().retain(|cpu| cpu.exit_request != exit_request);
        status
    }

    /// Starts a vCPU on a thread of its own, with a copy of `parent`'s architectural state.
    fn spawn(
        engine: &Arc<Engine>,
        environment: Arc<dyn Environment>,
        parent: &CpuState,
        setup: Box<dyn FnOnce(&mut CpuState) + Send>,
    ) -> io::Result<()> {
        engine.share_memory();
        let id = engine.next_cpu.fetch_add(1, Ordering::Relaxed);
        let mut cpu = Vcpu::new(engine.clone(), id, parent.memory_base);
        cpu.state.file = parent.file;
        cpu.state.pc = parent.pc;
        cpu.state.mode = parent.mode;
        cpu.state.guest_mxcsr = parent.guest_mxcsr;
        let reservation = engine.guest.special_slots().reservation_address;
        cpu.state.file[usize::from(reservation.0)] = u64::MAX;
        // Unnamed: the thread's name on the host is the guest's to choose.
        thread::Builder::new().spawn(move || {
            setup(&mut cpu.state);
            // How the process ends is the first vCPU's to pass on.
            let _ = cpu.run(&*environment);
        })?;
        Ok(())
    }

    /// Runs guest code until something needs the environment, and asks it.
    fn step(&mut self, environment: &dyn Environment, control: &Control<'_>) -> Flow {
        let reason = self.run_guest(environment);
        let id = self.id;
        let mut context = CpuContext {
            state: &mut self.state,
            id,
            engine: control,
        };
        let exception = match reason {
            ExitReason::Continue => return Flow::Continue,
            ExitReason::Requested => {
                context.state.exit_request.store(0, Ordering::Release);
                if self.engine.instrumentation.take_retranslation_request() {
                    self.engine.drop_translations();
                }
                return environment.interrupt(&mut context);
            }
            ExitReason::Block(ExitKind::ModeChange) => {
                self.engine.update_mode(context.state);
                return Flow::Continue;
            }
            ExitReason::Block(ExitKind::FenceI) => {
                self.engine.revalidate(environment.fetch(), 0..u64::MAX);
                return Flow::Continue;
            }
            ExitReason::Block(ExitKind::Syscall) => Exception::Syscall,
            ExitReason::Block(ExitKind::Breakpoint) => Exception::Breakpoint,
            ExitReason::Block(ExitKind::Illegal) => Exception::Illegal,
            ExitReason::Block(ExitKind::FetchFault) => Exception::FetchFault,
            ExitReason::Fault => {
                let signal = context.state.fault_signal.load(Ordering::Relaxed);
                Exception::MemoryFault {
                    signal: (signal >> 16) as i32,
                    code: i32::from(signal as u16 as i16),
                    address: context.state.fault_address.load(Ordering::Relaxed),
                }
            }
        };
        let flow = environment.exception(&mut context, exception);
        // A signal frame that was entered or left may have brought another rounding mode.
        self.engine.update_mode(context.state);
        flow
    }

    /// Runs guest code until it comes back for anything but the next block.
    fn run_guest(&mut self, environment: &dyn Environment) -> ExitReason {
        let jit = self.engine.config.backend == Backend::Jit;
        loop {
            if self.state.exit_request.load(Ordering::Relaxed) != 0 {
                return ExitReason::Requested;
            }
            let Some(index) = self.look_up(environment) else {
                return ExitReason::Block(ExitKind::FetchFault);
            };
            let Some(translation) = self.look_ups.translation(index) else {
                return ExitReason::Continue;
            };
            let reason = match translation.code() {
                Some(entry) if jit => {
                    let entered = self.enter(environment, entry);
                    match entered {
                        Some(reason) => reason,
                        None => continue,
                    }
                }
                _ => self.interpret(index),
            };
            match reason {
                ExitReason::Continue => {}
                reason => return reason,
            }
        }
    }

    /// The index in `look_ups` of the translation at `state.pc`.
    fn look_up(&mut self, environment: &dyn Environment) -> Option<usize> {
        self.refresh();
        let (pc, mode) = (self.state.pc, self.state.mode);
        let index = LookUps::index(pc);
        let entry = self.look_ups.entry(index);
        if entry.pc != pc || entry.mode != mode {
            let key = Key { pc, mode };
            let fetch = environment.fetch();
            let translation = self.engine.translation(fetch, key, &mut self.expanded)?;
            *entry = LookUp {
                pc,
                mode,
                translation: Some(translation),
                ir: None,
            };
        }
        Some(index)
    }

    /// Drops private look-ups that the cache no longer stands for.
    fn refresh(&mut self) {
        if self.generation != self.engine.cache.generation() {
            let (generation, departed) = self.engine.cache.departures_since(self.generation);
            self.generation = generation;
            self.forget(departed);
            self.engine.try_reset();
        }
        if self.jump_cache_mode != self.state.mode {
            self.jump_cache_mode = self.state.mode;
            self.state.clear_jump_cache();
        }
    }

    /// Forgets the code at these addresses, or all.
    fn forget(&mut self, departed: Option<Vec<u64>>) {
        let Some(departed) = departed else {
            self.look_ups.clear();
            self.state.clear_jump_cache();
            return;
        };
        for pc in departed {
            self.look_ups.forget(pc);
            self.state.forget_jump(pc);
        }
    }

    /// Interprets the block at `look_ups[index]` and counts for the compiler.
    fn interpret(&mut self, index: usize) -> ExitReason {
        let entry = self.look_ups.entry(index);
        let Some(translation) = &entry.translation else {
            return ExitReason::Continue;
        };
        let block = &translation.block;
        let ir = if block.profile.executions() > self.engine.config.baseline_threshold {
            entry.ir.get_or_insert_with(|| Box::new(block.ir()))
        } else {
            self.expanded.get(block)
        };
        // SAFETY: the state is ours, its memory base was given for a live address space and
        // `fault::attach` has installed the handler for this thread.
        let exit = unsafe { interp::run(self.state.as_ptr(), ir, self.engine.guest) };
        if block.profile.count() {
            self.engine.limit_reached(
                &mut self.baseline,
                &mut self.expanded,
                translation,
                self.state.slots(),
            );
        }
        match exit {
            BlockExit::Jump | BlockExit::NotTaken | BlockExit::Indirect => ExitReason::Continue,
            BlockExit::Taken => {
                block.profile.count_taken();
                ExitReason::Continue
            }
            BlockExit::Exit(kind) => ExitReason::Block(kind),
            BlockExit::Fault { .. } => ExitReason::Fault,
        }
    }

    /// Runs generated code; `None` if there is none to run.
    fn enter(&mut self, environment: &dyn Environment, entry: EntryPoint) -> Option<ExitReason> {
        let engine = self.engine.clone();
        let space = engine.code_space()?;
        let generation = self.generation;
        let visit = self.visits.load(Ordering::Relaxed) + 1;
        self.visits.store(visit, Ordering::Relaxed);
        // Pairs with those of `Engine::try_reset` and `Engine::synchronize`.
        fence(Ordering::SeqCst);
        if engine.cache.generation() != generation {
            self.visits.store(visit + 1, Ordering::Release);
            return None;
        }
        // SAFETY: the state is ours, the entry was published for it and nothing has left since
        // `refresh` ran, nor will the space be reset while we are inside, and `fault::attach` has
        // installed the handler for this thread.
        let exit = unsafe { space.enter(self.state.as_ptr(), entry) };
        self.visits.store(visit + 1, Ordering::Release);
        Some(match exit {
            JitExit::Unlinked(slot) => {
                self.lead_here(environment, Some((slot, generation)));
                ExitReason::Continue
            }
            JitExit::IndirectMiss => {
                self.lead_here(environment, None);
                ExitReason::Continue
            }
            JitExit::Hot => {
                if let Some(index) = self.look_up(environment)
                    && let Some(translation) = self.look_ups.translation(index)
                {
                    engine.limit_reached(
                        &mut self.baseline,
                        &mut self.expanded,
                        translation,
                        self.state.slots(),
                    );
                }
                self.lead_here(environment, None);
                ExitReason::Continue
            }
            JitExit::ExitRequested => ExitReason::Requested,
            JitExit::Exit(kind) => ExitReason::Block(kind),
            JitExit::Fault { .. } => ExitReason::Fault,
            JitExit::Stray => fault::die_of_generated_code(&self.state),
        })
    }

    /// Makes the exit that generated code came back by, or else the jump cache, lead to the code for
    /// `state.pc`, if there is any. With the exit comes the generation in which it was that one.
    fn lead_here(&mut self, environment: &dyn Environment, slot: Option<(SlotId, u64)>) {
        let Some(index) = self.look_up(environment) else {
            return;
        };
        let Some(translation) = self.look_ups.translation(index) else {
            return;
        };
        let Some(code) = translation.code() else {
            return;
        };
        let Some((slot, generation)) = slot else {
            let pc = self.state.pc;
            self.state.remember_jump(pc, code.address() as u64);
            return;
        };
        if let Some(space) = self.engine.code_space() {
            let link = |code| space.link(slot, code);
            let cache = &self.engine.cache;
            if self.generation == generation {
                cache.link(generation, translation, slot, link);
            }
        }
    }
}

/// The engine as the environment of one vCPU sees it.
struct Control<'a> {
    engine: &'a Arc<Engine>,
    environment: &'a dyn Environment,
    /// Only for the plugin area behind it.
    state: *mut CpuState,
}

impl EngineControl for Control<'_> {
    fn invalidate(&self, start: u64, len: u64) {
        let range = start..start.saturating_add(len);
        if self.engine.revalidate(self.environment.fetch(), range) {
            self.engine.synchronize();
        }
    }

    fn require_precise_faults(&self) {
        self.engine.require_precise_faults();
    }

    fn share_memory(&self) {
        self.engine.share_memory();
    }

    fn observes_syscalls(&self) -> bool {
        self.engine.instrumentation.observes_syscalls()
    }

    fn syscall_enter(&self, cpu_id: u32, call: &SyscallRecord<'_>) {
        self.engine
            .instrumentation
            .syscall_enter(cpu_id, self.state, call);
    }

    fn syscall_return(&self, cpu_id: u32, call: &SyscallRecord<'_>, result: i64) {
        self.engine
            .instrumentation
            .syscall_return(cpu_id, self.state, call, result);
    }

    fn before_exec(&self) {
        self.engine.instrumentation.finish();
    }

    fn fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t {
        let pid = self.engine.fork(fork);
        if pid == 0 {
            // The other vCPUs' threads are not in the child.
            // SAFETY: the state outlives this control.
            let own = unsafe { &raw const (*self.state).exit_request } as usize;
            self.engine.cpus().retain(|cpu| cpu.exit_request == own);
        }
        pid
    }

    fn spawn_cpu(
        &self,
        environment: Arc<dyn Environment>,
        parent: &CpuState,
        setup: Box<dyn FnOnce(&mut CpuState) + Send>,
    ) -> io::Result<()> {
        Vcpu::spawn(self.engine, environment, parent, setup)
    }
}
