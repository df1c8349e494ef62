//! The forms, as snapshots.

use emu_plugin_sdk::abi::{Cell, Column, ColumnKind, ReportData, Section};

use super::{ReportFormat, Reporter};

const FORMATS: [(&str, ReportFormat); 3] = [
    ("table", ReportFormat::Table),
    ("json", ReportFormat::Json),
    ("csv", ReportFormat::Csv),
];

fn columns(columns: &[(&str, ColumnKind)]) -> Vec<Column> {
    columns
        .iter()
        .map(|&(name, kind)| Column {
            name: name.into(),
            kind,
        })
        .collect()
}

fn section(title: &str, heads: &[(&str, ColumnKind)], rows: Vec<Vec<Cell<'static>>>) -> Section {
    Section {
        title: title.into(),
        columns: columns(heads).into(),
        rows: rows.into_iter().map(Into::into).collect(),
        notes: Default::default(),
    }
}

fn written(format: ReportFormat, write: impl FnOnce(&Reporter)) -> String {
    let (reporter, bytes) = Reporter::memory(format);
    write(&reporter);
    reporter.flush();
    assert!(reporter.take_error().is_none());
    let bytes = bytes.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap().replace('\r', "␍")
}

#[test]
fn reports() {
    let (number, text, address) = (ColumnKind::NUMBER, ColumnKind::TEXT, ColumnKind::ADDRESS);
    let mut blocks = section(
        "Hottest blocks",
        &[
            ("address", address),
            ("symbol", text),
            ("runs", number),
            ("share", number),
            ("runs", number),
            ("new kind", ColumnKind(77)),
        ],
        vec![
            vec![
                Cell::Address(0x10430),
                Cell::Text("main".into()),
                Cell::Unsigned(1_234_567),
                Cell::Ratio(0.981_23),
                Cell::Signed(-4),
                Cell::Empty,
            ],
            // Text that would break lines, quoting or a terminal; a row too short.
            vec![
                Cell::Address(u64::MAX),
                Cell::Text("a \"b\", c\n\u{1b}[31m".into()),
                Cell::Unsigned(2),
                Cell::Float(f64::NAN),
            ],
        ],
    );
    blocks.notes = vec!["2 of 17 blocks".into()].into();
    let empty = section("Nothing seen", &[("n", number)], vec![]);
    let mut plain = section("", &[], vec![]);
    plain.notes = vec!["Only a note.".into()].into();
    let data = ReportData {
        sections: vec![blocks, empty, plain].into(),
    };
    for (name, format) in FORMATS {
        let text = written(format, |reporter| {
            reporter.report("hotblocks", "0.1.0", &data);
            reporter.failure("howvec", "0.1.0", "exit", "index out of bounds");
        });
        insta::assert_snapshot!(format!("report_{name}"), text);
    }
}

#[test]
fn one_stream_has_plain_lines() {
    for (name, format) in FORMATS {
        let text = written(format, |reporter| {
            let heads = columns(&[
                ("pc", ColumnKind::ADDRESS),
                ("size", ColumnKind::NUMBER),
                ("insn", ColumnKind::TEXT),
            ]);
            let stream = reporter.declare_stream("execlog", "insns", &heads);
            for (pc, size, insn) in [(0x10430, 2, "ret"), (0x3f_ffff_0000, 16, "addi a0,a0,1")] {
                let cells = [
                    Cell::Address(pc),
                    Cell::Unsigned(size),
                    Cell::Text(insn.into()),
                ];
                assert!(reporter.record("execlog", stream, &cells));
            }
        });
        insta::assert_snapshot!(format!("stream_{name}"), text);
    }
}

#[test]
fn several_streams_are_told_apart() {
    for (name, format) in FORMATS {
        let text = written(format, |reporter| {
            let heads = columns(&[("what", ColumnKind::TEXT)]);
            let own = reporter.declare_stream("strace", "strace", &heads);
            let other = reporter.declare_stream("execlog", "insns", &heads);
            reporter.record("strace", own, &[Cell::Text("close(3) = 0".into())]);
            reporter.record("execlog", other, &[Cell::Text("ecall".into())]);
            reporter.record("strace", own, &[Cell::Text("exit(0)".into())]);
        });
        insta::assert_snapshot!(format!("streams_{name}"), text);
    }
}

#[test]
fn a_record_goes_to_a_stream_of_its_plugin_only() {
    let (reporter, bytes) = Reporter::memory(ReportFormat::Table);
    let stream = reporter.declare_stream("one", "s", &[]);
    assert!(!reporter.record("two", stream, &[]));
    assert!(!reporter.record("one", stream + 1, &[]));
    reporter.flush();
    assert!(bytes.lock().unwrap().is_empty());
}

#[test]
fn after_an_error_the_run_goes_on_and_the_error_is_kept() {
    let options = super::ReportOptions {
        destination: super::Destination::File("/dev/full".into()),
        ..Default::default()
    };
    let reporter = Reporter::open(&options).unwrap();
    let stream = reporter.declare_stream("execlog", "", &[]);
    for _ in 0..3 {
        assert!(reporter.record("execlog", stream, &[Cell::Text("x".repeat(70_000).into())]));
    }
    reporter.report("execlog", "1", &ReportData::default());
    let error = reporter.take_error().unwrap().to_string();
    assert!(error.contains("/dev/full"), "{error}");
    assert!(reporter.take_error().is_none());
}
