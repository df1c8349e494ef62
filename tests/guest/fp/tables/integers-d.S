# Written by `cargo run -p emu-tests --example fp_tables`; not to be edited.
#include "table.inc"

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.w.d a0, fa1
    row 0x282cc8f31265b000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffe4bde7c4594685; same 0xffffffff80000000, 16
    row 0x4140000000000000; same 0x200000, 0
    row 0xfffffffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x80185f0000000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x8000000000000000; same 0x0, 0
    row 0xbfe86f86d67de713; each 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0xfff0000000000000; same 0xffffffff80000000, 16
    row 0x7ff0000000000000; same 0x7fffffff, 16
    row 0x5240000000000000; same 0x7fffffff, 16
    row 0x7ff5000000000000; same 0x7fffffff, 16
    row 0x0; same 0x0, 0
    row 0x3fe7ffffffffffff; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xfff8a7fadbbc1bc9; same 0x7fffffff, 16
    row 0xc030000000000000; same 0xfffffffffffffff0, 0
    row 0x8000000000080000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xbfe0000000000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0x3fe0000000000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xc1e0000000040000; each 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000000, 0xffffffff80000000, 1, 1, 16, 1, 1
    row 0x8000000000000000; same 0x0, 0
    row 0xea127a93088f2f9c; same 0xffffffff80000000, 16
    row 0x7fe459d37ec091ff; same 0x7fffffff, 16
    row 0xc7700000000003ff; same 0xffffffff80000000, 16
    row 0x7fd86b208e6181a9; same 0x7fffffff, 16
    row 0x4000d8a82b2097ff; each 0x2, 0x2, 0x2, 0x3, 0x2, 1, 1, 1, 1, 1
    row 0x7fe0000000000800; same 0x7fffffff, 16
    row 0x800861fd7591ec9f; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xfff0b1ed46dee878; same 0x7fffffff, 16
    row 0x7ff0080000000000; same 0x7fffffff, 16
    row 0x8000000040000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xc00000000007ffff; each 0xfffffffffffffffe, 0xfffffffffffffffe, 0xfffffffffffffffd, 0xfffffffffffffffe, 0xfffffffffffffffe, 1, 1, 1, 1, 1
    row 0x3fea31c8f8554dd7; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xffdcf7185fffffff; same 0xffffffff80000000, 16
    row 0xbff03bc21b6602ff; each 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffffffffffff, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0x656b67acecffffff; same 0x7fffffff, 16
    row 0x7ff0000000000010; same 0x7fffffff, 16
    row 0xfff0000000000003; same 0x7fffffff, 16
    row 0x7ff0000000003fff; same 0x7fffffff, 16
    row 0xc250000000000000; same 0xffffffff80000000, 16
    row 0xfff15dd1c14b58d3; same 0x7fffffff, 16
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.wu.d a0, fa1
    row 0xbfc0000000000040; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x7fe0000000000000; same 0xffffffffffffffff, 16
    row 0x40d0000000000000; same 0x4000, 0
    row 0xffd33a346e000000; same 0x0, 16
    row 0x2cb033e7c2672833; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x80000000ffffffff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x7ff0000000007fff; same 0xffffffffffffffff, 16
    row 0xfff0000000000000; same 0x0, 16
    row 0x7ff0000000000000; same 0xffffffffffffffff, 16
    row 0x0; same 0x0, 0
    row 0x8000000000000000; same 0x0, 0
    row 0x41bbffffffffffff; each 0x1c000000, 0x1bffffff, 0x1bffffff, 0x1c000000, 0x1c000000, 1, 1, 1, 1, 1
    row 0xf2b60793fffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xbfe72946c750af69; each 0x0, 0x0, 0x0, 0x0, 0x0, 16, 1, 16, 1, 16
    row 0x7ffb467ccdfaa06a; same 0xffffffffffffffff, 16
    row 0x3fe0000000000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xbfe0000000000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 16
    row 0xc168000000000000; same 0x0, 16
    row 0x3a9ec20d7c377ea6; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x15cd8c41e38000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x65e809485c000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x800003ffffffffff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x6970000000000000; same 0xffffffffffffffff, 16
    row 0x20000000000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xfff91bd5deb5a167; same 0xffffffffffffffff, 16
    row 0x1c8ef647e1ffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x2000003fffffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x4680000000000000; same 0xffffffffffffffff, 16
    row 0x7ff42baeb1ffffff; same 0xffffffffffffffff, 16
    row 0x800c63c74fffffff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xfffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xc010000000000000; same 0x0, 16
    row 0x9162986fe587406f; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x7ff0000000000000; same 0xffffffffffffffff, 16
    row 0xc2b0000000008000; same 0x0, 16
    row 0xfff0000000000000; same 0x0, 16
    row 0xffe3128000000000; same 0x0, 16
    row 0x4320000400000000; same 0xffffffffffffffff, 16
    row 0x0; same 0x0, 0
    row 0x3fc0000000000004; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.l.d a0, fa1
    row 0x10004000000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7ff0000000000000; same 0x7fffffffffffffff, 16
    row 0x0; same 0x0, 0
    row 0xfff0003fffffffff; same 0x7fffffffffffffff, 16
    row 0x426c7bffffffffff; each 0xe3e0000000, 0xe3dfffffff, 0xe3dfffffff, 0xe3e0000000, 0xe3e0000000, 1, 1, 1, 1, 1
    row 0xbff6a30d2c6d4800; each 0xffffffffffffffff, 0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffffffffffff, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0x200000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7fe0000000000020; same 0x7fffffffffffffff, 16
    row 0x800e25002c891fff; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xc1e0000000000000; same 0xffffffff80000000, 0
    row 0xc2d000000fffffff; each 0xffffbfffffc00000, 0xffffbfffffc00001, 0xffffbfffffc00000, 0xffffbfffffc00001, 0xffffbfffffc00000, 1, 1, 1, 1, 1
    row 0xca10000000000000; same 0x8000000000000000, 16
    row 0x433003ffffffffff; same 0x1003ffffffffff, 0
    row 0x8000000000000000; same 0x0, 0
    row 0xfff0000000000000; same 0x8000000000000000, 16
    row 0xbfe0000000000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0x3fe0000000000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x7ffefa370f681852; same 0x7fffffffffffffff, 16
    row 0x428fe73fc4c4c200; each 0x3fce7f89898, 0x3fce7f89898, 0x3fce7f89898, 0x3fce7f89899, 0x3fce7f89898, 1, 1, 1, 1, 1
    row 0x7fd000007fffffff; same 0x7fffffffffffffff, 16
    row 0xffe8714bffffffff; same 0x8000000000000000, 16
    row 0x80000000001fffff; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x801cbd75c0000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x9ee4a11cf95c6; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffd0000000000000; same 0x8000000000000000, 16
    row 0x7fe3dfbf9c2fffff; same 0x7fffffffffffffff, 16
    row 0xfff52e24ffa00000; same 0x7fffffffffffffff, 16
    row 0x9550000000000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x7ff0b2ffffffffff; same 0x7fffffffffffffff, 16
    row 0x7ff0000000040000; same 0x7fffffffffffffff, 16
    row 0xfff0000000000000; same 0x8000000000000000, 16
    row 0x42b0000000000000; same 0x100000000000, 0
    row 0x42f65163cfffffff; each 0x165163d000000, 0x165163cffffff, 0x165163cffffff, 0x165163d000000, 0x165163d000000, 1, 1, 1, 1, 1
    row 0xfff7245c6fffffff; same 0x7fffffffffffffff, 16
    row 0x8020000000000100; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x7fee91329ff5fd27; same 0x7fffffffffffffff, 16
    row 0xffda7fffffffffff; same 0x8000000000000000, 16
    row 0x40c0000020000000; each 0x2000, 0x2000, 0x2000, 0x2001, 0x2000, 1, 1, 1, 1, 1
    row 0xc190040000000000; same 0xfffffffffbff0000, 0
    row 0x4000100000000000; each 0x2, 0x2, 0x2, 0x3, 0x2, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.lu.d a0, fa1
    row 0x7ff4ed77ffffffff; same 0xffffffffffffffff, 16
    row 0x400000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xbfc0000000040000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x20000000000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7fd0000000000000; same 0xffffffffffffffff, 16
    row 0xbfe3800000000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 16, 1, 16, 1, 16
    row 0x8005a93d90ce703e; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffe0000000000040; same 0x0, 16
    row 0x42f7780f5115ffff; each 0x17780f5116000, 0x17780f5115fff, 0x17780f5115fff, 0x17780f5116000, 0x17780f5116000, 1, 1, 1, 1, 1
    row 0x7ffa81840670d1a0; same 0xffffffffffffffff, 16
    row 0x41d0000000000000; same 0x40000000, 0
    row 0xfff0000000000000; same 0x0, 16
    row 0x8000000000000000; same 0x0, 0
    row 0x0; same 0x0, 0
    row 0xbfe0000000000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 16
    row 0x7ff0000000000000; same 0xffffffffffffffff, 16
    row 0x3fe0000000000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x3fe0004000000000; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x3d5003ffffffffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x400; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x2f652d04dc97bfff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xe0bf23f4feea4b3f; same 0x0, 16
    row 0xfff0000000000000; same 0x0, 16
    row 0x3fe667e037246603; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x7ffaa110c11c7310; same 0xffffffffffffffff, 16
    row 0x20000000080000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xc37ef292fe2a9000; same 0x0, 16
    row 0x200003ffffffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x4010000000010000; each 0x4, 0x4, 0x4, 0x5, 0x4, 1, 1, 1, 1, 1
    row 0x7fe0000000000000; same 0xffffffffffffffff, 16
    row 0x2560000400000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xc16f9fffffffffff; same 0x0, 16
    row 0x7fd0000000000000; same 0xffffffffffffffff, 16
    row 0xbda5d1b000000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xfff0080000000000; same 0xffffffffffffffff, 16
    row 0xc4739997c9200000; same 0x0, 16
    row 0x3fc2000000000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffde3d05d0e28c1b; same 0x0, 16
    row 0x1d420680000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xb5c00000000000ff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fcvt.d.w fa0, a1
    row 0x0; only 0x0, 0
    row 0xffff; only 0x40efffe000000000, 0
    row 0xffffffff00000001; only 0x3ff0000000000000, 0
    row 0xffffffffffe00000; only 0xc140000000000000, 0
    row 0x1b1b83ae4b48131; only 0xc1bb4b7ecf000000, 0
    row 0xc2d2a; only 0x41285a5400000000, 0
    row 0x400000000; only 0x0, 0
    row 0xfff8000000000001; only 0x3ff0000000000000, 0
    row 0xffffff0000000001; only 0x3ff0000000000000, 0
    row 0x2; only 0x4000000000000000, 0
    row 0xfffff80000000000; only 0x0, 0
    row 0x8b7fffffffff; only 0xbff0000000000000, 0
    row 0x2add38f6869a7; only 0xc1dc25e596400000, 0
    row 0xffffffffffffffc0; only 0xc050000000000000, 0
    row 0xffffffffffff110d; only 0xc0edde6000000000, 0
    row 0x12d14af; only 0x4172d14af0000000, 0
    row 0xffffffffffffffff; only 0xbff0000000000000, 0
    row 0x100000000000000; only 0x0, 0
    row 0xfffffffffffff000; only 0xc0b0000000000000, 0
    row 0xfffadf9800000001; only 0x3ff0000000000000, 0
    row 0x1ffff; only 0x40fffff000000000, 0
    row 0x0; only 0x0, 0
    row 0x3b4; only 0x408da00000000000, 0
    row 0x4000000; only 0x4190000000000000, 0
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fcvt.d.wu fa0, a1
    row 0x0; only 0x0, 0
    row 0xb7ffffffffffffff; only 0x41efffffffe00000, 0
    row 0xffffffff80000001; only 0x41e0000000200000, 0
    row 0xffffffffffd3b7a4; only 0x41effa76f4800000, 0
    row 0xfffffffffffffff3; only 0x41effffffe600000, 0
    row 0xffffffe000000000; only 0x0, 0
    row 0xffe0000000000001; only 0x3ff0000000000000, 0
    row 0xfffffe9c6f3f3001; only 0x41dbcfcc00400000, 0
    row 0x1dd8fc7d72da; only 0x41ef8fae5b400000, 0
    row 0x200000; only 0x4140000000000000, 0
    row 0x77b3; only 0x40ddecc000000000, 0
    row 0x1ed655f47bee80; only 0x41ee8f7dd0000000, 0
    row 0xf; only 0x402e000000000000, 0
    row 0x4000000000; only 0x0, 0
    row 0xffffffffffffef6c; only 0x41effffded800000, 0
    row 0x1ffffff; only 0x417ffffff0000000, 0
    row 0xffffffffffffffff; only 0x41efffffffe00000, 0
    row 0x0; only 0x0, 0
    row 0x4000000000; only 0x0, 0
    row 0x1411e9215819a; only 0x41e242b033400000, 0
    row 0x0; only 0x0, 0
    row 0x8050000000000001; only 0x3ff0000000000000, 0
    row 0xe3a744d11589b4bd; only 0x41b589b4bd000000, 0
    row 0x2cf9c5dd0fffffff; only 0x41affffffe000000, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.d.l fa0, a1
    row 0x1fff; same 0x40bfff0000000000, 0
    row 0x3fffffff; same 0x41cfffffff800000, 0
    row 0x9c72d7b27548a001; each 0xc3d8e34a1362add8, 0xc3d8e34a1362add7, 0xc3d8e34a1362add8, 0xc3d8e34a1362add7, 0xc3d8e34a1362add8, 1, 1, 1, 1, 1
    row 0xafbad8869c78975c; each 0xc3d41149de58e1da, 0xc3d41149de58e1da, 0xc3d41149de58e1db, 0xc3d41149de58e1da, 0xc3d41149de58e1da, 1, 1, 1, 1, 1
    row 0xfffffe8e0be0b253; same 0xc2771f41f4dad000, 0
    row 0x10; same 0x4030000000000000, 0
    row 0xffffffffffc00000; same 0xc150000000000000, 0
    row 0xfffe000000000001; same 0xc2fffffffffffff0, 0
    row 0xfffffffffe000001; same 0xc17ffffff0000000, 0
    row 0xfffffffffffffe5e; same 0xc07a200000000000, 0
    row 0x54ae3c9755d35bc5; each 0x43d52b8f25d574d7, 0x43d52b8f25d574d6, 0x43d52b8f25d574d6, 0x43d52b8f25d574d7, 0x43d52b8f25d574d7, 1, 1, 1, 1, 1
    row 0x958c000000000000; same 0xc3da9d0000000000, 0
    row 0x0; same 0x0, 0
    row 0xff80000000000001; each 0xc360000000000000, 0xc35fffffffffffff, 0xc360000000000000, 0xc35fffffffffffff, 0xc360000000000000, 1, 1, 1, 1, 1
    row 0xa8800; same 0x4125100000000000, 0
    row 0x69a86581e285e001; each 0x43da6a196078a178, 0x43da6a196078a178, 0x43da6a196078a178, 0x43da6a196078a179, 0x43da6a196078a178, 1, 1, 1, 1, 1
    row 0xffffff0000000001; same 0xc26fffffffffe000, 0
    row 0x3ffffffffffff; same 0x430ffffffffffff8, 0
    row 0x40000000000; same 0x4290000000000000, 0
    row 0xffffffffffffff69; same 0xc062e00000000000, 0
    row 0x4000000000; same 0x4250000000000000, 0
    row 0xffffffffffffffff; same 0xbff0000000000000, 0
    row 0xcabfffffffffff; each 0x4369580000000000, 0x436957ffffffffff, 0x436957ffffffffff, 0x4369580000000000, 0x4369580000000000, 1, 1, 1, 1, 1
    row 0xc93b1f071430af00; each 0xc3cb62707c75e7a8, 0xc3cb62707c75e7a8, 0xc3cb62707c75e7a9, 0xc3cb62707c75e7a8, 0xc3cb62707c75e7a9, 1, 1, 1, 1, 1
    row 0xff97fb809a50f56e; each 0xc35a011fd96bc2a4, 0xc35a011fd96bc2a4, 0xc35a011fd96bc2a5, 0xc35a011fd96bc2a4, 0xc35a011fd96bc2a5, 1, 1, 1, 1, 1
    row 0xff9a0bb60cad34cb; each 0xc3597d127cd4b2cd, 0xc3597d127cd4b2cd, 0xc3597d127cd4b2ce, 0xc3597d127cd4b2cd, 0xc3597d127cd4b2cd, 1, 1, 1, 1, 1
    row 0x1cab19fdf577e480; each 0x43bcab19fdf577e4, 0x43bcab19fdf577e4, 0x43bcab19fdf577e4, 0x43bcab19fdf577e5, 0x43bcab19fdf577e5, 1, 1, 1, 1, 1
    row 0xcf1e7dedfd5db3; each 0x4369e3cfbdbfabb6, 0x4369e3cfbdbfabb6, 0x4369e3cfbdbfabb6, 0x4369e3cfbdbfabb7, 0x4369e3cfbdbfabb6, 1, 1, 1, 1, 1
    row 0x3a823fd17cba6d; each 0x434d411fe8be5d36, 0x434d411fe8be5d36, 0x434d411fe8be5d36, 0x434d411fe8be5d37, 0x434d411fe8be5d37, 1, 1, 1, 1, 1
    row 0xfffffffffffffff2; same 0xc02c000000000000, 0
    row 0x4f; same 0x4053c00000000000, 0
    row 0x0; same 0x0, 0
    row 0xfffffffff8000000; same 0xc1a0000000000000, 0
    row 0xbd7dd7def5facd2f; each 0xc3d0a08a0842814d, 0xc3d0a08a0842814c, 0xc3d0a08a0842814d, 0xc3d0a08a0842814c, 0xc3d0a08a0842814d, 1, 1, 1, 1, 1
    row 0x43663be6e8324000; same 0x43d0d98ef9ba0c90, 0
    row 0x0; same 0x0, 0
    row 0xffffe922bb900000; same 0xc2b6dd4470000000, 0
    row 0xfffffffffff21082; same 0xc12bdefc00000000, 0
    row 0x4300000000000000; same 0x43d0c00000000000, 0
    row 0x8ff98ccb6de2abf1; each 0xc3dc019ccd248755, 0xc3dc019ccd248755, 0xc3dc019ccd248756, 0xc3dc019ccd248755, 0xc3dc019ccd248755, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.d.lu fa0, a1
    row 0x68f2c8b48e9ed3fe; each 0x43da3cb22d23a7b5, 0x43da3cb22d23a7b4, 0x43da3cb22d23a7b4, 0x43da3cb22d23a7b5, 0x43da3cb22d23a7b5, 1, 1, 1, 1, 1
    row 0x3fffe; same 0x410ffff000000000, 0
    row 0x40000000; same 0x41d0000000000000, 0
    row 0xa11456115d3588b; each 0x43a4228ac22ba6b1, 0x43a4228ac22ba6b1, 0x43a4228ac22ba6b1, 0x43a4228ac22ba6b2, 0x43a4228ac22ba6b1, 1, 1, 1, 1, 1
    row 0x0; same 0x0, 0
    row 0xfffffffffffff801; each 0x43efffffffffffff, 0x43efffffffffffff, 0x43efffffffffffff, 0x43f0000000000000, 0x43efffffffffffff, 1, 1, 1, 1, 1
    row 0xffff; same 0x40efffe000000000, 0
    row 0xffffffffff800000; same 0x43effffffffff000, 0
    row 0x77a9508e7ea70000; same 0x43ddea54239fa9c0, 0
    row 0xff80000000000000; same 0x43eff00000000000, 0
    row 0x1000000000; same 0x4230000000000000, 0
    row 0xfffffffffffa633c; each 0x43efffffffffff4c, 0x43efffffffffff4c, 0x43efffffffffff4c, 0x43efffffffffff4d, 0x43efffffffffff4c, 1, 1, 1, 1, 1
    row 0xffffffffc0000001; each 0x43effffffff80000, 0x43effffffff80000, 0x43effffffff80000, 0x43effffffff80001, 0x43effffffff80000, 1, 1, 1, 1, 1
    row 0xffffffe000000001; each 0x43effffffc000000, 0x43effffffc000000, 0x43effffffc000000, 0x43effffffc000001, 0x43effffffc000000, 1, 1, 1, 1, 1
    row 0x36e866c5d5b; same 0x428b743362ead800, 0
    row 0x7f; same 0x405fc00000000000, 0
    row 0xffffff93319f34f2; each 0x43effffff26633e7, 0x43effffff26633e6, 0x43effffff26633e6, 0x43effffff26633e7, 0x43effffff26633e7, 1, 1, 1, 1, 1
    row 0xffffe00000000001; each 0x43effffc00000000, 0x43effffc00000000, 0x43effffc00000000, 0x43effffc00000001, 0x43effffc00000000, 1, 1, 1, 1, 1
    row 0xff50000000000001; each 0x43efea0000000000, 0x43efea0000000000, 0x43efea0000000000, 0x43efea0000000001, 0x43efea0000000000, 1, 1, 1, 1, 1
    row 0xfffffffffffffff8; each 0x43f0000000000000, 0x43efffffffffffff, 0x43efffffffffffff, 0x43f0000000000000, 0x43f0000000000000, 1, 1, 1, 1, 1
    row 0x4000000000000; same 0x4310000000000000, 0
    row 0xfffffffffffffc00; each 0x43f0000000000000, 0x43efffffffffffff, 0x43efffffffffffff, 0x43f0000000000000, 0x43f0000000000000, 1, 1, 1, 1, 1
    row 0xffffffff80000000; same 0x43effffffff00000, 0
    row 0x975c0c8cf567e400; each 0x43e2eb81919eacfc, 0x43e2eb81919eacfc, 0x43e2eb81919eacfc, 0x43e2eb81919eacfd, 0x43e2eb81919eacfd, 1, 1, 1, 1, 1
    row 0xfffff80000000000; same 0x43efffff00000000, 0
    row 0xffffffffffffffff; each 0x43f0000000000000, 0x43efffffffffffff, 0x43efffffffffffff, 0x43f0000000000000, 0x43f0000000000000, 1, 1, 1, 1, 1
    row 0xffffffffffede5a4; each 0x43effffffffffdbd, 0x43effffffffffdbc, 0x43effffffffffdbc, 0x43effffffffffdbd, 0x43effffffffffdbd, 1, 1, 1, 1, 1
    row 0x7fffffffffffff; each 0x4360000000000000, 0x435fffffffffffff, 0x435fffffffffffff, 0x4360000000000000, 0x4360000000000000, 1, 1, 1, 1, 1
    row 0xffffffffe22bd7ae; each 0x43effffffffc457b, 0x43effffffffc457a, 0x43effffffffc457a, 0x43effffffffc457b, 0x43effffffffc457b, 1, 1, 1, 1, 1
    row 0xffffffffffffc000; same 0x43effffffffffff8, 0
    row 0xfffffff800000000; same 0x43efffffff000000, 0
    row 0xfff3b1a416b8e470; each 0x43effe763482d71d, 0x43effe763482d71c, 0x43effe763482d71c, 0x43effe763482d71d, 0x43effe763482d71d, 1, 1, 1, 1, 1
    row 0xffff4b9b84736fd1; each 0x43efffe973708e6e, 0x43efffe973708e6d, 0x43efffe973708e6d, 0x43efffe973708e6e, 0x43efffe973708e6e, 1, 1, 1, 1, 1
    row 0x6e3eeb1a05fdf1; each 0x435b8fbac6817f7c, 0x435b8fbac6817f7c, 0x435b8fbac6817f7c, 0x435b8fbac6817f7d, 0x435b8fbac6817f7c, 1, 1, 1, 1, 1
    row 0x45d1b30f9f27ca; each 0x4351746cc3e7c9f2, 0x4351746cc3e7c9f2, 0x4351746cc3e7c9f2, 0x4351746cc3e7c9f3, 0x4351746cc3e7c9f3, 1, 1, 1, 1, 1
    row 0xffffdeb397db3400; each 0x43effffbd672fb66, 0x43effffbd672fb66, 0x43effffbd672fb66, 0x43effffbd672fb67, 0x43effffbd672fb67, 1, 1, 1, 1, 1
    row 0xffe196ed03149400; each 0x43effc32dda06292, 0x43effc32dda06292, 0x43effc32dda06292, 0x43effc32dda06293, 0x43effc32dda06293, 1, 1, 1, 1, 1
    row 0xfffffff4ea3f1400; each 0x43effffffe9d47e2, 0x43effffffe9d47e2, 0x43effffffe9d47e2, 0x43effffffe9d47e3, 0x43effffffe9d47e3, 1, 1, 1, 1, 1
    row 0xfffffffffffd9400; each 0x43efffffffffffb2, 0x43efffffffffffb2, 0x43efffffffffffb2, 0x43efffffffffffb3, 0x43efffffffffffb3, 1, 1, 1, 1, 1
    row 0xfffffffffffffffd; each 0x43f0000000000000, 0x43efffffffffffff, 0x43efffffffffffff, 0x43f0000000000000, 0x43f0000000000000, 1, 1, 1, 1, 1
    end

    .section .note.GNU-stack, "", @progbits
