//! Mapping a checked ELF image into guest memory.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use super::elf::{ElfImage, PAGE_SIZE, Segment, page_ceil, page_floor};
use super::error::LoadErrorKind;
use crate::linux::errno::Errno;
use crate::linux::mm::{FileBacking, MemoryMap, Placement, Protection, Source};

/// Where an image went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MappedImage {
    /// What to add to the image's own addresses.
    pub(crate) bias: u64,
    /// Range it covers.
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) entry: u64,
    /// Address of the program headers, 0 if they are not in memory.
    pub(crate) headers: u64,
}

/// Maps `image`, which was read from `file` and which the guest knows as `guest_path`. A
/// position-independent one goes to or near `preferred`, or wherever there is room if that is 0.
pub(crate) fn map_image(
    memory: &MemoryMap,
    image: &ElfImage,
    file: &File,
    guest_path: &Arc<str>,
    preferred: u64,
) -> Result<MappedImage, LoadErrorKind> {
    let (start, end) = image.span();
    let bias = if image.position_independent {
        let room = memory
            .find_room(preferred, end - start, image.alignment)
            .map_err(map_error("the program", preferred))?;
        room.wrapping_sub(start)
    } else {
        0
    };
    let metadata = file.metadata().map_err(LoadErrorKind::Read)?;
    for segment in &image.segments {
        let backing = FileBacking {
            path: Arc::clone(guest_path),
            offset: page_floor(segment.file_offset),
            device: metadata.dev(),
            inode: metadata.ino(),
        };
        map_segment(memory, segment, bias, file, backing)?;
    }
    Ok(MappedImage {
        bias,
        start: start.wrapping_add(bias),
        end: end.wrapping_add(bias),
        entry: image.entry.wrapping_add(bias),
        headers: image
            .headers_address
            .map_or(0, |address| address.wrapping_add(bias)),
    })
}

fn map_segment(
    memory: &MemoryMap,
    segment: &Segment,
    bias: u64,
    file: &File,
    backing: FileBacking,
) -> Result<(), LoadErrorKind> {
    let address = segment.address.wrapping_add(bias);
    let protection = Protection {
        read: segment.read,
        write: segment.write,
        execute: segment.execute,
    };
    let start = page_floor(address);
    let end = page_ceil(address + segment.memory_size);
    let file_end = if segment.file_size == 0 {
        start
    } else {
        page_ceil(address + segment.file_size)
    };
    if file_end > start {
        memory
            .map(
                Placement::Fixed(start),
                file_end - start,
                protection,
                libc::MAP_PRIVATE,
                Source::File {
                    file: file.as_fd(),
                    backing,
                },
            )
            .map_err(map_error("a segment", start))?;
    }
    if end > file_end {
        memory
            .map(
                Placement::Fixed(file_end),
                end - file_end,
                protection,
                libc::MAP_PRIVATE | libc::MAP_NORESERVE,
                Source::Anonymous,
            )
            .map_err(map_error("zeroed memory of a segment", file_end))?;
    }
    // The file's last page goes on with zeroes, where there is memory behind the file's part.
    let data_end = address + segment.file_size;
    if segment.memory_size > segment.file_size && data_end < file_end {
        clear(memory, data_end, file_end, protection)
            .map_err(map_error("the end of a segment", data_end))?;
    }
    Ok(())
}

/// Zeroes the rest of a page, even of one that the guest may not write.
fn clear(memory: &MemoryMap, start: u64, end: u64, protection: Protection) -> Result<(), Errno> {
    let page = page_floor(start);
    let zeroes = [0; PAGE_SIZE as usize];
    let zeroes = &zeroes[..(end - start) as usize];
    if protection.write {
        return memory.space.write_bytes(start, zeroes);
    }
    let writable = Protection {
        write: true,
        ..protection
    };
    memory.protect(page, PAGE_SIZE, writable)?;
    memory.space.write_bytes(start, zeroes)?;
    memory.protect(page, PAGE_SIZE, protection)
}

pub(crate) fn map_error(what: &'static str, address: u64) -> impl Fn(Errno) -> LoadErrorKind {
    move |errno| LoadErrorKind::Map {
        what,
        address,
        source: io::Error::from(errno),
    }
}
