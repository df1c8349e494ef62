//! Where blocks end.

use super::{Code, mode};
use crate::guest::riscv64::RISCV64;
use crate::guest::{DecodedBlock, Guest, MemoryUse, Transfer};
use crate::ir::{Block, ExitKind, JumpKind, Terminator};
use crate::probe::Probes;

const NOP: u32 = 0x0000_0013;
const C_NOP: u32 = 0x0001;
const ADD: u32 = 0x00c5_8533;
const FADD_S_DYNAMIC: u32 = 0x00c5_f553;
const FADD_S_RESERVED: u32 = 0x00c5_d553;
const FCVT_D_W_DYNAMIC: u32 = 0xd205_f553;

fn translate(block: &DecodedBlock) -> Block {
    RISCV64.translate(block, Probes::default())
}

#[test]
fn a_block_ends_behind_what_leaves_it() {
    for (insn, name) in [
        (0x00b5_0463, "beq"),
        (0x0080_006f, "jal"),
        (0x0000_8067, "jalr"),
        (0x0000_0073, "ecall"),
        (0x0010_0073, "ebreak"),
        (0x0000_100f, "fence.i"),
        (0x0025_1073, "csrrw frm"),
        (0x0035_1073, "csrrw fcsr"),
        (0x0020_d073, "csrrwi frm"),
        (0x0035_2073, "csrrs fcsr"),
        (0x3000_2573, "csrrs of a register that does not exist"),
        (0xc005_1573, "csrrw of a counter"),
        (0xffff_ffff, "unknown"),
        (FADD_S_RESERVED, "reserved rounding mode"),
        (0xa001, "c.j"),
        (0xc101, "c.beqz"),
        (0xe101, "c.bnez"),
        (0x8082, "c.jr"),
        (0x9782, "c.jalr"),
        (0x9002, "c.ebreak"),
    ] {
        let block = Code::new(0x1000, &[NOP, insn, NOP]).decode(mode::NEAREST);
        assert_eq!(block.insns.len(), 2, "{name}");
        assert!(!block.fetch_fault);
    }
}

#[test]
fn a_block_goes_on_behind_everything_else() {
    for (insn, name) in [
        (ADD, "add"),
        (0x0ff0_000f, "fence"),
        (0x0015_1073, "csrrw fflags"),
        (0x0020_2573, "csrrs frm without a write"),
        (0x0030_2573, "csrrs fcsr without a write"),
        (0x0030_6573, "csrrsi fcsr without a write"),
        (0xc000_2573, "csrrs cycle"),
        (FADD_S_DYNAMIC, "fadd.s"),
    ] {
        let block = Code::new(0x1000, &[NOP, insn, NOP]).decode(mode::NEAREST);
        assert_eq!(block.insns.len(), 3, "{name}");
    }
}

#[test]
fn a_block_has_no_more_instructions_than_asked_for() {
    let code = Code::new(0x1000, &[NOP; 20]);
    let block = RISCV64.decode_block(&code, 0x1000, mode::NEAREST, 7);
    assert_eq!(block.insns.len(), 7);
    let target = Terminator::Jump {
        target: 0x1000 + 7 * 4,
        kind: JumpKind::Plain,
    };
    assert_eq!(translate(&block).terminator, target);
}

#[test]
fn a_block_ends_with_its_page() {
    let block = Code::new(0x1ff8, &[NOP; 8]).decode(mode::NEAREST);
    assert_eq!(block.len(), 8);
    let target = Terminator::Jump {
        target: 0x2000,
        kind: JumpKind::Plain,
    };
    assert_eq!(translate(&block).terminator, target);
}

#[test]
fn its_last_instruction_may_reach_into_the_next_page() {
    let block = Code::new(0x1ffa, &[NOP, ADD, NOP]).decode(mode::NEAREST);
    assert_eq!(block.insns.len(), 2);
    assert_eq!(block.insns[1].pc, 0x1ffe);
    assert_eq!(block.insns[1].bits, ADD);
    assert_eq!(block.len(), 8);
}

