//! What Linux does to futexes when a thread ends.
//!
//! Lists of held robust futexes hold guest addresses, so that the host's kernel cannot walk them: they
//! are walked here when a thread or its process ends, which excludes an end by `SIGKILL`.

use super::host::{HostArg, host_syscall};
use super::mm::GuestSpace;

/// As many entries of a robust list as Linux looks at.
const ROBUST_LIST_LIMIT: usize = 2048;
const TID_MASK: u32 = 0x3fff_ffff;
const OWNER_DIED: u32 = 0x4000_0000;
const WAITERS: u32 = 0x8000_0000;

/// Wakes up to `count` threads that wait at a guest address.
pub(crate) fn wake(space: &GuestSpace, address: u64, count: u32) {
    if let Ok(host_address) = space.host_range(address, 4) {
        // Nobody waiting is not an error, and nobody listens to others.
        let _ = host_syscall!(
            libc::SYS_futex,
            host_address,
            HostArg::value(libc::FUTEX_WAKE as u64),
            HostArg::value(u64::from(count))
        );
    }
}

/// Marks the futexes on a dead thread's robust list, whose head is at `head`.
pub(crate) fn release_robust_list(space: &GuestSpace, head: u64, tid: i32) {
    // The head: first entry, distance from an entry to its futex, an entry being changed.
    let Ok([first, distance, pending]) = space.read::<[u64; 3]>(head) else {
        return;
    };
    let futex_of = |entry: u64| (entry & !1).wrapping_add(distance);
    let mut entry = first;
    for _ in 0..ROBUST_LIST_LIMIT {
        if entry & !1 == head || entry == 0 {
            break;
        }
        // Before the entry is given up its memory may go.
        let next = space.read::<u64>(entry & !1);
        if entry != pending {
            mark_dead(space, futex_of(entry), tid);
        }
        match next {
            Ok(next) => entry = next,
            Err(_) => break,
        }
    }
    if pending != 0 {
        mark_dead(space, futex_of(pending), tid);
    }
}

fn mark_dead(space: &GuestSpace, address: u64, tid: i32) {
    if !address.is_multiple_of(4) {
        return;
    }
    while let Ok(word) = space.read::<u32>(address) {
        if word & TID_MASK != tid as u32 {
            return;
        }
        let marked = word & WAITERS | OWNER_DIED;
        match space.compare_exchange(address, word, marked) {
            Ok(seen) if seen == word => {
                if word & WAITERS != 0 {
                    wake(space, address, 1);
                }
                return;
            }
            Ok(_) => {}
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::mm::{Layout, MemoryMap, Placement, Protection, Source};

    #[test]
    fn held_futexes_of_a_dead_thread_are_marked() {
        let memory = MemoryMap::new(Layout::new(0)).expect("address space");
        let protection = Protection {
            read: true,
            write: true,
            execute: false,
        };
        let at = memory
            .map(
                Placement::Fixed(0x10_0000),
                0x1000,
                protection,
                libc::MAP_PRIVATE,
                Source::Anonymous,
            )
            .expect("a free page");
        let space = &memory.space;
        let tid = 77;
        let (head, ours, others) = (at, at + 0x100, at + 0x200);
        // Two entries, each with its futex 16 bytes behind it; one is held by somebody else.
        space.write(head, &[ours, 16, 0]).expect("mapped");
        space.write(ours, &others).expect("mapped");
        space.write(others, &head).expect("mapped");
        space
            .write(ours + 16, &(tid as u32 | WAITERS))
            .expect("mapped");
        space.write(others + 16, &78u32).expect("mapped");
        release_robust_list(space, head, tid);
        assert_eq!(space.read::<u32>(ours + 16), Ok(OWNER_DIED | WAITERS));
        assert_eq!(space.read::<u32>(others + 16), Ok(78));
    }
}
