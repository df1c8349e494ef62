//! The `emu` command as its users meet it: help, listings, and what it says of bad input.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use emu_tests::run::{Outcome, run};
use emu_tests::{guest, tools};

fn emu(arguments: &[&str]) -> Outcome {
    let mut command = Command::new(tools::emu());
    command
        .args(arguments)
        .env_remove("EMU_LD_PREFIX")
        .env("COLUMNS", "100");
    run(command, b"", Duration::from_secs(60))
}

/// What the command printed and how it ended, without this machine's paths.
fn shown(arguments: &[&str], hidden: &[(&Path, &str)]) -> String {
    let mut text = emu(arguments).to_string();
    for (path, name) in hidden {
        text = text.replace(&path.display().to_string(), name);
    }
    text
}

#[test]
fn what_follows_the_program_is_its_own() {
    let program = guest::binary("args");
    let program = program.to_str().expect("a path in UTF-8");
    let outcome = emu(&["run", program, "--version", "-L", "--help", "--"]);
    let text = outcome.to_string();
    for argument in ["--version", "-L", "--help", "--"] {
        assert!(
            text.contains(argument),
            "{argument} is missing from: {text}"
        );
    }
}

#[test]
fn help_and_version_are_these() {
    for (name, arguments) in [
        ("help", &["--help"][..]),
        ("help_run", &["run", "--help"]),
        ("help_plugins", &["plugins", "--help"]),
        ("help_ir", &["ir", "--help"]),
        ("version", &["--version"]),
    ] {
        insta::assert_snapshot!(name, shown(arguments, &[]));
    }
}

#[test]
fn plugins_are_listed_and_described() {
    insta::assert_snapshot!("plugins", shown(&["plugins"], &[]));
    for plugin in ["count", "hotblocks", "howvec", "execlog", "strace"] {
        insta::assert_snapshot!(
            format!("plugins_{plugin}"),
            shown(&["plugins", plugin], &[])
        );
    }
}

#[test]
fn stages_of_a_translation_are_shown() {
    let program = guest::binary("hello");
    let program = program.to_str().expect("UTF-8");
    insta::assert_snapshot!("disas", shown(&["disas", "--blocks", "2", program], &[]));
    for stage in ["guest", "ir", "instrumented"] {
        let arguments = ["ir", "--stage", stage, "--plugin", "count", program];
        insta::assert_snapshot!(format!("ir_{stage}"), shown(&arguments, &[]));
    }
    // Their text depends on the host and on Cranelift's version.
    for (stage, sign) in [("clif", "function u0:"), ("host", "ret")] {
        let outcome = emu(&["ir", "--stage", stage, program]);
        assert!(outcome.text().contains(sign), "{stage}: {outcome}");
    }
}

#[test]
fn every_report_format_holds_the_same_counts() {
    let program = guest::binary("instructions");
    let program = program.to_str().expect("UTF-8");
    for format in ["table", "json", "csv"] {
        let arguments = [
            "run",
            "--deterministic",
            "--report",
            format,
            "--plugin",
            "count",
            program,
        ];
        insta::assert_snapshot!(format!("report_{format}"), shown(&arguments, &[]));
    }
}

#[test]
fn statistics_say_what_each_stage_translated() {
    let insns = |options: &[&str]| -> Vec<u64> {
        let arguments = [&["run", "--stats", "--report", "json"], options, &["demo"]].concat();
        let outcome = emu(&arguments);
        let report: serde_json::Value =
            serde_json::from_slice(&outcome.stderr).expect("one report, and nothing else");
        assert_eq!(report["plugin"], "engine");
        let rows = report["sections"][0]["rows"].as_array().expect("rows");
        let stage = |row: &serde_json::Value| row["instructions"].as_u64().expect("a number");
        rows.iter().map(stage).collect()
    };
    let [decode, 0, 0] = insns(&["--backend", "interp"])[..] else {
        panic!("the interpreter compiled something");
    };
    assert!(decode > 100, "{decode}");
    let eager = insns(&[
        "--baseline-threshold",
        "1",
        "--jit-threshold",
        "50",
        "--jit-sync",
    ]);
    let [_, baseline, regions] = eager[..] else {
        panic!("not three stages: {eager:?}");
    };
    // Here every block is compiled the first time it runs.
    assert!(baseline >= decode, "{baseline} of {decode}");
    assert!((50..decode).contains(&regions), "{regions} of {decode}");
}

