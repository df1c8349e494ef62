// Leaves with the status given as its argument: `exit-status 7`; `exit-status 7 thread` uses exit instead of exit_group.
#include "../runtime/guest.h"

int main(int argc, char **argv) {
    int status = argc > 1 ? (int)parse_dec(argv[1]) : 42;
    if (argc > 2) sys(SYS_exit, status);
    return status;
}
