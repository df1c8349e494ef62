//! Exit slots: where generated code goes when it leaves a region by a direct jump.
//!
//! An exit loads its slot's code address and jumps to it. Unlinked, that is the stub of
//! [`super::enter`], which brings the slot back to the execution loop; linked, it is another
//! region. Linking is one atomic store; no code is patched.
//!
//! Invariant: a slot's address never changes while the table lives, since code holds it.

use std::ffi::c_void;
use std::io;
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

/// A growing table of slots at fixed addresses.
#[derive(Debug)]
pub(super) struct SlotTable {
    base: NonNull<Slot>,
    used: u32,
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
        Ok(SlotTable { base, used: 0 })
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

    /// The slot at `address`, if there is one and it is for `target`.
    pub(super) fn find(&self, address: u64, target: u64) -> Option<SlotId> {
        let offset = address.checked_sub(self.base.as_ptr() as u64)?;
        let size = size_of::<Slot>() as u64;
        let id = SlotId(u32::try_from(offset / size).ok()?);
        let is_slot = offset % size == 0 && id.0 < self.used && self.target(id) == target;
        is_slot.then_some(id)
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
    }
}

impl Drop for SlotTable {
    fn drop(&mut self) {
        // SAFETY: our mapping; whoever owned the table owned the code that points into it.
        unsafe { libc::munmap(self.base.as_ptr().cast::<c_void>(), BYTES) };
    }
}
