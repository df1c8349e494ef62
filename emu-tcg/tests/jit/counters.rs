//! Additions to plugin words: exact however a region is left, whatever its shape and profile.

use emu_tcg::ir::{
    Block, InsnInfo, MemExt, MemOp, Op, Opcode, ProbeAdd, ProbeAddPart, Size, Terminator, Var,
};
use emu_tcg::state::CpuState;

use super::random::{FUEL, Random, prepare, program};
use super::world::{End, MEMORY, World};

/// Words that are added to, of those in the plugin area.
const WORDS: u64 = 7;

/// Accesses memory at an address that depends on the fuel, and faults when little is left.
fn access(random: &mut Random, ops: &mut Vec<Op>) {
    let address = Var::temp(0);
    let limit = random.below(56) as i64;
    let op = |code, dst, a, b, imm| Op {
        code,
        aux: 0,
        dst,
        a,
        b,
        c: Var::NONE,
        imm,
    };
    ops.push(op(Opcode::Shl, address, FUEL, Var::IMM, 6));
    let start = MEMORY as i64 - 64 * limit;
    ops.push(op(Opcode::Add, address, address, Var::IMM, start));
    ops.push(Op {
        aux: MemOp::new(Size::B8, MemExt::Zero).to_aux(),
        ..op(Opcode::Load, Var::slot(1), address, Var::NONE, 0)
    });
}

/// Has a block count its instructions, some twice, into random words.
pub(super) fn instrument(random: &mut Random, block: &mut Block) {
    let count = random.below(5) as usize;
    let adds: Vec<ProbeAdd> = (0..count)
        .map(|_| {
            let mut parts = Vec::new();
            for insn in 0..block.insns.len() as u16 {
                if random.below(3) > 0 {
                    parts.push(ProbeAddPart {
                        insn,
                        after_access: random.below(2) == 0,
                        value: random.value(),
                    });
                }
            }
            ProbeAdd {
                offset: (CpuState::PLUGIN_AREA_OFFSET as u64 + 8 * random.below(WORDS)) as u32,
                value: parts
                    .iter()
                    .fold(0, |sum: u64, part| sum.wrapping_add(part.value)),
                parts,
            }
        })
        .collect();
    let op = |imm| Op {
        code: Opcode::ProbeAdd,
        aux: 0,
        dst: Var::NONE,
        a: Var::NONE,
        b: Var::NONE,
        c: Var::NONE,
        imm,
    };
    block.ops.splice(0..0, (0..count as i64).map(op));
    for insn in &mut block.insns[1..] {
        insn.first_op += count as u32;
    }
    block.probe_adds = adds;
}

fn counted_program(random: &mut Random) -> Vec<Block> {
    let mut blocks = program(random);
    for block in &mut blocks {
        if random.below(3) == 0 {
            let pc = block.pc + 4 * block.insns.len() as u64;
            let first_op = block.ops.len() as u32;
            block.insns.push(InsnInfo { pc, first_op });
            access(random, &mut block.ops);
            block.temp_count = 1;
        }
        instrument(random, block);
    }
    blocks
}

pub(super) fn words(world: &World) -> Vec<u64> {
    (0..16).map(|word| world.plugin_word(8 * word)).collect()
}

#[test]
fn random_programs_are_counted_as_by_the_interpreter() {
    let mut ends = [0, 0];
    for seed in 1..=150_u64 {
        let seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let random = &mut Random(seed);
        let blocks = counted_program(random);
        let mut interpreted = World::new(blocks.clone());
        prepare(&mut interpreted, seed, 60);
        let end = interpreted.run(0x1000);
        ends[usize::from(matches!(end, End::Fault(_)))] += 1;

        let mut compiled = World::new(blocks.clone());
        for block in &blocks {
            let taken = random.below(20) as u32;
            let executions = taken + random.below(20) as u32;
            compiled.block(block.pc).profile.set(executions, taken);
        }
        compiled.stop_at(0x3000);
        compiled.compile(0x1000);
        compiled.compile(0x3000);
        prepare(&mut compiled, seed, 60);
        assert_eq!(compiled.run(0x1000), end, "seed {seed:#x}");
        assert_eq!(compiled.cpu.pc, interpreted.cpu.pc, "seed {seed:#x}");
        assert_eq!(words(&compiled), words(&interpreted), "seed {seed:#x}");
    }
    assert!(ends.iter().all(|&count| count > 20), "{ends:?}");
}

/// Adds up the odd ones of `r1` down to 1, loading from `r4`, which moves on. The branch over the
/// addition is hard to predict.
const SKIPS: &str = "
block 0x1000 mode 0x0 {
0x1000:
    probe_add plugin+0x0 += 2 for 0:1 1:1
    probe_add plugin+0x8 += 1 for 0:1
    r6 = xor r6, 1
    r3 = and r6, 1
0x1004:
    branch.eq r3, zero, 0x100c, 0x1008
}
block 0x1008 mode 0x0 {
0x1008:
    probe_add plugin+0x0 += 4 for 0:1 1:1 2:1 3:1
    probe_add plugin+0x8 += 1 for 0:1
    probe_add plugin+0x10 += 1 for 1@access:1
    r2 = add r2, r1
0x100c:
    r5 = load.i64 [r4]
0x1010:
    r1 = add r1, -1
    r4 = add r4, 8
0x1014:
    branch.ne r1, zero, 0x1000, 0x1018
}
block 0x100c mode 0x0 {
0x100c:
    probe_add plugin+0x0 += 3 for 0:1 1:1 2:1
    probe_add plugin+0x8 += 1 for 0:1
    probe_add plugin+0x10 += 1 for 0@access:1
    r5 = load.i64 [r4]
0x1010:
    r1 = add r1, -1
    r4 = add r4, 8
0x1014:
    branch.ne r1, zero, 0x1000, 0x1018
}
block 0x1018 mode 0x0 {
0x1018:
    exit syscall 0x101c
}";

