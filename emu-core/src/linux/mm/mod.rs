//! Guest memory management: the page map, the host's mappings and the executable pages, kept
//! in step.
//!
//! | part | module |
//! |---|---|
//! | which ranges are mapped | [`page_map`] |
//! | host mappings and accesses (unsafe) | [`space`] |
//! | which pages may be executed | [`exec_pages`] |
//! | `/proc/self/maps` | [`maps_file`] |
//!
//! Guest pages are host pages. Guest code is mapped readable, never executable. Lock order:
//! the page map's lock is a leaf.

pub(crate) mod exec_pages;
pub(crate) mod maps_file;
pub(crate) mod page_map;
pub(crate) mod space;

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::os::fd::BorrowedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use emu_tcg::guest::Fetch;

use self::exec_pages::ExecPages;
pub(crate) use self::page_map::{Backing, FileBacking, PageMap, Protection, Region};
pub(crate) use self::space::{GuestSpace, Plain, StringError, plain_struct};
use super::errno::Errno;
use crate::loader::elf::{ADDRESS_LIMIT, LOWEST_ADDRESS, PAGE_SIZE, page_ceil, page_floor};

/// Where to place things that may go anywhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// End of the main thread's stack.
    pub(crate) stack_end: u64,
    /// Anonymous and file mappings grow downwards from here.
    pub(crate) mmap_end: u64,
    /// Where position-independent programs go.
    pub(crate) program_base: u64,
}

impl Layout {
    /// Bytes kept free between the stack's lowest page and the mappings, besides the stack's size.
    const STACK_GAP: u64 = 16 << 20;
    /// Size of the main thread's stack.
    pub(crate) const STACK_SIZE: u64 = 8 << 20;

    /// The layout, shifted by up to `entropy` pages.
    pub(crate) fn new(entropy: u64) -> Layout {
        let shift = |bits: u64, from: u32| ((entropy >> from) & ((1 << bits) - 1)) * PAGE_SIZE;
        let stack_end = ADDRESS_LIMIT - (1 << 20) - shift(14, 0);
        Layout {
            stack_end,
            mmap_end: page_floor(stack_end - Self::STACK_SIZE - Self::STACK_GAP) - shift(16, 14),
            program_base: page_floor(ADDRESS_LIMIT / 3 * 2) - shift(16, 30),
        }
    }
}

/// What an `mmap` maps.
pub(crate) enum Source<'a> {
    /// Zeroes.
    Anonymous,
    /// A file.
    File {
        /// The open file.
        file: BorrowedFd<'a>,
        /// What the page map says about it.
        backing: FileBacking,
    },
}

/// Where an `mmap` may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placement {
    /// Anywhere, there if it is free.
    Hint(u64),
    /// There, replacing what is mapped.
    Fixed(u64),
    /// There, if nothing is mapped.
    FixedNoReplace(u64),
}

/// A guest's memory.
pub(crate) struct MemoryMap {
    pub(crate) space: GuestSpace,
    pub(crate) layout: Layout,
    exec: ExecPages,
    state: Mutex<State>,
}

/// Under the lock.
#[derive(Debug, Default)]
pub(crate) struct State {
    pages: PageMap,
    brk_start: u64,
    brk: u64,
    /// Attached System V segments: lengths by address.
    segments: BTreeMap<u64, u64>,
}

impl MemoryMap {
    /// Reserves an empty guest space.
    pub(crate) fn new(layout: Layout) -> io::Result<MemoryMap> {
        Ok(MemoryMap {
            space: GuestSpace::reserve()?,
            layout,
            exec: ExecPages::new(),
            state: Mutex::new(State::default()),
        })
    }

    /// Locks, for a fork.
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at the page map.
    pub(crate) fn with_pages<R>(&self, look: impl FnOnce(&PageMap) -> R) -> R {
        look(&self.lock().pages)
    }

    /// Whether any page of the range may be executed: then translations of it may exist.
    pub(crate) fn may_hold_code(&self, start: u64, len: u64) -> bool {
        self.exec.any(start..start.saturating_add(len))
    }

