// Calls and returns with little else: Fibonacci, Ackermann, Hanoi, and queens on a board.
// Group: calls and indirect jumps.
#include "bench.h"

static NOINLINE u64 fibonacci(u64 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static NOINLINE u64 ackermann(u64 m, u64 n) {
    return m == 0 ? n + 1 : ackermann(m - 1, n == 0 ? 1 : ackermann(m, n - 1));
}

static NOINLINE u64 hanoi(int n, int from, int to) {
    return n == 0 ? 0 : hanoi(n - 1, from, 6 - from - to) + (u64)(from * to) + hanoi(n - 1, 6 - from - to, to);
}

static NOINLINE u64 queens(u32 all, u32 columns, u32 left, u32 right) {
    if (columns == all) return 1;
    u64 count = 0;
    for (u32 free = all & ~(columns | left | right); free; free &= free - 1) {
        u32 bit = free & -free;
        count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 i = 0; i < rounds; i++) {
        hash = mix(hash, fibonacci(22 + i % 3));
        hash = mix(hash, ackermann(2, 100 + i % 7));
        hash = mix(hash, hanoi(14, 1, 3));
        hash = mix(hash, queens(255, 0, 0, 0));
    }
    return hash;
}
BENCH(1500)
