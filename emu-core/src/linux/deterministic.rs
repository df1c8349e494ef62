//! What `--deterministic` puts in the place of chance and time.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

/// 2024-01-01 00:00:00 UTC, where the wall clock starts.
const EPOCH_SECONDS: i64 = 1_704_067_200;
/// How far clocks move each time they are read.
const TICK_NANOSECONDS: u64 = 1000;

/// Reproducible random numbers and clocks.
#[derive(Debug)]
pub(crate) struct Deterministic {
    random: Mutex<u64>,
    ticks: AtomicU64,
}

impl Deterministic {
    pub(crate) fn new() -> Deterministic {
        Deterministic {
            random: Mutex::new(0x0123_4567_89ab_cdef),
            ticks: AtomicU64::new(0),
        }
    }

    /// Fills `bytes` with the next random numbers (SplitMix64).
    pub(crate) fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut value = *state;
            value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            value ^= value >> 31;
            chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
        }
    }

    /// Reads a clock: seconds and nanoseconds. Every reading is a little later than the one before.
    pub(crate) fn tick(&self, clock: i32) -> [i64; 2] {
        let elapsed = self.ticks.fetch_add(1, Ordering::Relaxed) * TICK_NANOSECONDS;
        let start = match clock {
            libc::CLOCK_REALTIME | libc::CLOCK_REALTIME_COARSE | libc::CLOCK_TAI => EPOCH_SECONDS,
            _ => 0,
        };
        [
            start + (elapsed / 1_000_000_000) as i64,
            (elapsed % 1_000_000_000) as i64,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_repeat_and_clocks_advance() {
        let (a, b) = (Deterministic::new(), Deterministic::new());
        let (mut first, mut second, mut next) = ([0; 13], [0; 13], [0; 13]);
        a.fill(&mut first);
        b.fill(&mut second);
        a.fill(&mut next);
        assert_eq!(first, second);
        assert_ne!(first, next);
        assert_eq!(a.tick(libc::CLOCK_REALTIME), [EPOCH_SECONDS, 0]);
        assert_eq!(a.tick(libc::CLOCK_MONOTONIC), [0, 1000]);
    }
}
