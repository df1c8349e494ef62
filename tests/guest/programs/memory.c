// brk, mmap, munmap, mremap and mprotect at page granularity.
#include "../runtime/guest.h"

static int all_bytes(const u8 *at, size_t size, u8 value) {
    for (size_t i = 0; i < size; i++)
        if (at[i] != value) return 0;
    return 1;
}

static void yes_no(const char *what, int yes) {
    put_str(what);
    put_str(yes ? ": yes\n" : ": no\n");
}

int main(void) {
    u64 top = sys(SYS_brk, 0);
    u64 grown = sys(SYS_brk, top + 5 * PAGE);
    show_dec("brk grows by", grown - top);
    yes_no("new memory is zero", all_bytes((u8 *)top, 5 * PAGE, 0));
    memset((u8 *)top, 0xaa, 5 * PAGE);
    show_dec("brk shrinks to", sys(SYS_brk, top + PAGE) - top);
    sys(SYS_brk, top + 2 * PAGE);
    yes_no("memory that came back is zero", all_bytes((u8 *)(top + PAGE + PAGE - top % PAGE), top % PAGE, 0));
    show_dec("brk to nonsense changes nothing", sys(SYS_brk, 1) - (top + 2 * PAGE));

    u8 *a = map_pages(8, PROT_READ | PROT_WRITE);
    yes_no("mmap is aligned", (u64)a % PAGE == 0);
    yes_no("mmap is zero", all_bytes(a, 8 * PAGE, 0));
    memset(a, 1, 8 * PAGE);
    show_dec("munmap of the middle", sys(SYS_munmap, a + 3 * PAGE, 2 * PAGE));
    yes_no("the rest is kept", all_bytes(a, 3 * PAGE, 1) && all_bytes(a + 5 * PAGE, 3 * PAGE, 1));
    u8 *b = (u8 *)sys(SYS_mmap, a + 3 * PAGE, 2 * PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    yes_no("fixed mapping goes where asked", b == a + 3 * PAGE);
    yes_no("and is zero", all_bytes(b, 2 * PAGE, 0));
    yes_no("its neighbours are kept", a[3 * PAGE - 1] == 1 && a[5 * PAGE] == 1);
    yes_no("MAP_FIXED_NOREPLACE refuses used pages",
           sys(SYS_mmap, a, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == -17);
    memset(b, 2, 2 * PAGE);
    sys(SYS_mmap, b, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    yes_no("mapping over a page clears that page only", all_bytes(b, PAGE, 0) && all_bytes(b + PAGE, PAGE, 2));

    u8 *moved = (u8 *)sys(SYS_mremap, a, PAGE, 4 * PAGE, 1, 0);
    yes_no("mremap keeps the content", all_bytes(moved, PAGE, 1));
    yes_no("and adds zeros", all_bytes(moved + PAGE, 3 * PAGE, 0));
    moved[4 * PAGE - 1] = 9;
    yes_no("mremap shrinks in place", (u8 *)sys(SYS_mremap, moved, 4 * PAGE, PAGE, 0, 0) == moved);

    u8 *c = map_pages(2, PROT_READ | PROT_WRITE);
    memset(c, 7, 2 * PAGE);
    show_dec("madvise(MADV_DONTNEED)", sys(SYS_madvise, c, PAGE, 4));
    yes_no("clears", all_bytes(c, PAGE, 0) && all_bytes(c + PAGE, PAGE, 7));

    u64 *shared = (u64 *)sys(SYS_mmap, 0, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    s64 child = fork();
    if (child == 0) {
        *shared = 99;
        guest_exit(0);
    }
    sys(SYS_wait4, child, NULL, 0, NULL);
    show_dec("shared memory written by a child", *shared);

    show_dec("mmap of nothing", sys(SYS_mmap, 0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    show_dec("mmap without a kind", sys(SYS_mmap, 0, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
    show_dec("munmap of an unaligned address", sys(SYS_munmap, a + 1, PAGE));
    show_dec("mmap beyond the address space",
             sys(SYS_mmap, 0x7ffffffffff000, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    return 0;
}
