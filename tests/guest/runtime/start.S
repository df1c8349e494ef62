# Entry point of the freestanding guest programs: hands the kernel's initial stack to main().
    .globl _start
_start:
    .option push
    .option norelax
    la      gp, __global_pointer$
    .option pop
    ld      a0, 0(sp)               # argc
    addi    a1, sp, 8               # argv
    slli    a2, a0, 3
    add     a2, a2, a1
    addi    a2, a2, 8               # envp, past argv's null
    andi    sp, sp, -16
    call    main
    call    guest_exit
