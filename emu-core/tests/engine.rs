//! The engine against a minimal environment: no Linux, guest code written by hand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use emu_core::engine::instrument::{Instrumentation, Uninstrumented};
use emu_core::engine::vcpu::Vcpu;
use emu_core::engine::{Backend, Engine, EngineConfig};
use emu_core::environment::{CpuContext, Environment, Exception, ExitStatus, Flow};
use emu_core::fault;
use emu_tcg::guest::riscv64::{RISCV64, slots};
use emu_tcg::guest::{DecodedBlock, Fetch, MemoryUse};
use emu_tcg::memory::{self, AddressSpace};
use emu_tcg::probe::{AccessFilter, Action, Point, Probe, Probes};
use emu_tcg::state::CpuState;

/// Where the tests' code and data are mapped.
const CODE: u64 = 0x10000;
const DATA: u64 = 0x20000;
const PAGE: u64 = 4096;

const A0: usize = 10;
const A1: usize = 11;
const A2: usize = 12;

/// A guest with one page of code and one of data, which exits at its first system call with
/// a0, and records any other exception.
struct Bare {
    space: AddressSpace,
    seen: std::sync::Mutex<Vec<(Exception, u64)>>,
    /// Whether a request to exit has come through.
    interrupted: AtomicBool,
}

impl Bare {
    fn new(code: &[u32]) -> Bare {
        let space = AddressSpace::reserve().expect("address space");
        for page in [CODE, DATA] {
            // SAFETY: inside the fresh reservation.
            let mapped = unsafe {
                libc::mmap(
                    space.host(page).cast(),
                    PAGE as usize,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED,
                    -1,
                    0,
                )
            };
            assert_ne!(mapped, libc::MAP_FAILED);
        }
        let bytes: Vec<u8> = code.iter().flat_map(|insn| insn.to_le_bytes()).collect();
        // SAFETY: mapped above.
        unsafe { memory::write_bytes(space.base(), CODE, &bytes) }.expect("code fits its page");
        Bare {
            space,
            seen: Vec::new().into(),
            interrupted: AtomicBool::new(false),
        }
    }
}

impl Fetch for Bare {
    fn fetch(&self, pc: u64, buf: &mut [u8]) -> bool {
        let inside = (CODE..=CODE + PAGE - buf.len() as u64).contains(&pc);
        // SAFETY: `base` is that of a live address space.
        inside && unsafe { memory::read_bytes(self.space.base(), pc, buf) }.is_ok()
    }
}

impl Environment for Bare {
    fn exception(&self, cpu: &mut CpuContext<'_>, exception: Exception) -> Flow {
        if exception == Exception::Syscall {
            return Flow::Exit(ExitStatus::Code(cpu.state.file[A0] as i32));
        }
        self.seen
            .lock()
            .expect("not poisoned")
            .push((exception, cpu.state.pc));
        Flow::Exit(ExitStatus::Signal(11))
    }

    fn interrupt(&self, cpu: &mut CpuContext<'_>) -> Flow {
        cpu.state.exit_request.store(0, Ordering::Relaxed);
        self.interrupted.store(true, Ordering::Relaxed);
        // A loop that would not end in a lifetime does its last round now.
        let rounds = &mut cpu.state.file[A1];
        if *rounds > u64::from(u32::MAX) {
            *rounds = 1;
        }
        Flow::Continue
    }

    fn fetch(&self) -> &(dyn Fetch + Sync) {
        self
    }
}

fn i_type(opcode: u32, funct3: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
    (imm as u32 & 0xfff) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}
