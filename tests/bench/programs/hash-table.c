// An open-addressing hash table: inserts, look-ups and deletions over a few megabytes.
#include "bench.h"

enum { SLOTS = 1 << 17 };
static struct {
    u64 key, value;
} slots[SLOTS];

static inline u64 slot_of(u64 key) { return key * 0x9e3779b97f4a7c15 >> 47; }

static NOINLINE u64 *find(u64 key, int insert) {
    for (u64 at = slot_of(key);; at = (at + 1) % SLOTS) {
        if (slots[at].key == key) return &slots[at].value;
        if (slots[at].key == 0) {
            if (!insert) return NULL;
            slots[at].key = key;
            return &slots[at].value;
        }
    }
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 i = 0; i < rounds; i++) {
        u64 r = random_u64();
        u64 key = r % 80000 + 1;
        if (r >> 61) {
            u64 *value = find(key, 0);
            hash = mix(hash, value ? *value : 7);
        } else {
            *find(key, 1) += i;
        }
    }
    return hash;
}
BENCH(30000000)
