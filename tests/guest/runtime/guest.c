// The freestanding guest programs' library; see guest.h.
#include "guest.h"

void guest_exit(int status) {
    for (;;) sys(SYS_exit_group, status);
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length]) length++;
    return length;
}

void *memcpy(void *to, const void *from, size_t size) {
    u8 *t = to;
    const u8 *f = from;
    while (size--) *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t size) {
    u8 *t = to;
    while (size--) *t++ = (u8)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size) {
    const u8 *x = a, *y = b;
    for (; size; size--, x++, y++)
        if (*x != *y) return *x - *y;
    return 0;
}

int str_equal(const char *a, const char *b) {
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

s64 parse_dec(const char *text) {
    int negative = *text == '-';
    s64 value = 0;
    for (text += negative; *text >= '0' && *text <= '9'; text++) value = value * 10 + (*text - '0');
    return negative ? -value : value;
}

static void put(const char *text, size_t length) { sys(SYS_write, 1, text, length); }

void put_str(const char *text) { put(text, strlen(text)); }

void put_dec(s64 value) {
    char digits[21], *at = digits + sizeof digits;
    u64 rest = value < 0 ? -(u64)value : (u64)value;
    do *--at = '0' + rest % 10;
    while (rest /= 10);
    if (value < 0) *--at = '-';
    put(at, digits + sizeof digits - at);
}

void put_hex(u64 value) {
    char digits[18], *at = digits + sizeof digits;
    do *--at = "0123456789abcdef"[value & 15];
    while (value >>= 4);
    *--at = 'x';
    *--at = '0';
    put(at, digits + sizeof digits - at);
}

void show_dec(const char *label, s64 value) {
    put_str(label);
    put_str(": ");
    put_dec(value);
    put_str("\n");
}

void show_hex(const char *label, u64 value) {
    put_str(label);
    put_str(": ");
    put_hex(value);
    put_str("\n");
}

// The kernel's struct sigaction on RISC-V, which has no restorer.
struct action {
    u64 handler, flags, mask;
};

static s64 set_action(int signal, u64 handler, u64 flags) {
    struct action action = {handler, flags, 0};
    return sys(SYS_rt_sigaction, signal, &action, NULL, sizeof action.mask);
}

s64 on_signal(int signal, signal_handler *handler, u64 flags) {
    return set_action(signal, (u64)handler, flags | SA_SIGINFO);
}

s64 default_signal(int signal) { return set_action(signal, 0, 0); }

s64 ignore_signal(int signal) { return set_action(signal, 1, 0); }
