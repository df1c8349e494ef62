# Loads and stores of floats, plain and compressed; moves through every register; fcsr and its
# parts through every CSR instruction; reserved rounding modes.

#include "check.h"

    # The next test: `register` must hold `expected`. Clobbers t6.
    .set test_number, 0
    .macro expect register, expected
    .set test_number, test_number + 1
    li t6, \expected
    beq \register, t6, 9f
    mv a1, \register
    mv a2, t6
    li a0, test_number
    j failed
9:
    .endm

    .text
    .globl check_all
check_all:
    addi sp, sp, -16
    sd ra, 0(sp)
    sd s0, 8(sp)
    la s0, memory
    call loads_and_stores
    call compressed
    call all_registers
    call aliased
    call control
    call reserved_modes
    li a0, 0
    j done
failed:
    # Leaves from whatever depth: nothing below keeps anything on the stack.
    call report_failure
done:
    ld ra, 0(sp)
    ld s0, 8(sp)
    addi sp, sp, 16
    ret

    .option push
    .option norvc
loads_and_stores:
    flw fa0, 0(s0)
    fmv.x.d a3, fa0
    expect a3, 0xffffffff89abcdef           # boxed by the load
    flw fa0, 4(s0)
    fmv.x.d a3, fa0
    expect a3, 0xffffffff01234567
    flw fa0, 2(s0)                          # misaligned
    fmv.x.d a3, fa0
    expect a3, 0xffffffff456789ab
    fld fa1, 0(s0)
    fmv.x.d a3, fa1
    expect a3, 0x0123456789abcdef
    fld fa1, 1(s0)
    fmv.x.d a3, fa1
    expect a3, 0x990123456789abcd
    fld fa1, 0(s0)
    fsw fa1, 24(s0)                         # the low half, boxed or not
    lwu a3, 24(s0)
    expect a3, 0x89abcdef
    lwu a3, 28(s0)
    expect a3, 0x77777777                   # the neighbour is untouched
    flw fa1, 0(s0)
    fsd fa1, 32(s0)
    ld a3, 32(s0)
    expect a3, 0xffffffff89abcdef
    fld fa1, 16(s0)                         # a signalling NaN survives both ways
    fsd fa1, 32(s0)
    ld a3, 32(s0)
    expect a3, 0x7ff0000000000001
    addi a4, s0, 2047
    flw fa2, -2047(a4)
    fmv.x.w a3, fa2
    expect a3, 0xffffffff89abcdef           # sign-extended
    frflags a3
    expect a3, 0
    ret
    .option pop

compressed:
    mv a4, s0
    c.fld fa4, 8(a4)
    fmv.x.d a3, fa4
    expect a3, 0x8877665544332299
    c.fsd fa4, 40(a4)
    ld a3, 40(a4)
    expect a3, 0x8877665544332299
    addi sp, sp, -32
    c.fsdsp fa4, 24(sp)
    ld a3, 24(sp)
    c.fldsp ft11, 24(sp)
    addi sp, sp, 32
    expect a3, 0x8877665544332299
    fmv.x.d a3, ft11
    expect a3, 0x8877665544332299
    ret

    # Each register holds its own value, and keeps it while the others are written.
all_registers:
    .set value, 100
    .irp r, ft0,ft1,ft2,ft3,ft4,ft5,ft6,ft7,fs0,fs1,fa0,fa1,fa2,fa3,fa4,fa5,fa6,fa7,fs2,fs3,fs4,fs5,fs6,fs7,fs8,fs9,fs10,fs11,ft8,ft9,ft10,ft11
    li a3, value
    fcvt.d.l \r, a3
    .set value, value + 1
    .endr
    .set value, 100
    .irp r, ft0,ft1,ft2,ft3,ft4,ft5,ft6,ft7,fs0,fs1,fa0,fa1,fa2,fa3,fa4,fa5,fa6,fa7,fs2,fs3,fs4,fs5,fs6,fs7,fs8,fs9,fs10,fs11,ft8,ft9,ft10,ft11
    fcvt.l.d a3, \r
    expect a3, value
    .set value, value + 1
    .endr
    ret

    # Results that replace an operand.
aliased:
    li a3, 3
    fcvt.d.l fa0, a3
    fadd.d fa0, fa0, fa0
    fcvt.l.d a3, fa0
    expect a3, 6
    fmadd.d fa0, fa0, fa0, fa0
    fcvt.l.d a3, fa0
    expect a3, 42
    fnmsub.d fa0, fa0, fa0, fa0             # −42 × 42 + 42
    fcvt.l.d a3, fa0
    expect a3, -1722
    fcvt.s.d fa0, fa0
    fmv.x.d a3, fa0
    expect a3, 0xffffffffc4d74000
    fsgnjx.s fa0, fa0, fa0
    fsqrt.s fa0, fa0
    fmul.s fa0, fa0, fa0
    fcvt.w.s a3, fa0
    expect a3, 1722
    fcvt.d.s fa0, fa0
    fsub.d fa0, fa0, fa0
    fmv.x.d a3, fa0
    expect a3, 0
    feq.d a3, fa0, fa0
    expect a3, 1
    ret

