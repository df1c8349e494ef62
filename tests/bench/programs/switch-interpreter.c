// A bytecode interpreter: one indirect jump for each operation, through a table.
// Group: calls and indirect jumps.
#include "bench.h"

enum { PUSH, ADD, SUB, MUL, DUP, SWAP, DROP, LOAD, STORE, LESS, JUMP, JUMP_IF_ZERO, AND, SHIFT, HALT };

// Sums i * (i - k) & 0xffff over i < n, for k in memory.
static const s64 program[] = {
    PUSH, 0, STORE, 1, PUSH, 0, STORE, 2,               // sum = i = 0
    LOAD, 2, LOAD, 0, LESS, JUMP_IF_ZERO, 45,           // while (i < n)
    LOAD, 2, DUP, LOAD, 3, SUB, MUL, PUSH, 0xffff, AND, // i * (i - k) & 0xffff
    DUP, PUSH, 3, SHIFT, SWAP, ADD,                     // x + (x >> 3)
    LOAD, 1, ADD, STORE, 1,                             // sum += it
    LOAD, 2, PUSH, 1, ADD, STORE, 2,                    // i += 1
    JUMP, 8,
    LOAD, 1, HALT,
};

static NOINLINE s64 interpret(s64 n, s64 k) {
    s64 stack[32], memory[4] = {n, 0, 0, k};
    s64 *top = stack;
    for (const s64 *at = program;;) {
        switch (*at++) {
        case PUSH: *++top = *at++; break;
        case ADD: top--, top[0] += top[1]; break;
        case SUB: top--, top[0] -= top[1]; break;
        case MUL: top--, top[0] *= top[1]; break;
        case AND: top--, top[0] &= top[1]; break;
        case SHIFT: top--, top[0] >>= top[1]; break;
        case DUP: top++, top[0] = top[-1]; break;
        case SWAP: {
            s64 swap = top[0];
            top[0] = top[-1];
            top[-1] = swap;
            break;
        }
        case DROP: top--; break;
        case LOAD: *++top = memory[*at++]; break;
        case STORE: memory[*at++] = *top--; break;
        case LESS: top--, top[0] = top[0] < top[1]; break;
        case JUMP: at = program + *at; break;
        case JUMP_IF_ZERO: at = *top-- ? at + 1 : program + *at; break;
        case HALT: return *top;
        }
    }
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 round = 0; round < rounds; round++) hash = mix(hash, (u64)interpret(10000, (s64)round));
    return hash;
}
BENCH(450)