    /// Maps memory and returns where. `flags` are Linux's, without those about placement.
    pub(crate) fn map(
        &self,
        placement: Placement,
        len: u64,
        protection: Protection,
        flags: i32,
        source: Source<'_>,
    ) -> Result<u64, Errno> {
        let flags = flags
            & !(libc::MAP_FIXED
                | libc::MAP_FIXED_NOREPLACE
                | libc::MAP_GROWSDOWN
                | libc::MAP_32BIT);
        let mut state = self.lock();
        let len = checked_len(len)?;
        let address = self.place(&state.pages, placement, len, PAGE_SIZE)?;
        self.map_at(&mut state, address, len, protection, flags, source)?;
        Ok(address)
    }

    /// Finds room for `len` bytes at a multiple of `alignment`, near `hint` if there is one.
    pub(crate) fn find_room(&self, hint: u64, len: u64, alignment: u64) -> Result<u64, Errno> {
        let hint = hint & !(alignment - 1);
        self.place(
            &self.lock().pages,
            Placement::Hint(hint),
            checked_len(len)?,
            alignment,
        )
    }

    /// Maps with a name of its own in `/proc/self/maps`.
    pub(crate) fn map_named(
        &self,
        address: u64,
        len: u64,
        protection: Protection,
        name: &'static str,
    ) -> Result<(), Errno> {
        let flags = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
        self.map(
            Placement::Fixed(address),
            len,
            protection,
            flags,
            Source::Anonymous,
        )?;
        let region = Region {
            end: address + len,
            protection,
            shared: false,
            backing: Backing::Named(name),
        };
        self.lock().pages.insert(address, region);
        Ok(())
    }

    fn place(
        &self,
        pages: &PageMap,
        placement: Placement,
        len: u64,
        alignment: u64,
    ) -> Result<u64, Errno> {
        match placement {
            Placement::Fixed(address) | Placement::FixedNoReplace(address) => {
                let range = checked_range(address, len)?;
                if address < LOWEST_ADDRESS {
                    return Err(Errno::EPERM);
                }
                if matches!(placement, Placement::FixedNoReplace(_)) && !pages.is_free(range) {
                    return Err(Errno::EEXIST);
                }
                Ok(address)
            }
            Placement::Hint(hint) => {
                let hint = page_floor(hint);
                let fits = hint >= LOWEST_ADDRESS
                    && checked_range(hint, len).is_ok_and(|range| {
                        range.end <= self.layout.stack_end && pages.is_free(range)
                    });
                if fits {
                    return Ok(hint);
                }
                pages
                    .find_gap_below(self.layout.mmap_end, LOWEST_ADDRESS, len, alignment)
                    .ok_or(Errno::ENOMEM)
            }
        }
    }

    fn map_at(
        &self,
        state: &mut State,
        address: u64,
        len: u64,
        protection: Protection,
        flags: i32,
        source: Source<'_>,
    ) -> Result<(), Errno> {
        let backing = match source {
            Source::Anonymous => {
                self.space.map_anonymous(address, len, protection, flags)?;
                Backing::Anonymous
            }
            Source::File { file, backing } => {
                self.space.map_file(
                    address,
                    len,
                    protection,
                    flags & !libc::MAP_ANONYMOUS,
                    file,
                    backing.offset,
                )?;
                Backing::File(backing)
            }
        };
        let end = address + len;
        let shared = flags & libc::MAP_SHARED != 0;
        state.pages.insert(
            address,
            Region {
                end,
                protection,
                shared,
                backing,
            },
        );
        self.exec.set(address..end, protection.execute);
        Ok(())
    }

    /// `munmap`.
    pub(crate) fn unmap(&self, address: u64, len: u64) -> Result<(), Errno> {
        let range = checked_range(address, checked_len(len)?)?;
        let mut state = self.lock();
        // Only what is mapped: replacing all of a wild, huge range would cost host mappings.
        for part in state.pages.mapped(range.clone()) {
            self.space.unmap(part.start, part.end - part.start)?;
        }
        state.pages.remove(range.clone());
        self.exec.set(range, false);
        Ok(())
    }

