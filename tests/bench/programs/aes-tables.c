// AES-128 with four lookup tables: many dependent byte extractions and table loads.
#include "bench.h"

static u8 sbox[256];
static u32 table[4][256];

static u8 twice(u8 x) { return (u8)(x << 1 ^ (x >> 7) * 0x1b); }

static void make_tables(void) {
    u8 p = 1, q = 1;
    do {
        p ^= twice(p); // times 3
        q ^= q << 1;   // divided by 3
        q ^= q << 2;
        q ^= q << 4;
        if (q & 0x80) q ^= 0x09;
        u8 x = q ^ (u8)(q << 1 | q >> 7) ^ (u8)(q << 2 | q >> 6) ^ (u8)(q << 3 | q >> 5) ^ (u8)(q << 4 | q >> 4);
        sbox[p] = x ^ 0x63;
    } while (p != 1);
    sbox[0] = 0x63;
    for (int i = 0; i < 256; i++) {
        u8 s = sbox[i], s2 = twice(s), s3 = s2 ^ s;
        u32 t = (u32)s2 << 24 | (u32)s << 16 | (u32)s << 8 | s3;
        for (int n = 0; n < 4; n++) {
            table[n][i] = t;
            t = t >> 8 | t << 24;
        }
    }
}

static void expand_key(u32 key[44]) {
    u8 constant = 1;
    for (int i = 4; i < 44; i++) {
        u32 t = key[i - 1];
        if (i % 4 == 0) {
            t = t << 8 | t >> 24;
            t = (u32)sbox[t >> 24] << 24 | (u32)sbox[t >> 16 & 255] << 16 | (u32)sbox[t >> 8 & 255] << 8 | sbox[t & 255];
            t ^= (u32)constant << 24;
            constant = twice(constant);
        }
        key[i] = key[i - 4] ^ t;
    }
}

static NOINLINE void encrypt(const u32 key[44], u32 block[4]) {
    u32 a = block[0] ^ key[0], b = block[1] ^ key[1], c = block[2] ^ key[2], d = block[3] ^ key[3];
#define MIX(a, b, c, d, k) \
    (table[0][(a) >> 24] ^ table[1][(b) >> 16 & 255] ^ table[2][(c) >> 8 & 255] ^ table[3][(d) & 255] ^ (k))
#define LAST(a, b, c, d, k)                                                                                           \
    (((u32)sbox[(a) >> 24] << 24 | (u32)sbox[(b) >> 16 & 255] << 16 | (u32)sbox[(c) >> 8 & 255] << 8 |                \
      sbox[(d) & 255]) ^ (k))
    for (int round = 1; round < 10; round++) {
        const u32 *k = key + 4 * round;
        u32 e = MIX(a, b, c, d, k[0]), f = MIX(b, c, d, a, k[1]), g = MIX(c, d, a, b, k[2]), h = MIX(d, a, b, c, k[3]);
        a = e, b = f, c = g, d = h;
    }
    block[0] = LAST(a, b, c, d, key[40]);
    block[1] = LAST(b, c, d, a, key[41]);
    block[2] = LAST(c, d, a, b, key[42]);
    block[3] = LAST(d, a, b, c, key[43]);
}

static u64 work(u64 rounds) {
    u32 key[44] = {0x2b7e1516, 0x28aed2a6, 0xabf71588, 0x09cf4f3c}, block[4] = {1, 2, 3, 4};
    make_tables();
    expand_key(key);
    for (u64 i = 0; i < rounds; i++) encrypt(key, block);
    return (u64)block[0] << 32 ^ (u64)block[1] << 16 ^ (u64)block[2] << 8 ^ block[3];
}
BENCH(6000000)
