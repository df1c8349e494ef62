// Straight-line code that faults in its middle, many times: for tests of exact instruction and access counts.
//
// stretch() is one block of code of 12 instructions; the fifth is a load through its argument. Called with a null pointer
// it faults there, and the handler resumes at the sixth. So a call executes 12 instructions, the faulting one included, of
// which the load succeeds in one call out of two, and the store always.
#include "../runtime/guest.h"

extern void stretch(const u64 *from, u64 *to);
extern char stretch_load[];

static volatile u64 faults;

static void handler(int signal, siginfo *info, ucontext *context) {
    (void)signal;
    (void)info;
    faults += context->x[0] == (u64)stretch_load;
    context->x[0] += 4;
}

int main(int argc, char **argv) {
    u64 calls = argc > 1 ? (u64)parse_dec(argv[1]) : 1000;
    on_signal(SIGSEGV, handler, 0);
    u64 good = 3, counted[8] = {0};
    for (u64 i = 0; i < calls; i++) stretch(i & 1 ? &good : NULL, counted);
    show_dec("calls", calls);
    show_dec("faults", faults);
    show_dec("instructions before the load", counted[0]);
    show_dec("instructions after the load", counted[1]);
    show_dec("sum of loaded values", counted[2]);
    return 0;
}

__asm__(".pushsection .text\n"
        ".option push\n"
        ".option norvc\n"
        ".globl stretch_load\n"
        "stretch:\n"
        "ld t0, 0(a1)\n"
        "addi t0, t0, 4\n"
        "sd t0, 0(a1)\n"
        "li t1, 0\n"
        "stretch_load: ld t1, 0(a0)\n"
        "ld t0, 8(a1)\n"
        "addi t0, t0, 7\n"
        "sd t0, 8(a1)\n"
        "ld t0, 16(a1)\n"
        "add t0, t0, t1\n"
        "sd t0, 16(a1)\n"
        "ret\n"
        ".option pop\n"
        ".popsection\n");
