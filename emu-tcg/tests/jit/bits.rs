//! What counts or moves bits by a dozen of operations becomes the host's instruction.

use emu_tcg::backend::cranelift::{Compiler, Stage};

use super::guest::GUEST;
use super::world::World;

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
