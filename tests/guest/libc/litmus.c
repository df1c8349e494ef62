// Litmus tests of the memory model, by the thousand: outcomes that RVWMO forbids must not be seen.
#include "check.h"

enum { ROUNDS = 20000 };

static struct {
    _Alignas(128) volatile uint64_t x;
    _Alignas(128) volatile uint64_t y;
    _Alignas(128) volatile uint64_t seen[2];
    _Alignas(128) _Atomic uint32_t arrived;
    _Alignas(128) _Atomic uint32_t generation;
} now;

static int (*threads_do)(int who, int round);
static int rounds_done[2];

// Both threads arrive here before either goes on.
static void meet(void) {
    uint32_t generation = now.generation;
    if (atomic_fetch_add(&now.arrived, 1) == 1) {
        now.arrived = 0;
        now.generation = generation + 1;
        return;
    }
    for (int spins = 0; now.generation == generation; spins++)
        if (spins > 2000) sched_yield();
}

static void *run_rounds(void *argument) {
    int who = (int)(intptr_t)argument;
    for (int round = 0; round < ROUNDS; round++) {
        if (who == 0) now.x = now.y = 0;
        meet();
        threads_do(who, round);
        meet();
        rounds_done[who] = round + 1;
    }
    return NULL;
}

static long forbidden;

static void run(int (*test)(int, int)) {
    threads_do = test;
    forbidden = 0;
    pthread_t threads[2];
    for (intptr_t i = 0; i < 2; i++) threads[i] = start(run_rounds, (void *)i);
    for (int i = 0; i < 2; i++) join(threads[i]);
    CHECK_EQ(rounds_done[0], ROUNDS);
    CHECK_EQ(forbidden, 0);
}

// Waits a little, differently each time, so that the threads meet in many ways.
static void stagger(int round) {
    for (volatile int i = round % 37; i > 0; i--) {}
}

static int message_passing_fences(int who, int round) {
    stagger(who ? round : round * 7);
    if (who == 0) {
        __asm__ volatile("sd %0, (%1)\nfence w, w\nsd %0, (%2)" ::"r"(1ul), "r"(&now.x), "r"(&now.y) : "memory");
    } else {
        uint64_t first, second;
        __asm__ volatile("ld %0, (%2)\nfence r, r\nld %1, (%3)" : "=&r"(first), "=&r"(second) : "r"(&now.y), "r"(&now.x) : "memory");
        if (first == 1 && second == 0) forbidden++;
    }
    return 0;
}

static int message_passing_amo(int who, int round) {
    stagger(who ? round * 3 : round);
    if (who == 0) {
        __asm__ volatile("sd %0, (%1)\namoswap.d.rl zero, %0, (%2)" ::"r"(1ul), "r"(&now.x), "r"(&now.y) : "memory");
    } else {
        uint64_t first, second;
        __asm__ volatile("lr.d.aq %0, (%2)\nld %1, (%3)" : "=&r"(first), "=&r"(second) : "r"(&now.y), "r"(&now.x) : "memory");
        if (first == 1 && second == 0) forbidden++;
    }
    return 0;
}

static int store_buffering(int who, int round) {
    stagger(who ? round : round * 5);
    volatile uint64_t *own = who ? &now.y : &now.x, *other = who ? &now.x : &now.y;
    uint64_t seen;
    __asm__ volatile("sd %1, (%2)\nfence rw, rw\nld %0, (%3)" : "=&r"(seen) : "r"(1ul), "r"(own), "r"(other) : "memory");
    now.seen[who] = seen;
    meet();
    if (who == 0 && now.seen[0] == 0 && now.seen[1] == 0) forbidden++;
    return 0;
}

// Read-modify-writes with aq and rl order as fences do.
static int store_buffering_amo(int who, int round) {
    stagger(who ? round : round * 5);
    volatile uint64_t *own = who ? &now.y : &now.x, *other = who ? &now.x : &now.y;
    uint64_t seen;
    __asm__ volatile("amoswap.d.aqrl zero, %1, (%2)\nlr.d.aqrl %0, (%3)" : "=&r"(seen) : "r"(1ul), "r"(own), "r"(other) : "memory");
    now.seen[who] = seen;
    meet();
    if (who == 0 && now.seen[0] == 0 && now.seen[1] == 0) forbidden++;
    return 0;
}

static int load_buffering(int who, int round) {
    stagger(who ? round : round * 3);
    volatile uint64_t *own = who ? &now.y : &now.x, *other = who ? &now.x : &now.y;
    uint64_t seen;
    __asm__ volatile("ld %0, (%2)\nfence r, w\nsd %1, (%3)" : "=&r"(seen) : "r"(1ul), "r"(own), "r"(other) : "memory");
    now.seen[who] = seen;
    meet();
    if (who == 0 && now.seen[0] == 1 && now.seen[1] == 1) forbidden++;
    return 0;
}

