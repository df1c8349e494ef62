//! The tables.

use std::fmt;

use comfy_table::{CellAlignment, Table, presets};

use super::Time;
use super::case::Results;
use super::contender::{EMU, EMU_WITH, NATIVE, QEMU};

/// Programs that exist natively, too: ratios against native and against emu, and memory.
pub(super) fn against_native(results: &Results, time: Time) -> String {
    let mut columns = vec![Column::seconds("native, s", NATIVE, 1.0)];
    columns.push(Column::ratio(EMU, NATIVE, Worst::Highest));
    columns.extend(against_emu(results));
    table(results, time, &columns)
}

/// Programs of the guest: milliseconds, ratios against emu, and memory.
pub(super) fn side_by_side(results: &Results, time: Time) -> String {
    let all = results.contenders.iter();
    let mut columns: Vec<Column<'_>> = all
        .filter(|name| !name.starts_with(EMU_WITH))
        .map(|name| Column::seconds(&format!("{name}, ms"), name, 1000.0))
        .collect();
    columns.extend(against_emu(results));
    table(results, time, &columns)
}

fn against_emu(results: &Results) -> Vec<Column<'_>> {
    let of = |kind: &'static str| {
        results
            .contenders
            .iter()
            .filter(move |name| name.starts_with(kind))
    };
    let mut columns: Vec<Column<'_>> = of(QEMU)
        .map(|qemu| Column::ratio(qemu, EMU, Worst::Lowest))
        .collect();
    columns.extend(of(EMU_WITH).map(|emu| Column::ratio(emu, EMU, Worst::Highest)));
    columns.push(Column::new("emu, peak MiB", Value::Peak(EMU), None));
    columns.extend(of(QEMU).map(|qemu| {
        let heading = format!("emu / {qemu}, peak");
        Column::new(&heading, Value::PeakRatio(EMU, qemu), Some(Worst::Highest))
    }));
    columns
}

struct Column<'a> {
    heading: String,
    value: Value<'a>,
    /// For a ratio, over which a geometric mean says something: which end of its range is the bad one.
    worst: Option<Worst>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    /// Time, times a factor.
    Seconds(&'a str, f64),
    /// Time of the first over that of the second.
    Ratio(&'a str, &'a str),
    Peak(&'a str),
    PeakRatio(&'a str, &'a str),
}

#[derive(Clone, Copy)]
enum Worst {
    Lowest,
    Highest,
}

impl<'a> Column<'a> {
    fn new(heading: &str, value: Value<'a>, worst: Option<Worst>) -> Self {
        Self {
            heading: heading.to_owned(),
            value,
            worst,
        }
    }

    fn seconds(heading: &str, of: &'a str, factor: f64) -> Self {
        Self::new(heading, Value::Seconds(of, factor), None)
    }

    fn ratio(of: &'a str, over: &'a str, worst: Worst) -> Self {
        let heading = format!("{of} / {over}");
        Self::new(&heading, Value::Ratio(of, over), Some(worst))
    }

    fn of(&self, results: &Results, time: Time, case: &str) -> Option<f64> {
        let seconds = |name| Some(results.find(case, name)?.seconds(time));
        let peak = |name| Some(results.find(case, name)?.peak_mib());
        Some(match self.value {
            Value::Seconds(of, factor) => seconds(of)? * factor,
            Value::Ratio(of, over) => seconds(of)? / seconds(over)?,
            Value::Peak(of) => peak(of)?,
            Value::PeakRatio(of, over) => peak(of)? / peak(over)?,
        })
    }
}

/// One row for each case, then geometric means of all and of each group, and the worst of all.
fn table(results: &Results, time: Time, columns: &[Column<'_>]) -> String {
    let headings = columns.iter().map(|column| column.heading.as_str());
    let mut grid = Grid::new(std::iter::once("").chain(headings));
    let cases = results.cases();
    for (case, _) in &cases {
        grid.row(
            case,
            columns.iter().map(|column| column.of(results, time, case)),
        );
    }
    let summary = |column: &Column<'_>, group: Option<&str>, of: fn(&[f64], Worst) -> f64| {
        let worst = column.worst?;
        let values: Vec<f64> = (cases.iter())
            .filter(|(_, own)| group.is_none() || *own == group)
            .filter_map(|(case, _)| column.of(results, time, case))
            .collect();
        (!values.is_empty()).then(|| of(&values, worst))
    };
    let mut groups: Vec<&str> = cases.iter().filter_map(|&(_, group)| group).collect();
    groups.sort_unstable();
    groups.dedup();
    let mean = |values: &[f64], _| geometric_mean(values);
    grid.row(
        "geometric mean",
        columns.iter().map(|column| summary(column, None, mean)),
    );
    for group in groups {
        let means = columns
            .iter()
            .map(|column| summary(column, Some(group), mean));
        grid.row(&format!("– {group}"), means);
    }
    let worst = |values: &[f64], worst: Worst| match worst {
        Worst::Lowest => values.iter().copied().fold(f64::INFINITY, f64::min),
        Worst::Highest => values.iter().copied().fold(0.0, f64::max),
    };
    grid.row(
        "worst",
        columns.iter().map(|column| summary(column, None, worst)),
    );
    grid.to_string()
}

pub(super) fn geometric_mean(values: &[f64]) -> f64 {
    let logarithms: f64 = values.iter().map(|value| value.ln()).sum();
    (logarithms / values.len() as f64).exp()
}

/// Names and numbers in columns.
pub(super) struct Grid(Table);

impl Grid {
    pub(super) fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(headings);
        Self(table)
    }

    pub(super) fn row(&mut self, name: &str, values: impl IntoIterator<Item = Option<f64>>) {
        let show = |value: Option<f64>| value.map_or_else(String::new, rounded);
        let cells = values.into_iter().map(show);
        self.0
            .add_row(std::iter::once(name.to_owned()).chain(cells));
    }
}

