//! Branches that regions do without: both ways are done, and one of the results is taken.

use std::iter;
use std::sync::atomic::Ordering;

use emu_tcg::ir::{
    Block, Cond, ExitKind, InsnInfo, JumpKind, MemExt, MemOp, Op, Opcode, Size, Terminator, Var,
};
use emu_tcg::state::SLOT_CAPACITY;

use super::SYSCALL;
use super::counters::{instrument, words};
use super::random::{FUEL, Random, prepare};
use super::world::{End, MEMORY, PAGE, World};

/// Random bits.
const RANDOM: &str = "r5 = mul r5, 0x5851f42d4c957f2d
    r5 = add r5, 1
    r3 = shr.u r5, 63";

/// A loop that counts `r1` down and goes `way` where `test` makes something but 0 of `r3`.
fn choice(test: &str, way: &str) -> World {
    World::of(&format!(
        "
block 0x1000 mode 0x0 {{
0x1000:
    {test}
    branch.eq r3, zero, 0x1008, 0x1004
}}
block 0x1004 mode 0x0 {{
0x1004:
    {way}
0x1008:
    r1 = add r1, -1
    branch.ne r1, zero, 0x1000, 0x100c
}}
block 0x1008 mode 0x0 {{
0x1008:
    r1 = add r1, -1
    branch.ne r1, zero, 0x1000, 0x100c
}}
block 0x100c mode 0x0 {{
0x100c:
    exit syscall 0x1010
}}"
    ))
}

/// Whether a region does without the branch, if that has skipped the way so many times out of a hundred.
fn does_without(world: &mut World, skipped: u32) -> bool {
    world.block(0x1000).profile.set(100, skipped);
    world
        .block(0x1004)
        .profile
        .set(100 - skipped, 100 - skipped);
    // Not so many rounds that it would be unrolled.
    let block = world.block(0x1008);
    block.profile.set(skipped, skipped.min(80));
    let region = world.compile(0x1000);
    // What lies on the way is covered, even if that is no node.
    assert_eq!(region.blocks.len(), 3);
    region.guest_insns == 2
}

#[test]
fn a_branch_over_little_is_done_without_unless_it_is_predictable() {
    for (skipped, expected) in [(5, false), (15, true), (50, true), (85, true), (95, false)] {
        let mut world = choice(RANDOM, "r2 = add r2, r1\n r2 = xor r2, 7");
        assert_eq!(does_without(&mut world, skipped), expected, "{skipped}");
    }
}

#[test]
fn a_branch_over_next_to_nothing_is_done_without_if_it_has_gone_both_ways() {
    for skipped in [5, 95] {
        let mut world = choice(RANDOM, "r2 = add r2, r1");
        assert!(does_without(&mut world, skipped), "{skipped}");
    }
    // A load that waits for the result would not wait for a prediction.
    let feeding = format!("r4 = shl r2, 3\n r4 = load.i64 [r4]\n {RANDOM}");
    let mut world = choice(&feeding, "r2 = mov r1");
    assert!(!does_without(&mut world, 5));
    assert!(does_without(&mut world, 50));
    let by_another = feeding.replace("[r4]", "[r6]");
    assert!(does_without(&mut choice(&by_another, "r2 = mov r1"), 5));
}

#[test]
fn a_branch_over_more_is_done_without_where_that_is_less_than_what_it_costs() {
    let ways = [
        (
            "r2 = mul r2, 3\n r2 = add r2, r1\n r2 = xor r2, 7",
            [true, true, false],
        ),
        (
            "r2 = mulh.u r2, r5\n r2 = mul r2, r1\n r2 = mul r2, r1",
            [true, true, false],
        ),
        (
            "r2 = mulh.u r2, r5\n r2 = mulh.u r2, r1\n r2 = mulh.s r2, r1\n r2 = xor r2, 1",
            [false; 3],
        ),
        ("r2 = mulh.su r2, r5", [false; 3]),
        // What the divisor is, nobody knows.
        ("r2 = rem.u r2, r6", [false; 3]),
    ];
    for (way, expected) in ways {
        let at = [20, 50, 80].map(|skipped| does_without(&mut choice(RANDOM, way), skipped));
        assert_eq!(at, expected, "{way}");
    }
}

