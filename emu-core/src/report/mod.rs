//! What plugins tell the user: reports at the end of a run, and records while it goes on.
//!
//! | part | module |
//! |---|---|
//! | who writes, when, and what is kept of an error | [`reporter`] |
//! | where the bytes go, whatever the guest does to its file descriptors | `output` |
//! | writes that a closed pipe fails rather than kills | `pipe` |
//! | the forms | `table`, `json`, `csv` |
//! | the engine's own report | [`translation`] |
//! | what can go wrong | [`error`] |
//!
//! # Forms
//!
//! *Table*: for people. A report is a heading and one table a section; each record is one line of
//! columns that are aligned as far as the records so far allow, under one line of headings. With
//! several streams, each line starts with its stream's name in brackets.
//!
//! *JSON*: JSON Lines, one object a line, so that reports and records mix. A field `type` tells
//! them apart:
//!
//! ```json
//! {"type":"record","plugin":"execlog","stream":"insns","row":{"pc":"0x10430","insn":"ret"}}
//! {"type":"report","plugin":"count","version":"0.1.0","sections":[{"title":"","columns":
//!   [{"name":"insns","kind":"number"}],"rows":[{"insns":42}],"notes":[]}]}
//! {"type":"failure","plugin":"howvec","hook":"exit","message":"…"}
//! ```
//!
//! (the second without its line break). Numbers are numbers, addresses are strings in hexadecimal,
//! a share is a fraction of 1, an empty cell and a number that JSON cannot write are `null`. A
//! second column of one name has `_2` appended, and so on.
//!
//! *CSV*: RFC 4180. Each section and each stream has one header line; its first columns, `plugin`
//! and `table`, tell lines apart that have different columns. Notes are tables with the one column
//! `note`, failures have the columns `hook` and `failure`.
//!
//! # Processes
//!
//! A guest that forks has several processes, and each reports what it counted itself, its parent's
//! history up to the fork included. Reports of all but the first process name it: `(process 1234)`
//! in tables, a field or column `pid` elsewhere.
//!
//! Not here: what is counted, and when a report is due.
//!
//! Invariants:
//! - A record is written whole or not at all, unless the destination itself fails.
//! - After the first error nothing more is written; what was written stays.

mod csv;
pub mod error;
mod json;
mod output;
mod pipe;
pub mod reporter;
mod table;
#[cfg(test)]
mod tests;
pub mod translation;

use std::path::PathBuf;

pub use error::ReportError;
pub use pipe::without_sigpipe;
pub use reporter::Reporter;

/// Shows a line to the user on standard error. Where nobody reads that any more, the line is lost
/// and nothing else happens, whatever the guest wants done about `SIGPIPE`.
pub fn tell(line: &str) {
    use std::io::Write as _;
    let line = format!("{line}\n");
    let _ = without_sigpipe(|| std::io::stderr().write_all(line.as_bytes()));
}

/// The form of reports and records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportFormat {
    /// For people.
    #[default]
    Table,
    /// JSON Lines.
    Json,
    /// Comma-separated values.
    Csv,
}

/// Where reports and records go.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Destination {
    /// Standard error.
    #[default]
    Stderr,
    /// A file. `%p` in its name becomes the process number; without it, processes other than the
    /// first append theirs (`.1234`) unless the file is a pipe or a device, which all share.
    File(PathBuf),
}

/// How reports are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReportOptions {
    /// Their form.
    pub format: ReportFormat,
    /// Where they go.
    pub destination: Destination,
    /// The process that began this tree of guest processes, if this one was executed by it or by
    /// one of its children: what is there already of the file is kept then.
    pub first_process: Option<u32>,
}
