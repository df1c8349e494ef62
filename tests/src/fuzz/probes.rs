//! Random instrumentation: additions and calls at random points, whose effects land in the plugin
//! area behind the vCPU's state and are compared like everything else.
//!
//! Rules of the unsafe code: the callbacks are called by a back end that runs a block with these
//! probes, on a state whose plugin area has [`AREA_BYTES`]; both are set up in `machine`.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use emu_tcg::guest::riscv64::slots::{FFLAGS, FRM};
use emu_tcg::guest::{DecodedBlock, MemoryUse};
use emu_tcg::probe::{AccessFilter, Action, Point, Probe, Probes};
use emu_tcg::state::CpuState;

use super::random::Random;

/// Words that additions go to.
const COUNTERS: u64 = 8;
/// Size of the plugin area: the counters, and each owner's state.
pub const AREA_BYTES: usize = 8 * (COUNTERS as usize + (OWNERS * STATE_WORDS) as usize);
const OWNERS: u64 = 3;

/// An owner's state: a hash, the number of records, and the last records; and the number of pairs, and the last pairs.
const STATE_WORDS: u64 = 40;
const HASH: usize = 0;
const RECORDED: usize = 1;
const RECORDS: std::ops::Range<usize> = 4..8;
const PAIRED: usize = 2;
const PAIRS: std::ops::Range<usize> = 8..40;

/// In `userdata`: the callback reads all registers.
const READS: u64 = 1 << 32;
/// In `userdata`: the callback changes registers.
const WRITES: u64 = 1 << 33;
/// In `userdata`: the callback is one of those that are not called by code of regions, which does
/// what they do.
const SMALL: u64 = 1 << 34;
/// In `userdata`: the owner's number.
const OWNER_SHIFT: u32 = 35;

/// Registers that callbacks change: no reserved one.
const CHANGED_SLOTS: [usize; 3] = [10, 18, 32 + 10];

fn word_offset(word: u64) -> u32 {
    (CpuState::PLUGIN_AREA_OFFSET as u64 + 8 * word) as u32
}

/// Whether programs with this seed's probes are called, and not only counted.
#[must_use]
pub fn has_calls(seed: u64) -> bool {
    seed & 1 != 0
}

/// Makes what is random about calls in a row independent of the rest.
const IN_ROW: u64 = 0x5555_5555;

/// Whether most instructions call the same function with the same that it looks at.
fn calls_in_row(seed: u64) -> bool {
    has_calls(seed) && seed & 6 == 6
}

/// Makes what is random about calls that append independent of the rest.
const APPENDED: u64 = 0x3333_3333;

/// Whether most instructions call functions that do nothing but append records.
fn appends(seed: u64) -> bool {
    has_calls(seed) && seed & 6 == 4
}

/// Calls until one asks generated code to come back.
static CALLS_LEFT: AtomicU32 = AtomicU32::new(u32::MAX);

/// From now on, the call after `calls` more asks generated code to come back; none does with `None`.
pub fn request_in(calls: Option<u32>) {
    CALLS_LEFT.store(calls.unwrap_or(u32::MAX), Ordering::Relaxed);
}

