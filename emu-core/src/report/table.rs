//! The form for people.

use std::fmt::Write as _;
use std::io::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use emu_plugin_sdk::abi::{Cell, Column, ReportData, Section};

use super::reporter::{Origin, Stream, is_right_aligned};

const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Space between the columns of a record.
const GAP: &str = "  ";

/// One record: a line.
pub(super) fn record(out: &mut Vec<u8>, stream: &mut Stream, cells: &[Cell<'_>], several: bool) {
    let prefix = if several {
        format!("[{}] ", stream.label())
    } else {
        String::new()
    };
    if !std::mem::replace(&mut stream.started, true) {
        let names: Vec<String> = stream
            .columns
            .iter()
            .map(|column| visible(&column.name))
            .collect();
        line(out, &prefix, stream, &names);
    }
    let texts: Vec<String> = cells.iter().map(text).collect();
    line(out, &prefix, stream, &texts);
}

impl Stream {
    /// The name that tells the stream from others.
    fn label(&self) -> String {
        if self.name.is_empty() || self.name == self.plugin {
            self.plugin.clone()
        } else {
            format!("{}/{}", self.plugin, self.name)
        }
    }
}

fn line(out: &mut Vec<u8>, prefix: &str, stream: &mut Stream, texts: &[String]) {
    let mut line = prefix.to_owned();
    for (index, text) in texts.iter().enumerate() {
        if index != 0 {
            line.push_str(GAP);
        }
        let Some(width) = stream.widths.get_mut(index) else {
            line.push_str(text);
            continue;
        };
        *width = text.chars().count().max(*width);
        let width = *width;
        let _ = if is_right_aligned(stream.columns[index].kind) {
            write!(line, "{text:>width$}")
        } else {
            write!(line, "{text:<width$}")
        };
    }
    let _ = writeln!(out, "{}", line.trim_end());
}

/// A plugin's report.
pub(super) fn report(out: &mut Vec<u8>, origin: &Origin<'_>, report: &ReportData) {
    heading(out, origin);
    for section in &report.sections {
        if !section.title.is_empty() {
            let _ = writeln!(out, "{}", visible(&section.title));
        }
        if !section.columns.is_empty() {
            for line in table(section).lines() {
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        for note in &section.notes {
            let _ = writeln!(out, "{}", visible(note));
        }
        let _ = writeln!(out);
    }
}

/// A line in place of a report.
pub(super) fn failure(out: &mut Vec<u8>, origin: &Origin<'_>, hook: &str, message: &str) {
    heading(out, origin);
    let _ = writeln!(
        out,
        "No report: the plugin failed in {hook}: {}\n",
        visible(message)
    );
}

fn heading(out: &mut Vec<u8>, origin: &Origin<'_>) {
    let _ = write!(out, "== {} {}", origin.plugin, origin.version);
    if let Some(process) = origin.process {
        let _ = write!(out, " (process {process})");
    }
    let _ = writeln!(out, " ==");
}

fn table(section: &Section) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Disabled)
        .set_header(section.columns.iter().map(|column| visible(&column.name)));
    for row in &section.rows {
        // A row too short leaves cells empty; what is too long has no heading.
        table.add_row(row.iter().map(text));
    }
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(alignment(section.columns.get(index)));
    }
    table
}

fn alignment(column: Option<&Column>) -> CellAlignment {
    match column {
        Some(column) if is_right_aligned(column.kind) => CellAlignment::Right,
        _ => CellAlignment::Left,
    }
}

fn text(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Unsigned(value) => value.to_string(),
        Cell::Signed(value) => value.to_string(),
        Cell::Float(value) => format!("{value:.3}"),
        Cell::Ratio(value) => format!("{:.2}%", value * 100.0),
        Cell::Address(value) => format!("{value:#x}"),
        Cell::Text(value) => visible(value),
    }
}

/// Names and messages may come from the guest: no line breaks, nothing that commands a terminal.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            out.extend(character.escape_default());
        } else {
            out.push(character);
        }
    }
    out
}
