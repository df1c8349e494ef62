//! Memory for generated code: one reserved range, mapped twice.
//!
//! Code is written through one view (read-write) and runs in the other (read-execute); no page
//! is ever writable and executable at one address. Both views are of a memory file, which a forked child
//! shares with its parent, and neither may change bytes that the other runs. So what was written before a
//! fork is never written again: only displacements of newer jumps are ([`Arena::patch`]), and
//! [`Arena::reset`] and [`Arena::detach`] put a fresh file under the addresses.
//!
//! What has been written through the first view leaves its page tables again, so that the memory is not
//! the process's twice over.
//!
//! Rules of the unsafe code: all addresses lie in the two reservations, which live as long as
//! the arena; only [`Arena::write`] writes, to what was just handed out and nothing runs yet, and [`Arena::patch`],
//! single aligned words, each of which a jump takes as it was or as it is.

use std::ffi::c_void;
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

const PAGE: usize = 4096;
/// Entries start on cache lines, but for those of short pieces, of which there are many.
const ALIGN: usize = 64;
const ALIGN_SHORT: usize = 4;
/// Where a piece is short no more.
const SHORT: usize = 1024;
/// So much at a time is set aside for cold code, but no more than a quarter of the arena.
const COLD: usize = 16 << 10;
/// So much is written before the writable view's pages are given back.
const WINDOW: usize = 256 << 10;

/// See the module's documentation.
#[derive(Debug)]
pub(super) struct Arena {
    execute: usize,
    write: usize,
    capacity: usize,
    used: usize,
    /// What is set aside for cold code, and not handed out yet.
    cold: Range<usize>,
    /// `used` when pages of the writable view were last given back.
    released: usize,
    /// Below, another process may share the code.
    shared: usize,
}

impl Arena {
    /// Reserves `capacity` bytes, rounded up to pages.
    pub(super) fn new(capacity: usize) -> io::Result<Arena> {
        let capacity = capacity.max(PAGE).next_multiple_of(PAGE);
        let mut arena = Arena {
            execute: 0,
            write: 0,
            capacity,
            used: 0,
            cold: 0..0,
            released: 0,
            shared: 0,
        };
        arena.execute = reserve(capacity)?;
        arena.write = reserve(capacity)?;
        arena.map_from(0)?;
        Ok(arena)
    }

    /// The range that code runs in.
    pub(super) fn range(&self) -> Range<usize> {
        self.execute..self.execute + self.capacity
    }

    /// Bytes from the start to the end of what was handed out.
    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Hands out memory for `code` bytes of code and for `cold` bytes of code that hardly ever runs: their offsets;
    /// `None` if they do not fit.
    pub(super) fn allocate(&mut self, code: usize, cold: usize) -> Option<(u32, u32)> {
        if self.cold.len() < cold {
            let len = COLD.min(self.capacity / 4).max(cold);
            let start = self.take(len, ALIGN)?;
            self.cold = start..start + len;
        }
        let align = if code < SHORT { ALIGN_SHORT } else { ALIGN };
        let start = self.take(code, align)?;
        let cold_start = self.cold.start;
        self.cold.start += cold;
        Some((start as u32, cold_start as u32))
    }

    /// The next `len` bytes.
    fn take(&mut self, len: usize, align: usize) -> Option<usize> {
        let start = self.used.next_multiple_of(align);
        let end = start.checked_add(len)?;
        if end > self.capacity {
            return None;
        }
        self.used = end;
        if end - self.released >= WINDOW {
            self.release_writable();
        }
        Some(start)
    }

    /// Copies `code` to offset `start`, which was handed out for it.
    pub(super) fn write(&mut self, start: u32, code: &[u8]) {
        let start = start as usize;
        assert!(code.is_empty() || self.shared <= start && start + code.len() <= self.used);
        // SAFETY: within the writable view, and no other process runs it.
        unsafe {
            ptr::copy_nonoverlapping(code.as_ptr(), (self.write + start) as *mut u8, code.len())
        };
    }

    /// Gives the pages that are written back, but for the one that is written next.
    fn release_writable(&mut self) {
        let end = self.used & !(PAGE - 1);
        // SAFETY: whole pages of our own reservation; the file keeps what they hold.
        unsafe { libc::madvise(self.write as *mut c_void, end, libc::MADV_DONTNEED) };
        self.released = end;
    }

    /// Makes the jump whose displacement is at offset `displacement` go to the code at offset `target`;
    /// `false` (and nothing done) if another process may share it.
    pub(super) fn patch(&self, displacement: u32, target: u32) -> bool {
        let at = displacement as usize;
        debug_assert!(at.is_multiple_of(4) && at + 4 <= self.used);
        if at < self.shared {
            return false;
        }
        let distance = target.wrapping_sub(displacement + 4) as i32;
        // SAFETY: an aligned word of the writable view that was handed out.
        let word = unsafe { &*((self.write + at) as *const AtomicI32) };
        word.store(distance, Ordering::Release);
        true
    }

    /// The process is about to fork: what is there is never written again.
    pub(super) fn share(&mut self) {
        self.cold = 0..0;
        self.shared = self.used;
    }

    /// Frees everything. The caller guarantees that no code of the arena runs or will run.
    pub(super) fn reset(&mut self) -> io::Result<()> {
        self.used = 0;
        self.cold = 0..0;
        self.released = 0;
        self.shared = 0;
        self.map_from(0)
    }

