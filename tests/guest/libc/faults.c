// Faults of guest instructions: handlers see exact registers, may change them and return.
#include "check.h"

static _Atomic int faults;
static long page_size = 4096;

// Runs `asm` with known values in registers; the load at `fault_here` fails.
static uint64_t seen[32];
static uint64_t seen_pc, seen_address;
static int seen_code;
extern char fault_here[], after_fault[];

static void record(int signal, siginfo_t *info, void *context) {
    (void)signal;
    ucontext_t *interrupted = context;
    memcpy(seen, interrupted->uc_mcontext.__gregs, sizeof seen);
    seen_pc = seen[0];
    seen_address = (uint64_t)info->si_addr;
    seen_code = info->si_code;
    interrupted->uc_mcontext.__gregs[0] = (uint64_t)after_fault;
    interrupted->uc_mcontext.__gregs[9] = 0x5151; // s1
    interrupted->uc_mcontext.__fpregs.__d.__f[8] = 0x4045000000000000; // fs0 = 42.0
    faults++;
}

static __attribute__((noinline)) void fault_with_known_registers(uint64_t address, uint64_t base, uint64_t *s1, double *fs0) {
    register uint64_t a0 __asm__("a0") = address;
    register uint64_t a1 __asm__("a1") = base;
    register uint64_t got __asm__("s1");
    double real;
    __asm__ volatile("li s1, 1\n"
                     "li t0, 100\n"
                     "addi t1, a1, 11\n"
                     // Some iterations, so that values are in host registers.
                     "1: addi t1, t1, 3\n"
                     "slli t2, t1, 1\n"
                     "addi t0, t0, -1\n"
                     "bnez t0, 1b\n"
                     "fcvt.d.l fs0, t1\n"
                     "addi t3, t1, 5\n"
                     ".globl fault_here\n"
                     "fault_here: ld t3, 0(a0)\n"
                     "li t2, 0\n"
                     "li s1, 0\n"
                     ".globl after_fault\n"
                     "after_fault:\n"
                     "fmv.d %1, fs0"
                     : "=r"(got), "=f"(real)
                     : "r"(a0), "r"(a1)
                     : "t0", "t1", "t2", "t3", "fs0", "memory");
    *s1 = got;
    *fs0 = real;
}

static void exact_registers(void) {
    on_signal(SIGSEGV, record, 0);
    uint64_t wild[] = {0, 8, 0x40000000000, 0xffffffffffffff00, 1ul << 62};
    for (int round = 0; round < 400; round++) {
        uint64_t s1, address = wild[round % 5];
        double fs0;
        fault_with_known_registers(address, (uint64_t)round, &s1, &fs0);
        uint64_t t1 = (uint64_t)round + 311;
        CHECK_EQ(faults, round + 1);
        CHECK_EQ(seen_pc, fault_here);
        CHECK_EQ(seen_address, address);
        CHECK_EQ(seen[10], address);
        CHECK_EQ(seen[9], 1);
        CHECK_EQ(seen[5], 0);
        CHECK_EQ(seen[6], t1);
        CHECK_EQ(seen[7], t1 << 1);
        CHECK_EQ(seen[28], t1 + 5);
        CHECK_EQ(s1, 0x5151);
        CHECK(fs0 == 42.0);
    }
}

// As collectors do: a write to a protected page is noted, the page opened, the instruction made again.
enum { PAGES = 64 };
static char *arena;
static _Atomic int opened[PAGES];

static void open_page(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    if (info->si_code != SEGV_ACCERR) abort();
    long page = ((char *)info->si_addr - arena) / page_size;
    if (page < 0 || page >= PAGES) abort();
    opened[page]++;
    mprotect(arena + page * page_size, (size_t)page_size, PROT_READ | PROT_WRITE);
}

static void *write_all(void *argument) {
    uint64_t step = (uint64_t)(uintptr_t)argument, sum = 0;
    for (int i = 0; i < PAGES * 512; i++) {
        __atomic_fetch_add((uint64_t *)arena + (i * step) % (PAGES * 512), 1, __ATOMIC_RELAXED);
        sum += (uint64_t)i;
    }
    return (void *)sum;
}

static void write_barrier(void) {
    on_signal(SIGSEGV, open_page, 0);
    arena = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int round = 1; round <= 30; round++) {
        for (int i = 0; i < PAGES; i++) opened[i] = 0;
        CHECK_EQ(mprotect(arena, PAGES * 4096, PROT_READ), 0);
        pthread_t threads[2];
        for (uintptr_t i = 0; i < 2; i++) threads[i] = start(write_all, (void *)(i == 0 ? 1ul : 513ul));
        for (int i = 0; i < 2; i++) join(threads[i]);
        for (int i = 0; i < PAGES; i++) CHECK(opened[i] >= 1 && opened[i] <= 2);
        for (int i = 0; i < PAGES * 512; i++)
            if (((uint64_t *)arena)[i] != 2u * (unsigned)round) {
                CHECK_EQ(((uint64_t *)arena)[i], 2 * round);
                break;
            }
    }
    munmap(arena, PAGES * 4096);
}

static sigjmp_buf back;
static volatile uint64_t fault_address;

static void jump(int signal, siginfo_t *info, void *context) {
    (void)context;
    fault_address = (uint64_t)info->si_addr;
    siglongjmp(back, signal);
}

