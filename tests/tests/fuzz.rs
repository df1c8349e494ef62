//! The differential fuzzer: a small, seeded run, and what it has found so far.

use std::ffi::OsStr;

use emu_tests::fuzz::generate;
use emu_tests::fuzz::machine::Machine;
use emu_tests::fuzz::minimise::minimise;
use emu_tests::fuzz::program::{
    CODE_PAGE, Config, Item, ItemKind, Program, Request, SCRATCH, SeenProfile,
};
use emu_tests::fuzz::remote::{Remote, portable};
use emu_tests::fuzz::report::show;
use emu_tests::{guest, tools};

/// One process has one machine, so this is one test.
#[test]
fn random_programs_do_the_same_everywhere() {
    let mut machine = Machine::new().expect("host memory");
    for (what, words, registers) in FOUND {
        let program = reproducer(words, registers);
        let differences = machine
            .check(&program)
            .unwrap_or_else(|| panic!("{what}: does not end"));
        let shown = show(&program);
        assert!(
            differences.is_empty(),
            "{what}\n{shown}\n{}",
            differences.join("\n")
        );
    }
    for program in [
        cut_by_the_limit(),
        folded_into_nowhere(),
        left_where_ways_meet(),
    ] {
        assert_eq!(machine.check(&program), Some(Vec::new()));
    }

    let compared = fuzz(1500, |program| machine.check(program));
    assert!(compared > 1400, "only {compared} programs end");

    let harness = guest::binary("fuzz-harness");
    let emu = [tools::emu().as_os_str(), "run".as_ref()];
    let eager = ["--jit-sync", "--jit-threshold", "2"].map(OsStr::new);
    let mut emu = Remote::new(emu.into_iter().chain(eager).chain([harness.as_os_str()]));
    let mut against_emu = |program: &Program| machine.check_against(&mut emu, program);
    let compared = fuzz(500, |program| against_emu(&portable(program.clone())?));
    assert!(compared > 400, "only {compared} programs run under emu");

    let Some(qemu) = tools::qemus().first() else {
        return tools::skipped("random programs under QEMU", "no qemu-riscv64");
    };
    let mut qemu = Remote::new([
        qemu.path.as_os_str(),
        "-cpu".as_ref(),
        "rv64".as_ref(),
        harness.as_os_str(),
    ]);
    let mut against_qemu = |program: &Program| machine.check_against(&mut qemu, program);
    let compared = fuzz(2000, |program| against_qemu(&portable(program.clone())?));
    assert!(compared > 1600, "only {compared} programs run under QEMU");
}

/// Runs the first programs of a sequence; how many could be compared.
fn fuzz(count: u64, mut check: impl FnMut(&Program) -> Option<Vec<String>>) -> u32 {
    let mut compared = 0;
    for index in 0..count {
        let program = generate::program(2024, index);
        let Some(differences) = check(&program) else {
            continue;
        };
        compared += 1;
        if !differences.is_empty() {
            let small = minimise(&mut check, &program);
            let differences = check(&small).unwrap_or(differences);
            panic!(
                "program {index}\n{}\n{}",
                show(&small),
                differences.join("\n")
            );
        }
    }
    compared
}

/// What a register of a reproducer starts with.
enum Initial {
    X(usize, u64),
    F(usize, u64),
}
use Initial::{F, X};

