// The C library's memcpy, memset, memcmp, strlen, strchr and strcmp on buffers of many sizes and alignments.
#include "bench.h"

static char from[65536 + 64], to[65536 + 64];

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (size_t i = 0; i < sizeof from; i++) from[i] = (char)('a' + random_u64() % 26);
    for (u64 round = 0; round < rounds; round++) {
        u64 r = random_u64();
        size_t size = round % 16 ? (r & 511) + 1 : (r & 32767) + 1;
        size_t a = r >> 16 & 31, b = r >> 24 & 31;
        memcpy(to + a, from + b, size);
        to[a + size] = 0;
        hash = mix(hash, strlen(to + a));
        hash = mix(hash, (u64)(memcmp(to + a, from + b, size) == 0));
        const char *z = strchr(to + a, 'z');
        hash = mix(hash, z ? (u64)(z - to) : 0);
        memset(to + b, (int)(r & 127), size / 2);
        memmove(to + 3, to, size);
        hash = mix(hash, (u64)(strncmp(to, from, 64) < 0));
    }
    return mix(hash, (u8)to[1000]);
}
BENCH(1400000)
