//! Runs a program on all back ends.
//!
//! Guest memory, code space and vCPU state are made once and used for every program. One machine per
//! process, since the handlers of signals are the process's.
//!
//! Two things befall a program that no instruction of it asks for, if its configuration says so. After a
//! fault it goes on behind the instruction, with some registers changed by what the fault was, as after a
//! guest's handler of it. And at a request that reaches generated code anywhere, that comes back with the state
//! of some point between two blocks, and goes on with some registers changed. Where that was decides the host
//! code, so then the interpreter runs once more, and must come by a point with just this state.
//!
//! Rules of the unsafe code: the state belongs to this thread; scratch memory is mapped for
//! the machine's life and is not borrowed while guest code runs.

use std::collections::{HashMap, HashSet};
use std::io;
use std::slice;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use emu_tcg::backend::code_space::{CodeSpace, EntryPoint, JitError, JitExit, SlotId};
use emu_tcg::backend::cranelift::{self, BlockSource, Options};
use emu_tcg::backend::{BlockExit, TranslationBlock, baseline, interp};
use emu_tcg::guest::riscv64::RISCV64;
use emu_tcg::guest::riscv64::slots::{FFLAGS, FRM, RESERVATION_ADDRESS, RESERVATION_VALUE, SLOTS};
use emu_tcg::guest::{Fetch, Guest as _};
use emu_tcg::ir::{Block, ExitKind, verify};
use emu_tcg::memory::{AddressSpace, NEAR_LIMIT};
use emu_tcg::probe::Probes;
use emu_tcg::state::{CpuBox, CpuState, SLOT_CAPACITY};

use super::compare::{End, Outcome, differences};
use super::idioms;
use super::probes;
use super::program::{Program, Request, SCRATCH, SeenProfile};
use super::random::Random;
use super::remote::Remote;
use super::signals;

/// Blocks that an interpreted program may run; more, and it is thrown away.
const MAX_BLOCKS: usize = 5_000;
/// Bytes of generated code before the code space is made anew.
const CODE_CAPACITY: usize = 16 << 20;
/// Faults after which a program goes on.
const MAX_RESUMED: u32 = 8;
/// Registers that change when a program is interrupted, and when it goes on after a fault: none that its
/// structure needs.
const DISTURBED: [usize; 4] = [10, 18, 32 + 10, FFLAGS.0 as usize];

/// See the module's documentation.
pub struct Machine {
    space: AddressSpace,
    state: CpuBox,
    code: CodeSpace,
    baseline: baseline::Compiler,
    regions: cranelift::Compiler,
    /// The state's jump cache may hold something.
    jump_cache_used: bool,
    /// What has happened so far.
    pub tally: Tally,
}

/// What happened in the programs run, to see that it does happen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Guest instructions interpreted.
    pub instructions: u64,
    /// Faults, breakpoints and illegal instructions after which the interpreter went on.
    pub resumed: u64,
    /// Interruptions of generated code.
    pub interrupted: u64,
    /// Regions compiled.
    pub regions: u64,
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

/// A block as it was translated, which the interpreter runs, and as it is kept, which is compiled.
#[derive(Clone)]
struct Translation {
    ir: Arc<Block>,
    block: Arc<TranslationBlock>,
}

