//! Branches that regions do without: both ways are done, and one of the results is taken.

use emu_tcg::state::SLOT_CAPACITY;

use super::SYSCALL;
use super::world::World;

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
    world.block(0x1008).profile.set(skipped, skipped);
    let region = world.compile(0x1000);
    // What lies on the way is covered, even if that is no node.
    assert_eq!(region.blocks.len(), 3);
    region.guest_insns == 2
}

#[test]
fn a_branch_over_little_is_done_without_unless_it_is_predictable() {
    for (skipped, expected) in [(5, false), (15, true), (50, true), (85, true), (95, false)] {
        let mut world = choice(RANDOM, "r2 = add r2, r1");
        assert_eq!(does_without(&mut world, skipped), expected, "{skipped}");
    }
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
