//! Execution counts of blocks, and the table that holds them.
//!
//! Baseline code counts each run of its block. So the counts lie densely, apart from what else is known of
//! blocks, and at low addresses: a cache line holds those of five blocks, the code names them by short
//! constants, and a forked process that runs code copies few pages for them.
//!
//! Of indirect jumps that are worth it, samples of where they led are kept besides ([`Targets`]).
//!
//! Rules of the unsafe code: an entry of the table belongs to one [`ProfileBox`], or to the list of free
//! ones; all access to it is atomic. The table lives as long as the process. [`TargetsCell`] owns what it
//! points to, which stays until the cell is dropped.
//!
//! No lock is taken, so that a process may fork at any time.

use std::mem::offset_of;
use std::ops::Deref;
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Execution counts of a block, kept by the interpreter's driver and by baseline code. They steer
/// the shape of generated code, never its meaning, so relaxed updates may get lost.
///
/// The count of executions is kept as its distance from a limit, so that counting code sees by the
/// sign whether the limit is reached.
#[derive(Debug)]
#[repr(C)]
pub struct Profile {
    /// Executions less `limit`.
    due: AtomicI32,
    taken: AtomicU32,
    limit: AtomicI32,
}

impl Profile {
    /// Offset of the word that a run increments; not negative any more, it is time to return.
    pub(crate) const DUE: i32 = offset_of!(Profile, due) as i32;
    /// Offset of the word that a taken branch increments.
    pub(crate) const TAKEN: i32 = offset_of!(Profile, taken) as i32;

    /// Nothing counted yet.
    fn new(limit: u32) -> Profile {
        let limit = limit.min(i32::MAX as u32) as i32;
        Profile {
            due: AtomicI32::new(-limit),
            taken: AtomicU32::new(0),
            limit: AtomicI32::new(limit),
        }
    }

    /// Runs of the block.
    #[must_use]
    pub fn executions(&self) -> u32 {
        let (due, limit) = (
            self.due.load(Ordering::Relaxed),
            self.limit.load(Ordering::Relaxed),
        );
        due.wrapping_add(limit).max(0) as u32
    }

    /// How often its branch was taken.
    #[must_use]
    pub fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    /// How often its branch was not taken.
    #[must_use]
    pub fn not_taken(&self) -> u32 {
        self.executions().saturating_sub(self.taken())
    }

    /// Counts a run; whether the limit is reached.
    #[inline]
    pub fn count(&self) -> bool {
        let due = self.due.load(Ordering::Relaxed).wrapping_add(1);
        self.due.store(due, Ordering::Relaxed);
        due >= 0
    }

    /// Counts a taken branch.
    #[inline]
    pub fn count_taken(&self) {
        let taken = self.taken.load(Ordering::Relaxed).wrapping_add(1);
        self.taken.store(taken, Ordering::Relaxed);
    }

    /// Sets the number of executions from which [`Profile::count`] says so.
    pub fn set_limit(&self, limit: u32) {
        let limit = limit.min(i32::MAX as u32) as i32;
        let executions = self.executions() as i32;
        self.limit.store(limit, Ordering::Relaxed);
        self.due
            .store(executions.wrapping_sub(limit), Ordering::Relaxed);
    }

    /// As if counted: so many runs, of which so many took the branch.
    pub fn set(&self, executions: u32, taken: u32) {
        self.taken.store(taken, Ordering::Relaxed);
        let executions = executions.min(i32::MAX as u32) as i32;
        let limit = self.limit.load(Ordering::Relaxed);
        self.due
            .store(executions.wrapping_sub(limit), Ordering::Relaxed);
    }

    /// Halves the counts if there are more than `many` executions.
    pub fn age(&self, many: u32) {
        let executions = self.executions();
        if executions > many {
            self.set(executions / 2, self.taken() / 2);
        }
    }

    /// Makes the next run reach the limit, unless a count on another thread comes between.
    pub fn expire(&self) {
        self.set_limit(self.executions());
    }

    /// Forgets what was counted.
    pub fn restart(&self, limit: u32) {
        self.taken.store(0, Ordering::Relaxed);
        self.limit.store(0, Ordering::Relaxed);
        self.due.store(0, Ordering::Relaxed);
        self.set_limit(limit);
    }
}

/// Owner of a [`Profile`] that does not move.
#[derive(Debug)]
pub struct ProfileBox(NonNull<Profile>);

