// Signals without faults: delivery, masks, pending ones, flags, the alternate stack, and registers across a handler.
#include "../runtime/guest.h"

static volatile int calls;
static volatile u64 handler_sp;
static u8 alternate[16384] __attribute__((aligned(16)));

static void count(int signal, siginfo *info, ucontext *context) {
    (void)info;
    (void)context;
    calls++;
    handler_sp = (u64)__builtin_frame_address(0);
    put_str("  handler: ");
    put_dec(signal);
    put_str("\n");
}

static void nested(int signal, siginfo *info, ucontext *context) {
    (void)info;
    (void)context;
    put_str("  outer begins\n");
    if (signal == SIGUSR1) sys(SYS_kill, sys(SYS_getpid), SIGUSR2);
    put_str("  outer ends\n");
}

static void again(int signal, siginfo *info, ucontext *context) {
    (void)info;
    (void)context;
    int depth = ++calls;
    if (depth < 3) sys(SYS_kill, sys(SYS_getpid), signal);
    put_str("  depth ");
    put_dec(depth);
    put_str(" leaves\n");
}

static void raise(int signal) { sys(SYS_kill, sys(SYS_getpid), signal); }

static void change_mask(int how, u64 mask) { sys(SYS_rt_sigprocmask, how, &mask, NULL, sizeof mask); }

static volatile double spoiled;
static void spoil(int signal, siginfo *info, ucontext *context) {
    (void)signal;
    (void)info;
    (void)context;
    // Uses every caller-saved floating-point register and the rounding mode; the return must restore them.
    double x = spoiled;
    __asm__ volatile(".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\nfmv.d ft\\n, %0\n.endr\n"
                     "fsrmi 2\nfsflagsi 31" ::"f"(x)
                     : "ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "ft8", "ft9", "ft10", "ft11");
    calls++;
}

static void set_result(int signal, siginfo *info, ucontext *context) {
    (void)signal;
    (void)info;
    context->x[9] = 1234; // s1
    context->f[9] = 0x4045000000000000; // fs1 = 42.0
}

int main(void) {
    put_str("one signal\n");
    on_signal(SIGUSR1, count, 0);
    raise(SIGUSR1);
    show_dec("calls", calls);

    put_str("blocked, then unblocked\n");
    change_mask(SIG_BLOCK, signal_bit(SIGUSR1));
    raise(SIGUSR1);
    raise(SIGUSR1);
    u64 pending = 0;
    sys(SYS_rt_sigpending, &pending, sizeof pending);
    show_hex("pending", pending);
    show_dec("calls", calls);
    change_mask(SIG_UNBLOCK, signal_bit(SIGUSR1));
    show_dec("calls", calls);

    put_str("a signal in a handler\n");
    on_signal(SIGUSR1, nested, 0);
    on_signal(SIGUSR2, nested, 0);
    raise(SIGUSR1);

    put_str("the same signal in its handler, SA_NODEFER\n");
    calls = 0;
    on_signal(SIGUSR1, again, SA_NODEFER);
    raise(SIGUSR1);

    put_str("SA_RESETHAND\n");
    on_signal(SIGUSR1, count, SA_RESETHAND);
    raise(SIGUSR1);
    u64 old[3] = {1, 1, 1};
    sys(SYS_rt_sigaction, SIGUSR1, NULL, old, 8);
    show_hex("handler afterwards", old[0]);

    put_str("ignored\n");
    ignore_signal(SIGUSR1);
    raise(SIGUSR1);

    put_str("alternate stack\n");
    signal_stack stack = {alternate, 0, sizeof alternate}, now;
    show_dec("sigaltstack", sys(SYS_sigaltstack, &stack, NULL));
    on_signal(SIGUSR1, count, SA_ONSTACK);
    raise(SIGUSR1);
    put_str(handler_sp > (u64)alternate && handler_sp <= (u64)alternate + sizeof alternate ? "on it\n" : "not on it\n");
    on_signal(SIGUSR1, count, 0);
    raise(SIGUSR1);
    put_str(handler_sp > (u64)alternate && handler_sp <= (u64)alternate + sizeof alternate ? "on it\n" : "not on it\n");
    sys(SYS_sigaltstack, NULL, &now);
    show_dec("size set", now.size);

    put_str("registers come back\n");
    on_signal(SIGUSR1, spoil, 0);
    double before = 1.5;
    u64 status;
    __asm__ volatile("fsrmi 0\nfsflagsi 1");
    __asm__ volatile("fmv.d ft3, %2\n"
                     "mv a0, %3\nli a1, 10\nli a7, 129\necall\n" // kill(getpid(), SIGUSR1)
                     "fmv.d %0, ft3\n"
                     "frcsr %1\n"
                     : "=f"(before), "=r"(status)
                     : "f"(before), "r"(sys(SYS_getpid))
                     : "a0", "a1", "a7", "ft3", "memory");
    show_dec("ft3 * 2", (s64)(before * 2));
    show_hex("fcsr", status);

    put_str("a handler changes registers\n");
    on_signal(SIGUSR1, set_result, 0);
    u64 changed;
    double fp_changed;
    __asm__ volatile("mv a0, %2\nli a1, 10\nli a7, 129\necall\nmv %0, s1\nfmv.d %1, fs1"
                     : "=r"(changed), "=f"(fp_changed)
                     : "r"(sys(SYS_getpid))
                     : "a0", "a1", "a7", "s1", "fs1", "memory");
    show_dec("s1", changed);
    show_dec("fs1", (s64)fp_changed);
    show_dec("invalid signal", on_signal(65, count, 0));
    show_dec("SIGKILL", on_signal(SIGKILL, count, 0));
    return 0;
}
