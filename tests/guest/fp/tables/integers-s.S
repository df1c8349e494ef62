# Written by `cargo run -p emu-tests --example fp_tables`; not to be edited.
#include "table.inc"

    group WIDTH_32, 1, ROUNDED, RESULT_INT, fcvt.w.s a0, fa1
    row 0x40000000; same 0x2, 0
    row 0xfe800000; same 0x80000000, 16
    row 0x86000000; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x5f83ffff; same 0x7fffffff, 16
    row 0x3e000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xc0800000; same 0xfffffffc, 0
    row 0x7ff21ce0; same 0x7fffffff, 16
    row 0xff800007; same 0x7fffffff, 16
    row 0x80000000; same 0x0, 0
    row 0xbf36c72f; each 0xffffffff, 0x0, 0xffffffff, 0x0, 0xffffffff, 1, 1, 1, 1, 1
    row 0x80000007; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x0; same 0x0, 0
    row 0x40f387ff; each 0x8, 0x7, 0x7, 0x8, 0x8, 1, 1, 1, 1, 1
    row 0x480a6e; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7f800000; same 0x7fffffff, 16
    row 0x40200000; each 0x2, 0x2, 0x2, 0x3, 0x3, 1, 1, 1, 1, 1
    row 0xff800000; same 0x80000000, 16
    row 0xbf000000; each 0x0, 0x0, 0xffffffff, 0x0, 0xffffffff, 1, 1, 1, 1, 1
    row 0x7fd68450; same 0x7fffffff, 16
    row 0xe9000000; same 0x80000000, 16
    row 0x8018e36f; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x1400000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x81000020; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x80000000; same 0x0, 0
    row 0x2a4d09; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x13ac0000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x80000002; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x51800000; same 0x7fffffff, 16
    row 0x803ee0ac; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x7ef90890; same 0x7fffffff, 16
    row 0x808003ff; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xe5ffffff; same 0x80000000, 16
    row 0x72055c4e; same 0x7fffffff, 16
    row 0x3f800000; same 0x1, 0
    row 0x55800000; same 0x7fffffff, 16
    row 0x81000000; each 0x0, 0x0, 0xffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0x7f800000; same 0x7fffffff, 16
    row 0xffd0a662; same 0x7fffffff, 16
    row 0x80000000; same 0x0, 0
    row 0x7fbfac30; same 0x7fffffff, 16
    end

    group WIDTH_32, 1, ROUNDED, RESULT_INT, fcvt.wu.s a0, fa1
    row 0xbe7fffff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x1000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xff000000; same 0x0, 16
    row 0x7f800000; same 0xffffffff, 16
    row 0xff800000; same 0x0, 16
    row 0x40; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x49800000; same 0x100000, 0
    row 0x80010000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x773fb669; same 0xffffffff, 16
    row 0xff9e6940; same 0xffffffff, 16
    row 0x0; same 0x0, 0
    row 0xbf010000; each 0x0, 0x0, 0x0, 0x0, 0x0, 16, 1, 16, 1, 16
    row 0x80000000; same 0x0, 0
    row 0x3f6b292e; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x7fd9f880; same 0xffffffff, 16
    row 0x3f000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xbf000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 16
    row 0xcef10000; same 0x0, 16
    row 0xc6d03800; same 0x0, 16
    row 0x3f4f42fa; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0x7f000000; same 0xffffffff, 16
    row 0xb56dfff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x30b59974; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x80b20000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xc4d0b0a7; same 0x0, 16
    row 0x5e1fffff; same 0xffffffff, 16
    row 0xbe83ffff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0x16807fff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xc1000001; same 0x0, 16
    row 0xff800000; same 0x0, 16
    row 0x7e80001f; same 0xffffffff, 16
    row 0xbf5098ea; each 0x0, 0x0, 0x0, 0x0, 0x0, 16, 1, 16, 1, 16
    row 0xc03b6264; same 0x0, 16
    row 0xc532d7d6; same 0x0, 16
    row 0x810000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7fbfffff; same 0xffffffff, 16
    row 0x5f807fff; same 0xffffffff, 16
    row 0x80000000; same 0x0, 0
    row 0x10000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x6ff889; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.l.s a0, fa1
    row 0xffffffffb90003ff; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff7f000000; same 0x7fffffffffffffff, 16
    row 0xffffffff00000000; same 0x0, 0
    row 0xfffffffffe800000; same 0x8000000000000000, 16
    row 0xffffffff2c2cffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffff8007ff; same 0x7fffffffffffffff, 16
    row 0xffffffff50000000; same 0x200000000, 0
    row 0xffffffffbf080000; each 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0xffffffffd8820000; same 0xfffbf00000000000, 0
    row 0xffffffff000007ff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff80000007; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffff800000; same 0x8000000000000000, 16
    row 0xffffffff41ffe801; each 0x20, 0x1f, 0x1f, 0x20, 0x20, 1, 1, 1, 1, 1
    row 0xffffffff7f800000; same 0x7fffffffffffffff, 16
    row 0xffffffff80000000; same 0x0, 0
    row 0xffffffffffd23fff; same 0x7fffffffffffffff, 16
    row 0xffffffff3f000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xffffffffbf000000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0xffffffffffffffff, 1, 1, 1, 1, 1
    row 0xffffffff7eeb8bf0; same 0x7fffffffffffffff, 16
    row 0xffffffffc80cdb19; each 0xfffffffffffdcc94, 0xfffffffffffdcc94, 0xfffffffffffdcc93, 0xfffffffffffdcc94, 0xfffffffffffdcc94, 1, 1, 1, 1, 1
    row 0xffffffff7f801000; same 0x7fffffffffffffff, 16
    row 0xffffffff004b835d; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff4609d90f; each 0x2276, 0x2276, 0x2276, 0x2277, 0x2276, 1, 1, 1, 1, 1
    row 0xffffffffbe800020; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffd66657bc; same 0xffffc66a11000000, 0
    row 0xffffffff0003ffff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff7400003f; same 0x7fffffffffffffff, 16
    row 0xffffffff7ff3f05a; same 0x7fffffffffffffff, 16
    row 0xffffffff90800000; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff7f800000; same 0x7fffffffffffffff, 16
    row 0xffffffffbfcc0000; each 0xfffffffffffffffe, 0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffffffffffff, 0xfffffffffffffffe, 1, 1, 1, 1, 1
    row 0xffffffff6b000000; same 0x7fffffffffffffff, 16
    row 0xffffffff7f803fff; same 0x7fffffffffffffff, 16
    row 0xffffffffba3fffff; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff64000000; same 0x7fffffffffffffff, 16
    row 0xffffffff7f000000; same 0x7fffffffffffffff, 16
    row 0xffffffff7f800000; same 0x7fffffffffffffff, 16
    row 0xffffffff3f888e79; each 0x1, 0x1, 0x1, 0x2, 0x1, 1, 1, 1, 1, 1
    row 0xffffffffff801fff; same 0x7fffffffffffffff, 16
    row 0xffffffffc0a42547; each 0xfffffffffffffffb, 0xfffffffffffffffb, 0xfffffffffffffffa, 0xfffffffffffffffb, 0xfffffffffffffffb, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.lu.s a0, fa1
    row 0xffffffff800000ff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff00000010; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff0153d96d; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffff955fff; same 0xffffffffffffffff, 16
    row 0xffffffff6c002000; same 0xffffffffffffffff, 16
    row 0xffffffffd2000040; same 0x0, 16
    row 0xffffffff40000000; same 0x2, 0
    row 0xffffffff9f000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff00000000; same 0x0, 0
    row 0xffffffff80000000; same 0x0, 0
    row 0xffffffffff800000; same 0x0, 16
    row 0xffffffff7ff666a4; same 0xffffffffffffffff, 16
    row 0xffffffffbf61d800; each 0x0, 0x0, 0x0, 0x0, 0x0, 16, 1, 16, 1, 16
    row 0xffffffff7f800000; same 0xffffffffffffffff, 16
    row 0xffffffff433cdba2; each 0xbd, 0xbc, 0xbc, 0xbd, 0xbd, 1, 1, 1, 1, 1
    row 0xffffffffbf000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 16
    row 0xffffffff3f000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xffffffff66c99c25; same 0xffffffffffffffff, 16
    row 0xffffffff8001b9d7; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff3fbe85ff; each 0x1, 0x1, 0x1, 0x2, 0x1, 1, 1, 1, 1, 1
    row 0xffffffff80ec0000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffffb8bc6a24; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff8f800001; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff52dfffff; same 0x6fffff8000, 0
    row 0xffffffff7e800000; same 0xffffffffffffffff, 16
    row 0xffffffff80300000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffffffdc5fff; same 0xffffffffffffffff, 16
    row 0xffffffff9b800000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffffff339080; same 0x0, 16
    row 0xfffffffff9e6a3bf; same 0x0, 16
    row 0xffffffff54fdb7ff; same 0x7edbff80000, 0
    row 0xffffffff7f841800; same 0xffffffffffffffff, 16
    row 0xffffffff7f800000; same 0xffffffffffffffff, 16
    row 0xfffffffffebb533b; same 0x0, 16
    row 0xffffffff00800010; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff802f62d6; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffffd92932dc; same 0x0, 16
    row 0xffffffff008c0000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff80800000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffffff000000; same 0x0, 16
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.s.w fa0, a1
    row 0x3400000000000000; same 0xffffffff00000000, 0
    row 0x3ffff; same 0xffffffff487fffc0, 0
    row 0x1f; same 0xffffffff41f80000, 0
    row 0x80000000000; same 0xffffffff00000000, 0
    row 0xffffffffffffff00; same 0xffffffffc3800000, 0
    row 0x4ca0800000; same 0xffffffffcebf0000, 0
    row 0x6c4; same 0xffffffff44d88000, 0
    row 0xffffffffffffff; same 0xffffffffbf800000, 0
    row 0xd2854a5360b62007; each 0xffffffff4ec16c40, 0xffffffff4ec16c40, 0xffffffff4ec16c40, 0xffffffff4ec16c41, 0xffffffff4ec16c40, 1, 1, 1, 1, 1
    row 0xfffffffffe280c93; each 0xffffffffcbebf9b6, 0xffffffffcbebf9b6, 0xffffffffcbebf9b7, 0xffffffffcbebf9b6, 0xffffffffcbebf9b7, 1, 1, 1, 1, 1
    row 0xfffffffffffc0001; same 0xffffffffc87fffc0, 0
    row 0x0; same 0xffffffff00000000, 0
    row 0xb674704c8fffffff; each 0xffffffffcee00000, 0xffffffffcee00000, 0xffffffffcee00001, 0xffffffffcee00000, 0xffffffffcee00000, 1, 1, 1, 1, 1
    row 0x4c2d7ebc665812d7; each 0xffffffff4eccb026, 0xffffffff4eccb025, 0xffffffff4eccb025, 0xffffffff4eccb026, 0xffffffff4eccb026, 1, 1, 1, 1, 1
    row 0x870de9fc; each 0xffffffffcef1e42c, 0xffffffffcef1e42c, 0xffffffffcef1e42d, 0xffffffffcef1e42c, 0xffffffffcef1e42c, 1, 1, 1, 1, 1
    row 0xffffffff00000001; same 0xffffffff3f800000, 0
    row 0xfffffffffffff801; same 0xffffffffc4ffe000, 0
    row 0x93791483c94fc68b; each 0xffffffffce5ac0e6, 0xffffffffce5ac0e5, 0xffffffffce5ac0e6, 0xffffffffce5ac0e5, 0xffffffffce5ac0e6, 1, 1, 1, 1, 1
    row 0x449b4d58973935c0; each 0xffffffffced18d94, 0xffffffffced18d94, 0xffffffffced18d95, 0xffffffffced18d94, 0xffffffffced18d95, 1, 1, 1, 1, 1
    row 0xffff584c8d3c69c4; each 0xffffffffcee5872c, 0xffffffffcee5872c, 0xffffffffcee5872d, 0xffffffffcee5872c, 0xffffffffcee5872c, 1, 1, 1, 1, 1
    row 0xeffed95201255b81; each 0xffffffff4b92adc0, 0xffffffff4b92adc0, 0xffffffff4b92adc0, 0xffffffff4b92adc1, 0xffffffff4b92adc1, 1, 1, 1, 1, 1
    row 0x35568de; each 0xffffffff4c555a38, 0xffffffff4c555a37, 0xffffffff4c555a37, 0xffffffff4c555a38, 0xffffffff4c555a38, 1, 1, 1, 1, 1
    row 0xffffffff27bc6b06; each 0xffffffff4e1ef1ac, 0xffffffff4e1ef1ac, 0xffffffff4e1ef1ac, 0xffffffff4e1ef1ad, 0xffffffff4e1ef1ac, 1, 1, 1, 1, 1
    row 0xffffffffffffffff; same 0xffffffffbf800000, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.s.wu fa0, a1
    row 0xb858; same 0xffffffff47385800, 0
    row 0xfffffffffffffc01; each 0xffffffff4f7ffffc, 0xffffffff4f7ffffc, 0xffffffff4f7ffffc, 0xffffffff4f7ffffd, 0xffffffff4f7ffffc, 1, 1, 1, 1, 1
    row 0x6bbf60000000000; same 0xffffffff00000000, 0
    row 0xfffffffe96638465; each 0xffffffff4f166384, 0xffffffff4f166384, 0xffffffff4f166384, 0xffffffff4f166385, 0xffffffff4f166384, 1, 1, 1, 1, 1
    row 0x56661aa98; each 0xffffffff4eccc355, 0xffffffff4eccc355, 0xffffffff4eccc355, 0xffffffff4eccc356, 0xffffffff4eccc355, 1, 1, 1, 1, 1
    row 0xcd53d829fbffffff; each 0xffffffff4f7c0000, 0xffffffff4f7bffff, 0xffffffff4f7bffff, 0xffffffff4f7c0000, 0xffffffff4f7c0000, 1, 1, 1, 1, 1
    row 0x0; same 0xffffffff00000000, 0
    row 0xff2fa72be7f80d76; each 0xffffffff4f67f80d, 0xffffffff4f67f80d, 0xffffffff4f67f80d, 0xffffffff4f67f80e, 0xffffffff4f67f80d, 1, 1, 1, 1, 1
    row 0x67d779a; each 0xffffffff4ccfaef3, 0xffffffff4ccfaef3, 0xffffffff4ccfaef3, 0xffffffff4ccfaef4, 0xffffffff4ccfaef3, 1, 1, 1, 1, 1
    row 0xff63dadb02400000; same 0xffffffff4c100000, 0
    row 0xffff800000000001; same 0xffffffff3f800000, 0
    row 0x5cf71e056838; each 0xffffffff4df02b42, 0xffffffff4df02b41, 0xffffffff4df02b41, 0xffffffff4df02b42, 0xffffffff4df02b42, 1, 1, 1, 1, 1
    row 0x3e899cdc1606c668; each 0xffffffff4db03633, 0xffffffff4db03633, 0xffffffff4db03633, 0xffffffff4db03634, 0xffffffff4db03633, 1, 1, 1, 1, 1
    row 0xfffffffffe000001; each 0xffffffff4f7e0000, 0xffffffff4f7e0000, 0xffffffff4f7e0000, 0xffffffff4f7e0001, 0xffffffff4f7e0000, 1, 1, 1, 1, 1
    row 0xfffffffffffff000; same 0xffffffff4f7ffff0, 0
    row 0x100000; same 0xffffffff49800000, 0
    row 0xfffffffffffffff8; each 0xffffffff4f800000, 0xffffffff4f7fffff, 0xffffffff4f7fffff, 0xffffffff4f800000, 0xffffffff4f800000, 1, 1, 1, 1, 1
    row 0x1000000000; same 0xffffffff00000000, 0
    row 0xfffffffffffff; each 0xffffffff4f800000, 0xffffffff4f7fffff, 0xffffffff4f7fffff, 0xffffffff4f800000, 0xffffffff4f800000, 1, 1, 1, 1, 1
    row 0xfffffff; each 0xffffffff4d800000, 0xffffffff4d7fffff, 0xffffffff4d7fffff, 0xffffffff4d800000, 0xffffffff4d800000, 1, 1, 1, 1, 1
    row 0x2fd8baf49ba16; each 0xffffffff4f2f49ba, 0xffffffff4f2f49ba, 0xffffffff4f2f49ba, 0xffffffff4f2f49bb, 0xffffffff4f2f49ba, 1, 1, 1, 1, 1
    row 0xffffffffff800001; each 0xffffffff4f7f8000, 0xffffffff4f7f8000, 0xffffffff4f7f8000, 0xffffffff4f7f8001, 0xffffffff4f7f8000, 1, 1, 1, 1, 1
    row 0x8c2f2000000; same 0xffffffff4f720000, 0
    row 0xffffffffffc00000; same 0xffffffff4f7fc000, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.s.l fa0, a1
    row 0xc97744b25f1e220e; each 0xffffffffde5a22ed, 0xffffffffde5a22ed, 0xffffffffde5a22ee, 0xffffffffde5a22ed, 0xffffffffde5a22ed, 1, 1, 1, 1, 1
    row 0xfffffffffe787001; each 0xffffffffcbc3c800, 0xffffffffcbc3c7ff, 0xffffffffcbc3c800, 0xffffffffcbc3c7ff, 0xffffffffcbc3c800, 1, 1, 1, 1, 1
    row 0x5c6359dbcd77cb18; each 0xffffffff5eb8c6b4, 0xffffffff5eb8c6b3, 0xffffffff5eb8c6b3, 0xffffffff5eb8c6b4, 0xffffffff5eb8c6b4, 1, 1, 1, 1, 1
    row 0xffffffffffff; each 0xffffffff57800000, 0xffffffff577fffff, 0xffffffff577fffff, 0xffffffff57800000, 0xffffffff57800000, 1, 1, 1, 1, 1
    row 0x1fffffffffffff; each 0xffffffff5a000000, 0xffffffff59ffffff, 0xffffffff59ffffff, 0xffffffff5a000000, 0xffffffff5a000000, 1, 1, 1, 1, 1
    row 0xb2b47f1420000000; each 0xffffffffde9a9702, 0xffffffffde9a9701, 0xffffffffde9a9702, 0xffffffffde9a9701, 0xffffffffde9a9702, 1, 1, 1, 1, 1
    row 0xffffffffffffff81; same 0xffffffffc2fe0000, 0
    row 0xffffffffff522e16; same 0xffffffffcb2dd1ea, 0
    row 0x0; same 0xffffffff00000000, 0
    row 0xfffffffffffff418; same 0xffffffffc53e8000, 0
    row 0x1c; same 0xffffffff41e00000, 0
    row 0x8000000; same 0xffffffff4d000000, 0
    row 0x1fff; same 0xffffffff45fff800, 0
    row 0xfc00000000000000; same 0xffffffffdc800000, 0
    row 0x7fffff; same 0xffffffff4afffffe, 0
    row 0xffbbc7ac00000000; same 0xffffffffda8870a8, 0
    row 0x1f3c8aa77396bfff; each 0xffffffff5df9e455, 0xffffffff5df9e455, 0xffffffff5df9e455, 0xffffffff5df9e456, 0xffffffff5df9e455, 1, 1, 1, 1, 1
    row 0xffffffffffffffff; same 0xffffffffbf800000, 0
    row 0xfffe6e19a1dc397c; each 0xffffffffd7c8f32f, 0xffffffffd7c8f32f, 0xffffffffd7c8f330, 0xffffffffd7c8f32f, 0xffffffffd7c8f32f, 1, 1, 1, 1, 1
    row 0xffffff0000000000; same 0xffffffffd3800000, 0
    row 0xffffc00000000000; same 0xffffffffd6800000, 0
    row 0xffffffff00000000; same 0xffffffffcf800000, 0
    row 0x8000000000; same 0xffffffff53000000, 0
    row 0xfffffded7e160fc7; each 0xffffffffd404a07a, 0xffffffffd404a07a, 0xffffffffd404a07b, 0xffffffffd404a07a, 0xffffffffd404a07a, 1, 1, 1, 1, 1
    row 0x40000000000; same 0xffffffff54800000, 0
    row 0xc55e2d8d23; each 0xffffffff53455e2e, 0xffffffff53455e2d, 0xffffffff53455e2d, 0xffffffff53455e2e, 0xffffffff53455e2e, 1, 1, 1, 1, 1
    row 0xffc0000000000001; each 0xffffffffda800000, 0xffffffffda7fffff, 0xffffffffda800000, 0xffffffffda7fffff, 0xffffffffda800000, 1, 1, 1, 1, 1
    row 0xfffffff; each 0xffffffff4d800000, 0xffffffff4d7fffff, 0xffffffff4d7fffff, 0xffffffff4d800000, 0xffffffff4d800000, 1, 1, 1, 1, 1
    row 0xffffffffdc9c26bb; each 0xffffffffce0d8f65, 0xffffffffce0d8f65, 0xffffffffce0d8f66, 0xffffffffce0d8f65, 0xffffffffce0d8f65, 1, 1, 1, 1, 1
    row 0xeae08949; each 0xffffffff4f6ae089, 0xffffffff4f6ae089, 0xffffffff4f6ae089, 0xffffffff4f6ae08a, 0xffffffff4f6ae089, 1, 1, 1, 1, 1
    row 0x2af5ee9886; each 0xffffffff522bd7ba, 0xffffffff522bd7ba, 0xffffffff522bd7ba, 0xffffffff522bd7bb, 0xffffffff522bd7ba, 1, 1, 1, 1, 1
    row 0x1bac59e83d775a; each 0xffffffff59dd62cf, 0xffffffff59dd62cf, 0xffffffff59dd62cf, 0xffffffff59dd62d0, 0xffffffff59dd62cf, 1, 1, 1, 1, 1
    row 0xffff830000000001; each 0xffffffffd6fa0000, 0xffffffffd6f9ffff, 0xffffffffd6fa0000, 0xffffffffd6f9ffff, 0xffffffffd6fa0000, 1, 1, 1, 1, 1
    row 0x40000000000000; same 0xffffffff5a800000, 0
    row 0xffffffcfd3089163; each 0xffffffffd240b3de, 0xffffffffd240b3dd, 0xffffffffd240b3de, 0xffffffffd240b3dd, 0xffffffffd240b3de, 1, 1, 1, 1, 1
    row 0x1505919; each 0xffffffff4ba82c8c, 0xffffffff4ba82c8c, 0xffffffff4ba82c8c, 0xffffffff4ba82c8d, 0xffffffff4ba82c8d, 1, 1, 1, 1, 1
    row 0xffffff0e3d8f9162; each 0xffffffffd371c270, 0xffffffffd371c270, 0xffffffffd371c271, 0xffffffffd371c270, 0xffffffffd371c270, 1, 1, 1, 1, 1
    row 0x57ab7f8a204; each 0xffffffff54af56ff, 0xffffffff54af56ff, 0xffffffff54af56ff, 0xffffffff54af5700, 0xffffffff54af56ff, 1, 1, 1, 1, 1
    row 0xfffffffffe0126a3; each 0xffffffffcbff6cae, 0xffffffffcbff6cae, 0xffffffffcbff6caf, 0xffffffffcbff6cae, 0xffffffffcbff6caf, 1, 1, 1, 1, 1
    row 0x29c16e2000000000; each 0xffffffff5e2705b8, 0xffffffff5e2705b8, 0xffffffff5e2705b8, 0xffffffff5e2705b9, 0xffffffff5e2705b9, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fcvt.s.lu fa0, a1
    row 0x3c6251b5ba95fa11; each 0xffffffff5e718947, 0xffffffff5e718946, 0xffffffff5e718946, 0xffffffff5e718947, 0xffffffff5e718947, 1, 1, 1, 1, 1
    row 0xa21d7a57b9000001; each 0xffffffff5f221d7a, 0xffffffff5f221d7a, 0xffffffff5f221d7a, 0xffffffff5f221d7b, 0xffffffff5f221d7a, 1, 1, 1, 1, 1
    row 0xf800000000000000; same 0xffffffff5f780000, 0
    row 0xfffffffffffd4a40; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0x0; same 0xffffffff00000000, 0
    row 0x798; same 0xffffffff44f30000, 0
    row 0xc140168000000000; each 0xffffffff5f414016, 0xffffffff5f414016, 0xffffffff5f414016, 0xffffffff5f414017, 0xffffffff5f414017, 1, 1, 1, 1, 1
    row 0xffffffffd1d2d607; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0xffffffdb04c80001; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0x1; same 0xffffffff3f800000, 0
    row 0xfffffffffffffe01; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0xffffe62ec4cce863; each 0xffffffff5f7fffe6, 0xffffffff5f7fffe6, 0xffffffff5f7fffe6, 0xffffffff5f7fffe7, 0xffffffff5f7fffe6, 1, 1, 1, 1, 1
    row 0xff33de6800000001; each 0xffffffff5f7f33de, 0xffffffff5f7f33de, 0xffffffff5f7f33de, 0xffffffff5f7f33df, 0xffffffff5f7f33de, 1, 1, 1, 1, 1
    row 0x100000000; same 0xffffffff4f800000, 0
    row 0xffffffffffffffe0; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0x1521b7; same 0xffffffff49a90db8, 0
    row 0xffffffffffff; each 0xffffffff57800000, 0xffffffff577fffff, 0xffffffff577fffff, 0xffffffff57800000, 0xffffffff57800000, 1, 1, 1, 1, 1
    row 0xfff2209920000000; each 0xffffffff5f7ff221, 0xffffffff5f7ff220, 0xffffffff5f7ff220, 0xffffffff5f7ff221, 0xffffffff5f7ff221, 1, 1, 1, 1, 1
    row 0xffffffffffffffff; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    row 0xffffeabaede9fd77; each 0xffffffff5f7fffeb, 0xffffffff5f7fffea, 0xffffffff5f7fffea, 0xffffffff5f7fffeb, 0xffffffff5f7fffeb, 1, 1, 1, 1, 1
    row 0x6e8e7c371; each 0xffffffff50dd1cf8, 0xffffffff50dd1cf8, 0xffffffff50dd1cf8, 0xffffffff50dd1cf9, 0xffffffff50dd1cf8, 1, 1, 1, 1, 1
    row 0xfffffffffffff; each 0xffffffff59800000, 0xffffffff597fffff, 0xffffffff597fffff, 0xffffffff59800000, 0xffffffff59800000, 1, 1, 1, 1, 1
    row 0x196fa72; same 0xffffffff4bcb7d39, 0
    row 0xb7b20efa0b; each 0xffffffff5337b20f, 0xffffffff5337b20e, 0xffffffff5337b20e, 0xffffffff5337b20f, 0xffffffff5337b20f, 1, 1, 1, 1, 1
    row 0x2000000000000; same 0xffffffff58000000, 0
    row 0xad8a1621993e3; each 0xffffffff592d8a16, 0xffffffff592d8a16, 0xffffffff592d8a16, 0xffffffff592d8a17, 0xffffffff592d8a16, 1, 1, 1, 1, 1
    row 0x3ffffff; each 0xffffffff4c800000, 0xffffffff4c7fffff, 0xffffffff4c7fffff, 0xffffffff4c800000, 0xffffffff4c800000, 1, 1, 1, 1, 1
    row 0x800000000000; same 0xffffffff57000000, 0
    row 0xffffff15bcd00001; each 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f7fffff, 1, 1, 1, 1, 1
    row 0xffffc00000000000; same 0xffffffff5f7fffc0, 0
    row 0x136053e50dac; each 0xffffffff559b029f, 0xffffffff559b029f, 0xffffffff559b029f, 0xffffffff559b02a0, 0xffffffff559b029f, 1, 1, 1, 1, 1
    row 0x36852f1; each 0xffffffff4c5a14bc, 0xffffffff4c5a14bc, 0xffffffff4c5a14bc, 0xffffffff4c5a14bd, 0xffffffff4c5a14bc, 1, 1, 1, 1, 1
    row 0xffe0000000000000; same 0xffffffff5f7fe000, 0
    row 0xffffff0000000000; same 0xffffffff5f7fffff, 0
    row 0x376a91a; each 0xffffffff4c5daa46, 0xffffffff4c5daa46, 0xffffffff4c5daa46, 0xffffffff4c5daa47, 0xffffffff4c5daa47, 1, 1, 1, 1, 1
    row 0xb3f3668000; each 0xffffffff5333f366, 0xffffffff5333f366, 0xffffffff5333f366, 0xffffffff5333f367, 0xffffffff5333f367, 1, 1, 1, 1, 1
    row 0x2ef6e820000; each 0xffffffff543bdba0, 0xffffffff543bdba0, 0xffffffff543bdba0, 0xffffffff543bdba1, 0xffffffff543bdba1, 1, 1, 1, 1, 1
    row 0xffd42a8000000000; each 0xffffffff5f7fd42a, 0xffffffff5f7fd42a, 0xffffffff5f7fd42a, 0xffffffff5f7fd42b, 0xffffffff5f7fd42b, 1, 1, 1, 1, 1
    row 0xfffffe8000000000; each 0xffffffff5f7ffffe, 0xffffffff5f7ffffe, 0xffffffff5f7ffffe, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 1, 1, 1, 1, 1
    row 0xfffffffffffffff0; each 0xffffffff5f800000, 0xffffffff5f7fffff, 0xffffffff5f7fffff, 0xffffffff5f800000, 0xffffffff5f800000, 1, 1, 1, 1, 1
    end

    .section .note.GNU-stack, "", @progbits
