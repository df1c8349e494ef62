// Dies of the fault that its argument names. Nothing catches it: the process must end by the signal.
#include "../runtime/guest.h"

typedef void function(void);

static const u64 constant = 1;

int main(int argc, char **argv) {
    // Unknown to the compiler, which would otherwise see through the accesses below.
    u64 null = 0;
    __asm__("" : "+r"(null));
    const char *what = argc > 1 ? argv[1] : "read-null";
    put_str("before\n");
    if (str_equal(what, "read-null")) put_dec(*(volatile u64 *)null);
    if (str_equal(what, "write-null")) *(volatile u64 *)(null + 8) = 1;
    if (str_equal(what, "read-unmapped")) put_dec(*(volatile u64 *)0x123456789000);
    if (str_equal(what, "read-high")) put_dec(*(volatile u64 *)0x7ffffffffff8);
    if (str_equal(what, "read-noncanonical")) put_dec(*(volatile u64 *)0x8000000000000000);
    if (str_equal(what, "write-noncanonical")) *(volatile u64 *)0xdead00000000beef = 1;
    if (str_equal(what, "read-last")) put_dec(*(volatile u64 *)-8ul);
    if (str_equal(what, "write-last")) *(volatile u8 *)-1ul = 1;
    if (str_equal(what, "write-read-only")) *(volatile u64 *)&constant = 2;
    if (str_equal(what, "write-code")) *(volatile u32 *)main = 0;
    if (str_equal(what, "jump-null")) ((function *)null)();
    if (str_equal(what, "jump-unmapped")) ((function *)0x123456789000)();
    if (str_equal(what, "jump-noncanonical")) ((function *)0x8000000000000000)();
    if (str_equal(what, "jump-data")) {
        static u32 data[2] = {0x00000513, 0x00008067}; // li a0, 0; ret
        ((function *)data)();
    }
    if (str_equal(what, "amo-null")) __asm__ volatile("amoadd.d zero, zero, (%0)" ::"r"(null) : "memory");
    if (str_equal(what, "float-null")) __asm__ volatile("fld ft0, 16(%0)" ::"r"(null) : "memory");
    if (str_equal(what, "illegal")) __asm__ volatile(".4byte 0");
    if (str_equal(what, "ebreak")) __asm__ volatile("ebreak");
    if (str_equal(what, "kill")) sys(SYS_kill, sys(SYS_getpid), SIGKILL);
    put_str("still alive\n");
    return 0;
}
