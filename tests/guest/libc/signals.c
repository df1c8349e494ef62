// Signals among threads: masks of their own, who gets what, waiting for them, interrupted loops and calls.
#include "check.h"
#include <poll.h>
#include <sys/signalfd.h>

static _Atomic int caught, catcher, ready, stop;
static _Atomic long payload;

static void note(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)context;
    catcher = own_tid();
    payload = info->si_value.sival_int;
    caught++;
}

static void wait_for(_Atomic int *what, int value) {
    for (int i = 0; i < 2000 && *what < value; i++) sleep_ms(1);
    CHECK_EQ(*what, value);
}

// Never makes a system call, so that a signal has to reach it by the poll in its loop.
static void *spin(void *tid) {
    *(_Atomic int *)tid = own_tid();
    volatile unsigned long sum = 0;
    unsigned long local = 1;
    while (!stop) {
        local = local * 6364136223846793005u + 1;
        sum += local >> 33;
    }
    return (void *)sum;
}

static void directed(void) {
    on_signal(SIGUSR1, note, 0);
    _Atomic int tids[3] = {0};
    pthread_t threads[3];
    stop = 0;
    for (int i = 0; i < 3; i++) threads[i] = start(spin, (void *)&tids[i]);
    for (int i = 0; i < 3; i++)
        while (!tids[i]) sched_yield();
    caught = 0;
    for (int round = 1; round <= 60; round++) {
        CHECK_EQ(pthread_kill(threads[round % 3], SIGUSR1), 0);
        wait_for(&caught, round);
        CHECK_EQ(catcher, tids[round % 3]);
    }
    union sigval value = {.sival_int = 1234};
    CHECK_EQ(pthread_sigqueue(threads[1], SIGUSR1, value), 0);
    wait_for(&caught, 61);
    CHECK_EQ(payload, 1234);
    CHECK_EQ(catcher, tids[1]);
    stop = 1;
    for (int i = 0; i < 3; i++) join(threads[i]);
}

// A signal to the process goes to the only thread that does not block it.
static void undirected(void) {
    sigset_t set, old;
    _Atomic int tid = 0;
    stop = caught = 0;
    pthread_t open_one = start(spin, (void *)&tid);
    while (!tid) sched_yield();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    for (int i = 1; i <= 20; i++) {
        kill(getpid(), SIGUSR1);
        wait_for(&caught, i);
        CHECK_EQ(catcher, tid);
    }
    stop = 1;
    join(open_one);
    // Now everybody blocks it: it stays pending for the process, and comes when the mask is opened.
    kill(getpid(), SIGUSR1);
    sleep_ms(20);
    CHECK_EQ(caught, 20);
    sigset_t pending;
    sigpending(&pending);
    CHECK(sigismember(&pending, SIGUSR1));
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(caught, 21);
    CHECK_EQ(catcher, own_tid());
}

// Queued signals of one number all arrive, in order; different numbers lowest first.
static _Atomic int order[64], ordered;

static void note_order(int signal, siginfo_t *info, void *context) {
    (void)context;
    order[ordered++] = signal * 100 + info->si_value.sival_int;
}

static void queued(void) {
    sigset_t set, old;
    sigemptyset(&set);
    for (int i = 0; i < 3; i++) {
        sigaddset(&set, SIGRTMIN + 3 + i);
        on_signal(SIGRTMIN + 3 + i, note_order, 0);
    }
    struct sigaction action;
    for (int i = 0; i < 3; i++) {
        // No nesting, so that the order of delivery is the order of the entries.
        sigaction(SIGRTMIN + 3 + i, NULL, &action);
        action.sa_mask = set;
        sigaction(SIGRTMIN + 3 + i, &action, NULL);
    }
    pthread_sigmask(SIG_BLOCK, &set, &old);
    for (int value = 0; value < 5; value++)
        for (int i = 2; i >= 0; i--) sigqueue(getpid(), SIGRTMIN + 3 + i, (union sigval){.sival_int = value});
    CHECK_EQ(ordered, 0);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    CHECK_EQ(ordered, 15);
    for (int i = 0; i < 15; i++) CHECK_EQ(order[i], (SIGRTMIN + 3 + i / 5) * 100 + i % 5);
}