/// Runs the loop of `text` from `r4` on; whether the branch was done without, and what is left.
fn run_skips(text: &str, base: u64) -> (bool, End, Vec<u64>) {
    let mut world = World::of(text);
    let profile = &world.block(0x1000).profile;
    profile.set(30, 15);
    let nodes = world.compile(0x1000).guest_insns;
    world.set("r1", 100).set("r4", base).set("r6", 1);
    let end = world.run(0x1000);
    let words = words(&world)[..3].to_vec();
    (nodes == 6, end, words)
}

#[test]
fn what_a_branch_skips_is_counted_without_the_branch() {
    let syscall = End::Exit(emu_tcg::ir::ExitKind::Syscall);
    assert_eq!(
        run_skips(SKIPS, MEMORY),
        (true, syscall, vec![550, 200, 100])
    );
    // The ninth load fails, that with the even number 92, and the tenth.
    assert_eq!(
        run_skips(SKIPS, MEMORY + 4096 - 64),
        (true, End::Fault(0), vec![8 * 5 + 4 + 3, 18, 8])
    );
    assert_eq!(
        run_skips(SKIPS, MEMORY + 4096 - 72),
        (true, End::Fault(0), vec![9 * 5 + 4 + 4, 20, 9])
    );
}

#[test]
fn what_lies_behind_a_taken_branch_and_a_jump_back_is_counted_without_either() {
    let text = SKIPS.replace(
        "branch.eq r3, zero, 0x100c, 0x1008",
        "branch.ne r3, zero, 0x2000, 0x100c",
    ) + "
block 0x2000 mode 0x0 {
0x2000:
    probe_add plugin+0x0 += 2 for 0:1 1:1
    r2 = add r2, r1
0x2004:
    jump 0x100c
}";
    assert_eq!(
        run_skips(&text, MEMORY),
        (
            true,
            End::Exit(emu_tcg::ir::ExitKind::Syscall),
            vec![600, 200, 100]
        )
    );
}

#[test]
fn a_branch_stays_if_the_ways_behind_it_are_counted_differently() {
    // The instruction behind the load counts twice, on one way.
    let text = SKIPS.replace("+= 4 for 0:1 1:1 2:1 3:1", "+= 5 for 0:1 1:1 2:2 3:1");
    let (skipped, end, words) = run_skips(&text, MEMORY);
    assert_eq!(
        (skipped, end, words),
        (
            false,
            End::Exit(emu_tcg::ir::ExitKind::Syscall),
            vec![600, 200, 100]
        )
    );
}

#[test]
fn words_that_a_call_may_look_at_are_in_memory_then() {
    extern "C" fn look(_plugin: usize, state: *mut u64, _userdata: u64) {
        // SAFETY: the state is that of the one plugin of the test, of two words.
        unsafe { *state.add(1) += *state };
    }
    let blocks = World::of(
        SKIPS
            .replace("branch.eq r3, zero, 0x100c, 0x1008", "jump 0x100c")
            .as_str(),
    );
    let mut blocks: Vec<Block> = [0x1000, 0x100c, 0x1018]
        .map(|pc| blocks.block(pc).ir())
        .into();
    // Counts itself by a call in one of the loop's blocks.
    for block in &mut blocks[..2] {
        block.probe_adds.truncate(1);
        let removed = block
            .ops
            .iter()
            .filter(|op| op.code == Opcode::ProbeAdd)
            .count()
            - 1;
        block.ops.drain(1..=removed);
        for insn in &mut block.insns[1..] {
            insn.first_op -= removed as u32;
        }
    }
    let call = emu_tcg::ir::ProbeCall {
        function: look as *const () as usize,
        plugin: 0,
        state_offset: CpuState::PLUGIN_AREA_OFFSET as u32,
        userdata: 0,
        kind: emu_tcg::ir::ProbeCallKind::Exec,
        reads_registers: false,
        writes_registers: false,
    };
    blocks[1].probe_calls.push(call);
    let op = Op {
        code: Opcode::ProbeCall,
        imm: 0,
        ..blocks[1].ops[0]
    };
    blocks[1].ops.insert(1, op);
    for insn in &mut blocks[1].insns[1..] {
        insn.first_op += 1;
    }
    assert!(matches!(blocks[0].terminator, Terminator::Jump { .. }));
    let mut world = World::new(blocks);
    world.compile(0x1000);
    world.set("r1", 10).set("r4", MEMORY);
    world.run(0x1000);
    assert_eq!(world.enters, 1);
    assert_eq!(
        words(&world)[..2],
        [50, (1..=10).map(|round| 5 * round).sum::<u64>()]
    );
}
