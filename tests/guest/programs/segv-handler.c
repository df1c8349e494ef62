// Catches each kind of bad access, prints what the handler was told, checks that every register it sees is exactly as it was
// before the faulting instruction, and resumes after that instruction.
#include "../runtime/guest.h"

// Runs one faulting instruction, at `fault_at`, with known values in all registers; defined below in assembly.
// Returns how many of the known values were different after the handler returned.
extern u64 fault_with_known_registers(u64 kind, u64 address);
extern char fault_load[], fault_store[], fault_amo[], fault_fp[];

static volatile int faults, wrong_registers;
static u64 expected_pc;

// What fault_with_known_registers() puts into register xn.
static u64 known(int n) { return 0x1111111111111111ul * (n % 15) + (u64)n; }

static void handler(int signal, siginfo *info, ucontext *context) {
    faults++;
    put_str("  signal ");
    put_dec(signal);
    put_str(", code ");
    put_dec(info->si_code);
    put_str(", address ");
    put_hex(info->si_addr);
    put_str(context->x[0] == expected_pc ? ", pc exact" : ", pc wrong");
    int wrong = 0;
    // sp, gp, tp, a0 (kind) and a1 (address) carry the program's own values.
    for (int n = 1; n < 32; n++) {
        if (n == 2 || n == 3 || n == 4 || n == 10 || n == 11) continue;
        if (context->x[n] != known(n)) {
            put_str("\n    x");
            put_dec(n);
            put_str(" is ");
            put_hex(context->x[n]);
            wrong++;
        }
    }
    put_str(wrong ? "\n" : ", registers exact\n");
    wrong_registers += wrong;
    context->x[0] += 4; // all faulting instructions here are 4 bytes long
    context->x[12] ^= 0xff00; // the program must see this
}

static const char *const kinds[] = {"load", "store", "amo", "float load"};
static char *const places[] = {fault_load, fault_store, fault_amo, fault_fp};

static void try_address(const char *name, u64 address) {
    for (u64 kind = 0; kind < COUNT(kinds); kind++) {
        put_str(name);
        put_str(", ");
        put_str(kinds[kind]);
        put_str("\n");
        expected_pc = (u64)places[kind];
        int before = faults;
        u64 changed = fault_with_known_registers(kind, address);
        if (faults == before) put_str("  no fault\n");
        if (changed != (faults != before)) show_dec("  registers changed after the handler", changed);
    }
}

int main(void) {
    on_signal(SIGSEGV, handler, 0);
    on_signal(SIGBUS, handler, 0);
    u8 *pages = (u8 *)sys(SYS_mmap, 0x30000000, 3 * PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    sys(SYS_mprotect, pages, PAGE, PROT_READ);
    sys(SYS_mprotect, pages + PAGE, PAGE, PROT_NONE);
    try_address("null", 0);
    try_address("unmapped", 0x20000008);
    try_address("read-only page", (u64)pages + 64);
    try_address("no-access page", (u64)pages + PAGE + 8);
    try_address("writable page", (u64)pages + 2 * PAGE);
    show_dec("faults", faults);
    show_dec("wrong registers", wrong_registers);
    return wrong_registers != 0;
}

__asm__(".pushsection .text\n"
        ".option push\n"
        ".option norvc\n"
        ".globl fault_load, fault_store, fault_amo, fault_fp\n"
        "fault_with_known_registers:\n"
        // Save the callee-saved registers and ra.
        "addi sp, sp, -128\n"
        "sd ra, 0(sp)\n"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n"
        "sd s\\n, 8 + 8 * \\n(sp)\n"
        ".endr\n"
        // Known values: 0x1111111111111111 * (n % 15) + n.
        ".irp n, 1, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "li x\\n, 0x1111111111111111 * (\\n % 15) + \\n\n"
        ".endr\n"
        // A few operations right before the fault, so that registers are fresh in the translated code.
        "addi x20, x20, 1\n"
        "addi x20, x20, -1\n"
        "bnez a0, 1f\n"
        "fault_load: ld a2, 0(a1)\n"
        "j 9f\n"
        "1: addi a0, a0, -1\n"
        "bnez a0, 1f\n"
        "fault_store: sd x15, 0(a1)\n"
        "j 9f\n"
        "1: addi a0, a0, -1\n"
        "bnez a0, 1f\n"
        "fault_amo: amoadd.d a2, x15, (a1)\n"
        "j 9f\n"
        "1:\n"
        "fault_fp: fld ft0, 0(a1)\n"
        "9:\n"
        // a2 was flipped by the handler: count it, and any other register that is not what it was.
        "li a0, 0\n"
        ".irp n, 1, 5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
        "li a1, 0x1111111111111111 * (\\n % 15) + \\n\n"
        "xor a1, a1, x\\n\n"
        "snez a1, a1\n"
        "add a0, a0, a1\n"
        ".endr\n"
        "ld ra, 0(sp)\n"
        ".irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11\n"
        "ld s\\n, 8 + 8 * \\n(sp)\n"
        ".endr\n"
        "addi sp, sp, 128\n"
        "ret\n"
        ".option pop\n"
        ".popsection\n");
