//! What counts or moves bits by a dozen of operations becomes the host's instruction.

use emu_tcg::backend::cranelift::{Compiler, Stage};
use emu_tcg::ir::ExitKind;
use emu_tcg::state::SLOT_CAPACITY;

use super::guest::GUEST;
use super::world::{End, World};

/// How often each of the words is an operation in what the instructions become.
fn operations(insns: &[&str], words: [&str; 3]) -> [usize; 3] {
    let world = World::of(&format!(
        "block 0x1000 mode 0x0 {{\n0x1000:\n{}\nexit syscall 0x1004\n}}",
        insns.join("\n")
    ));
    let head = world.block(0x1000).clone();
    let mut compiler = Compiler::new(&GUEST).expect("a compiler");
    let stage = Stage::OptimizedClif;
    let text = compiler.compile_to_text(&world.blocks, &head, &world.options, stage);
    let text = text.expect("compiles");
    words.map(|word| {
        let is = |line: &&str| line.split_whitespace().any(|part| part.starts_with(word));
        text.lines().filter(is).count()
    })
}

/// Bits counted, with that shift in the end.
fn count(last_shift: u32) -> [usize; 3] {
    let last = format!("r3 = shr.u r3, {last_shift}");
    let insns = [
        "r4 = mov 0x55555555",
        "r5 = shl r4, 32",
        "r4 = add r4, r5",
        "r5 = shr.u r1, 1",
        "r5 = and r5, r4",
        "r3 = sub r1, r5",
        "r4 = mov 0x3333333333333333",
        "r5 = shr.u r3, 2",
        "r5 = and r4, r5",
        "r3 = and r3, r4",
        "r3 = add r3, r5",
        "r5 = shr.u r3, 4",
        "r3 = add r3, r5",
        "r3 = and r3, 0xf0f0f0f0f0f0f0f",
        "r3 = mul r3, 0x101010101010101",
        &last,
        "r4 = mov 0",
        "r5 = mov 0",
    ];
    operations(&insns, ["popcnt", "imul", "band"])
}

#[test]
fn a_population_count_is_one_instruction() {
    if std::is_x86_feature_detected!("popcnt") {
        assert_eq!(count(56), [1, 0, 0]);
    }
    let [counts, products, _] = count(57);
    assert_eq!((counts, products), (0, 1));
}

/// The runs of the bits in `shifts` swapped with their neighbours.
fn swaps(shifts: &[u32]) -> [usize; 3] {
    let mut insns = vec!["r3 = mov r1".to_owned()];
    for shift in shifts {
        let mask = u64::MAX / ((1 << shift) + 1);
        insns.extend([
            format!("r4 = shr.u r3, {shift}"),
            format!("r4 = and r4, {mask:#x}"),
            format!("r3 = and r3, {mask:#x}"),
            format!("r3 = shl r3, {shift}"),
            "r3 = or r3, r4".to_owned(),
        ]);
    }
    insns.push("r4 = mov 0".to_owned());
    let insns: Vec<&str> = insns.iter().map(String::as_str).collect();
    operations(&insns, ["bswap", "rotl", "band"])
}

#[test]
fn a_reversal_of_bytes_is_one_instruction() {
    assert_eq!(swaps(&[8, 16, 32]), [1, 0, 0]);
    assert_eq!(swaps(&[32, 8, 16]), [1, 0, 0]);
    // The bits of each byte before, behind.
    assert_eq!(swaps(&[1, 2, 4, 8, 16, 32]), [1, 0, 6]);
    assert_eq!(swaps(&[32, 16, 8, 4, 2, 1]), [1, 0, 6]);
    assert_eq!(swaps(&[4, 16, 32])[0], 0);
}

/// Counts bits with masks in r6, r7 and r8, which the region does not write.
const COUNT_BY_HELD_MASKS: &str = "
block 0x1000 mode 0x0 {
0x1000:
    r5 = shr.u r1, 1
    r5 = and r5, r6
    r3 = sub r1, r5
    r5 = shr.u r3, 2
    r5 = and r5, r7
    r3 = and r7, r3
    r3 = add r3, r5
    r5 = shr.u r3, 4
    r3 = add r3, r5
    r3 = and r3, r8
    r3 = mul r3, 0x101010101010101
    r3 = shr.u r3, 56
    exit syscall 0x1004
}";

const MASKS: [u64; 3] = [
    0x5555_5555_5555_5555,
    0x3333_3333_3333_3333,
    0x0f0f_0f0f_0f0f_0f0f,
];
const BITS: [u64; 5] = [0, 1, u64::MAX, 1 << 63 | 1, 0x0123_4567_89ab_cdef];
const COUNTS: [u64; 5] = [0, 1, 64, 2, 32];

/// What comes out with `masks` in the registers, and whether the host counts, if the compiler was told of `seen`.
fn count_by(masks: [u64; 3], seen: Option<[u64; 3]>) -> ([u64; 5], bool) {
    let mut world = World::of(COUNT_BY_HELD_MASKS);
    world.options.seen = seen.map(|seen| {
        let mut slots = [0; SLOT_CAPACITY];
        slots[6..9].copy_from_slice(&seen);
        slots
    });
    let mut compiler = Compiler::new(&GUEST).expect("a compiler");
    let head = world.block(0x1000).clone();
    let text = compiler.compile_to_text(&world.blocks, &head, &world.options, Stage::Clif);
    let counts = text.expect("compiles").contains("popcnt");
    world.compile(0x1000);
    for (register, mask) in ["r6", "r7", "r8"].into_iter().zip(masks) {
        world.set(register, mask);
    }
    let results = BITS.map(|bits| {
        world.set("r1", bits);
        assert_eq!(world.run(0x1000), End::Exit(ExitKind::Syscall));
        world.get("r3")
    });
    (results, counts)
}

#[test]
fn masks_that_registers_held_are_taken_for_constants_where_they_still_hold_them() {
    let has_popcnt = std::is_x86_feature_detected!("popcnt");
    assert_eq!(count_by(MASKS, None), (COUNTS, false));
    assert_eq!(count_by(MASKS, Some(MASKS)), (COUNTS, has_popcnt));
    let others = [MASKS[0] ^ 1, MASKS[1], MASKS[2] << 1];
    let (results, counts) = count_by(others, Some(MASKS));
    assert_eq!(counts, has_popcnt);
    assert_eq!((results, false), count_by(others, None));
    assert_ne!(results, COUNTS);
}
