// A timer's signal interrupts a loop that makes no system call, and a system call that waits.
#include "../runtime/guest.h"

static volatile int alarms;
static volatile u64 rounds;

static void tick(int signal, siginfo *info, ucontext *context) {
    (void)signal;
    (void)info;
    (void)context;
    alarms++;
}

static void arm(u64 microseconds, u64 interval) {
    u64 timer[4] = {0, interval, 0, microseconds};
    sys(SYS_setitimer, 0, timer, NULL);
}

int main(void) {
    on_signal(SIGALRM, tick, 0);
    arm(5000, 5000);
    while (alarms < 3) rounds++;
    put_str("the loop saw three alarms\n");
    arm(0, 0);
    u64 pipe_ends = 0;
    sys(SYS_pipe2, &pipe_ends, 0);
    char byte;
    arm(5000, 0);
    show_dec("interrupted read", sys(SYS_read, (u32)pipe_ends, &byte, 1));
    u64 time[2] = {5, 0}, left[2] = {0, 0};
    arm(5000, 0);
    show_dec("interrupted sleep", sys(SYS_nanosleep, time, left));
    put_str(left[0] == 4 && left[1] > 0 ? "time left is right\n" : "time left is wrong\n");
    return 0;
}
