//! The self-checking instruction tests of `tests/guest/conformance` and `tests/guest/fp`, on every back end.

use emu_tests::guest;
use emu_tests::run::{Backend, End, GuestRun};

fn passes_on(backend: Backend) {
    let failed: Vec<String> = guest::conformance()
        .iter()
        .filter_map(|name| {
            let outcome = GuestRun::guest(name).emu(backend);
            (outcome.end != End::Exited(0)).then(|| format!("{name}:\n{outcome}"))
        })
        .collect();
    assert!(failed.is_empty(), "on {backend}:\n{}", failed.join("\n"));
}

#[test]
fn instructions_conform_on_the_interpreter() {
    passes_on(Backend::Interp);
}

#[test]
fn instructions_conform_on_the_jit() {
    passes_on(Backend::Jit);
}

#[test]
fn instructions_conform_when_each_block_is_compiled_by_itself() {
    passes_on(Backend::Baseline);
}

#[test]
fn instructions_conform_when_everything_is_compiled() {
    passes_on(Backend::JitEager);
}

#[test]
fn the_list_of_programs_is_complete() {
    let names = guest::conformance();
    let groups = [
        "rv64i-arithmetic",
        "rv64m-divide",
        "rv64a-lrsc",
        "rv64c",
        "zba",
        "zbb",
        "zbs",
        "zicond",
        "zicsr",
    ];
    for group in groups.into_iter().chain(["fp-fused-d", "fp-registers"]) {
        assert!(
            names.contains(&format!("conformance/{group}")),
            "no {group}"
        );
    }
}
