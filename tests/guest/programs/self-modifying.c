// Code that changes while it runs: seen after fence.i, or after the flush system call.
#include "../runtime/guest.h"

static u32 load_immediate(u32 value) { return 0x00000513 | value << 20; } // addi a0, zero, value
enum { RET = 0x00008067 };

static void fence_i(void) { __asm__ volatile("fence.i" ::: "memory"); }

int main(void) {
    u32 *code = map_pages(2, PROT_READ | PROT_WRITE | PROT_EXEC);
    u64 (*function)(void) = (u64(*)(void))code;
    u64 sum = 0;

    // The same place, rewritten and run many times.
    code[1] = RET;
    for (u32 i = 0; i < 500; i++) {
        code[0] = load_immediate(i);
        fence_i();
        sum += function();
    }
    show_dec("rewritten 500 times", sum);

    // Rewritten while hot: 1000 runs of each version.
    sum = 0;
    for (u32 version = 1; version <= 5; version++) {
        code[0] = load_immediate(version);
        fence_i();
        for (int i = 0; i < 1000; i++) sum += function();
    }
    show_dec("hot versions", sum);

    // Rewritten to the same bytes: nothing may change.
    for (int i = 0; i < 100; i++) {
        code[0] = load_immediate(5);
        fence_i();
        sum += function();
    }
    show_dec("unchanged rewrites", sum);

    // The flush system call instead of the instruction.
    code[0] = load_immediate(77);
    show_dec("flush", sys(SYS_riscv_flush_icache, code, code + 2, 0));
    show_dec("flushed", function());

    // Code that patches the instruction after its own fence.i, in the same block but for the fence.
    // li t0, word; sw t0, 16(a1) ...: written as data, so that it can sit beside what it patches.
    u32 *self = code + 1024;
    self[0] = 0x00a5a823; // sw a0, 16(a1): replaces self[4]
    self[1] = 0x0000100f; // fence.i
    self[2] = 0x00000513; // li a0, 0
    self[3] = 0x00000013; // nop
    self[4] = 0x00100513; // li a0, 1, to be replaced
    self[5] = RET;
    fence_i();
    u64 (*patcher)(u64 word, u32 *at) = (u64(*)(u64, u32 *))self;
    show_dec("patches itself", patcher(load_immediate(9), self));
    show_dec("and again", patcher(load_immediate(10), self));

    // Unmapped and mapped anew with other code at the same address.
    sum = 0;
    for (u32 i = 0; i < 20; i++) {
        sys(SYS_munmap, code, PAGE);
        sys(SYS_mmap, code, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
        code[0] = load_immediate(i + 100);
        code[1] = RET;
        fence_i();
        sum += function();
    }
    show_dec("mapped anew", sum);
    return 0;
}
