//! Translations by guest address, and which generated code covers them.
//!
//! Invariants:
//! - A [`Translation`] that has a region is the head of one in `Inner::regions`, and every block of
//!   that region is in `Inner::blocks` and leads to it in `Inner::covering`.
//! - Every linked exit is in the list of the translation that it leads to.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emu_tcg::backend::TranslationBlock;
use emu_tcg::backend::code_space::{EntryPoint, Published, SlotId};
use emu_tcg::backend::cranelift::BlockSource;
use rustc_hash::FxHashMap;

use super::departures::Departures;

/// A block that is in so many regions is not taken into more of them, once they are large. In code with many ways through
/// it, each of which becomes hot by itself, every region would else have all of it.
const MANY_COPIES: usize = 8;

/// What identifies a translation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    /// Guest address.
    pub pc: u64,
    /// Translation mode.
    pub mode: u32,
}

impl Key {
    fn of(block: &TranslationBlock) -> Key {
        Key {
            pc: block.pc,
            mode: block.mode,
        }
    }
}

/// A block's way from cold to compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Heat {
    /// Interpreted.
    Cold = 0,
    /// Waiting for the compiler, or in it.
    Queued = 1,
    /// The compiler refused it; it stays interpreted.
    Refused = 2,
}

/// A block in the cache.
#[derive(Debug)]
pub struct Translation {
    /// The block.
    pub block: Arc<TranslationBlock>,
    /// Baseline code of this block, or 0.
    baseline: AtomicUsize,
    /// The region that starts here, or 0.
    region: AtomicUsize,
    heat: AtomicU8,
    /// Some region's generated code includes this block.
    covered: AtomicBool,
    /// Exits that lead to this block's code. Under the cache's lock.
    incoming: Mutex<Vec<SlotId>>,
}

impl Translation {
    /// A cold translation.
    #[must_use]
    pub fn new(block: Arc<TranslationBlock>) -> Translation {
        Translation {
            block,
            baseline: AtomicUsize::new(0),
            region: AtomicUsize::new(0),
            heat: AtomicU8::new(Heat::Cold as u8),
            covered: AtomicBool::new(false),
            incoming: Mutex::default(),
        }
    }

    fn incoming(&self) -> MutexGuard<'_, Vec<SlotId>> {
        self.incoming.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The best generated code that starts here, if any.
    #[must_use]
    pub fn code(&self) -> Option<EntryPoint> {
        self.region().or_else(|| self.baseline())
    }

    /// The region that starts here, if any.
    #[must_use]
    pub fn region(&self) -> Option<EntryPoint> {
        EntryPoint::from_address(self.region.load(Ordering::Acquire))
    }

    /// The baseline code of the block, if any.
    #[must_use]
    pub fn baseline(&self) -> Option<EntryPoint> {
        EntryPoint::from_address(self.baseline.load(Ordering::Acquire))
    }

    /// Sets or clears the baseline code.
    fn set_baseline(&self, code: Option<EntryPoint>) {
        let address = code.map_or(0, EntryPoint::address);
        self.baseline.store(address, Ordering::Release);
    }

    /// Moves from cold to queued; `false` if it was not cold.
    pub fn try_queue(&self) -> bool {
        self.heat
            .compare_exchange(
                Heat::Cold as u8,
                Heat::Queued as u8,
                Ordering::AcqRel,
                Ordering::Relaxed,
            )
            .is_ok()
    }

    /// Whether some region's generated code includes this block: it is then not worth a region of
    /// its own before it has run far more often.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.covered.load(Ordering::Relaxed)
    }

    /// Sets the heat.
    pub fn set_heat(&self, heat: Heat) {
        self.heat.store(heat as u8, Ordering::Release);
    }
}

/// What led to translations and regions that have been dropped, and what they were.
#[derive(Debug, Default)]
pub struct Dropped {
    /// The exits that lead there.
    pub exits: Vec<SlotId>,
    /// Their code.
    pub code: Vec<EntryPoint>,
}

struct Region {
    head: Arc<Translation>,
    blocks: Vec<Arc<TranslationBlock>>,
}

/// The cache's content, under its lock.
#[derive(Default)]
pub struct Inner {
    blocks: FxHashMap<Key, Arc<Translation>>,
    pages: FxHashMap<u64, Vec<Key>>,
    regions: FxHashMap<u64, Region>,
    next_region: u64,
    /// The regions that cover a block.
    covering: FxHashMap<Key, Vec<u64>>,
    departures: Departures,
}

/// The cache.
#[derive(Default)]
pub struct BlockCache {
    inner: Mutex<Inner>,
    /// Number of the last departure, to be read without the lock.
    generation: AtomicU64,
    /// Counts when guest code may have changed: what was decoded before is not to be added.
    code_changes: AtomicU64,
}

const PAGE_SHIFT: u32 = 12;

fn pages(range: Range<u64>) -> Range<u64> {
    let last = range.end.saturating_sub(1).max(range.start);
    range.start >> PAGE_SHIFT..(last >> PAGE_SHIFT) + 1
}