#[test]
fn a_branch_that_a_count_decides_is_predictable() {
    for test in [
        "r3 = and r1, 4",
        "r3 = setcond.lt.u r1, r7",
        "r4 = mul r1, r7\n r4 = shr.u r4, 3\n r3 = and r4, 1",
    ] {
        let mut world = choice(test, "r2 = add r2, r1");
        assert!(!does_without(&mut world, 50), "{test}");
        let mut world = choice(&test.replace("r1", "r2"), "r2 = add r2, r1");
        assert!(does_without(&mut world, 50), "{test} of what the loop sums");
    }
}

#[test]
fn what_is_done_without_a_branch_is_what_the_branch_would_do() {
    let mut world = choice(RANDOM, "r2 = mul r2, r5\n r2 = rem.u r2, r6");
    let mut slots = [0; SLOT_CAPACITY];
    slots[6] = 1001;
    world.options.seen = Some(slots);
    assert!(does_without(&mut world, 50));
    for divisor in [1001, 1002, 1, 0, u64::MAX] {
        world
            .set("r1", 100)
            .set("r2", 12345)
            .set("r5", 1)
            .set("r6", divisor);
        assert_eq!(world.run(0x1000), SYSCALL);
        let (mut product, mut state) = (12345_u64, 1_u64);
        for _ in 0..100 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            if state >> 63 != 0 {
                let next = product.wrapping_mul(state);
                product = next.checked_rem(divisor).unwrap_or(next);
            }
        }
        assert_eq!(
            (world.get("r2"), world.get("r5")),
            (product, state),
            "{divisor}"
        );
    }
}

/// Halves the distance between `r1` and `r2`, towards below `r3` or above it: the ways of the branch meet
/// behind one operation each, one of which lies behind a jump.
const BISECTION: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r4 = add r1, r2
    r4 = shr.u r4, 1
0x1004:
    branch.lt.u r4, r3, 0x1010, 0x1008
}
block 0x1008 mode 0x0 {
0x1008:
    r2 = mov r4
0x100c:
    branch.lt.u r1, r2, 0x1000, 0x1020
}
block 0x100c mode 0x0 {
0x100c:
    branch.lt.u r1, r2, 0x1000, 0x1020
}
block 0x1010 mode 0x0 {
0x1010:
    r1 = add r4, 1
0x1014:
    jump 0x100c
}
block 0x1020 mode 0x0 {
0x1020:
    exit syscall 0x1024
}";

#[test]
fn an_unpredictable_choice_between_operations_is_done_without_a_branch() {
    let mut world = World::of(BISECTION);
    world.block(0x1000).profile.set(30, 15);
    assert_eq!(world.compile(0x1000).guest_insns, 4);
    for wanted in [0, 1, 500, 777, 1000] {
        world.set("r1", 0).set("r2", 1000).set("r3", wanted);
        assert_eq!(world.run(0x1000), SYSCALL);
        assert_eq!((world.get("r1"), world.get("r2")), (wanted, wanted));
    }
}

#[test]
fn a_loop_with_an_unpredictable_branch_is_not_unrolled() {
    // One of the ways is too long to do without the branch.
    let long = "
0x1008:
    r2 = mulh.s r2, 7
    r2 = mulh.s r2, 7
    r2 = mulh.s r2, 7
    r2 = mulh.s r2, 7
0x100c:";
    let text = BISECTION.replace("\n0x1008:\n    r2 = mov r4\n0x100c:", long);
    for (taken, unrolled) in [(500, false), (30, true)] {
        let mut world = World::of(&text);
        world.block(0x1000).profile.set(1000, taken);
        world.block(0x1008).profile.set(1000 - taken, 995 - taken);
        world.block(0x100c).profile.set(taken, taken);
        world.block(0x1010).profile.set(taken, 0);
        let insns = world.compile(0x1000).guest_insns;
        assert_eq!(insns > 12, unrolled, "{insns} instructions");
    }
}

