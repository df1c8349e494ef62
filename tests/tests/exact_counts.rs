//! The plugin `count`, and callbacks that count, are exact to the last instruction, on every back end, also where
//! blocks are left in their middle.

use std::collections::{BTreeMap, BTreeSet};

use emu_tests::run::{Backend, End, GuestRun};
use serde_json::Value;

/// What `count` reports about a run: `instructions`, `blocks`, `memory reads`, `memory writes`.
fn counts(run: &GuestRun, backend: Backend) -> BTreeMap<String, u64> {
    let outcome = run
        .clone()
        .plugin("count")
        .emu_options(["--report", "json"])
        .emu(backend);
    assert_eq!(outcome.end, End::Exited(0), "{outcome}");
    let report: Value =
        serde_json::from_slice(&outcome.stderr).expect("the report is one JSON document");
    let rows = report["sections"][0]["rows"]
        .as_array()
        .expect("the report has a table");
    let row = |row: &Value| {
        let name = row["what"].as_str().expect("a name").to_owned();
        (name, row["count"].as_u64().expect("a number"))
    };
    rows.iter().map(row).collect()
}

#[test]
fn a_program_of_a_million_instructions_has_a_million() {
    for backend in Backend::ALL {
        let counts = counts(&GuestRun::guest("instructions"), backend);
        assert_eq!(counts["instructions"], 1_000_000, "on {backend}");
        assert_eq!(counts["memory reads"], 100_000, "on {backend}");
        assert_eq!(counts["memory writes"], 100_000, "on {backend}");
    }
}

/// One call out of two faults in the middle of a block of twelve. For such a pair of calls the built program executes
/// - 2 × 8 instructions of the calling loop,
/// - 2 × 12 instructions of the block: the one that faults counts once, where the handler resumes behind it; its loads are
///   3 in the call that faults, as an access that fails is none, and 4 in the other; its stores are 3 in both,
/// - 12 instructions of the handler, of which 2 load and 2 store, and 2 of the return from the signal.
#[test]
fn counts_are_exact_where_faults_leave_blocks_in_their_middle() {
    // Numbers of calls for which all that is printed has the same number of digits.
    let (few, many) = (2000, 2400);
    let pairs = (many - few) / 2;
    for backend in Backend::ALL {
        let counts = |calls: u64| {
            counts(
                &GuestRun::guest("fault-in-block").arg(calls.to_string()),
                backend,
            )
        };
        let (few, many) = (counts(few), counts(many));
        let more = |what: &str| many[what] - few[what];
        assert_eq!(
            more("instructions"),
            pairs * (2 * 8 + 2 * 12 + 12 + 2),
            "on {backend}"
        );
        assert_eq!(more("memory reads"), pairs * (3 + 4 + 2), "on {backend}");
        assert_eq!(more("memory writes"), pairs * (2 * 3 + 2), "on {backend}");
    }
}

/// What the fixture `costs` counts in `mode`.
fn count_by(mode: &str, run: &GuestRun, backend: Backend) -> u64 {
    let test = std::env::current_exe().expect("the test has a path");
    let library = test.with_file_name("libemu_fixture_costs.so");
    let outcome = run
        .clone()
        .plugin(&format!("{},mode={mode}", library.display()))
        .emu_options(["--report", "json"])
        .emu(backend);
    assert_eq!(outcome.end, End::Exited(0), "{outcome}");
    let report: Value =
        serde_json::from_slice(&outcome.stderr).expect("the report is one JSON document");
    let row = &report["sections"][0]["rows"][0];
    let column = if mode == "trace" { "records" } else { "count" };
    row[column].as_u64().expect("a number")
}

#[test]
fn callbacks_are_called_as_often_as_additions_are_made() {
    let mut below = BTreeSet::new();
    for backend in Backend::ALL {
        let run = GuestRun::guest("instructions");
        let count = |mode: &str| count_by(mode, &run, backend);
        assert_eq!(count("nothing"), 0, "on {backend}");
        for mode in ["block-call", "block-opaque"] {
            assert_eq!(count(mode), count("block-add"), "{mode} on {backend}");
        }
        for mode in ["insn-add", "insn-call", "insn-opaque"] {
            assert_eq!(count(mode), 1_000_000, "{mode} on {backend}");
        }
        for mode in ["access-add", "access-call", "access-opaque", "trace"] {
            assert_eq!(count(mode), 200_000, "{mode} on {backend}");
        }
        let filtered = count("access-filter");
        assert!(filtered <= 200_000, "{filtered} on {backend}");
        below.insert(filtered);
        let misses = count("cache");
        assert!((1..1000).contains(&misses), "{misses} misses on {backend}");
    }
    assert_eq!(below.len(), 1, "{below:?}");
}