    /// `mprotect`.
    pub(crate) fn protect(
        &self,
        address: u64,
        len: u64,
        protection: Protection,
    ) -> Result<(), Errno> {
        if page_floor(address) != address {
            return Err(Errno::EINVAL);
        }
        if len == 0 {
            return Ok(());
        }
        let len = checked_len(len)?;
        let range = checked_range(address, len).map_err(|_| Errno::ENOMEM)?;
        let mut state = self.lock();
        if !state.pages.is_covered(range.clone()) {
            return Err(Errno::ENOMEM);
        }
        self.space.protect(address, len, protection)?;
        state.pages.protect(range.clone(), protection);
        self.exec.set(range, protection.execute);
        Ok(())
    }

    /// `mremap`; `fixed` is the new address that `MREMAP_FIXED` names.
    pub(crate) fn remap(
        &self,
        old: u64,
        old_len: u64,
        new_len: u64,
        may_move: bool,
        fixed: Option<u64>,
    ) -> Result<u64, Errno> {
        let (old_len, new_len) = (checked_len(old_len)?, checked_len(new_len)?);
        let old_range = checked_range(old, old_len)?;
        let mut state = self.lock();
        let (_, region) = match state.pages.overlapping(old_range.clone()).as_slice() {
            [(start, region)] if *start == old && region.end == old_range.end => {
                (*start, region.clone())
            }
            // Several regions: Linux refuses as well, unless nothing needs to change.
            _ if state.pages.is_covered(old_range.clone())
                && fixed.is_none()
                && new_len <= old_len =>
            {
                drop(state);
                if new_len < old_len {
                    self.unmap(old + new_len, old_len - new_len)?;
                }
                return Ok(old);
            }
            _ => return Err(Errno::EFAULT),
        };
        let target = match fixed {
            Some(new) => {
                let new_range = checked_range(new, new_len)?;
                if new_range.start < old_range.end && old_range.start < new_range.end {
                    return Err(Errno::EINVAL);
                }
                if new < LOWEST_ADDRESS {
                    return Err(Errno::EPERM);
                }
                Some(new)
            }
            None => None,
        };
        if target.is_none() {
            if new_len <= old_len {
                drop(state);
                if new_len < old_len {
                    self.unmap(old + new_len, old_len - new_len)?;
                }
                return Ok(old);
            }
            let tail = old_range.end..old + new_len;
            if tail.end <= ADDRESS_LIMIT && state.pages.is_free(tail.clone()) {
                if matches!(region.backing, Backing::File(_)) || region.shared {
                    self.space.extend_mapping(old, old_len, new_len)?;
                } else {
                    let flags = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
                    self.space.map_anonymous(
                        tail.start,
                        tail.end - tail.start,
                        region.protection,
                        flags,
                    )?;
                }
                self.exec.set(old..old + new_len, region.protection.execute);
                state.pages.insert(
                    old,
                    Region {
                        end: old + new_len,
                        ..region
                    },
                );
                return Ok(old);
            }
            if !may_move {
                return Err(Errno::ENOMEM);
            }
        }
        let new = match target {
            Some(new) => new,
            None => self.place(&state.pages, Placement::Hint(0), new_len, PAGE_SIZE)?,
        };
        let anonymous = !region.shared && !matches!(region.backing, Backing::File(_));
        let moved_len = old_len.min(new_len);
        if anonymous {
            // Moved page by page, then grown, so that the old range never becomes a hole.
            self.space.move_mapping(old, moved_len, new, moved_len)?;
            if new_len > moved_len {
                let flags = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
                self.space.map_anonymous(
                    new + moved_len,
                    new_len - moved_len,
                    region.protection,
                    flags,
                )?;
            }
            self.space.unmap(old, old_len)?;
        } else {
            self.space.move_mapping(old, old_len, new, new_len)?;
        }
        state.pages.remove(old_range.clone());
        self.exec.set(old_range, false);
        self.exec.set(new..new + new_len, region.protection.execute);
        state.pages.insert(
            new,
            Region {
                end: new + new_len,
                ..region
            },
        );
        Ok(new)
    }