// SAFETY: a profile is made of atomics.
unsafe impl Send for ProfileBox {}
// SAFETY: as above.
unsafe impl Sync for ProfileBox {}

impl ProfileBox {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(limit: u32) -> ProfileBox {
        let Some(place) = Table::get().and_then(Table::take) else {
            return ProfileBox(NonNull::from(Box::leak(Box::new(Profile::new(limit)))));
        };
        let this = ProfileBox(place);
        this.restart(limit);
        this
    }
}

impl Deref for ProfileBox {
    type Target = Profile;

    fn deref(&self) -> &Profile {
        // SAFETY: it is ours, in the table or on the heap.
        unsafe { self.0.as_ref() }
    }
}

impl Drop for ProfileBox {
    fn drop(&mut self) {
        if !Table::get().is_some_and(|table| table.put_back(self.0)) {
            // SAFETY: what is not in the table came from a box.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

/// Samples of where an indirect jump led.
///
/// Which executions are sampled follows from their number, scattered, so that no short period of the
/// guest's is seen in one phase only; about one in 32 is.
#[derive(Debug)]
#[repr(C)]
pub struct Targets {
    samples: [AtomicU64; Targets::SAMPLES],
}

impl Targets {
    /// How many samples are kept; new ones replace old ones.
    pub(crate) const SAMPLES: usize = 32;
    /// By this an execution's number is multiplied,
    pub(crate) const SCATTER: u32 = 0x9e37_79b1;
    /// and so many upper bits of the product are the number of the sample to replace, if there is one of
    /// that number.
    pub(crate) const NUMBER_BITS: u32 = 10;
    /// Not an address of an instruction.
    const NONE: u64 = u64::MAX;

    fn new() -> Targets {
        Targets {
            samples: [const { AtomicU64::new(Targets::NONE) }; Targets::SAMPLES],
        }
    }

    /// As if execution number `execution`, were it sampled, led to `pc`.
    pub fn set(&self, execution: u32, pc: u64) {
        self.samples[execution as usize % Targets::SAMPLES].store(pc, Ordering::Relaxed);
    }

    /// The addresses seen, those first that were seen most often, with the numbers of their samples.
    #[must_use]
    pub fn seen(&self) -> Vec<(u64, u32)> {
        let samples = self.samples.iter();
        let mut samples: Vec<u64> = samples
            .map(|sample| sample.load(Ordering::Relaxed))
            .filter(|&pc| pc != Targets::NONE)
            .collect();
        samples.sort_unstable();
        let mut seen: Vec<(u64, u32)> = samples
            .chunk_by(|a, b| a == b)
            .map(|same| (same[0], same.len() as u32))
            .collect();
        seen.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        seen
    }
}

/// The [`Targets`] of a block, once there are any.
#[derive(Debug, Default)]
pub struct TargetsCell(AtomicPtr<Targets>);

impl TargetsCell {
    /// The samples, if some may have been taken.
    #[must_use]
    pub fn get(&self) -> Option<&Targets> {
        // SAFETY: null, or ours for as long as we live.
        unsafe { self.0.load(Ordering::Acquire).as_ref() }
    }

    /// The samples, to add to them.
    pub fn get_or_new(&self) -> &Targets {
        if let Some(targets) = self.get() {
            return targets;
        }
        let new = Box::into_raw(Box::new(Targets::new()));
        let exchange =
            self.0
                .compare_exchange(ptr::null_mut(), new, Ordering::AcqRel, Ordering::Acquire);
        let targets = match exchange {
            Ok(_) => new,
            Err(other) => {
                // SAFETY: it came from a box and nobody else has seen it.
                drop(unsafe { Box::from_raw(new) });
                other
            }
        };
        // SAFETY: not null, and ours for as long as we live.
        unsafe { &*targets }
    }
}

impl Drop for TargetsCell {
    fn drop(&mut self) {
        let targets = *self.0.get_mut();
        if !targets.is_null() {
            // SAFETY: it came from a box, and is shared with nobody any more.
            drop(unsafe { Box::from_raw(targets) });
        }
    }
}

/// Profiles that the table has room for; more are on the heap. Memory is used as needed.
const CAPACITY: u32 = 1 << 22;
const BYTES: usize = CAPACITY as usize * size_of::<Profile>();
/// The end of the list of free entries.
const END: u32 = u32::MAX;

struct Table {
    base: NonNull<Profile>,
    /// Entries from here on have never been used.
    used: AtomicU32,
    /// The first free entry below `used`, and in the upper half how often that has changed. The next one
    /// is in the entry's `due`.
    free: AtomicU64,
}

// SAFETY: the entries are atomics in memory that stays.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

impl Table {
    /// The table; `None` if the host has no memory for it.
    fn get() -> Option<&'static Table> {
        static TABLE: OnceLock<Option<Table>> = OnceLock::new();
        TABLE.get_or_init(Table::new).as_ref()
    }

    fn new() -> Option<Table> {
        // SAFETY: a new private mapping at an address of the kernel's choice.
        let memory = unsafe {
            libc::mmap(
                ptr::null_mut(),
                BYTES,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_32BIT,
                -1,
                0,
            )
        };
        let base = (memory != libc::MAP_FAILED).then_some(memory)?;
        Some(Table {
            base: NonNull::new(base.cast())?,
            used: AtomicU32::new(0),
            free: AtomicU64::new(u64::from(END)),
        })
    }

    fn entry(&self, index: u32) -> NonNull<Profile> {
        // SAFETY: indices are below the capacity.
        unsafe { self.base.add(index as usize) }
    }

    /// An entry that is nobody's.
    fn take(&self) -> Option<NonNull<Profile>> {
        let mut head = self.free.load(Ordering::Acquire);
        while head as u32 != END {
            let entry = self.entry(head as u32);
            // SAFETY: zeroes are a profile, and so is what was one. If the entry is not free any more,
            // what is read is of no use, and the head has changed.
            let next = unsafe { entry.as_ref() }.due.load(Ordering::Relaxed) as u32;
            match self.exchange(head, next) {
                Ok(_) => return Some(entry),
                Err(now) => head = now,
            }
        }
        let next = |used: u32| (used < CAPACITY).then_some(used + 1);
        let index = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, next);
        Some(self.entry(index.ok()?))
    }

    /// Frees `profile`, if it is an entry.
    fn put_back(&self, profile: NonNull<Profile>) -> bool {
        let offset = (profile.as_ptr() as usize).wrapping_sub(self.base.as_ptr() as usize);
        if offset >= BYTES {
            return false;
        }
        let index = (offset / size_of::<Profile>()) as u32;
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            // SAFETY: an entry, which is ours until the exchange.
            let due = unsafe { &profile.as_ref().due };
            due.store(head as u32 as i32, Ordering::Relaxed);
            match self.exchange(head, index) {
                Ok(_) => return true,
                Err(now) => head = now,
            }
        }
    }

