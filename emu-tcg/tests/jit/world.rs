//! A small execution loop around generated code: blocks by address, memory, one vCPU.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError};

use emu_tcg::backend::code_space::{CodeSpace, EntryPoint, JitExit, Published};
use emu_tcg::backend::cranelift::{BlockSource, Compiler, Options};
use emu_tcg::backend::{BlockExit, TranslationBlock, baseline, interp};
use emu_tcg::guest::Guest;
use emu_tcg::ir::{Block, ExitKind, parse, verify};
use emu_tcg::memory::{self, AddressSpace};
use emu_tcg::state::{CpuBox, CpuState};

use super::guest::GUEST;

pub(crate) const PAGE: u64 = 4096;
/// The one page of guest memory that is there.
pub(crate) const MEMORY: u64 = 0x1_0000;
const PLUGIN_BYTES: usize = 160;

/// All generated code of these tests. (One space, since the signal handler has to know it.)
static CODE: LazyLock<CodeSpace> = LazyLock::new(|| CodeSpace::new(1 << 30).expect("code space"));

extern "C" fn on_fault(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid context to an SA_SIGINFO handler.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let state = registers[libc::REG_R15 as usize] as *const CpuState;
    let pc = &mut registers[libc::REG_RIP as usize];
    if let Some(address) = memory::recovery_address(*pc as usize) {
        *pc = address as i64;
    } else if CODE.contains(*pc as usize) {
        // SAFETY: generated code holds its state in r15; the other as above.
        let (state, info) = unsafe { (&*state, &*info) };
        // SAFETY: these signals have an address.
        let address = unsafe { info.si_addr() } as u64;
        let address = address.wrapping_sub(state.memory_base);
        state.fault_address.store(address, Ordering::Relaxed);
        let code = match signal {
            libc::SIGSEGV => memory::fault_code(address, info.si_code),
            _ => info.si_code,
        };
        state
            .fault_signal
            .store((signal as u32) << 16 | code as u32, Ordering::Relaxed);
        state.fault_host_pc.store(*pc as u64, Ordering::Relaxed);
        *pc = CODE.fault_landing() as i64;
    } else {
        // SAFETY: always allowed.
        unsafe { libc::abort() }
    }
}

fn install_handler() {
    static HANDLER: Once = Once::new();
    HANDLER.call_once(|| {
        LazyLock::force(&CODE);
        // SAFETY: a zeroed sigaction is valid; the handler is async-signal-safe.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_fault as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_NODEFER;
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL] {
                libc::sigaction(signal, &action, std::ptr::null_mut());
            }
        }
    });
}

/// Blocks by address. Regions stop before the addresses in `stops`.
#[derive(Default)]
pub(crate) struct Blocks {
    map: BTreeMap<u64, Arc<TranslationBlock>>,
    stops: Vec<u64>,
}

impl BlockSource for Blocks {
    fn block(&self, pc: u64, _: u32) -> Option<Arc<TranslationBlock>> {
        self.map.get(&pc).cloned()
    }

    fn stops_region(&self, pc: u64, _: u32) -> bool {
        self.stops.contains(&pc)
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Exit(ExitKind),
    Fault(u16),
    Requested,
    Stray,
}

/// See the module's documentation.
pub(crate) struct World {
    pub(crate) space: AddressSpace,
    pub(crate) cpu: CpuBox,
    pub(crate) blocks: Blocks,
    pub(crate) options: Options,
    pub(crate) compiled: BTreeMap<u64, EntryPoint>,
    /// How often generated code was entered.
    pub(crate) enters: usize,
}

impl World {
    pub(crate) fn new(blocks: impl IntoIterator<Item = Block>) -> World {
        install_handler();
        let space = AddressSpace::reserve().expect("address space");
        // SAFETY: the page is in our reservation.
        unsafe {
            let page = space.host(MEMORY).cast();
            libc::mprotect(page, PAGE as usize, libc::PROT_READ | libc::PROT_WRITE);
        }
        let mut cpu = CpuBox::new(PLUGIN_BYTES);
        cpu.memory_base = space.base();
        cpu.file[usize::from(GUEST.special_slots().reservation_address.0)] = u64::MAX;
        let mut all = Blocks::default();
        for ir in blocks {
            verify::verify(&ir, &GUEST).unwrap_or_else(|errors| panic!("{ir}\n{errors:?}"));
            let block = TranslationBlock::new(&ir, &[], u32::MAX);
            all.map.insert(ir.pc, Arc::new(block));
        }
        World {
            space,
            cpu,
            blocks: all,
            options: Options {
                max_overlap_insns: 0,
                ..Options::default()
            },
            compiled: BTreeMap::new(),
            enters: 0,
        }
    }

    /// Of the blocks in `text`, in the text form.
    pub(crate) fn of(text: &str) -> World {
        let blocks = text
            .split_inclusive("\n}")
            .filter(|text| text.contains("block"));
        World::new(blocks.map(|text| {
            parse::parse(text, &GUEST).unwrap_or_else(|error| panic!("{error}:\n{text}"))
        }))
    }

