//! Records that leave the plugin while the guest runs.

use abi_stable::std_types::{RSlice, RStr};

use crate::abi::{Column, ColumnKind};
use crate::report::Row;
use crate::{Error, Feature, Host, Result};

/// Declares a stream: made by [`Host::stream`].
#[derive(Debug)]
#[must_use = "a stream exists once it is opened"]
pub struct StreamBuilder {
    host: Host,
    name: String,
    columns: Vec<Column>,
}

impl StreamBuilder {
    pub(crate) fn new(host: Host, name: &str) -> StreamBuilder {
        StreamBuilder {
            host,
            name: name.to_owned(),
            columns: Vec::new(),
        }
    }

    /// Adds a column of text.
    pub fn text(self, name: &str) -> Self {
        self.column(name, ColumnKind::TEXT)
    }

    /// Adds a column of numbers.
    pub fn number(self, name: &str) -> Self {
        self.column(name, ColumnKind::NUMBER)
    }

    /// Adds a column of addresses.
    pub fn address(self, name: &str) -> Self {
        self.column(name, ColumnKind::ADDRESS)
    }

    fn column(mut self, name: &str, kind: ColumnKind) -> Self {
        self.columns.push(Column {
            name: name.into(),
            kind,
        });
        self
    }

    /// Opens the stream.
    ///
    /// # Errors
    ///
    /// If the emulator has no streams.
    pub fn open(self) -> Result<Stream> {
        if !self.host.has(Feature::Streams) {
            return Err(Error::new(
                "the emulator has no streamed records: use a newer one",
            ));
        }
        let table = self.host.table();
        // SAFETY: a function of the host's table with its context; the rest is borrowed.
        let number = unsafe {
            let (name, columns) = (
                RStr::from_str(&self.name),
                RSlice::from_slice(&self.columns),
            );
            (table.declare_stream)(table.context, name, columns)
        };
        Ok(Stream {
            columns: self.columns.len(),
            number,
            host: self.host,
        })
    }
}

/// A stream of records, which the host writes as lines of text, JSON or CSV. Records of one
/// thread keep their order.
#[derive(Debug, Clone)]
pub struct Stream {
    host: Host,
    number: u32,
    columns: usize,
}

impl Stream {
    /// Writes one record, with one cell a column: `stream.record((Address(pc), "addi a0, a0, 1"))`.
    pub fn record<'a>(&self, row: impl Row<'a>) {
        let cells = row.into_cells();
        let cells = cells.as_ref();
        debug_assert_eq!(cells.len(), self.columns, "one cell a column");
        let table = self.host.table();
        // SAFETY: a function of the host's table with its context; the cells are borrowed.
        unsafe { (table.record)(table.context, self.number, RSlice::from_slice(cells)) };
    }
}
