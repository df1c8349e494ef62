//! What a plugin tells the user: sections of the report at exit, and streamed records.
//!
//! Data only: the host renders it as a table, JSON or CSV.

use abi_stable::std_types::{RCowStr, RString, RVec};

/// One value.
#[repr(C, u32)]
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Empty,
    /// An unsigned integer.
    Unsigned(u64),
    /// A signed integer.
    Signed(i64),
    /// A number with a fraction.
    Float(f64),
    /// A share, where 1.0 is all: shown in per cent.
    Ratio(f64),
    /// A guest address or an encoding, shown in hexadecimal.
    Address(u64),
    /// Text.
    Text(RCowStr<'a>),
}

/// Describes one column.
#[repr(C)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub name: RString,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds, which decides how it is aligned: numbers to the right, the rest to the
/// left. Open: a host shows a kind that it does not know as [`ColumnKind::TEXT`].
#[repr(transparent)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ColumnKind(pub u32);

impl ColumnKind {
    /// Text.
    pub const TEXT: ColumnKind = ColumnKind(0);
    /// Numbers.
    pub const NUMBER: ColumnKind = ColumnKind(1);
    /// Addresses.
    pub const ADDRESS: ColumnKind = ColumnKind(2);
}

/// One table of a report. Frozen.
#[repr(C)]
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// What stands above it; may be empty.
    pub title: RString,
    /// Its columns.
    pub columns: RVec<Column>,
    /// Its rows, each with one cell a column.
    pub rows: RVec<RVec<Cell<'static>>>,
    /// Lines of text below the table.
    pub notes: RVec<RString>,
}

/// A plugin's part of the report at exit. Frozen.
#[repr(C)]
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportData {
    /// Its tables in order.
    pub sections: RVec<Section>,
}
