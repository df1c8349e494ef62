/* Printing a failure. One line is collected and written at once. */

#include "check.h"

static long write_all(const char *text, u64 length)
{
    register long a0 asm("a0") = 1;
    register const char *a1 asm("a1") = text;
    register u64 a2 asm("a2") = length;
    register long a7 asm("a7") = 64;
    asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}

static char line[512];
static u64 line_length;

void put(const char *text)
{
    while (*text)
        line[line_length++] = *text++;
}

void put_number(u64 value, unsigned base)
{
    char digits[20];
    unsigned count = 0;
    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (count)
        line[line_length++] = digits[--count];
}

void put_labelled(const char *label, u64 value)
{
    put(label);
    put_number(value, 16);
}

void put_end(void)
{
    write_all(line, line_length);
    line_length = 0;
}

int report_failure(u64 test_number, u64 got, u64 expected)
{
    put("FAIL ");
    put_number(test_number, 10);
    put_labelled(" got 0x", got);
    put_labelled(" expected 0x", expected);
    put("\n");
    put_end();
    return 1;
}
