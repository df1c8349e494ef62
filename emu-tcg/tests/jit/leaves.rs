//! Calls of small functions: regions do what the function does, and leave the same words behind.

use std::arch::global_asm;

use emu_tcg::backend::cranelift::{Compiler, Stage};

use super::guest::GUEST;
use super::world::{End, MEMORY, World};

// Appends address and userdata to a ring of four records behind a count. The second function does the same with a
// loop around it, the third with a call, which generated code does not look into.
global_asm!(
    ".pushsection .text.leaves,\"ax\",@progbits",
    ".hidden emu_test_append",
    ".globl emu_test_append",
    "emu_test_append:",
    "mov rax, [rsi]",
    "mov edi, eax",
    "and edi, 3",
    "shl edi, 4",
    "mov [rsi + rdi + 16], rcx",
    "mov [rsi + rdi + 24], rdx",
    "inc rax",
    "mov [rsi], rax",
    "ret",
    ".hidden emu_test_append_in_loop",
    ".globl emu_test_append_in_loop",
    "emu_test_append_in_loop:",
    "or r8, 1",
    "2:",
    "mov rax, [rsi]",
    "mov edi, eax",
    "and edi, 3",
    "shl edi, 4",
    "mov [rsi + rdi + 16], rcx",
    "mov [rsi + rdi + 24], rdx",
    "shr r8",
    "jne 2b",
    "inc rax",
    "mov [rsi], rax",
    "ret",
    ".hidden emu_test_append_by_call",
    ".globl emu_test_append_by_call",
    "emu_test_append_by_call:",
    "sub rsp, 8",
    "call emu_test_append",
    "add rsp, 8",
    "ret",
    // Stores six words of one of two records: a pair from behind, which is read, one alone, a pair from behind, one alone.
    ".hidden emu_test_scatter",
    ".globl emu_test_scatter",
    "emu_test_scatter:",
    "mov rax, [rsi]",
    "mov edi, eax",
    "and edi, 1",
    "shl edi, 6",
    "mov [rsi + rdi + 24], rcx",
    "mov [rsi + rdi + 16], rdx",
    "mov r8, [rsi + rdi + 24]",
    "add r8, rax",
    "mov [rsi + rdi + 32], rdx",
    "mov [rsi + rdi + 48], r8",
    "mov [rsi + rdi + 40], rcx",
    "mov [rsi + rdi + 56], rdx",
    "inc rax",
    "mov [rsi], rax",
    "ret",
    // Counts addresses that are not negative, and keeps the last one.
    ".hidden emu_test_latest",
    ".globl emu_test_latest",
    "emu_test_latest:",
    "test rcx, rcx",
    "js 2f",
    "mov rax, [rsi]",
    "inc rax",
    "mov [rsi], rax",
    "mov [rsi + 8], rcx",
    "2:",
    "ret",
    // Mixes what there is, and stores a 0 where its plugin argument points to.
    ".hidden emu_test_mix",
    ".globl emu_test_mix",
    "emu_test_mix:",
    "mov rax, [rsi]",
    "lea rax, [rax + rax * 4 + 7]",
    "mov [rsi], rax",
    "mov qword ptr [rdi], 0",
    "ret",
    ".popsection",
);

unsafe extern "C" {
    fn emu_test_append();
    fn emu_test_append_in_loop();
    fn emu_test_append_by_call();
    fn emu_test_scatter();
    fn emu_test_latest();
    fn emu_test_mix();
}