/// The probes of one block. What an instruction gets depends on its bits alone, so that it
/// keeps it while others are removed.
#[must_use]
pub fn choose(seed: u64, block: &DecodedBlock) -> Probes {
    let mut probes = Probes::default();
    // Some programs are counted only, as most tools do; others get everything.
    let calls = has_calls(seed) && !appends(seed);
    let mut add = |random: &mut Random, point: Point| {
        let owner = random.below(OWNERS);
        let action = if calls && random.chance(40) {
            call(random, owner)
        } else {
            Action::Add {
                offset: word_offset(random.below(COUNTERS)),
                value: random.integer(),
            }
        };
        probes.list.push(Probe {
            point,
            action,
            owner: owner as u32,
        });
    };
    for (index, insn) in block.insns.iter().enumerate() {
        let mut random = Random::new(seed, insn.bits.into());
        if index == 0 && random.chance(60) {
            add(&mut random, Point::Block);
        }
        if random.chance(40) {
            add(&mut random, Point::Insn(index as u16));
        }
        if insn.memory != MemoryUse::None && random.chance(60) {
            let filter = random.pick(&[
                AccessFilter::Reads,
                AccessFilter::Writes,
                AccessFilter::Both,
            ]);
            add(&mut random, Point::Memory(index as u16, filter));
        }
    }
    if calls_in_row(seed) {
        for (index, insn) in block.insns.iter().enumerate() {
            let mut random = Random::new(seed ^ IN_ROW, insn.bits.into());
            if random.chance(80) {
                probes.list.push(Probe {
                    point: Point::Insn(index as u16),
                    action: call_in_row(&mut random, seed),
                    owner: 0,
                });
            }
        }
    }
    // One function for both kinds of call would have the wrong type for one of them.
    for probe in &mut probes.list {
        if let (
            Point::Memory(..),
            Action::Call {
                function, userdata, ..
            },
        ) = (probe.point, &mut probe.action)
        {
            *function = match *userdata & SMALL {
                0 => on_memory as *const () as usize,
                _ => {
                    SMALL_ON_MEMORY[*userdata as usize % SMALL_ON_MEMORY.len()] as *const ()
                        as usize
                }
            };
        }
    }
    if appends(seed) {
        for (index, insn) in block.insns.iter().enumerate() {
            let mut random = Random::new(seed ^ APPENDED, insn.bits.into());
            if random.chance(80) {
                let accesses = insn.memory != MemoryUse::None;
                probes.list.push(Probe {
                    point: match accesses {
                        true => Point::Memory(index as u16, AccessFilter::Both),
                        false => Point::Insn(index as u16),
                    },
                    action: append_call(&mut random, seed, accesses),
                    owner: 0,
                });
            }
        }
    }
    probes
}

/// A call that appends to one of two rings, of those of one owner mostly.
fn append_call(random: &mut Random, seed: u64, accesses: bool) -> Action {
    let pairs = random.chance(70) == (seed & 8 != 0);
    let function = match (accesses, pairs) {
        (false, false) => append_exec as *const () as usize,
        (false, true) => pair_exec as *const () as usize,
        (true, false) => append_memory as *const () as usize,
        (true, true) => pair_memory as *const () as usize,
    };
    let owner = if random.chance(90) {
        0
    } else {
        random.below(OWNERS)
    };
    Action::Call {
        function,
        plugin: seed as usize,
        state_offset: word_offset(COUNTERS + owner * STATE_WORDS),
        userdata: random.bits() >> random.below(64),
        reads_registers: false,
        writes_registers: false,
    }
}

fn call(random: &mut Random, owner: u64) -> Action {
    let small = random.chance(60);
    let (reads, writes) = (!small && random.chance(50), !small && random.chance(20));
    let mut userdata = random.below(1 << 32) | owner << OWNER_SHIFT;
    if small {
        userdata |= SMALL;
    }
    if reads {
        userdata |= READS;
    }
    if writes {
        userdata |= WRITES;
    }
    Action::Call {
        function: match small {
            true => SMALL_ON_EXEC[userdata as usize % SMALL_ON_EXEC.len()] as *const () as usize,
            false => on_exec as *const () as usize,
        },
        plugin: random.bits() as usize,
        state_offset: word_offset(COUNTERS + owner * STATE_WORDS),
        userdata,
        reads_registers: reads,
        writes_registers: writes,
    }
}

/// A call that is the same for all instructions but for what its function does not look at.
fn call_in_row(random: &mut Random, seed: u64) -> Action {
    Action::Call {
        function: hash_in_row as *const () as usize,
        plugin: seed as usize,
        state_offset: word_offset(COUNTERS),
        userdata: random.bits(),
        reads_registers: false,
        writes_registers: false,
    }
}

