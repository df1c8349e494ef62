//! Runs a block on given values and reports what it changed.
//!
//! Guest memory: a writable page at 0x10000, a read-only page behind it, nothing else. Values are
//! named as in the `; run` lines: slots, `mem[address]`, `plugin[offset]`, and of the outcome
//! `exit`, `pc`, `fault` (address) and `signal`.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock, Once};

use emu_tcg::backend::code_space::{CodeSpace, JitExit};
use emu_tcg::backend::cranelift::{BlockSource, Compiler, Options};
use emu_tcg::backend::{BlockExit, TranslationBlock, baseline, interp};
use emu_tcg::guest::Guest;
use emu_tcg::ir::{Block, MemExt, MemOp, ProbeCallKind, Size, Terminator};
use emu_tcg::memory::{self, AddressSpace};
use emu_tcg::state::{CpuBox, CpuState};

use super::guest::GUEST;

const PAGE: u64 = 4096;
const MEMORY: u64 = 0x1_0000;
const PLUGIN_WORDS: u64 = 16;
const WORD: MemOp = MemOp::new(Size::B8, MemExt::Zero);

/// Names and values.
pub(crate) type Values = BTreeMap<String, u64>;

/// What a run did.
pub(crate) struct Outcome {
    /// How the block was left, as `exit=` states it.
    pub(crate) exit: String,
    /// Slots, memory and plugin words that have changed.
    pub(crate) changed: Values,
    /// Every value that can be named.
    pub(crate) all: Values,
}

/// All generated code of these tests.
static CODE: LazyLock<CodeSpace> = LazyLock::new(|| CodeSpace::new(64 << 20).expect("code space"));

impl Outcome {
    /// The first thing in which another run ended otherwise.
    pub(crate) fn difference(&self, other: &Outcome) -> Option<String> {
        if self.exit != other.exit {
            return Some(format!("exit {} and {}", self.exit, other.exit));
        }
        let mut names = self.all.keys();
        names.find_map(|name| {
            let (one, two) = (self.all[name], other.all[name]);
            (one != two).then(|| format!("{name} is {one:#x} and {two:#x}"))
        })
    }
}

extern "C" fn on_fault(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes a valid context to an SA_SIGINFO handler.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    let state = registers[libc::REG_R15 as usize] as *const CpuState;
    let pc = &mut registers[libc::REG_RIP as usize];
    if CODE.contains(*pc as usize) {
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
        return;
    }
    match memory::recovery_address(*pc as usize) {
        Some(address) => *pc = address as i64,
        // SAFETY: always allowed.
        None => unsafe { libc::abort() },
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
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            libc::sigaction(libc::SIGSEGV, &action, std::ptr::null_mut());
            libc::sigaction(libc::SIGBUS, &action, std::ptr::null_mut());
            libc::sigaction(libc::SIGILL, &action, std::ptr::null_mut());
        }
    });
}

/// Probe function 1: the words at `state` become a count of calls, the userdata, pc.
unsafe extern "C" fn record_exec(_plugin: usize, state: *mut u64, userdata: u64) {
    // SAFETY: the tests' plugin state is three words or more.
    unsafe {
        *state += 1;
        *state.add(1) = userdata;
    }
}

/// Probe function 2: as function 1, then address, value and info of the access.
unsafe extern "C" fn record_access(
    plugin: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) {
    // SAFETY: the tests' plugin state is five words or more.
    unsafe {
        record_exec(plugin, state, userdata);
        *state.add(2) = address;
        *state.add(3) = value;
        *state.add(4) = u64::from(info);
    }
}

/// A machine for one run.
pub(crate) struct Machine {
    space: AddressSpace,
    cpu: CpuBox,
}

impl Machine {
    /// All zero, but for `inputs`; the slot of a reservation says that there is none.
    pub(crate) fn new(inputs: &Values) -> Result<Machine, String> {
        install_handler();
        let space = AddressSpace::reserve().map_err(|error| error.to_string())?;
        let writable = libc::PROT_READ | libc::PROT_WRITE;
        for (address, protection) in [(MEMORY, writable), (MEMORY + PAGE, libc::PROT_READ)] {
            // SAFETY: the page is in our reservation.
            unsafe { libc::mprotect(space.host(address).cast(), PAGE as usize, protection) };
        }
        let mut cpu = CpuBox::new(8 * PLUGIN_WORDS as usize);
        cpu.memory_base = space.base();
        let mut machine = Machine { space, cpu };
        machine.set("reservation_address", u64::MAX)?;
        for (name, &value) in inputs {
            machine.set(name, value)?;
        }
        Ok(machine)
    }

    fn set(&mut self, name: &str, value: u64) -> Result<(), String> {
        if let Some(address) = index(name, "mem") {
            // SAFETY: the space is live and the handler installed.
            return unsafe { memory::store(self.space.base(), address, Size::B8, value) }
                .map_err(|fault| format!("{name}: {fault:?}"));
        }
        let slot = GUEST.slots().iter().position(|slot| slot.name == name);
        self.cpu.file[slot.ok_or_else(|| format!("no value '{name}'"))?] = value;
        Ok(())
    }