/// A loop whose end is there twice, once behind each way of a branch, with the last branch the other way round. One of the
/// ways loads.
const COPIED_END: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r5 = mul r5, 0x5851f42d4c957f2d
    r5 = add r5, 1
    r3 = shr.u r5, 63
    branch.eq r3, zero, 0x1010, 0x1004
}
block 0x1004 mode 0x0 {
0x1004:
    r2 = load.i64 [r4 + 8]
0x1008:
    r6 = add r6, r2
0x100c:
    r1 = add r1, -1
    branch.ne r1, zero, 0x1000, 0x1020
}
block 0x1010 mode 0x0 {
0x1010:
    r2 = mov r1
0x1014:
    r6 = add r6, r2
0x1018:
    r1 = add r1, -1
    branch.eq r1, zero, 0x1020, 0x1000
}
block 0x1020 mode 0x0 {
0x1020:
    exit syscall 0x1024
}";

/// A loop like that of [`COPIED_END`] with a branch that is hard to predict, and how many instructions its region has.
fn copied_end(text: &str, precise_faults: bool) -> (World, usize) {
    let mut world = World::of(text);
    world.options.precise_faults = precise_faults;
    world.block(0x1000).profile.set(100, 50);
    // Not so many rounds that it would be unrolled.
    world.block(0x1004).profile.set(50, 40);
    world.block(0x1010).profile.set(50, 10);
    let region = world.compile(0x1000);
    assert_eq!(region.blocks.len(), 3);
    (world, region.guest_insns)
}

#[test]
fn ways_meet_where_they_end_alike() {
    let (mut world, insns) = copied_end(COPIED_END, false);
    assert_eq!(insns, 3);
    let there = world.word(MEMORY + 8);
    there.store(1000, Ordering::Relaxed);
    world.set("r1", 100).set("r4", MEMORY).set("r5", 1);
    assert_eq!(world.run(0x1000), SYSCALL);
    let (mut sum, mut state) = (0_u64, 1_u64);
    for count in (1..=100).rev() {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        sum += if state >> 63 != 0 { 1000 } else { count };
    }
    assert_eq!((world.get("r6"), world.get("r1")), (sum, 0));
}

#[test]
fn ways_meet_whichever_of_two_conditions_the_branches_have() {
    let conditions = [("eq", "ne"), ("lt.s", "ge.s"), ("lt.u", "ge.u")];
    for (condition, other) in conditions {
        for [first, second] in [[condition, other], [other, condition]] {
            let text = COPIED_END
                .replace("branch.ne r1, zero", &format!("branch.{first} r1, r6"))
                .replace("branch.eq r1, zero", &format!("branch.{second} r1, r6"));
            assert_eq!(copied_end(&text, false).1, 3, "{first}, {second}");
        }
    }
}

#[test]
fn ways_meet_no_sooner_than_they_are_alike() {
    let text = COPIED_END.replace(
        "0x1014:\n    r6 = add r6, r2",
        "0x1014:\n    r6 = add r6, 1",
    );
    assert_eq!(copied_end(&text, false).1, 2);
}

#[test]
fn ways_with_loads_meet_if_one_of_these_is_beside_what_has_been_accessed() {
    let beside = COPIED_END
        .replace("r3 = shr", "r7 = load.i32 [r4 + 16]\n    r3 = shr")
        .replace("r2 = mov r1", "r2 = load.i64 [r4 + 512]");
    assert_eq!(copied_end(&beside, false).1, 3);
    let moved = beside.replace("r7 = load", "r4 = load");
    assert_eq!(copied_end(&moved, false).1, 7);
    // By then, another thread may have unmapped it.
    let told = beside.replace("[r4 + 16]", "[r4 + 16]\n    store.i64 [r9], r1");
    assert_eq!(copied_end(&told, false).1, 7);
}

#[test]
fn ways_do_not_meet_where_they_must_not() {
    for (here, there) in [
        (
            "branch.eq r1, zero, 0x1020, 0x1000",
            "branch.eq r2, zero, 0x1020, 0x1000",
        ),
        (
            "branch.eq r1, zero, 0x1020, 0x1000",
            "branch.eq r1, zero, 0x1000, 0x1020",
        ),
        // Of two loads, one is done early if the branch is predicted.
        ("r2 = mov r1", "r2 = load.i64 [r4]"),
        ("r2 = mov r1", "store.i64 [r4], r1"),
    ] {
        let text = COPIED_END.replace(here, there);
        assert_ne!(text, COPIED_END);
        assert_eq!(copied_end(&text, false).1, 7, "{there}");
    }
    // Faults are to find everything.
    assert_eq!(copied_end(COPIED_END, true).1, 7);
}

