//! The guest's page map: which ranges are mapped, with which rights, backed by what.
//!
//! Pure bookkeeping; the host's mappings are made by [`super::space`] and kept in step by
//! [`super::MemoryMap`]. Invariants: regions are page-aligned, not empty and do not overlap;
//! neighbours that continue each other are merged.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use crate::loader::elf::PAGE_SIZE;

/// Access rights of guest pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Protection {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) execute: bool,
}

impl Protection {
    /// From the `prot` argument of `mmap` and `mprotect`.
    pub(crate) fn from_bits(bits: u64) -> Protection {
        let has = |flag: i32| bits & flag as u64 != 0;
        Protection {
            read: has(libc::PROT_READ),
            write: has(libc::PROT_WRITE),
            execute: has(libc::PROT_EXEC),
        }
    }
}

/// What a region's contents come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Backing {
    /// Zeroes.
    Anonymous,
    /// Zeroes, with a name of its own in `/proc/self/maps`, as in `[stack]`.
    Named(&'static str),
    /// A file.
    File(FileBacking),
}

/// A range of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileBacking {
    /// Path as the guest knows it.
    pub(crate) path: Arc<str>,
    /// File offset of the region's start.
    pub(crate) offset: u64,
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

/// One mapped range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) end: u64,
    pub(crate) protection: Protection,
    pub(crate) shared: bool,
    pub(crate) backing: Backing,
}

impl Region {
    /// The part of this region, which starts at `start`, that begins `by` bytes later.
    fn tail(&self, by: u64) -> Region {
        let mut tail = self.clone();
        if let Backing::File(file) = &mut tail.backing {
            file.offset += by;
        }
        tail
    }

    /// Whether `next`, which starts where this region (from `start`) ends, continues it.
    fn continues(&self, start: u64, next: &Region) -> bool {
        self.protection == next.protection
            && self.shared == next.shared
            && self.tail(self.end - start).backing == next.backing
    }
}

/// The map.
#[derive(Debug, Default)]
pub(crate) struct PageMap {
    regions: BTreeMap<u64, Region>,
}

