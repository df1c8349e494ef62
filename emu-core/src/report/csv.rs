//! Comma-separated values. The parent module's documentation states the columns.

use csv::{Terminator, WriterBuilder};
use emu_plugin_sdk::abi::{Cell, Column, ReportData};

use super::reporter::{Origin, Stream};

/// One record, below the stream's header if it is the first.
pub(super) fn record(
    out: &mut Vec<u8>,
    stream: &mut Stream,
    process: Option<u32>,
    cells: &[Cell<'_>],
) {
    let started = std::mem::replace(&mut stream.started, true);
    let mut table = Writer::new(out, process, &stream.plugin, &stream.name);
    if !started {
        table.header(stream.columns.iter().map(|column| column.name.as_str()));
    }
    table.row(cells, stream.columns.len());
}

/// A plugin's report.
pub(super) fn report(out: &mut Vec<u8>, origin: &Origin<'_>, report: &ReportData) {
    for section in &report.sections {
        let mut table = Writer::new(out, origin.process, origin.plugin, &section.title);
        if !section.columns.is_empty() {
            table.header(
                section
                    .columns
                    .iter()
                    .map(|column: &Column| column.name.as_str()),
            );
        }
        for cells in &section.rows {
            table.row(cells, section.columns.len());
        }
        if !section.notes.is_empty() {
            table.header(["note"]);
        }
        for note in &section.notes {
            table.line([note.as_str()]);
        }
    }
}

/// A line in place of a report.
pub(super) fn failure(out: &mut Vec<u8>, origin: &Origin<'_>, hook: &str, message: &str) {
    let mut table = Writer::new(out, origin.process, origin.plugin, "");
    table.header(["hook", "failure"]);
    table.line([hook, message]);
}

/// Writes the lines of one section or stream.
struct Writer<'a> {
    csv: csv::Writer<&'a mut Vec<u8>>,
    process: Option<String>,
    plugin: &'a str,
    table: &'a str,
}

impl<'a> Writer<'a> {
    fn new(
        out: &'a mut Vec<u8>,
        process: Option<u32>,
        plugin: &'a str,
        table: &'a str,
    ) -> Writer<'a> {
        let csv = WriterBuilder::new()
            .flexible(true)
            .terminator(Terminator::CRLF)
            .buffer_capacity(256)
            .from_writer(out);
        Writer {
            csv,
            process: process.map(|process| process.to_string()),
            plugin,
            table,
        }
    }

    fn header<'b>(&mut self, columns: impl IntoIterator<Item = &'b str>) {
        if self.process.is_some() {
            self.field("pid");
        }
        self.field("plugin");
        self.field("table");
        self.end(columns);
    }

    fn line<'b>(&mut self, values: impl IntoIterator<Item = &'b str>) {
        if let Some(process) = self.process.take() {
            self.field(&process);
            self.process = Some(process);
        }
        self.field(self.plugin);
        self.field(self.table);
        self.end(values);
    }

    fn row(&mut self, cells: &[Cell<'_>], width: usize) {
        let mut texts: Vec<String> = cells.iter().map(text).collect();
        texts.resize(texts.len().max(width), String::new());
        self.line(texts.iter().map(String::as_str));
    }

    fn field(&mut self, value: &str) {
        // Memory takes all that is written.
        let _ = self.csv.write_field(value);
    }

    fn end<'b>(&mut self, values: impl IntoIterator<Item = &'b str>) {
        for value in values {
            self.field(value);
        }
        let _ = self.csv.write_record(None::<&[u8]>);
    }
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Unsigned(value) => value.to_string(),
        Cell::Signed(value) => value.to_string(),
        Cell::Float(value) | Cell::Ratio(value) => value.to_string(),
        Cell::Address(value) => format!("{value:#x}"),
        Cell::Text(text) => text.to_string(),
    }
}
