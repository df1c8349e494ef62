//! Regions of generated code: control flow, exits, faults, instrumentation, other threads.
//!
//! What single operations do is in `tests/ir`, whose blocks run on every back end. Here several
//! blocks make up a program; each test says what of it is compiled.

mod bits;
mod choices;
mod counters;
mod divisors;
#[path = "../ir_files/guest.rs"]
mod guest;
mod leaves;
mod random;
mod world;

use std::sync::atomic::Ordering;
use std::time::Duration;

use emu_tcg::ir::ExitKind;
use emu_tcg::state::JUMP_CACHE_SIZE;
use world::{End, MEMORY, World};

const SYSCALL: End = End::Exit(ExitKind::Syscall);

/// Sums `r1` down to 1 into `r2`.
const SUM: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r2 = add r2, r1
0x1004:
    r1 = add r1, -1
0x1008:
    branch.ne r1, zero, 0x1000, 0x100c
}
block 0x100c mode 0x0 {
0x100c:
    exit syscall 0x1010
}";

#[test]
fn a_loop_is_one_entry() {
    let mut world = World::of(SUM);
    let published = world.compile(0x1000);
    assert_eq!((published.blocks.len(), published.guest_insns), (2, 4));
    world.set("r1", 1000);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!(
        (world.get("r1"), world.get("r2"), world.cpu.pc, world.enters),
        (0, 500_500, 0x1010, 1)
    );
}

#[test]
fn a_side_that_never_ran_is_left_out() {
    let mut world = World::of(SUM);
    world.block(0x1000).profile.set(9, 9);
    let published = world.compile(0x1000);
    assert_eq!(published.blocks.len(), 1);
    world.set("r1", 10);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!(world.get("r2"), 55);
}

#[test]
fn an_exit_is_linked_once() {
    let _turn = world::exclusive();
    let mut world = World::of(SUM);
    world.stop_at(0x100c);
    world.compile(0x1000);
    world.compile(0x100c);
    for (round, enters) in [(1, 2), (2, 3), (3, 4)] {
        world.set("r1", 10);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!(world.enters, enters, "round {round}");
    }
    world::code().unlink_all();
    world.set("r1", 10);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!(world.enters, 6);
}

#[test]
fn an_exit_of_baseline_code_is_linked_once_and_stays_so_over_a_fork() {
    let _turn = world::exclusive();
    let mut world = World::of(SUM);
    world.compile_baseline(0x1000);
    world.compile_baseline(0x100c);
    let mut enters_of_a_run = || {
        world.enters = 0;
        world.set("r1", 10);
        assert_eq!(world.run(0x1000), SYSCALL);
        world.enters
    };
    // One more for each of the two ways that the branch goes.
    assert_eq!([enters_of_a_run(), enters_of_a_run()], [3, 1]);
    world::code().unlink_all();
    assert_eq!([enters_of_a_run(), enters_of_a_run()], [3, 1]);
    drop(world::code().fork_guard());
    assert_eq!(enters_of_a_run(), 1);
    world::code().unlink_all();
    assert_eq!([enters_of_a_run(), enters_of_a_run()], [3, 1]);
}

#[test]
fn an_indirect_target_is_found_in_the_jump_cache() {
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    r1 = add r1, 1
    indirect r3
}
block 0x2000 mode 0x0 {
0x2000:
    r2 = add r2, r1
    branch.ne r1, r4, 0x1000, 0x2004
}
block 0x2004 mode 0x0 {
0x2004:
    exit syscall 0x2008
}",
    );
    world.stop_at(0x1000).stop_at(0x2000);
    world.compile(0x1000);
    world.compile(0x2000);
    world.set("r3", 0x2000).set("r4", 100);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!((world.get("r1"), world.get("r2")), (100, 5050));
    // One to miss the cache, one to come back from it unlinked, one that stays.
    assert_eq!(world.enters, 3);
}

