// Threads come and go: thousands of them, ends of the process from any of them, forks beside others.
#include "check.h"
#include <dirent.h>

// Entries of /proc/self/task: `.`, `..`, the first thread, and one that an emulator may have for itself.
enum { TASKS = 4 };

static _Atomic long worked;

static void *work_a_little(void *argument) {
    unsigned long value = (unsigned long)argument;
    for (int i = 0; i < 200; i++) value = value * 6364136223846793005u + 1;
    worked++;
    return (void *)value;
}

static int entries(const char *folder) {
    int count = 0;
    DIR *all = opendir(folder);
    if (!all) return -1;
    while (readdir(all)) count++;
    closedir(all);
    return count;
}

static long resident_kib(void) {
    long pages = 0, ignored;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file || fscanf(file, "%ld %ld", &ignored, &pages) != 2) pages = -1;
    if (file) fclose(file);
    return pages * 4;
}

static void churn(int count) {
    for (int i = 0; i < count; i += 4) {
        pthread_t threads[4];
        for (long k = 0; k < 4; k++) threads[k] = start(work_a_little, (void *)(i + k));
        for (int k = 0; k < 4; k++) join(threads[k]);
    }
}

static void nothing_leaks(void) {
    churn(400);
    int descriptors = entries("/proc/self/fd");
    long resident = resident_kib();
    churn(2000);
    CHECK_EQ(worked, 2400);
    CHECK_EQ(entries("/proc/self/fd"), descriptors);
    CHECK(resident_kib() - resident < 4096);
    // Those that have ended may take a moment to be gone.
    int tasks = 0;
    for (int i = 0; i < 200 && (tasks = entries("/proc/self/task")) > TASKS; i++) sleep_ms(5);
    CHECK(tasks <= TASKS);
}

static void *detached(void *unused) {
    (void)unused;
    pthread_detach(pthread_self());
    worked++;
    return NULL;
}

static void detached_threads(void) {
    worked = 0;
    for (int i = 0; i < 200; i++) start(detached, NULL);
    for (int i = 0; i < 2000 && worked < 200; i++) sleep_ms(1);
    CHECK_EQ(worked, 200);
}

// How a child ends in which `body` runs.
static int status_of(void (*body)(void)) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        alarm(60);
        body();
        _exit(99);
    }
    int status;
    CHECK_EQ(waitpid(child, &status, 0), child);
    return status;
}

static void *exit_all(void *unused) {
    (void)unused;
    sleep_ms(10);
    exit(5);
}

static void *spin_for_ever(void *unused) {
    (void)unused;
    for (volatile unsigned long i = 0;; i++) {}
    return NULL;
}

static void *sleep_for_ever(void *unused) {
    (void)unused;
    for (;;) pause();
    return NULL;
}

static void exits_from_thread(void) {
    start(spin_for_ever, NULL);
    start(sleep_for_ever, NULL);
    start(exit_all, NULL);
    for (;;) pause();
}

static void exits_while_spinning(void) {
    start(sleep_for_ever, NULL);
    start(exit_all, NULL);
    spin_for_ever(NULL);
}

static void leader_leaves_first(void) {
    start(exit_all, NULL);
    pthread_exit(NULL);
}

static void *return_late(void *unused) {
    (void)unused;
    sleep_ms(20);
    return NULL;
}

// The last thread's end is the process's, with status 0.
static void all_leave(void) {
    start(return_late, NULL);
    start(return_late, NULL);
    pthread_exit(NULL);
}

static void *volatile nowhere = (void *)8;

static void *fault(void *unused) {
    (void)unused;
    *(volatile int *)nowhere = 1;
    return NULL;
}

static void faults_in_thread(void) {
    start(spin_for_ever, NULL);
    start(fault, NULL);
    for (;;) pause();
}

static void killed_by_signal(void) {
    start(spin_for_ever, NULL);
    start(sleep_for_ever, NULL);
    kill(getpid(), SIGUSR1);
    for (;;) pause();
}

static void *exec_another(void *unused) {
    (void)unused;
    char *arguments[] = {"threads", "exit", NULL};
    execv("/proc/self/exe", arguments);
    _exit(98);
}

static void executes_from_thread(void) {
    start(spin_for_ever, NULL);
    start(exec_another, NULL);
    for (;;) pause();
}

static void ends(void) {
    for (int i = 0; i < 10; i++) {
        CHECK_EQ(status_of(exits_from_thread), 5 << 8);
        CHECK_EQ(status_of(exits_while_spinning), 5 << 8);
        CHECK_EQ(status_of(leader_leaves_first), 5 << 8);
        CHECK_EQ(status_of(all_leave), 0);
        CHECK_EQ(status_of(faults_in_thread), SIGSEGV);
        CHECK_EQ(status_of(killed_by_signal), SIGUSR1);
    }
    CHECK_EQ(status_of(executes_from_thread), 17 << 8);
}

// Forks while other threads allocate and lock: the child has a whole heap and one thread.
static _Atomic int stop;

static void *allocate(void *unused) {
    (void)unused;
    for (unsigned i = 0; !stop; i++) {
        char *block = malloc(100 + i % 5000);
        block[0] = 1;
        free(block);
    }
    return NULL;
}

static void forked_child(void) {
    char *block = malloc(10000);
    memset(block, 7, 10000);
    free(block);
    join(start(work_a_little, NULL));
    _exit(3);
}

static void *fork_children(void *unused) {
    (void)unused;
    for (int i = 0; i < 15; i++) CHECK_EQ(status_of(forked_child), 3 << 8);
    return NULL;
}

static void forks_beside_threads(void) {
    stop = 0;
    pthread_t allocators[2], forkers[2];
    for (int i = 0; i < 2; i++) allocators[i] = start(allocate, NULL);
    for (int i = 0; i < 2; i++) forkers[i] = start(fork_children, NULL);
    for (int i = 0; i < 2; i++) join(forkers[i]);
    stop = 1;
    for (int i = 0; i < 2; i++) join(allocators[i]);
}

static void *set_affinity(void *argument) {
    cpu_set_t set, got;
    CPU_ZERO(&set);
    CPU_SET((long)argument, &set);
    CHECK_EQ(sched_setaffinity(0, sizeof set, &set), 0);
    CHECK_EQ(sched_getaffinity(0, sizeof got, &got), 0);
    CHECK(CPU_EQUAL(&set, &got));
    CHECK_EQ(sched_getcpu(), (long)argument);
    char name[16] = "", own[16];
    snprintf(own, sizeof own, "worker-%ld", (long)argument);
    pthread_setname_np(pthread_self(), own);
    pthread_getname_np(pthread_self(), name, sizeof name);
    CHECK_EQ(strcmp(name, own), 0);
    return NULL;
}

static void attributes_of_threads(void) {
    cpu_set_t before, after;
    CHECK_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    for (long cpu = 0; cpu < 2; cpu++)
        if (CPU_ISSET(cpu, &before)) join(start(set_affinity, (void *)cpu));
    CHECK_EQ(sched_getaffinity(0, sizeof after, &after), 0);
    CHECK(CPU_EQUAL(&before, &after));
    CHECK_EQ(syscall(SYS_membarrier, 0, 0, 0) >= 0, 1);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "exit") == 0) return 17;
    nothing_leaks();
    detached_threads();
    ends();
    forks_beside_threads();
    attributes_of_threads();
    return report();
}
