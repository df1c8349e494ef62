// Products of single-precision matrices: three nested loops over arrays, one multiplication and addition each.
// Group: floating point.
#include "bench.h"

enum { SIZE = 160 };
typedef float element;
static element a[SIZE][SIZE], b[SIZE][SIZE], c[SIZE][SIZE];

static NOINLINE void multiply(void) {
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            element sum = 0;
            for (int k = 0; k < SIZE; k++) sum += a[i][k] * b[k][j];
            c[i][j] = sum;
        }
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) {
            a[i][j] = (element)(random_u64() >> 48) * (1.0f / 65536);
            b[i][j] = (element)(random_u64() >> 48) * (1.0f / 65536);
        }
    for (u64 round = 0; round < rounds; round++) {
        multiply();
        a[round % SIZE][0] += 1;
    }
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) hash = mix_double(hash, c[i][j]);
    return hash;
}
BENCH(25)
