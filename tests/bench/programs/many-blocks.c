// A state machine of 4096 states, each its own few blocks of code: more code than any small cache of translations holds, and
// jumps between all of it.
// Group: calls and indirect jumps.
#include "bench.h"

#define STATE(n)                                                                                                      \
    case n:                                                                                                           \
        x = x * (2 * (n) + 3) + (u64)(n) * 77;                                                                        \
        if (x & (1ul << ((n) % 23 + 5)))                                                                              \
            y += x >> ((n) % 29 + 3);                                                                                 \
        else                                                                                                          \
            y ^= x + (n);                                                                                             \
        if (y & 64)                                                                                                   \
            state = (x >> 20 ^ (n)) % STATES;                                                                         \
        else                                                                                                          \
            state = ((n) + 1) % STATES;                                                                               \
        break;
#define STATES_4(n) STATE(n) STATE((n) + 1) STATE((n) + 2) STATE((n) + 3)
#define STATES_16(n) STATES_4(n) STATES_4((n) + 4) STATES_4((n) + 8) STATES_4((n) + 12)
#define STATES_64(n) STATES_16(n) STATES_16((n) + 16) STATES_16((n) + 32) STATES_16((n) + 48)
#define STATES_256(n) STATES_64(n) STATES_64((n) + 64) STATES_64((n) + 128) STATES_64((n) + 192)
#define STATES_1024(n) STATES_256(n) STATES_256((n) + 256) STATES_256((n) + 512) STATES_256((n) + 768)

enum { STATES = 4096 };

static u64 work(u64 rounds) {
    u64 x = 1, y = 2;
    u32 state = 0;
    for (u64 i = 0; i < rounds; i++) {
        switch (state) {
            STATES_1024(0)
            STATES_1024(1024)
            STATES_1024(2048)
            STATES_1024(3072)
        }
    }
    return mix(x, y);
}
BENCH(3000000)