    fn exchange(&self, head: u64, first: u32) -> Result<u64, u64> {
        let changes = (head >> 32).wrapping_add(1) << 32;
        self.free.compare_exchange_weak(
            head,
            changes | u64::from(first),
            Ordering::AcqRel,
            Ordering::Acquire,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_never_share_an_entry() {
        let work = |thread: u32| {
            for round in 0..2000 {
                let limits = (0..8).map(|n| 1 + thread * 1_000_000 + round * 8 + n);
                let profiles: Vec<ProfileBox> = limits.clone().map(ProfileBox::new).collect();
                for (profile, limit) in profiles.iter().zip(limits) {
                    profile.set(limit - 1, 0);
                    assert!(profile.count());
                    assert_eq!(profile.executions(), limit);
                }
            }
        };
        std::thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || work(thread));
            }
        });
    }

    #[test]
    fn old_counts_are_halved_before_they_overflow() {
        let profile = ProfileBox::new(10);
        for (executions, taken, halved) in [(100, 40, (100, 40)), (101, 40, (50, 20))] {
            profile.set(executions, taken);
            profile.age(100);
            assert_eq!((profile.executions(), profile.taken()), halved);
        }
    }

    #[test]
    fn targets_are_told_by_frequency() {
        let targets = TargetsCell::default();
        assert!(targets.get().is_none());
        for execution in 0..100 {
            let pc = if execution % 4 == 0 { 0x10 } else { 0x20 };
            targets.get_or_new().set(execution, pc);
        }
        let samples = Targets::SAMPLES as u32;
        let seen = targets.get().map(Targets::seen);
        assert_eq!(
            seen,
            Some(vec![(0x20, samples * 3 / 4), (0x10, samples / 4)])
        );
    }

    #[test]
    fn code_names_entries_by_short_constants() {
        let profile = ProfileBox::new(1);
        let in_table = Table::get().is_some_and(|table| table.used.load(Ordering::Relaxed) > 0);
        assert!(in_table && u32::try_from(profile.0.as_ptr() as usize).is_ok());
    }
}
