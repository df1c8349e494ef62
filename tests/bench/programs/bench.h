// Shared by the benchmark programs. Each is one C file that is built for the guest and for the host from the same source,
// stresses one property, and prints one line, its checksum, which must be the same everywhere.
//
// `program [SCALE]`: SCALE is a percentage of the default amount of work.
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define NOINLINE __attribute__((noinline))

// The program's work: `rounds` of it, giving a checksum.
static u64 work(u64 rounds);

// A small generator with the same numbers on every machine.
static u64 random_state = 0x9e3779b97f4a7c15;
static inline u64 random_u64(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static inline u64 mix(u64 hash, u64 value) { return (hash ^ value) * 0x100000001b3 + (hash >> 29); }

static inline u64 mix_double(u64 hash, double value) {
    u64 bits;
    memcpy(&bits, &value, sizeof bits);
    return mix(hash, bits);
}

#define BENCH(default_rounds)                                                                                         \
    int main(int argc, char **argv) {                                                                                 \
        u64 percent = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;                                                   \
        u64 rounds = (u64)(default_rounds) * percent / 100;                                                           \
        printf("%016llx\n", (unsigned long long)work(rounds ? rounds : 1));                                           \
        return 0;                                                                                                     \
    }

#endif