impl Inner {
    /// The pages of `range` that hold translations.
    fn pages_within(&self, range: &Range<u64>) -> Vec<u64> {
        let span = pages(range.clone());
        if span.end - span.start < self.pages.len() as u64 {
            span.filter(|page| self.pages.contains_key(page)).collect()
        } else {
            let all = self.pages.keys().copied();
            all.filter(|page| span.contains(page)).collect()
        }
    }

    /// Drops a translation and the regions that cover it; adds them to `dropped`.
    fn drop_block(&mut self, key: Key, dropped: &mut Dropped) {
        for id in self.covering.remove(&key).unwrap_or_default() {
            if let Some(region) = self.regions.remove(&id) {
                self.drop_region(id, &region, dropped);
            }
        }
        if let Some(translation) = self.blocks.remove(&key) {
            dropped.exits.append(&mut translation.incoming());
            dropped.code.extend(translation.baseline());
            self.departures.record(key.pc);
        }
    }

    /// Undoes what made a region known.
    fn drop_region(&mut self, id: u64, region: &Region, dropped: &mut Dropped) {
        let head = &region.head;
        dropped.code.extend(head.region());
        head.region.store(0, Ordering::Release);
        head.set_heat(Heat::Cold);
        dropped.exits.append(&mut head.incoming());
        self.departures.record(head.block.pc);
        for key in region.blocks.iter().map(|block| Key::of(block)) {
            let Some(ids) = self.covering.get_mut(&key) else {
                continue;
            };
            ids.retain(|&other| other != id);
            if ids.is_empty() {
                self.covering.remove(&key);
                if let Some(translation) = self.blocks.get(&key) {
                    translation.covered.store(false, Ordering::Relaxed);
                }
            }
        }
    }
}

impl BlockCache {
    /// Locks the cache, for a fork.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A number that changes whenever code leaves: vCPUs then look at what has left
    /// ([`BlockCache::departures_since`]).
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// The present generation, and the guest addresses whose code has left since another one; `None`
    /// if all may have.
    #[must_use]
    pub fn departures_since(&self, generation: u64) -> (u64, Option<Vec<u64>>) {
        let inner = self.lock();
        let departures = &inner.departures;
        (departures.last(), departures.since(generation))
    }

    /// A number that changes whenever guest code may have changed.
    #[must_use]
    pub fn code_changes(&self) -> u64 {
        self.code_changes.load(Ordering::Acquire)
    }

