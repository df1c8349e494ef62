//! All runs of a list of cases under a list of contenders.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use serde::Serialize;

use super::contender::Contender;
use super::measure::{self, Sample};
use super::{Options, Time};

/// Something to run.
#[derive(Debug, Clone)]
pub(super) struct Case {
    /// Its name in tables.
    pub(super) name: String,
    /// Those of its kind, over which a geometric mean of their own says something.
    pub(super) group: Option<String>,
    /// The guest's program.
    pub(super) guest: PathBuf,
    /// The same program for the host, if it is compared with native.
    pub(super) native: Option<PathBuf>,
    /// Their arguments.
    pub(super) args: Vec<OsString>,
}

/// All samples of one case under one contender.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Series {
    pub(super) case: String,
    pub(super) group: Option<String>,
    pub(super) contender: String,
    pub(super) samples: Vec<Sample>,
}

impl Series {
    fn median(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        let mut values: Vec<f64> = self.samples.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 {
            values[middle]
        } else {
            f64::midpoint(values[middle - 1], values[middle])
        }
    }

    pub(super) fn seconds(&self, time: Time) -> f64 {
        self.median(|sample| match time {
            Time::Wall => sample.seconds,
            Time::Cpu => sample.cpu_seconds,
        })
    }

    pub(super) fn peak_mib(&self) -> f64 {
        self.median(|sample| sample.peak_kib as f64 / 1024.0)
    }
}

/// What came of a suite.
#[derive(Debug, Default, Serialize)]
pub(super) struct Results {
    pub(super) title: String,
    pub(super) contenders: Vec<String>,
    pub(super) series: Vec<Series>,
    /// What contenders got wrong, in words; those runs are in no series.
    pub(super) wrong: Vec<String>,
}

impl Results {
    pub(super) fn find(&self, case: &str, contender: &str) -> Option<&Series> {
        self.series
            .iter()
            .find(|series| series.case == case && series.contender == contender)
    }

    /// The cases in order, with their groups.
    pub(super) fn cases(&self) -> Vec<(&str, Option<&str>)> {
        let mut cases: Vec<(&str, Option<&str>)> = Vec::new();
        for series in &self.series {
            if !cases.iter().any(|&(name, _)| name == series.case) {
                cases.push((&series.case, series.group.as_deref()));
            }
        }
        cases
    }
}

/// Runs every case under every contender, round by round. The first contender that does a case right says what all
/// must print: native comes first, then QEMU.
pub(super) fn measure(
    title: &str,
    options: &Options,
    cases: &[Case],
    contenders: &[Contender],
) -> Result<Results> {
    let mut results = Results {
        title: title.to_owned(),
        contenders: contenders
            .iter()
            .map(|contender| contender.name.clone())
            .collect(),
        ..Results::default()
    };
    ensure!(
        !cases.is_empty(),
        "no case of \"{title}\" is wanted, or possible here"
    );
    for (number, case) in cases.iter().enumerate() {
        let mut samples = vec![Vec::new(); contenders.len()];
        let mut expected = None;
        for round in 1..=options.rounds {
            for (contender, samples) in contenders.iter().zip(&mut samples) {
                let program = match (&case.native, contender.is_native()) {
                    (Some(native), true) => native,
                    (None, true) => continue,
                    (_, false) => &case.guest,
                };
                progress(&format!(
                    "{title} {}/{}: {} under {}, round {round}/{}",
                    number + 1,
                    cases.len(),
                    case.name,
                    contender.name,
                    options.rounds
                ));
                let run = measure::run(contender.command(program).args(&case.args))?;
                match check(case, contender, &run, &mut expected) {
                    Ok(()) => samples.push(run.sample),
                    // The figures of the others are still worth their time. Once is enough to say it.
                    Err(error) if round == 1 => results.wrong.push(error.to_string()),
                    Err(_) => {}
                }
            }
        }
        let series = contenders
            .iter()
            .zip(samples)
            .map(|(contender, samples)| Series {
                case: case.name.clone(),
                group: case.group.clone(),
                contender: contender.name.clone(),
                samples,
            });
        // A contender that was wrong in every round has no figure.
        results
            .series
            .extend(series.filter(|series| !series.samples.is_empty()));
    }
    progress("");
    Ok(results)
}

/// Shows on a terminal what is being done.
pub(super) fn progress(line: &str) {
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K{line}");
    }
}

fn check(
    case: &Case,
    contender: &Contender,
    run: &measure::Run,
    expected: &mut Option<Vec<u8>>,
) -> Result<()> {
    ensure!(
        run.success,
        "{} failed under {}: {}",
        case.name,
        contender.name,
        run.text()
    );
    let expected = expected.get_or_insert_with(|| run.stdout.clone());
    ensure!(
        run.stdout == *expected,
        "{} under {} printed {:?} instead of {:?}",
        case.name,
        contender.name,
        run.text(),
        String::from_utf8_lossy(expected),
    );
    Ok(())
}
