//! Random programs: generated code does what the interpreter does.

use emu_tcg::backend::fp::FpAux;
use emu_tcg::guest::Guest;
use emu_tcg::ir::{
    AtomicOp, Block, Cond, ExitKind, FpFormat, InsnInfo, IntFormat, JumpKind, MemExt, MemOp, Op,
    Opcode, RoundingMode, Signature, Size, Terminator, Var,
};

use super::guest::GUEST;
use super::world::{End, MEMORY, World};

/// xorshift64*
pub(super) struct Random(pub(super) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(super) fn below(&mut self, bound: u64) -> u64 {
        (self.next() >> 33) % bound
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len() as u64) as usize]
    }

    pub(super) fn value(&mut self) -> u64 {
        const SINGLE: u64 = 0xffff_ffff_0000_0000;
        let special = [
            0,
            1,
            2,
            u64::MAX,
            0x7fff_ffff,
            0x8000_0000,
            0xffff_ffff_8000_0000,
            i64::MIN as u64,
            i64::MAX as u64,
            0x3ff0_0000_0000_0000,
            0x7ff0_0000_0000_0000,
            0xfff8_0000_0000_0001,
            0x7ff0_0000_0000_0001,
            0x0010_0000_0000_0000,
            SINGLE | 0x3f80_0000,
            SINGLE | 0x7f80_0001,
            SINGLE | 0xffc0_0000,
            SINGLE | 0x0080_0000,
            SINGLE | 0x7f7f_ffff,
        ];
        match self.below(4) {
            0 => self.pick(&special),
            1 => self.below(1 << 16),
            2 => SINGLE | self.next() >> 32,
            _ => self.next(),
        }
    }
}

/// Left alone by random operations, so that programs end.
pub(super) const FUEL: Var = Var::slot(15);

fn int_slot(random: &mut Random) -> Var {
    Var::slot(random.below(14) as u16 + 1)
}

fn float_slot(random: &mut Random) -> Var {
    Var::slot(random.below(4) as u16 + 16)
}

fn is_float(code: Opcode) -> bool {
    code.effects().fp_environment
        || matches!(
            code,
            Opcode::FSgnj | Opcode::FSgnjn | Opcode::FSgnjx | Opcode::FClass
        )
}

