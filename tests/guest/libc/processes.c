// New processes, by each of the calls that make them.
#include "check.h"
#include <linux/sched.h>
#include <poll.h>
#include <spawn.h>

extern char **environ;

static long clone3(struct clone_args *arguments, size_t size) {
    long result = syscall(SYS_clone3, arguments, size);
    return result == -1 ? -errno : result;
}

static int status_of(pid_t child) {
    int status = -1;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static void handler(int signal, siginfo_t *info, void *context) { (void)signal, (void)info, (void)context; }

static void by_clone3(void) {
    int pidfd = -1, parent_tid = 0;
    on_signal(SIGUSR1, handler, 0);
    signal(SIGUSR2, SIG_IGN);
    struct clone_args arguments = {
        .flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CLEAR_SIGHAND,
        .pidfd = (uint64_t)&pidfd,
        .parent_tid = (uint64_t)&parent_tid,
        .exit_signal = SIGCHLD,
    };
    long child = clone3(&arguments, sizeof arguments);
    if (child == 0) {
        struct sigaction first, second;
        sigaction(SIGUSR1, NULL, &first);
        sigaction(SIGUSR2, NULL, &second);
        _exit(first.sa_handler == SIG_DFL && second.sa_handler == SIG_IGN ? 7 : 8);
    }
    CHECK(child > 0);
    CHECK_EQ(parent_tid, child);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    CHECK_EQ(poll(&ended, 1, 10000), 1);
    CHECK_EQ(status_of((pid_t)child), 7 << 8);
    close(pidfd);

    CHECK_EQ(clone3(&arguments, 8), -EINVAL);
    arguments.flags = 1ul << 40;
    CHECK_EQ(clone3(&arguments, sizeof arguments), -EINVAL);
    arguments.flags = 0;
    arguments.stack = 4096;
    CHECK_EQ(clone3(&arguments, sizeof arguments), -EINVAL);
    CHECK_EQ(clone3((void *)8, sizeof arguments), -EFAULT);
}

// A thread by clone3, as newer C libraries start them.
static char stack[65536] __attribute__((aligned(16)));
static _Atomic int child_tid, seen;
static int parent_tid;

static __attribute__((noinline, used)) void run_thread(void) { seen = own_tid(); }

static void thread_by_clone3(void) {
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                 CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID,
        .child_tid = (uint64_t)&child_tid,
        .parent_tid = (uint64_t)&parent_tid,
        .stack = (uint64_t)stack,
        .stack_size = sizeof stack,
    };
    // The C library's own thread pointer: what runs there must not disturb it.
    __asm__("mv %0, tp" : "=r"(arguments.tls));
    register long result __asm__("a0") = (long)&arguments;
    register long size __asm__("a1") = sizeof arguments;
    register long number __asm__("a7") = SYS_clone3;
    __asm__ volatile("ecall\n"
                     "bnez a0, 1f\n"
                     "call run_thread\n"
                     "li a0, 0\n"
                     "li a7, 93\n"
                     "ecall\n"
                     "1:"
                     : "+r"(result)
                     : "r"(size), "r"(number)
                     : "memory", "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a2", "a3", "a4", "a5", "a6");
    CHECK(result > 0);
    CHECK_EQ(parent_tid, result);
    while (child_tid != 0) futex(&child_tid, FUTEX_WAIT, (uint32_t)result, NULL, NULL, 0);
    CHECK_EQ(seen, result);
}

static void by_spawn(void) {
    char *arguments[] = {"processes", "9", NULL};
    pid_t child;
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
        CHECK_EQ(status_of(child), 9 << 8);
    }
    CHECK_EQ(posix_spawn(&child, "/no/such/program", NULL, NULL, arguments, environ), ENOENT);
    CHECK_EQ(posix_spawn(&child, "/dev/null", NULL, NULL, arguments, environ), EACCES);
}

static void by_vfork(void) {
    pid_t child = vfork();
    if (child == 0) _exit(3);
    CHECK_EQ(status_of(child), 3 << 8);
}

int main(int argc, char **argv) {
    if (argc > 1) return atoi(argv[1]);
    by_clone3();
    thread_by_clone3();
    by_spawn();
    by_vfork();
    return report();
}
