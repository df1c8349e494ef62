// A radix-2 fast Fourier transform, forth and back: double-precision arithmetic over strided memory.
// Group: floating point.
#include "bench.h"

#include <math.h>

enum { LOG = 14, SIZE = 1 << LOG };
static double re[SIZE], im[SIZE];

static NOINLINE void transform(int back) {
    for (int i = 1, j = 0; i < SIZE; i++) {
        int bit = SIZE >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j |= bit;
        if (i < j) {
            double swap = re[i];
            re[i] = re[j];
            re[j] = swap;
            swap = im[i];
            im[i] = im[j];
            im[j] = swap;
        }
    }
    // The root of unity of each length by halving the angle, with no call of sin or cos: libraries differ in their last bit.
    double cosine = -1, sine = 0;
    for (int length = 2; length <= SIZE; length *= 2) {
        double sign = back ? -1 : 1;
        for (int start = 0; start < SIZE; start += length) {
            double wr = 1, wi = 0;
            for (int k = 0; k < length / 2; k++) {
                int a = start + k, b = a + length / 2;
                double tr = re[b] * wr - im[b] * wi, ti = re[b] * wi + im[b] * wr;
                re[b] = re[a] - tr;
                im[b] = im[a] - ti;
                re[a] += tr;
                im[a] += ti;
                double next = wr * cosine - wi * sine * sign;
                wi = wr * sine * sign + wi * cosine;
                wr = next;
            }
        }
        double half = sqrt((1 + cosine) / 2);
        sine = length == 2 ? 1 : sine / (2 * half);
        cosine = length == 2 ? 0 : half;
    }
}

static u64 work(u64 rounds) {
    for (int i = 0; i < SIZE; i++) re[i] = (double)(random_u64() >> 40), im[i] = 0;
    for (u64 i = 0; i < rounds; i++) {
        transform(0);
        transform(1);
        for (int k = 0; k < SIZE; k++) re[k] /= SIZE, im[k] /= SIZE;
    }
    u64 hash = 1;
    for (int i = 0; i < SIZE; i++) hash = mix_double(hash, re[i]);
    return hash;
}
BENCH(140)