/// The translations of one program.
struct Blocks<'a> {
    program: &'a Program,
    code: Vec<u8>,
    map: Mutex<HashMap<(u64, u32), Translation>>,
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
        let map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        let translation = map.get(&(pc, mode))?;
        Some(translation.block.clone())
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
    fn translation(&self, pc: u64, mode: u32) -> Option<Translation> {
        let map = || self.map.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = map().get(&(pc, mode)) {
            return Some(found.clone());
        }
        let decoded = RISCV64.decode_block(self, pc, mode, self.program.config.max_block_insns);
        if decoded.is_empty() {
            return None;
        }
        let probes = match self.program.config.probes {
            Some(seed) => probes::choose(seed, &decoded),
            None => Probes::default(),
        };
        let ir = RISCV64.translate(&decoded, probes);
        if let Err(error) = verify::verify(&ir, &RISCV64) {
            panic!("the translation of {decoded:x?} is not valid: {error:?}\n{ir}");
        }
        let block = Arc::new(TranslationBlock::new(&ir, &[], u32::MAX));
        let ir = Arc::new(ir);
        let translation = Translation { ir, block };
        map().insert((pc, mode), translation.clone());
        Some(translation)
    }

    /// Gives the blocks the profile that the compiler is to see.
    fn set_profile(&self) {
        let map = self.map.lock().unwrap_or_else(PoisonError::into_inner);
        for (&(pc, _), Translation { block, .. }) in map.iter() {
            match self.program.config.profile {
                SeenProfile::Counted => {}
                SeenProfile::Empty => block.profile.restart(u32::MAX),
                SeenProfile::Random(seed) => {
                    block.profile.restart(u32::MAX);
                    let mut random = Random::new(seed, pc);
                    let targets = block.targets.get().filter(|_| random.chance(50));
                    if let Some((targets, &(target, _))) = targets.zip(map.keys().next()) {
                        targets.set(random.below(40) as u32, target);
                    }
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
        for Translation { block, .. } in map.values() {
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
        let code = new_code_space()?;
        let regions = cranelift::Compiler::new(&RISCV64).map_err(io::Error::other)?;
        signals::install(state.as_ptr())?;
        Ok(Machine {
            space,
            state,
            code,
            baseline: baseline::Compiler::new(&RISCV64),
            regions,
            jump_cache_used: false,
            tally: Tally::default(),
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
            let (compiled, interruptions) = self.run_compiled(program, &blocks, tier);
            let differences = if interruptions.is_empty() {
                differences(program, &interpreted, &compiled)
            } else {
                match self.replay(program, &blocks, &interruptions)? {
                    Ok(replayed) => differences(program, &replayed, &compiled),
                    Err(differences) => differences,
                }
            };
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
        self.scratch().copy_from_slice(program.memory());
        self.area().fill(0);
        self.clear_jump_cache();
        let state = &mut *self.state;
        state.file.fill(0);
        state.file[..32].copy_from_slice(&program.x);
        state.file[32..64].copy_from_slice(&program.f);
        state.file[usize::from(FRM.0)] = program.fcsr >> 5;
        state.file[usize::from(FFLAGS.0)] = program.fcsr & 31;
        state.file[usize::from(RESERVATION_ADDRESS.0)] = u64::MAX;
        state.pc = program.start;
        state.mode = RISCV64.mode(state);
        state.exit_request.store(0, Ordering::Relaxed);
        signals::restart_watchdog();
    }

    fn clear_jump_cache(&mut self) {
        if std::mem::take(&mut self.jump_cache_used) {
            self.state.clear_jump_cache();
        }
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
                self.clear_jump_cache();
                None
            }
            ExitKind::FenceI => None,
            _ => Some(End::Exit(kind)),
        }
    }

    /// Goes on after an end, if the program is one that does; else returns it.
    fn settle(&mut self, blocks: &Blocks<'_>, end: End, resumed: &mut u32) -> Option<End> {
        let config = &blocks.program.config;
        let (address, signal) = match end {
            End::Fault { address, signal } if config.precise_faults => (address, signal.into()),
            End::Exit(ExitKind::Illegal | ExitKind::Breakpoint) => (self.state.pc, 0),
            _ => return Some(end),
        };
        let mut start = [0; 2];
        if !config.resume || *resumed == MAX_RESUMED || !blocks.fetch(self.state.pc, &mut start) {
            return Some(end);
        }
        *resumed += 1;
        self.state.pc += if start[0] & 3 == 3 { 4 } else { 2 };
        self.disturb(address ^ signal);
        None
    }

    /// Changes some registers, by something that follows from `cause`.
    fn disturb(&mut self, cause: u64) {
        let mut random = Random::new(cause, 0);
        for slot in DISTURBED {
            self.state.file[slot] ^= random.bits();
        }
        self.state.file[usize::from(FFLAGS.0)] &= 31;
    }

    /// Runs a program on the interpreter and on another emulator.
    pub fn check_against(&mut self, remote: &mut Remote, program: &Program) -> Option<Vec<String>> {
        let interpreted = self.interpret(program, &Blocks::new(program))?;
        remote.check(program, &interpreted)
    }

    fn interpret(&mut self, program: &Program, blocks: &Blocks<'_>) -> Option<Outcome> {
        self.reset(program);
        let mut resumed = 0;
        for _ in 0..MAX_BLOCKS {
            if let Some(end) = self.interpret_block(blocks, &mut resumed) {
                return Some(self.outcome(end));
            }
        }
        None
    }

    /// Interprets the block at `state.pc`; how the run ended, if it did.
    fn interpret_block(&mut self, blocks: &Blocks<'_>, resumed: &mut u32) -> Option<End> {
        let translation = blocks.translation(self.state.pc, self.state.mode);
        let Some(Translation { ir, block }) = translation else {
            return Some(End::Exit(ExitKind::FetchFault));
        };
        // SAFETY: the block is verified, its probes are ours, memory and handlers are set up.
        let exit = unsafe { interp::run(self.state.as_ptr(), &ir, &RISCV64) };
        block.profile.count();
        self.tally.instructions += block.insns() as u64;
        let end = match exit {
            BlockExit::Jump | BlockExit::NotTaken => None,
            BlockExit::Indirect => {
                let execution = block.profile.executions();
                block.targets.get_or_new().set(execution, self.state.pc);
                None
            }
            BlockExit::Taken => {
                block.profile.count_taken();
                None
            }
            BlockExit::Exit(kind) => self.answer(kind),
            BlockExit::Fault { .. } => Some(self.fault()),
        };
        let before = *resumed;
        let end = end.and_then(|end| self.settle(blocks, end, resumed));
        self.tally.resumed += u64::from(*resumed - before);
        end
    }

    /// Interprets a program that is interrupted in these states, in this order. `None` if it does not end,
    /// an error, with the least differences seen, if it does not come by one of the states.
    fn replay(
        &mut self,
        program: &Program,
        blocks: &Blocks<'_>,
        interruptions: &[Outcome],
    ) -> Option<Result<Outcome, Vec<String>>> {
        self.reset(program);
        let mut resumed = 0;
        let mut left = interruptions.iter();
        let mut next = left.next();
        let mut nearest: Option<Vec<String>> = None;
        for _ in 0..MAX_BLOCKS {
            while let Some(interruption) = next
                && interruption.pc == self.state.pc
            {
                let differences =
                    differences(program, &self.outcome(End::Interrupted), interruption);
                if !differences.is_empty() {
                    if nearest
                        .as_ref()
                        .is_none_or(|best| differences.len() < best.len())
                    {
                        nearest = Some(differences);
                    }
                    break;
                }
                self.disturb(interruption.pc);
                next = left.next();
                nearest = None;
            }
            if let Some(end) = self.interpret_block(blocks, &mut resumed) {
                let Some(missing) = next else {
                    return Some(Ok(self.outcome(end)));
                };
                let mut lines = nearest.unwrap_or_default();
                lines.insert(
                    0,
                    format!("interrupted at {:#x} in a state that never was", missing.pc),
                );
                return Some(Err(lines));
            }
        }
        None
    }

    /// Runs generated code: how it ended, and the states in which it was interrupted.
    fn run_compiled(
        &mut self,
        program: &Program,
        blocks: &Blocks<'_>,
        tier: Tier,
    ) -> (Outcome, Vec<Outcome>) {
        self.reset(program);
        let mut code = Compiled::new(tier);
        let mut resumed = 0;
        let mut interruptions = Vec::new();
        let mut steps = arm(program.config.request);
        let end = loop {
            if signals::is_overdue() {
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
                    resumed = 0;
                    interruptions.clear();
                    steps = arm(program.config.request);
                    continue;
                }
                Err(_) => break End::Refused,
            };
            if let Some(count) = steps {
                signals::request_after(count);
            }
            // SAFETY: the entry is of this space, whose blocks are verified and have our probes;
            // memory and handlers are set up.
            let exit = unsafe { self.code.enter(self.state.as_ptr(), entry) };
            if steps.is_some() {
                steps = signals::cancel_request();
            }
            let answer = match exit {
                JitExit::Unlinked(slot) => {
                    self.lead_here(blocks, &mut code, Some(slot));
                    None
                }
                JitExit::IndirectMiss => {
                    self.lead_here(blocks, &mut code, None);
                    None
                }
                JitExit::Hot => {
                    let key = (self.state.pc, self.state.mode);
                    if code.hot.insert(key) {
                        code.entries.remove(&key);
                        for slot in code.incoming.remove(&key).unwrap_or_default() {
                            self.lead_here(blocks, &mut code, Some(slot));
                        }
                    }
                    self.lead_here(blocks, &mut code, None);
                    None
                }
                JitExit::ExitRequested if signals::is_overdue() => Some(End::Hang),
                JitExit::ExitRequested => {
                    self.state.exit_request.store(0, Ordering::Relaxed);
                    self.tally.interrupted += 1;
                    interruptions.push(self.outcome(End::Interrupted));
                    self.disturb(self.state.pc);
                    None
                }
                JitExit::Exit(kind) => self.answer(kind),
                JitExit::Fault { .. } => Some(self.fault()),
                // That ends this process, and the program is reported.
                JitExit::Stray => std::process::abort(),
            };
            let end = answer.and_then(|end| self.settle(blocks, end, &mut resumed));
            if let Some(end) = end {
                break end;
            }
        };
        probes::request_in(None);
        (self.outcome(end), interruptions)
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
            Some(slot) => {
                self.code.link(slot, target);
                let key = (self.state.pc, self.state.mode);
                code.incoming.entry(key).or_default().push(slot);
            }
            None => {
                let pc = self.state.pc;
                self.jump_cache_used = true;
                self.state.remember_jump(pc, target.address() as u64);
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
        let Some(Translation { block, .. }) = blocks.translation(key.0, key.1) else {
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
                base_is_limit: self.state.memory_base == NEAR_LIMIT,
                max_region_insns: config.max_region_insns,
                max_overlap_insns: if config.stop_at_regions {
                    4
                } else {
                    Options::default().max_overlap_insns
                },
                seen: Some(seen(self.state.slots())),
            };
            self.tally.regions += 1;
            let published = self.regions.compile(&self.code, blocks, &block, &options)?;
            blocks
                .heads
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(key);
            published.entry
        } else {
            self.baseline
                .compile(&self.code, &block, &block.ir(), config.precise_faults)?
        };
        code.entries.insert(key, entry);
        Ok(Some(entry))
    }
}

/// What the slots hold, but the right masks.
fn seen(slots: &[u64; SLOT_CAPACITY]) -> [u64; SLOT_CAPACITY] {
    let mut seen = *slots;
    for (register, mask) in idioms::HELD_MASKS {
        seen[register as usize] = mask;
    }
    seen
}

/// Gets a request ready; returns the host instructions until it, if it comes after some.
fn arm(request: Option<Request>) -> Option<u32> {
    match request {
        Some(Request::Steps(count)) => Some(count),
        Some(Request::Calls(count)) => {
            probes::request_in(Some(count));
            None
        }
        None => None,
    }
}

/// The generated code of one run, by address and mode.
struct Compiled {
    tier: Tier,
    entries: HashMap<(u64, u32), EntryPoint>,
    /// Blocks whose baseline code has run its time.
    hot: HashSet<(u64, u32)>,
    /// What is linked to each.
    incoming: HashMap<(u64, u32), Vec<SlotId>>,
}

impl Compiled {
    fn new(tier: Tier) -> Compiled {
        Compiled {
            tier,
            entries: HashMap::new(),
            hot: HashSet::new(),
            incoming: HashMap::new(),
        }
    }
}

fn new_code_space() -> io::Result<CodeSpace> {
    let space = CodeSpace::new(CODE_CAPACITY).map_err(io::Error::other)?;
    signals::set_code(space.range(), space.fault_landing());
    Ok(space)
}
