// What floating-point operations raise and how they round, seen through fcsr.
#include "../runtime/guest.h"

static u64 bits(double x) {
    u64 result;
    __asm__("fmv.x.d %0, %1" : "=r"(result) : "f"(x));
    return result;
}

static void show(const char *what, u64 result) {
    u64 flags;
    __asm__ volatile("fsflagsi %0, 0" : "=r"(flags));
    put_str(what);
    put_str(": ");
    put_hex(result);
    put_str(flags & 16 ? " invalid" : "");
    put_str(flags & 8 ? " divide-by-zero" : "");
    put_str(flags & 4 ? " overflow" : "");
    put_str(flags & 2 ? " underflow" : "");
    put_str(flags & 1 ? " inexact" : "");
    put_str("\n");
}

#define BINARY(name, op)                                                                                              \
    static NOINLINE double name(double a, double b) {                                                                 \
        double result;                                                                                                \
        __asm__ volatile(op " %0, %1, %2" : "=f"(result) : "f"(a), "f"(b));                                           \
        return result;                                                                                                \
    }
BINARY(add, "fadd.d")
BINARY(multiply, "fmul.d")
BINARY(divide, "fdiv.d")
BINARY(minimum, "fmin.d")

static NOINLINE double square_root(double a) {
    double result;
    __asm__ volatile("fsqrt.d %0, %1" : "=f"(result) : "f"(a));
    return result;
}
static NOINLINE s64 to_int(double a) {
    s64 result;
    __asm__ volatile("fcvt.w.d %0, %1, rtz" : "=r"(result) : "f"(a));
    return result;
}
static NOINLINE u64 less(double a, double b) {
    u64 result;
    __asm__ volatile("flt.d %0, %1, %2" : "=r"(result) : "f"(a), "f"(b));
    return result;
}
static NOINLINE u64 equal(double a, double b) {
    u64 result;
    __asm__ volatile("feq.d %0, %1, %2" : "=r"(result) : "f"(a), "f"(b));
    return result;
}

int main(void) {
    volatile double zero = 0, huge = 1.7976931348623157e308, tiny = 4.9406564584124654e-324, third = 1.0 / 3;
    double nan = __builtin_nan(""), infinity = __builtin_inf();
    show("clear", 0);
    show("1 + 1", bits(add(1, 1)));
    show("1/3 + 1", bits(add(third, 1)));
    show("1 / 0", bits(divide(1, zero)));
    show("0 / 0", bits(divide(zero, zero)));
    show("huge * huge", bits(multiply(huge, huge)));
    show("tiny * 0.5", bits(multiply(tiny, 0.5)));
    show("infinity - infinity", bits(add(infinity, -infinity)));
    show("sqrt(2)", bits(square_root(2)));
    show("sqrt(-1)", bits(square_root(-1)));
    show("min(-0, 0)", bits(minimum(zero, -zero)));
    show("min(nan, 1)", bits(minimum(nan, 1)));
    show("nan + 1", bits(add(nan, 1)));
    show("(int)1.5", to_int(1.5));
    show("(int)3e9", to_int(3e9));
    show("(int)nan", to_int(nan));
    show("nan < 1", less(nan, 1));
    show("nan == 1", equal(nan, 1));

    static const char *const modes[] = {"to nearest", "toward zero", "down", "up", "to nearest, away"};
    for (u64 mode = 0; mode < COUNT(modes); mode++) {
        __asm__ volatile("fsrm %0" ::"r"(mode));
        put_str(modes[mode]);
        put_str("\n");
        show("  1 / 3", bits(divide(1, 3)));
        show("  -1 / 3", bits(divide(-1, 3)));
        show("  huge + huge", bits(add(huge, huge)));
        show("  1 + 2^-53", bits(add(1, 1.1102230246251565e-16)));
    }
    return 0;
}
