//! The form for people.

use std::io::Write as _;

use comfy_table::{CellAlignment, ContentArrangement, LineStyle, Table, TableStyle};
use emu_plugin_sdk::abi::{Cell, Column, ReportData, Section};

use super::reporter::{Origin, Stream, is_right_aligned};

const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// Space between the columns of a record.
const GAP: &[u8] = b"  ";

/// One record: a line.
pub(super) fn record(out: &mut Vec<u8>, stream: &mut Stream, cells: &[Cell<'_>], several: bool) {
    if !std::mem::replace(&mut stream.started, true) {
        let names: Vec<Cell<'static>> = stream
            .columns
            .iter()
            .map(|column| Cell::Text(column.name.clone().into()))
            .collect();
        line(out, stream, &names, several);
    }
    line(out, stream, cells, several);
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

/// Millions of these are written: no string is made on the way.
fn line(out: &mut Vec<u8>, stream: &mut Stream, cells: &[Cell<'_>], several: bool) {
    if several {
        let _ = write!(out, "[{}] ", stream.label());
    }
    for (index, cell) in cells.iter().enumerate() {
        if index != 0 {
            out.extend_from_slice(GAP);
        }
        let start = out.len();
        write_cell(out, cell);
        let Some(width) = stream.widths.get_mut(index) else {
            continue;
        };
        let length = characters(&out[start..]);
        *width = length.max(*width);
        let padding = std::iter::repeat_n(b' ', *width - length);
        if is_right_aligned(stream.columns[index].kind) {
            out.splice(start..start, padding);
        } else {
            out.extend(padding);
        }
    }
    while out.last() == Some(&b' ') {
        out.pop();
    }
    out.push(b'\n');
}

/// How many characters UTF-8 text has: all bytes but those that continue one.
fn characters(text: &[u8]) -> usize {
    text.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
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
    let mut out = Vec::new();
    write_cell(&mut out, cell);
    String::from_utf8_lossy(&out).into_owned()
}

fn write_cell(out: &mut Vec<u8>, cell: &Cell<'_>) {
    // Memory takes all that is written.
    let _ = match cell {
        Cell::Empty => Ok(()),
        Cell::Unsigned(value) => write!(out, "{value}"),
        Cell::Signed(value) => write!(out, "{value}"),
        Cell::Float(value) => write!(out, "{value:.3}"),
        Cell::Ratio(value) => write!(out, "{:.2}%", value * 100.0),
        Cell::Address(value) => write!(out, "{value:#x}"),
        Cell::Text(value) if value.chars().any(char::is_control) => {
            write!(out, "{}", visible(value))
        }
        Cell::Text(value) => {
            out.extend_from_slice(value.as_bytes());
            Ok(())
        }
    };
}

/// Names and messages may come from the guest: no line breaks, nothing that commands a terminal.
fn visible(text: &str) -> String {
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