#[test]
fn what_is_loaded_in_vain_cannot_fault() {
    let mut state = 1_u64;
    let loads = || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        state >> 63 != 0
    };
    let before = iter::repeat_with(loads).take_while(|loads| !loads).count() as u64;
    assert_ne!(before, 0);
    for address in [0, MEMORY + PAGE - 8, u64::MAX << 40, u64::MAX - 100] {
        let (mut world, _) = copied_end(COPIED_END, false);
        world.set("r1", before).set("r4", address).set("r5", 1);
        assert_eq!(world.run(0x1000), SYSCALL, "{address:#x}");
        world.set("r1", before + 1).set("r5", 1);
        assert_eq!(world.run(0x1000), End::Fault(0), "{address:#x}");
        assert_eq!(world.cpu.pc, 0x1004);
    }
}

/// An operation that computes `dst`.
fn computation(random: &mut Random, dst: Var) -> Op {
    let mut operand = || Var::slot(1 + random.below(12) as u16);
    let (a, b) = (operand(), operand());
    let codes = [
        Opcode::Mov,
        Opcode::Add,
        Opcode::Sub,
        Opcode::Xor,
        Opcode::Shl,
        Opcode::Mul,
        Opcode::AddW,
        Opcode::Sext32,
    ];
    let code = codes[random.below(codes.len() as u64) as usize];
    let unary = matches!(code, Opcode::Mov | Opcode::Sext32);
    let (b, imm) = match random.below(2) {
        _ if unary => (Var::NONE, 0),
        0 => (Var::IMM, random.value() as i64),
        _ => (b, 0),
    };
    op(code, dst, a, b, imm)
}

fn op(code: Opcode, dst: Var, a: Var, b: Var, imm: i64) -> Op {
    Op {
        code,
        aux: 0,
        dst,
        a,
        b,
        c: Var::NONE,
        imm,
    }
}

/// Some instructions that compute, and with luck one that loads.
fn way(random: &mut Random) -> Vec<Op> {
    let mut ops: Vec<Op> = (0..random.below(4))
        .map(|_| {
            let dst = Var::slot(1 + random.below(12) as u16);
            computation(random, dst)
        })
        .collect();
    if random.below(2) == 0 {
        ops.push(load(random));
    }
    if random.below(3) == 0 {
        ops.push(computation(random, Var::slot(1)));
    }
    ops
}

/// A load from about where slot 13 leads, perhaps into that slot.
fn load(random: &mut Random) -> Op {
    let size = [Size::B1, Size::B2, Size::B4, Size::B8][random.below(4) as usize];
    let ext = [MemExt::Zero, MemExt::Sign][random.below(2) as usize];
    let dst = Var::slot(1 + random.below(13) as u16);
    let imm = random.below(64) as i64 - 32;
    Op {
        aux: MemOp::new(size, ext).to_aux(),
        ..op(Opcode::Load, dst, Var::slot(13), Var::NONE, imm)
    }
}

/// A block with an operation in each instruction.
fn block(pc: u64, ops: Vec<Op>, terminator: Terminator) -> Block {
    let insn = |index: usize| InsnInfo {
        pc: pc + 4 * index as u64,
        first_op: index as u32,
    };
    Block {
        pc,
        mode: 0,
        insns: (0..=ops.len()).map(insn).collect(),
        ops,
        terminator,
        temp_count: 0,
        probe_adds: Vec::new(),
        probe_calls: Vec::new(),
    }
}

