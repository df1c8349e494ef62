// Code that guests make themselves: patched while other threads run it, moved, unmapped, made writable and executable in
// turn, mapped twice.
#include "check.h"

typedef long (*function)(void);
enum { RET = 0x00008067 };

static uint32_t load_immediate(uint32_t value) { return 0x00000513 | value << 20; } // addi a0, zero, value

static void flush(void *start, size_t len) { syscall(259, start, (char *)start + len, 0ul); }

static void *pages(size_t count, int protection) {
    void *at = mmap(NULL, count * 4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(at != MAP_FAILED);
    return at;
}

static void write_function(uint32_t *at, uint32_t value) {
    at[0] = load_immediate(value);
    at[1] = RET;
}

// Writable and executable in turn, as LuaJIT does for each trace: earlier functions stay right.
static void in_turn(void) {
    enum { COUNT = 400 };
    uint32_t *code = pages(4, PROT_READ | PROT_EXEC);
    long sum = 0, expected = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        CHECK_EQ(mprotect(code, 4 * 4096, PROT_READ | PROT_WRITE), 0);
        write_function(code + i * 8, i);
        CHECK_EQ(mprotect(code, 4 * 4096, PROT_READ | PROT_EXEC), 0);
        flush(code + i * 8, 8);
        for (uint32_t k = 0; k <= i; k++) {
            sum += ((function)(code + k * 8))();
            expected += k;
        }
    }
    CHECK_EQ(sum, expected);
    munmap(code, 4 * 4096);
}

// One memory, mapped for writing here and for running there.
static void two_views(void) {
    int fd = memfd_create("code", 0);
    CHECK_EQ(ftruncate(fd, 4096), 0);
    uint32_t *writable = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    uint32_t *runnable = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    for (uint32_t i = 0; i < 300; i++) {
        write_function(writable, i);
        if (i % 2) __asm__ volatile("fence.i" ::: "memory");
        else flush(runnable, 8);
        for (int k = 0; k < 20; k++) CHECK_EQ(((function)runnable)(), i);
    }
    munmap(writable, 4096);
    munmap(runnable, 4096);
    close(fd);
}

static void moved(void) {
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t *code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
        write_function(code, i);
        __asm__ volatile("fence.i" ::: "memory");
        for (int k = 0; k < 50; k++) CHECK_EQ(((function)code)(), i);
        uint32_t *target = pages(1, PROT_READ | PROT_EXEC);
        CHECK_EQ(mremap(code, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, target), target);
        for (int k = 0; k < 50; k++) CHECK_EQ(((function)target)(), i);
        // Something else where it was.
        CHECK_EQ(mmap(code, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0), code);
        write_function(code, i + 1);
        __asm__ volatile("fence.i" ::: "memory");
        CHECK_EQ(((function)code)(), i + 1);
        munmap(code, 4096);
        munmap(target, 4096);
    }
}

static sigjmp_buf back;

static void jump(int signal, siginfo_t *info, void *context) {
    (void)info, (void)context;
    siglongjmp(back, signal);
}

// What may no longer be executed is not, however hot it was.
static void taken_away(void) {
    on_signal(SIGSEGV, jump, SA_NODEFER);
    for (volatile int way = 0; way < 4; way++) {
        uint32_t *volatile code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
        write_function(code, 5);
        __asm__ volatile("fence.i" ::: "memory");
        for (int k = 0; k < 20000; k++)
            if (((function)code)() != 5) CHECK(!"5");
        if (way == 0) mprotect(code, 4096, PROT_READ | PROT_WRITE);
        if (way == 1) munmap(code, 4096);
        if (way == 2) mprotect(code, 4096, PROT_NONE);
        if (way == 3) mmap(code, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        if (sigsetjmp(back, 1) == 0) {
            ((function)code)();
            CHECK(!"ran what may not be executed");
        }
        if (way == 0) {
            mprotect(code, 4096, PROT_READ | PROT_EXEC);
            CHECK_EQ(((function)code)(), 5);
        }
        munmap(code, 4096);
    }
}

// Threads run a function in a loop while another one patches it to ever greater values.
static uint32_t *shared_code;
static _Atomic int running, stop;

static void *run_shared(void *unused) {
    (void)unused;
    long last = 0;
    running++;
    while (!stop) {
        for (int i = 0; i < 100; i++) {
            long value = ((function)shared_code)();
            // Values only grow, and are never torn.
            if (value < last || value > 2000) {
                CHECK(value >= last && value <= 2000);
                break;
            }
            last = value;
        }
        __asm__ volatile("fence.i" ::: "memory");
    }
    CHECK_EQ(((function)shared_code)(), 2000);
    return NULL;
}

static void patched_under_others(void) {
    shared_code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
    write_function(shared_code, 0);
    __asm__ volatile("fence.i" ::: "memory");
    stop = 0;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) threads[i] = start(run_shared, NULL);
    while (running < 2) sched_yield();
    for (uint32_t value = 1; value <= 2000; value++) {
        __atomic_store_n(shared_code, load_immediate(value), __ATOMIC_RELEASE);
        flush(shared_code, 4);
    }
    stop = 1;
    for (int i = 0; i < 2; i++) join(threads[i]);
}

// What one thread tells another after a flush, that one finds with the new code.
static _Atomic long published;

static void *run_published(void *unused) {
    (void)unused;
    long stale = 0;
    running = 1;
    while (!stop) {
        long at_least = published;
        stale += ((function)shared_code)() < at_least;
    }
    CHECK_EQ(stale, 0);
    return NULL;
}

static void published_after_a_flush(void) {
    shared_code = pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
    write_function(shared_code, 0);
    flush(shared_code, 8);
    published = stop = running = 0;
    pthread_t thread = start(run_published, NULL);
    while (!running) sched_yield();
    sleep_ms(50); // Long enough for it to become hot.
    for (uint32_t value = 1; value <= 2000; value++) {
        __atomic_store_n(shared_code, load_immediate(value), __ATOMIC_RELEASE);
        flush(shared_code, 4);
        published = value;
    }
    stop = 1;
    join(thread);
}

// Thousands of functions, made and dropped.
static void many(void) {
    enum { SLOTS = 1024, WORDS = 16 };
    uint32_t *code = pages(SLOTS * WORDS * 4 / 4096, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (uint32_t round = 0; round < 10; round++) {
        for (uint32_t i = 0; i < SLOTS; i++) write_function(code + i * WORDS, (i * 7 + round) & 2047);
        flush(code, SLOTS * WORDS * 4);
        long sum = 0, expected = 0;
        for (int k = 0; k < 20; k++)
            for (uint32_t i = 0; i < SLOTS; i++) {
                sum += ((function)(code + i * WORDS))();
                expected += (int32_t)(((i * 7 + round) & 2047) << 20) >> 20;
            }
        CHECK_EQ(sum, expected);
    }
    munmap(code, SLOTS * WORDS * 4);
}

int main(void) {
    in_turn();
    two_views();
    moved();
    taken_away();
    patched_under_others();
    published_after_a_flush();
    many();
    return report();
}
