// Clocks move forward and sleeping takes time.
#include "../runtime/guest.h"

static u64 now(void) {
    u64 time[2];
    sys(SYS_clock_gettime, 1, time);
    return time[0] * 1000000000 + time[1];
}

int main(void) {
    u64 start = now(), sleep[2] = {0, 20000000};
    show_dec("nanosleep", sys(SYS_nanosleep, sleep, NULL));
    u64 taken = now() - start;
    put_str(taken >= 20000000 && taken < 2000000000 ? "slept 20 ms or a little more\n" : "slept wrongly\n");
    u64 bad[2] = {0, 1000000000};
    show_dec("bad time", sys(SYS_nanosleep, bad, NULL));
    show_dec("bad clock", sys(SYS_clock_gettime, 9999, sleep));
    show_dec("bad pointer", sys(SYS_clock_gettime, 1, 8));
    return 0;
}