// Reads of one location never go back.
static int coherence(int who, int round) {
    stagger(who ? round : round * 3);
    if (who == 0) {
        now.x = 1;
        now.x = 2;
    } else {
        uint64_t first, second;
        __asm__ volatile("ld %0, (%2)\nld %1, (%2)" : "=&r"(first), "=&r"(second) : "r"(&now.x) : "memory");
        if (first > second) forbidden++;
    }
    return 0;
}

// A store by the other thread between load-reserved and store-conditional makes the latter fail.
static int reservations(int who, int round) {
    stagger(who ? round : round * 3);
    uint64_t old, failed;
    do {
        __asm__ volatile("lr.d %0, (%2)\naddi %0, %0, 1\nsc.d %1, %0, (%2)" : "=&r"(old), "=&r"(failed) : "r"(&now.x) : "memory");
    } while (failed);
    if (who == 0) __atomic_fetch_add(&now.x, 1, __ATOMIC_RELAXED);
    meet();
    if (who == 0 && now.x != 3) forbidden++;
    return 0;
}

// Parts of a word: each thread changes its own byte by a loop on the whole word.
static void add_to_byte(volatile uint32_t *word, int byte) {
    uint32_t old = *word, new;
    do {
        new = (old & ~(0xffu << byte * 8)) | ((((old >> byte * 8) + 1) & 0xff) << byte * 8);
    } while (!__atomic_compare_exchange_n(word, &old, new, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
}

static volatile uint32_t bytes;
static volatile uint64_t sums[8];
static char unaligned_memory[64] __attribute__((aligned(64)));

static void *count_in_bytes(void *argument) {
    int who = (int)(intptr_t)argument;
    for (int i = 0; i < 100000; i++) {
        add_to_byte(&bytes, who);
        __atomic_fetch_add(&sums[0], 3, __ATOMIC_RELAXED);
        __atomic_fetch_xor(&sums[1], (uint64_t)i << who, __ATOMIC_RELAXED);
        __atomic_fetch_or(&sums[2], 1ul << (i % 64), __ATOMIC_RELAXED);
        uint64_t ignored;
        __asm__ volatile("amomaxu.d %0, %1, (%2)" : "=r"(ignored) : "r"((uint64_t)i), "r"(&sums[3]) : "memory");
        __asm__ volatile("amomin.w %0, %1, (%2)" : "=r"(ignored) : "r"(-(uint64_t)i), "r"(&sums[4]) : "memory");
    }
    return NULL;
}

static void counters(void) {
    pthread_t threads[4];
    for (intptr_t i = 0; i < 4; i++) threads[i] = start(count_in_bytes, (void *)i);
    for (int i = 0; i < 4; i++) join(threads[i]);
    CHECK_EQ(bytes, (100000 & 0xff) * 0x01010101u);
    CHECK_EQ(sums[0], 1200000);
    CHECK_EQ(sums[2], -1);
    CHECK_EQ(sums[3], 99999);
    CHECK_EQ((int32_t)sums[4], -99999);
}

// Misaligned plain accesses within one thread's own memory, across cache lines and pages; misaligned accesses
// beside another thread's aligned ones leave those alone.
static void *write_unaligned(void *argument) {
    char *at = argument;
    uint64_t sum = 0;
    for (uint64_t i = 0; i < 200000; i++) {
        uint64_t value = i * 0x0101010101010101u, back;
        __asm__ volatile("sd %1, (%2)\nld %0, (%2)" : "=&r"(back) : "r"(value), "r"(at) : "memory");
        sum += back == value;
        uint32_t half, low = (uint32_t)value;
        __asm__ volatile("sw %1, 1(%2)\nlwu %0, 1(%2)" : "=&r"(half) : "r"(low), "r"(at) : "memory");
        sum += half == low;
    }
    return (void *)sum;
}

static void misaligned(void) {
    pthread_t threads[2];
    char *page_end = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    threads[0] = start(write_unaligned, unaligned_memory + 3);
    threads[1] = start(write_unaligned, page_end + 4091);
    for (int i = 0; i < 2; i++) CHECK_EQ(join(threads[i]), 400000);
    for (int i = 0; i < 64; i++)
        if (i < 3 || i >= 11) CHECK_EQ(unaligned_memory[i], 0);
}

int main(void) {
    run(message_passing_fences);
    run(message_passing_amo);
    run(store_buffering);
    run(store_buffering_amo);
    run(load_buffering);
    run(coherence);
    run(reservations);
    counters();
    misaligned();
    return report();
}
