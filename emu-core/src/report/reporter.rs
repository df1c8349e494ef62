//! Who writes, when, and what is kept of an error.
//!
//! Records are gathered and written in large pieces (at once on a terminal); whoever ends, forks or
//! replaces the process calls [`Reporter::flush`] first.

use std::sync::{Mutex, MutexGuard, PoisonError};

use emu_plugin_sdk::abi::{Cell, Column, ColumnKind, ReportData};

use super::output::Output;
use super::{ReportError, ReportFormat, ReportOptions, csv, json, table};

/// Bytes gathered before they are written.
const BUFFER: usize = 64 << 10;

/// Writes reports, records and messages of all plugins.
pub struct Reporter {
    format: ReportFormat,
    inner: Mutex<Inner>,
}

struct Inner {
    output: Output,
    buffer: Vec<u8>,
    streams: Vec<Stream>,
    process: Process,
    error: Option<ReportError>,
    /// Nothing is written any more.
    broken: bool,
    interactive: bool,
}

struct Process {
    first: u32,
    /// Our number if we are not the first.
    label: Option<u32>,
}

/// A declared stream.
pub(super) struct Stream {
    pub(super) plugin: String,
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// The columns' names, made different where they are not.
    pub(super) keys: Vec<String>,
    /// Widths of the columns in the records so far.
    pub(super) widths: Vec<usize>,
    /// The headings are written.
    pub(super) started: bool,
}

/// Who reports.
pub(super) struct Origin<'a> {
    pub(super) plugin: &'a str,
    pub(super) version: &'a str,
    pub(super) process: Option<u32>,
}

impl Reporter {
    /// Opens the destination.
    ///
    /// # Errors
    ///
    /// When it cannot be opened for writing.
    pub fn open(options: &ReportOptions) -> Result<Reporter, ReportError> {
        let output = Output::open(&options.destination, options.first_process)?;
        let first = options.first_process.unwrap_or_else(std::process::id);
        Ok(Reporter::new(options.format, output, first))
    }

    fn new(format: ReportFormat, output: Output, first: u32) -> Reporter {
        let interactive = output.is_interactive();
        Reporter {
            format,
            inner: Mutex::new(Inner {
                output,
                buffer: Vec::new(),
                streams: Vec::new(),
                process: Process::new(first),
                error: None,
                broken: false,
                interactive,
            }),
        }
    }

    /// One that keeps what it is told.
    #[cfg(test)]
    pub(crate) fn memory(format: ReportFormat) -> (Reporter, std::sync::Arc<Mutex<Vec<u8>>>) {
        let bytes = std::sync::Arc::new(Mutex::new(Vec::new()));
        let output = Output::memory(bytes.clone());
        (Reporter::new(format, output, std::process::id()), bytes)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Declares a stream of `plugin` and returns its number.
    pub fn declare_stream(&self, plugin: &str, name: &str, columns: &[Column]) -> u32 {
        let mut inner = self.lock();
        inner.streams.push(Stream {
            plugin: plugin.to_owned(),
            name: name.to_owned(),
            columns: columns.to_vec(),
            keys: json::keys(columns),
            widths: columns.iter().map(first_width).collect(),
            started: false,
        });
        (inner.streams.len() - 1) as u32
    }

    /// Writes one record; `false` if `plugin` has no such stream.
    pub fn record(&self, plugin: &str, stream: u32, cells: &[Cell<'_>]) -> bool {
        let mut inner = self.lock();
        let inner = &mut *inner;
        let several = inner.streams.len() > 1;
        let Some(stream) = inner.streams.get_mut(stream as usize) else {
            return false;
        };
        if stream.plugin != plugin {
            return false;
        }
        if inner.broken {
            return true;
        }
        let process = inner.process.label;
        let out = &mut inner.buffer;
        match self.format {
            ReportFormat::Table => table::record(out, stream, cells, several),
            ReportFormat::Json => json::record(out, stream, process, cells),
            ReportFormat::Csv => csv::record(out, stream, process, cells),
        }
        if inner.interactive || inner.buffer.len() >= BUFFER {
            inner.flush();
        }
        true
    }

    /// Writes a plugin's report.
    pub fn report(&self, plugin: &str, version: &str, report: &ReportData) {
        self.write(|format, out, process| {
            let origin = Origin {
                plugin,
                version,
                process,
            };
            match format {
                ReportFormat::Table => table::report(out, &origin, report),
                ReportFormat::Json => json::report(out, &origin, report),
                ReportFormat::Csv => csv::report(out, &origin, report),
            }
        });
    }

    /// Writes, in place of a plugin's report, that it failed.
    pub fn failure(&self, plugin: &str, version: &str, hook: &str, message: &str) {
        self.write(|format, out, process| {
            let origin = Origin {
                plugin,
                version,
                process,
            };
            match format {
                ReportFormat::Table => table::failure(out, &origin, hook, message),
                ReportFormat::Json => json::failure(out, &origin, hook, message),
                ReportFormat::Csv => csv::failure(out, &origin, hook, message),
            }
        });
    }

    fn write(&self, render: impl FnOnce(ReportFormat, &mut Vec<u8>, Option<u32>)) {
        let mut inner = self.lock();
        let process = inner.process.label;
        render(self.format, &mut inner.buffer, process);
        inner.flush();
    }

    /// Shows a line to the user, on standard error whatever the destination; records that go there
    /// too keep their order.
    pub fn message(&self, line: &str) {
        let mut inner = self.lock();
        if inner.output.is_stderr() {
            inner.flush();
        }
        inner.output.message(line);
    }

    /// Writes what has been gathered.
    pub fn flush(&self) {
        self.lock().flush();
    }

    /// The first error, once.
    pub fn take_error(&self) -> Option<ReportError> {
        self.lock().error.take()
    }

    /// Calls `fork`, which forks the process and returns as `fork(2)` does, so that nothing is
    /// written twice and the child writes for itself.
    pub fn around_fork(&self, fork: &mut dyn FnMut() -> libc::pid_t) -> libc::pid_t {
        let mut inner = self.lock();
        inner.flush();
        let pid = fork();
        if pid == 0 {
            inner.process = Process::new(inner.process.first);
            inner.output.after_fork_child();
            for stream in &mut inner.streams {
                stream.started = false;
            }
        }
        pid
    }
}

/// How wide a column is before its first record: addresses of programs, libraries and stacks differ
/// in length but hardly exceed this.
fn first_width(column: &Column) -> usize {
    match column.kind {
        ColumnKind::ADDRESS => "0x3fffffffff".len(),
        _ => 0,
    }
}

impl Process {
    fn new(first: u32) -> Process {
        let own = std::process::id();
        Process {
            first,
            label: (own != first).then_some(own),
        }
    }
}

impl Inner {
    fn flush(&mut self) {
        if self.buffer.is_empty() {
            return;
        }
        if !self.broken
            && let Err(error) = self.output.write(&self.buffer)
        {
            self.error = Some(error);
            self.broken = true;
        }
        self.buffer.clear();
    }
}

impl Drop for Reporter {
    /// A run that unwinds loses no record.
    fn drop(&mut self) {
        self.flush();
    }
}

/// How a cell stands in a column; the kinds of cells that this version knows no column for go by
/// what the column says.
pub(super) fn is_right_aligned(kind: ColumnKind) -> bool {
    kind == ColumnKind::NUMBER
}
