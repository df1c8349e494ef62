//! Memory: mapping, the heap, advice, instruction caches.

use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt as _;
use std::sync::Arc;

use super::{Call, SysResult};
use crate::linux::errno::Errno;
use crate::linux::host::HostArg;
use crate::linux::mm::{FileBacking, Placement, Protection, Source};
use crate::loader::ImageSource;
use crate::loader::elf::{PAGE_SIZE, page_ceil, page_floor};

pub(super) fn brk(call: &mut Call<'_, '_>) -> SysResult {
    Ok(call.process.memory.set_brk(call.args[0]))
}

pub(super) fn mmap(call: &mut Call<'_, '_>) -> SysResult {
    let [address, len, protection, flags, fd, offset] = call.args;
    let (flags, fd) = (flags as i32, fd as i32);
    let protection = Protection::from_bits(protection);
    let kind = flags & libc::MAP_TYPE;
    if ![
        libc::MAP_SHARED,
        libc::MAP_PRIVATE,
        libc::MAP_SHARED_VALIDATE,
    ]
    .contains(&kind)
        || offset % PAGE_SIZE != 0
    {
        return Err(Errno::EINVAL.into());
    }
    if flags & libc::MAP_HUGETLB != 0 {
        // There are none set aside.
        return Err(Errno::ENOMEM.into());
    }
    let placement = if flags & libc::MAP_FIXED_NOREPLACE != 0 {
        Placement::FixedNoReplace(address)
    } else if flags & libc::MAP_FIXED != 0 {
        Placement::Fixed(address)
    } else {
        Placement::Hint(address)
    };
    if kind != libc::MAP_PRIVATE && may_be_written(flags, fd) {
        call.cpu.engine.share_memory();
    }
    let (placed, host_path) = if flags & libc::MAP_ANONYMOUS != 0 {
        (
            map(call, placement, len, protection, flags, Source::Anonymous)?,
            None,
        )
    } else {
        let host_path =
            std::fs::read_link(format!("/proc/self/fd/{fd}")).map_err(|_| Errno::EBADF)?;
        let metadata = std::fs::metadata(format!("/proc/self/fd/{fd}")).map_err(Errno::from)?;
        let guest_path: Arc<str> = call
            .process
            .prefix
            .to_guest(&host_path)
            .to_string_lossy()
            .into();
        let backing = FileBacking {
            path: Arc::clone(&guest_path),
            offset,
            device: metadata.dev(),
            inode: metadata.ino(),
        };
        // SAFETY: the guest has it open, as has just been seen; should another thread close it
        // now, the host's kernel answers EBADF.
        let file = unsafe { BorrowedFd::borrow_raw(fd) };
        let placed = map(
            call,
            placement,
            len,
            protection,
            flags,
            Source::File { file, backing },
        )?;
        (placed, Some((host_path, guest_path)))
    };
    if let (true, Some((host_path, guest_path))) = (protection.execute, host_path) {
        call.process.symbols.add(
            placed,
            placed + page_ceil(len),
            offset,
            guest_path,
            ImageSource::File(host_path),
        );
    }
    Ok(placed)
}

/// Maps, and tells the engine if that replaces code.
fn map(
    call: &Call<'_, '_>,
    placement: Placement,
    len: u64,
    protection: Protection,
    flags: i32,
    source: Source<'_>,
) -> Result<u64, Errno> {
    let memory = &call.process.memory;
    let replaced = match placement {
        Placement::Fixed(address) => memory.may_hold_code(address, len),
        // Translations of what was unmapped are gone already.
        _ => false,
    };
    let placed = memory.map(placement, len, protection, flags, source)?;
    if replaced {
        call.cpu.engine.invalidate(placed, page_ceil(len));
    }
    Ok(placed)
}

/// Does something to a range that may hold code, and tells the engine if it did.
fn change(
    call: &Call<'_, '_>,
    start: u64,
    len: u64,
    change: impl FnOnce() -> Result<(), Errno>,
) -> Result<(), Errno> {
    let held_code = call.process.memory.may_hold_code(start, len);
    change()?;
    if held_code {
        call.cpu.engine.invalidate(start, page_ceil(len));
    }
    Ok(())
}

pub(super) fn munmap(call: &mut Call<'_, '_>) -> SysResult {
    let [start, len, ..] = call.args;
    change(call, start, len, || call.process.memory.unmap(start, len))?;
    Ok(0)
}

/// Whether a shared mapping can ever be written through: one of a file that is open for
/// reading only cannot.
fn may_be_written(flags: i32, fd: i32) -> bool {
    if flags & libc::MAP_ANONYMOUS != 0 {
        return true;
    }
    // SAFETY: asks for the flags of a descriptor, which may be anything.
    let open = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    open & libc::O_ACCMODE != libc::O_RDONLY
}