fn mix(hash: u64, value: u64) -> u64 {
    (hash.rotate_left(13) ^ value).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Raises floating-point exceptions as `choice` has it. The guest sees nothing of them.
fn raise_exceptions(choice: u64) {
    let (dividend, divisor) = match choice % 8 {
        0 => (0.0, 0.0),
        1 => (1.0, 0.0),
        2 => (f64::MAX, f64::MIN_POSITIVE),
        3 => (f64::MIN_POSITIVE, 3.0),
        4 => (1.0, 3.0),
        _ => return,
    };
    black_box(black_box(dividend) / black_box(divisor));
}

/// Hashes what a call tells and may see, and changes registers if it may.
///
/// # Safety
/// `hash` is a hash word of the plugin area of a state.
unsafe fn record(hash: *mut u64, plugin: usize, userdata: u64, values: &[u64]) {
    let owner = userdata >> OWNER_SHIFT;
    raise_exceptions(userdata);
    // SAFETY: our caller's promise; the hash stands at this distance behind the state's start,
    // and the state belongs to the running thread.
    unsafe {
        let state = hash
            .byte_sub(word_offset(COUNTERS + owner * STATE_WORDS) as usize)
            .cast::<CpuState>();
        let left = CALLS_LEFT.load(Ordering::Relaxed);
        CALLS_LEFT.store(left.wrapping_sub(1), Ordering::Relaxed);
        if left == 0 {
            (*state).exit_request.store(1, Ordering::Relaxed);
        }
        let mut value = mix(mix(*hash, plugin as u64), userdata);
        for &argument in values {
            value = mix(value, argument);
        }
        let file = &raw mut (*state).file;
        if userdata & READS != 0 {
            value = mix(value, (*state).pc);
            for slot in 0..=usize::from(FRM.0) {
                value = mix(value, (*file)[slot]);
            }
        }
        if userdata & WRITES != 0 {
            for slot in CHANGED_SLOTS {
                (*file)[slot] = userdata.wrapping_mul(slot as u64 + 1);
            }
        }
        *hash = value;
    }
    const {
        assert!(
            FFLAGS.0 == FRM.0 + 1,
            "the flags are not hashed: some may still be in the host's MXCSR"
        )
    };
}

unsafe extern "C" fn on_exec(plugin: usize, hash: *mut u64, userdata: u64) {
    // SAFETY: `call` gave this function and the place of the hash.
    unsafe { record(hash, plugin, userdata, &[]) };
}

unsafe extern "C" fn on_memory(
    plugin: usize,
    hash: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) {
    // SAFETY: as in `on_exec`.
    unsafe { record(hash, plugin, userdata, &[address, value, info.into()]) };
}

type OnExec = unsafe extern "C" fn(usize, *mut u64, u64);
type OnMemory = unsafe extern "C" fn(usize, *mut u64, u64, u64, u64, u32);

/// Callbacks of a few instructions, without a call.
const SMALL_ON_EXEC: [OnExec; 7] = [
    count_exec,
    hash_exec,
    append_exec,
    compare_exec,
    branch_exec,
    loop_exec,
    pair_exec,
];
const SMALL_ON_MEMORY: [OnMemory; 7] = [
    count_memory,
    hash_memory,
    append_memory,
    compare_memory,
    branch_memory,
    loop_memory,
    pair_memory,
];

/// Appends a record, as to a ring.
///
/// # Safety
/// The state is one of [`STATE_WORDS`].
#[inline(always)]
unsafe fn append(state: *mut u64, value: u64) {
    // SAFETY: our caller's promise.
    unsafe {
        let number = *state.add(RECORDED);
        *state.add(RECORDS.start + number as usize % RECORDS.len()) = value;
        *state.add(RECORDED) = number.wrapping_add(1);
    }
}

/// Appends a record of two words to the other ring.
///
/// # Safety
/// The state is one of [`STATE_WORDS`].
#[inline(always)]
unsafe fn append_pair(state: *mut u64, pair: [u64; 2]) {
    // SAFETY: our caller's promise.
    unsafe {
        let number = *state.add(PAIRED);
        let place = number as usize % (PAIRS.len() / 2);
        state
            .add(PAIRS.start)
            .cast::<[u64; 2]>()
            .add(place)
            .write(pair);
        *state.add(PAIRED) = number.wrapping_add(1);
    }
}

unsafe extern "C" fn pair_exec(plugin: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe { append_pair(state, [userdata, plugin as u64]) };
}

unsafe extern "C" fn pair_memory(
    _: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    _: u64,
    info: u32,
) {
    // SAFETY: as in `append`.
    unsafe { append_pair(state, [userdata ^ u64::from(info) << 48, address]) };
}

unsafe extern "C" fn count_exec(_: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe { *state.add(HASH) = (*state.add(HASH)).wrapping_add(userdata) };
}

unsafe extern "C" fn hash_exec(plugin: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe { *state.add(HASH) = mix(mix(*state.add(HASH), userdata), plugin as u64) };
}

unsafe extern "C" fn append_exec(_: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe { append(state, userdata) };
}

/// Goes round a loop as often as the bits of a value have it, in no way that compilers do away with.
///
/// # Safety
/// The state is one of [`STATE_WORDS`].
#[inline(always)]
unsafe fn repeat(state: *mut u64, bits: u64, value: u64) {
    let (mut left, mut sum) = (bits & 0xff, value);
    while left != 0 {
        sum = black_box(sum).wrapping_mul(31) ^ left;
        left &= left - 1;
    }
    // SAFETY: our caller's promise.
    unsafe { *state.add(HASH) = (*state.add(HASH)).wrapping_add(sum) };
}

unsafe extern "C" fn loop_exec(plugin: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe { repeat(state, userdata, plugin as u64) };
}

/// For calls in a row: short, and nobody can tell where it stores to.
unsafe extern "C" fn hash_in_row(plugin: usize, state: *mut u64, _: u64) {
    // SAFETY: as in `append`.
    unsafe {
        let word = black_box(state).add(HASH);
        *word = (*word).wrapping_mul(31) ^ plugin as u64;
    }
}

unsafe extern "C" fn loop_memory(
    _: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) {
    // SAFETY: as in `append`.
    unsafe { repeat(state, value, address ^ userdata << 7 ^ u64::from(info)) };
}

/// Reads by bytes what others write by words, and the other way round.
unsafe extern "C" fn compare_exec(_: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe {
        let byte = state.cast::<u8>().add(HASH * 8 + userdata as usize % 8);
        let count = state.add(RECORDED);
        *byte = byte.read().wrapping_add((*count < userdata) as u8);
        *count = count.read() ^ u64::from((*byte as i8) < 3);
    }
}

unsafe extern "C" fn count_memory(
    _: usize,
    state: *mut u64,
    _: u64,
    address: u64,
    _: u64,
    info: u32,
) {
    // SAFETY: as in `append`.
    unsafe {
        let word = state.add(if info & 16 != 0 { HASH } else { RECORDS.start });
        *word = (*word).wrapping_add(address);
    }
}

unsafe extern "C" fn hash_memory(
    plugin: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) {
    // SAFETY: as in `append`.
    unsafe {
        let hash = mix(mix(*state.add(HASH), address), value >> (info & 7));
        *state.add(HASH) = mix(hash, userdata ^ plugin as u64);
    }
}

unsafe extern "C" fn append_memory(
    _: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    _: u32,
) {
    // SAFETY: as in `append`.
    unsafe {
        append(state, address ^ userdata);
        append(state, value);
    }
}

/// Reads and writes what [`append`] does, at a constant place and at one that depends on the address.
unsafe extern "C" fn compare_memory(
    _: usize,
    state: *mut u64,
    _: u64,
    address: u64,
    value: u64,
    _: u32,
) {
    // SAFETY: as in `append`.
    unsafe {
        let record = state.add(address as usize % STATE_WORDS as usize);
        let larger = (*record).max(value as u32 as u64);
        *state.add(RECORDS.start) = larger;
        let half = state.cast::<u16>().add(value as usize & 15);
        *half = half.read().wrapping_sub(address as u16);
    }
}

unsafe extern "C" fn branch_exec(_: usize, state: *mut u64, userdata: u64) {
    // SAFETY: as in `append`.
    unsafe {
        if *state.add(HASH) & 4 != 0 {
            append(state, userdata);
        } else {
            *state.add(HASH) = mix(*state.add(HASH), userdata);
        }
    }
}

unsafe extern "C" fn branch_memory(
    _: usize,
    state: *mut u64,
    userdata: u64,
    address: u64,
    value: u64,
    info: u32,
) {
    // SAFETY: as in `append`.
    unsafe {
        if info & 16 != 0 && address & 8 != 0 {
            append(state, value);
        } else if value > userdata {
            *state.add(HASH) = mix(*state.add(HASH), address);
        }
        *state.add(RECORDED) ^= 1;
    }
}
