//! Runs a program on all back ends.
//!
//! Guest memory, code space and vCPU state are made once and used for every program; the
//! process's handlers for SIGSEGV, SIGBUS and SIGILL are ours. One machine per process.
//!
//! Rules of the unsafe code: the state belongs to this thread; scratch memory is mapped for
//! the machine's life and is not borrowed while guest code runs; the signal handler takes no lock
//! and reaches the state that the thread runs.

use std::collections::{HashMap, HashSet};
use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::slice;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use emu_tcg::backend::code_space::{CodeSpace, EntryPoint, JitError, JitExit, SlotId};
use emu_tcg::backend::cranelift::{self, BlockSource, Options};
use emu_tcg::backend::{BlockExit, TranslationBlock, baseline, interp};
use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::riscv64::slots::{FFLAGS, FRM, RESERVATION_ADDRESS, RESERVATION_VALUE, SLOTS};
use emu_tcg::guest::{Fetch, Guest as _};
use emu_tcg::ir::{ExitKind, verify};
use emu_tcg::memory::{self, AddressSpace};
use emu_tcg::probe::Probes;
use emu_tcg::state::{CpuBox, CpuState, JumpCacheEntry};

use super::compare::{End, Outcome, differences};
use super::probes;
use super::program::{Program, SCRATCH, SeenProfile};
use super::random::Random;
use super::remote::Remote;

/// Blocks that an interpreted program may run; more, and it is thrown away.
const MAX_BLOCKS: usize = 5_000;
/// Bytes of generated code before the code space is made anew.
const CODE_CAPACITY: usize = 16 << 20;
/// Seconds of CPU time after which generated code is asked to stop, at the second tick.
const TICK_SECONDS: i64 = 2;

static CODE_START: AtomicUsize = AtomicUsize::new(0);
static CODE_END: AtomicUsize = AtomicUsize::new(0);
static LANDING: AtomicUsize = AtomicUsize::new(0);
static STATE: AtomicPtr<CpuState> = AtomicPtr::new(ptr::null_mut());
/// Ticks of the watchdog since the current run began.
static TICKS: AtomicU32 = AtomicU32::new(0);

/// See the module's documentation.
pub struct Machine {
    space: AddressSpace,
    state: CpuBox,
    code: CodeSpace,
    baseline: baseline::Compiler,
    regions: cranelift::Compiler,
}

/// What runs a program's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tier {
    /// Baseline code.
    Baseline,
    /// Regions.
    Regions,
    /// Baseline code that becomes regions after a few executions.
    Both,
}

/// Executions after which baseline code becomes a region, in [`Tier::Both`].
const TIER_UP: u32 = 3;

/// The translations of one program.
struct Blocks<'a> {
    program: &'a Program,
    code: Vec<u8>,
    map: Mutex<HashMap<(u64, u32), Arc<TranslationBlock>>>,
    /// Where regions start, by address and mode.
    heads: Mutex<HashSet<(u64, u32)>>,
}

impl Fetch for Blocks<'_> {
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let Some(offset) = pc.checked_sub(self.program.start) else {
            return false;
        };
        let Ok(offset) = usize::try_from(offset) else {
            return false;
        };
        let Some(bytes) = self
            .code
            .get(offset..)
            .and_then(|bytes| bytes.get(..buf.len()))
        else {
            return false;
        };
        buf.copy_from_slice(bytes);
        true
    }
}

impl BlockSource for Blocks<'_> {
    fn block(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>> {
        self.map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&(pc, mode))
            .cloned()
    }

    fn stops_region(&self, pc: u64, mode: u32) -> bool {
        let heads = self.heads.lock().unwrap_or_else(PoisonError::into_inner);
        self.program.config.stop_at_regions && heads.contains(&(pc, mode))
    }
}

