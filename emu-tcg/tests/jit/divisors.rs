//! Divisions by what a register is taken to hold.

use emu_tcg::backend::cranelift::{Compiler, Stage};
use emu_tcg::ir::ExitKind;
use emu_tcg::state::SLOT_CAPACITY;

use super::guest::GUEST;
use super::world::{End, World};

/// A division by r6, which the region does not write.
fn division(operation: &str, seen: Option<u64>) -> World {
    let mut world = World::of(&format!(
        "
block 0x1000 mode 0x0 {{
0x1000:
    r3 = {operation} r1, r6
    exit syscall 0x1004
}}"
    ));
    world.options.seen = seen.map(|seen| {
        let mut slots = [0; SLOT_CAPACITY];
        slots[6] = seen;
        slots
    });
    world
}

fn result(world: &mut World, dividend: u64, divisor: u64) -> u64 {
    world.set("r1", dividend).set("r6", divisor);
    assert_eq!(world.run(0x1000), End::Exit(ExitKind::Syscall));
    world.get("r3")
}

const OPERATIONS: [&str; 8] = [
    "div.s", "div.u", "rem.s", "rem.u", "div.s.w", "div.u.w", "rem.s.w", "rem.u.w",
];
const VALUES: [u64; 14] = [
    0,
    1,
    2,
    3,
    7,
    0xffff_fffb,
    u64::MAX,
    -2_i64 as u64,
    -7_i64 as u64,
    1 << 31,
    1 << 32,
    1 << 63,
    i64::MAX as u64,
    0x0123_4567_89ab_cdef,
];

#[test]
fn divisions_give_what_they_give_whatever_the_divisor_is_taken_to_be() {
    for operation in OPERATIONS {
        let mut right = division(operation, None);
        for seen in VALUES {
            let mut world = division(operation, Some(seen));
            world.compile(0x1000);
            for divisor in [seen, seen ^ 1, 0, u64::MAX, seen | 1 << 32] {
                for dividend in VALUES {
                    assert_eq!(
                        result(&mut world, dividend, divisor),
                        result(&mut right, dividend, divisor),
                        "{dividend:#x} {operation} {divisor:#x} with {seen:#x} seen"
                    );
                }
            }
        }
    }
}

#[test]
fn a_divisor_that_is_known_is_multiplied_by() {
    let multiplies = |seen| {
        let world = division("rem.u", seen);
        let mut compiler = Compiler::new(&GUEST).expect("a compiler");
        let head = world.block(0x1000).clone();
        let text =
            compiler.compile_to_text(&world.blocks, &head, &world.options, Stage::OptimizedClif);
        text.expect("compiles").contains("umulhi")
    };
    assert!(multiplies(Some(10)));
    assert!(!multiplies(None));
    // There is no result of the host's for it.
    assert!(!multiplies(Some(0)));
}
