//! What translation has cost: how much each stage has translated, and the processor time it took.
//!
//! Kept only if somebody wants it: without, a stage pays for one look at an empty option. Times are of the
//! thread that translates, so that other work on the machine does not count; reading that clock adds some
//! tenths of a microsecond to a block.
//!
//! Not here: what running the translations costs, which nothing can watch for free; how the numbers are
//! shown ([`crate::report`]).

use std::sync::atomic::{AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};

/// The statistics of one engine, shared by its threads.
#[derive(Debug, Default)]
pub struct Statistics {
    /// Pass 1, instrumentation, and pass 2: guest code to IR.
    pub decode: Stage,
    /// IR to baseline code.
    pub baseline: Stage,
    /// IR to regions.
    pub regions: Stage,
}

/// One stage of translation.
#[derive(Debug, Default)]
pub struct Stage {
    translations: AtomicU64,
    guest_insns: AtomicU64,
    host_bytes: AtomicU64,
    nanoseconds: AtomicU64,
}

/// How much came of one translation.
#[derive(Debug, Clone, Copy, Default)]
pub struct Yield {
    /// Guest instructions translated, one that stands in several places once for each.
    pub guest_insns: usize,
    /// Size of the host code.
    pub host_bytes: usize,
}

impl Stage {
    /// Does `work` and records its time, and what `yields` says came of it, if anything did.
    pub fn record<T>(
        this: Option<&Stage>,
        work: impl FnOnce() -> T,
        yields: impl FnOnce(&T) -> Option<Yield>,
    ) -> T {
        let Some(stage) = this else { return work() };
        let start = thread_nanoseconds();
        let result = work();
        let add = |word: &AtomicU64, value: u64| word.fetch_add(value, Ordering::Relaxed);
        add(&stage.nanoseconds, thread_nanoseconds() - start);
        if let Some(made) = yields(&result) {
            add(&stage.translations, 1);
            add(&stage.guest_insns, made.guest_insns as u64);
            add(&stage.host_bytes, made.host_bytes as u64);
        }
        result
    }

    /// How often something came of it.
    #[must_use]
    pub fn translations(&self) -> u64 {
        self.translations.load(Ordering::Relaxed)
    }

    /// Guest instructions translated.
    #[must_use]
    pub fn guest_insns(&self) -> u64 {
        self.guest_insns.load(Ordering::Relaxed)
    }

    /// Size of all host code made.
    #[must_use]
    pub fn host_bytes(&self) -> u64 {
        self.host_bytes.load(Ordering::Relaxed)
    }

    /// Processor time taken, that of failures included.
    #[must_use]
    pub fn nanoseconds(&self) -> u64 {
        self.nanoseconds.load(Ordering::Relaxed)
    }
}

/// Processor time of the running thread.
fn thread_nanoseconds() -> u64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_takes_time_but_yields_nothing() {
        let stage = Stage::default();
        let spin = || {
            let start = thread_nanoseconds();
            while thread_nanoseconds() < start + 100_000 {}
        };
        Stage::record(Some(&stage), spin, |()| None);
        let made = Yield {
            guest_insns: 10,
            host_bytes: 70,
        };
        Stage::record(Some(&stage), spin, |()| Some(made));
        assert_eq!(stage.translations(), 1);
        assert_eq!(stage.guest_insns(), 10);
        assert_eq!(stage.host_bytes(), 70);
        assert!(stage.nanoseconds() >= 200_000, "{stage:?}");
    }
}