/// A loop with a branch that chance decides: its ways meet at a block, or where they end alike, or one of them is where the
/// other leads.
fn chances(random: &mut Random) -> Vec<Block> {
    let (zero, chance, r13) = (Var::slot(0), Var::slot(14), Var::slot(13));
    let branch = |cond, a, taken, fallthrough| Terminator::Branch {
        cond,
        a,
        b: zero,
        taken,
        fallthrough,
    };
    let jump = |target| Terminator::Jump {
        target,
        kind: JumpKind::Plain,
    };
    let mut head = vec![
        op(Opcode::Add, FUEL, FUEL, Var::IMM, -1),
        op(Opcode::Mul, chance, chance, Var::IMM, 0x5851_f42d_4c95_7f2d),
        op(Opcode::Add, chance, chance, Var::IMM, 1),
        // Now and then too far.
        op(Opcode::ShrU, r13, chance, Var::IMM, 40),
        op(Opcode::And, r13, r13, Var::IMM, 0xfff),
        op(Opcode::Add, r13, r13, Var::IMM, MEMORY as i64 - 8),
    ];
    if random.below(4) == 0 {
        let wild = random.value() as i64;
        head.push(op(Opcode::Add, r13, r13, Var::IMM, wild));
    }
    if random.below(2) == 0 {
        // The ways may load from beside.
        let dst = Var::slot(2);
        head.push(Op {
            dst,
            ..load(random)
        });
    }
    let back = branch(Cond::Ne, FUEL, 0x1000, 0x6000);
    let mut blocks = match random.below(3) {
        0 => {
            let end: Vec<Op> = (0..random.below(3))
                .map(|_| computation(random, Var::slot(1)))
                .collect();
            let negated = branch(Cond::Eq, FUEL, 0x6000, 0x1000);
            let ends = [back, [back, negated][random.below(2) as usize]];
            let ways = [0x2000, 0x3000].into_iter().zip(ends);
            ways.map(|(pc, terminator)| block(pc, [way(random), end.clone()].concat(), terminator))
                .collect()
        }
        1 => vec![
            block(0x2000, way(random), jump(0x5000)),
            block(0x3000, way(random), jump(0x5000)),
            block(0x5000, way(random), back),
        ],
        _ => {
            let ways = [vec![block(0x2000, way(random), jump(0x3000))]];
            let join = block(0x3000, way(random), back);
            ways.concat().into_iter().chain([join]).collect()
        }
    };
    blocks.push(block(
        0x1000,
        head,
        branch(Cond::LtS, chance, 0x2000, 0x3000),
    ));
    blocks.push(block(
        0x6000,
        Vec::new(),
        Terminator::Exit {
            kind: ExitKind::Syscall,
            pc: 0x6004,
        },
    ));
    blocks
}

#[test]
fn random_choices_are_made_as_by_the_interpreter() {
    let (mut without, mut faults) = (0, 0);
    for seed in 1..=1500_u64 {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let random = &mut Random(seed);
        let mut blocks = chances(random);
        let counted = random.below(4);
        for block in &mut blocks {
            if random.below(3) < counted {
                instrument(random, block);
            }
        }
        let precise_faults = random.below(4) == 0;
        let world = || {
            let mut world = World::new(blocks.clone());
            for address in (MEMORY..MEMORY + PAGE).step_by(8) {
                let value = address.wrapping_mul(seed);
                world.word(address).store(value, Ordering::Relaxed);
            }
            prepare(&mut world, seed, 60);
            world
        };
        let mut interpreted = world();
        let end = interpreted.run(0x1000);
        let mut compiled = world();
        compiled.options.precise_faults = precise_faults;
        compiled.block(0x1000).profile.set(100, 50);
        let back = [25, 49][random.below(2) as usize];
        for block in &blocks[..blocks.len() - 2] {
            let is_back = matches!(block.terminator, Terminator::Branch { taken: 0x1000, .. });
            let taken = if is_back { back } else { 50 - back };
            compiled.block(block.pc).profile.set(50, taken);
        }
        let insns: usize = blocks.iter().map(|block| block.insns.len()).sum();
        without += usize::from(compiled.compile(0x1000).guest_insns < insns - 1);
        assert_eq!(compiled.run(0x1000), end, "seed {seed:#x}");
        assert_eq!(compiled.cpu.pc, interpreted.cpu.pc, "seed {seed:#x}");
        assert_eq!(words(&compiled), words(&interpreted), "seed {seed:#x}");
        let is_fault = matches!(end, End::Fault(_));
        faults += usize::from(is_fault);
        if !is_fault || precise_faults {
            assert_eq!(
                compiled.snapshot(),
                interpreted.snapshot(),
                "seed {seed:#x}"
            );
        }
    }
    assert!(without > 500 && faults > 200, "{without}, {faults}");
}