fn addi(rd: u32, rs1: u32, imm: i32) -> u32 {
    i_type(0x13, 0, rd, rs1, imm)
}
fn add(rd: u32, rs1: u32, rs2: u32) -> u32 {
    rs2 << 20 | rs1 << 15 | rd << 7 | 0x33
}
fn ld(rd: u32, rs1: u32, imm: i32) -> u32 {
    i_type(0x03, 3, rd, rs1, imm)
}
fn sd(rs2: u32, rs1: u32, imm: i32) -> u32 {
    let imm = imm as u32;
    (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (imm & 0x1f) << 7 | 0x23
}
fn sw(rs2: u32, rs1: u32, imm: i32) -> u32 {
    sd(rs2, rs1, imm) & !(7 << 12) | 2 << 12
}
fn bne(rs1: u32, rs2: u32, offset: i32) -> u32 {
    let o = offset as u32;
    (o >> 12 & 1) << 31
        | (o >> 5 & 0x3f) << 25
        | rs2 << 20
        | rs1 << 15
        | 1 << 12
        | (o >> 1 & 0xf) << 8
        | (o >> 11 & 1) << 7
        | 0x63
}
const ECALL: u32 = 0x73;
const FENCE_I: u32 = 0x100f;

const ZERO: u32 = 0;
const R_A0: u32 = A0 as u32;
const R_A1: u32 = A1 as u32;
const R_A2: u32 = A2 as u32;

/// Every way to run a guest: results must not depend on it.
fn configurations() -> [EngineConfig; 3] {
    let sync = EngineConfig {
        jit_threshold: 1,
        jit_background: false,
        ..EngineConfig::default()
    };
    [
        EngineConfig {
            backend: Backend::Interp,
            ..EngineConfig::default()
        },
        EngineConfig {
            backend: Backend::Jit,
            ..sync
        },
        EngineConfig {
            backend: Backend::Jit,
            jit_threshold: 3,
            jit_background: true,
            ..sync
        },
    ]
}

struct Outcome {
    status: Option<ExitStatus>,
    file: Vec<u64>,
    seen: Vec<(Exception, u64)>,
    words: Vec<u64>,
    interrupted: bool,
}

/// Runs `code` from its start with the given registers.
fn run(
    code: &[u32],
    registers: &[(usize, u64)],
    config: EngineConfig,
    instrumentation: Arc<dyn Instrumentation>,
    prepare: impl FnOnce(&Engine, &mut CpuState),
) -> Outcome {
    let bare = Bare::new(code);
    let words = instrumentation.area_size() / 8;
    let engine = Engine::new(&RISCV64, config, instrumentation).expect("engine");
    if let Some(space) = engine.code_space() {
        fault::set_code_space(space);
    }
    let mut vcpu = Vcpu::new(engine.clone(), 0, bare.space.base());
    vcpu.state().pc = CODE;
    for &(register, value) in registers {
        vcpu.state().file[register] = value;
    }
    prepare(&engine, vcpu.state());
    let status = vcpu.run(&bare);
    let state: *const CpuState = vcpu.state();
    let words = (0..words)
        // SAFETY: the plugin area lies behind the state and is that large.
        .map(|word| unsafe {
            state
                .cast::<u8>()
                .add(CpuState::PLUGIN_AREA_OFFSET)
                .cast::<u64>()
                .add(word)
                .read()
        })
        .collect();
    Outcome {
        status,
        file: vcpu.state().file[..64].to_vec(),
        seen: bare.seen.into_inner().expect("not poisoned"),
        words,
        interrupted: bare.interrupted.into_inner(),
    }
}

/// The code space that the fault handler knows is one per process, so tests take turns.
static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());

fn on_every_configuration(test: impl Fn(EngineConfig)) {
    let _turn = TURN
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for config in configurations() {
        test(config);
    }
}

/// a0 = 1 + 2 + … + a1
fn sum_loop() -> Vec<u32> {
    vec![
        addi(R_A0, ZERO, 0),
        add(R_A0, R_A0, R_A1),
        addi(R_A1, R_A1, -1),
        bne(R_A1, ZERO, -8),
        ECALL,
    ]
}

#[test]
fn a_loop_runs_to_its_system_call() {
    on_every_configuration(|config| {
        let outcome = run(
            &sum_loop(),
            &[(A1, 100_000)],
            config,
            Arc::new(Uninstrumented),
            |_, _| {},
        );
        assert_eq!(
            outcome.status,
            Some(ExitStatus::Code((100_000u64 * 100_001 / 2) as i32))
        );
    });
}

#[test]
fn a_wild_access_is_an_exception_at_its_instruction_with_exact_registers() {
    let wild: [u64; 5] = [0, 0x4000_0000, 1 << 38, 1 << 63, u64::MAX - 15];
    on_every_configuration(|config| {
        for address in wild {
            let code = [
                addi(R_A0, ZERO, 7),
                addi(R_A0, R_A0, 1),
                ld(R_A2, R_A1, 8),
                ECALL,
            ];
            let outcome = run(
                &code,
                &[(A1, address), (A2, 99)],
                config.clone(),
                Arc::new(Uninstrumented),
                |engine, _| engine.require_precise_faults(),
            );
            let [
                (
                    Exception::MemoryFault {
                        signal,
                        address: at,
                        ..
                    },
                    pc,
                ),
            ] = outcome.seen[..]
            else {
                panic!("{address:#x}: {:?}", outcome.seen);
            };
            assert_eq!(
                (signal, at, pc),
                (libc::SIGSEGV, address.wrapping_add(8), CODE + 8)
            );
            assert_eq!(
                (outcome.file[A0], outcome.file[A2]),
                (8, 99),
                "{address:#x}"
            );
        }
    });
}

