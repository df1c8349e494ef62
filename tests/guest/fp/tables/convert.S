# Written by `cargo run -p emu-tests --example fp_tables`; not to be edited.
#include "table.inc"

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.s.d fa0, fa1
    row 0x1fdbe4c9880fff; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0x3ff0000000000000; same 0xffffffff3f800000, 0
    row 0x73b0000000000000; each 0xffffffff7f800000, 0xffffffff7f7fffff, 0xffffffff7f7fffff, 0xffffffff7f800000, 0xffffffff7f800000, 5, 5, 5, 5, 5
    row 0x45c5253806011434; each 0xffffffff6e2929c0, 0xffffffff6e2929c0, 0xffffffff6e2929c0, 0xffffffff6e2929c1, 0xffffffff6e2929c0, 1, 1, 1, 1, 1
    row 0x3f; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0xa0e0000000000000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0xbd40000000000000; same 0xffffffffaa000000, 0
    row 0x0; same 0xffffffff00000000, 0
    row 0x4400001fffffffff; each 0xffffffff60000100, 0xffffffff600000ff, 0xffffffff600000ff, 0xffffffff60000100, 0xffffffff60000100, 1, 1, 1, 1, 1
    row 0xc27ee5c509c4ab28; each 0xffffffffd3f72e28, 0xffffffffd3f72e28, 0xffffffffd3f72e29, 0xffffffffd3f72e28, 0xffffffffd3f72e28, 1, 1, 1, 1, 1
    row 0xffd00000000003ff; each 0xffffffffff800000, 0xffffffffff7fffff, 0xffffffffff800000, 0xffffffffff7fffff, 0xffffffffff800000, 5, 5, 5, 5, 5
    row 0x800b840000000000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0xbdf5ea6a3dd90000; each 0xffffffffafaf5352, 0xffffffffafaf5351, 0xffffffffafaf5352, 0xffffffffafaf5351, 0xffffffffafaf5352, 1, 1, 1, 1, 1
    row 0x7ff3ee7ad653ffff; same 0xffffffff7fc00000, 16
    row 0xfff0000000000000; same 0xffffffffff800000, 0
    row 0x7ffe7b3515d08f58; same 0xffffffff7fc00000, 0
    row 0x8000000000000000; same 0xffffffff80000000, 0
    row 0x7ff0000000000000; same 0xffffffff7f800000, 0
    row 0xb7e76fffffffffff; each 0xffffffff80177000, 0xffffffff80176fff, 0xffffffff80177000, 0xffffffff80176fff, 0xffffffff80177000, 3, 3, 3, 3, 3
    row 0x371bffffffffffff; each 0xffffffff000000e0, 0xffffffff000000df, 0xffffffff000000df, 0xffffffff000000e0, 0xffffffff000000e0, 3, 3, 3, 3, 3
    row 0xc720000010000000; each 0xfffffffff9000000, 0xfffffffff9000000, 0xfffffffff9000001, 0xfffffffff9000000, 0xfffffffff9000001, 1, 1, 1, 1, 1
    row 0xb690000000000000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000001, 3, 3, 3, 3, 3
    row 0x4190000010000000; each 0xffffffff4c800000, 0xffffffff4c800000, 0xffffffff4c800000, 0xffffffff4c800001, 0xffffffff4c800001, 1, 1, 1, 1, 1
    row 0x37d0000100000000; each 0xffffffff00080000, 0xffffffff00080000, 0xffffffff00080000, 0xffffffff00080001, 0xffffffff00080001, 3, 3, 3, 3, 3
    row 0x80038875d81eb256; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0xc0136e10a2ae6b4f; each 0xffffffffc09b7085, 0xffffffffc09b7085, 0xffffffffc09b7086, 0xffffffffc09b7085, 0xffffffffc09b7085, 1, 1, 1, 1, 1
    row 0xb00b5d8000000000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0xc0002fa677400000; each 0xffffffffc0017d34, 0xffffffffc0017d33, 0xffffffffc0017d34, 0xffffffffc0017d33, 0xffffffffc0017d34, 1, 1, 1, 1, 1
    row 0x404865cde1d2abd4; each 0xffffffff42432e6f, 0xffffffff42432e6f, 0xffffffff42432e6f, 0xffffffff42432e70, 0xffffffff42432e6f, 1, 1, 1, 1, 1
    row 0xbfee77ffffffffff; each 0xffffffffbf73c000, 0xffffffffbf73bfff, 0xffffffffbf73c000, 0xffffffffbf73bfff, 0xffffffffbf73c000, 1, 1, 1, 1, 1
    row 0x9ce1561e5a17b000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0xfff38b6c11076142; same 0xffffffff7fc00000, 16
    row 0x4c9225c04595d1a5; each 0xffffffff7f800000, 0xffffffff7f7fffff, 0xffffffff7f7fffff, 0xffffffff7f800000, 0xffffffff7f800000, 5, 5, 5, 5, 5
    row 0x41179504886a3eb7; each 0xffffffff48bca824, 0xffffffff48bca824, 0xffffffff48bca824, 0xffffffff48bca825, 0xffffffff48bca824, 1, 1, 1, 1, 1
    row 0x3ff1000000000000; same 0xffffffff3f880000, 0
    row 0x7ff000000000000f; same 0xffffffff7fc00000, 16
    row 0x3830000000000000; same 0xffffffff01800000, 0
    row 0xb73eaefa00000000; each 0xffffffff800003d6, 0xffffffff800003d5, 0xffffffff800003d6, 0xffffffff800003d5, 0xffffffff800003d6, 3, 3, 3, 3, 3
    row 0xb8e0000000020000; each 0xffffffff87000000, 0xffffffff87000000, 0xffffffff87000001, 0xffffffff87000000, 0xffffffff87000000, 1, 1, 1, 1, 1
    row 0x40000000000; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0xcccbbfbe33056fff; each 0xffffffffff800000, 0xffffffffff7fffff, 0xffffffffff800000, 0xffffffffff7fffff, 0xffffffffff800000, 5, 5, 5, 5, 5
    row 0x436000000000001f; each 0xffffffff5b000000, 0xffffffff5b000000, 0xffffffff5b000000, 0xffffffff5b000001, 0xffffffff5b000000, 1, 1, 1, 1, 1
    row 0x7ff00000003fffff; same 0xffffffff7fc00000, 16
    row 0x7ff62df19bdf1bb7; same 0xffffffff7fc00000, 16
    row 0x400ef51ffac52b00; each 0xffffffff4077a900, 0xffffffff4077a8ff, 0xffffffff4077a8ff, 0xffffffff4077a900, 0xffffffff4077a900, 1, 1, 1, 1, 1
    row 0x4003c591f8db1fff; each 0xffffffff401e2c90, 0xffffffff401e2c8f, 0xffffffff401e2c8f, 0xffffffff401e2c90, 0xffffffff401e2c90, 1, 1, 1, 1, 1
    row 0x7200000fffffffff; each 0xffffffff7f800000, 0xffffffff7f7fffff, 0xffffffff7f7fffff, 0xffffffff7f800000, 0xffffffff7f800000, 5, 5, 5, 5, 5
    row 0x8029e457d0000000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0x7ff000007fffffff; same 0xffffffff7fc00000, 16
    row 0xb6f00000003fffff; each 0xffffffff80000020, 0xffffffff80000020, 0xffffffff80000021, 0xffffffff80000020, 0xffffffff80000020, 3, 3, 3, 3, 3
    row 0xc230000000800000; each 0xffffffffd1800000, 0xffffffffd1800000, 0xffffffffd1800001, 0xffffffffd1800000, 0xffffffffd1800000, 1, 1, 1, 1, 1
    row 0x404000000007ffff; each 0xffffffff42000000, 0xffffffff42000000, 0xffffffff42000000, 0xffffffff42000001, 0xffffffff42000000, 1, 1, 1, 1, 1
    row 0xac70000000000100; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000001, 0xffffffff80000000, 0xffffffff80000000, 3, 3, 3, 3, 3
    row 0x42a0000000000000; same 0xffffffff55000000, 0
    row 0x17ffffffffffff; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0x2e5000000000000f; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0x7ff8000000000000; same 0xffffffff7fc00000, 0
    row 0x7cbd3d6b7fffffff; each 0xffffffff7f800000, 0xffffffff7f7fffff, 0xffffffff7f7fffff, 0xffffffff7f800000, 0xffffffff7f800000, 5, 5, 5, 5, 5
    row 0x887791ed6efff; each 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000000, 0xffffffff00000001, 0xffffffff00000000, 3, 3, 3, 3, 3
    row 0xc090000000000000; same 0xffffffffc4800000, 0
    row 0x4010000000000000; same 0xffffffff40800000, 0
    row 0x3f30000fffffffff; each 0xffffffff39800080, 0xffffffff3980007f, 0xffffffff3980007f, 0xffffffff39800080, 0xffffffff39800080, 1, 1, 1, 1, 1
    row 0xfffe670000000000; same 0xffffffff7fc00000, 0
    row 0xc1c0000000000000; same 0xffffffffce000000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fcvt.d.s fa0, fa1
    row 0xffffffff80004000; only 0xb780000000000000, 0
    row 0xffffffffff000020; only 0xc7e0000400000000, 0
    row 0xffffffff7f07ffff; only 0x47e0ffffe0000000, 0
    row 0xffffffff7fc17fff; only 0x7ff8000000000000, 0
    row 0xffffffff00000010; only 0x36e0000000000000, 0
    row 0xffffffff80000000; only 0x8000000000000000, 0
    row 0xffffffff7f800000; only 0x7ff0000000000000, 0
    row 0xffffffff00000000; only 0x0, 0
    row 0xffffffffff95af07; only 0x7ff8000000000000, 16
    row 0xffffffffff800000; only 0xfff0000000000000, 0
    row 0xffffffffb0800000; only 0xbe10000000000000, 0
    row 0xffffffffd3000000; only 0xc260000000000000, 0
    row 0xffffffff60534dff; only 0x440a69bfe0000000, 0
    row 0xffffffff31000001; only 0x3e20000020000000, 0
    row 0xffffffffac1fbce0; only 0xbd83f79c00000000, 0
    row 0xffffffff12d5e333; only 0x3a5abc6660000000, 0
    row 0xffffffffbe8007ff; only 0xbfd000ffe0000000, 0
    row 0xffffffff7f800000; only 0x7ff0000000000000, 0
    row 0xffffffffff800000; only 0xfff0000000000000, 0
    row 0xffffffff3ea8586d; only 0x3fd50b0da0000000, 0
    row 0xffffffff3f800001; only 0x3ff0000020000000, 0
    row 0xfffffffff2000000; only 0xc640000000000000, 0
    row 0xffffffff3e800003; only 0x3fd0000060000000, 0
    row 0xfffffffffe80ffff; only 0xc7d01fffe0000000, 0
    row 0xffffffff7fae9fcb; only 0x7ff8000000000000, 16
    row 0xffffffffc0800fff; only 0xc01001ffe0000000, 0
    row 0xffffffff7ebfffff; only 0x47d7ffffe0000000, 0
    row 0xffffffffc0e5f59b; only 0xc01cbeb360000000, 0
    row 0xffffffffd3800000; only 0xc270000000000000, 0
    row 0xfffffffff980000f; only 0xc7300001e0000000, 0
    row 0xffffffff012b9c60; only 0x3825738c00000000, 0
    row 0xfffffffff680ffff; only 0xc6d01fffe0000000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_INT, fmv.x.w a0, fa1
    row 0x77895307ff1e17ff; only 0xffffffffff1e17ff, 0
    row 0x7fffffff7400007f; only 0x7400007f, 0
    row 0xfffffffeff800000; only 0xffffffffff800000, 0
    row 0x7fffffff00200000; only 0x200000, 0
    row 0xfffffffe800276c9; only 0xffffffff800276c9, 0
    row 0x80000000; only 0xffffffff80000000, 0
    row 0xffffffff95f37000; only 0xffffffff95f37000, 0
    row 0x7fffffff7fe6a4cf; only 0x7fe6a4cf, 0
    row 0xfffffffeffad197d; only 0xffffffffffad197d, 0
    row 0xbae435b17f800000; only 0x7f800000, 0
    row 0xffffffff58087cd8; only 0x58087cd8, 0
    row 0xffffffff00000000; only 0x0, 0
    row 0xffffffffff900000; only 0xffffffffff900000, 0
    row 0xffffffff80600000; only 0xffffffff80600000, 0
    row 0xffffffff00000007; only 0x7, 0
    row 0x0; only 0x0, 0
    row 0xffffffff7f800000; only 0x7f800000, 0
    row 0xffffffffff800000; only 0xffffffffff800000, 0
    row 0xffffffff7fdaffff; only 0x7fdaffff, 0
    row 0xffffffff80000000; only 0xffffffff80000000, 0
    row 0xfffffffe00800000; only 0x800000, 0
    row 0x81000000; only 0xffffffff81000000, 0
    row 0xffffffff7f5477ff; only 0x7f5477ff, 0
    row 0xfffffffe56800000; only 0x56800000, 0
    row 0xfffffffe3e80000f; only 0x3e80000f, 0
    row 0x3c10cd225aa1f780; only 0x5aa1f780, 0
    row 0x7fffffff440007ff; only 0x440007ff, 0
    row 0xfffffffed2f9b590; only 0xffffffffd2f9b590, 0
    row 0xff80001f; only 0xffffffffff80001f, 0
    row 0xfffffffe7ff57920; only 0x7ff57920, 0
    row 0xfffffffe40004000; only 0x40004000, 0
    row 0xffffffffc0800000; only 0xffffffffc0800000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fmv.w.x fa0, a1
    row 0xfffffffffffffffd; only 0xfffffffffffffffd, 0
    row 0x1; only 0xffffffff00000001, 0
    row 0xffffe291b0000000; only 0xffffffffb0000000, 0
    row 0xffffffffe0000001; only 0xffffffffe0000001, 0
    row 0xfd56d408b43aba5e; only 0xffffffffb43aba5e, 0
    row 0x29ba; only 0xffffffff000029ba, 0
    row 0x32b162; only 0xffffffff0032b162, 0
    row 0x0; only 0xffffffff00000000, 0
    row 0x3ffffffffff; only 0xffffffffffffffff, 0
    row 0x37f03f3e10000; only 0xfffffffff3e10000, 0
    row 0x2b7d4aada3; only 0xffffffff7d4aada3, 0
    row 0xfffe40faa9b40b97; only 0xffffffffa9b40b97, 0
    row 0xffffffffff800000; only 0xffffffffff800000, 0
    row 0x134dd92; only 0xffffffff0134dd92, 0
    row 0xfffffffffffff801; only 0xfffffffffffff801, 0
    row 0xffffffe000000000; only 0xffffffff00000000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_INT, fmv.x.d a0, fa1
    row 0x8017c7ffffffffff; only 0x8017c7ffffffffff, 0
    row 0x47f6f80000000; only 0x47f6f80000000, 0
    row 0xfffc000000000000; only 0xfffc000000000000, 0
    row 0xfff20709d200b82f; only 0xfff20709d200b82f, 0
    row 0x39dd94bfffffffff; only 0x39dd94bfffffffff, 0
    row 0xfff0000000000000; only 0xfff0000000000000, 0
    row 0x0; only 0x0, 0
    row 0x8005a7a903800000; only 0x8005a7a903800000, 0
    row 0x7ff0000000000000; only 0x7ff0000000000000, 0
    row 0x8000000000000000; only 0x8000000000000000, 0
    row 0x43c226075fffffff; only 0x43c226075fffffff, 0
    row 0xfff0000000000000; only 0xfff0000000000000, 0
    row 0xe36c7078cd854; only 0xe36c7078cd854, 0
    row 0xfff9bd7dca0c33ff; only 0xfff9bd7dca0c33ff, 0
    row 0xc71ee904349410de; only 0xc71ee904349410de, 0
    row 0x7ff0000000000000; only 0x7ff0000000000000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fmv.d.x fa0, a1
    row 0xfffffffdc8640001; only 0xfffffffdc8640001, 0
    row 0x76edd7ffffffffff; only 0x76edd7ffffffffff, 0
    row 0x80000000000; only 0x80000000000, 0
    row 0x0; only 0x0, 0
    row 0x4e86f7a; only 0x4e86f7a, 0
    row 0xffffffffffffffff; only 0xffffffffffffffff, 0
    row 0xfffffffffffe0001; only 0xfffffffffffe0001, 0
    row 0x7; only 0x7, 0
    row 0x1000000000; only 0x1000000000, 0
    row 0x3ff; only 0x3ff, 0
    row 0x7423c388ba636; only 0x7423c388ba636, 0
    row 0xffffc00000000000; only 0xffffc00000000000, 0
    row 0xffffffffffffffc8; only 0xffffffffffffffc8, 0
    row 0x3fffff; only 0x3fffff, 0
    row 0xff80000000000000; only 0xff80000000000000, 0
    row 0xffffffffe0000001; only 0xffffffffe0000001, 0
    end

    .section .note.GNU-stack, "", @progbits
