//! What IR instructions become.

use super::{Code, encodings, mode, translate, translate_in};
use crate::guest::Guest;
use crate::guest::riscv64::RISCV64;
use crate::guest::riscv64::slots::{FRM, f, x};
use crate::ir::{ExitKind, JumpKind, Opcode, RoundingMode, Terminator, Var};
use crate::probe::{Action, Point, Probe, Probes};
use crate::state::CpuBox;

const AUIPC_RA: u32 = 0x0000_1097;
const JALR_RA_RA: u32 = 0x0100_80e7;

/// The rounding modes of the floating-point operations that instructions become.
fn rounding(mode: u32, insn: u32) -> Option<RoundingMode> {
    let block = translate_in(mode, &[insn]);
    block
        .ops
        .first()
        .and_then(|op| RoundingMode::from_bits(op.aux & 7))
}

#[test]
fn a_dynamic_rounding_mode_is_left_to_the_slot_or_made_static() {
    let fadd_dynamic = 0x00c5_f553;
    for mode in [mode::NEAREST, mode::DYNAMIC] {
        assert_eq!(rounding(mode, fadd_dynamic), Some(RoundingMode::Dynamic));
    }
    assert_eq!(
        rounding(mode::NEAREST_AWAY, fadd_dynamic),
        Some(RoundingMode::NearestAway)
    );
    assert_eq!(rounding(mode::RESERVED, fadd_dynamic), None);
}

#[test]
fn a_static_rounding_mode_holds_in_every_mode() {
    let fadd_towards_zero = 0x00c5_9553;
    for mode in [
        mode::NEAREST,
        mode::DYNAMIC,
        mode::NEAREST_AWAY,
        mode::RESERVED,
    ] {
        assert_eq!(rounding(mode, fadd_towards_zero), Some(RoundingMode::Zero));
    }
}

#[test]
fn the_mode_in_force_is_dynamic_also_where_it_is_named() {
    let fadd_to_nearest = 0x00c5_8553;
    for (mode, expected) in [
        (mode::NEAREST, RoundingMode::Dynamic),
        (mode::DYNAMIC, RoundingMode::Nearest),
        (mode::NEAREST_AWAY, RoundingMode::Nearest),
    ] {
        assert_eq!(rounding(mode, fadd_to_nearest), Some(expected));
    }
}

#[test]
fn exact_conversions_do_not_depend_on_the_rounding_mode() {
    for (insn, name) in [
        (0xd205_f553, "fcvt.d.w"),
        (0xd215_f553, "fcvt.d.wu"),
        (0x4205_f553, "fcvt.d.s"),
    ] {
        assert_eq!(
            rounding(mode::DYNAMIC, insn),
            Some(RoundingMode::Nearest),
            "{name}"
        );
        assert_eq!(
            rounding(mode::NEAREST_AWAY, insn),
            Some(RoundingMode::Nearest),
            "{name}"
        );
        assert_eq!(rounding(mode::RESERVED, insn), None, "{name}");
    }
}

#[test]
fn the_mode_follows_from_frm() {
    let mut state = CpuBox::new(0);
    for (frm, expected) in [
        (0, mode::NEAREST),
        (1, mode::DYNAMIC),
        (2, mode::DYNAMIC),
        (3, mode::DYNAMIC),
        (4, mode::NEAREST_AWAY),
        (5, mode::RESERVED),
        (6, mode::RESERVED),
        (7, mode::RESERVED),
    ] {
        state.file[usize::from(FRM.0)] = frm;
        assert_eq!(RISCV64.mode(&state), expected, "frm {frm}");
    }
    // Who changes it all the time stays in a mode that does for all.
    state.mode_changes = 1000;
    state.file[usize::from(FRM.0)] = 0;
    assert_eq!(RISCV64.mode(&state), mode::DYNAMIC);
}

