// fork and wait: separate memory, exit statuses, death by signal, a pipe between the two.
#include "../runtime/guest.h"

static volatile u64 shared_looking = 1;

static u32 wait_for(s64 child) {
    u32 status = 0;
    s64 got = sys(SYS_wait4, child, &status, 0, NULL);
    put_str(got == child ? "  the right child" : "  another child");
    show_hex(", status", status);
    return status;
}

int main(void) {
    put_str("exit status\n");
    s64 child = fork();
    if (child == 0) {
        shared_looking = 2;
        guest_exit(7);
    }
    wait_for(child);
    show_dec("parent's memory", shared_looking);

    put_str("killed by its own fault\n");
    child = fork();
    if (child == 0) {
        *(volatile u64 *)0 = 1;
        guest_exit(0);
    }
    wait_for(child);

    put_str("killed by the parent\n");
    child = fork();
    if (child == 0)
        for (;;) shared_looking++;
    sys(SYS_kill, child, SIGKILL);
    wait_for(child);

    put_str("a pipe\n");
    int ends[2];
    sys(SYS_pipe2, ends, 0);
    child = fork();
    if (child == 0) {
        sys(SYS_close, ends[0]);
        for (u64 i = 1; i <= 1000; i++) sys(SYS_write, ends[1], &i, sizeof i);
        guest_exit(0);
    }
    sys(SYS_close, ends[1]);
    u64 sum = 0, value;
    while (sys(SYS_read, ends[0], &value, sizeof value) == sizeof value) sum += value;
    show_dec("  sum", sum);
    wait_for(child);

    put_str("no child left\n");
    u32 status;
    show_dec("  wait", sys(SYS_wait4, -1, &status, 0, NULL));

    put_str("a tree of processes\n");
    sys(SYS_pipe2, ends, 0);
    int depth = 0;
    while (depth < 4 && fork() == 0) depth++;
    while (sys(SYS_wait4, -1, &status, 0, NULL) > 0) {}
    char digit = '0' + depth;
    sys(SYS_write, ends[1], &digit, 1);
    if (depth) guest_exit(0);
    sys(SYS_close, ends[1]);
    while (sys(SYS_read, ends[0], &digit, 1) == 1) {
        char text[2] = {digit, 0};
        put_str(text);
    }
    put_str("\n");
    return 0;
}
