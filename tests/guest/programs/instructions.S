# Executes exactly 1 000 000 instructions, of which 100 000 load and 100 000 store, in 99 999 rounds
# of a loop of ten and what lies around it: a plugin's counts can be checked to the last one. No runtime hides anything.
#
#   before the loop  3        the last exit       3 (li, li, ecall)
#   loop             10 * 99 999 = 999 990
#   after the loop   4
#   loads 99 999 in the loop and 1 after it, stores the same
    .option norvc
    .globl  _start
_start:
    lui     t0, 0x18                # t0 = 0x1869f = 99999, in two instructions
    addi    t0, t0, 0x69f
    addi    t1, sp, -64
1:  ld      t2, 0(t1)
    addi    t2, t2, 1
    sd      t2, 0(t1)
    xor     t3, t2, t0
    slli    t3, t3, 1
    add     t4, t3, t2
    srli    t4, t4, 2
    or      t5, t4, t3
    addi    t0, t0, -1
    bnez    t0, 1b
    ld      t2, 0(t1)
    sd      t2, 8(t1)
    addi    t2, t2, 0
    addi    t3, t3, 0
    li      a0, 0
    li      a7, 93
    ecall
