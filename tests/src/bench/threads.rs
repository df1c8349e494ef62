//! Two compute threads against one: how much more a second core gets done.

use anyhow::Result;

use super::case::{self, Case, Results};
use super::report::Grid;
use super::{Options, Time, contender, programs};

const TITLE: &str = "Two threads against one";
const ONE: &str = "1 thread";
const TWO: &str = "2 threads";

/// Measures the program `threads`, in which each thread does the same work, with one thread and with two.
pub(super) fn measure(options: &Options) -> Result<Results> {
    let scale = options.scale.to_string();
    let mut cases = Vec::new();
    for program in programs::build(|name| name == "threads")? {
        cases.extend([(ONE, "1"), (TWO, "2")].map(|(name, threads)| Case {
            name: name.to_owned(),
            group: None,
            guest: program.guest.clone(),
            native: Some(program.native.clone()),
            args: vec![scale.clone().into(), threads.into()],
        }));
    }
    case::measure(TITLE, options, &cases, &contender::all(options, true))
}

/// Always of wall time: by processor time two threads are never faster.
pub(super) fn table(results: &Results, _: Time) -> String {
    let mut grid = Grid::new(["contender", "1 thread, s", "2 threads, s", "times the work"]);
    for contender in &results.contenders {
        let seconds = |case| Some(results.find(case, contender)?.seconds(Time::Wall));
        let (one, two) = (seconds(ONE), seconds(TWO));
        let gain = one.zip(two).map(|(one, two)| 2.0 * one / two);
        grid.row(contender, [one, two, gain]);
    }
    grid.to_string()
}