// A file's mapping ends before the page does: SIGBUS behind the last page of the file.
static void behind_a_file(void) {
    on_signal(SIGBUS, jump, 0);
    FILE *file = tmpfile();
    CHECK_EQ(ftruncate(fileno(file), 4096), 0);
    volatile char *map = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fileno(file), 0);
    map[0] = 1;
    for (volatile int i = 0; i < 50; i++) {
        int signal = sigsetjmp(back, 1);
        if (signal == 0) {
            map[4096 + i] = 1;
            CHECK(!"written behind the end");
        } else {
            CHECK_EQ(signal, SIGBUS);
            CHECK_EQ(fault_address, (uint64_t)&map[4096 + i]);
        }
    }
    CHECK_EQ(ftruncate(fileno(file), 8192), 0);
    map[4096] = 1;
    fclose(file);
}

static void skip(int signal, siginfo_t *info, void *context) {
    (void)signal;
    ucontext_t *interrupted = context;
    CHECK_EQ((uint64_t)info->si_addr, interrupted->uc_mcontext.__gregs[0]);
    interrupted->uc_mcontext.__gregs[0] += 4;
    interrupted->uc_mcontext.__gregs[10] += 7;
    faults++;
}

static void illegal_instructions(void) {
    on_signal(SIGILL, skip, 0);
    faults = 0;
    uint64_t sum = 0;
    for (int i = 0; i < 1000; i++) {
        register uint64_t a0 __asm__("a0") = (uint64_t)i;
        // A custom-0 instruction, emulated by the handler.
        __asm__ volatile(".option push\n.option norvc\n.word 0x0000000b\n.option pop" : "+r"(a0)::"memory");
        sum += a0;
    }
    CHECK_EQ(sum, 499500 + 7000);
    CHECK_EQ(faults, 1000);
}

static void breakpoints(void) {
    on_signal(SIGTRAP, skip, 0);
    faults = 0;
    for (int i = 0; i < 100; i++) {
        register uint64_t a0 __asm__("a0") = (uint64_t)i;
        __asm__ volatile(".option push\n.option norvc\nebreak\n.option pop" : "+r"(a0)::"memory");
        CHECK_EQ(a0, i + 7);
    }
    CHECK_EQ(faults, 100);
}

static void jump_to_nowhere(void) {
    on_signal(SIGSEGV, jump, 0);
    uint64_t targets[] = {0, 0x1000, 1ul << 50, ~1ul};
    for (volatile int i = 0; i < 40; i++) {
        int signal = sigsetjmp(back, 1);
        if (signal == 0) {
            ((void (*)(void))targets[i % 4])();
            CHECK(!"came back");
        } else {
            CHECK_EQ(signal, SIGSEGV);
            CHECK_EQ(fault_address, targets[i % 4]);
        }
    }
}

// A stack that overflows is handled on an alternate stack, again and again.
static volatile int depth;

static __attribute__((noinline)) int overflow(int n) {
    volatile char frame[512];
    frame[0] = (char)n;
    depth = n;
    return (depth == -1 ? 0 : overflow(n + 1)) + frame[0];
}

static void *overflow_in_thread(void *unused) {
    (void)unused;
    static _Thread_local char alternate[65536];
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    sigaltstack(&stack, NULL);
    for (volatile int i = 0; i < 5; i++) {
        if (sigsetjmp(back, 1) == 0) overflow(0);
        CHECK(depth > 100);
    }
    return NULL;
}

static void stack_overflow(void) {
    on_signal(SIGSEGV, jump, SA_ONSTACK);
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    pthread_t thread;
    pthread_create(&thread, &attributes, overflow_in_thread, NULL);
    join(thread);
    overflow_in_thread(NULL);
}

// A fault in the handler of another one.
static void nested(int signal, siginfo_t *info, void *context) {
    (void)info;
    ucontext_t *interrupted = context;
    static _Thread_local int level;
    faults++;
    if (level++ < 3) {
        register uint64_t a0 __asm__("a0") = 1;
        __asm__ volatile(".option push\n.option norvc\nld t0, 0(zero)\n.option pop" : "+r"(a0)::"t0", "memory");
    }
    level--;
    interrupted->uc_mcontext.__gregs[0] += 4;
    (void)signal;
}

static void nested_faults(void) {
    on_signal(SIGSEGV, nested, SA_NODEFER);
    faults = 0;
    for (int i = 0; i < 100; i++) __asm__ volatile(".option push\n.option norvc\nld t0, 0(zero)\n.option pop" ::: "t0", "memory");
    CHECK_EQ(faults, 400);
}

// System calls answer EFAULT and touch nothing else.
static void bad_pointers_in_calls(void) {
    char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(page + 4096, 4096);
    void *volatile nowhere = (void *)8;
    CHECK_EQ(write(1, nowhere, 5), -1);
    CHECK_EQ(errno, EFAULT);
    CHECK_EQ(read(0, (void *)(1ul << 60), 5), -1);
    CHECK_EQ(errno, EFAULT);
    CHECK_EQ(open((char *)1, O_RDONLY), -1);
    CHECK_EQ(errno, EFAULT);
    CHECK_EQ(syscall(SYS_clock_gettime, CLOCK_REALTIME, page + 4090), -1);
    CHECK_EQ(errno, EFAULT);
    CHECK_EQ(syscall(SYS_rt_sigaction, SIGUSR1, page + 4096, NULL, 8), -1);
    CHECK_EQ(errno, EFAULT);
}

int main(void) {
    exact_registers();
    write_barrier();
    behind_a_file();
    illegal_instructions();
    breakpoints();
    jump_to_nowhere();
    stack_overflow();
    nested_faults();
    bad_pointers_in_calls();
    return report();
}
