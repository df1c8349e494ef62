// What the programs in this folder share: each states its checks, prints those that fail and how many there were.
#ifndef CHECK_H
#define CHECK_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static _Atomic int checks_made, checks_failed;

#define CHECK(condition) check_(!!(condition), #condition, __func__, __LINE__)

// Equality, with both values shown if they differ.
#define CHECK_EQ(found, expected) check_eq_((long)(found), (long)(expected), #found, __func__, __LINE__)

static inline void check_(int holds, const char *what, const char *where, int line) {
    checks_made++;
    if (holds) return;
    checks_failed++;
    printf("%s:%d: not so: %s\n", where, line, what);
}

static inline void check_eq_(long found, long expected, const char *what, const char *where, int line) {
    checks_made++;
    if (found == expected) return;
    checks_failed++;
    printf("%s:%d: %s is %ld (%#lx), not %ld (%#lx)\n", where, line, what, found, found, expected, expected);
}

// Before the program starts: what it prints shows how far it came, even if it hangs.
__attribute__((constructor)) static void print_at_once(void) { setvbuf(stdout, NULL, _IONBF, 0); }

static inline int report(void) {
    printf("%d checks, %d failed\n", checks_made, checks_failed);
    return checks_failed != 0;
}

static inline long futex(void *word, int operation, uint32_t value, const void *timeout, void *word2, uint32_t value3) {
    long result = syscall(SYS_futex, word, operation, value, timeout, word2, value3);
    return result == -1 ? -errno : result;
}

static inline pid_t own_tid(void) { return (pid_t)syscall(SYS_gettid); }

static inline void sleep_ms(long ms) {
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};
    while (nanosleep(&time, &time) == -1 && errno == EINTR) {}
}

static inline pthread_t start(void *(*function)(void *), void *argument) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, function, argument);
    if (error) {
        printf("pthread_create: %s\n", strerror(error));
        exit(2);
    }
    return thread;
}

static inline void *join(pthread_t thread) {
    void *result = NULL;
    CHECK_EQ(pthread_join(thread, &result), 0);
    return result;
}

static inline void on_signal(int signal, void (*handler)(int, siginfo_t *, void *), int flags) {
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
    CHECK_EQ(sigaction(signal, &action, NULL), 0);
}

#endif
