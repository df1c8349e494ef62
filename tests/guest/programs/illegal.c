// Illegal instructions, ebreak, and what their handlers are told.
#include "../runtime/guest.h"

static volatile int taken;
static u64 wanted_pc;

static void handler(int signal, siginfo *info, ucontext *context) {
    taken++;
    put_str("  signal ");
    put_dec(signal);
    put_str(", code ");
    put_dec(info->si_code);
    put_str(context->x[0] == wanted_pc ? ", pc exact" : ", pc wrong");
    put_str(info->si_addr == wanted_pc ? ", address exact\n" : ", address wrong\n");
    context->x[0] = context->x[1]; // return from the bad function
}

int main(void) {
    static const struct {
        const char *name;
        u32 word;
    } cases[] = {
        {"all zeros", 0x00000000},
        {"all ones", 0xffffffff},
        {"c.addi4spn with a zero immediate", 0x00000004},
        {"reserved compressed, quadrant 0", 0x00018000},
        {"c.lui with a zero immediate", 0x00016281},
        {"c.lwsp to x0", 0x00014002},
        {"reserved major opcode", 0x0000007f},
        {"load with funct3 7", 0x00007003},
        {"branch with funct3 2", 0x00002063},
        {"op with an unknown funct7", 0x7e000033},
        {"slliw with a 6-bit shift", 0x0200101b},
        {"amo with funct3 0", 0x0000002f},
        {"csrr of an unknown csr", 0x7c002573},
        {"csrw of a read-only counter", 0xc0051073},
        {"mret", 0x30200073},
        {"wfi-like reserved system", 0x7ff00073},
        {"floating-point with a reserved rounding mode", 0x02005053},
    };
    on_signal(SIGILL, handler, 0);
    on_signal(SIGTRAP, handler, 0);
    u32 *code = map_pages(1, PROT_READ | PROT_WRITE | PROT_EXEC);
    for (u64 i = 0; i < COUNT(cases); i++) {
        put_str(cases[i].name);
        put_str("\n");
        code[0] = cases[i].word;
        code[1] = 0x00008067; // ret, in case it is not illegal
        __asm__ volatile("fence.i" ::: "memory");
        wanted_pc = (u64)code;
        int before = taken;
        ((void (*)(void))code)();
        if (taken == before) put_str("  executed\n");
    }
    put_str("ebreak\n");
    code[0] = 0x00100073;
    __asm__ volatile("fence.i" ::: "memory");
    ((void (*)(void))code)();
    put_str("c.ebreak\n");
    code[0] = 0x00019002;
    __asm__ volatile("fence.i" ::: "memory");
    ((void (*)(void))code)();
    show_dec("taken", taken);
    return 0;
}
