// Binary trees built, walked and freed: the C library's allocator, recursion, pointers.
#include "bench.h"

struct tree {
    struct tree *left, *right;
};

static NOINLINE struct tree *grow(int depth) {
    struct tree *tree = malloc(sizeof *tree);
    tree->left = depth ? grow(depth - 1) : NULL;
    tree->right = depth ? grow(depth - 1) : NULL;
    return tree;
}

static NOINLINE u64 count(const struct tree *tree) {
    return tree->left ? 1 + count(tree->left) + count(tree->right) : 1;
}

static NOINLINE void fell(struct tree *tree) {
    if (tree->left) {
        fell(tree->left);
        fell(tree->right);
    }
    free(tree);
}

static u64 work(u64 rounds) {
    struct tree *kept = grow(15);
    u64 hash = 1;
    for (u64 round = 0; round < rounds; round++) {
        struct tree *tree = grow(4 + (int)(round % 9));
        hash = mix(hash, count(tree));
        fell(tree);
    }
    return mix(hash, count(kept));
}
BENCH(7000)
