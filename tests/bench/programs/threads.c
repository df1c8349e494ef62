// Threads that compute on their own and now and then add to a common word: what several vCPUs get in each other's way.
// A second argument says how many threads (2 by default); each of them does all of the work.
#include "bench.h"

#include <pthread.h>

enum { MAX_THREADS = 64 };
static u64 rounds_each, sums[MAX_THREADS], common;

static void *compute(void *argument) {
    u64 *sum = argument, hash = 1, x = 0x9e3779b97f4a7c15;
    static const u8 shifts[8] = {3, 7, 13, 17, 23, 29, 37, 41};
    u64 table[64] = {0};
    for (u64 i = 0; i < rounds_each; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        table[x & 63] += x >> shifts[i & 7];
        hash = mix(hash, table[i & 63]);
        if ((i & 0xfff) == 0) __atomic_fetch_add(&common, hash & 0xff, __ATOMIC_RELAXED);
    }
    *sum = hash;
    return NULL;
}

int main(int argc, char **argv) {
    u64 percent = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    u64 count = argc > 2 ? strtoull(argv[2], NULL, 10) : 2;
    pthread_t threads[MAX_THREADS];
    if (count < 1 || count > MAX_THREADS) return 2;
    rounds_each = 60000000 * percent / 100;
    for (u64 i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, compute, &sums[i]) != 0) return 1;
    u64 all = 0;
    for (u64 i = 0; i < count; i++) {
        pthread_join(threads[i], NULL);
        all = mix(all, sums[i]);
    }
    printf("%016llx\n", (unsigned long long)mix(all, common));
    return 0;
}
