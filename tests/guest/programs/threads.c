// Threads of one process: shared counters with atomics, a futex to wait on, thread-local pointers.
#include "../runtime/guest.h"

enum { THREADS = 4, ROUNDS = 20000, STACK = 16384 };
enum { CLONE_VM = 0x100, CLONE_FS = 0x200, CLONE_FILES = 0x400, CLONE_SIGHAND = 0x800, CLONE_THREAD = 0x10000,
       CLONE_SYSVSEM = 0x40000, CLONE_SETTLS = 0x80000, CLONE_CHILD_CLEARTID = 0x200000 };
enum { FUTEX_WAIT = 0 };

static u64 added, by_lrsc, locked;
static u32 lock;
static volatile u32 alive[THREADS];
static u8 stacks[THREADS][STACK] __attribute__((aligned(16)));
static u64 locals[THREADS];

static u64 *thread_local(void) {
    u64 *tp;
    __asm__ volatile("mv %0, tp" : "=r"(tp));
    return tp;
}

static void work(void) {
    for (int i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&added, 1, __ATOMIC_RELAXED);
        u64 old = __atomic_load_n(&by_lrsc, __ATOMIC_RELAXED);
        while (!__atomic_compare_exchange_n(&by_lrsc, &old, old + 2, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {}
        if (i % 16 == 0) {
            while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) sys(SYS_sched_yield);
            locked = locked + 1;
            __atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
        }
        *thread_local() += 1;
    }
}

// Starts a thread that runs `work` on its own stack and then ends.
static NOINLINE s64 start(int n) {
    u64 flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                CLONE_CHILD_CLEARTID;
    alive[n] = 1;
    register u64 a0 __asm__("a0") = flags;
    register u64 a1 __asm__("a1") = (u64)(stacks[n] + STACK);
    register u64 a2 __asm__("a2") = 0;
    register u64 a3 __asm__("a3") = (u64)&locals[n];
    register u64 a4 __asm__("a4") = (u64)&alive[n];
    register u64 a7 __asm__("a7") = SYS_clone;
    register void (*function)(void) __asm__("s1") = work;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "jalr s1\n"
                     "li a0, 0\n"
                     "li a7, 93\n"
                     "ecall\n"
                     "1:"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7), "r"(function)
                     : "ra", "memory");
    return (s64)a0;
}

int main(void) {
    for (int n = 0; n < THREADS; n++)
        if (start(n) <= 0) put_str("clone failed\n");
    for (int n = 0; n < THREADS; n++)
        while (alive[n]) sys(SYS_futex, &alive[n], FUTEX_WAIT, 1, NULL, NULL, 0);
    show_dec("amoadd", added);
    show_dec("lr/sc", by_lrsc);
    show_dec("under the lock", locked);
    for (int n = 0; n < THREADS; n++) show_dec("thread's own", locals[n]);
    return 0;
}
