// Indirect jumps and calls with many targets: a switch, a table of functions, returns to many places.
#include "../runtime/guest.h"

#define FUNCTION(n)                                                                                                   \
    static NOINLINE u64 function_##n(u64 x) { return x * (2 * n + 1) + n; }
FUNCTION(0) FUNCTION(1) FUNCTION(2) FUNCTION(3) FUNCTION(4) FUNCTION(5) FUNCTION(6) FUNCTION(7)
static u64 (*const functions[])(u64) = {function_0, function_1, function_2, function_3,
                                        function_4, function_5, function_6, function_7};

static NOINLINE u64 by_switch(u64 which, u64 x) {
    switch (which) {
    case 0: return x + 1;
    case 1: return x ^ 0x55;
    case 2: return x * 3;
    case 3: return x - 7;
    case 4: return x << 1 | x >> 63;
    case 5: return ~x;
    case 6: return x >> 1;
    case 7: return x | 0x100;
    case 8: return x & ~0x80ul;
    case 9: return x + (x >> 3);
    }
    return 0;
}

int main(void) {
    u64 x = 1, seed = 12345;
    for (int i = 0; i < 20000; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        x = functions[seed >> 61](x);
        x = by_switch((seed >> 33) % 11, x);
    }
    show_hex("mixed", x);
    return 0;
}
