//! The committed guest programs are what their sources give.

use std::fs;

use emu_tests::{guest, tools};

#[test]
fn committed_guest_programs_are_built_from_their_sources() {
    let Some(compiler) = tools::cross_compiler() else {
        return tools::skipped("rebuilding the guest programs", "no riscv64-linux-gnu-gcc");
    };
    if tools::first_line("python3", "--version").is_none() {
        return tools::skipped("rebuilding the guest programs", "no python3");
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let generated = folder.path().join("generated");
    fs::create_dir(&generated).expect("the temporary folder is writable");
    let programs = guest::programs(&generated).expect("sources are complete");

    let note = fs::read_to_string(guest::compiler_note()).expect("tests/guest/bin/COMPILER exists");
    let version = tools::first_line(compiler, "--version").unwrap_or_default();
    let same_compiler = note.trim() == version;
    if !same_compiler {
        let why = format!(
            "they were built by {}, here is {version}; building only",
            note.trim()
        );
        tools::skipped("comparing the guest programs", &why);
    }
    let mut different = Vec::new();
    for program in &programs {
        let output = folder.path().join(&program.name);
        program.build(compiler, &output).expect("it builds");
        let built = fs::read(&output).expect("it was built");
        let committed = fs::read(guest::binary(&program.name)).unwrap_or_default();
        if same_compiler && built != committed {
            different.push(program.name.as_str());
        }
    }
    assert!(
        different.is_empty(),
        "not what their sources give: {different:?}; `cargo run -p emu-tests --bin build-guest` builds them anew"
    );
}

#[test]
fn every_committed_program_has_a_source_and_is_small() {
    if tools::first_line("python3", "--version").is_none() {
        return tools::skipped("listing the guest programs", "no python3");
    }
    let generated = tempfile::tempdir().expect("a temporary folder");
    let mut known: Vec<_> = guest::programs(generated.path())
        .expect("sources are complete")
        .into_iter()
        .map(|program| guest::binary(&program.name))
        .collect();
    known.push(guest::compiler_note());
    for folder in ["", "conformance"] {
        for entry in guest::binary(folder)
            .read_dir()
            .expect("the folder can be read")
        {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                continue;
            }
            assert!(known.contains(&path), "{} has no source", path.display());
            let size = path.metadata().expect("it exists").len();
            assert!(
                size <= 40 * 1024,
                "{} is too large to commit: {size} bytes",
                path.display()
            );
        }
    }
}