#[test]
fn indirect_targets_that_meet_in_the_jump_cache_are_found() {
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    r1 = add r1, 1
    indirect r3
}
block 0x2000 mode 0x0 {
0x2000:
    r2 = add r2, r1
    r3 = mov 0xa000
    branch.ne r1, r4, 0x1000, 0x2010
}
block 0xa000 mode 0x0 {
0xa000:
    r3 = mov 0x2000
    branch.ne r1, r4, 0x1000, 0x2010
}
block 0x2010 mode 0x0 {
0x2010:
    exit syscall 0x2014
}",
    );
    const _: () = assert!((0xa000 - 0x2000) / 2 % JUMP_CACHE_SIZE == 0);
    for pc in [0x1000, 0x2000, 0xa000] {
        world.stop_at(pc);
    }
    for pc in [0x1000, 0x2000, 0xa000] {
        world.compile(pc);
    }
    world.set("r3", 0x2000).set("r4", 100);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!((world.get("r1"), world.get("r2")), (100, 2500));
    // Each of the two misses the cache once and comes back from it unlinked once; one enter stays.
    assert_eq!(world.enters, 5);
}

/// A loop that calls the function in `r3` through that in 0x4000; two of three executions of the latter are
/// of the function in 0x3000, the others of that in 0x3800.
const POINTERS: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r1 = mov 0x1004
    indirect r5 call 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    r4 = add r4, -1
    branch.ne r4, zero, 0x1000, 0x1008
}
block 0x1008 mode 0x0 {
0x1008:
    exit syscall 0x100c
}
block 0x3000 mode 0x0 {
0x3000:
    r2 = add r2, 3
    indirect r1 return
}
block 0x3800 mode 0x0 {
0x3800:
    r2 = add r2, 100
    indirect r1 return
}
block 0x3c00 mode 0x0 {
0x3c00:
    r2 = add r2, 10000
    indirect r1 return
}
block 0x4000 mode 0x0 {
0x4000:
    indirect r3
}";

#[test]
fn callees_behind_pointers_are_inlined_and_others_are_found() {
    let mut world = World::of(POINTERS);
    for execution in 0..30 {
        world
            .block(0x1000)
            .targets
            .get_or_new()
            .set(execution, 0x4000);
        let target = [0x3000, 0x3800, 0x3000][execution as usize % 3];
        world
            .block(0x4000)
            .targets
            .get_or_new()
            .set(execution, target);
    }
    let blocks = world.compile(0x1000).blocks;
    let mut blocks: Vec<u64> = blocks.iter().map(|block| block.pc).collect();
    blocks.sort_unstable();
    assert_eq!(blocks, [0x1000, 0x1004, 0x1008, 0x3000, 0x3800, 0x4000]);
    for (function, sum, enters) in [(0x3000, 60, 1), (0x3800, 2000, 1), (0x3c00, 200_000, 21)] {
        world.enters = 0;
        world
            .set("r2", 0)
            .set("r3", function)
            .set("r4", 20)
            .set("r5", 0x4000);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!((world.get("r2"), world.get("r4")), (sum, 0));
        assert!(
            world.enters <= enters,
            "{} times for {function:#x}",
            world.enters
        );
    }
}

#[test]
fn baseline_code_samples_where_indirect_jumps_lead() {
    let mut world = World::of(POINTERS);
    for pc in [0x1000, 0x1004, 0x3000, 0x3800, 0x4000] {
        world.compile_baseline(pc);
    }
    assert_eq!(
        world
            .block(0x4000)
            .targets
            .get()
            .map(|targets| targets.seen()),
        Some(vec![])
    );
    for (function, calls) in [(0x3000, 2000), (0x3800, 1000)] {
        world.set("r3", function).set("r4", calls).set("r5", 0x4000);
        assert_eq!(world.run(0x1000), SYSCALL);
    }
    let seen = |pc| world.block(pc).targets.get().map(|targets| targets.seen());
    let calls = seen(0x1000).unwrap_or_default();
    assert_eq!((calls.len(), calls[0].0), (1, 0x4000));
    let functions = seen(0x4000).unwrap_or_default();
    assert_eq!(functions.len(), 2, "{functions:x?}");
    assert!(seen(0x3000).is_none(), "a return is not sampled");
}

/// A loop that calls a function that adds 3 to `r2`; `r1` is the link register.
const CALLS: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r1 = mov 0x1004
    jump 0x3000 call 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    r4 = add r4, -1
    branch.ne r4, zero, 0x1000, 0x1008
}
block 0x1008 mode 0x0 {
0x1008:
    exit syscall 0x100c
}
block 0x3000 mode 0x0 {
0x3000:
    r2 = add r2, 3
    branch.eq r2, r5, 0x3008, 0x3004
}
block 0x3004 mode 0x0 {
0x3004:
    indirect r1 return
}
block 0x3008 mode 0x0 {
0x3008:
    r1 = mov 0x1008
    jump 0x3004
}";

