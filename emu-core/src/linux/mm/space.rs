//! Guest memory as the host sees it: checked accesses, and the host mappings inside the
//! reserved range.
//!
//! Rules of the unsafe code:
//! - Every address is checked to lie in the guest's space before the base is added, so neither
//!   an access nor a mapping can touch the emulator's own memory.
//! - Host mappings are replaced, never removed: a hole could be given to somebody else.
//! - The emulator keeps no reference into guest memory; it copies.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use emu_tcg::ir::Size;
use emu_tcg::memory::{self, AddressSpace};

use super::page_map::Protection;
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::loader::elf::{PAGE_SIZE, page_floor};

/// Types that may be copied from and to guest memory as bytes.
///
/// # Safety
/// Every bit pattern is a value, and there is no padding.
pub(crate) unsafe trait Plain: Copy {}

macro_rules! plain {
    ($($type:ty),*) => {
        // SAFETY: integers and arrays of them.
        $(unsafe impl Plain for $type {})*
    };
}
plain!(u8, u16, u32, u64, i16, i32, i64);

// SAFETY: an array has no padding beside its elements'.
unsafe impl<T: Plain, const N: usize> Plain for [T; N] {}

/// Declares a `#[repr(C)]` structure of the guest's ABI, all of whose fields are [`Plain`] and
/// whose size is checked to leave no room for padding.
macro_rules! plain_struct {
    ($(#[$meta:meta])* $vis:vis struct $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[repr(C)]
        #[derive(Debug, Clone, Copy)]
        $vis struct $name { $($(#[$field_meta])* $vis $field: $type,)* }
        const _: () = assert!(size_of::<$name>() == 0 $(+ size_of::<$type>())*, "padding");
        // SAFETY: no padding (just checked), and the fields are plain (checked below).
        unsafe impl $crate::linux::mm::Plain for $name {}
        const _: () = {
            const fn plain<T: $crate::linux::mm::Plain>() {}
            $(plain::<$type>();)*
        };
    };
}
pub(crate) use plain_struct;

/// The guest's space.
pub(crate) struct GuestSpace {
    space: AddressSpace,
}

impl GuestSpace {
    pub(crate) fn reserve() -> io::Result<GuestSpace> {
        Ok(GuestSpace {
            space: AddressSpace::reserve()?,
        })
    }

    /// Host address of guest address 0.
    pub(crate) fn base(&self) -> u64 {
        self.space.base()
    }

    /// Copies guest memory.
    pub(crate) fn read_bytes(&self, address: u64, buffer: &mut [u8]) -> Result<(), Errno> {
        // SAFETY: the reservation lives as long as `self`; faults are recovered from.
        unsafe { memory::read_bytes(self.base(), address, buffer) }.map_err(|_| Errno::EFAULT)
    }

    /// Copies to guest memory.
    pub(crate) fn write_bytes(&self, address: u64, bytes: &[u8]) -> Result<(), Errno> {
        // SAFETY: as for reading; nothing borrows guest memory.
        unsafe { memory::write_bytes(self.base(), address, bytes) }.map_err(|_| Errno::EFAULT)
    }

    /// Reads a value.
    pub(crate) fn read<T: Plain>(&self, address: u64) -> Result<T, Errno> {
        // SAFETY: all bit patterns are values of a plain type, zeroes included.
        let mut value: T = unsafe { std::mem::zeroed() };
        // SAFETY: a plain value may be viewed and changed as its bytes.
        let bytes = unsafe {
            std::slice::from_raw_parts_mut((&raw mut value).cast::<u8>(), size_of::<T>())
        };
        self.read_bytes(address, bytes)?;
        Ok(value)
    }

    /// Writes a value.
    pub(crate) fn write<T: Plain>(&self, address: u64, value: &T) -> Result<(), Errno> {
        // SAFETY: a plain value has no padding, so all its bytes are initialised.
        let bytes = unsafe {
            std::slice::from_raw_parts(std::ptr::from_ref(value).cast::<u8>(), size_of::<T>())
        };
        self.write_bytes(address, bytes)
    }

    /// Reads a string of at most `limit` bytes, its NUL not counted.
    pub(crate) fn read_string(&self, address: u64, limit: usize) -> Result<CString, StringError> {
        let mut bytes = Vec::new();
        let mut at = address;
        loop {
            // Never across a page: the next one need not be there.
            let chunk_len = (PAGE_SIZE - at % PAGE_SIZE).min(128) as usize;
            let mut chunk = [0; 128];
            self.read_bytes(at, &mut chunk[..chunk_len])
                .map_err(|_| StringError::Fault)?;
            if let Some(end) = chunk[..chunk_len].iter().position(|&byte| byte == 0) {
                bytes.extend_from_slice(&chunk[..end]);
                if bytes.len() > limit {
                    return Err(StringError::TooLong);
                }
                return CString::new(bytes).map_err(|_| StringError::Fault);
            }
            bytes.extend_from_slice(&chunk[..chunk_len]);
            if bytes.len() > limit {
                return Err(StringError::TooLong);
            }
            at += chunk_len as u64;
        }
    }

    /// Replaces a 32-bit word if it is `expected`, and returns what it was.
    pub(crate) fn compare_exchange(
        &self,
        address: u64,
        expected: u32,
        new: u32,
    ) -> Result<u32, Errno> {
        let (expected, new) = (u64::from(expected), u64::from(new));
        // SAFETY: as for writing.
        unsafe { memory::compare_exchange(self.base(), address, Size::B4, expected, new) }
            .map(|seen| seen as u32)
            .map_err(|_| Errno::EFAULT)
    }

    /// A range of guest memory as an argument of a host system call; null stays null.
    pub(crate) fn host_range(&self, address: u64, len: u64) -> Result<HostArg<'static>, Errno> {
        if address == 0 {
            return Ok(HostArg::NULL);
        }
        self.host_address(address, len).map(HostArg::guest)
    }

    /// Host address of a range of guest memory.
    pub(crate) fn host_address(&self, address: u64, len: u64) -> Result<u64, Errno> {
        if !AddressSpace::contains(address, len) {
            return Err(Errno::EFAULT);
        }
        Ok(self.base() + address)
    }

    /// Maps anonymous memory over whatever is at `address`.
    pub(super) fn map_anonymous(
        &self,
        address: u64,
        len: u64,
        prot: Protection,
        flags: i32,
    ) -> Result<(), Errno> {
        self.map(
            address,
            len,
            host_protection(prot),
            flags | libc::MAP_ANONYMOUS,
            -1,
            0,
        )
    }

    /// Maps a file over whatever is at `address`.
    pub(super) fn map_file(
        &self,
        address: u64,
        len: u64,
        prot: Protection,
        flags: i32,
        file: BorrowedFd<'_>,
        offset: u64,
    ) -> Result<(), Errno> {
        self.map(
            address,
            len,
            host_protection(prot),
            flags,
            file.as_raw_fd(),
            offset,
        )
    }

    /// Makes a range inaccessible and gives its memory back.
    pub(super) fn unmap(&self, address: u64, len: u64) -> Result<(), Errno> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        self.map(address, len, libc::PROT_NONE, flags, -1, 0)
    }

    fn map(
        &self,
        address: u64,
        len: u64,
        prot: i32,
        flags: i32,
        fd: i32,
        offset: u64,
    ) -> Result<(), Errno> {
        debug_assert_eq!(page_floor(address), address);
        let host = self.host_address(address, len)?;
        // SAFETY: the range lies in the guest's space, where replacing mappings is what
        // mapping means and nothing of the emulator's own lives.
        let result = unsafe {
            libc::mmap(
                host as *mut libc::c_void,
                len as usize,
                prot,
                flags | libc::MAP_FIXED,
                fd,
                offset as libc::off_t,
            )
        };
        if result == libc::MAP_FAILED {
            Err(io::Error::last_os_error().into())
        } else {
            Ok(())
        }
    }

    /// Attaches a System V segment over whatever is at `address`; what is mapped there next
    /// detaches it.
    pub(super) fn attach_segment(
        &self,
        segment: i32,
        address: u64,
        len: u64,
        prot: Protection,
    ) -> Result<(), Errno> {
        let host = self.host_address(address, len)?;
        let flags = libc::SHM_REMAP | if prot.write { 0 } else { libc::SHM_RDONLY };
        // SAFETY: the range lies in the guest's space, and the segment is not longer than it: its
        // size was asked for and never changes.
        let result = unsafe { libc::shmat(segment, host as *const libc::c_void, flags) };
        if result as isize == -1 {
            Err(io::Error::last_os_error().into())
        } else {
            Ok(())
        }
    }

    /// Changes rights.
    pub(super) fn protect(&self, address: u64, len: u64, prot: Protection) -> Result<(), Errno> {
        let host = self.host_address(address, len)?;
        // SAFETY: the range lies in the guest's space.
        let result = unsafe {
            libc::mprotect(
                host as *mut libc::c_void,
                len as usize,
                host_protection(prot),
            )
        };
        if result != 0 {
            Err(io::Error::last_os_error().into())
        } else {
            Ok(())
        }
    }

    /// Moves the pages of a mapping over whatever is at `new`; `old` is inaccessible afterwards.
    pub(super) fn move_mapping(
        &self,
        old: u64,
        old_len: u64,
        new: u64,
        new_len: u64,
    ) -> Result<(), Errno> {
        let old_host = self.host_address(old, old_len)?;
        let new_host = self.host_address(new, new_len)?;
        let remap = |flags: i32, len: u64| {
            // SAFETY: both ranges lie in the guest's space.
            let result = unsafe {
                libc::mremap(
                    old_host as *mut libc::c_void,
                    old_len as usize,
                    len as usize,
                    libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | flags,
                    new_host as *mut libc::c_void,
                )
            };
            if result == libc::MAP_FAILED {
                Err(Errno::from(io::Error::last_os_error()))
            } else {
                Ok(())
            }
        };
        // Leaving the old range mapped keeps it reserved; kernels that cannot do that for this
        // kind of mapping leave a hole, which is filled at once.
        let kept = old_len == new_len && remap(libc::MREMAP_DONTUNMAP, new_len).is_ok();
        if !kept {
            remap(0, new_len)?;
        }
        self.unmap(old, old_len)
    }

    /// Grows a file mapping, whose `old_len` bytes stay where they are, over whatever follows.
    pub(super) fn extend_mapping(
        &self,
        address: u64,
        old_len: u64,
        new_len: u64,
    ) -> Result<(), Errno> {
        let host = self.host_address(address, new_len)?;
        let tail = (host + old_len) as *mut libc::c_void;
        // SAFETY: the tail lies in the guest's space; the mapping made next fills the hole.
        let grown = unsafe {
            libc::munmap(tail, (new_len - old_len) as usize);
            libc::mremap(
                host as *mut libc::c_void,
                old_len as usize,
                new_len as usize,
                0,
            )
        };
        if grown == libc::MAP_FAILED {
            let error = io::Error::last_os_error();
            self.unmap(address + old_len, new_len - old_len)?;
            return Err(error.into());
        }
        Ok(())
    }
}

/// Why a string could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StringError {
    /// Not all of it is readable.
    Fault,
    /// It is longer than allowed.
    TooLong,
}

/// Guest code is data to the host: readable, never executable.
fn host_protection(prot: Protection) -> i32 {
    let mut bits = libc::PROT_NONE;
    if prot.read || prot.execute {
        bits |= libc::PROT_READ;
    }
    if prot.write {
        bits |= libc::PROT_READ | libc::PROT_WRITE;
    }
    bits
}
