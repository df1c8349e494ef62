//! JSON Lines. The parent module's documentation states the objects.

use emu_plugin_sdk::abi::{Cell, Column, ColumnKind, ReportData, Section};
use serde_json::{Map, Value, json};

use super::reporter::{Origin, Stream};

/// One record. Millions of these are written: no value is made on the way.
pub(super) fn record(out: &mut Vec<u8>, stream: &Stream, process: Option<u32>, cells: &[Cell<'_>]) {
    out.extend_from_slice(br#"{"type":"record","plugin":"#);
    write(out, stream.plugin.as_str());
    if let Some(process) = process {
        out.extend_from_slice(br#","pid":"#);
        write(out, process);
    }
    out.extend_from_slice(br#","stream":"#);
    write(out, stream.name.as_str());
    out.extend_from_slice(br#","row":{"#);
    for (index, key) in stream.keys.iter().enumerate() {
        if index != 0 {
            out.push(b',');
        }
        write(out, key.as_str());
        out.push(b':');
        match cells.get(index) {
            Some(Cell::Unsigned(value)) => write(out, value),
            Some(Cell::Address(value)) => {
                let _ = std::io::Write::write_fmt(out, format_args!("\"{value:#x}\""));
            }
            Some(Cell::Text(text)) => write(out, text.as_str()),
            Some(cell) => write(out, value(cell)),
            None => write(out, ()),
        }
    }
    out.extend_from_slice(b"}}\n");
}

fn write(out: &mut Vec<u8>, value: impl serde::Serialize) {
    // Memory takes all that is written, and none of our values has keys that are no text.
    let _ = serde_json::to_writer(out, &value);
}

/// A plugin's report.
pub(super) fn report(out: &mut Vec<u8>, origin: &Origin<'_>, report: &ReportData) {
    let mut object = object("report", origin.plugin, origin.process);
    object.insert("version".into(), json!(origin.version));
    let sections = report.sections.iter().map(section).collect();
    object.insert("sections".into(), Value::Array(sections));
    line(out, object);
}

/// An object in place of a report.
pub(super) fn failure(out: &mut Vec<u8>, origin: &Origin<'_>, hook: &str, message: &str) {
    let mut object = object("failure", origin.plugin, origin.process);
    object.insert("version".into(), json!(origin.version));
    object.insert("hook".into(), json!(hook));
    object.insert("message".into(), json!(message));
    line(out, object);
}

fn object(kind: &str, plugin: &str, process: Option<u32>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("type".into(), json!(kind));
    object.insert("plugin".into(), json!(plugin));
    if let Some(process) = process {
        object.insert("pid".into(), json!(process));
    }
    object
}

fn line(out: &mut Vec<u8>, object: Map<String, Value>) {
    out.extend_from_slice(Value::Object(object).to_string().as_bytes());
    out.push(b'\n');
}

fn section(section: &Section) -> Value {
    let keys = keys(&section.columns);
    let columns: Vec<Value> = section
        .columns
        .iter()
        .zip(&keys)
        .map(|(column, key)| json!({"name": key, "kind": kind_name(column.kind)}))
        .collect();
    let rows: Vec<Value> = section.rows.iter().map(|cells| row(&keys, cells)).collect();
    let notes: Vec<&str> = section.notes.iter().map(|note| note.as_str()).collect();
    json!({
        "title": section.title.as_str(),
        "columns": columns,
        "rows": rows,
        "notes": notes,
    })
}

fn kind_name(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::NUMBER => "number",
        ColumnKind::ADDRESS => "address",
        _ => "text",
    }
}

/// The columns' names, made different where they are not.
pub(super) fn keys(columns: &[Column]) -> Vec<String> {
    let mut keys: Vec<String> = Vec::with_capacity(columns.len());
    for column in columns {
        let mut key = column.name.to_string();
        let mut count = 1;
        while keys.contains(&key) {
            count += 1;
            key = format!("{}_{count}", column.name);
        }
        keys.push(key);
    }
    keys
}

fn row(keys: &[String], cells: &[Cell<'_>]) -> Value {
    let cells = cells
        .iter()
        .map(value)
        .chain(std::iter::repeat(Value::Null));
    Value::Object(keys.iter().cloned().zip(cells).collect())
}

fn value(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Empty => Value::Null,
        Cell::Unsigned(value) => json!(value),
        Cell::Signed(value) => json!(value),
        Cell::Float(value) | Cell::Ratio(value) => json!(value),
        Cell::Address(value) => json!(format!("{value:#x}")),
        Cell::Text(text) => json!(text.as_str()),
    }
}
