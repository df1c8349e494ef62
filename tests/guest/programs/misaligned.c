// Misaligned loads and stores of every width work, also across a page.
#include "../runtime/guest.h"

#define ACCESS(type, store, load)                                                                                     \
    static NOINLINE u64 through_##store(u8 *at, u64 value) {                                                          \
        u64 result;                                                                                                   \
        __asm__ volatile(store_text(store) "\n" load_text(load)                                                       \
                         : "=r"(result)                                                                               \
                         : "r"(value), "r"(at)                                                                        \
                         : "memory");                                                                                 \
        return result;                                                                                                \
    }
#define store_text(name) #name " %1, 0(%2)"
#define load_text(name) #name " %0, 0(%2)"
ACCESS(u16, sh, lhu)
ACCESS(u32, sw, lwu)
ACCESS(u64, sd, ld)

static u64 through_double(u8 *at, u64 value) {
    u64 result;
    __asm__ volatile("fmv.d.x ft0, %1\nfsd ft0, 0(%2)\nfld ft1, 0(%2)\nfmv.x.d %0, ft1"
                     : "=r"(result)
                     : "r"(value), "r"(at)
                     : "memory", "ft0", "ft1");
    return result;
}

int main(void) {
    u8 *page = map_pages(2, PROT_READ | PROT_WRITE) + PAGE;
    u64 value = 0x8877665544332211;
    int wrong = 0;
    for (int offset = -9; offset <= 1; offset++) {
        u8 *at = page + offset;
        wrong += through_sh(at, value) != (value & 0xffff);
        wrong += through_sw(at, value) != (value & 0xffffffff);
        wrong += through_sd(at, value) != value;
        wrong += through_double(at, ~value) != ~value;
        for (int i = 0; i < 8; i++) wrong += at[i] != (u8)(~value >> 8 * i);
    }
    show_dec("wrong", wrong);
    return wrong != 0;
}