static void *wait_for_signal(void *set) {
    int signal = 0;
    ready++;
    CHECK_EQ(sigwait(set, &signal), 0);
    return (void *)(intptr_t)signal;
}

static void waited_for(void) {
    sigset_t set, old;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    ready = 0;
    pthread_t waiter = start(wait_for_signal, &set);
    wait_for(&ready, 1);
    kill(getpid(), SIGUSR2);
    CHECK_EQ(join(waiter), SIGUSR2);

    struct timespec none = {0, 1000000};
    siginfo_t info;
    CHECK_EQ(sigtimedwait(&set, &info, &none), -1);
    CHECK_EQ(errno, EAGAIN);
    sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 77});
    CHECK_EQ(sigwaitinfo(&set, &info), SIGUSR2);
    CHECK_EQ(info.si_value.sival_int, 77);
    CHECK_EQ(info.si_code, SI_QUEUE);
    CHECK_EQ(info.si_pid, getpid());

    int fd = signalfd(-1, &set, SFD_CLOEXEC);
    struct signalfd_siginfo from_fd;
    kill(getpid(), SIGUSR2);
    CHECK_EQ(read(fd, &from_fd, sizeof from_fd), sizeof from_fd);
    CHECK_EQ(from_fd.ssi_signo, SIGUSR2);
    close(fd);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void *read_pipe(void *fd) {
    char byte;
    ready++;
    long result = read(*(int *)fd, &byte, 1);
    return (void *)(result < 0 ? -(long)errno : result);
}

static void interrupted_calls(void) {
    int pipe_fds[2];
    CHECK_EQ(pipe(pipe_fds), 0);
    for (int restart = 0; restart < 2; restart++) {
        on_signal(SIGUSR1, note, restart ? SA_RESTART : 0);
        caught = ready = 0;
        pthread_t reader = start(read_pipe, &pipe_fds[0]);
        wait_for(&ready, 1);
        sleep_ms(30);
        pthread_kill(reader, SIGUSR1);
        wait_for(&caught, 1);
        sleep_ms(20);
        if (restart) CHECK_EQ(write(pipe_fds[1], "x", 1), 1);
        CHECK_EQ(join(reader), restart ? 1 : -EINTR);
    }
    // These report EINTR whatever the handler asks for.
    struct itimerval soon = {.it_value.tv_usec = 20000};
    on_signal(SIGALRM, note, SA_RESTART);
    struct timespec second = {1, 0}, rest = {0};
    setitimer(ITIMER_REAL, &soon, NULL);
    CHECK_EQ(nanosleep(&second, &rest), -1);
    CHECK_EQ(errno, EINTR);
    CHECK(rest.tv_sec == 0 && rest.tv_nsec > 0);
    setitimer(ITIMER_REAL, &soon, NULL);
    CHECK_EQ(poll(NULL, 0, 1000), -1);
    CHECK_EQ(errno, EINTR);
    sigset_t all_but;
    sigfillset(&all_but);
    sigdelset(&all_but, SIGALRM);
    setitimer(ITIMER_REAL, &soon, NULL);
    CHECK_EQ(sigsuspend(&all_but), -1);
    CHECK_EQ(errno, EINTR);
    close(pipe_fds[0]);
    close(pipe_fds[1]);
}

// Timers that signal one thread, and many of them while it computes.
static _Atomic long ticks;

static void tick(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info, (void)context;
    ticks++;
}

static unsigned long mix(unsigned long value) {
    for (int i = 0; i < 1000; i++) value = (value ^ value >> 29) * 0xbf58476d1ce4e5b9u + (unsigned long)i;
    return value;
}

static void *compute_under_timer(void *unused) {
    (void)unused;
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGRTMIN + 7};
    event._sigev_un._tid = own_tid();
    timer_t timer;
    CHECK_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    struct itimerspec interval = {{0, 200000}, {0, 200000}};
    CHECK_EQ(timer_settime(timer, 0, &interval, NULL), 0);
    unsigned long value = 1;
    double real = 1;
    for (int i = 0; i < 20000; i++) {
        value = mix(value);
        real = real * 1.0000001 + 1e-9;
    }
    timer_delete(timer);
    CHECK_EQ((long)(real * 1e6), 1002022);
    return (void *)value;
}

