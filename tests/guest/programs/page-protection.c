// mprotect() decides page by page, for accesses that cross pages too, and for execution.
#include "../runtime/guest.h"

static volatile u64 fault_address;
static volatile int fault_code, fault_signal;

static void handler(int signal, siginfo *info, ucontext *context) {
    fault_signal = signal;
    fault_address = info->si_addr;
    fault_code = info->si_code;
    context->x[0] = context->x[1]; // give up: return to the caller of the accessing function
}

static NOINLINE u64 read_u64(const void *at) {
    u64 value;
    __asm__ volatile(".option push; .option norvc; ld %0, 0(%1); .option pop" : "=r"(value) : "r"(at));
    return value;
}
static NOINLINE void write_u64(void *at, u64 value) {
    __asm__ volatile(".option push; .option norvc; sd %0, 0(%1); .option pop" ::"r"(value), "r"(at) : "memory");
}

static void report(const char *what, u8 *base) {
    put_str(what);
    if (!fault_signal) {
        put_str(": fine\n");
        return;
    }
    put_str(": signal ");
    put_dec(fault_signal);
    put_str(" code ");
    put_dec(fault_code);
    put_str(" at base + ");
    put_dec((s64)(fault_address - (u64)base));
    put_str("\n");
    fault_signal = 0;
}

int main(void) {
    on_signal(SIGSEGV, handler, SA_NODEFER);
    u8 *base = map_pages(4, PROT_READ | PROT_WRITE);
    write_u64(base + 100, 1);
    report("write to a writable page", base);
    sys(SYS_mprotect, base + PAGE, PAGE, PROT_READ);
    write_u64(base + PAGE + 16, 1);
    report("write to a read-only page", base);
    read_u64(base + PAGE + 16);
    report("read of a read-only page", base);
    sys(SYS_mprotect, base + 2 * PAGE, PAGE, PROT_NONE);
    read_u64(base + 2 * PAGE + 24);
    report("read of a page without access", base);
    write_u64(base + 2 * PAGE + 24, 1);
    report("write to a page without access", base);
    read_u64(base + 3 * PAGE);
    report("read of the page after it", base);
    sys(SYS_munmap, base + 3 * PAGE, PAGE);
    read_u64(base + 3 * PAGE);
    report("read of an unmapped page", base);
    sys(SYS_mprotect, base + PAGE, PAGE, PROT_READ | PROT_WRITE);
    write_u64(base + PAGE + 16, 1);
    report("write after making it writable again", base);
    show_hex("mprotect of an unmapped page", sys(SYS_mprotect, base + 3 * PAGE, PAGE, PROT_READ));
    show_hex("mprotect of an unaligned address", sys(SYS_mprotect, base + 1, PAGE, PROT_READ));

    // Execution: data pages do not run until they may.
    u32 *code = (u32 *)base;
    code[0] = 0x00700513; // li a0, 7
    code[1] = 0x00008067; // ret
    __asm__ volatile("fence.i" ::: "memory");
    u64 (*function)(void) = (u64(*)(void))code;
    function();
    report("jump to a page without execute permission", base);
    sys(SYS_mprotect, base, PAGE, PROT_READ | PROT_EXEC);
    show_dec("result of the page made executable", function());
    report("jump to it", base);
    write_u64(base + 64, 0);
    report("write to it", base);
    return 0;
}
