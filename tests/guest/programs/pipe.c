// Pipes: end of file, non-blocking reads, a broken pipe, dup.
#include "../runtime/guest.h"

enum { O_NONBLOCK = 04000 };

int main(void) {
    int ends[2];
    char buffer[16];
    show_dec("pipe2", sys(SYS_pipe2, ends, O_NONBLOCK));
    show_dec("empty", sys(SYS_read, ends[0], buffer, sizeof buffer));
    show_dec("write", sys(SYS_write, ends[1], "abc", 3));
    show_dec("read", sys(SYS_read, ends[0], buffer, sizeof buffer));
    show_dec("dup3", sys(SYS_dup3, ends[1], 100, 0));
    sys(SYS_close, ends[1]);
    show_dec("write to the copy", sys(SYS_write, 100, "de", 2));
    sys(SYS_close, 100);
    show_dec("read", sys(SYS_read, ends[0], buffer, 1));
    show_dec("read", sys(SYS_read, ends[0], buffer, sizeof buffer));
    show_dec("end of file", sys(SYS_read, ends[0], buffer, sizeof buffer));
    show_dec("bad descriptor", sys(SYS_read, 100, buffer, sizeof buffer));
    sys(SYS_pipe2, ends, 0);
    show_dec("bad buffer", sys(SYS_write, ends[1], NULL, 5));
    sys(SYS_close, ends[0]);
    ignore_signal(SIGPIPE);
    show_dec("broken pipe", sys(SYS_write, ends[1], "x", 1));
    show_dec("unknown system call", sys(9999));
    default_signal(SIGPIPE);
    sys(SYS_write, ends[1], "x", 1); // ends the program
    put_str("not reached\n");
    return 0;
}