#[test]
fn an_instruction_that_cannot_be_fetched_is_left_to_the_next_block() {
    let target = Terminator::Jump {
        target: 0x1004,
        kind: JumpKind::Plain,
    };

    let nothing_follows = Code::new(0x1000, &[NOP]).decode(mode::NEAREST);
    assert_eq!(
        (nothing_follows.insns.len(), nothing_follows.fetch_fault),
        (1, false)
    );
    assert_eq!(translate(&nothing_follows).terminator, target);

    let mut half_follows = Code::new(0x1000, &[NOP, ADD]);
    half_follows.bytes.truncate(6);
    let half_follows = half_follows.decode(mode::NEAREST);
    assert_eq!(
        (half_follows.insns.len(), half_follows.fetch_fault),
        (1, false)
    );
}

#[test]
fn a_block_is_empty_if_its_first_instruction_cannot_be_fetched() {
    let nothing = Code::new(0x1000, &[]).decode(mode::NEAREST);
    assert!(nothing.fetch_fault && nothing.is_empty());

    let mut half = Code::new(0x1ffe, &[ADD]);
    half.bytes.truncate(2);
    let half = half.decode(mode::NEAREST);
    assert!(half.fetch_fault && half.is_empty());
}

#[test]
fn a_compressed_instruction_at_the_end_of_memory_is_fetched() {
    let block = Code::new(0x1ffe, &[C_NOP]).decode(mode::NEAREST);
    assert_eq!((block.len(), block.fetch_fault), (2, false));
}

#[test]
fn an_unknown_instruction_exits_at_its_own_address() {
    let block = Code::new(0x1000, &[NOP, 0xffff_ffff]).decode(mode::NEAREST);
    assert_eq!(RISCV64.mnemonic(&block.insns[1]), "unknown");
    assert_eq!(block.insns[1].row, u16::MAX);
    let exit = Terminator::Exit {
        kind: ExitKind::Illegal,
        pc: 0x1004,
    };
    assert_eq!(translate(&block).terminator, exit);
}

#[test]
fn a_reserved_dynamic_rounding_mode_makes_instructions_illegal() {
    for insn in [FADD_S_DYNAMIC, FCVT_D_W_DYNAMIC] {
        let code = Code::new(0x1000, &[NOP, insn, NOP]);
        let illegal = Terminator::Exit {
            kind: ExitKind::Illegal,
            pc: 0x1004,
        };
        for (mode, legal) in [
            (mode::NEAREST, true),
            (mode::NEAREST_AWAY, true),
            (mode::RESERVED, false),
        ] {
            let block = code.decode(mode);
            assert_eq!(block.insns.len(), if legal { 3 } else { 2 }, "mode {mode}");
            assert_eq!(
                translate(&block).terminator != illegal,
                legal,
                "mode {mode}"
            );
        }
    }
}

#[test]
fn memory_use_is_known_after_decoding() {
    for (insn, memory) in [
        (ADD, MemoryUse::None),
        (0x0085_3503, MemoryUse::Read),
        (0x00a5_3423, MemoryUse::Write),
        (0x00c5_b52f, MemoryUse::ReadWrite),
        (0x6108, MemoryUse::Read),
        (0xe108, MemoryUse::Write),
    ] {
        let block = Code::new(0x1000, &[insn]).decode(mode::NEAREST);
        assert_eq!(block.insns[0].memory, memory, "{insn:08x}");
    }
}

#[test]
fn transfers_of_control_are_told_apart() {
    for (insn, expected, name) in [
        (0x0080_00ef, Transfer::Call, "jal ra"),
        (0x0080_006f, Transfer::Branch, "jal zero"),
        (0x0002_82e7, Transfer::Call, "jalr t0, t0"),
        (0x0000_8067, Transfer::Return, "jalr zero, ra"),
        (0x0005_0067, Transfer::Branch, "jalr zero, a0"),
        (0x8082, Transfer::Return, "c.jr ra"),
        (0x8782, Transfer::Branch, "c.jr a5"),
        (0x9782, Transfer::Call, "c.jalr a5"),
        (0xa001, Transfer::Branch, "c.j"),
        (0xc101, Transfer::Branch, "c.beqz a0"),
        (0x00b5_0463, Transfer::Branch, "beq a0, a1"),
        (0x0000_0073, Transfer::Syscall, "ecall"),
        (0x0010_0073, Transfer::None, "ebreak"),
        (0x0015_0513, Transfer::None, "addi a0, a0, 1"),
        (0xffff_ffff, Transfer::None, "unknown"),
    ] {
        let block = Code::new(0x1000, &[insn]).decode(0);
        assert_eq!(RISCV64.transfer(&block.insns[0]), expected, "{name}");
    }
}