    /// In a forked child: what is allocated from now on is this process's own.
    pub(super) fn detach(&mut self) -> io::Result<()> {
        self.used = self.used.next_multiple_of(PAGE);
        self.cold = 0..0;
        self.released = self.used;
        self.shared = self.used;
        self.map_from(self.used)
    }

    /// Puts a fresh file under both views from offset `start` to the end.
    fn map_from(&self, start: usize) -> io::Result<()> {
        let len = self.capacity - start;
        if len == 0 {
            return Ok(());
        }
        // SAFETY: the name is a C string; the call has no other memory effects.
        let fd = unsafe { libc::memfd_create(c"emu-code".as_ptr(), libc::MFD_CLOEXEC) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: `fd` is open and ours alone.
        let file = unsafe { OwnedFd::from_raw_fd(fd) };
        // SAFETY: as above; no memory effects.
        if unsafe { libc::ftruncate(file.as_raw_fd(), len as libc::off_t) } != 0 {
            return Err(io::Error::last_os_error());
        }
        let views = [
            (self.write, libc::PROT_READ | libc::PROT_WRITE),
            (self.execute, libc::PROT_READ | libc::PROT_EXEC),
        ];
        for (view, protection) in views {
            // SAFETY: replaces pages of our own reservation that nothing refers to (module rules).
            let mapped = unsafe {
                libc::mmap(
                    (view + start) as *mut c_void,
                    len,
                    protection,
                    libc::MAP_SHARED | libc::MAP_FIXED,
                    file.as_raw_fd(),
                    0,
                )
            };
            if mapped == libc::MAP_FAILED {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        for view in [self.execute, self.write] {
            if view != 0 {
                // SAFETY: our reservation; the owner of the arena runs no code of it any more.
                unsafe { libc::munmap(view as *mut c_void, self.capacity) };
            }
        }
    }
}

fn reserve(len: usize) -> io::Result<usize> {
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let start = unsafe {
        libc::mmap(
            ptr::null_mut(),
            len,
            libc::PROT_NONE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        Err(io::Error::last_os_error())
    } else {
        Ok(start as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `mov eax, imm32; ret`
    fn function(value: u32) -> Vec<u8> {
        let mut code = vec![0xb8];
        code.extend(value.to_le_bytes());
        code.push(0xc3);
        code
    }

    fn call(address: usize) -> u32 {
        // SAFETY: the address is that of a complete function of this type, written above.
        let function: extern "C" fn() -> u32 = unsafe { std::mem::transmute(address) };
        function()
    }

    /// Hands out memory for `code` and writes it there; its offset.
    fn place(arena: &mut Arena, code: &[u8]) -> Option<u32> {
        let (start, _) = arena.allocate(code.len(), 0)?;
        arena.write(start, code);
        Some(start)
    }

    fn run(arena: &Arena, start: u32) -> u32 {
        call(arena.range().start + start as usize)
    }

    #[test]
    fn what_is_written_in_one_view_runs_in_the_other() {
        let mut arena = Arena::new(PAGE).unwrap();
        let one = place(&mut arena, &function(1)).unwrap();
        let two = place(&mut arena, &function(2)).unwrap();
        assert_eq!((run(&arena, one), run(&arena, two)), (1, 2));
        assert_eq!(two as usize % ALIGN_SHORT, 0);
        assert!(place(&mut arena, &[0; PAGE]).is_none());
        arena.reset().unwrap();
        let three = place(&mut arena, &function(3)).unwrap();
        assert_eq!((three, run(&arena, three)), (one, 3));
    }

    #[test]
    fn cold_code_lies_apart() {
        let mut arena = Arena::new(4 * COLD).unwrap();
        let (first, first_cold) = arena.allocate(64, 100).unwrap();
        let (second, second_cold) = arena.allocate(64, 100).unwrap();
        assert_eq!((second, second_cold), (first + 64, first_cold + 100));
        // More than what is left of what was set aside.
        let (third, third_cold) = arena.allocate(64, COLD - 100).unwrap();
        assert!(third_cold >= second + 64 && third_cold as usize + COLD <= third as usize);
        // What another process may share is not written to.
        arena.share();
        let (_, cold) = arena.allocate(64, 10).unwrap();
        assert!(cold >= third + 64);
        arena.write(cold, &[0; 10]);
        assert!(arena.allocate(0, 4 * COLD).is_none());
    }

    #[test]
    fn jumps_are_patched_until_another_process_may_share_them() {
        let mut arena = Arena::new(PAGE).unwrap();
        let one = place(&mut arena, &function(1)).unwrap();
        let two = place(&mut arena, &function(2)).unwrap();
        // Three bytes to align the displacement, and a jump to itself.
        let jump = [0x0f, 0x1f, 0x00, 0xe9, 0xfb, 0xff, 0xff, 0xff];
        let jump = place(&mut arena, &jump).unwrap();
        for (target, value) in [(one, 1), (two, 2)] {
            assert!(arena.patch(jump + 4, target));
            assert_eq!(run(&arena, jump), value);
        }
        arena.share();
        assert!(!arena.patch(jump + 4, one));
        assert_eq!(run(&arena, jump), 2);
    }

    #[test]
    fn code_from_before_a_detach_keeps_running() {
        let mut arena = Arena::new(4 * PAGE).unwrap();
        let one = place(&mut arena, &function(1)).unwrap();
        arena.detach().unwrap();
        let two = place(&mut arena, &function(2)).unwrap();
        assert_eq!((run(&arena, one), run(&arena, two)), (1, 2));
    }
}
