//! Which translations have left the cache, for those who keep private pointers to them.
//!
//! Each departure has a number, one more than the one before. A reader that has seen all departures
//! up to some number asks for those since; if they are not known any more, it forgets all it has.

use std::collections::VecDeque;

/// Departures that are remembered; it costs a reader about as much to go through them as to forget
/// everything.
const REMEMBERED: usize = 4096;

/// The departures. See the module's documentation.
#[derive(Debug, Default)]
pub struct Departures {
    /// Number of the last departure.
    last: u64,
    /// Guest addresses of the departed, the last one's at the back.
    recent: VecDeque<u64>,
}

impl Departures {
    /// Number of the last departure.
    #[must_use]
    pub fn last(&self) -> u64 {
        self.last
    }

    /// The code at `pc` is not to be used any more.
    pub fn record(&mut self, pc: u64) {
        if self.recent.len() == REMEMBERED {
            self.recent.pop_front();
        }
        self.recent.push_back(pc);
        self.last += 1;
    }

    /// No code that was there is to be used any more.
    pub fn record_all(&mut self) {
        self.recent.clear();
        self.last += 1;
    }

    /// The addresses that left since departure number `seen`; `None` if all may have.
    #[must_use]
    pub fn since(&self, seen: u64) -> Option<Vec<u64>> {
        let count = usize::try_from(self.last - seen).ok()?;
        let first = self.recent.len().checked_sub(count)?;
        Some(self.recent.range(first..).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_gets_what_left_since_it_last_asked() {
        let mut departures = Departures::default();
        departures.record(0x10);
        let seen = departures.last();
        departures.record(0x20);
        departures.record(0x30);
        assert_eq!(departures.since(seen), Some(vec![0x20, 0x30]));
        assert_eq!(departures.since(departures.last()), Some(vec![]));
    }

    #[test]
    fn a_reader_that_is_too_far_behind_is_told_to_forget_all() {
        let mut departures = Departures::default();
        departures.record(0x10);
        let seen = departures.last();
        departures.record_all();
        departures.record(0x20);
        assert_eq!(departures.since(seen), None);
        for pc in 0..=REMEMBERED as u64 {
            departures.record(pc);
        }
        assert_eq!(departures.since(seen + 2), None);
    }
}