impl PageMap {
    /// The regions, ascending, as (start, region).
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, &Region)> {
        self.regions.iter().map(|(&start, region)| (start, region))
    }

    /// The region that holds `address`.
    pub(crate) fn find(&self, address: u64) -> Option<(u64, &Region)> {
        let (&start, region) = self.regions.range(..=address).next_back()?;
        (address < region.end).then_some((start, region))
    }

    /// The regions that overlap `range`, cut to it, ascending.
    pub(crate) fn overlapping(&self, range: Range<u64>) -> Vec<(u64, Region)> {
        let first = self
            .find(range.start)
            .map_or(range.start, |(start, _)| start);
        self.regions
            .range(first..range.end)
            .filter(|_| !range.is_empty())
            .map(|(&start, region)| {
                let cut = range.start.max(start);
                let mut part = region.tail(cut - start);
                part.end = region.end.min(range.end);
                (cut, part)
            })
            .collect()
    }

    /// The parts of `range` that are mapped, ascending, as few as can be.
    pub(crate) fn mapped(&self, range: Range<u64>) -> Vec<Range<u64>> {
        let mut parts: Vec<Range<u64>> = Vec::new();
        for (start, region) in self.overlapping(range) {
            match parts.last_mut() {
                Some(last) if last.end == start => last.end = region.end,
                _ => parts.push(start..region.end),
            }
        }
        parts
    }

    /// Whether nothing is mapped in `range`.
    pub(crate) fn is_free(&self, range: Range<u64>) -> bool {
        self.overlapping(range).is_empty()
    }

    /// Whether every page of `range` is mapped.
    pub(crate) fn is_covered(&self, range: Range<u64>) -> bool {
        range.is_empty() || self.mapped(range.clone()) == [range]
    }

    /// Maps `start..region.end`, replacing what was there.
    pub(crate) fn insert(&mut self, start: u64, region: Region) {
        debug_assert!(
            start < region.end
                && start.is_multiple_of(PAGE_SIZE)
                && region.end.is_multiple_of(PAGE_SIZE)
        );
        let end = region.end;
        self.remove(start..end);
        self.regions.insert(start, region);
        self.merge_around(start..end);
    }

    /// Unmaps `range`.
    pub(crate) fn remove(&mut self, range: Range<u64>) {
        self.split(range.start);
        self.split(range.end);
        let starts: Vec<u64> = self.regions.range(range).map(|(&start, _)| start).collect();
        for start in starts {
            self.regions.remove(&start);
        }
    }

    /// Changes the rights of what is mapped in `range`.
    pub(crate) fn protect(&mut self, range: Range<u64>, protection: Protection) {
        self.split(range.start);
        self.split(range.end);
        for (_, region) in self.regions.range_mut(range.clone()) {
            region.protection = protection;
        }
        self.merge_around(range);
    }

    /// The highest free range of `len` bytes below `limit`, not below `floor`, whose start is a
    /// multiple of `alignment`.
    pub(crate) fn find_gap_below(
        &self,
        limit: u64,
        floor: u64,
        len: u64,
        alignment: u64,
    ) -> Option<u64> {
        let mut gap_end = limit;
        for (&start, region) in self.regions.range(..limit).rev() {
            if let Some(found) = fit_down(region.end.max(floor), gap_end, len, alignment) {
                return Some(found);
            }
            gap_end = gap_end.min(start);
            if gap_end <= floor {
                return None;
            }
        }
        fit_down(floor, gap_end, len, alignment)
    }

    /// Makes `address` a boundary between regions.
    fn split(&mut self, address: u64) {
        let Some((start, region)) = self.regions.range_mut(..address).next_back() else {
            return;
        };
        if address >= region.end {
            return;
        }
        let tail = region.tail(address - *start);
        region.end = address;
        self.regions.insert(address, tail);
    }

    /// Merges regions that touch within or at the ends of `range`.
    fn merge_around(&mut self, range: Range<u64>) {
        let first = self
            .regions
            .range(..range.start)
            .next_back()
            .map_or(range.start, |(&start, _)| start);
        let starts: Vec<u64> = self
            .regions
            .range(first..=range.end)
            .map(|(&start, _)| start)
            .collect();
        let mut current: Option<u64> = None;
        for start in starts {
            if let Some(previous) = current {
                let left = &self.regions[&previous];
                let right = &self.regions[&start];
                if left.end == start && left.continues(previous, right) {
                    let end = right.end;
                    self.regions.remove(&start);
                    if let Some(left) = self.regions.get_mut(&previous) {
                        left.end = end;
                    }
                    continue;
                }
            }
            current = Some(start);
        }
    }
}

