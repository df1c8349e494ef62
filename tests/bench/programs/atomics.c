// Atomic additions, exchanges and compare-and-swap loops by one thread: the cost of the operations without contention.
#include "bench.h"

static u64 counters[64];
static u64 head;
static u32 lock;

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 i = 0; i < rounds; i++) {
        u64 r = i * 0x9e3779b97f4a7c15;
        hash += __atomic_fetch_add(&counters[r >> 58], r & 7, __ATOMIC_RELAXED);
        u64 seen = __atomic_load_n(&head, __ATOMIC_ACQUIRE);
        while (!__atomic_compare_exchange_n(&head, &seen, seen * 3 + 1, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {}
        while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {}
        hash ^= head;
        __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        if (r & 1) __atomic_fetch_or(&counters[1], r, __ATOMIC_SEQ_CST);
    }
    return hash;
}
BENCH(30000000)