#[test]
fn a_small_callee_is_inlined_and_may_return_elsewhere() {
    let mut world = World::of(CALLS);
    world.compile(0x1000);
    world.set("r4", 20).set("r5", 0);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!((world.get("r2"), world.get("r4"), world.enters), (60, 0, 1));

    // The callee changes its return address once r2 is 30.
    world.set("r4", 20).set("r5", 30).set("r2", 0);
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!(
        (world.get("r1"), world.get("r2"), world.get("r4")),
        (0x1008, 30, 11)
    );
}

#[test]
fn a_small_loop_that_mostly_goes_round_is_unrolled() {
    for (taken, insns) in [(700, 4), (990, 4 * 3)] {
        let mut world = World::of(SUM);
        world.block(0x1000).profile.set(1000, taken);
        world.block(0x100c).profile.set(1000 - taken, 0);
        assert_eq!(world.compile(0x1000).guest_insns, insns);
        for rounds in 1..10 {
            world.set("r1", rounds).set("r2", 0);
            assert_eq!(world.run(0x1000), SYSCALL);
            assert_eq!(world.get("r2"), rounds * (rounds + 1) / 2);
        }
    }
}

#[test]
fn an_exit_request_ends_an_endless_loop_with_its_state() {
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    r1 = add r1, 1
    r2 = add r1, 5
    jump 0x1000
}",
    );
    world.compile(0x1000);
    let request = &raw const world.cpu.exit_request as usize;
    let end = std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            // SAFETY: the world outlives the scope, and the field is an atomic.
            unsafe { &*(request as *const std::sync::atomic::AtomicU32) }
                .store(1, Ordering::Relaxed);
        });
        world.run(0x1000)
    });
    assert_eq!((end, world.cpu.pc), (End::Requested, 0x1000));
    assert!(world.get("r1") > 0);
    assert_eq!(world.get("r2"), world.get("r1") + 5);
}

#[test]
fn a_loop_sees_what_another_thread_stores() {
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    r2 = load.i64 [r1]
    branch.eq r2, zero, 0x1000, 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    exit syscall 0x1008
}",
    );
    world.compile(0x1000);
    world.set("r1", MEMORY);
    let word = world.word(MEMORY) as *const _ as usize;
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(Duration::from_millis(20));
            // SAFETY: the world outlives the scope, and the word is only used as an atomic.
            unsafe { &*(word as *const std::sync::atomic::AtomicU64) }.store(7, Ordering::Release);
        });
        assert_eq!(world.run(0x1000), SYSCALL);
    });
    assert_eq!(world.get("r2"), 7);
}

/// Stores `r1` to addresses from `r2` on, in a loop, counting blocks and instructions.
const COUNTED_STORES: &str = "
block 0x1000 mode 0x0 {
0x1000:
    probe_add plugin+0x0 += 1 for 0:1
    probe_add plugin+0x8 += 4 for 0:1 1:1 2:1 3:1
    r1 = add r1, 1
0x1004:
    store.i64 [r2 + 8], r1
0x1008:
    r2 = add r2, r3
0x100c:
    jump 0x1000
}";

#[test]
fn a_fault_leaves_exact_counts_and_if_asked_exact_slots() {
    const MAPERR: u32 = (libc::SIGSEGV as u32) << 16 | 1;
    const ACCERR: u32 = (libc::SIGSEGV as u32) << 16 | 2;
    // First address, step, stores that succeed, address that faults, how.
    let cases = [
        (MEMORY, 8, 511, MEMORY + 4096, ACCERR),
        (MEMORY + 1024, 1 << 38, 1, MEMORY + 1032 + (1 << 38), MAPERR),
        (MEMORY + 4080, -4096_i64 as u64, 1, MEMORY - 8, ACCERR),
        (u64::MAX, 1, 0, 7, ACCERR),
        (1 << 38, 8, 0, (1 << 38) + 8, MAPERR),
        (0x8000_0000_0000_0000, 8, 0, 0x8000_0000_0000_0008, MAPERR),
    ];
    for (start, step, stores, address, signal) in cases {
        for precise_faults in [false, true] {
            let mut world = World::of(COUNTED_STORES);
            world.options.precise_faults = precise_faults;
            world.compile(0x1000);
            world.set("r2", start).set("r3", step);
            assert_eq!(world.run(0x1000), End::Fault(1), "{start:#x}");
            assert_eq!(world.cpu.pc, 0x1004);
            assert_eq!(*world.cpu.fault_signal.get_mut(), signal, "{start:#x}");
            let counts = (world.plugin_word(0), world.plugin_word(8));
            assert_eq!(counts, (stores + 1, 4 * stores + 2), "{start:#x}");
            if precise_faults {
                assert_eq!(*world.cpu.fault_address.get_mut(), address);
                let base = start.wrapping_add(stores.wrapping_mul(step));
                assert_eq!(
                    (world.get("r1"), world.get("r2")),
                    (stores + 1, base),
                    "{start:#x}"
                );
            }
        }
    }
}