/// One instruction: an operation, for memory preceded by what makes its address valid.
fn instruction(random: &mut Random, ops: &mut Vec<Op>) {
    let plain = Op {
        code: Opcode::Mov,
        aux: 0,
        dst: Var::NONE,
        a: Var::NONE,
        b: Var::NONE,
        c: Var::NONE,
        imm: 0,
    };
    let code = random.pick(Opcode::ALL);
    if matches!(code, Opcode::Helper | Opcode::ProbeAdd | Opcode::ProbeCall) {
        return;
    }
    let effects = code.effects();
    let mut op = Op { code, ..plain };
    let operand = |random: &mut Random| match is_float(code)
        && code != Opcode::IntToF
        && code != Opcode::FlagsSet
    {
        true => float_slot(random),
        false => int_slot(random),
    };
    let (a, b, c) = (operand(random), operand(random), operand(random));
    let to_float = is_float(code)
        && !matches!(
            code,
            Opcode::FEq
                | Opcode::FLt
                | Opcode::FLe
                | Opcode::FClass
                | Opcode::FToInt
                | Opcode::FlagsGet
        )
        || code == Opcode::FBox
        || matches!(code, Opcode::Mov | Opcode::Load) && random.below(4) == 0;
    let dst = if to_float {
        float_slot(random)
    } else {
        int_slot(random)
    };
    match code.signature() {
        Signature::Unary => (op.dst, op.a) = (dst, a),
        Signature::Binary => (op.dst, op.a, op.b) = (dst, a, b),
        Signature::Ternary => (op.dst, op.a, op.b, op.c) = (dst, a, b, c),
        Signature::Nullary => op.dst = dst,
        Signature::Sink => op.a = a,
        Signature::Load => (op.dst, op.a, op.imm) = (dst, a, random.below(64) as i64 - 32),
        Signature::Store => (op.a, op.b, op.imm) = (a, b, random.below(64) as i64 - 32),
        Signature::Atomic => (op.dst, op.a, op.b) = (dst, a, b),
        Signature::Bare | Signature::Helper | Signature::ProbeAdd | Signature::ProbeCall => {}
    }
    if code.signature() == Signature::Binary && !is_float(code) && random.below(3) == 0 {
        (op.b, op.imm) = (Var::IMM, random.value() as i64);
    }
    let size = random.pick(&[Size::B1, Size::B2, Size::B4, Size::B8]);
    let atomic_size = random.pick(&[Size::B4, Size::B8]);
    let ext = random.pick(&[MemExt::Zero, MemExt::Sign, MemExt::Ones]);
    let cond = random.pick(&[
        Cond::Eq,
        Cond::Ne,
        Cond::LtS,
        Cond::GeS,
        Cond::LtU,
        Cond::GeU,
    ]);
    op.aux = match code {
        Opcode::Load => MemOp::new(size, ext).to_aux(),
        Opcode::Store => MemOp::new(size, MemExt::Zero).to_aux(),
        Opcode::LoadReserved => MemOp::new(atomic_size, MemExt::Sign).to_aux(),
        Opcode::StoreConditional => MemOp::new(atomic_size, MemExt::Zero).to_aux(),
        Opcode::AtomicRmw => {
            AtomicOp::from_bits(random.below(9) as u8).map_or(0, |op| op as u8)
                | (atomic_size as u8) << 4
        }
        Opcode::Setcond => cond as u8,
        Opcode::FlagsGet | Opcode::FlagsSet | Opcode::FBox => 0,
        _ if is_float(code) => {
            let rounds = !matches!(
                code,
                Opcode::FMin
                    | Opcode::FMax
                    | Opcode::FSgnj
                    | Opcode::FSgnjn
                    | Opcode::FSgnjx
                    | Opcode::FEq
                    | Opcode::FLt
                    | Opcode::FLe
                    | Opcode::FClass
            );
            let modes = [
                RoundingMode::Dynamic,
                RoundingMode::Dynamic,
                RoundingMode::Nearest,
                RoundingMode::Zero,
            ];
            let converts = matches!(code, Opcode::FToInt | Opcode::IntToF);
            FpAux {
                format: random.pick(&[FpFormat::Single, FpFormat::Double]),
                int: if converts {
                    IntFormat::from_bits(random.below(4) as u8).unwrap_or(IntFormat::I32)
                } else {
                    IntFormat::I32
                },
                rounding: if rounds {
                    random.pick(&modes)
                } else {
                    RoundingMode::Nearest
                },
            }
            .to_aux()
        }
        _ => 0,
    };
    if effects.reads_memory || effects.writes_memory {
        // Into the page, aligned, away from its ends.
        let address = Var::temp(0);
        let base = int_slot(random);
        ops.push(Op {
            code: Opcode::And,
            dst: address,
            a: base,
            b: Var::IMM,
            imm: 0x7f8,
            ..plain
        });
        ops.push(Op {
            code: Opcode::Add,
            dst: address,
            a: address,
            b: Var::IMM,
            imm: (MEMORY + 0x400) as i64,
            ..plain
        });
        op.a = address;
    }
    if code == Opcode::LoadReserved {
        op.imm = 0;
    }
    ops.push(op);
}

/// A ring of blocks that branch at random until the fuel is used up.
pub(super) fn program(random: &mut Random) -> Vec<Block> {
    const BLOCKS: u64 = 5;
    let address = |n: u64| 0x1000 + n * 0x1000;
    let mut blocks = Vec::new();
    for n in 0..BLOCKS {
        let pc = address(n);
        let burn = Op {
            code: Opcode::Add,
            aux: 0,
            dst: FUEL,
            a: FUEL,
            b: Var::IMM,
            c: Var::NONE,
            imm: -1,
        };
        let mut ops = vec![burn];
        let mut insns = vec![InsnInfo { pc, first_op: 0 }];
        for i in 0..random.below(12) + 1 {
            insns.push(InsnInfo {
                pc: pc + 4 * (i + 1),
                first_op: ops.len() as u32,
            });
            instruction(random, &mut ops);
        }
        let terminator = Terminator::Branch {
            cond: Cond::Ne,
            a: FUEL,
            b: Var::slot(0),
            taken: pc + 0x100,
            fallthrough: 0x800,
        };
        let block = |pc, insns, ops, terminator| Block {
            pc,
            mode: 0,
            insns,
            ops,
            terminator,
            temp_count: 1,
            probe_adds: Vec::new(),
            probe_calls: Vec::new(),
        };
        blocks.push(block(pc, insns, ops, terminator));
        let (a, b) = (int_slot(random), int_slot(random));
        let (taken, fallthrough) = (address(random.below(BLOCKS)), address(random.below(BLOCKS)));
        let terminator = match random.below(4) {
            0 => Terminator::Jump {
                target: taken,
                kind: JumpKind::Plain,
            },
            _ => Terminator::Branch {
                cond: Cond::LtS,
                a,
                b,
                taken,
                fallthrough,
            },
        };
        blocks.push(block(
            pc + 0x100,
            vec![InsnInfo {
                pc: pc + 0x100,
                first_op: 0,
            }],
            Vec::new(),
            terminator,
        ));
    }
    let exit = Terminator::Exit {
        kind: ExitKind::Syscall,
        pc: 0x804,
    };
    blocks.push(Block {
        pc: 0x800,
        mode: 0,
        insns: vec![InsnInfo {
            pc: 0x800,
            first_op: 0,
        }],
        ops: Vec::new(),
        terminator: exit,
        temp_count: 0,
        probe_adds: Vec::new(),
        probe_calls: Vec::new(),
    });
    blocks
}

