/* Layout shared by the tables (`table.inc`, assembly) and the checker (`check.c`). */
#ifndef CHECK_H
#define CHECK_H

/* How the words of a group's rows are to be read. */
#define WIDTH_32 4 /* singles (boxed before use) and 32-bit integers (sign-extended) */
#define WIDTH_64 8 /* all 64 bits of the registers as they stand */

#define RESULT_INT 0   /* the result is in a0 */
#define RESULT_FLOAT 1 /* the result is in fa0 */

/* Results in a row: one for each rounding mode, or one if the instruction rounds nothing. */
#define UNROUNDED 1
#define ROUNDED 5

#ifndef __ASSEMBLER__
typedef unsigned long u64;

/* One instruction and its rows. A row is `operands` words, `modes` results and one word of
   expected flags, five bits for each mode. */
struct group {
    const char *name;
    const void *rows;
    const void *rows_end;
    const void *stubs; /* the instruction with each static mode, then the dynamic one, then `ret` */
    unsigned width, operands, modes, result;
};

struct outcome {
    u64 fa0, a0, fcsr;
};

/* All of a program: 0 if it passes. */
int check_all(void);

void put(const char *text);
void put_number(u64 value, unsigned base);
void put_labelled(const char *label, u64 value);
void put_end(void);

/* Prints `FAIL <test_number> got … expected …`; returns 1. */
int report_failure(u64 test_number, u64 got, u64 expected);

/* Puts operands[0..3] into fa1..fa3 and operands[0] into a1, sets fcsr and calls a stub. */
void run_stub(const void *stub, const u64 operands[3], u64 fcsr, struct outcome *outcome);
#endif
#endif