    /// Everything that can be named and is not about the outcome.
    fn values(&self) -> Values {
        let mut values = Values::new();
        for (n, slot) in GUEST.slots().iter().enumerate() {
            values.insert(slot.name.into(), self.cpu.file[n]);
        }
        for address in (MEMORY..MEMORY + PAGE).step_by(8) {
            // SAFETY: the space is live and the page mapped.
            let word = unsafe { memory::load(self.space.base(), address, WORD) };
            values.insert(format!("mem[{address:#x}]"), word.unwrap_or(0));
        }
        for offset in (0..8 * PLUGIN_WORDS).step_by(8) {
            let address =
                self.cpu.as_ptr() as usize + CpuState::PLUGIN_AREA_OFFSET + offset as usize;
            // SAFETY: the plugin area holds that many words, and only our thread uses it.
            values.insert(format!("plugin[{offset:#x}]"), unsafe {
                *(address as *const u64)
            });
        }
        values
    }

    /// Interprets `block`, whose probe functions are numbered.
    pub(crate) fn interpret(self, block: &Block) -> Outcome {
        let block = with_probes(block);
        let before = self.values();
        // SAFETY: the state is valid, the block was verified, and the handler is installed.
        let exit = unsafe { interp::run(self.cpu.as_ptr(), &block, &GUEST) };
        self.outcome(&before, exit)
    }

    /// Compiles `block`, alone, and runs that.
    pub(crate) fn compile_and_run(mut self, block: &Block, tier: Tier) -> Result<Outcome, String> {
        let ir = with_probes(block);
        let block = Arc::new(TranslationBlock::new(&ir, &[], u32::MAX));
        let entry = match tier {
            Tier::Baseline => {
                baseline::Compiler::new(&GUEST).compile(&CODE, &block, &block.ir(), true)
            }
            Tier::Region => {
                let options = Options {
                    precise_faults: true,
                    ..Options::default()
                };
                Compiler::new(&GUEST)
                    .and_then(|mut this| this.compile(&CODE, &NoBlocks, &block, &options))
                    .map(|published| published.entry)
            }
        }
        .map_err(|error| error.to_string())?;
        let before = self.values();
        // SAFETY: as above, and the code was compiled for this guest.
        let exit = unsafe { CODE.enter(self.cpu.as_ptr(), entry) };
        let exit = match exit {
            JitExit::Unlinked(_) => match ir.terminator {
                Terminator::Branch { taken, .. } if taken == self.cpu.pc => BlockExit::Taken,
                Terminator::Branch { .. } => BlockExit::NotTaken,
                _ => BlockExit::Jump,
            },
            JitExit::IndirectMiss => BlockExit::Indirect,
            JitExit::Exit(kind) => BlockExit::Exit(kind),
            JitExit::Fault { insn, .. } => BlockExit::Fault { insn },
            JitExit::Hot => return Err("left by its limit of executions".into()),
            JitExit::Stray => return Err("left by a fault that is not the guest's".into()),
            JitExit::ExitRequested => return Err("left by an exit request".into()),
        };
        // The test's interpreter has no such knowledge of host faults.
        if *self.cpu.fault_signal.get_mut() == (libc::SIGSEGV as u32) << 16 | 2 {
            *self.cpu.fault_signal.get_mut() = 0;
        }
        Ok(self.outcome(&before, exit))
    }

    fn outcome(mut self, before: &Values, exit: BlockExit) -> Outcome {
        let mut all = self.values();
        let changed = all.iter().filter(|(name, value)| before[*name] != **value);
        let changed = changed
            .map(|(name, value)| (name.clone(), *value))
            .collect();
        all.insert("pc".into(), self.cpu.pc);
        all.insert("fault".into(), *self.cpu.fault_address.get_mut());
        all.insert("signal".into(), u64::from(*self.cpu.fault_signal.get_mut()));
        Outcome {
            exit: exit_name(exit),
            changed,
            all,
        }
    }
}

/// What compiles a block.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tier {
    Baseline,
    Region,
}

/// A region of one block needs no other.
struct NoBlocks;

impl BlockSource for NoBlocks {
    fn block(&self, _: u64, _: u32) -> Option<Arc<TranslationBlock>> {
        None
    }
}

/// The block with its probe functions filled in.
fn with_probes(block: &Block) -> Block {
    let mut block = block.clone();
    for call in &mut block.probe_calls {
        call.function = match call.kind {
            ProbeCallKind::Exec => record_exec as *const () as usize,
            ProbeCallKind::Memory { .. } => record_access as *const () as usize,
        };
    }
    block
}

/// The number in `kind[number]`.
fn index(name: &str, kind: &str) -> Option<u64> {
    let number = name
        .strip_prefix(kind)?
        .strip_prefix("[0x")?
        .strip_suffix(']')?;
    u64::from_str_radix(number, 16).ok()
}

fn exit_name(exit: BlockExit) -> String {
    match exit {
        BlockExit::Jump => "jump".into(),
        BlockExit::Taken => "taken".into(),
        BlockExit::NotTaken => "not_taken".into(),
        BlockExit::Indirect => "indirect".into(),
        BlockExit::Exit(kind) => kind.text().into(),
        BlockExit::Fault { insn } => format!("fault@{insn}"),
    }
}