#[test]
fn the_demo_is_known_by_its_name_and_symbols() {
    let arguments = [
        "run",
        "--deterministic",
        "--plugin",
        "hotblocks,limit=2",
        "--plugin",
        "execlog,symbol=main,limit=2",
        "demo",
    ];
    let outcome = emu(&arguments);
    insta::assert_snapshot!("demo_symbols", String::from_utf8_lossy(&outcome.stderr));
}

#[test]
fn bad_input_is_refused_with_a_reason_and_a_remedy() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = |name: &str, content: &[u8], mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("temporary file");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
        path.to_str().expect("UTF-8").to_owned()
    };
    let hello = fs::read(guest::binary("hello")).expect("committed program");
    let patched = |offset: usize, bytes: &[u8]| {
        let mut copy = hello.clone();
        copy[offset..offset + bytes.len()].copy_from_slice(bytes);
        copy
    };
    let good = file("good", &hello, 0o755);
    let missing = folder.path().join("missing");
    let missing = missing.to_str().expect("UTF-8");
    let programs = [
        ("missing", missing.to_owned()),
        ("folder", folder.path().to_str().expect("UTF-8").to_owned()),
        ("empty", file("empty", b"", 0o755)),
        ("text", file("text", b"no program\n", 0o755)),
        ("not_executable", file("not_executable", &hello, 0o644)),
        (
            "truncated_header",
            file("truncated_header", &hello[..40], 0o755),
        ),
        (
            "truncated",
            file("truncated", &hello[..hello.len() / 2], 0o755),
        ),
        (
            "other_machine",
            file("other_machine", &patched(18, &[0x3e, 0]), 0o755),
        ),
        ("other_class", file("other_class", &patched(4, &[1]), 0o755)),
        ("big_endian", file("big_endian", &patched(5, &[2]), 0o755)),
        (
            "relocatable",
            file("relocatable", &patched(16, &[1, 0]), 0o755),
        ),
        (
            "wild_entry",
            file("wild_entry", &patched(24, &[0xff; 8]), 0o755),
        ),
        (
            "wild_headers",
            file("wild_headers", &patched(32, &[0xff; 8]), 0o755),
        ),
        (
            "interpreter_missing",
            file("interpreter_missing", b"#!/no/such/interpreter\n", 0o755),
        ),
    ];
    let hidden = [(folder.path(), "FOLDER")];
    for (name, path) in &programs {
        insta::assert_snapshot!(
            format!("bad_program_{name}"),
            shown(&["run", path], &hidden)
        );
    }
    let options: [(&str, &[&str]); 9] = [
        ("plugin_unknown", &["--plugin", "cuont"]),
        ("plugin_missing", &["--plugin", "/no/such/plugin.so"]),
        ("plugin_argument_unknown", &["--plugin", "count,per_vcpv"]),
        (
            "plugin_argument_value",
            &["--plugin", "hotblocks,limit=many"],
        ),
        ("plugin_argument_range", &["--plugin", "execlog,range=5"]),
        (
            "report_full",
            &["--plugin", "count", "--report-file", "/dev/full"],
        ),
        (
            "report_folder",
            &[
                "--plugin",
                "count",
                "--report-file",
                "/no/such/folder/report",
            ],
        ),
        ("backend", &["--backend", "fast"]),
        ("environment", &["-E", "NOVALUE"]),
    ];
    for (name, options) in options {
        let arguments: Vec<&str> = ["run"]
            .iter()
            .chain(options)
            .copied()
            .chain([&*good])
            .collect();
        insta::assert_snapshot!(format!("bad_option_{name}"), shown(&arguments, &hidden));
    }
}

#[test]
fn a_closed_pipe_ends_the_command_quietly() {
    let mut child = Command::new(tools::emu())
        .args(["ir", "demo", "--blocks", "50"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("emu starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("emu ends");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    // As any command in a pipeline: by the signal, or with nothing left to do.
    let killed = output.status.signal() == Some(libc::SIGPIPE);
    assert!(killed || output.status.success(), "{:?}", output.status);
}

#[test]
fn completions_exist_for_common_shells() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(
            emu(&["completions", shell]).text().contains("report-file"),
            "{shell}"
        );
    }
}