#[test]
fn x0_is_never_written() {
    // With `rd` in its usual place turned to x0, and every compressed encoding.
    let long = encodings()
        .map(|(bits, _, _)| bits & !0xf80)
        .filter(|bits| bits & 3 == 3);
    let compressed = (0..=0xffff).filter(|bits| bits & 3 != 3);
    for insn in long.chain(compressed) {
        let block = translate(&[insn]);
        assert!(
            block.ops.iter().all(|op| op.dst != x(0)),
            "{insn:08x}: {block:?}"
        );
    }
}

#[test]
fn a_load_to_x0_still_accesses_memory() {
    // lw zero, 4(a6); amoadd.w zero, a2, (a1); feq.s zero, fa1, fa2
    for (insn, code) in [
        (0x0048_2003, Opcode::Load),
        (0x00c5_a02f, Opcode::AtomicRmw),
        (0xa0c5_a053, Opcode::FEq),
    ] {
        let block = translate(&[insn]);
        assert_eq!(block.ops[0].code, code);
        assert!(block.ops[0].dst.as_temp().is_some());
    }
}

#[test]
fn jumps_know_calls_and_returns() {
    let call = JumpKind::Call { return_to: 0x10004 };
    for (insn, kind, name) in [
        (0x0080_00ef, call, "jal ra"),
        (0x0080_02ef, call, "jal t0"),
        (0x0080_006f, JumpKind::Plain, "jal zero"),
        (0x0080_056f, JumpKind::Plain, "jal a0"),
        (0x0005_00e7, call, "jalr ra, a0"),
        (0x0000_80e7, call, "jalr ra, ra"),
        (0x0002_82e7, call, "jalr t0, t0"),
        (0x0000_8067, JumpKind::Return, "jalr zero, ra"),
        (0x0002_8067, JumpKind::Return, "jalr zero, t0"),
        (0x0005_0067, JumpKind::Plain, "jalr zero, a0"),
        (0x8082, JumpKind::Return, "c.jr ra"),
        (0x8782, JumpKind::Plain, "c.jr a5"),
        (0x9782, JumpKind::Call { return_to: 0x10002 }, "c.jalr a5"),
    ] {
        let terminator = translate(&[insn]).terminator;
        let (Terminator::Jump { kind: actual, .. } | Terminator::Indirect { kind: actual, .. }) =
            terminator
        else {
            panic!("{name}: {terminator:?}");
        };
        assert_eq!(actual, kind, "{name}");
    }
}

#[test]
fn an_indirect_target_is_read_before_the_link_is_written() {
    let block = translate(&[0x0000_80e7]);
    let Terminator::Indirect { target, .. } = block.terminator else {
        panic!("{:?}", block.terminator);
    };
    assert!(target.as_temp().is_some());
    assert_eq!((block.ops[0].dst, block.ops[0].a), (target, x(1)));
    assert_eq!((block.ops[1].dst, block.ops[1].imm), (x(1), 0x10004));
}

#[test]
fn a_far_call_is_direct() {
    let block = translate(&[AUIPC_RA, JALR_RA_RA]);
    let call = JumpKind::Call { return_to: 0x10008 };
    assert_eq!(
        block.terminator,
        Terminator::Jump {
            target: 0x11010,
            kind: call
        }
    );
    assert_eq!(
        (block.ops[0].dst, block.ops[0].imm),
        (x(1), 0x11000),
        "auipc still counts"
    );
}

#[test]
fn a_far_call_is_indirect_if_its_register_changed() {
    let load_ra = 0x0005_3083;
    let block = translate(&[AUIPC_RA, load_ra, JALR_RA_RA]);
    assert!(matches!(block.terminator, Terminator::Indirect { .. }));
}

#[test]
fn nothing_is_assumed_constant_where_a_plugin_may_write_registers() {
    let decoded = Code::new(0x10000, &[AUIPC_RA, JALR_RA_RA]).decode(mode::DYNAMIC);
    let probe = |writes_registers| Probe {
        point: Point::Insn(1),
        action: Action::Call {
            function: 0,
            plugin: 0,
            state_offset: 0,
            userdata: 0,
            reads_registers: true,
            writes_registers,
        },
        owner: 0,
    };
    for (writes_registers, direct) in [(false, true), (true, false)] {
        let probes = Probes {
            list: vec![probe(writes_registers)],
        };
        let terminator = RISCV64.translate(&decoded, probes).terminator;
        assert_eq!(matches!(terminator, Terminator::Jump { .. }), direct);
    }
}

