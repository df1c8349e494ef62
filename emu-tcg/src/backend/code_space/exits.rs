//! Exit slots: where generated code goes when it leaves a region by a direct jump.
//!
//! An exit loads its slot's code address and jumps to it. Unlinked, that is the stub of
//! [`super::enter`], which brings the slot back to the execution loop; linked, it is another
//! region. Linking is one atomic store.
//!
//! An exit of baseline code is a jump besides, which is patched to go directly to what the slot is linked to
//! ([`Site`]): code that is not in the host's caches need then not wait for the slot before it is known what
//! comes next. Unlinked, or where code must not be written any more, it goes to the exit through the slot.
//!
//! Invariant: a slot's address never changes while the table lives, since code holds it.

use std::ffi::c_void;
use std::io;
use std::mem::offset_of;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicU64, Ordering};

use super::enter;

/// Names one exit of generated code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SlotId(u32);

#[repr(C, align(16))]
struct Slot {
    /// Where the exit goes. First field: generated code loads it.
    code: AtomicU64,
    /// Guest address that the exit is for.
    target: AtomicU64,
}

/// Offset of the target in a slot.
pub(super) const SLOT_TARGET: usize = offset_of!(Slot, target);

/// The jump of an exit, as offsets from some start that both have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::backend) struct Site {
    /// Of the jump's displacement, whose address is a multiple of 4.
    pub(in crate::backend) displacement: u32,
    /// Of the code that exits through the slot.
    pub(in crate::backend) through_slot: u32,
}

/// A growing table of slots at fixed addresses.
#[derive(Debug)]
pub(super) struct SlotTable {
    base: NonNull<Slot>,
    used: u32,
    /// Of the slots that have one; for as many slots as it is long.
    sites: Vec<Option<Site>>,
}

// SAFETY: the slots are atomics in memory that the table owns.
unsafe impl Send for SlotTable {}

/// How many exits can exist at once; address space is reserved for all, memory used as needed.
const CAPACITY: u32 = 1 << 21;
const BYTES: usize = CAPACITY as usize * size_of::<Slot>();

impl SlotTable {
    pub(super) fn new() -> io::Result<SlotTable> {
        // Low addresses make for shorter code, but any will do.
        let map = |flags: libc::c_int| {
            // SAFETY: a new private mapping at an address of the kernel's choice.
            unsafe {
                libc::mmap(
                    ptr::null_mut(),
                    BYTES,
                    libc::PROT_READ | libc::PROT_WRITE,
                    libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | flags,
                    -1,
                    0,
                )
            }
        };
        let mut memory = map(libc::MAP_32BIT);
        if memory == libc::MAP_FAILED {
            memory = map(0);
        }
        if memory == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(memory.cast::<Slot>())
            .ok_or_else(|| io::Error::other("mapped at zero"))?;
        Ok(SlotTable {
            base,
            used: 0,
            sites: Vec::new(),
        })
    }

    fn slot(&self, id: SlotId) -> &Slot {
        assert!(id.0 < self.used, "exit slot out of range");
        // SAFETY: in range; zeroed memory is a valid slot.
        unsafe { self.base.add(id.0 as usize).as_ref() }
    }

    /// A new unlinked slot for `target`; `None` if there are no more.
    pub(super) fn allocate(&mut self, target: u64) -> Option<SlotId> {
        if self.used == CAPACITY {
            return None;
        }
        let id = SlotId(self.used);
        self.used += 1;
        let slot = self.slot(id);
        slot.target.store(target, Ordering::Relaxed);
        slot.code
            .store(enter::unlinked_stub() as u64, Ordering::Release);
        Some(id)
    }

    /// What generated code holds.
    pub(super) fn address(&self, id: SlotId) -> u64 {
        ptr::from_ref(self.slot(id)) as u64
    }

    /// The inverse of [`SlotTable::address`].
    pub(super) fn at_address(&self, address: u64) -> SlotId {
        SlotId(((address - self.base.as_ptr() as u64) / size_of::<Slot>() as u64) as u32)
    }

    /// The slot's exit has a jump, at these offsets from the start of all code.
    pub(super) fn set_site(&mut self, id: SlotId, site: Site) {
        let index = id.0 as usize;
        if self.sites.len() <= index {
            self.sites.resize(index + 1, None);
        }
        self.sites[index] = Some(site);
    }

    /// The jump of the slot's exit, if it has one.
    pub(super) fn site(&self, id: SlotId) -> Option<Site> {
        self.sites.get(id.0 as usize).copied().flatten()
    }

    /// All jumps.
    pub(super) fn sites(&self) -> impl Iterator<Item = Site> {
        self.sites.iter().copied().flatten()
    }

    /// The guest address that a slot is for.
    pub(super) fn target(&self, id: SlotId) -> u64 {
        self.slot(id).target.load(Ordering::Relaxed)
    }

    /// Makes the exit go to `code`.
    pub(super) fn link(&self, id: SlotId, code: u64) {
        self.slot(id).code.store(code, Ordering::Release);
    }

    /// Makes the exit come back to the loop.
    pub(super) fn unlink(&self, id: SlotId) {
        self.link(id, enter::unlinked_stub() as u64);
    }

    /// Makes every exit come back to the loop.
    pub(super) fn unlink_all(&self) {
        for id in 0..self.used {
            self.unlink(SlotId(id));
        }
    }

    /// Forgets all slots; the caller guarantees that no code holds one any more.
    pub(super) fn reset(&mut self) {
        self.used = 0;
        self.sites.clear();
    }
}

impl Drop for SlotTable {
    fn drop(&mut self) {
        // SAFETY: our mapping; whoever owned the table owned the code that points into it.
        unsafe { libc::munmap(self.base.as_ptr().cast::<c_void>(), BYTES) };
    }
}
