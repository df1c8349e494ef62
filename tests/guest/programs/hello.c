// The smallest useful program: one line on standard output, one on standard error.
#include "../runtime/guest.h"

int main(void) {
    put_str("hello, world\n");
    sys(SYS_write, 2, "and hello, stderr\n", 18);
    return 0;
}
