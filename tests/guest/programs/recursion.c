// Deep and wide recursion: calls and returns that do not fit any return stack.
#include "../runtime/guest.h"

static NOINLINE u64 depth(u64 n) {
    volatile u64 here = n;
    return n == 0 ? 0 : depth(n - 1) + (here & 1);
}

static NOINLINE u64 fibonacci(u64 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static NOINLINE u64 ackermann(u64 m, u64 n) {
    if (m == 0) return n + 1;
    return ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

int main(void) {
    show_dec("depth 20000", depth(20000));
    show_dec("fibonacci 20", fibonacci(20));
    show_dec("ackermann 2, 60", ackermann(2, 60));
    return 0;
}
