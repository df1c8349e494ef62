//! Which guest pages are executable: a bitmap that the translator asks for each instruction.
//!
//! Two levels, so that an empty map costs nothing; readers take no lock.

use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::loader::elf::{ADDRESS_LIMIT, PAGE_SIZE};

const PAGES: u64 = ADDRESS_LIMIT / PAGE_SIZE;
const WORDS_PER_CHUNK: u64 = 256;
const PAGES_PER_CHUNK: u64 = WORDS_PER_CHUNK * 64;

type Chunk = Box<[AtomicU64]>;

/// The bitmap.
pub(crate) struct ExecPages {
    chunks: Box<[OnceLock<Chunk>]>,
}

impl ExecPages {
    pub(crate) fn new() -> ExecPages {
        ExecPages {
            chunks: (0..PAGES / PAGES_PER_CHUNK)
                .map(|_| OnceLock::new())
                .collect(),
        }
    }

    /// Whether the page of `address` is executable.
    pub(crate) fn contains(&self, address: u64) -> bool {
        let page = address / PAGE_SIZE;
        let Some(chunk) = self
            .chunks
            .get((page / PAGES_PER_CHUNK) as usize)
            .and_then(OnceLock::get)
        else {
            return false;
        };
        let bit = page % PAGES_PER_CHUNK;
        chunk[(bit / 64) as usize].load(Ordering::Relaxed) >> (bit % 64) & 1 != 0
    }

    /// Whether any page of `range` is executable.
    pub(crate) fn any(&self, range: Range<u64>) -> bool {
        let mut any = false;
        self.for_words(range, false, |word, mask| {
            any |= word.load(Ordering::Relaxed) & mask != 0
        });
        any
    }

    /// Marks the pages of `range`.
    pub(crate) fn set(&self, range: Range<u64>, executable: bool) {
        self.for_words(range, executable, |word, mask| {
            if executable {
                word.fetch_or(mask, Ordering::Relaxed);
            } else {
                word.fetch_and(!mask, Ordering::Relaxed);
            }
        });
    }

    /// Calls `visit` with each word of `range` and the bits of it that are in the range; words
    /// that were never set are skipped unless `create`.
    fn for_words(&self, range: Range<u64>, create: bool, mut visit: impl FnMut(&AtomicU64, u64)) {
        let mut page = range.start / PAGE_SIZE;
        let end = range.end.div_ceil(PAGE_SIZE).min(PAGES);
        while page < end {
            let slot = &self.chunks[(page / PAGES_PER_CHUNK) as usize];
            if create {
                slot.get_or_init(|| (0..WORDS_PER_CHUNK).map(|_| AtomicU64::new(0)).collect());
            }
            let Some(chunk) = slot.get() else {
                page = (page / PAGES_PER_CHUNK + 1) * PAGES_PER_CHUNK;
                continue;
            };
            let first = page % 64;
            let count = (64 - first).min(end - page);
            let mask = (u64::MAX >> (64 - count)) << first;
            visit(&chunk[(page % PAGES_PER_CHUNK / 64) as usize], mask);
            page += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_pages_are_set_and_cleared() {
        let pages = ExecPages::new();
        let ranges = [
            0x1000..0x2000,
            0x3f_000..0x42_000,
            0x3ff_f000..0x400_1000,
            ADDRESS_LIMIT - 0x1000..ADDRESS_LIMIT,
        ];
        for range in ranges {
            assert!(!pages.any(range.clone()));
            pages.set(range.clone(), true);
            assert!(
                pages.contains(range.start) && pages.contains(range.end - 1),
                "{range:x?}"
            );
            assert!(
                !pages.contains(range.start - 1) && !pages.contains(range.end),
                "{range:x?}"
            );
            assert!(pages.any(0..ADDRESS_LIMIT));
            pages.set(range.clone(), false);
            assert!(!pages.any(0..ADDRESS_LIMIT), "{range:x?}");
        }
    }

    #[test]
    fn addresses_beyond_the_space_are_not_executable() {
        assert!(!ExecPages::new().contains(u64::MAX));
    }
}
