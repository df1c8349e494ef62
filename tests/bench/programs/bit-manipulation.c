// Shifts, masks and rotates in long dependency chains: population counts, bit reversal, interleaving, Gray codes.
#include "bench.h"

static u64 count_ones(u64 x) {
    x -= x >> 1 & 0x5555555555555555;
    x = (x & 0x3333333333333333) + (x >> 2 & 0x3333333333333333);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
    x += x >> 8;
    x += x >> 16;
    x += x >> 32;
    return x & 0x7f;
}

static u64 reverse(u64 x) {
    x = (x >> 1 & 0x5555555555555555) | (x & 0x5555555555555555) << 1;
    x = (x >> 2 & 0x3333333333333333) | (x & 0x3333333333333333) << 2;
    x = (x >> 4 & 0x0f0f0f0f0f0f0f0f) | (x & 0x0f0f0f0f0f0f0f0f) << 4;
    x = (x >> 8 & 0x00ff00ff00ff00ff) | (x & 0x00ff00ff00ff00ff) << 8;
    x = (x >> 16 & 0x0000ffff0000ffff) | (x & 0x0000ffff0000ffff) << 16;
    return x >> 32 | x << 32;
}

static u64 spread(u64 x) {
    x &= 0xffffffff;
    x = (x | x << 16) & 0x0000ffff0000ffff;
    x = (x | x << 8) & 0x00ff00ff00ff00ff;
    x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
    x = (x | x << 2) & 0x3333333333333333;
    return (x | x << 1) & 0x5555555555555555;
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 i = 0; i < rounds; i++) {
        u64 x = hash + i * 0x9e3779b97f4a7c15;
        x ^= reverse(x ^ x >> 1);
        x += spread(x) | spread(x >> 32) << 1;
        x = x << 13 | x >> 51;
        hash = (hash << 7 | hash >> 57) ^ x + count_ones(x);
    }
    return hash;
}
BENCH(18000000)
