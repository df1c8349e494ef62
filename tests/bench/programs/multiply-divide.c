// 64-bit multiplication, high halves, division and remainder: modular exponentiation and greatest common divisors.
#include "bench.h"

static u64 power(u64 base, u64 exponent, u64 modulus) {
    u64 result = 1;
    for (base %= modulus; exponent; exponent >>= 1) {
        if (exponent & 1) result = result * base % modulus;
        base = base * base % modulus;
    }
    return result;
}

static u64 gcd(u64 a, u64 b) {
    while (b) {
        u64 rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static u64 work(u64 rounds) {
    u64 hash = 1;
    for (u64 i = 0; i < rounds; i++) {
        u64 a = random_u64(), b = random_u64();
        hash = mix(hash, power(a, b & 0xffff, 4294967291));
        hash = mix(hash, gcd(a, b | 1));
        hash += (u64)((unsigned __int128)a * b >> 64);
        hash ^= (u64)((s64)a / (s64)(b >> 40 | 1));
    }
    return hash;
}
BENCH(1400000)