    /// Attaches a System V shared memory segment of `len` bytes.
    pub(crate) fn attach_segment(
        &self,
        segment: i32,
        len: u64,
        placement: Placement,
        protection: Protection,
    ) -> Result<u64, Errno> {
        let mut state = self.lock();
        let len = checked_len(len)?;
        let address = self.place(&state.pages, placement, len, PAGE_SIZE)?;
        self.space
            .attach_segment(segment, address, len, protection)?;
        let region = Region {
            end: address + len,
            protection,
            shared: true,
            backing: Backing::Named("/SYSV"),
        };
        state.pages.insert(address, region);
        state.segments.insert(address, len);
        self.exec.set(address..address + len, protection.execute);
        Ok(address)
    }

    /// Detaches the segment at `address`.
    pub(crate) fn detach_segment(&self, address: u64) -> Result<(), Errno> {
        let len = self.lock().segments.remove(&address).ok_or(Errno::EINVAL)?;
        self.unmap(address, len)
    }

    /// Sets where the heap starts.
    pub(crate) fn set_brk_start(&self, start: u64) {
        let mut state = self.lock();
        state.brk_start = page_ceil(start);
        state.brk = state.brk_start;
    }

    /// `brk`: moves the heap's end if possible, and returns where it is.
    pub(crate) fn set_brk(&self, requested: u64) -> u64 {
        let mut state = self.lock();
        let (start, current) = (state.brk_start, state.brk);
        if requested < start || requested > self.layout.stack_end {
            return current;
        }
        let (old_end, new_end) = (page_ceil(current), page_ceil(requested));
        if new_end > old_end {
            // A page of distance to whatever follows, as a guard.
            if !state.pages.is_free(old_end..new_end + PAGE_SIZE) {
                return current;
            }
            let protection = Protection {
                read: true,
                write: true,
                execute: false,
            };
            let flags = libc::MAP_PRIVATE | libc::MAP_NORESERVE;
            if self
                .space
                .map_anonymous(old_end, new_end - old_end, protection, flags)
                .is_err()
            {
                return current;
            }
            let region = Region {
                end: new_end,
                protection,
                shared: false,
                backing: Backing::Named("[heap]"),
            };
            state.pages.insert(old_end, region);
        } else if new_end < old_end {
            if self.space.unmap(new_end, old_end - new_end).is_err() {
                return current;
            }
            state.pages.remove(new_end..old_end);
        }
        state.brk = requested;
        requested
    }

    /// Whether every page of the range is mapped.
    pub(crate) fn is_mapped(&self, address: u64, len: u64) -> bool {
        checked_range(address, len).is_ok_and(|range| self.lock().pages.is_covered(range))
    }
}

impl Fetch for MemoryMap {
    fn fetch(&self, pc: u64, buffer: &mut [u8]) -> bool {
        let last = pc.wrapping_add(buffer.len() as u64 - 1);
        let executable = self.exec.contains(pc)
            && (page_floor(pc) == page_floor(last) || self.exec.contains(last));
        executable && self.space.read_bytes(pc, buffer).is_ok()
    }
}

/// A length in whole pages.
fn checked_len(len: u64) -> Result<u64, Errno> {
    if len == 0 {
        return Err(Errno::EINVAL);
    }
    if len > ADDRESS_LIMIT {
        return Err(Errno::ENOMEM);
    }
    Ok(page_ceil(len))
}

/// A page-aligned range inside the guest's space.
fn checked_range(address: u64, len: u64) -> Result<Range<u64>, Errno> {
    if page_floor(address) != address {
        return Err(Errno::EINVAL);
    }
    let end = address
        .checked_add(len)
        .filter(|&end| end <= ADDRESS_LIMIT)
        .ok_or(Errno::ENOMEM)?;
    Ok(address..page_ceil(end))
}

#[cfg(test)]
mod tests;