pub(super) fn mprotect(call: &mut Call<'_, '_>) -> SysResult {
    let [start, len, protection, ..] = call.args;
    const GROWS: u64 = 0x0300_0000;
    if protection & GROWS != 0 {
        return Err(Errno::EINVAL.into());
    }
    let protection = Protection::from_bits(protection);
    change(call, start, len, || {
        call.process.memory.protect(start, len, protection)
    })?;
    Ok(0)
}

pub(super) fn mremap(call: &mut Call<'_, '_>) -> SysResult {
    let [old, old_len, new_len, flags, new, _] = call.args;
    let flags = flags as i32;
    let known = libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED;
    let may_move = flags & libc::MREMAP_MAYMOVE != 0;
    let fixed = flags & libc::MREMAP_FIXED != 0;
    if flags & !known != 0 || old != page_floor(old) || fixed && !may_move {
        return Err(Errno::EINVAL.into());
    }
    let memory = &call.process.memory;
    let held_code = memory.may_hold_code(old, old_len);
    let replaced_code = fixed && memory.may_hold_code(new, new_len);
    let placed = memory.remap(old, old_len, new_len, may_move, fixed.then_some(new))?;
    if held_code {
        call.cpu.engine.invalidate(old, page_ceil(old_len));
    }
    if replaced_code {
        call.cpu.engine.invalidate(new, page_ceil(new_len));
    }
    Ok(placed)
}

/// Advice on a range all of which must be mapped by the guest: elsewhere in its space the host
/// would see the emulator's reservation.
fn on_mapped(call: &Call<'_, '_>, number: libc::c_long, rest: &[HostArg<'_>]) -> SysResult {
    let [start, len, ..] = call.args;
    if start != page_floor(start) {
        return Err(Errno::EINVAL.into());
    }
    if len == 0 {
        return Ok(0);
    }
    if !call.process.memory.is_mapped(start, page_ceil(len)) {
        return Err(Errno::ENOMEM.into());
    }
    let mut args = vec![call.range(start, len)?, HostArg::value(len)];
    args.extend_from_slice(rest);
    call.host(number, &args)
}

pub(super) fn msync(call: &mut Call<'_, '_>) -> SysResult {
    on_mapped(call, libc::SYS_msync, &[HostArg::value(call.args[2])])
}

pub(super) fn mlock(call: &mut Call<'_, '_>) -> SysResult {
    lock(call, libc::SYS_mlock)
}

pub(super) fn munlock(call: &mut Call<'_, '_>) -> SysResult {
    lock(call, libc::SYS_munlock)
}

/// Locks count whole pages, from wherever they start.
fn lock(call: &mut Call<'_, '_>, number: libc::c_long) -> SysResult {
    let [start, len, ..] = call.args;
    let floor = page_floor(start);
    call.args = [floor, len.saturating_add(start - floor), 0, 0, 0, 0];
    on_mapped(call, number, &[])
}

pub(super) fn mincore(call: &mut Call<'_, '_>) -> SysResult {
    let [_, len, result, ..] = call.args;
    let result = call.range(result, page_ceil(len) / PAGE_SIZE)?;
    on_mapped(call, libc::SYS_mincore, &[result])
}

pub(super) fn madvise(call: &mut Call<'_, '_>) -> SysResult {
    const MADV_COLD: i32 = 20;
    const MADV_POPULATE_WRITE: i32 = 23;
    let advice = call.int(2);
    match advice {
        // What changes contents, and hints worth passing on.
        libc::MADV_NORMAL..=libc::MADV_DONTNEED
        | libc::MADV_FREE
        | libc::MADV_REMOVE
        | libc::MADV_HUGEPAGE
        | libc::MADV_NOHUGEPAGE
        | MADV_COLD..=MADV_POPULATE_WRITE => {
            let held_code = call
                .process
                .memory
                .may_hold_code(call.args[0], call.args[1]);
            let result = on_mapped(call, libc::SYS_madvise, &[HostArg::value(advice as u64)]);
            if held_code && (advice == libc::MADV_DONTNEED || advice == libc::MADV_REMOVE) {
                call.cpu
                    .engine
                    .invalidate(call.args[0], page_ceil(call.args[1]));
            }
            result
        }
        libc::MADV_MERGEABLE
        | libc::MADV_UNMERGEABLE
        | libc::MADV_DONTFORK
        | libc::MADV_DOFORK
        | libc::MADV_DONTDUMP
        | libc::MADV_DODUMP => Ok(0),
        _ => Err(Errno::EINVAL.into()),
    }
}

/// Code in the range has been written: forget what was translated before.
pub(super) fn riscv_flush_icache(call: &mut Call<'_, '_>) -> SysResult {
    let [start, end, flags, ..] = call.args;
    const LOCAL: u64 = 1;
    if flags & !LOCAL != 0 {
        return Err(Errno::EINVAL.into());
    }
    // Linux flushes everything whatever the range, and programs rely on it.
    let (start, len) = if start < end {
        (start, end - start)
    } else {
        (0, u64::MAX)
    };
    call.cpu.engine.invalidate(start, len);
    Ok(0)
}