impl<'a> Blocks<'a> {
    fn new(program: &'a Program) -> Blocks<'a> {
        Blocks {
            program,
            code: program.code(),
            map: Mutex::default(),
            heads: Mutex::default(),
        }
    }

    /// Finds or makes the translation; `None` if nothing can be fetched at `pc`.
    fn translation(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>> {
        if let Some(found) = self.block(pc, mode) {
            return Some(found);
        }
        let decoded = RISCV64.decode_block(self, pc, mode, self.program.config.max_block_insns);
        if decoded.is_empty() {
            return None;
        }
        let probes = match self.program.config.probes {
            Some(seed) => probes::choose(seed, &decoded),
            None => Probes::default(),
        };
        let ir = RISCV64.translate(&decoded, &probes);
        if let Err(error) = verify::verify(&ir, &RISCV64) {
            panic!("the translation of {decoded:x?} is not valid: {error:?}\n{ir}");
        }
        let block = Arc::new(TranslationBlock::new(&ir, &[], u32::MAX));
        self.map
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert((pc, mode), block.clone());
        Some(block)
    }

    /// Gives the blocks the profile that the compiler is to see.
    fn set_profile(&self) {
        let map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        for (&(pc, _), block) in map.iter() {
            match self.program.config.profile {
                SeenProfile::Counted => {}
                SeenProfile::Empty => block.profile.restart(u32::MAX),
                SeenProfile::Random(seed) => {
                    block.profile.restart(u32::MAX);
                    let mut random = Random::new(seed, pc);
                    for _ in 0..random.pick(&[0, 1, 2, 40]) {
                        block.profile.count();
                        if random.chance(50) {
                            block.profile.count_taken();
                        }
                    }
                }
            }
        }
    }

    /// Sets the limit up to which baseline code runs.
    fn set_limits(&self, tier: Tier) {
        let map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        for block in map.values() {
            block.profile.set_limit(match tier {
                Tier::Both => block.profile.executions() + TIER_UP,
                Tier::Baseline | Tier::Regions => u32::MAX,
            });
        }
    }
}

impl Machine {
    /// Reserves memory and installs the signal handlers.
    ///
    /// # Errors
    /// When the host refuses memory.
    pub fn new() -> io::Result<Machine> {
        let space = AddressSpace::reserve()?;
        let (host, len) = (
            space.host(SCRATCH.start),
            (SCRATCH.end - SCRATCH.start) as usize,
        );
        let (access, flags) = (
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
        );
        // SAFETY: replaces pages of a reservation that is ours and that nothing uses yet.
        let mapped =
            unsafe { libc::mmap(host.cast(), len, access, flags | libc::MAP_FIXED, -1, 0) };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mut state = CpuBox::new(probes::AREA_BYTES);
        state.memory_base = space.base();
        STATE.store(state.as_ptr(), Ordering::Release);
        let code = new_code_space()?;
        let regions = cranelift::Compiler::new(&RISCV64).map_err(io::Error::other)?;
        install_handlers()?;
        Ok(Machine {
            space,
            state,
            code,
            baseline: baseline::Compiler::new(&RISCV64),
            regions,
        })
    }

    /// Runs a program on all back ends: the differences, or `None` if it does not end.
    pub fn check(&mut self, program: &Program) -> Option<Vec<String>> {
        let blocks = Blocks::new(program);
        let interpreted = self.interpret(program, &blocks)?;
        blocks.set_profile();
        let best = if program.config.tier_up {
            Tier::Both
        } else {
            Tier::Regions
        };
        let mut all = Vec::new();
        for tier in [Tier::Baseline, best] {
            blocks.set_limits(tier);
            let compiled = self.run_compiled(program, &blocks, tier);
            let differences = differences(program, &interpreted, &compiled);
            all.extend(differences.iter().map(|line| format!("{tier:?}: {line}")));
        }
        Some(all)
    }

    fn scratch(&mut self) -> &mut [u8] {
        let len = (SCRATCH.end - SCRATCH.start) as usize;
        // SAFETY: mapped for our life, and guest code does not run while the borrow lives.
        unsafe { slice::from_raw_parts_mut(self.space.host(SCRATCH.start), len) }
    }

    fn area(&mut self) -> &mut [u64] {
        let area = self
            .state
            .as_ptr()
            .wrapping_byte_add(CpuState::PLUGIN_AREA_OFFSET)
            .cast::<u64>();
        // SAFETY: the area stands behind the state, has this size, and guest code does not run.
        unsafe { slice::from_raw_parts_mut(area, probes::AREA_BYTES / 8) }
    }

    /// Puts everything into the program's initial state.
    fn reset(&mut self, program: &Program) {
        self.scratch().copy_from_slice(&program.memory());
        self.area().fill(0);
        let state = &mut *self.state;
        state.clear_jump_cache();
        state.file.fill(0);
        state.file[..32].copy_from_slice(&program.x);
        state.file[32..64].copy_from_slice(&program.f);
        state.file[usize::from(FRM.0)] = program.fcsr >> 5;
        state.file[usize::from(FFLAGS.0)] = program.fcsr & 31;
        state.file[usize::from(RESERVATION_ADDRESS.0)] = u64::MAX;
        state.pc = program.start;
        state.mode = RISCV64.mode(state);
        state.exit_request.store(0, Ordering::Relaxed);
        TICKS.store(0, Ordering::Relaxed);
    }

    fn outcome(&mut self, end: End) -> Outcome {
        let mut slots = self.state.file[..SLOTS.len()].to_vec();
        if slots[usize::from(RESERVATION_ADDRESS.0)] == u64::MAX {
            slots[usize::from(RESERVATION_VALUE.0)] = 0;
        }
        Outcome {
            end,
            pc: self.state.pc,
            slots,
            area: self.area().to_vec(),
            memory: self.scratch().to_vec(),
        }
    }

    fn fault(&self) -> End {
        let signal = self.state.fault_signal.load(Ordering::Relaxed) >> 16;
        End::Fault {
            address: self.state.fault_address.load(Ordering::Relaxed),
            signal,
        }
    }

    /// What an exit for the execution loop means; `None` to go on.
    fn answer(&mut self, kind: ExitKind) -> Option<End> {
        match kind {
            ExitKind::ModeChange => {
                self.state.mode = RISCV64.mode(&self.state);
                self.state.clear_jump_cache();
                None
            }
            ExitKind::FenceI => None,
            _ => Some(End::Exit(kind)),
        }
    }

    /// Runs a program on the interpreter and on another emulator.
    pub fn check_against(&mut self, remote: &mut Remote, program: &Program) -> Option<Vec<String>> {
        let interpreted = self.interpret(program, &Blocks::new(program))?;
        remote.check(program, &interpreted)
    }

    fn interpret(&mut self, program: &Program, blocks: &Blocks<'_>) -> Option<Outcome> {
        self.reset(program);
        for _ in 0..MAX_BLOCKS {
            let Some(block) = blocks.translation(self.state.pc, self.state.mode) else {
                return Some(self.outcome(End::Exit(ExitKind::FetchFault)));
            };
            // SAFETY: the block is verified, its probes are ours, memory and handlers are set up.
            let exit = unsafe { interp::run(self.state.as_ptr(), &block.ir(), &RISCV64) };
            block.profile.count();
            let end = match exit {
                BlockExit::Jump | BlockExit::NotTaken | BlockExit::Indirect => None,
                BlockExit::Taken => {
                    block.profile.count_taken();
                    None
                }
                BlockExit::Exit(kind) => self.answer(kind),
                BlockExit::Fault { .. } => Some(self.fault()),
            };
            if let Some(end) = end {
                return Some(self.outcome(end));
            }
        }
        None
    }

    fn run_compiled(&mut self, program: &Program, blocks: &Blocks<'_>, tier: Tier) -> Outcome {
        self.reset(program);
        let mut code = Compiled::new(tier);
        let end = loop {
            if TICKS.load(Ordering::Relaxed) > 1 {
                break End::Hang;
            }
            let entry = match self.entry(blocks, &mut code) {
                Ok(Some(entry)) => entry,
                Ok(None) => break End::Exit(ExitKind::FetchFault),
                // What was compiled is gone with the space: from the start again.
                Err(JitError::Full) => {
                    if self.code.reset().is_err() {
                        break End::Refused;
                    }
                    code = Compiled::new(tier);
                    blocks.set_limits(tier);
                    self.reset(program);
                    continue;
                }
                Err(_) => break End::Refused,
            };
            // SAFETY: the entry is of this space, whose blocks are verified and have our probes;
            // memory and handlers are set up.
            let exit = unsafe { self.code.enter(self.state.as_ptr(), entry) };
            let answer = match exit {
                JitExit::Unlinked(slot) => {
                    self.lead_here(blocks, &mut code, Some(slot));
                    None
                }
                JitExit::IndirectMiss => {
                    self.lead_here(blocks, &mut code, None);
                    None
                }
                JitExit::Hot(slot) => {
                    let key = (self.state.pc, self.state.mode);
                    code.hot.insert(key);
                    code.entries.remove(&key);
                    self.lead_here(blocks, &mut code, slot);
                    None
                }
                JitExit::ExitRequested => Some(End::Hang),
                JitExit::Exit(kind) => self.answer(kind),
                JitExit::Fault { .. } => Some(self.fault()),
            };
            if let Some(end) = answer {
                break end;
            }
        };
        self.outcome(end)
    }

    /// Makes an exit, or else the jump cache, lead to the code for `state.pc`.
    fn lead_here(&mut self, blocks: &Blocks<'_>, code: &mut Compiled, slot: Option<SlotId>) {
        if !blocks.program.config.link {
            return;
        }
        let Ok(Some(target)) = self.entry(blocks, code) else {
            return;
        };
        match slot {
            Some(slot) => self.code.link(slot, target),
            None => {
                let pc = self.state.pc;
                self.state.jump_cache[CpuState::jump_cache_index(pc)] = JumpCacheEntry {
                    pc,
                    code: target.address() as u64,
                };
            }
        }
    }

    /// The generated code for `state.pc`, made if there is none; `None` if nothing is there.
    fn entry(
        &mut self,
        blocks: &Blocks<'_>,
        code: &mut Compiled,
    ) -> Result<Option<EntryPoint>, JitError> {
        let key = (self.state.pc, self.state.mode);
        if let Some(&entry) = code.entries.get(&key) {
            return Ok(Some(entry));
        }
        let Some(block) = blocks.translation(key.0, key.1) else {
            return Ok(None);
        };
        let config = &blocks.program.config;
        let region = match code.tier {
            Tier::Baseline => false,
            Tier::Regions => true,
            Tier::Both => code.hot.contains(&key),
        };
        let entry = if region {
            let options = Options {
                precise_faults: config.precise_faults,
                shared_memory: config.shared_memory,
                max_region_insns: config.max_region_insns,
                max_overlap_insns: if config.stop_at_regions {
                    4
                } else {
                    Options::default().max_overlap_insns
                },
            };
            let published = self.regions.compile(&self.code, blocks, &block, &options)?;
            blocks
                .heads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key);
            published.entry
        } else {
            self.baseline
                .compile(&self.code, &block, config.precise_faults)?
        };
        code.entries.insert(key, entry);
        Ok(Some(entry))
    }
}

/// The generated code of one run, by address and mode.
struct Compiled {
    tier: Tier,
    entries: HashMap<(u64, u32), EntryPoint>,
    /// Blocks whose baseline code has run its time.
    hot: HashSet<(u64, u32)>,
}

impl Compiled {
    fn new(tier: Tier) -> Compiled {
        Compiled {
            tier,
            entries: HashMap::new(),
            hot: HashSet::new(),
        }
    }
}

fn new_code_space() -> io::Result<CodeSpace> {
    let space = CodeSpace::new(CODE_CAPACITY).map_err(io::Error::other)?;
    let range = space.range();
    LANDING.store(space.fault_landing(), Ordering::Release);
    CODE_END.store(range.end, Ordering::Release);
    CODE_START.store(range.start, Ordering::Release);
    Ok(space)
}

fn install_handlers() -> io::Result<()> {
    let handle = |signal: libc::c_int, handler: usize| {
        // SAFETY: an all-zero action is valid, and the handlers have the signature of the flag.
        let result = unsafe {
            let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
            action.sa_sigaction = handler;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART;
            libc::sigaction(signal, &raw const action, ptr::null_mut())
        };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    };
    handle(libc::SIGSEGV, on_fault as *const () as usize)?;
    handle(libc::SIGBUS, on_fault as *const () as usize)?;
    handle(libc::SIGILL, on_fault as *const () as usize)?;
    handle(libc::SIGVTALRM, on_tick as *const () as usize)?;
    let period = libc::timeval {
        tv_sec: TICK_SECONDS,
        tv_usec: 0,
    };
    let timer = libc::itimerval {
        it_interval: period,
        it_value: period,
    };
    // SAFETY: reads one valid struct.
    if unsafe { libc::setitimer(libc::ITIMER_VIRTUAL, &raw const timer, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// At the second tick of a run, asks generated code to come back.
extern "C" fn on_tick(_: libc::c_int, _: *mut libc::siginfo_t, _: *mut libc::c_void) {
    if TICKS.fetch_add(1, Ordering::Relaxed) >= 1 {
        // SAFETY: null or the machine's state, which lives as long as the handler is used.
        if let Some(state) = unsafe { STATE.load(Ordering::Acquire).as_ref() } {
            state.exit_request.store(1, Ordering::Relaxed);
        }
    }
}

/// A failed access of the interpreter or of generated code goes on where those say.
extern "C" fn on_fault(
    signal: libc::c_int,
    info: *mut libc::siginfo_t,
    context: *mut libc::c_void,
) {
    // SAFETY: the kernel passes valid pointers to a handler of this kind, ours until it returns.
    let (info, registers) = unsafe {
        (
            &*info,
            &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs,
        )
    };
    let pc = registers[libc::REG_RIP as usize] as usize;
    let in_code =
        (CODE_START.load(Ordering::Acquire)..CODE_END.load(Ordering::Acquire)).contains(&pc);
    let target = if in_code {
        Some(LANDING.load(Ordering::Acquire))
    } else {
        memory::recovery_address(pc)
    };
    // SAFETY: as in `on_tick`.
    let state = unsafe { STATE.load(Ordering::Acquire).as_ref() };
    let (Some(target), Some(state)) = (target, state) else {
        // A bug of the emulator: happen again, and be seen.
        // SAFETY: restoring the default action has no precondition.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
        return;
    };
    // SAFETY: these signals have an address.
    let address = unsafe { info.si_addr() } as u64;
    state
        .fault_address
        .store(address.wrapping_sub(state.memory_base), Ordering::Relaxed);
    state.fault_signal.store(
        (signal as u32) << 16 | (info.si_code as u32 & 0xffff),
        Ordering::Relaxed,
    );
    state.fault_host_pc.store(pc as u64, Ordering::Relaxed);
    registers[libc::REG_RIP as usize] = target as i64;
}