/// What went wrong, the instructions, and the registers that are not 0. Faults are precise.
const FOUND: &[(&str, &[u32], &[Initial])] = &[
    (
        "flags of an operation whose result nobody uses, before a fault",
        &[
            0x439b_7647, // fmsub.d fa2, fs6, fs9, fs0
            0xd11f_364b, // fnmsub.s fa2, ft10, fa7, fs10, rup
            0x0000_3083, // ld ra, 0(zero)
        ],
        &[F(22, 0x0010_7fff_ffff_ffff), F(25, 0x0a00_0000_0003_ffff)],
    ),
    (
        "∞ × 0 + a quiet NaN is invalid",
        &[0xb9f7_f4c7], // fmsub.s fs1, fa5, ft11, fs7
        &[F(15, 0xffff_ffff_0000_0000), F(31, 0xffff_ffff_ff80_0000)],
    ),
    (
        "the compiler must not convert constants itself",
        &[
            0xf342_7917, // auipc s2, 0xf3427
            0xd009_7053, // fcvt.s.w ft0, s2
        ],
        &[],
    ),
    (
        "a failing sc of an address that cannot be accessed",
        &[0x1829_b9af], // sc.d s3, sp, (s3)
        &[X(19, 0xffff_ffff_ffff_fff8)],
    ),
    (
        "a conversion of the same integer raises its flag again after a write of fflags",
        &[
            0xd017_7853, // fcvt.s.wu fa6, a4
            0x001a_faf3, // csrrci s5, fflags, 0x15
            0xd017_7853, // fcvt.s.wu fa6, a4
        ],
        &[X(14, 0xffff_ffff_875c_9b10)],
    ),
    (
        "what the compiler finds out to be a constant is still converted at run time",
        &[
            0x416b_65b3, // orn a1, s6, s6
            0xd035_fb53, // fcvt.s.lu fs6, a1
        ],
        &[],
    ),
    (
        "arithmetic on the same integer's bits raises its flag again after a write of fflags",
        &[
            0xf207_0853, // fmv.d.x fa6, a4
            0x5a08_78d3, // fsqrt.d fa7, fa6
            0x0010_1073, // csrw fflags, zero
            0xf207_0853, // fmv.d.x fa6, a4
            0x5a08_78d3, // fsqrt.d fa7, fa6
        ],
        &[X(14, 0x4000_0000_0000_0000)],
    ),
    (
        "a fused multiply-add in a loop is not moved in front of it across a write of fcsr",
        &[
            0x0060_0d93, // addi s11, zero, 6
            0x0a50_ffcf, // fnmadd.d ft11, ft1, ft5, ft1
            0xff80_4ee3, // bgtz s8, -4
            0x003d_16f3, // fscsr a3, s10
            0xfffd_8d93, // addi s11, s11, -1
            0xffb0_48e3, // bgtz s11, -16
        ],
        &[F(1, 0xeae0_0000_0000_007f), F(5, 0x002f_9ee0_0000_0000)],
    ),
];

/// A skipped part behind which a block ends at the length limit, and the joined one does not: the next
/// block counts.
fn cut_by_the_limit() -> Program {
    let code = [
        0x00c0_00ef, // jal 0xc
        0x0080_00ef, // jal 8
        0x0000_0073, // ecall
        0x014f_9563, // bne t6, s4, 0xa
        0x9522,      // c.add a0, s0
        0x41fa_4a33, // xnor s4, s4, t6
        0x5604_b503, // ld a0, 0x560(s1)
        0x0000_8067, // ret
    ];
    let mut program = reproducer(&code, &[X(9, 0x0010_0d80)]);
    program.config.probes = Some(10_918_808_459_835_109_708);
    program.config.max_block_insns = 3;
    program.config.link = false;
    program
}

/// Of the load and the store of an atomic operation, the load is folded into an instruction that Cranelift makes.
fn folded_into_nowhere() -> Program {
    let code = [
        0x494c_9833, // bclr a6, s9, s4
        0x250d_302f, // amoxor.d.aq zero, a6, (s10)
    ];
    let mut program = reproducer(&code, &[]);
    program.config.link = false;
    program.config.shared_memory = false;
    program
}

/// An exit is asked for where the ways of a branch that is done without meet, and the loop goes back.
fn left_where_ways_meet() -> Program {
    let code = [
        0x0040_0d93, // addi s11, zero, 4
        0xfffc_0c13, // addi s8, s8, -1
        0x0180_4463, // bgtz s8, 8
        0xfffd_8d93, // addi s11, s11, -1
        0xffb0_4ae3, // bgtz s11, -0xc
    ];
    let mut program = reproducer(&code, &[X(24, 5)]);
    program.config.probes = Some(2_091_409_916_054_153_625);
    program.config.request = Some(Request::Calls(2));
    program.config.link = false;
    program
}

fn reproducer(instructions: &[u32], registers: &[Initial]) -> Program {
    let plain = |(label, &bits): (usize, &u32)| {
        let len = if bits & 3 == 3 { 4 } else { 2 };
        Item {
            label: label as u32,
            kind: ItemKind::Plain { bits, len },
        }
    };
    let (mut x, mut f) = ([0; 32], [0; 32]);
    x[2] = SCRATCH.start;
    for register in registers {
        match *register {
            X(number, value) => x[number] = value,
            F(number, value) => f[number] = value,
        }
    }
    let config = Config {
        precise_faults: true,
        probes: None,
        max_block_insns: 64,
        profile: SeenProfile::Counted,
        tier_up: false,
        link: true,
        shared_memory: true,
        resume: false,
        request: None,
        max_region_insns: 2000,
        stop_at_regions: false,
    };
    let items = instructions.iter().enumerate().map(plain).collect();
    Program {
        items,
        start: CODE_PAGE,
        x,
        f,
        fcsr: 0,
        memory_seed: 1,
        config,
    }
}