control:
    li a3, 0xffffffffffffffff
    fscsr a3                                # eight bits are implemented
    frcsr a3
    expect a3, 0xff
    frflags a3
    expect a3, 0x1f
    frrm a3
    expect a3, 7
    li a4, 0x35
    fscsr a3, a4                            # the swap returns the old value
    expect a3, 0xff
    fsflags a3, zero
    expect a3, 0x15
    frcsr a3
    expect a3, 0x20
    li a4, -1
    fsrm a3, a4
    expect a3, 1
    frcsr a3
    expect a3, 0xe0
    fsrmi a3, 3
    expect a3, 7
    fsflagsi a3, 0x11
    expect a3, 0
    frcsr a3
    expect a3, 0x71
    csrrs a3, fcsr, zero
    expect a3, 0x71
    li a4, 0x8e
    csrrs a3, fcsr, a4
    expect a3, 0x71
    csrrc a3, fcsr, a4
    expect a3, 0xff
    csrrc a3, fflags, zero
    expect a3, 0x11
    csrrsi a3, fflags, 0x0a
    expect a3, 0x11
    csrrci a3, fflags, 0x12
    expect a3, 0x1b
    csrrci a3, frm, 1
    expect a3, 3
    csrrsi a3, frm, 4
    expect a3, 2
    csrrwi a3, frm, 2
    expect a3, 6
    csrrwi a3, fcsr, 0x1f
    expect a3, 0x49
    csrr a3, fcsr
    expect a3, 0x1f
    csrw fcsr, zero
    # A flag raised by arithmetic is seen, accrues, and is cleared by a write only.
    li a3, 1
    fcvt.d.l fa0, a3
    li a3, 3
    fcvt.d.l fa1, a3
    fdiv.d fa2, fa0, fa1
    frflags a3
    expect a3, 1
    fmv.d.x fa3, zero
    fdiv.d fa2, fa0, fa3
    frflags a3
    expect a3, 9
    fadd.d fa2, fa0, fa0
    csrrci a3, fflags, 1
    expect a3, 9
    frflags a3
    expect a3, 8
    fsflags zero
    # A write in between two roundings takes effect between them.
    fsrmi 2
    fdiv.d fa2, fa0, fa1
    fsrmi 3
    fdiv.d fa3, fa0, fa1
    fsrmi 0
    fmv.x.d a3, fa2
    expect a3, 0x3fd5555555555555
    fmv.x.d a3, fa3
    expect a3, 0x3fd5555555555556
    fsflags zero
    ret

    # An instruction that uses a reserved rounding mode, static or dynamic, is illegal: the
    # handler counts it in s1 and steps over it.
reserved_modes:
    addi sp, sp, -48
    sd s1, 40(sp)
    la a3, handler
    sd a3, 0(sp)
    li a3, 4                                # SA_SIGINFO
    sd a3, 8(sp)
    sd zero, 16(sp)
    li a0, 4                                # SIGILL
    mv a1, sp
    li a2, 0
    li a3, 8
    li a7, 134                              # rt_sigaction
    ecall
    li s1, 0
    .option push
    .option norvc
    .macro illegal_modes
    .insn r 0x53, 5, 1, fa0, fa0, fa1       # fadd.d with mode 5
    .insn r 0x53, 6, 1, fa0, fa0, fa1
    fsrmi 5
    fadd.d fa0, fa0, fa1
    fsrmi 6
    fsqrt.s fa0, fa0
    fsrmi 7
    fcvt.w.d a3, fa0
    .endm
    illegal_modes
    fadd.d fa0, fa0, fa1, rne               # a static mode does not look at frm
    fsgnj.d fa0, fa0, fa1                   # nor does what rounds nothing
    .option pop
    fsrmi 0
    mv a3, s1
    ld s1, 40(sp)
    addi sp, sp, 48
    expect a3, 5
    ret

handler:
    # ucontext: flags, link, stack (24 bytes), a signal set of 128 bytes, then the registers by
    # number with pc in the place of x0; all at a multiple of 16.
    .set REGISTERS, 8 + 8 + 24 + 128 + 8
    ld a3, REGISTERS(a2)
    addi a3, a3, 4
    sd a3, REGISTERS(a2)
    ld a3, REGISTERS + 9 * 8(a2)            # s1
    addi a3, a3, 1
    sd a3, REGISTERS + 9 * 8(a2)
    ret

    .data
    .balign 16
memory:
    .dword 0x0123456789abcdef
    .dword 0x8877665544332299
    .dword 0x7ff0000000000001
    .dword 0x7777777777777777
    .dword 0, 0

    .section .note.GNU-stack, "", @progbits