    fn slot(name: &str) -> usize {
        GUEST
            .slots()
            .iter()
            .position(|slot| slot.name == name)
            .expect("a slot's name")
    }

    pub(crate) fn get(&self, name: &str) -> u64 {
        self.cpu.file[World::slot(name)]
    }

    pub(crate) fn set(&mut self, name: &str, value: u64) -> &mut World {
        self.cpu.file[World::slot(name)] = value;
        self
    }

    /// The word of guest memory at `address`, shared with other threads.
    pub(crate) fn word(&self, address: u64) -> &AtomicU64 {
        assert!((MEMORY..MEMORY + PAGE - 7).contains(&address) && address.is_multiple_of(8));
        // SAFETY: it is within the page that is mapped, and aligned.
        unsafe { &*self.space.host(address).cast::<AtomicU64>() }
    }

    /// A word of the plugin area.
    pub(crate) fn plugin_word(&self, offset: usize) -> u64 {
        assert!(offset + 8 <= PLUGIN_BYTES);
        // SAFETY: in range of the area.
        unsafe {
            *((self.cpu.as_ptr() as usize + CpuState::PLUGIN_AREA_OFFSET + offset) as *const u64)
        }
    }

    pub(crate) fn block(&self, pc: u64) -> &Arc<TranslationBlock> {
        &self.blocks.map[&pc]
    }

    /// Regions stop before `pc`.
    pub(crate) fn stop_at(&mut self, pc: u64) -> &mut World {
        self.blocks.stops.push(pc);
        self
    }

    /// Compiles the region of the block at `pc`.
    pub(crate) fn compile(&mut self, pc: u64) -> Published {
        let mut compiler = Compiler::new(&GUEST).expect("a compiler");
        let head = self.block(pc).clone();
        let published = compiler
            .compile(&CODE, &self.blocks, &head, &self.options)
            .expect("compiles");
        self.compiled.insert(pc, published.entry);
        published
    }

    /// Gives the block at `pc` baseline code.
    pub(crate) fn compile_baseline(&mut self, pc: u64) {
        let entry = baseline::Compiler::new(&GUEST)
            .compile(
                &CODE,
                self.block(pc),
                &self.block(pc).ir(),
                self.options.precise_faults,
            )
            .expect("compiles");
        self.compiled.insert(pc, entry);
    }

    /// Runs from `pc`: generated code where there is any, else the interpreter, which counts.
    pub(crate) fn run(&mut self, pc: u64) -> End {
        self.cpu.pc = pc;
        loop {
            let pc = self.cpu.pc;
            let end = match self.compiled.get(&pc) {
                Some(&entry) => self.enter(entry),
                None => self.interpret(pc),
            };
            if let Some(end) = end {
                return end;
            }
        }
    }

    fn enter(&mut self, entry: EntryPoint) -> Option<End> {
        self.enters += 1;
        // SAFETY: the state is ours, the code is for its guest, and the handler is installed.
        match unsafe { CODE.enter(self.cpu.as_ptr(), entry) } {
            JitExit::Unlinked(slot) => {
                if let Some(&target) = self.compiled.get(&self.cpu.pc) {
                    CODE.link(slot, target);
                }
                None
            }
            JitExit::IndirectMiss | JitExit::Hot => {
                let pc = self.cpu.pc;
                if let Some(target) = self.compiled.get(&pc) {
                    self.cpu.remember_jump(pc, target.address() as u64);
                }
                None
            }
            JitExit::ExitRequested => Some(End::Requested),
            JitExit::Exit(kind) => Some(End::Exit(kind)),
            JitExit::Fault { insn, .. } => Some(End::Fault(insn)),
            JitExit::Stray => Some(End::Stray),
        }
    }

    fn interpret(&mut self, pc: u64) -> Option<End> {
        let block = self.block(pc).clone();
        let profile = &block.profile;
        profile.count();
        // SAFETY: the state is ours, the block was verified, and the handler is installed.
        match unsafe { interp::run(self.cpu.as_ptr(), &block.ir(), &GUEST) } {
            BlockExit::Taken => profile.count_taken(),
            BlockExit::NotTaken | BlockExit::Jump | BlockExit::Indirect => {}
            BlockExit::Exit(kind) => return Some(End::Exit(kind)),
            BlockExit::Fault { insn } => return Some(End::Fault(insn)),
        }
        None
    }

    /// Slots and the guest's page.
    pub(crate) fn snapshot(&self) -> (Vec<u64>, Vec<u64>) {
        let slots = self.cpu.file[..GUEST.slots().len()].to_vec();
        let words = (MEMORY..MEMORY + PAGE)
            .step_by(8)
            .map(|address| self.word(address).load(Ordering::Relaxed));
        (slots, words.collect())
    }
}

/// Tests that reset or unlink the one code space, or rely on that nobody does, take turns.
pub(crate) fn exclusive() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn code() -> &'static CodeSpace {
    &CODE
}
