// Text: splitting into words, naive and Horspool search, comparison of strings byte by byte.
#include "bench.h"

enum { SIZE = 200000 };
static char text[SIZE + 1];

static NOINLINE u64 naive(const char *pattern) {
    u64 found = 0;
    for (const char *at = text; *at; at++) {
        size_t i = 0;
        while (pattern[i] && at[i] == pattern[i]) i++;
        found += !pattern[i];
    }
    return found;
}

static NOINLINE u64 horspool(const char *pattern) {
    size_t skip[256], length = strlen(pattern);
    u64 found = 0;
    for (int i = 0; i < 256; i++) skip[i] = length;
    for (size_t i = 0; i + 1 < length; i++) skip[(u8)pattern[i]] = length - 1 - i;
    for (size_t at = 0; at + length <= SIZE; at += skip[(u8)text[at + length - 1]]) {
        size_t i = length;
        while (i > 0 && text[at + i - 1] == pattern[i - 1]) i--;
        found += i == 0;
    }
    return found;
}

static NOINLINE u64 words(void) {
    u64 hash = 1, word = 0;
    for (const char *at = text; *at; at++) {
        if (*at == ' ') {
            hash ^= word;
            word = 0;
        } else {
            word = word * 31 + (u8)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
        }
    }
    return hash;
}

static u64 work(u64 rounds) {
    static const char *const patterns[] = {"abba", "caddab", "e b", "deadbeef", "fad"};
    u64 hash = 1;
    for (int i = 0; i < SIZE; i++) text[i] = "abcdef aeb"[random_u64() % 10];
    for (u64 round = 0; round < rounds; round++) {
        const char *pattern = patterns[round % 5];
        hash = mix(hash, naive(pattern));
        hash = mix(hash, horspool(pattern));
        hash = mix(hash, words());
        text[round * 7919 % SIZE] = 'b';
    }
    return hash;
}
BENCH(260)
