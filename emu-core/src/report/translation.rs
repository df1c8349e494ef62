//! The engine's own report: what translation has cost.

use abi_stable::std_types::RVec;
use emu_plugin_sdk::abi::{Cell, Column, ColumnKind, ReportData, Section};

use crate::engine::statistics::{Stage, Statistics};

/// Who this report is from, where others name their plugin.
pub const NAME: &str = "engine";

/// The statistics as they stand.
#[must_use]
pub fn report(statistics: &Statistics) -> ReportData {
    let column = |(name, kind): (&str, ColumnKind)| Column {
        name: name.into(),
        kind,
    };
    let columns = [
        ("stage", ColumnKind::TEXT),
        ("translations", ColumnKind::NUMBER),
        ("instructions", ColumnKind::NUMBER),
        ("host bytes", ColumnKind::NUMBER),
        ("ms", ColumnKind::NUMBER),
        ("µs/instruction", ColumnKind::NUMBER),
    ];
    let section = Section {
        title: "Translation".into(),
        columns: columns.into_iter().map(column).collect(),
        rows: RVec::from(vec![
            row("decode", &statistics.decode),
            row("baseline", &statistics.baseline),
            row("regions", &statistics.regions),
        ]),
        notes: RVec::new(),
    };
    ReportData {
        sections: RVec::from(vec![section]),
    }
}

fn row(name: &'static str, stage: &Stage) -> RVec<Cell<'static>> {
    let nanoseconds = stage.nanoseconds() as f64;
    let insns = stage.guest_insns();
    let per_insn = match insns {
        0 => Cell::Empty,
        insns => Cell::Float(nanoseconds / 1e3 / insns as f64),
    };
    RVec::from(vec![
        Cell::Text(name.into()),
        Cell::Unsigned(stage.translations()),
        Cell::Unsigned(insns),
        Cell::Unsigned(stage.host_bytes()),
        Cell::Float(nanoseconds / 1e6),
        per_insn,
    ])
}