static void interrupted_computation(void) {
    on_signal(SIGRTMIN + 7, tick, SA_RESTART);
    unsigned long expected = 1;
    for (int i = 0; i < 20000; i++) expected = mix(expected);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) threads[i] = start(compute_under_timer, NULL);
    for (int i = 0; i < 2; i++) CHECK_EQ(join(threads[i]), expected);
    CHECK(ticks > 10);
}

// Each thread has an alternate stack of its own.
static _Thread_local char *stack_of_own;
static enum { STACK = 65536 } stack_size = STACK;

static void on_own_stack(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    char local;
    CHECK(&local > stack_of_own && &local < stack_of_own + stack_size);
    ucontext_t *interrupted = context;
    CHECK_EQ(interrupted->uc_stack.ss_sp, stack_of_own);
    stack_t now;
    sigaltstack(NULL, &now);
    CHECK_EQ(now.ss_flags, SS_ONSTACK);
    caught++;
}

static void *raise_on_own_stack(void *unused) {
    (void)unused;
    stack_t none;
    sigaltstack(NULL, &none);
    CHECK_EQ(none.ss_flags, SS_DISABLE);
    stack_of_own = malloc(STACK);
    stack_t stack = {.ss_sp = stack_of_own, .ss_size = STACK};
    CHECK_EQ(sigaltstack(&stack, NULL), 0);
    for (int i = 0; i < 50; i++) pthread_kill(pthread_self(), SIGUSR2);
    return NULL;
}

static void alternate_stacks(void) {
    on_signal(SIGUSR2, on_own_stack, SA_ONSTACK);
    caught = 0;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) threads[i] = start(raise_on_own_stack, NULL);
    for (int i = 0; i < 4; i++) join(threads[i]);
    CHECK_EQ(caught, 200);
}

static void *cancelled(void *unused) {
    (void)unused;
    ready++;
    for (;;) pause();
    return NULL;
}

static void *cancelled_in_loop(void *unused) {
    (void)unused;
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    ready++;
    for (volatile unsigned long i = 0;; i++) {}
    return NULL;
}

static void cancellation(void) {
    ready = 0;
    pthread_t threads[2] = {start(cancelled, NULL), start(cancelled_in_loop, NULL)};
    wait_for(&ready, 2);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(pthread_cancel(threads[i]), 0);
        CHECK_EQ(join(threads[i]), PTHREAD_CANCELED);
    }
}

// glibc changes the user of all threads by a signal to each.
static void change_user_everywhere(void) {
    ready = 0;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) threads[i] = start(cancelled, NULL);
    wait_for(&ready, 3);
    CHECK_EQ(setresuid((uid_t)-1, getuid(), (uid_t)-1), 0);
    for (int i = 0; i < 3; i++) {
        pthread_cancel(threads[i]);
        join(threads[i]);
    }
}

static void *jump_out(void *argument) {
    (void)argument;
    return NULL;
}

static sigjmp_buf back;

static void jump(int signal, siginfo_t *info, void *context) {
    (void)info, (void)context;
    siglongjmp(back, signal);
}

// Leaving handlers by a jump gives the mask back.
static void jumps(void) {
    on_signal(SIGUSR1, jump, 0);
    for (volatile int i = 0; i < 2000; i++) {
        int signal = sigsetjmp(back, 1);
        if (signal == 0) {
            raise(SIGUSR1);
            CHECK(!"jumped");
        }
    }
    sigset_t now;
    pthread_sigmask(SIG_BLOCK, NULL, &now);
    CHECK(!sigismember(&now, SIGUSR1));
    join(start(jump_out, NULL));
}

int main(void) {
    directed();
    undirected();
    queued();
    waited_for();
    interrupted_calls();
    interrupted_computation();
    alternate_stacks();
    cancellation();
    change_user_everywhere();
    jumps();
    return report();
}
