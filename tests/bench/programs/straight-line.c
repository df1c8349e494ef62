// Very long blocks: hundreds of operations without a branch, in a loop. What a block-at-a-time compiler does best.
#include "bench.h"

#define STEP(n)                                                                                                       \
    a += (b ^ n##u) * 5;                                                                                              \
    b ^= a >> 7;                                                                                                      \
    c += d + (a & 0xff0f);                                                                                            \
    d = (d << 11 | d >> 53) ^ c;                                                                                      \
    memory[n % 16] += a;                                                                                              \
    c ^= memory[(n + 5) % 16];
#define STEPS_8(n) STEP(n##0) STEP(n##1) STEP(n##2) STEP(n##3) STEP(n##4) STEP(n##5) STEP(n##6) STEP(n##7)

static u64 work(u64 rounds) {
    u64 a = 1, b = 2, c = 3, d = 4, memory[16] = {0};
    for (u64 i = 0; i < rounds; i++) {
        STEPS_8(1) STEPS_8(2) STEPS_8(3) STEPS_8(4) STEPS_8(5) STEPS_8(6) STEPS_8(7) STEPS_8(8)
        __asm__ volatile("" ::: "memory");
    }
    return mix(mix(a, b), mix(c, d));
}
BENCH(2600000)