    /// The translation of `key`.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<Arc<Translation>> {
        self.lock().blocks.get(&key).cloned()
    }

    /// Adds a translation, or returns the one that another vCPU added meanwhile. `None` (and nothing
    /// added) if guest code may have changed since [`BlockCache::code_changes`] was `code_changes`.
    pub fn insert(
        &self,
        key: Key,
        translation: Arc<Translation>,
        code_changes: u64,
    ) -> Option<Arc<Translation>> {
        let mut inner = self.lock();
        if self.code_changes() != code_changes {
            return None;
        }
        if let Some(found) = inner.blocks.get(&key) {
            return Some(found.clone());
        }
        let block = &translation.block;
        for page in pages(block.span()) {
            inner.pages.entry(page).or_default().push(key);
        }
        inner.blocks.insert(key, translation.clone());
        Some(translation)
    }

    /// Has `slot` lead to the code of `target`, by `link`, unless code has left since the cache's generation
    /// was `generation`. What is linked under the lock is unlinked when the target leaves, and linked anew
    /// when it gets better code.
    pub fn link(
        &self,
        generation: u64,
        target: &Translation,
        slot: SlotId,
        link: impl FnOnce(EntryPoint),
    ) {
        let _inner = self.lock();
        if self.generation() == generation
            && let Some(code) = target.code()
        {
            target.incoming().push(slot);
            link(code);
        }
    }

    /// Records generated code, and has what led to the head's code before lead to it, by `link`; `false`
    /// (and nothing done) if a block that it covers has left or changed since, or if the code is not
    /// `usable` any more.
    pub fn publish(
        &self,
        head: &Arc<Translation>,
        published: Published,
        usable: impl FnOnce() -> bool,
        link: impl Fn(SlotId, EntryPoint),
    ) -> bool {
        let mut inner = self.lock();
        if !usable() {
            return false;
        }
        let current = |block: &Arc<TranslationBlock>| {
            inner
                .blocks
                .get(&Key::of(block))
                .is_some_and(|found| Arc::ptr_eq(&found.block, block))
        };
        if !published.blocks.iter().all(current) {
            return false;
        }
        let id = inner.next_region;
        inner.next_region += 1;
        for block in &published.blocks {
            let key = Key::of(block);
            inner.covering.entry(key).or_default().push(id);
            if let Some(translation) = inner.blocks.get(&key) {
                translation.covered.store(true, Ordering::Relaxed);
            }
        }
        let region = Region {
            head: head.clone(),
            blocks: published.blocks,
        };
        inner.regions.insert(id, region);
        head.region
            .store(published.entry.address(), Ordering::Release);
        for &slot in head.incoming().iter() {
            link(slot, published.entry);
        }
        // So that its baseline code, to which jump caches lead, comes back and is seen to be replaced.
        head.block.profile.expire();
        true
    }

    /// Drops the translations that touch `range` and that `keep` refuses, and the regions that cover
    /// one of them. Returns what was dropped, if anything was; the caller unlinks the exits.
    pub fn retain(
        &self,
        range: Range<u64>,
        keep: impl Fn(&TranslationBlock) -> bool,
    ) -> Option<Dropped> {
        let mut guard = self.lock();
        self.code_changes.fetch_add(1, Ordering::AcqRel);
        let inner = &mut *guard;
        let mut dropped = Dropped::default();
        for page in inner.pages_within(&range) {
            for key in inner.pages.get(&page).cloned().unwrap_or_default() {
                let Some(translation) = inner.blocks.get(&key) else {
                    continue;
                };
                let block = &translation.block;
                let span = block.span();
                let apart = span.start >= range.end || span.end <= range.start;
                if !apart && !keep(block) {
                    inner.drop_block(key, &mut dropped);
                }
            }
            let blocks = &inner.blocks;
            if let Some(keys) = inner.pages.get_mut(&page) {
                keys.retain(|key| blocks.contains_key(key));
                if keys.is_empty() {
                    inner.pages.remove(&page);
                }
            }
        }
        let generation = inner.departures.last();
        let changed = self.generation.swap(generation, Ordering::AcqRel) != generation;
        changed.then_some(dropped)
    }

    /// Records baseline code of `translation`, if it is still `usable`.
    pub fn set_baseline(
        &self,
        translation: &Translation,
        code: EntryPoint,
        usable: impl FnOnce() -> bool,
    ) {
        let _inner = self.lock();
        if usable() {
            translation.set_baseline(Some(code));
        }
    }

    /// Forgets all generated code; translations become cold again, to be looked at after `limit`
    /// executions.
    pub fn drop_generated_code(&self, limit: u32) {
        let mut inner = self.lock();
        inner.regions.clear();
        inner.covering.clear();
        for translation in inner.blocks.values() {
            translation.incoming().clear();
            translation.region.store(0, Ordering::Release);
            translation.set_baseline(None);
            translation.covered.store(false, Ordering::Relaxed);
            translation.block.profile.restart(limit);
            translation.set_heat(Heat::Cold);
        }
        self.all_departed(&mut inner);
    }

    fn all_departed(&self, inner: &mut Inner) {
        inner.departures.record_all();
        self.generation
            .store(inner.departures.last(), Ordering::Release);
    }

    /// Forgets all translations.
    pub fn clear(&self) {
        let mut inner = self.lock();
        inner.blocks.clear();
        inner.pages.clear();
        inner.regions.clear();
        inner.covering.clear();
        self.all_departed(&mut inner);
    }
}

impl BlockSource for BlockCache {
    fn block(&self, pc: u64, mode: u32) -> Option<Arc<TranslationBlock>> {
        self.lock()
            .blocks
            .get(&Key { pc, mode })
            .map(|translation| translation.block.clone())
    }

    /// Regions stop where another one starts: the same instructions compiled once more cost
    /// more than the jump from region to region.
    fn stops_region(&self, pc: u64, mode: u32) -> bool {
        let inner = self.lock();
        let key = Key { pc, mode };
        let is_head = |translation: &Arc<Translation>| translation.region().is_some();
        let copies = inner.covering.get(&key).map_or(0, Vec::len);
        copies >= MANY_COPIES || inner.blocks.get(&key).is_some_and(is_head)
    }
}

#[cfg(test)]
mod tests {
    use emu_tcg::guest::riscv64::RISCV64;
    use emu_tcg::ir::parse::parse;

    use super::*;

    #[test]
    fn regions_stop_before_what_starts_one_and_what_many_have() {
        let cache = BlockCache::default();
        let add = |pc: u64| {
            let text = format!("block {pc:#x} {{\n{pc:#x}:\n    jump {pc:#x}\n}}");
            let ir = parse(&text, &RISCV64).expect("it is well formed");
            let block = Arc::new(TranslationBlock::new(&ir, &[0; 4], 1));
            let translation = Arc::new(Translation::new(block));
            let changes = cache.code_changes();
            cache
                .insert(Key { pc, mode: 0 }, translation, changes)
                .expect("no code changes")
        };
        let common = add(0x8000);
        for n in 0..MANY_COPIES {
            assert!(!cache.stops_region(0x8000, 0), "after {n} copies");
            let head = add(0x1000 + 4 * n as u64);
            let published = Published {
                entry: EntryPoint::from_address(1).expect("not 0"),
                head_pc: head.block.pc,
                mode: 0,
                guest_insns: 2,
                host_bytes: 2,
                blocks: vec![head.block.clone(), common.block.clone()],
            };
            assert!(cache.publish(&head, published, || true, |_, _| {}));
            assert!(cache.stops_region(head.block.pc, 0));
        }
        assert!(cache.stops_region(0x8000, 0));
    }
}
