/* Runs programs that come on standard input and writes on standard output what they leave behind:
   how another emulator is compared with ours by the fuzzer (`tests/src/fuzz/remote.rs`).

   Everything happens in the handler of one set of signals. A program ends by a signal (a
   breakpoint at its end, or a fault); the handler writes down the interrupted state, reads the next
   program and returns into its first instruction. */

typedef unsigned long u64;

enum { SIGILL = 4, SIGTRAP = 5, SIGBUS = 7, SIGFPE = 8, SIGSEGV = 11 };
enum { SYS_read = 63, SYS_write = 64, SYS_exit = 93, SYS_sigaltstack = 132, SYS_rt_sigaction = 134, SYS_mmap = 222 };
enum { SA_SIGINFO = 4, SA_ONSTACK = 0x08000000, SA_NODEFER = 0x40000000 };
enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, MAP_PRIVATE_FIXED_ANONYMOUS = 0x32 };

/* As in `program.rs`. */
#define CODE 0x10000UL
#define CODE_BYTES 0x4000UL
#define SCRATCH 0x100000UL
#define SCRATCH_BYTES 0x2000UL

struct registers {
    u64 pc;
    u64 x[31]; /* from x1 on, as the kernel has them */
    u64 f[32];
    u64 fcsr;
};

struct program {
    struct registers registers;
    unsigned char memory[SCRATCH_BYTES];
    unsigned char code[CODE_BYTES];
};

struct outcome {
    u64 signal;
    u64 address;
    struct registers registers;
    unsigned char memory[SCRATCH_BYTES];
};

struct siginfo {
    int signal, error, code, padding;
    u64 address;
};

struct ucontext {
    u64 flags, link, stack[3], mask[16], padding;
    u64 gregs[32]; /* pc, then x1 to x31 */
    u64 f[32];
    unsigned fcsr;
};

static struct program program;
static struct outcome outcome;
static unsigned char signal_stack[1 << 16] __attribute__((aligned(16)));

static long syscall6(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
    register u64 a0 asm("a0") = a;
    register u64 a1 asm("a1") = b;
    register u64 a2 asm("a2") = c;
    register u64 a3 asm("a3") = d;
    register u64 a4 asm("a4") = e;
    register u64 a5 asm("a5") = f;
    register long a7 asm("a7") = number;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7) : "memory");
    return a0;
}

static void quit(int status)
{
    for (;;)
        syscall6(SYS_exit, status, 0, 0, 0, 0, 0);
}

/* Moves all bytes; 0 at the end of the input. */
static int transfer(long number, u64 file, void *data, u64 length)
{
    char *at = data;
    while (length) {
        long done = syscall6(number, file, (u64)at, length, 0, 0, 0);
        if (done == 0)
            return 0;
        if (done < 0)
            quit(3);
        at += done;
        length -= done;
    }
    return 1;
}

/* By words, volatile, so that the compiler makes no call of `memcpy` of it. */
static void copy(volatile void *to, const volatile void *from, u64 bytes)
{
    for (u64 i = 0; i < bytes / 8; i++)
        ((volatile u64 *)to)[i] = ((const volatile u64 *)from)[i];
}

static int running;

static void on_signal(int signal, struct siginfo *info, struct ucontext *context)
{
    if (running) {
        outcome.signal = signal;
        outcome.address = signal == SIGSEGV || signal == SIGBUS ? info->address : 0;
        copy(&outcome.registers.pc, context->gregs, sizeof context->gregs);
        copy(outcome.registers.f, context->f, sizeof context->f);
        outcome.registers.fcsr = context->fcsr;
        copy(outcome.memory, (void *)SCRATCH, SCRATCH_BYTES);
        transfer(SYS_write, 1, &outcome, sizeof outcome);
    }
    if (!transfer(SYS_read, 0, &program, sizeof program))
        quit(0);
    running = 1;
    copy(context->gregs, &program.registers.pc, sizeof context->gregs);
    copy(context->f, program.registers.f, sizeof context->f);
    context->fcsr = program.registers.fcsr;
    copy((void *)SCRATCH, program.memory, SCRATCH_BYTES);
    copy((void *)CODE, program.code, CODE_BYTES);
    asm volatile("fence.i" ::: "memory");
}

struct action {
    void (*handler)(int, struct siginfo *, struct ucontext *);
    u64 flags, mask;
};

static void map(u64 address, u64 bytes, int access)
{
    if (syscall6(SYS_mmap, address, bytes, access, MAP_PRIVATE_FIXED_ANONYMOUS, -1, 0) != (long)address)
        quit(2);
}

void harness(void)
{
    map(CODE, CODE_BYTES, PROT_READ | PROT_WRITE | PROT_EXEC);
    map(SCRATCH, SCRATCH_BYTES, PROT_READ | PROT_WRITE);
    struct {
        void *address;
        u64 flags, bytes;
    } stack = {signal_stack, 0, sizeof signal_stack};
    syscall6(SYS_sigaltstack, (u64)&stack, 0, 0, 0, 0, 0);
    struct action action = {on_signal, SA_SIGINFO | SA_ONSTACK | SA_NODEFER, 0};
    static const int signals[] = {SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV};
    for (u64 i = 0; i < sizeof signals / sizeof *signals; i++)
        if (syscall6(SYS_rt_sigaction, signals[i], (u64)&action, 0, 8, 0, 0) != 0)
            quit(2);
    asm volatile("ebreak");
    quit(4);
}

asm(".globl _start\n"
    "_start:\n"
    ".option push\n"
    ".option norelax\n"
    "la gp, __global_pointer$\n"
    ".option pop\n"
    "andi sp, sp, -16\n"
    "call harness\n");