/// The highest multiple of `alignment` where `len` bytes fit into `start..end`.
fn fit_down(start: u64, end: u64, len: u64, alignment: u64) -> Option<u64> {
    let at = end.checked_sub(len)? & !(alignment - 1);
    (at >= start && end > start).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Protection = Protection {
        read: true,
        write: false,
        execute: false,
    };
    const WRITE: Protection = Protection {
        read: true,
        write: true,
        execute: false,
    };

    fn anonymous(end: u64, protection: Protection) -> Region {
        Region {
            end,
            protection,
            shared: false,
            backing: Backing::Anonymous,
        }
    }

    fn file(end: u64, offset: u64) -> Region {
        let backing = FileBacking {
            path: "/f".into(),
            offset,
            device: 1,
            inode: 2,
        };
        Region {
            end,
            protection: READ,
            shared: false,
            backing: Backing::File(backing),
        }
    }

    /// The map in short: start-end, rights, file offset.
    fn text(map: &PageMap) -> String {
        let mut all = Vec::new();
        for (start, region) in map.iter() {
            let rights = if region.protection.write {
                "w"
            } else if region.protection.read {
                "r"
            } else {
                "-"
            };
            let offset = match &region.backing {
                Backing::File(file) => format!("@{:x}", file.offset >> 12),
                _ => String::new(),
            };
            all.push(format!(
                "{:x}-{:x}{rights}{offset}",
                start >> 12,
                region.end >> 12
            ));
        }
        all.join(" ")
    }

    #[test]
    fn operations_split_and_merge_regions() {
        type Step = fn(&mut PageMap);
        let steps: &[(&str, Step, &str)] = &[
            (
                "map",
                |m| m.insert(0x10_000, anonymous(0x20_000, READ)),
                "10-20r",
            ),
            (
                "adjacent equal merges",
                |m| m.insert(0x20_000, anonymous(0x28_000, READ)),
                "10-28r",
            ),
            ("hole", |m| m.remove(0x14_000..0x16_000), "10-14r 16-28r"),
            (
                "protect middle",
                |m| m.protect(0x18_000..0x1a_000, WRITE),
                "10-14r 16-18r 18-1aw 1a-28r",
            ),
            (
                "protect back",
                |m| m.protect(0x18_000..0x1a_000, READ),
                "10-14r 16-28r",
            ),
            (
                "protect across the hole",
                |m| m.protect(0x12_000..0x17_000, WRITE),
                "10-12r 12-14w 16-17w 17-28r",
            ),
            (
                "file over all",
                |m| m.insert(0x10_000, file(0x28_000, 0)),
                "10-28r@0",
            ),
            (
                "cutting keeps offsets",
                |m| m.remove(0x11_000..0x12_000),
                "10-11r@0 12-28r@2",
            ),
            (
                "refill with the same part",
                |m| m.insert(0x11_000, file(0x12_000, 0x1000)),
                "10-28r@0",
            ),
            (
                "other offset does not merge",
                |m| m.insert(0x28_000, file(0x29_000, 0)),
                "10-28r@0 28-29r@0",
            ),
            ("remove all", |m| m.remove(0..u64::MAX), ""),
        ];
        let mut map = PageMap::default();
        for (name, step, expected) in steps {
            step(&mut map);
            assert_eq!(text(&map), *expected, "after: {name}");
        }
    }

    #[test]
    fn gaps_are_found_from_the_top() {
        let mut map = PageMap::default();
        map.insert(0x30_000, anonymous(0x40_000, READ));
        map.insert(0x50_000, anonymous(0x60_000, READ));
        let cases: &[(u64, u64, u64, u64, Option<u64>)] = &[
            // limit, floor, len, alignment, found
            (0x70_000, 0x10_000, 0x8000, 0x1000, Some(0x68_000)),
            (0x60_000, 0x10_000, 0x8000, 0x1000, Some(0x48_000)),
            (0x58_000, 0x10_000, 0x8000, 0x1000, Some(0x48_000)),
            (0x60_000, 0x10_000, 0x11_000, 0x1000, Some(0x1f_000)),
            (0x60_000, 0x10_000, 0x11_000, 0x10_000, Some(0x10_000)),
            (0x60_000, 0x10_000, 0x21_000, 0x1000, None),
            (0x60_000, 0x58_000, 0x1000, 0x1000, None),
        ];
        for &(limit, floor, len, alignment, expected) in cases {
            let found = map.find_gap_below(limit, floor, len, alignment);
            assert_eq!(
                found, expected,
                "{len:#x} bytes below {limit:#x}, aligned to {alignment:#x}"
            );
        }
    }

    #[test]
    fn coverage_sees_holes() {
        let mut map = PageMap::default();
        map.insert(0x10_000, anonymous(0x20_000, READ));
        map.insert(0x20_000, anonymous(0x30_000, WRITE));
        assert!(map.is_covered(0x10_000..0x30_000));
        assert!(!map.is_covered(0xf_000..0x11_000));
        assert!(!map.is_covered(0x2f_000..0x31_000));
        assert!(map.is_free(0x30_000..0x40_000));
        assert!(!map.is_free(0x2f_000..0x40_000));
    }
}