pub(super) fn prepare(world: &mut World, seed: u64, fuel: u64) {
    let mut random = Random(seed | 1);
    for slot in 1..20 {
        world.cpu.file[slot] = random.value();
    }
    world.cpu.file[usize::from(FUEL.0)] = fuel;
    let special = GUEST.special_slots();
    world.cpu.file[usize::from(special.rounding_mode.0)] = random.below(4);
}

/// How a program is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Baseline code for each block.
    Baseline,
    /// Two regions, so that some state crosses by memory.
    Regions,
    /// A region, and baseline code for the rest.
    Both,
}

/// What differs between an interpreted and a compiled run of so many blocks.
fn difference(
    blocks: &[Block],
    seed: u64,
    fuel: u64,
    how: How,
    precise_faults: bool,
) -> Option<String> {
    let mut interpreted = World::new(blocks.to_vec());
    prepare(&mut interpreted, seed, fuel);
    assert_eq!(interpreted.run(0x1000), End::Exit(ExitKind::Syscall));
    let expected = interpreted.snapshot();

    let mut compiled = World::new(blocks.to_vec());
    compiled.options.precise_faults = precise_faults;
    if how != How::Regions {
        for block in blocks {
            compiled.compile_baseline(block.pc);
        }
    }
    if how != How::Baseline {
        compiled.stop_at(0x3000);
        compiled.compile(0x1000);
    }
    if how == How::Regions {
        compiled.compile(0x3000);
    }
    prepare(&mut compiled, seed, fuel);
    assert_eq!(compiled.run(0x1000), End::Exit(ExitKind::Syscall));
    let actual = compiled.snapshot();
    let named = |slot: &usize| {
        let (is, should) = (actual.0[*slot], expected.0[*slot]);
        format!(
            "{} is {is:#x}, should be {should:#x}",
            GUEST.slots()[*slot].name
        )
    };
    let slots = (0..GUEST.slots().len()).filter(|&slot| actual.0[slot] != expected.0[slot]);
    let slots: Vec<String> = slots.map(|slot| named(&slot)).collect();
    let memory = if actual.1 == expected.1 {
        ""
    } else {
        ", memory"
    };
    (actual != expected).then(|| format!("{slots:?}{memory}"))
}

#[test]
fn generated_code_agrees_with_the_interpreter() {
    const FUEL: u64 = 60;
    let programs = std::env::var("EMU_RANDOM_PROGRAMS");
    let programs: u64 = programs
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(60);
    for seed in 1..=programs {
        let seed = u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15);
        let blocks = program(&mut Random(seed));
        let ways = [How::Baseline, How::Regions, How::Both];
        for (how, precise) in ways.into_iter().flat_map(|how| [(how, false), (how, true)]) {
            if difference(&blocks, seed, FUEL, how, precise).is_none() {
                continue;
            }
            // The shortest run that shows it tells which block it is.
            let shortest = (1..=FUEL)
                .find_map(|fuel| Some((fuel, difference(&blocks, seed, fuel, how, precise)?)));
            let text: String = blocks
                .iter()
                .map(|block| format!("{}\n", block.display(&GUEST)))
                .collect();
            panic!(
                "{text}\nseed {seed:#x}, {how:?}, precise {precise}, blocks to run and difference: {shortest:?}"
            );
        }
    }
}