/// Two decimals, or none where they would say nothing.
fn rounded(value: f64) -> String {
    if value < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

impl fmt::Display for Grid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = self.0.clone();
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{table}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Series;
    use super::super::measure::Sample;
    use super::*;

    fn series(case: &str, group: Option<&str>, contender: &str, seconds: &[f64]) -> Series {
        let sample = |&seconds| Sample {
            seconds,
            cpu_seconds: 2.0 * seconds,
            peak_kib: if contender == EMU { 3072 } else { 2048 },
        };
        Series {
            case: case.to_owned(),
            group: group.map(str::to_owned),
            contender: contender.to_owned(),
            samples: seconds.iter().map(sample).collect(),
        }
    }

    fn results() -> Results {
        let mut all = Vec::new();
        let mut case = |case, group, times: [&[f64]; 3]| {
            for (contender, times) in [NATIVE, "qemu 9", EMU].into_iter().zip(times) {
                all.push(series(case, group, contender, times));
            }
        };
        case("a", None, [&[1.0, 9.0, 1.0], &[4.0], &[2.0]]);
        case("b", Some("calls"), [&[1.0, 2.0], &[6.0], &[12.0]]);
        Results {
            title: String::new(),
            wrong: Vec::new(),
            contenders: [NATIVE, "qemu 9", EMU].map(str::to_owned).into(),
            series: all,
        }
    }

    fn cells<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
        let line = text
            .lines()
            .find(|line| line.starts_with(&format!("| {name}")));
        let line = line.unwrap_or_else(|| panic!("no {name} in\n{text}"));
        line.split('|').map(str::trim).skip(2).collect()
    }

    #[test]
    fn ratios_are_of_medians_and_the_means_are_geometric() {
        let text = against_native(&results(), Time::Wall);
        assert_eq!(
            cells(&text, "a"),
            ["1.00", "2.00", "2.00", "3.00", "1.50", ""]
        );
        assert_eq!(
            cells(&text, "b"),
            ["1.50", "8.00", "0.50", "3.00", "1.50", ""]
        );
        assert_eq!(
            cells(&text, "geometric"),
            ["", "4.00", "1.00", "", "1.50", ""]
        );
        assert_eq!(
            cells(&text, "– calls"),
            ["", "8.00", "0.50", "", "1.50", ""]
        );
        assert_eq!(cells(&text, "worst"), ["", "8.00", "0.50", "", "1.50", ""]);
    }

    #[test]
    fn the_time_that_counts_is_chosen() {
        let text = side_by_side(&results(), Time::Cpu);
        assert_eq!(
            cells(&text, "a"),
            ["2000", "8000", "4000", "2.00", "3.00", "1.50", ""]
        );
    }
}
