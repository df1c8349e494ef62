/* Runs every row of every group under every rounding mode, static and dynamic, and compares
   result and fcsr. Exit status 0 if all agree; else the first difference is printed. */

#include "check.h"

extern const struct group __start_groups[], __stop_groups[];

static u64 test_number;

static int fail(const struct group *group, unsigned mode, int dynamic, const u64 *operands, u64 got, u64 got_fcsr,
                u64 expected, u64 expected_fcsr)
{
    put("FAIL ");
    put_number(test_number, 10);
    put_labelled(" got 0x", got);
    put_labelled(" fcsr 0x", got_fcsr);
    put_labelled(" expected 0x", expected);
    put_labelled(" fcsr 0x", expected_fcsr);
    put(" (");
    put(group->name);
    put_labelled(dynamic ? "; dynamic mode 0x" : "; mode 0x", mode);
    put("; operands");
    for (unsigned i = 0; i < group->operands; i++)
        put_labelled(" 0x", operands[i]);
    put(")\n");
    put_end();
    return 1;
}

/* Word `index` of a row, as the register is to hold it. */
static u64 word(const struct group *group, const void *row, unsigned index, int is_float)
{
    if (group->width == WIDTH_64)
        return ((const u64 *)row)[index];
    unsigned value = ((const unsigned *)row)[index];
    return is_float ? value | 0xffffffff00000000 : (u64)(long)(int)value;
}

static int check(const struct group *group, const void *stub, const u64 *operands, unsigned mode, int dynamic,
                 u64 expected, u64 fcsr, u64 expected_fcsr)
{
    struct outcome outcome;
    test_number++;
    run_stub(stub, operands, fcsr, &outcome);
    u64 got = group->result == RESULT_FLOAT ? outcome.fa0 : outcome.a0;
    if (got == expected && outcome.fcsr == expected_fcsr)
        return 0;
    return fail(group, mode, dynamic, operands, got, outcome.fcsr, expected, expected_fcsr);
}

static int check_row(const struct group *group, const void *row, unsigned row_index)
{
    u64 operands[3] = {0, 0, 0};
    for (unsigned i = 0; i < group->operands; i++)
        operands[i] = word(group, row, i, 1);
    u64 all_flags = word(group, row, group->operands + group->modes, 0);
    for (unsigned mode = 0; mode < group->modes; mode++) {
        u64 expected = word(group, row, group->operands + mode, group->result == RESULT_FLOAT);
        u64 flags = all_flags >> 5 * mode & 31;
        const char *stubs = group->stubs;
        /* A static mode, or none at all, under another dynamic one; flags clear before. */
        u64 frm = (mode + 1 + row_index) % 5;
        if (frm == mode)
            frm = (mode + 1) % 5;
        if (check(group, stubs + 8 * mode, operands, mode, 0, expected, frm << 5, frm << 5 | flags))
            return 1;
        /* The dynamic mode; flags that are not to be raised are set before and must stay. */
        if (group->modes == ROUNDED &&
            check(group, stubs + 8 * 5, operands, mode, 1, expected, mode << 5 | (~flags & 31), mode << 5 | 31))
            return 1;
        if (group->modes == UNROUNDED &&
            check(group, stubs, operands, mode, 0, expected, frm << 5 | (~flags & 31), frm << 5 | 31))
            return 1;
    }
    return 0;
}

int check_all(void)
{
    for (const struct group *group = __start_groups; group < __stop_groups; group++) {
        unsigned stride = group->width * (group->operands + group->modes + 1);
        unsigned row_index = 0;
        for (const char *row = group->rows; row < (const char *)group->rows_end; row += stride)
            if (check_row(group, row, row_index++))
                return 1;
    }
    return 0;
}
