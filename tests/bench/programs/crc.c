// CRC-32, a byte at a time from a table and a bit at a time: a tight loop with a load that depends on the one before.
#include "bench.h"

static u32 table[256];
static u8 data[65536];

static NOINLINE u32 by_table(u32 crc) {
    for (size_t i = 0; i < sizeof data; i++) crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
    return crc;
}

static NOINLINE u32 by_bit(u32 crc) {
    for (size_t i = 0; i < sizeof data / 8; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return crc;
}

static u64 work(u64 rounds) {
    for (u32 i = 0; i < 256; i++) {
        u32 crc = i;
        for (int bit = 0; bit < 8; bit++) crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
        table[i] = crc;
    }
    for (size_t i = 0; i < sizeof data; i++) data[i] = (u8)random_u64();
    u32 crc = ~0u;
    for (u64 round = 0; round < rounds; round++) crc = by_bit(by_table(crc));
    return crc;
}
BENCH(1250)
