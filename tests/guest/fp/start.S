# Entry point, and running one stub from C.

#include "check.h"

    .text
    .globl _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    andi sp, sp, -16
    call check_all
    li a7, 93                   # exit
    ecall

    # What the result registers hold before, so that an instruction that writes nothing fails.
    .set POISON, 0x5a5a5a5a

    .globl run_stub
run_stub:
    addi sp, sp, -16
    sd ra, 0(sp)
    sd s0, 8(sp)
    mv s0, a3
    mv t0, a0
    fld fa1, 0(a1)
    fld fa2, 8(a1)
    fld fa3, 16(a1)
    ld a1, 0(a1)
    li a0, POISON
    fmv.d.x fa0, a0
    fscsr a2
    jalr t0
    frcsr t1
    fsd fa0, 0(s0)
    sd a0, 8(s0)
    sd t1, 16(s0)
    ld s0, 8(sp)
    ld ra, 0(sp)
    addi sp, sp, 16
    ret

    .section .note.GNU-stack, "", @progbits
