// Products of double-precision matrices: three nested loops over arrays, one multiplication and addition each.
// Group: floating point.
#include "bench.h"

enum { SIZE = 160 };
typedef double element;
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
            a[i][j] = (element)(random_u64() >> 40) * (1.0 / 16777216);
            b[i][j] = (element)(random_u64() >> 40) * (1.0 / 16777216);
        }
    for (u64 round = 0; round < rounds; round++) {
        multiply();
        a[round % SIZE][0] += 1;
    }
    for (int i = 0; i < SIZE; i++)
        for (int j = 0; j < SIZE; j++) hash = mix_double(hash, c[i][j]);
    return hash;
}
BENCH(50)
