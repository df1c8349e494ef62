// Never ends by itself: for tests that kill it, and of time limits. `spin memory` also writes memory all the time,
// `spin registers` stays in registers.
#include "../runtime/guest.h"

static volatile u64 counter;

int main(int argc, char **argv) {
    put_str("spinning\n");
    if (argc > 1 && str_equal(argv[1], "registers"))
        __asm__ volatile("1: j 1b");
    for (;;) counter++;
}
