// A linked list in random order, larger than the first caches: every load waits for the one before.
#include "bench.h"

enum { NODES = 60000 };
static struct node {
    struct node *next;
    u64 value, padding[2];
} nodes[NODES];

static NOINLINE u64 walk(struct node *at, u64 steps) {
    u64 sum = 0;
    while (steps--) {
        sum += at->value;
        at->value ^= sum & 15;
        at = at->next;
    }
    return sum;
}

static u64 work(u64 rounds) {
    static u32 order[NODES];
    for (u32 i = 0; i < NODES; i++) order[i] = i;
    for (u32 i = NODES - 1; i > 0; i--) {
        u32 j = (u32)(random_u64() % (i + 1)), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
    for (u32 i = 0; i < NODES; i++) {
        nodes[order[i]].next = &nodes[order[(i + 1) % NODES]];
        nodes[order[i]].value = i;
    }
    return walk(nodes, rounds * 1000);
}
BENCH(10000)
