//! The report at exit: tables of cells, which the host renders as text, JSON or CSV.

use abi_stable::std_types::{RCow, RString, RVec};

use crate::abi::{Cell, Column, ColumnKind, ReportData, Section};

/// A guest address or an encoding, shown in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub u64);

/// A share, where 1.0 is all, shown in per cent.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

impl Ratio {
    /// `part` of `whole`; 0 of nothing is 0.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Ratio {
        Ratio(if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        })
    }
}

/// What can stand in a cell.
pub trait IntoCell<'a> {
    /// The cell.
    fn into_cell(self) -> Cell<'a>;
}

macro_rules! into_cell {
    ($($type:ty => |$value:ident| $cell:expr;)*) => {$(
        impl<'a> IntoCell<'a> for $type {
            fn into_cell(self) -> Cell<'a> {
                let $value = self;
                $cell
            }
        }
    )*};
}

into_cell! {
    Cell<'a> => |cell| cell;
    u8 => |number| Cell::Unsigned(number.into());
    u16 => |number| Cell::Unsigned(number.into());
    u32 => |number| Cell::Unsigned(number.into());
    u64 => |number| Cell::Unsigned(number);
    usize => |number| Cell::Unsigned(number as u64);
    i32 => |number| Cell::Signed(number.into());
    i64 => |number| Cell::Signed(number);
    f64 => |number| Cell::Float(number);
    Ratio => |ratio| Cell::Ratio(ratio.0);
    Address => |address| Cell::Address(address.0);
    &'a str => |text| Cell::Text(RCow::Borrowed(text.into()));
    &'a String => |text| Cell::Text(RCow::Borrowed(text.as_str().into()));
    String => |text| Cell::Text(RCow::Owned(text.into()));
}

impl<'a, T: IntoCell<'a>> IntoCell<'a> for Option<T> {
    fn into_cell(self) -> Cell<'a> {
        self.map_or(Cell::Empty, T::into_cell)
    }
}

/// What can be a row: a tuple of up to eight values, or a `Vec` of [`Cell`]s.
///
/// Values are integers, `f64`, text, [`Address`], [`Ratio`], [`VcpuId`](crate::VcpuId), and
/// options of these.
pub trait Row<'a> {
    /// The cells.
    type Cells: AsRef<[Cell<'a>]>;
    /// Makes the cells.
    fn into_cells(self) -> Self::Cells;
}

impl<'a> Row<'a> for Vec<Cell<'a>> {
    type Cells = Vec<Cell<'a>>;

    fn into_cells(self) -> Vec<Cell<'a>> {
        self
    }
}

macro_rules! rows {
    ($($count:literal: $($type:ident)+;)*) => {$(
        impl<'a, $($type: IntoCell<'a>),+> Row<'a> for ($($type,)+) {
            type Cells = [Cell<'a>; $count];

            #[allow(non_snake_case, reason = "the types' names serve for the values")]
            fn into_cells(self) -> [Cell<'a>; $count] {
                let ($($type,)+) = self;
                [$($type.into_cell()),+]
            }
        }
    )*};
}

rows! {
    1: A;
    2: A B;
    3: A B C;
    4: A B C D;
    5: A B C D E;
    6: A B C D E F;
    7: A B C D E F G;
    8: A B C D E F G H;
}

/// The plugin's part of the report.
#[derive(Debug)]
pub struct Report<'a> {
    data: &'a mut ReportData,
}

impl<'a> Report<'a> {
    pub(crate) fn new(data: &'a mut ReportData) -> Report<'a> {
        Report { data }
    }

    /// Adds a table. Give it its columns, then its rows.
    pub fn table(&mut self, title: &str) -> Table<'_> {
        self.data.sections.push(Section {
            title: title.into(),
            columns: RVec::new(),
            rows: RVec::new(),
            notes: RVec::new(),
        });
        let last = self.data.sections.len() - 1;
        Table {
            section: &mut self.data.sections[last],
        }
    }
}

/// One table of the report.
#[derive(Debug)]
pub struct Table<'a> {
    section: &'a mut Section,
}

impl Table<'_> {
    /// Adds a column of text.
    #[must_use]
    pub fn text(self, name: &str) -> Self {
        self.column(name, ColumnKind::TEXT)
    }

    /// Adds a column of numbers.
    #[must_use]
    pub fn number(self, name: &str) -> Self {
        self.column(name, ColumnKind::NUMBER)
    }

    /// Adds a column of addresses.
    #[must_use]
    pub fn address(self, name: &str) -> Self {
        self.column(name, ColumnKind::ADDRESS)
    }

    fn column(self, name: &str, kind: ColumnKind) -> Self {
        self.section.columns.push(Column {
            name: name.into(),
            kind,
        });
        self
    }

    /// Adds a row, with one cell a column: `table.row((Address(pc), "main", 17_u64))`. Cells that
    /// are missing are left empty.
    pub fn row<'c>(&mut self, row: impl Row<'c>) {
        let cells = row.into_cells();
        let cells = cells.as_ref();
        debug_assert_eq!(cells.len(), self.section.columns.len(), "one cell a column");
        let mut owned: RVec<Cell<'static>> = cells.iter().map(to_static).collect();
        owned.resize(self.section.columns.len(), Cell::Empty);
        self.section.rows.push(owned);
    }

    /// Adds a line of text below the table.
    pub fn note(&mut self, text: impl Into<String>) {
        self.section.notes.push(text.into().into());
    }
}

fn to_static(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Empty => Cell::Empty,
        Cell::Unsigned(number) => Cell::Unsigned(*number),
        Cell::Signed(number) => Cell::Signed(*number),
        Cell::Float(number) => Cell::Float(*number),
        Cell::Ratio(ratio) => Cell::Ratio(*ratio),
        Cell::Address(address) => Cell::Address(*address),
        Cell::Text(text) => Cell::Text(RCow::Owned(RString::from(&**text))),
    }
}
