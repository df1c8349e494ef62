// What the freestanding guest programs are written against: system calls and printing, no C library.
//
// Output goes straight to write(2), one call for each put_*: what a program printed before it was killed is seen.
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;
typedef int s32;
typedef long s64;
typedef u64 size_t;

#define NULL ((void *)0)
#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define NOINLINE __attribute__((noinline))

// --- system calls ---------------------------------------------------------------------------------------------------

enum {
    SYS_dup3 = 24, SYS_ioctl = 29, SYS_openat = 56, SYS_close = 57, SYS_pipe2 = 59, SYS_read = 63, SYS_write = 64,
    SYS_exit = 93, SYS_exit_group = 94, SYS_set_tid_address = 96, SYS_futex = 98, SYS_nanosleep = 101,
    SYS_setitimer = 103, SYS_clock_gettime = 113, SYS_sched_yield = 124, SYS_kill = 129, SYS_tgkill = 131,
    SYS_sigaltstack = 132, SYS_rt_sigsuspend = 133, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135,
    SYS_rt_sigpending = 136, SYS_getpid = 172, SYS_getppid = 173, SYS_gettid = 178, SYS_brk = 214, SYS_munmap = 215,
    SYS_mremap = 216, SYS_clone = 220, SYS_mmap = 222, SYS_mprotect = 226, SYS_madvise = 233,
    SYS_riscv_flush_icache = 259, SYS_wait4 = 260,
};

static inline s64 syscall6(s64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f) {
    register s64 a7 __asm__("a7") = number;
    register u64 a0 __asm__("a0") = a;
    register u64 a1 __asm__("a1") = b;
    register u64 a2 __asm__("a2") = c;
    register u64 a3 __asm__("a3") = d;
    register u64 a4 __asm__("a4") = e;
    register u64 a5 __asm__("a5") = f;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
    return (s64)a0;
}
#define PICK_SYSCALL(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define SYSCALL0(n) syscall6(n, 0, 0, 0, 0, 0, 0)
#define SYSCALL1(n, a) syscall6(n, (u64)(a), 0, 0, 0, 0, 0)
#define SYSCALL2(n, a, b) syscall6(n, (u64)(a), (u64)(b), 0, 0, 0, 0)
#define SYSCALL3(n, a, b, c) syscall6(n, (u64)(a), (u64)(b), (u64)(c), 0, 0, 0)
#define SYSCALL4(n, a, b, c, d) syscall6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0, 0)
#define SYSCALL5(n, a, b, c, d, e) syscall6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), 0)
#define SYSCALL6(n, a, b, c, d, e, f) syscall6(n, (u64)(a), (u64)(b), (u64)(c), (u64)(d), (u64)(e), (u64)(f))
// sys(SYS_name, arguments...): the kernel's own result, so a negative error number on failure.
#define sys(...) \
    PICK_SYSCALL(__VA_ARGS__, SYSCALL6, SYSCALL5, SYSCALL4, SYSCALL3, SYSCALL2, SYSCALL1, SYSCALL0)(__VA_ARGS__)

__attribute__((noreturn)) void guest_exit(int status);

// --- printing -------------------------------------------------------------------------------------------------------

void put_str(const char *text);
void put_dec(s64 value);
void put_hex(u64 value); // 0x…, no leading zeros
// "label: value\n"
void show_dec(const char *label, s64 value);
void show_hex(const char *label, u64 value);

int str_equal(const char *a, const char *b);
s64 parse_dec(const char *text);
void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *text);

// --- signals --------------------------------------------------------------------------------------------------------

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGKILL = 9, SIGUSR1 = 10, SIGSEGV = 11, SIGUSR2 = 12,
       SIGPIPE = 13, SIGALRM = 14, SIGCHLD = 17 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000,
       SA_RESETHAND = (s32)0x80000000 };
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2 };

typedef struct {
    s32 si_signo, si_errno, si_code, pad;
    u64 si_addr; // also si_pid and si_uid
    u64 rest[13];
} siginfo;

typedef struct {
    void *base;
    s32 flags;
    u64 size;
} signal_stack;

// The kernel's ucontext: x[0] holds the pc, x[n] register xn.
typedef struct {
    u64 flags;
    void *link;
    signal_stack stack;
    u64 mask;
    u8 unused[120];
    __attribute__((aligned(16))) u64 x[32];
    u64 f[32];
    u32 fcsr;
    u8 rest[260];
} ucontext;

typedef void signal_handler(int signal, siginfo *info, ucontext *context);

// Installs `handler` (with SA_SIGINFO added to the flags) and returns the kernel's result.
s64 on_signal(int signal, signal_handler *handler, u64 flags);
s64 default_signal(int signal);
s64 ignore_signal(int signal);
static inline u64 signal_bit(int signal) { return 1ul << (signal - 1); }

// --- memory ---------------------------------------------------------------------------------------------------------

enum { PROT_NONE = 0, PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4 };
enum { MAP_SHARED = 1, MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_ANONYMOUS = 0x20, MAP_FIXED_NOREPLACE = 0x100000 };
enum { PAGE = 4096 };

static inline void *map_pages(u64 count, int protection) {
    return (void *)sys(SYS_mmap, 0, count * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

// --- processes ------------------------------------------------------------------------------------------------------

static inline s64 fork(void) { return sys(SYS_clone, SIGCHLD, 0, 0, 0, 0); }

#endif
