//! What the builder makes of a front end's calls: operands, and probes in their places.

use emu_tcg::guest::{DecodedBlock, DecodedInsn, MemoryUse};
use emu_tcg::ir::{
    AtomicOp, Block, Builder, Cond, ExitKind, MemExt, MemOp, Opcode, Size, Terminator, Var, parse,
    verify,
};
use emu_tcg::probe::{AccessFilter, Action, Point, Probe, Probes};
use emu_tcg::state::CpuState;

use super::guest::GUEST;

const R1: Var = Var::slot(1);
const R2: Var = Var::slot(2);
const R3: Var = Var::slot(3);
const WORD: MemOp = MemOp::new(Size::B4, MemExt::Sign);

fn add(owner: u32, point: Point, word: u32, value: u64) -> Probe {
    let offset = CpuState::PLUGIN_AREA_OFFSET as u32 + 8 * word;
    Probe {
        point,
        action: Action::Add { offset, value },
        owner,
    }
}

fn call(owner: u32, point: Point, userdata: u64) -> Probe {
    let action = Action::Call {
        function: 0x1,
        plugin: 0x2,
        state_offset: CpuState::PLUGIN_AREA_OFFSET as u32,
        userdata,
        reads_registers: false,
        writes_registers: false,
    };
    Probe {
        point,
        action,
        owner,
    }
}

/// Builds a block of as many instructions as `emit` has elements.
fn build(list: Vec<Probe>, emit: &[fn(&mut Builder)]) -> Block {
    let insn = |n| DecodedInsn {
        pc: 0x1000 + 4 * n as u64,
        bits: 0,
        len: 4,
        row: 0,
        memory: MemoryUse::None,
    };
    let insns = (0..emit.len()).map(insn).collect();
    let decoded = DecodedBlock {
        pc: 0x1000,
        mode: 0,
        insns,
        fetch_fault: false,
    };
    let mut builder = Builder::new(&decoded, Probes { list });
    for emit in emit {
        builder.start_insn();
        emit(&mut builder);
    }
    builder.finish(Terminator::Exit {
        kind: ExitKind::Syscall,
        pc: 0x1000,
    })
}

/// The block is valid, prints as `expected` between header and terminator, and reads back.
#[track_caller]
fn assert_block(block: &Block, expected: &str) {
    assert_eq!(
        verify::verify(block, &GUEST),
        Ok(()),
        "\n{}",
        block.display(&GUEST)
    );
    let text = block.display(&GUEST).to_string();
    let lines = text.lines().skip(1).map(str::trim);
    let actual: Vec<&str> = lines.take_while(|line| !line.starts_with("exit")).collect();
    let expected: Vec<&str> = expected
        .lines()
        .map(str::trim)
        .filter(|l| !l.is_empty())
        .collect();
    assert_eq!(actual, expected, "\n{text}");
    assert_eq!(parse::parse(&text, &GUEST).as_ref(), Ok(block));
}

#[test]
fn immediates_go_where_they_fit() {
    let block = build(
        vec![],
        &[|b| {
            b.binary(Opcode::Add, R1, R2, 5);
            b.binary(Opcode::Sub, R1, 5, R2);
            b.binary(Opcode::Mul, R1, 5, 5);
            b.binary(Opcode::Shl, R1, 1, 5);
            b.setcond(Cond::LtU, R1, R2, 7);
            b.helper(0, Var::NONE, 3, Var::NONE);
            b.fflags_set(31);
        }],
    );
    assert_block(
        &block,
        "0x1000:
            r1 = add r2, 5
            r1 = sub 5, r2
            r1 = mul 5, 5
            %0 = mov 1
            r1 = shl %0, 5
            r1 = setcond.lt.u r2, 7
            %1 = mov 3
            helper swap_r15(%1, _)
            fflags_set 31",
    );
}