#[test]
fn exits_continue_where_they_should() {
    for (insn, kind, pc) in [
        (0x0000_0073, ExitKind::Syscall, 0x10004),
        (0x0010_0073, ExitKind::Breakpoint, 0x10000),
        (0x9002, ExitKind::Breakpoint, 0x10000),
        (0x0000_100f, ExitKind::FenceI, 0x10004),
        (0x0025_1073, ExitKind::ModeChange, 0x10004),
        (0x3000_2573, ExitKind::Illegal, 0x10000),
        (0xffff_ffff, ExitKind::Illegal, 0x10000),
    ] {
        assert_eq!(
            translate(&[insn]).terminator,
            Terminator::Exit { kind, pc },
            "{insn:08x}"
        );
    }
}

#[test]
fn csr_instructions_read_and_write_only_what_they_must() {
    // (instruction, reads fflags, writes fflags)
    for (insn, reads, writes, name) in [
        (0x0010_2573, true, false, "csrrs a0, fflags, zero"),
        (0x0010_7573, true, false, "csrrci a0, fflags, 0"),
        (0x0010_2073, false, false, "csrrs zero, fflags, zero"),
        (0x0015_1073, false, true, "csrrw zero, fflags, a0"),
        (0x0015_1573, true, true, "csrrw a0, fflags, a0"),
        (0x0010_1573, true, true, "csrrw a0, fflags, zero"),
        (0x0018_6073, true, true, "csrrsi zero, fflags, 16"),
    ] {
        let codes: Vec<_> = translate(&[insn]).ops.iter().map(|op| op.code).collect();
        assert_eq!(codes.contains(&Opcode::FlagsGet), reads, "{name}");
        assert_eq!(codes.contains(&Opcode::FlagsSet), writes, "{name}");
    }
}

#[test]
fn a_double_is_copied_by_a_plain_move_a_single_is_not() {
    let copy = translate(&[0x22b5_8553]);
    assert_eq!(
        (copy.ops[0].code, copy.ops[0].dst, copy.ops[0].a),
        (Opcode::Mov, f(10), f(11))
    );
    let checked = translate(&[0x20b5_8553]);
    assert_eq!(checked.ops[0].code, Opcode::FSgnj);
}

#[test]
fn most_instructions_are_one_operation() {
    for (insn, code, name) in [
        (0x0050_0513, Opcode::Mov, "li"),
        (0x0005_8513, Opcode::Mov, "mv"),
        (0x852e, Opcode::Mov, "c.mv"),
        (0x0005_851b, Opcode::Sext32, "sext.w"),
        (0x0805_853b, Opcode::Zext32, "zext.w"),
        (0x0000_0517, Opcode::Mov, "auipc"),
        (0x00c5_8533, Opcode::Add, "add"),
        (0x0005_b503, Opcode::Load, "ld"),
    ] {
        let block = translate(&[insn]);
        assert_eq!(block.ops.len(), 1, "{name}");
        assert_eq!(block.ops[0].code, code, "{name}");
    }
    assert_eq!(translate(&[0x0000_0013]).ops, [], "nop");
    assert_eq!(translate(&[0x0000_0001]).ops, [], "c.nop");
}

#[test]
fn helpers_read_the_counters() {
    for (insn, helper) in [
        (0xc000_2573, "cycle"),
        (0xc010_2573, "time"),
        (0xc020_2573, "instret"),
    ] {
        let block = translate(&[insn]);
        let op = block.ops[0];
        assert_eq!((op.code, op.dst), (Opcode::Helper, x(10)));
        assert_eq!((op.a, op.b), (Var::NONE, Var::NONE));
        assert_eq!(RISCV64.helpers()[op.imm as usize].name, helper);
    }
}
