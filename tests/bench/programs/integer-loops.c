// Nested loops of additions, comparisons and data-dependent branches on registers: the Collatz steps of many numbers.
#include "bench.h"

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 start = 1; start <= rounds; start++) {
        u64 n = start, steps = 0, highest = 0;
        while (n != 1) {
            n = n & 1 ? 3 * n + 1 : n >> 1;
            steps++;
            if (n > highest) highest = n;
        }
        hash = mix(hash, steps + highest);
    }
    return hash;
}
BENCH(1300000)