#[test]
fn temps_end_with_their_instruction() {
    let load_unwanted: fn(&mut Builder) = |b| b.load(Var::NONE, WORD, R1, 4);
    let block = build(vec![], &[load_unwanted, load_unwanted]);
    assert_block(
        &block,
        "0x1000:
            %0 = load.i32 [r1 + 4]
         0x1004:
            %0 = load.i32 [r1 + 4]",
    );
    assert_eq!(block.temp_count, 1);
}

#[test]
fn additions_of_an_owner_meet_at_the_start() {
    let store: fn(&mut Builder) = |b| b.store(WORD, R1, 0, R2);
    let probes = vec![
        add(1, Point::Memory(1, AccessFilter::Writes), 1, 10),
        add(1, Point::Insn(0), 0, 1),
        add(1, Point::Insn(1), 0, 1),
        add(1, Point::Block, 0, 5),
        // Another owner's word, even the same one, is added to apart.
        add(2, Point::Insn(1), 0, 7),
        // No read happens here.
        add(1, Point::Memory(0, AccessFilter::Reads), 2, 1),
    ];
    let block = build(probes, &[store, store]);
    assert_block(
        &block,
        "0x1000:
            probe_add plugin+0x0 += 7 for 0:6 1:1
            probe_add plugin+0x0 += 7 for 1:7
            probe_add plugin+0x8 += 10 for 1@access:10
            store.i32 [r1], r2
         0x1004:
            store.i32 [r1], r2",
    );
}

#[test]
fn additions_of_an_owner_that_is_called_stay_in_place() {
    let load: fn(&mut Builder) = |b| b.load(R2, WORD, R1, 0);
    let probes = vec![
        add(1, Point::Insn(0), 0, 1),
        add(1, Point::Insn(1), 0, 1),
        add(1, Point::Memory(1, AccessFilter::Both), 1, 1),
        call(1, Point::Insn(1), 9),
        add(2, Point::Insn(1), 2, 1),
    ];
    let block = build(probes, &[load, load]);
    assert_block(
        &block,
        "0x1000:
            probe_add plugin+0x10 += 1 for 1:1
            probe_add plugin+0x0 += 1 for 0:1
            r2 = load.i32 [r1]
         0x1004:
            probe_add plugin+0x0 += 1 for 1:1
            probe_call 0x1(plugin 0x2, state plugin+0x0, userdata 0x9)
            r2 = load.i32 [r1]
            probe_add plugin+0x8 += 1 for 1@access:1",
    );
}

#[test]
fn probes_run_in_order_of_point_then_list() {
    let probes = vec![
        call(1, Point::Insn(0), 1),
        call(2, Point::Block, 2),
        call(3, Point::Insn(0), 3),
        call(4, Point::Block, 4),
        call(5, Point::Memory(0, AccessFilter::Both), 5),
    ];
    let block = build(probes, &[|b| b.store(WORD, R1, 0, R2)]);
    let order: Vec<u64> = block.probe_calls.iter().map(|call| call.userdata).collect();
    assert_eq!(order, [2, 4, 1, 3, 5]);
}

#[test]
fn calls_see_address_and_value_of_a_load() {
    let both = |n| call(1, Point::Memory(n, AccessFilter::Both), 0);
    let block = build(
        vec![
            both(0),
            both(1),
            both(2),
            call(1, Point::Memory(3, AccessFilter::Writes), 0),
        ],
        &[
            |b| b.load(R1, WORD, R1, 0),
            |b| b.load(R2, WORD, R1, 8),
            |b| b.load(Var::NONE, MemOp::new(Size::B1, MemExt::Zero), R1, 0),
            |b| b.load(R2, WORD, R1, 8),
        ],
    );
    let tail = "plugin 0x2, state plugin+0x0, userdata 0x0";
    assert_block(
        &block,
        &format!(
            "0x1000:
                %0 = mov r1
                r1 = load.i32 [r1]
                probe_call 0x1({tail}, address %0, value r1, info 0x2)
             0x1004:
                %0 = add r1, 8
                r2 = load.i32 [r1 + 8]
                probe_call 0x1({tail}, address %0, value r2, info 0x2)
             0x1008:
                %0 = load.u8 [r1]
                probe_call 0x1({tail}, address r1, value %0, info 0x0)
             0x100c:
                r2 = load.i32 [r1 + 8]"
        ),
    );
}

