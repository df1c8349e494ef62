# Written by `cargo run -p emu-tests --example fp_tables`; not to be edited.
#include "table.inc"

    group WIDTH_64, 2, ROUNDED, RESULT_FLOAT, fadd.s fa0, fa1, fa2
    row 0x7fffffff006d423f, 0xf1339966c0786fff; same 0xffffffff7fc00000, 0
    row 0x7fffffffc33540c0, 0x772e9de1ff800007; same 0xffffffff7fc00000, 0
    row 0x7fffffffc0800000, 0xffffffffc0800000; same 0xffffffff7fc00000, 0
    row 0x480a6dc47b800000, 0x7fffffff848007ff; same 0xffffffff7fc00000, 0
    row 0x7fffffffdb3efaa0, 0x7fffffffdb3efa9f; same 0xffffffff7fc00000, 0
    row 0xfffffffeff800000, 0xffffffff97ad61d0; same 0xffffffff7fc00000, 0
    row 0x3729173380b80000, 0x60800000; same 0xffffffff7fc00000, 0
    row 0xffffffff00801000, 0x7ff0ced700801000; same 0xffffffff7fc00000, 0
    row 0xbe1fffff, 0xffffffffff800000; same 0xffffffff7fc00000, 0
    row 0xfffffffe003768e7, 0xfffffffffeeebd3f; same 0xffffffff7fc00000, 0
    row 0xfffffffe7f807fff, 0xffffffff7fb33e4c; same 0xffffffff7fc00000, 16
    row 0x103bb3c9573fffff, 0xcd4b4a727f800100; same 0xffffffff7fc00000, 0
    row 0xffffffff0003ffff, 0x8003fffe; same 0xffffffff7fc00000, 0
    row 0x7ff30ef7, 0x7459c68942b239d3; same 0xffffffff7fc00000, 0
    row 0x7fffffff3e800000, 0xfffffffe7ee54366; same 0xffffffff7fc00000, 0
    row 0x59a7215b5c4bffff, 0xffffffffdc4bffff; same 0xffffffff7fc00000, 0
    row 0x7fffffff32010000, 0xdedfed63003fffff; same 0xffffffff7fc00000, 0
    row 0xfffffffe80000000, 0x7fffffff405cfb67; same 0xffffffff7fc00000, 0
    row 0x7fffffff473c08d6, 0xffffffffff800000; same 0xffffffff7fc00000, 0
    row 0xaad86a9a80000000, 0x7f800000; same 0xffffffff7fc00000, 0
    row 0xffffffffd7800800, 0x7fffffff7f0648ea; same 0xffffffff7fc00000, 0
    row 0xfffffffe7fbfffff, 0x7fffffff41800000; same 0xffffffff7fc00000, 0
    row 0xffffffff806b5c5f, 0xffffffff806b5c5f; same 0xffffffff80d6b8be, 0
    row 0xfffffffe800001ff, 0xffffffff800001fe; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, ROUNDED, RESULT_FLOAT, fsub.s fa0, fa1, fa2
    row 0xfffffffe47400000, 0xd0147302ff800800; same 0xffffffff7fc00000, 0
    row 0x7fffffffbf6db752, 0xffffffffbf6db750; same 0xffffffff7fc00000, 0
    row 0x7fffffff3ebfc000, 0xfffffffe14fa44d9; same 0xffffffff7fc00000, 0
    row 0x7fffffffb4800000, 0xfffffffe1db44d00; same 0xffffffff7fc00000, 0
    row 0xfffffffe7fcb71ff, 0x0; same 0xffffffff7fc00000, 0
    row 0x7fffffff26800400, 0xfffffffec407ffff; same 0xffffffff7fc00000, 0
    row 0x56000000, 0x0; same 0xffffffff7fc00000, 0
    row 0xffffffffca000000, 0x49467fb80800000; same 0xffffffff7fc00000, 0
    row 0xc95b4c7bd7e9ffff, 0xfffffffed7e9fffe; same 0xffffffff7fc00000, 0
    row 0x7fffffff3c72fba8, 0xffffffff3f3fffff; same 0xffffffff7fc00000, 0
    row 0x7fffff, 0x5a1d1cad00800001; same 0xffffffff7fc00000, 0
    row 0xfffffffe7fbfed00, 0xe4c2667e7fbfecff; same 0xffffffff7fc00000, 0
    row 0x82dd66d07fce9c87, 0xfffffffeff17a3e0; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0xfffffffe0034867d; same 0xffffffff7fc00000, 0
    row 0xffffffff80390000, 0xffffffff52a3641a; each 0xffffffffd2a3641a, 0xffffffffd2a3641a, 0xffffffffd2a3641b, 0xffffffffd2a3641a, 0xffffffffd2a3641a, 1, 1, 1, 1, 1
    row 0xfffffffe80000000, 0xfffffffe598d5000; same 0xffffffff7fc00000, 0
    row 0xffffffffdd000000, 0xfffffffe7fb90ae7; same 0xffffffff7fc00000, 0
    row 0x7fffffff7f800000, 0xffffffffc31fffff; same 0xffffffff7fc00000, 0
    row 0xfffffffeff8f4a00, 0xffffffff7f8f4a02; same 0xffffffff7fc00000, 16
    row 0x7fffffffbf000000, 0xffffffff0003ffff; same 0xffffffff7fc00000, 0
    row 0xfffffffe8c5e7870, 0xffffffff7f800020; same 0xffffffff7fc00000, 16
    row 0xffffffff6a800000, 0xffffffffea7fffff; each 0xffffffff6b000000, 0xffffffff6affffff, 0xffffffff6affffff, 0xffffffff6b000000, 0xffffffff6b000000, 1, 1, 1, 1, 1
    row 0xffffffff7f800000, 0xffffffff3e0001ff; same 0xffffffff7f800000, 0
    row 0xffffffff7e800000, 0xe042fda4fe800000; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, ROUNDED, RESULT_FLOAT, fmul.s fa0, fa1, fa2
    row 0xc00000, 0xc00001; same 0xffffffff7fc00000, 0
    row 0x4b3ec93480000000, 0xacb53fe2807a0723; same 0xffffffff7fc00000, 0
    row 0xc6800000, 0x3f943c187f80000f; same 0xffffffff7fc00000, 0
    row 0x7fffffff001fffff, 0x80200000; same 0xffffffff7fc00000, 0
    row 0xffffffff00000000, 0x461c41e043646e3; same 0xffffffff7fc00000, 0
    row 0x3ff, 0xe325223efe800000; same 0xffffffff7fc00000, 0
    row 0xffffffff867c11ac, 0xa52d1462867c11ad; same 0xffffffff7fc00000, 0
    row 0xf7d0cf0cbf19a213, 0xffffffffdd800000; same 0xffffffff7fc00000, 0
    row 0xffffffff80000000, 0xffffffff33801fff; same 0xffffffff80000000, 0
    row 0x7bfe920f7f802000, 0x9ec635c963b06000; same 0xffffffff7fc00000, 0
    row 0x81074ccfe800000, 0x7a53460bfe800001; same 0xffffffff7fc00000, 0
    row 0xaefc492a5c2e0b3b, 0xffffffff505fffff; same 0xffffffff7fc00000, 0
    row 0x3f000800, 0xfffffffec09ccf3b; same 0xffffffff7fc00000, 0
    row 0xfffffffe805fffff, 0xfffffffe80600000; same 0xffffffff7fc00000, 0
    row 0x7fffffffd251a7ff, 0x40080000; same 0xffffffff7fc00000, 0
    row 0xffffffff808100ee, 0xfffffffe5a96af2c; same 0xffffffff7fc00000, 0
    row 0x9a0aef3e0035ffff, 0xfffffffe4776b4ff; same 0xffffffff7fc00000, 0
    row 0xfffffffeffd70794, 0xfffffffe80000000; same 0xffffffff7fc00000, 0
    row 0x7fffffff80000000, 0xffffffffffed6a63; same 0xffffffff7fc00000, 0
    row 0x80000000, 0xfffffffe56a183aa; same 0xffffffff7fc00000, 0
    row 0xfffffffe80400000, 0xbefb0600; same 0xffffffff7fc00000, 0
    row 0xffffffff19080000, 0x3fffff; same 0xffffffff7fc00000, 0
    row 0x80052d80, 0xb5198f6100800000; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0x7fffffff18d16380; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, ROUNDED, RESULT_FLOAT, fdiv.s fa0, fa1, fa2
    row 0xfffffffec0578000, 0xffffffff7e800004; same 0xffffffff7fc00000, 0
    row 0xfffffffec42e313f, 0xbfe0167c; same 0xffffffff7fc00000, 0
    row 0x7fffffff01000001, 0xfffffffeff67ce73; same 0xffffffff7fc00000, 0
    row 0xfffffffeb1800002, 0x82c448f87f800008; same 0xffffffff7fc00000, 0
    row 0x7fffffff00756be0, 0xffffffff0c693ca5; same 0xffffffff7fc00000, 0
    row 0xfffffffe91000001, 0x4f85a1422bfffff; same 0xffffffff7fc00000, 0
    row 0xffffffff68800000, 0xfffffffee87ffffe; same 0xffffffff7fc00000, 0
    row 0xfffffffeffe8d1c6, 0x7fffffff81800000; same 0xffffffff7fc00000, 0
    row 0x7fffffff7f859d7f, 0xfffffffff3000000; same 0xffffffff7fc00000, 0
    row 0x698fffff, 0x4e01ffff; same 0xffffffff7fc00000, 0
    row 0x9759e7dcff00007f, 0xffffffff00008000; same 0xffffffff7fc00000, 0
    row 0xbcceb687f800000, 0x2a900000; same 0xffffffff7fc00000, 0
    row 0xffffffff999c0000, 0xff000000; same 0xffffffff7fc00000, 0
    row 0xffffffff7fb20000, 0xffcc2461; same 0xffffffff7fc00000, 16
    row 0x7fffffff80248000, 0xffffffff80f6d800; same 0xffffffff7fc00000, 0
    row 0xfffffffe40a3fc00, 0xffffffff8112c221; same 0xffffffff7fc00000, 0
    row 0x7fffffff8072c000, 0xfffffffe3f020000; same 0xffffffff7fc00000, 0
    row 0xffffffff0dffffff, 0x959e58c27f859316; same 0xffffffff7fc00000, 0
    row 0xffffffffff042c92, 0x7fffffff004a6dc6; same 0xffffffff7fc00000, 0
    row 0xfffffffec0b3c2ee, 0x7fc00000; same 0xffffffff7fc00000, 0
    row 0xfffffffe80520800, 0xfffffffed3801fff; same 0xffffffff7fc00000, 0
    row 0xfffffffe80000000, 0xffffffff7fffffff; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0xfffffffee1858b79; same 0xffffffff7fc00000, 0
    row 0xfffffffefff07758, 0xfffffffffff07756; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_FLOAT, fsqrt.s fa0, fa1
    row 0x1000000; same 0xffffffff7fc00000, 0
    row 0x7fffffff9107ffff; same 0xffffffff7fc00000, 0
    row 0x7fe730a4; same 0xffffffff7fc00000, 0
    row 0xfffffffe7f93ffff; same 0xffffffff7fc00000, 0
    row 0x3554b5ae7f800000; same 0xffffffff7fc00000, 0
    row 0x149e56010029abff; same 0xffffffff7fc00000, 0
    row 0xffffffff80000000; same 0xffffffff80000000, 0
    row 0x7fffffff00000000; same 0xffffffff7fc00000, 0
    row 0xffffffff7f800000; same 0xffffffff7f800000, 0
    row 0xffffffff4a2a9e3d; each 0xffffffff44d0fe4f, 0xffffffff44d0fe4e, 0xffffffff44d0fe4e, 0xffffffff44d0fe4f, 0xffffffff44d0fe4f, 1, 1, 1, 1, 1
    row 0xffffffffff000000; same 0xffffffff7fc00000, 16
    row 0xff800000; same 0xffffffff7fc00000, 0
    row 0x4a9f05d080002000; same 0xffffffff7fc00000, 0
    row 0xffffffff49000000; each 0xffffffff443504f3, 0xffffffff443504f3, 0xffffffff443504f3, 0xffffffff443504f4, 0xffffffff443504f3, 1, 1, 1, 1, 1
    row 0xffffffff80000400; same 0xffffffff7fc00000, 16
    row 0xffffffffff810000; same 0xffffffff7fc00000, 16
    row 0x80000000; same 0xffffffff7fc00000, 0
    row 0xffffffff00000000; same 0xffffffff00000000, 0
    row 0xffffffff00000400; each 0xffffffff1cb504f3, 0xffffffff1cb504f3, 0xffffffff1cb504f3, 0xffffffff1cb504f4, 0xffffffff1cb504f3, 1, 1, 1, 1, 1
    row 0xffffffff00001fff; each 0xffffffff1d7ffc00, 0xffffffff1d7ffbff, 0xffffffff1d7ffbff, 0xffffffff1d7ffc00, 0xffffffff1d7ffc00, 1, 1, 1, 1, 1
    row 0xffffffff4a800000; same 0xffffffff45000000, 0
    row 0xffffffffff800000; same 0xffffffff7fc00000, 16
    row 0xffffffff7fc00000; same 0xffffffff7fc00000, 0
    row 0xffffffff00080000; same 0xffffffff1f000000, 0
    end

    group WIDTH_64, 3, ROUNDED, RESULT_FLOAT, fmadd.s fa0, fa1, fa2, fa3
    row 0xffffffff78800000, 0x7fffffff802b5000, 0xdd4ded05d5800080; same 0xffffffff7fc00000, 0
    row 0x7fffffff81000200, 0x80790200, 0xfffffffffe800000; same 0xffffffff7fc00000, 0
    row 0xfffffffe81040000, 0xfffffffedeedffff, 0xffffffffff800000; same 0xffffffff7fc00000, 0
    row 0xfffffffedbc79f1c, 0x7fffffffbe800400, 0x7fffffffa2000000; same 0xffffffff7fc00000, 0
    row 0xffffffffbe800000, 0xfffffffebe800002, 0x7ffffffffe9e8000; same 0xffffffff7fc00000, 0
    row 0x7fffffffffe291bf, 0x5116d2dee621b6e2, 0x51b73402802dc30b; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0x7f800000, 0xffffffff51c8ffff; same 0xffffffff7fc00000, 0
    row 0xfffffffe80d80000, 0xfffffffe001a205a, 0x668d52c56c800000; same 0xffffffff7fc00000, 0
    row 0xa6d6a9a13b800000, 0x100000, 0x854b0000; same 0xffffffff7fc00000, 0
    row 0xffe173ff, 0xbe7fbd12ffe173fe, 0x6a84198ffe17400; same 0xffffffff7fc00000, 0
    row 0xffffffff60807fff, 0x902493b07f800002, 0x794b875e55a212cd; same 0xffffffff7fc00000, 0
    row 0xffffffff7f800000, 0xbf3bffff, 0x4f9353e23f3bfffe; same 0xffffffff7fc00000, 0
    row 0xfffffffef7395bb7, 0xffebbdc0, 0xffebbdc2; same 0xffffffff7fc00000, 0
    row 0xfffffffebf18111c, 0x7fffffff3eb600f8, 0xbfa76fff; same 0xffffffff7fc00000, 0
    row 0xfffffffe000ed5ff, 0xc78000, 0xbcdb01cc00000000; same 0xffffffff7fc00000, 0
    row 0xff800000, 0x232496d0, 0x7f97ffff; same 0xffffffff7fc00000, 0
    row 0xfffffffe1480001f, 0x7fffffff0a80001f, 0xffffffff7f804000; same 0xffffffff7fc00000, 16
    row 0xfffffffe80801fff, 0xfffffffe00801fff, 0x7fffffff00801ffe; same 0xffffffff7fc00000, 0
    row 0xffffffff7f12adf0, 0xfffffffee0040000, 0x5575c8a6; same 0xffffffff7fc00000, 0
    row 0xffffffffff000000, 0x7fffffff01000000, 0xffffffffff8001ff; same 0xffffffff7fc00000, 16
    row 0x6a6c59287e800000, 0xfffffffefd800000, 0x7f567f9f; same 0xffffffff7fc00000, 0
    row 0x7f880000, 0x7fffffffb1800000, 0xffffffffbe3c36a4; same 0xffffffff7fc00000, 0
    row 0xff800000, 0xc0d13b68, 0xfffffffebe002000; same 0xffffffff7fc00000, 0
    row 0xc0800000, 0x6d5ecb4980240000, 0x7fffffff81018d24; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 3, ROUNDED, RESULT_FLOAT, fmsub.s fa0, fa1, fa2, fa3
    row 0x7fc00000, 0xc6427d1d, 0xffffffff46427d1b; same 0xffffffff7fc00000, 0
    row 0xffffffff40ffffff, 0x3e57ffff, 0x7fffffff3e580000; same 0xffffffff7fc00000, 0
    row 0xb34d5d5b7f5fffff, 0xa2c891fc80010000, 0xffffffff0000fffe; same 0xffffffff7fc00000, 0
    row 0xffffffffc0000000, 0x7fffffff40000002, 0x737bf49cc69fffff; same 0xffffffff7fc00000, 0
    row 0xff802000, 0x7ffffffffff47b4c, 0x7fffffffffd4ce48; same 0xffffffff7fc00000, 0
    row 0x7fffffff00000000, 0x6498e98ffb5f1be, 0xfffffffe34000000; same 0xffffffff7fc00000, 0
    row 0x155a600, 0xfffffffe59000100, 0xba1617409593e800; same 0xffffffff7fc00000, 0
    row 0x80020000, 0x7fffffff00020002, 0xfffffffed280003f; same 0xffffffff7fc00000, 0
    row 0xffffffff40800000, 0xffffffffc07ffffe, 0x7fffffff3e4abd14; same 0xffffffff7fc00000, 0
    row 0xffffffff80007fff, 0xfffffffe7f800000, 0xfffffffeff800002; same 0xffffffff7fc00000, 0
    row 0x7fffffff80000800, 0xffffffff7fb90580, 0xffffffffffb33ecf; same 0xffffffff7fc00000, 16
    row 0xfffffffec513ffff, 0x74459654ff800000, 0xd2800000; same 0xffffffff7fc00000, 0
    row 0x3eda8b7f, 0xffffffff1f000000, 0x3f800000; same 0xffffffff7fc00000, 0
    row 0x7fffffff8d000000, 0x17000000, 0x33b580dd40000000; same 0xffffffff7fc00000, 0
    row 0x575d524ea7a085ff, 0xd17406ea7fc53200, 0xfffffffebef67054; same 0xffffffff7fc00000, 0
    row 0xfffffffe7eb00000, 0xffffffff3e800200, 0xfffffffff576b577; same 0xffffffff7fc00000, 0
    row 0x7fffffff1a000000, 0x104b15eefe800200, 0xffffffff0b000000; same 0xffffffff7fc00000, 0
    row 0xfffffffe67d7efb6, 0xfec66fff, 0xfe9e7d3f; same 0xffffffff7fc00000, 0
    row 0xffffffff7f500000, 0x7f500002, 0xdf800000; same 0xffffffff7fc00000, 0
    row 0xfffffffe00800000, 0xfffffffec08fc7cf, 0xffffffff804affff; same 0xffffffff7fc00000, 0
    row 0x7fffffffc7ee578f, 0xffffffffbf05a442, 0xfffffffeb38337ff; same 0xffffffff7fc00000, 0
    row 0x20050386bf80000f, 0xffffffff0001ffff, 0xff03ffff; same 0xffffffff7fc00000, 0
    row 0x1c5fc2c5fc8000ff, 0xffffffff7c8000ff, 0x7fffffff0fe9bfff; same 0xffffffff7fc00000, 0
    row 0x3fa5821f, 0xf5d0682080000fff, 0xf10011c180080000; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 3, ROUNDED, RESULT_FLOAT, fnmsub.s fa0, fa1, fa2, fa3
    row 0x7fffffff01000008, 0xfffffffe81000006, 0x7fffffff01000005; same 0xffffffff7fc00000, 0
    row 0x7fffffffc0800000, 0x7fffffffff080000, 0xffffffff28000000; same 0xffffffff7fc00000, 0
    row 0x28057decff92fa15, 0x7fffffff88b455ff, 0x7fffffff00050000; same 0xffffffff7fc00000, 0
    row 0xbbaa2e8cc2000000, 0x80007f, 0x90c7336f81000000; same 0xffffffff7fc00000, 0
    row 0x342f47b746580000, 0x5e9805fa1c324000, 0xffffffff8037faff; same 0xffffffff7fc00000, 0
    row 0x0, 0xfffffffe8b130000, 0xfffffffe002f3fff; same 0xffffffff7fc00000, 0
    row 0xffffffff3f5e9cfb, 0xffffffff7e8007ff, 0x2000; same 0xffffffff7fc00000, 0
    row 0x48488e6980000000, 0x7fffffff7ffffffe, 0x7fffffff1e991679; same 0xffffffff7fc00000, 0
    row 0x6326421e809fffff, 0x7fffffffbf000000, 0xfffffffe54800000; same 0xffffffff7fc00000, 0
    row 0x7fffffff5e00001f, 0x86000020, 0x7fffffff802d8dd7; same 0xffffffff7fc00000, 0
    row 0x7fffffff45579597, 0x8279ebc845579596, 0x7fffffffc3000000; same 0xffffffff7fc00000, 0
    row 0xfffffffffeb80c16, 0x7fffffff53a1ece2, 0x7ffffffffe800000; same 0xffffffff7fc00000, 0
    row 0x7fffffff40800000, 0xfffffffe80000040, 0xfffffffe7e856bd9; same 0xffffffff7fc00000, 0
    row 0xfffff, 0xda84d1ab800ffffe, 0xfffffffec6400000; same 0xffffffff7fc00000, 0
    row 0x42a7cf6ef02ade9b, 0xffffffff0173cf72, 0x7fffffffff808000; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0xffffffffff800001, 0xffffffff00638000; same 0xffffffff7fc00000, 16
    row 0xfffffffe71800000, 0x2b5422f87f800000, 0xfffffffe7f7fffff; same 0xffffffff7fc00000, 0
    row 0xfffffffffe800000, 0xf8315c6cfe5bc7ff, 0x7fffffffff2ab38a; same 0xffffffff7fc00000, 0
    row 0x7fffffff00080000, 0xf9820000, 0xfffffffff9820000; same 0xffffffff7fc00000, 0
    row 0x7fffffff214c07ff, 0x19c2f36a80000000, 0x7fffffff53000fff; same 0xffffffff7fc00000, 0
    row 0x7fac1bff, 0xf7f58c19bf040000, 0xfffffffe80400000; same 0xffffffff7fc00000, 0
    row 0x11f5761541800000, 0xd35da60141800000, 0x7fffffff6b37ffff; same 0xffffffff7fc00000, 0
    row 0xfffffffec0000000, 0xf2f4132b005f778f, 0x7fffffffff14c000; same 0xffffffff7fc00000, 0
    row 0x37d5535ffcf159f, 0x691aa6647fcf159d, 0x52579644; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 3, ROUNDED, RESULT_FLOAT, fnmadd.s fa0, fa1, fa2, fa3
    row 0xcefe3928, 0xbea3ffff, 0xb0441257c0800000; same 0xffffffff7fc00000, 0
    row 0x7fffffffff800000, 0xfffffffec095ffff, 0xc0960000; same 0xffffffff7fc00000, 0
    row 0x127d520, 0x7fffffffbf000000, 0xfffffffe8044c78a; same 0xffffffff7fc00000, 0
    row 0xfffffffe7ff8081d, 0x7ffffffffff8081e, 0xfffffffefff8081d; same 0xffffffff7fc00000, 0
    row 0xfffffffffe8177ff, 0x7fffffff9347a02a, 0xffffffff9347a029; same 0xffffffff7fc00000, 0
    row 0x7fffffff00800002, 0xfe800000, 0xfffffffefe800000; same 0xffffffff7fc00000, 0
    row 0x73202140, 0x4c45ccf73202142, 0xc0c7ffff; same 0xffffffff7fc00000, 0
    row 0x44fab22540001fff, 0xc484266856660000, 0xfffffffe7efc499b; same 0xffffffff7fc00000, 0
    row 0xffffffff3f000000, 0xfffffffe7f820000, 0x7fffffff80e00ca6; same 0xffffffff7fc00000, 0
    row 0xf, 0xbe09283b7e800000, 0xb0020000; same 0xffffffff7fc00000, 0
    row 0x0, 0x49984e577fffffff, 0xffffffff00000001; same 0xffffffff7fc00000, 0
    row 0x80300000, 0xfffffffeb2ce1c54, 0x7fffffffffca9882; same 0xffffffff7fc00000, 0
    row 0xffffffff3c820000, 0xfffffffe9f2272d7, 0xfffffffe80800080; same 0xffffffff7fc00000, 0
    row 0x6893f, 0xfffffffffd00001f, 0xc0800000; same 0xffffffff7fc00000, 0
    row 0xffffffffd4080000, 0x7fffffff5407fffe, 0x7c3f7ef2bf004000; same 0xffffffff7fc00000, 0
    row 0xffffffff0096f485, 0xd4cc9e2d9ce68000, 0xbfffff; same 0xffffffff7fc00000, 0
    row 0x7fffffffdf400000, 0x7fffffff16b53fce, 0xba4a365216b53fce; same 0xffffffff7fc00000, 0
    row 0xfffffffe4e000000, 0xfffffffe00a00000, 0xffffffff80a00000; same 0xffffffff7fc00000, 0
    row 0x3719f, 0x1f6022690003719e, 0xfffffffe78ef0a4f; same 0xffffffff7fc00000, 0
    row 0xffffffffbe800080, 0xfffffffeca001fff, 0xa7fabf7a4d800000; same 0xffffffff7fc00000, 0
    row 0xfffffffe001ec370, 0x400000, 0x7fffffff0000ffff; same 0xffffffff7fc00000, 0
    row 0x7e800008, 0xfffffffefe800009, 0x3ffb2bf479fe52aa; same 0xffffffff7fc00000, 0
    row 0xffffffffff92e000, 0x7fffffff806c0000, 0x7fffffff00359e5b; same 0xffffffff7fc00000, 16
    row 0x7fffffff51000000, 0xffffffff00040000, 0xffffffff7e800008; same 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_FLOAT, fmin.s fa0, fa1, fa2
    row 0xffb1bc39, 0xfffffffeff002000; only 0xffffffff7fc00000, 0
    row 0xfffffffffe85ec44, 0x7fffffff7fcd8870; only 0xfffffffffe85ec44, 0
    row 0xffffffff80000000, 0x80000000; only 0xffffffff80000000, 0
    row 0x7fffffff7f000000, 0x7fffffff7effffff; only 0xffffffff7fc00000, 0
    row 0xfffffffefe800fff, 0xda6d698a7f800080; only 0xffffffff7fc00000, 0
    row 0xffffffff8e800000, 0xc61fffff; only 0xffffffff8e800000, 0
    row 0xffffffffa9a0dc80, 0x2adb8def800fffff; only 0xffffffffa9a0dc80, 0
    row 0xfffffffe80080000, 0x3fffff; only 0xffffffff7fc00000, 0
    row 0xffffffff40000000, 0x469310447f890000; only 0xffffffff40000000, 0
    row 0x7fffffff44d7beaa, 0xffffffff55000080; only 0xffffffff55000080, 0
    row 0xffffffff4000ffff, 0xfffffffe7f5fffff; only 0xffffffff4000ffff, 0
    row 0x36c1567e7e900000, 0x7fffffff7f800000; only 0xffffffff7fc00000, 0
    row 0xfffffffe80800000, 0xffffffffc5b00000; only 0xffffffffc5b00000, 0
    row 0xffffffff00f59000, 0xfffffffe805c4372; only 0xffffffff00f59000, 0
    row 0x1a0e407d63800000, 0xe3800000; only 0xffffffff7fc00000, 0
    row 0x7fffffffc0000007, 0xffffffffff800000; only 0xffffffffff800000, 0
    row 0x6ecc6b7180000000, 0xfec40000; only 0xffffffff7fc00000, 0
    row 0xda67ffff, 0x7fffffff01000000; only 0xffffffff7fc00000, 0
    row 0xffffffff80000000, 0x7fffffffc087aa1f; only 0xffffffff80000000, 0
    row 0x7fffffffc03e0e50, 0x7fffffff80000000; only 0xffffffff7fc00000, 0
    row 0x60d9af3e00000000, 0xffffffff010d6b41; only 0xffffffff010d6b41, 0
    row 0xfffffffe26800000, 0x7fffffffff8d8000; only 0xffffffff7fc00000, 0
    row 0xbe83d7e5, 0x7fffffffbe83d7e5; only 0xffffffff7fc00000, 0
    row 0x91080000, 0xffffffff80000000; only 0xffffffff80000000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_FLOAT, fmax.s fa0, fa1, fa2
    row 0x7fffffff55000000, 0xfffffffeff800000; only 0xffffffff7fc00000, 0
    row 0x8a2f2b, 0xfffffffe808a2f2d; only 0xffffffff7fc00000, 0
    row 0xfffffffe810003ff, 0x6e8d245f42800000; only 0xffffffff7fc00000, 0
    row 0x7fffffff52001000, 0xfffffffffa9f2000; only 0xfffffffffa9f2000, 0
    row 0x7fffffff5881ae80, 0x45aa8f213f000040; only 0xffffffff7fc00000, 0
    row 0xffffffffcf1fae82, 0xffffffff49000000; only 0xffffffff49000000, 0
    row 0x7fffffffffbdffe8, 0x7fffffff70400000; only 0xffffffff7fc00000, 0
    row 0x7fffffff80000000, 0x23e041ef40800000; only 0xffffffff7fc00000, 0
    row 0x7fffffff90000000, 0xfffffffffee0b4af; only 0xfffffffffee0b4af, 0
    row 0x7fffffff80000000, 0x327792beffffffff; only 0xffffffff7fc00000, 0
    row 0xffffffffff800000, 0x3f36cfff; only 0xffffffffff800000, 0
    row 0x800003ff, 0x7fffffff5d800000; only 0xffffffff7fc00000, 0
    row 0xffffffff7e808000, 0x7ffffffffe807ffe; only 0xffffffff7e808000, 0
    row 0xffffffff7fca0000, 0xfffffffe51c45000; only 0xffffffff7fc00000, 0
    row 0xacc47b80, 0xffffffff03a80000; only 0xffffffff03a80000, 0
    row 0x7fffffffbab01800, 0xffffffff80007fff; only 0xffffffff80007fff, 0
    row 0xfffffffeff8fffff, 0xfffffffeff800200; only 0xffffffff7fc00000, 0
    row 0xfcc9e3949fa90000, 0xfffffffe80443fff; only 0xffffffff7fc00000, 0
    row 0x7f800010, 0xffffffff48c9b4c0; only 0xffffffff48c9b4c0, 0
    row 0x7fffffff803fffff, 0x7fffffffff800001; only 0xffffffff7fc00000, 0
    row 0x7fffffff00800000, 0x7fffff; only 0xffffffff7fc00000, 0
    row 0xfffffffefe800000, 0xa697eebefe80000f; only 0xffffffff7fc00000, 0
    row 0xfffffffe806b830f, 0x6b8310; only 0xffffffff7fc00000, 0
    row 0x6fd495e0d5020000, 0x7fffffff00400000; only 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_FLOAT, fsgnj.s fa0, fa1, fa2
    row 0xb975cf1a80000800, 0xfffffffe58c57fff; only 0xffffffff7fc00000, 0
    row 0xffffffff2625ffff, 0xfffffffea7800000; only 0xffffffff2625ffff, 0
    row 0xc1b0d67c80000000, 0x7fffffff0000003f; only 0xffffffff7fc00000, 0
    row 0x7fffffff400007ff, 0xfffffffe3f474b14; only 0xffffffff7fc00000, 0
    row 0xffffffff7ee00000, 0xffffffff0034dfff; only 0xffffffff7ee00000, 0
    row 0x7fffffff8010a020, 0x7fffffff8010a01f; only 0xffffffff7fc00000, 0
    row 0xfffffffe37000008, 0xf366152480000010; only 0xffffffff7fc00000, 0
    row 0xfffffffec15b4b9d, 0x7fffffff7e800000; only 0xffffffff7fc00000, 0
    row 0xffffffff00360000, 0x122abfff; only 0xffffffff00360000, 0
    row 0x7fffffff7f80003f, 0xffffffff00800000; only 0xffffffff7fc00000, 0
    row 0xffffffff7f00007f, 0xffffffff96000000; only 0xffffffffff00007f, 0
    row 0x7fffffffd9800004, 0xfffffffebe800002; only 0xffffffff7fc00000, 0
    row 0xfffffffe24800000, 0xa5f65623a4800002; only 0xffffffff7fc00000, 0
    row 0xffffffff0002edff, 0x2edfd; only 0xffffffff0002edff, 0
    row 0x7ffb9000, 0x7ffb8ffe; only 0xffffffff7fc00000, 0
    row 0xffffffffbe540e96, 0x7fffffff3e540e94; only 0xffffffff3e540e96, 0
    row 0x7fffffff7e800000, 0x7fffffff003fac00; only 0xffffffff7fc00000, 0
    row 0x668003ff, 0xffffffff37000000; only 0xffffffff7fc00000, 0
    row 0x7fffffffd0000000, 0xfaf2e6fc7f800000; only 0xffffffff7fc00000, 0
    row 0x811e186005800000, 0xffffffffae01ffff; only 0xffffffffffc00000, 0
    row 0xffffffff80e61000, 0xfffffffe861b1827; only 0xffffffff00e61000, 0
    row 0xffffffff3e0fffff, 0x7fffffff46eb3bff; only 0xffffffff3e0fffff, 0
    row 0x53001c1b21a2c9b3, 0xffffffff006689e0; only 0xffffffff7fc00000, 0
    row 0xfffffffec4000001, 0xffffffff7f000000; only 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_FLOAT, fsgnjn.s fa0, fa1, fa2
    row 0x809dd9ff, 0x7fffffff47000000; only 0xffffffffffc00000, 0
    row 0x3f8aa5ff, 0xfffffffe7f800040; only 0xffffffffffc00000, 0
    row 0xfffffffeff800000, 0xffffffff0c00ffff; only 0xffffffffffc00000, 0
    row 0xffffffff3e820000, 0x2d29bf053e81ffff; only 0xffffffffbe820000, 0
    row 0x7fffffff7f0fffff, 0xfffffffffebfffff; only 0xffffffff7fc00000, 0
    row 0x5bcaf7b4fee80000, 0xfffffffe7f81ffff; only 0xffffffffffc00000, 0
    row 0xffffffffc6a80000, 0xc6a7ffff; only 0xffffffffc6a80000, 0
    row 0x40ec06e9207fffff, 0xbe004a00; only 0xffffffffffc00000, 0
    row 0xc0808000, 0x7fffffffc9003fff; only 0xffffffffffc00000, 0
    row 0x7fffffff4b9f05ad, 0x7fffffff4b9f05af; only 0xffffffffffc00000, 0
    row 0x7fffffff7f8f24af, 0xfffffffe7f8f24b1; only 0xffffffffffc00000, 0
    row 0xfffffffe00a75ca0, 0xffffffff00a75ca0; only 0xffffffffffc00000, 0
    row 0xfffffffec1000fff, 0xffffffffff80000f; only 0xffffffff7fc00000, 0
    row 0x24e3173b80001000, 0x7fffffff80000000; only 0xffffffffffc00000, 0
    row 0xfffffffe7eafffff, 0x7fffffff80007fff; only 0xffffffffffc00000, 0
    row 0x411b7370, 0xffffffff8001ffff; only 0xffffffff7fc00000, 0
    row 0xfffffffe00280000, 0x4bc62dfd80280000; only 0xffffffffffc00000, 0
    row 0xfffffffe00000080, 0x11800000; only 0xffffffffffc00000, 0
    row 0xff800000, 0xffffffffde000000; only 0xffffffff7fc00000, 0
    row 0x827531de81598f1b, 0xffffffff80000000; only 0xffffffff7fc00000, 0
    row 0xa6bd51d6ffafffff, 0xfffffffe52800000; only 0xffffffffffc00000, 0
    row 0xffffffff00000000, 0xfffffffe401fe800; only 0xffffffff80000000, 0
    row 0xffffffff2a000000, 0xe189b1ab; only 0xffffffffaa000000, 0
    row 0xffffffff00800000, 0x7fffffffff800000; only 0xffffffff80800000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_FLOAT, fsgnjx.s fa0, fa1, fa2
    row 0xfffffffe0101a008, 0x7fffffff4b676000; only 0xffffffff7fc00000, 0
    row 0xcf400000, 0x2c5cd0097f281de6; only 0xffffffff7fc00000, 0
    row 0xffffffff7f4a02a0, 0xffffffffffb362bf; only 0xffffffffff4a02a0, 0
    row 0x6028e976, 0xffffffff6028e976; only 0xffffffff7fc00000, 0
    row 0xc981ffff, 0xfffffffeff000000; only 0xffffffff7fc00000, 0
    row 0xfffffffe00800080, 0x7fffffff8080007e; only 0xffffffff7fc00000, 0
    row 0x575ada6159c85d00, 0xfffffffffe800000; only 0xffffffffffc00000, 0
    row 0xffffffff81371813, 0x7fffffff80000000; only 0xffffffff81371813, 0
    row 0xdb82872ae4000fff, 0xffffffff7e800800; only 0xffffffff7fc00000, 0
    row 0xff800007, 0xf15c1208014d07ff; only 0xffffffff7fc00000, 0
    row 0x805b06d1, 0xffffffff51b457ef; only 0xffffffff7fc00000, 0
    row 0xfffffffeffa72c00, 0xfffffffe7fa72c02; only 0xffffffff7fc00000, 0
    row 0x2bf3ffff, 0x7fffffff00518000; only 0xffffffff7fc00000, 0
    row 0xffffffff33000000, 0xfbd3984e; only 0xffffffff33000000, 0
    row 0xfffffffe7f040000, 0x7fffffff80000000; only 0xffffffff7fc00000, 0
    row 0xffffffff80802000, 0x80801fff; only 0xffffffff80802000, 0
    row 0x8007ffff, 0xeef69a2040800000; only 0xffffffff7fc00000, 0
    row 0x96c29fe00c7d7fff, 0xfffffffe00000000; only 0xffffffff7fc00000, 0
    row 0xffffffff74000000, 0x430303323e485aef; only 0xffffffff74000000, 0
    row 0x7f800003, 0x8000f091; only 0xffffffff7fc00000, 0
    row 0xffffffff00001fff, 0x2001; only 0xffffffff00001fff, 0
    row 0xff800001, 0xffffffff80000000; only 0xffffffffffc00000, 0
    row 0xffffffff572fb1ef, 0x7fffffffff84f94f; only 0xffffffff572fb1ef, 0
    row 0xfffffffe00000020, 0xfffffffe0000001e; only 0xffffffff7fc00000, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_INT, feq.s a0, fa1, fa2
    row 0x59980000, 0x7fffffff5997ffff; only 0x0, 0
    row 0xa7973d8180000000, 0x3f800000; only 0x0, 0
    row 0x7546e69fc4800000, 0x7fffffffdab6c000; only 0x0, 0
    row 0xba800000, 0xfffffffe00010000; only 0x0, 0
    row 0xfffffffe01000080, 0xfffffffff84745e9; only 0x0, 0
    row 0x7f932260, 0xfffffffffebfffff; only 0x0, 0
    row 0x7fffffff80000000, 0xfffffffffffffffe; only 0x0, 0
    row 0x7fffffff815d24e1, 0xffffffff015d24e2; only 0x0, 0
    row 0xfffffffeffa5e9bb, 0xfffffffecf000000; only 0x0, 0
    row 0x6cb61a, 0x550174ba197fffff; only 0x0, 0
    row 0xffffffff80000000, 0xfffffffe00990000; only 0x0, 0
    row 0xff800000, 0x4d80000f; only 0x0, 0
    row 0x800fffff, 0x7fffffff800ffffe; only 0x0, 0
    row 0x7f880000, 0x58fa2ddb; only 0x0, 0
    row 0xffffffff803fffff, 0x7f5fffff; only 0x0, 0
    row 0x7fffffff80367fff, 0xfffffffe3f55ffff; only 0x0, 0
    row 0xffffffff7f000000, 0x55261e04; only 0x0, 0
    row 0x6d21a23244ead9ff, 0xffffffff7f000000; only 0x0, 0
    row 0x7ebd7aff, 0x80000007; only 0x0, 0
    row 0xe20ce742, 0x620ce742; only 0x0, 0
    row 0xfffffffec9800000, 0x80f9289e806f2b35; only 0x0, 0
    row 0x7f000100, 0x7fffffffff000100; only 0x0, 0
    row 0x7fffffffcea74517, 0xfffffffe00000000; only 0x0, 0
    row 0xffffffff80068000, 0x7fffffffbf800000; only 0x0, 0
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_INT, flt.s a0, fa1, fa2
    row 0xffffffffff800000, 0xfffffffe7f800002; only 0x0, 16
    row 0x3f64f2, 0x7fffffff0014e7f5; only 0x0, 16
    row 0xffffffff4a800020, 0xfffffffeff740000; only 0x0, 16
    row 0x80000100, 0xffffffff80f71380; only 0x0, 16
    row 0x7ffffffffe900000, 0x7fffffff00383fff; only 0x0, 16
    row 0xffffffff7f1fffff, 0x7223c57980000400; only 0x0, 16
    row 0x7eddbfff, 0xffffffff46000000; only 0x0, 16
    row 0x996a9dc27f800000, 0xfffffffebf7fffff; only 0x0, 16
    row 0xab0b34f43f00f398, 0x7fffffffff000100; only 0x0, 16
    row 0x8, 0xffffffffd332a8bf; only 0x0, 16
    row 0xcb31dea7, 0x186fcbeacb31dea6; only 0x0, 16
    row 0xd7d17cf601000000, 0x1000002; only 0x0, 16
    row 0x7fffffff05d6580d, 0xf559046d80719096; only 0x0, 16
    row 0xffffffff5f4dbc0e, 0x2332e3a0438fffff; only 0x0, 16
    row 0x76256c74ff000000, 0xc146c5854a000200; only 0x0, 16
    row 0xffffffff3fba3756, 0xffe4e000; only 0x0, 16
    row 0xffffffff00002000, 0xfcd3713bc02bffff; only 0x0, 16
    row 0xde3e41a401000000, 0xfffffffe80000000; only 0x0, 16
    row 0x7fffffff5aab5d10, 0xffffffffdaab5d0f; only 0x0, 16
    row 0xffffffffa9aa1dff, 0xa9be1ad129c00000; only 0x0, 16
    row 0xb3c3791c4c47e048, 0xfffffffeff800000; only 0x0, 16
    row 0xffffffff006fa700, 0xfffffffe80008000; only 0x0, 16
    row 0x7fffffff807fffff, 0x14adae1780800000; only 0x0, 16
    row 0xc4a07f76ce80007f, 0x8726036b7f800000; only 0x0, 16
    end

    group WIDTH_64, 2, UNROUNDED, RESULT_INT, fle.s a0, fa1, fa2
    row 0x0, 0x697117647ffffffe; only 0x0, 16
    row 0xffffffff7e800200, 0x7fffffff7e8001ff; only 0x0, 16
    row 0xfffffffe7e800000, 0xffffffffffb352e7; only 0x0, 16
    row 0xfffffffe3e820000, 0x7f000000; only 0x0, 16
    row 0x2ab400a27e800200, 0xffffffff7e8001fe; only 0x0, 16
    row 0xffffffff3e4c0000, 0xaf5f3162; only 0x0, 16
    row 0xc727c245ff96dfff, 0xfffffffeff96dfff; only 0x0, 16
    row 0x902877caff800000, 0xffffffffab800000; only 0x0, 16
    row 0xffffffffbff7548d, 0xfffffffe3ff7548d; only 0x0, 16
    row 0x7fffffff7e800000, 0xe3da94d7f800000; only 0x0, 16
    row 0x3ca308e9803e22f7, 0x80000040; only 0x0, 16
    row 0xfffffffe80140149, 0xfffffffe0014014b; only 0x0, 16
    row 0x1eff1da8fe87ffff, 0xffffffff8859ffff; only 0x0, 16
    row 0x7fffffffea000000, 0x7fffffff6a000001; only 0x0, 16
    row 0xffffffff00000000, 0x7fffffff802417ff; only 0x0, 16
    row 0xffffffff004e4400, 0xffffffff004e43ff; only 0x0, 0
    row 0xc1bd5112bfcd7fff, 0xfffffffed9dbc000; only 0x0, 16
    row 0xfffffffe7f200000, 0xffffffff8017ffff; only 0x0, 16
    row 0x6c94bfcd00000002, 0xffffffff80000004; only 0x0, 16
    row 0xfffffffe000bb3ff, 0xffffffff8ea00000; only 0x0, 16
    row 0xc4728cbaff8e3b56, 0xffffffff02804000; only 0x0, 16
    row 0x7fffffff7fc55800, 0x7ffffffff9000007; only 0x0, 16
    row 0x5d99ea0800000000, 0xffffffffd8cc3c00; only 0x0, 16
    row 0xffffffffc1800400, 0xfc59ffaa801fffff; only 0x0, 16
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_INT, fclass.s a0, fa1
    row 0xfffffffeff10ccbf; only 0x200, 0
    row 0x7fffffffffa46c00; only 0x200, 0
    row 0x38ace5e330800000; only 0x200, 0
    row 0xffffffff00000007; only 0x20, 0
    row 0xfffffffe802c7404; only 0x200, 0
    row 0xfffffffffef60000; only 0x2, 0
    row 0xffffffff7f900000; only 0x100, 0
    row 0xfffffffeff800000; only 0x200, 0
    row 0x90468ecc7f800000; only 0x200, 0
    row 0x3; only 0x200, 0
    row 0xffffffff4c000000; only 0x40, 0
    row 0xfff83fff; only 0x200, 0
    row 0xffffffff80273b20; only 0x4, 0
    row 0xfffffffe80000000; only 0x200, 0
    row 0x83aaae3400000000; only 0x200, 0
    row 0xffffffff00000000; only 0x10, 0
    row 0xffffffff7fc00000; only 0x200, 0
    row 0xffffffff80000000; only 0x8, 0
    row 0xffffffffff800000; only 0x1, 0
    row 0xffffffff7f800000; only 0x80, 0
    row 0x4d000080; only 0x200, 0
    row 0xbf000400; only 0x200, 0
    row 0xfffffffe62bc2bc7; only 0x200, 0
    row 0xff3fffff; only 0x200, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.w.s a0, fa1
    row 0x80000000; same 0x7fffffff, 16
    row 0x806adfa4; same 0x7fffffff, 16
    row 0x7fffffff7f7fdeff; same 0x7fffffff, 16
    row 0x7fffffffff800007; same 0x7fffffff, 16
    row 0xfffffffe001cc140; same 0x7fffffff, 16
    row 0xffffffff680fffff; same 0x7fffffff, 16
    row 0x90781288de000003; same 0x7fffffff, 16
    row 0xffffffff00000000; same 0x0, 0
    row 0xffffffffff900000; same 0x7fffffff, 16
    row 0xffffffff0080007f; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffc7cfff; same 0x7fffffff, 16
    row 0x7f800000; same 0x7fffffff, 16
    row 0xfffffffe00000000; same 0x7fffffff, 16
    row 0xffffffff8e000003; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff8044dc05; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffd88264b6; same 0xffffffff80000000, 16
    row 0xffffffff7f800000; same 0x7fffffff, 16
    row 0xffffffffce6d509c; same 0xffffffffc4abd900, 0
    row 0xffffffff00000fff; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff3f0629e2; each 0x1, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xffffffffbfd98580; each 0xfffffffffffffffe, 0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffffffffffff, 0xfffffffffffffffe, 1, 1, 1, 1, 1
    row 0xfffffffeff800000; same 0x7fffffff, 16
    row 0xffffffff7fc18fff; same 0x7fffffff, 16
    row 0xffffffff80000000; same 0x0, 0
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.wu.s a0, fa1
    row 0xfffffffeff386717; same 0xffffffffffffffff, 16
    row 0x7fffffff0480007f; same 0xffffffffffffffff, 16
    row 0x7fffffff000007ff; same 0xffffffffffffffff, 16
    row 0xffffffffff800040; same 0xffffffffffffffff, 16
    row 0xf7b610a7f85e6e2; same 0xffffffffffffffff, 16
    row 0xffffffff3f000000; each 0x0, 0x0, 0x0, 0x1, 0x1, 1, 1, 1, 1, 1
    row 0xffffffff80000000; same 0x0, 0
    row 0xfffffffeff800000; same 0xffffffffffffffff, 16
    row 0x7fffffff80300000; same 0xffffffffffffffff, 16
    row 0xffffffff81000200; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xfffffffe7fe13c73; same 0xffffffffffffffff, 16
    row 0xffffffff4c800000; same 0x4000000, 0
    row 0xffffffff7effffff; same 0xffffffffffffffff, 16
    row 0xffffffff7f800000; same 0xffffffffffffffff, 16
    row 0xfffffffe7f800000; same 0xffffffffffffffff, 16
    row 0xffffffffcb0fffff; same 0x0, 16
    row 0xffffffff00000000; same 0x0, 0
    row 0x9541338300000000; same 0xffffffffffffffff, 16
    row 0xffffffff804d360c; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff470001ff; each 0x8002, 0x8001, 0x8001, 0x8002, 0x8002, 1, 1, 1, 1, 1
    row 0xffffffff01000000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x80000000; same 0xffffffffffffffff, 16
    row 0xffffffff00040000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffff800000; same 0x0, 16
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.l.s a0, fa1
    row 0x7fffffff84800001; same 0x7fffffffffffffff, 16
    row 0x7c8e0b0f00000000; same 0x7fffffffffffffff, 16
    row 0x7fffffff7f8d3d3a; same 0x7fffffffffffffff, 16
    row 0xffffffff3e74cc2b; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x802cffff; same 0x7fffffffffffffff, 16
    row 0x8a77599a50000000; same 0x7fffffffffffffff, 16
    row 0xffffffffc2800000; same 0xffffffffffffffc0, 0
    row 0x4e753554ff800000; same 0x7fffffffffffffff, 16
    row 0xfffffffe006bac1f; same 0x7fffffffffffffff, 16
    row 0xfffffffe7ff0f06b; same 0x7fffffffffffffff, 16
    row 0xffffffff45000000; same 0x800, 0
    row 0xffffffffff820000; same 0x7fffffffffffffff, 16
    row 0xffffffff80bbc2c7; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff7f800000; same 0x7fffffffffffffff, 16
    row 0xffffffff004e3c77; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0xffffffff00000000; same 0x0, 0
    row 0xff3b3c427f800000; same 0x7fffffffffffffff, 16
    row 0xffffffff80000000; same 0x0, 0
    row 0xffffffffff000000; same 0x8000000000000000, 16
    row 0xffffffff7e800000; same 0x7fffffffffffffff, 16
    row 0xffffffff801fffff; each 0x0, 0x0, 0xffffffffffffffff, 0x0, 0x0, 1, 1, 1, 1, 1
    row 0xffffffffffea1ff8; same 0x7fffffffffffffff, 16
    row 0xffffffffc53fffff; each 0xfffffffffffff400, 0xfffffffffffff401, 0xfffffffffffff400, 0xfffffffffffff401, 0xfffffffffffff400, 1, 1, 1, 1, 1
    row 0xe81b38a480000000; same 0x7fffffffffffffff, 16
    end

    group WIDTH_64, 1, ROUNDED, RESULT_INT, fcvt.lu.s a0, fa1
    row 0xffffffffff807fff; same 0xffffffffffffffff, 16
    row 0x7fffffff3e93ffff; same 0xffffffffffffffff, 16
    row 0xffffffff75155fff; same 0xffffffffffffffff, 16
    row 0xffffffff80e74116; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xa0ecb229ce01cf83; same 0xffffffffffffffff, 16
    row 0xffffffffcc52eaff; same 0x0, 16
    row 0x7fffffff7f800000; same 0xffffffffffffffff, 16
    row 0xfffffffeff87ffff; same 0xffffffffffffffff, 16
    row 0xfffffffe7fccffff; same 0xffffffffffffffff, 16
    row 0x86407f0380000000; same 0xffffffffffffffff, 16
    row 0xffffffff00000000; same 0x0, 0
    row 0xffffffff44000004; each 0x200, 0x200, 0x200, 0x201, 0x200, 1, 1, 1, 1, 1
    row 0xffffffff0070d000; each 0x0, 0x0, 0x0, 0x1, 0x0, 1, 1, 1, 1, 1
    row 0x7fffffff8024b237; same 0xffffffffffffffff, 16
    row 0xffffffff802fafff; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 1
    row 0xffffffff80000000; same 0x0, 0
    row 0xffffffff7fc00000; same 0xffffffffffffffff, 16
    row 0x7fffffff00000000; same 0xffffffffffffffff, 16
    row 0xffffffff5d800000; same 0x1000000000000000, 0
    row 0x7fffffff007c6600; same 0xffffffffffffffff, 16
    row 0xffffffffbf000000; each 0x0, 0x0, 0x0, 0x0, 0x0, 1, 1, 16, 1, 16
    row 0xe010e838ff800000; same 0xffffffffffffffff, 16
    row 0xffffffff7f800000; same 0xffffffffffffffff, 16
    row 0xffffffff44903fff; each 0x482, 0x481, 0x481, 0x482, 0x482, 1, 1, 1, 1, 1
    end

    group WIDTH_64, 1, UNROUNDED, RESULT_FLOAT, fcvt.d.s fa0, fa1
    row 0xa800001; only 0x7ff8000000000000, 0
    row 0x6fdb114afe8cc557; only 0x7ff8000000000000, 0
    row 0xffffffff7f3d3fff; only 0x47e7a7ffe0000000, 0
    row 0x10; only 0x7ff8000000000000, 0
    row 0x711339d27ffa8ffd; only 0x7ff8000000000000, 0
    row 0x80000000; only 0x7ff8000000000000, 0
    row 0xffffffff7feeffff; only 0x7ff8000000000000, 0
    row 0x7f800000; only 0x7ff8000000000000, 0
    row 0xc50ad87fff800000; only 0x7ff8000000000000, 0
    row 0x7fffffffffb91ffa; only 0x7ff8000000000000, 0
    row 0x80000002; only 0x7ff8000000000000, 0
    row 0xffffffffc003ffff; only 0xc0007fffe0000000, 0
    row 0xffffffff7fa14fff; only 0x7ff8000000000000, 16
    row 0xffffffff00000000; only 0x0, 0
    row 0xffffffff7f800000; only 0x7ff0000000000000, 0
    row 0xffffffff80000800; only 0xb750000000000000, 0
    row 0xffffffff00198d30; only 0x37e98d3000000000, 0
    row 0xfffffffe00000000; only 0x7ff8000000000000, 0
    row 0xffffffff80000000; only 0x8000000000000000, 0
    row 0xffffffffff800000; only 0xfff0000000000000, 0
    row 0x552cc4a5fffca000; only 0x7ff8000000000000, 0
    row 0x6d4892aa3f000004; only 0x7ff8000000000000, 0
    row 0xffffffff12848000; only 0x3a50900000000000, 0
    row 0xfff1debc; only 0x7ff8000000000000, 0
    end

    .section .note.GNU-stack, "", @progbits