#[test]
fn counts_are_exact_when_a_loop_is_left() {
    let text = SUM.replace(
        "0x1000:\n    r2 = add",
        "0x1000:\n    probe_add plugin+0x10 += 3 for 0:1 1:1 2:1\n    r2 = add",
    );
    let mut world = World::of(&text);
    world.compile(0x1000);
    for round in 1..=3 {
        world.set("r1", 1000);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!(world.plugin_word(0x10), round * 3000);
    }
}

#[test]
fn flags_of_results_that_nobody_uses_are_raised() {
    const INEXACT: u64 = 1;
    // 1 / 3, overwritten before anything reads it.
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    f2 = fdiv.f64.dyn f0, f1
    f2 = mov 0
    jump 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    r1 = fflags_get
    exit syscall 0x1008
}",
    );
    world.compile(0x1000);
    world.set("f0", 1_f64.to_bits()).set("f1", 3_f64.to_bits());
    assert_eq!(world.run(0x1000), SYSCALL);
    assert_eq!((world.get("r1"), world.get("fflags")), (INEXACT, INEXACT));
}

#[test]
fn flags_of_what_a_loop_does_not_reach_are_not_raised() {
    // The division is by zero and the same in each iteration, but is never done.
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    r1 = add r1, -1
    branch.eq r1, r2, 0x1010, 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    branch.ne r1, zero, 0x1000, 0x1008
}
block 0x1008 mode 0x0 {
0x1008:
    exit syscall 0x100c
}
block 0x1010 mode 0x0 {
0x1010:
    f2 = fdiv.f64.dyn f0, f1
    jump 0x1004
}",
    );
    world.compile(0x1000);
    for (r2, flags) in [(1000, 0), (5, 8)] {
        world
            .set("r1", 10)
            .set("r2", r2)
            .set("f0", 1_f64.to_bits())
            .set("fflags", 0);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!(world.get("fflags"), flags);
    }
}

#[test]
fn operations_on_constants_round_and_raise_flags_as_any() {
    let mut world = World::of(
        "
block 0x1000 mode 0x0 {
0x1000:
    f0 = i2f.f64.i64.dyn 1
    f1 = i2f.f64.i64.dyn 3
    f2 = fdiv.f64.dyn f0, f1
    exit syscall 0x1004
}",
    );
    world.compile(0x1000);
    // To nearest, towards zero, down, up.
    for (mode, bits) in [
        (0, 0x3fd5_5555_5555_5555),
        (1, 0x3fd5_5555_5555_5555),
        (3, 0x3fd5_5555_5555_5556),
    ] {
        world.set("frm", mode).set("fflags", 0);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!(
            (world.get("f2"), world.get("fflags")),
            (bits, 1),
            "mode {mode}"
        );
    }
}

#[test]
fn a_reset_makes_room() {
    let _turn = world::exclusive();
    let space = emu_tcg::backend::code_space::CodeSpace::new(4096).expect("space");
    let mut compiler = emu_tcg::backend::cranelift::Compiler::new(&guest::GUEST).expect("compiler");
    let world = World::of(SUM);
    let compile = |compiler: &mut emu_tcg::backend::cranelift::Compiler| {
        compiler.compile(&space, &world.blocks, world.block(0x1000), &world.options)
    };
    let first = compile(&mut compiler).expect("fits").entry;
    while compile(&mut compiler).is_ok() {}
    assert!(space.is_full());
    space.reset().expect("remaps");
    assert!(!space.is_full());
    assert_eq!(compile(&mut compiler).expect("fits again").entry, first);
}
