//! The tables.

use comfy_table::{CellAlignment, Table, presets};

use super::Results;
use super::contender::{EMU, EMU_WITH, NATIVE, QEMU};

/// The benchmark programs: wall time against native, against each other, and memory.
pub(super) fn programs(results: &Results) -> String {
    let mut headings = vec!["program".to_owned(), "native, s".to_owned()];
    let mut columns: Vec<Column<'_>> = Vec::new();
    let emulators = results
        .contenders
        .iter()
        .filter(|name| name.as_str() != NATIVE);
    for contender in emulators.clone() {
        headings.push(format!("{contender} / native"));
        columns.push(Column::ratio(contender, NATIVE));
    }
    for contender in &results.contenders {
        if contender.starts_with(QEMU) || contender.starts_with(EMU_WITH) {
            headings.push(format!("{contender} / emu"));
            columns.push(Column::ratio(contender, EMU));
        }
    }
    for contender in emulators {
        headings.push(format!("{contender}, peak MiB"));
        columns.push(Column::peak(contender));
    }
    table(results, headings, &columns, Some(NATIVE))
}

/// The start-up commands: milliseconds and memory.
pub(super) fn startup(results: &Results) -> String {
    let mut headings = vec!["command".to_owned()];
    let mut columns: Vec<Column<'_>> = Vec::new();
    for contender in &results.contenders {
        headings.push(format!("{contender}, ms"));
        columns.push(Column {
            value: Value::Milliseconds(contender),
            mean: false,
        });
    }
    for contender in results
        .contenders
        .iter()
        .filter(|name| name.as_str() != EMU)
    {
        headings.push(format!("{contender} / emu"));
        columns.push(Column::ratio(contender, EMU));
    }
    for contender in &results.contenders {
        headings.push(format!("{contender}, peak MiB"));
        columns.push(Column::peak(contender));
    }
    table(results, headings, &columns, None)
}

struct Column<'a> {
    value: Value<'a>,
    /// Whether the geometric mean over the programs says something.
    mean: bool,
}

enum Value<'a> {
    /// Wall time of the first over that of the second.
    Ratio(&'a str, &'a str),
    Milliseconds(&'a str),
    PeakMib(&'a str),
}

impl<'a> Column<'a> {
    fn ratio(of: &'a str, over: &'a str) -> Self {
        Self {
            value: Value::Ratio(of, over),
            mean: true,
        }
    }

    fn peak(of: &'a str) -> Self {
        Self {
            value: Value::PeakMib(of),
            mean: true,
        }
    }

    fn of(&self, results: &Results, program: &str) -> Option<f64> {
        Some(match self.value {
            Value::Ratio(of, over) => {
                results.find(program, of)?.seconds() / results.find(program, over)?.seconds()
            }
            Value::Milliseconds(of) => results.find(program, of)?.seconds() * 1000.0,
            Value::PeakMib(of) => results.find(program, of)?.peak_mib(),
        })
    }
}

/// One row for each program, and a last one with geometric means. `seconds_of` adds a second column with the wall time.
fn table(
    results: &Results,
    headings: Vec<String>,
    columns: &[Column<'_>],
    seconds_of: Option<&str>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(headings);
    let show = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.2}"));
    for program in results.programs() {
        let mut row = vec![program.to_owned()];
        row.extend(
            seconds_of.map(|name| show(results.find(program, name).map(super::Series::seconds))),
        );
        row.extend(
            columns
                .iter()
                .map(|column| show(column.of(results, program))),
        );
        table.add_row(row);
    }
    let mut means = vec!["geometric mean".to_owned()];
    means.extend(seconds_of.map(|_| String::new()));
    means.extend(columns.iter().map(|column| {
        let values = results
            .programs()
            .into_iter()
            .filter_map(|program| column.of(results, program));
        show(column.mean.then(|| geometric_mean(values)).flatten())
    }));
    table.add_row(means);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn geometric_mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0);
    for value in values {
        sum += value.ln();
        count += 1;
    }
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

#[cfg(test)]
mod tests {
    use super::super::Series;
    use super::super::measure::Sample;
    use super::*;

    fn series(program: &str, contender: &str, seconds: &[f64]) -> Series {
        let sample = |&seconds| Sample {
            seconds,
            cpu_seconds: seconds,
            peak_kib: 2048,
        };
        Series {
            program: program.to_owned(),
            contender: contender.to_owned(),
            samples: seconds.iter().map(sample).collect(),
        }
    }

    #[test]
    fn ratios_are_of_medians_and_the_mean_is_geometric() {
        let results = Results {
            wrong: Vec::new(),
            contenders: vec![NATIVE.to_owned(), EMU.to_owned(), "qemu 9".to_owned()],
            series: vec![
                series("a", NATIVE, &[1.0, 9.0, 1.0]),
                series("a", EMU, &[2.0]),
                series("a", "qemu 9", &[4.0]),
                series("b", NATIVE, &[1.0, 2.0]),
                series("b", EMU, &[12.0]),
                series("b", "qemu 9", &[6.0]),
            ],
        };
        let text = programs(&results);
        let cells = |name: &str| -> Vec<String> {
            let line = text
                .lines()
                .find(|line| line.contains(name))
                .expect("the row is there");
            line.split('|')
                .map(|cell| cell.trim().to_owned())
                .filter(|cell| !cell.is_empty())
                .collect()
        };
        assert_eq!(
            cells("| a"),
            ["a", "1.00", "2.00", "4.00", "2.00", "2.00", "2.00"]
        );
        assert_eq!(
            cells("| b"),
            ["b", "1.50", "8.00", "4.00", "0.50", "2.00", "2.00"]
        );
        assert_eq!(
            cells("geometric"),
            ["geometric mean", "4.00", "4.00", "1.00", "2.00", "2.00"]
        );
    }
}