#[test]
fn running_off_the_code_is_a_fetch_fault() {
    on_every_configuration(|config| {
        let outcome = run(
            &[0x0000_8067],
            &[(1, 0x50000)],
            config,
            Arc::new(Uninstrumented),
            |_, _| {},
        );
        assert_eq!(outcome.seen, [(Exception::FetchFault, 0x50000)]);
    });
}

#[test]
fn code_that_changed_is_seen_after_fence_i() {
    // Each pass replaces its first instruction, `addi a0, a0, 1`, by `addi a0, a0, 2`.
    let patched = addi(R_A0, R_A0, 2);
    let code = [
        addi(R_A0, R_A0, 1),
        sw(R_A2, R_A1, 0),
        FENCE_I,
        addi(5, 5, -1),
        bne(5, ZERO, -16),
        ECALL,
    ];
    on_every_configuration(|config| {
        let registers = [(A1, CODE), (A2, u64::from(patched)), (5, 40)];
        let outcome = run(
            &code,
            &registers,
            config,
            Arc::new(Uninstrumented),
            |_, _| {},
        );
        assert_eq!(outcome.status, Some(ExitStatus::Code(1 + 39 * 2)));
    });
}

#[test]
fn a_request_to_exit_reaches_a_running_loop() {
    on_every_configuration(|config| {
        // SAFETY of the share: the state outlives the thread, which ends before `run` returns.
        struct Shared(*const CpuState);
        // SAFETY: only the atomic field is used.
        unsafe impl Send for Shared {}
        let mut requester = None;
        let outcome = run(
            &sum_loop(),
            &[(A1, u64::MAX)],
            config,
            Arc::new(Uninstrumented),
            |_, state| {
                let shared = Shared(state);
                requester = Some(std::thread::spawn(move || {
                    let shared = shared;
                    std::thread::sleep(std::time::Duration::from_millis(5));
                    // SAFETY: see above.
                    unsafe { &(*shared.0).exit_request }.store(1, Ordering::Relaxed);
                }));
            },
        );
        assert!(outcome.status.is_some() && outcome.interrupted);
        requester.expect("started").join().expect("no panic");
    });
}

/// Counts instructions (word 0), blocks (1), reads (2) and writes (3).
struct Counters;

impl Instrumentation for Counters {
    fn area_size(&self) -> usize {
        32
    }

    fn instrument(&self, block: &DecodedBlock) -> Probes {
        let offset = CpuState::PLUGIN_AREA_OFFSET as u32;
        let add = |point, word: u32| Probe {
            point,
            action: Action::Add {
                offset: offset + 8 * word,
                value: 1,
            },
            owner: 0,
        };
        let mut list = vec![add(Point::Block, 1)];
        for (n, insn) in block.insns.iter().enumerate() {
            list.push(add(Point::Insn(n as u16), 0));
            if insn.memory != MemoryUse::None {
                list.push(add(Point::Memory(n as u16, AccessFilter::Reads), 2));
                list.push(add(Point::Memory(n as u16, AccessFilter::Writes), 3));
            }
        }
        Probes { list }
    }
}

#[test]
fn inline_counters_are_exact() {
    on_every_configuration(|config| {
        let outcome = run(
            &sum_loop(),
            &[(A1, 1000)],
            config,
            Arc::new(Counters),
            |_, _| {},
        );
        // The first pass enters the loop's block through the one that holds the `addi` too.
        assert_eq!(outcome.words, [1 + 3 * 1000 + 1, 1000 + 1, 0, 0]);
    });
}

#[test]
fn inline_counters_are_exact_when_a_fault_leaves_the_block_in_its_middle() {
    let code = [
        sd(R_A2, R_A1, 0),
        ld(R_A0, R_A1, 0),
        addi(R_A1, R_A1, 8),
        // Ends in the page behind the data.
        bne(R_A1, ZERO, -12),
        ECALL,
    ];
    on_every_configuration(|config| {
        let outcome = run(&code, &[(A1, DATA)], config, Arc::new(Counters), |_, _| {});
        let passes = PAGE / 8;
        let at = outcome.seen[0];
        assert!(matches!(at.0, Exception::MemoryFault { address, .. } if address == DATA + PAGE));
        assert_eq!(at.1, CODE);
        assert_eq!(outcome.words, [4 * passes + 1, passes + 1, passes, passes]);
    });
}

#[test]
fn registers_are_named_by_the_slot_table() {
    assert_eq!(usize::from(slots::x(10).0), A0);
}
