//! Helpers: the counters of Zicntr.
//!
//! All three run on the host's monotonic clock, from the first use in this process on:
//! counting instructions would cost every program what few of them ask for.

use std::sync::LazyLock;
use std::time::Instant;

use crate::guest::HelperDesc;
use crate::state::CpuState;

/// Number of the helper that reads `cycle`.
pub(super) const CYCLE: usize = 0;
/// Number of the helper that reads `time`.
pub(super) const TIME: usize = 1;
/// Number of the helper that reads `instret`.
pub(super) const INSTRET: usize = 2;

/// The helper table.
pub(super) const HELPERS: &[HelperDesc] = &[
    HelperDesc {
        name: "cycle",
        function: nanoseconds,
        reads: &[],
        writes: &[],
    },
    HelperDesc {
        name: "time",
        function: ticks,
        reads: &[],
        writes: &[],
    },
    HelperDesc {
        name: "instret",
        function: nanoseconds,
        reads: &[],
        writes: &[],
    },
];

/// Frequency of `time`: 10 MHz, as on common boards.
const NANOSECONDS_PER_TICK: u64 = 100;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// A core that runs at 1 GHz, one instruction per cycle.
extern "C" fn nanoseconds(_: *mut CpuState, _: u64, _: u64) -> u64 {
    START.elapsed().as_nanos() as u64
}

extern "C" fn ticks(state: *mut CpuState, a: u64, b: u64) -> u64 {
    nanoseconds(state, a, b) / NANOSECONDS_PER_TICK
}
