//! Translations by guest address, and which generated code covers them.
//!
//! Invariant: a [`Translation`] that has a region is the head of one in `Inner::regions`, and every
//! block of that region is in `Inner::blocks`.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use emu_tcg::backend::TranslationBlock;
use emu_tcg::backend::code_space::{EntryPoint, Published};
use emu_tcg::backend::cranelift::BlockSource;
use rustc_hash::{FxHashMap, FxHashSet};

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
            pc: block.ir.pc,
            mode: block.ir.mode,
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
        }
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
    pub fn set_baseline(&self, code: Option<EntryPoint>) {
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

struct Region {
    head: Arc<Translation>,
    blocks: Vec<Arc<TranslationBlock>>,
}

/// The cache's content, under its lock.
#[derive(Default)]
pub struct Inner {
    blocks: FxHashMap<Key, Arc<Translation>>,
    pages: FxHashMap<u64, Vec<Key>>,
    regions: Vec<Region>,
}

/// The cache.
#[derive(Default)]
pub struct BlockCache {
    inner: Mutex<Inner>,
    /// Changes whenever a translation leaves; vCPUs drop their private look-ups then.
    generation: AtomicU64,
    /// Counts when guest code may have changed: what was decoded before is not to be added.
    code_changes: AtomicU64,
}

const PAGE_SHIFT: u32 = 12;

fn pages(range: Range<u64>) -> Range<u64> {
    let last = range.end.saturating_sub(1).max(range.start);
    range.start >> PAGE_SHIFT..(last >> PAGE_SHIFT) + 1
}

impl BlockCache {
    /// Locks the cache, for a fork.
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// See [`BlockCache::generation`]'s field.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
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
        for page in pages(block.ir.pc..block.ir.pc + block.len) {
            inner.pages.entry(page).or_default().push(key);
        }
        inner.blocks.insert(key, translation.clone());
        Some(translation)
    }

    /// Does `link`, unless a translation has left since the cache's generation was `generation`: what
    /// is linked under the lock is unlinked by whoever makes one leave afterwards.
    pub fn link(&self, generation: u64, link: impl FnOnce()) {
        let _inner = self.lock();
        if self.generation() == generation {
            link();
        }
    }

    /// Records generated code; `false` (and nothing done) if a block that it covers has left
    /// or changed since, or if the code is not `usable` any more.
    pub fn publish(
        &self,
        head: &Arc<Translation>,
        published: Published,
        usable: impl FnOnce() -> bool,
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
        for block in &published.blocks {
            if let Some(translation) = inner.blocks.get(&Key::of(block)) {
                translation.covered.store(true, Ordering::Relaxed);
            }
        }
        inner.regions.push(Region {
            head: head.clone(),
            blocks: published.blocks,
        });
        head.region
            .store(published.entry.address(), Ordering::Release);
        // So that its baseline code, which others lead to, comes back and is seen to be replaced.
        head.block.profile.expire();
        true
    }

    /// Drops the translations that touch `range` and that `keep` refuses, and the entries of
    /// all generated code that covers one of them. Returns whether any was dropped: the
    /// caller unlinks generated code then.
    pub fn retain(&self, range: Range<u64>, keep: impl Fn(&TranslationBlock) -> bool) -> bool {
        let mut guard = self.lock();
        self.code_changes.fetch_add(1, Ordering::AcqRel);
        let inner = &mut *guard;
        let span = pages(range.clone());
        let touched: Vec<u64> = if span.end - span.start < inner.pages.len() as u64 {
            span.filter(|page| inner.pages.contains_key(page)).collect()
        } else {
            inner
                .pages
                .keys()
                .copied()
                .filter(|page| span.contains(page))
                .collect()
        };
        let mut dropped = FxHashSet::default();
        for page in touched {
            for key in inner.pages.get(&page).cloned().unwrap_or_default() {
                let Some(translation) = inner.blocks.get(&key) else {
                    continue;
                };
                let block = &translation.block;
                let apart = block.ir.pc >= range.end || block.ir.pc + block.len <= range.start;
                if apart || keep(block) {
                    continue;
                }
                dropped.insert(Arc::as_ptr(block));
                inner.blocks.remove(&key);
            }
            let blocks = &inner.blocks;
            if let Some(keys) = inner.pages.get_mut(&page) {
                keys.retain(|key| blocks.contains_key(key));
                if keys.is_empty() {
                    inner.pages.remove(&page);
                }
            }
        }
        if dropped.is_empty() {
            return false;
        }
        let blocks = &inner.blocks;
        inner.regions.retain(|region| {
            let stays = !region
                .blocks
                .iter()
                .any(|block| dropped.contains(&Arc::as_ptr(block)));
            if !stays {
                region.head.region.store(0, Ordering::Release);
                region.head.set_heat(Heat::Cold);
                for key in region.blocks.iter().map(|block| Key::of(block)) {
                    if let Some(translation) = blocks.get(&key) {
                        translation.covered.store(false, Ordering::Relaxed);
                    }
                }
            }
            stays
        });
        self.generation.fetch_add(1, Ordering::AcqRel);
        true
    }

    /// Forgets all generated code; translations become cold again, to be looked at after `limit`
    /// executions.
    pub fn drop_generated_code(&self, limit: u32) {
        let mut inner = self.lock();
        inner.regions.clear();
        for translation in inner.blocks.values() {
            translation.region.store(0, Ordering::Release);
            translation.set_baseline(None);
            translation.covered.store(false, Ordering::Relaxed);
            translation.block.profile.restart(limit);
            translation.set_heat(Heat::Cold);
        }
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// Forgets all translations.
    pub fn clear(&self) {
        let mut inner = self.lock();
        *inner = Inner::default();
        self.generation.fetch_add(1, Ordering::AcqRel);
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
        self.lock()
            .blocks
            .get(&Key { pc, mode })
            .is_some_and(|translation| translation.region().is_some())
    }
}