/// Stores at rising addresses until one faults, in a loop of two blocks; every store is recorded.
fn recorded_stores(function: unsafe extern "C" fn()) -> World {
    let function = function as usize;
    World::of(&format!(
        "
block 0x1000 mode 0x0 {{
0x1000:
    store.i64 [r2], r1
    probe_call {function:#x}(plugin 0x0, state plugin+0x0, userdata 0x11, address r2, value r1, info 0x13)
    r1 = add r1, 1
    branch.ne r1, r4, 0x1004, 0x1000
}}
block 0x1004 mode 0x0 {{
0x1004:
    r2 = add r2, r3
0x1008:
    store.i64 [r2], r1
    probe_call {function:#x}(plugin 0x0, state plugin+0x0, userdata 0x22, address r2, value r1, info 0x13)
    jump 0x1000
}}"
    ))
}

fn run(world: &mut World) -> (End, Vec<u64>) {
    world.set("r2", MEMORY + 2048).set("r3", 24).set("r4", 7);
    let end = world.run(0x1000);
    (
        end,
        (0..20).map(|word| world.plugin_word(8 * word)).collect(),
    )
}

#[test]
fn what_small_functions_leave_behind_is_the_same_without_a_call() {
    let interpreted = run(&mut recorded_stores(emu_test_append_by_call));
    assert_eq!(interpreted.0, End::Fault(1));
    for function in [
        emu_test_append,
        emu_test_append_in_loop,
        emu_test_append_by_call,
    ] {
        for precise_faults in [false, true] {
            let mut world = recorded_stores(function);
            world.options.precise_faults = precise_faults;
            world.compile(0x1000);
            assert_eq!(run(&mut world), interpreted);
        }
        let mut world = recorded_stores(function);
        world.compile_baseline(0x1000);
        world.compile_baseline(0x1004);
        assert_eq!(run(&mut world), interpreted);
    }
}

/// What regions are of, with `function` in them.
fn clif_with(function: unsafe extern "C" fn()) -> String {
    let world = recorded_stores(function);
    let mut compiler = Compiler::new(&GUEST).expect("a compiler");
    let head = world.block(0x1000).clone();
    let text = compiler.compile_to_text(&world.blocks, &head, &world.options, Stage::Clif);
    text.expect("compiles")
}

#[test]
fn words_beside_each_other_are_stored_together() {
    let interpreted = run(&mut recorded_stores(emu_test_scatter));
    assert_eq!(interpreted.0, End::Fault(1));
    assert!(interpreted.1[2..8].iter().all(|&word| word != 0));
    let mut world = recorded_stores(emu_test_scatter);
    world.compile(0x1000);
    assert_eq!(run(&mut world), interpreted);
    // At each of two points, a constant behind an address; and one before an address, and two values.
    let vectors = |function| {
        let text = clif_with(function);
        ["vconst", "insertlane"].map(|word| text.matches(word).count())
    };
    assert_eq!(vectors(emu_test_append), [2, 0]);
    assert_eq!(vectors(emu_test_scatter), [2, 4]);
    // What the next call reads is not.
    assert_eq!(vectors(emu_test_latest), [0, 0]);
}

#[test]
fn small_functions_are_not_called() {
    let calls = |function| {
        let text = clif_with(function);
        let lines = |word| text.lines().filter(|line| line.contains(word)).count();
        [lines(" call "), lines(" call_indirect ")]
    };
    assert_eq!(calls(emu_test_append), [0, 0]);
    // Copies are.
    assert_eq!(calls(emu_test_append_in_loop), [2, 0]);
    // And one that gives the callbacks the host's floating-point flags.
    assert_eq!(calls(emu_test_append_by_call), [0, 3]);
}

/// A call before each of a row of instructions; the fifth one may fault.
fn calls_in_row(plugin: u64) -> World {
    let function = emu_test_mix as *const () as usize;
    let call = |insn: u64| {
        format!(
            "    probe_call {function:#x}(plugin {plugin:#x}, state plugin+0x0, userdata {insn:#x})\n"
        )
    };
    let mut text = String::from("block 0x1000 mode 0x0 {\n");
    for insn in 0..12 {
        text += &format!("{:#x}:\n{}", 0x1000 + 4 * insn, call(insn));
        text += match insn {
            4 => "    store.i64 [r2], r1\n",
            6 => "    r2 = add r2, r3\n",
            11 => "    branch.ne r1, r4, 0x1000, 0x1000\n",
            _ => "    r1 = add r1, 1\n",
        };
    }
    World::of(&(text + "}"))
}

#[test]
fn calls_in_a_row_are_made_before_what_comes_next() {
    let scratch = Box::leak(Box::new(1_u64));
    let plugin = &raw mut *scratch as u64;
    let interpreted = run(&mut calls_in_row(plugin));
    assert_eq!(interpreted.0, End::Fault(4));
    for precise_faults in [false, true] {
        let mut world = calls_in_row(plugin);
        world.options.precise_faults = precise_faults;
        world.compile(0x1000);
        assert_eq!(run(&mut world), interpreted);
    }
    let head = calls_in_row(plugin).block(0x1000).clone();
    let world = calls_in_row(plugin);
    let mut compiler = Compiler::new(&GUEST).expect("a compiler");
    let text = compiler.compile_to_text(&world.blocks, &head, &world.options, Stage::Clif);
    let text = text.expect("compiles");
    // Five before the store, and seven behind it.
    assert_eq!(
        text.lines().filter(|line| line.contains(" call ")).count(),
        3
    );
}

#[test]
fn a_failing_copy_is_not_taken_for_the_guest() {
    let mut world = calls_in_row(8);
    world.compile(0x1000);
    assert_eq!(run(&mut world).0, End::Stray);
}

/// Three stores in a row at rising addresses, each recorded, in a loop that goes on until one faults.
fn stores_in_row() -> World {
    let function = emu_test_append as *const () as usize;
    let mut text = String::from("block 0x1000 mode 0x0 {\n");
    for insn in 0..3 {
        text += &format!(
            "{:#x}:
    store.i64 [r2 + {:#x}], r1
    probe_call {function:#x}(plugin 0x0, state plugin+0x0, userdata {insn:#x}, address r2, value r1, info 0x13)\n",
            0x1000 + 4 * insn,
            8 * insn
        );
    }
    let end = "0x100c:\n    r1 = add r1, 1\n    r2 = add r2, r3\n    jump 0x1000\n}";
    World::of(&(text + end))
}

#[test]
fn records_are_the_same_wherever_a_ring_wraps_and_a_store_fails() {
    for start in (MEMORY + 2048..).step_by(8).take(12) {
        let run = |world: &mut World| {
            world.set("r2", start).set("r3", 24);
            let end = world.run(0x1000);
            let words: Vec<u64> = (0..20).map(|word| world.plugin_word(8 * word)).collect();
            (end, words)
        };
        let interpreted = run(&mut stores_in_row());
        assert!(matches!(interpreted.0, End::Fault(_)));
        for precise_faults in [false, true] {
            let mut world = stores_in_row();
            world.options.precise_faults = precise_faults;
            world.compile(0x1000);
            assert_eq!(run(&mut world), interpreted);
        }
    }
}