#[test]
fn a_read_modify_write_is_a_read_and_a_write() {
    let both = call(1, Point::Memory(0, AccessFilter::Both), 0);
    let writes = call(1, Point::Memory(1, AccessFilter::Writes), 0);
    let swap = call(1, Point::Memory(2, AccessFilter::Writes), 0);
    let count = add(2, Point::Memory(0, AccessFilter::Both), 0, 1);
    let block = build(
        vec![both, writes, swap, count],
        &[
            |b| b.atomic_rmw(R1, AtomicOp::MaxU, Size::B4, R1, R2),
            |b| b.atomic_rmw(R3, AtomicOp::Add, Size::B8, R1, R3),
            |b| b.atomic_rmw(Var::NONE, AtomicOp::Swap, Size::B8, R1, R3),
        ],
    );
    let tail = "plugin 0x2, state plugin+0x0, userdata 0x0";
    assert_block(
        &block,
        &format!(
            "0x1000:
                probe_add plugin+0x0 += 2 for 0@access:2
                %0 = mov r1
                r1 = atomic_rmw.max.u.i32 [r1], r2
                probe_call 0x1({tail}, address %0, value r1, info 0x22)
                %1 = sext32 r2
                %2 = max.u r1, %1
                probe_call 0x1({tail}, address %0, value %2, info 0x32)
             0x1004:
                %0 = mov r3
                r3 = atomic_rmw.add.i64 [r1], r3
                %1 = add r3, %0
                probe_call 0x1({tail}, address r1, value %1, info 0x33)
             0x1008:
                %0 = atomic_rmw.swap.i64 [r1], r3
                probe_call 0x1({tail}, address r1, value r3, info 0x33)"
        ),
    );
}

#[test]
fn reservations_are_atomic_accesses() {
    let both = |n| call(1, Point::Memory(n, AccessFilter::Both), 0);
    let block = build(
        vec![both(0), both(1)],
        &[
            |b| b.load_reserved(R2, Size::B4, R1),
            |b| b.store_conditional(R2, Size::B4, R1, R2),
        ],
    );
    let tail = "plugin 0x2, state plugin+0x0, userdata 0x0";
    assert_block(
        &block,
        &format!(
            "0x1000:
                r2 = load_reserved.i32 [r1]
                probe_call 0x1({tail}, address r1, value r2, info 0x22)
             0x1004:
                %0 = mov r2
                r2 = store_conditional.u32 [r1], r2
                probe_call 0x1({tail}, address r1, value %0, info 0x32)"
        ),
    );
}

#[test]
fn a_fault_takes_back_what_has_not_come_to_pass() {
    let access: fn(&mut Builder) = |b| b.store(WORD, R1, 0, R2);
    let plain: fn(&mut Builder) = |b| b.unary(Opcode::Mov, R1, R2);
    let memory = |n| Point::Memory(n, AccessFilter::Both);
    let coalesced = vec![
        add(1, Point::Insn(0), 0, 1),
        add(1, Point::Insn(1), 0, 10),
        add(1, Point::Insn(2), 0, 100),
        add(1, memory(0), 1, 1),
        add(1, memory(2), 1, 10),
    ];
    let in_place = [coalesced.clone(), vec![call(1, Point::Block, 0)]].concat();
    let offset = |word: u32| CpuState::PLUGIN_AREA_OFFSET as u32 + 8 * word;
    for (probes, insn, expected) in [
        (&coalesced, 0, vec![(offset(0), 110), (offset(1), 11)]),
        (&coalesced, 2, vec![(offset(1), 10)]),
        (&in_place, 0, vec![]),
        (&in_place, 2, vec![]),
    ] {
        let block = build(probes.clone(), &[access, plain, access]);
        let actual: Vec<(u32, u64)> = block.uncompleted_adds(insn).collect();
        assert_eq!(
            actual,
            expected,
            "fault in {insn} of\n{}",
            block.display(&GUEST)
        );
    }
}
