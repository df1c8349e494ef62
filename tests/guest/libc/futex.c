// The futex operations, and what glibc builds on them: robust mutexes, conditions, barriers, semaphores.
#include "check.h"
#include <semaphore.h>

static _Atomic uint32_t word, other;
static _Atomic int asleep, woken;

static struct timespec from_now(clockid_t clock, long ms) {
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += ms * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static void *wait_on_word(void *bits) {
    asleep++;
    long result = bits ? futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, (uint32_t)(uintptr_t)bits)
                       : futex(&word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    woken++;
    return (void *)result;
}

// Starts threads that wait, and lets them get there.
static void wait_with(pthread_t *threads, int count, uintptr_t bits) {
    asleep = woken = 0;
    for (int i = 0; i < count; i++) threads[i] = start(wait_on_word, (void *)bits);
    while (asleep < count) sched_yield();
    sleep_ms(50);
    CHECK_EQ(woken, 0);
}

static void wake_some(void) {
    pthread_t threads[5];
    wait_with(threads, 5, 0);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 2, NULL, NULL, 0), 2);
    for (int i = 0; i < 200 && woken < 2; i++) sleep_ms(5);
    CHECK_EQ(woken, 2);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0), 3);
    for (int i = 0; i < 5; i++) CHECK_EQ(join(threads[i]), 0);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 0);
}

static void bitsets(void) {
    pthread_t two[2], four[3];
    wait_with(two, 2, 2);
    wait_with(four, 3, 4);
    CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 8), 0);
    CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, 4), 3);
    for (int i = 0; i < 3; i++) join(four[i]);
    CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 10, NULL, NULL, ~0u), 2);
    for (int i = 0; i < 2; i++) join(two[i]);
    CHECK_EQ(futex(&word, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 0), -EINVAL);
}

static void requeue(void) {
    pthread_t threads[5];
    wait_with(threads, 5, 0);
    CHECK_EQ(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &other, 77), -EAGAIN);
    // One is woken, two go to the other word; both numbers are counted.
    CHECK_EQ(futex(&word, FUTEX_CMP_REQUEUE_PRIVATE, 1, (void *)2, &other, 0), 3);
    CHECK_EQ(futex(&other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 2);
    // Without comparison, only those woken are.
    CHECK_EQ(futex(&word, FUTEX_REQUEUE_PRIVATE, 0, (void *)9, &other, 0), 2);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 0);
    CHECK_EQ(futex(&other, FUTEX_WAKE_PRIVATE, 9, NULL, NULL, 0), 2);
    for (int i = 0; i < 5; i++) join(threads[i]);
}

static void wake_op(void) {
    pthread_t threads[2];
    wait_with(threads, 2, 0);
    other = 5;
    // other += 3; if it was 5, wake there, too (nobody waits there).
    uint32_t operation = FUTEX_OP(FUTEX_OP_ADD, 3, FUTEX_OP_CMP_EQ, 5);
    CHECK_EQ(futex(&word, FUTEX_WAKE_OP_PRIVATE, 2, (void *)1, &other, operation), 2);
    CHECK_EQ(other, 8);
    other = 0;
    for (int i = 0; i < 2; i++) join(threads[i]);
}

static void timeouts_and_errors(void) {
    struct timespec short_time = {0, 20000000}, before, after;
    CHECK_EQ(futex(&word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0), -EAGAIN);
    clock_gettime(CLOCK_MONOTONIC, &before);
    CHECK_EQ(futex(&word, FUTEX_WAIT_PRIVATE, 0, &short_time, NULL, 0), -ETIMEDOUT);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long passed = (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec;
    CHECK(passed >= 20000000);
    struct timespec until = from_now(CLOCK_MONOTONIC, 20);
    CHECK_EQ(futex(&word, FUTEX_WAIT_BITSET_PRIVATE, 0, &until, NULL, ~0u), -ETIMEDOUT);
    until = from_now(CLOCK_REALTIME, 20);
    CHECK_EQ(futex(&word, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 0, &until, NULL, ~0u), -ETIMEDOUT);
    struct timespec wrong = {0, 1000000000};
    CHECK_EQ(futex(&word, FUTEX_WAIT_PRIVATE, 0, &wrong, NULL, 0), -EINVAL);
    CHECK_EQ(futex((char *)&word + 1, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0), -EINVAL);
    CHECK_EQ(futex((void *)64, FUTEX_WAIT, 0, NULL, NULL, 0), -EFAULT);
    CHECK_EQ(futex((void *)(1ul << 62), FUTEX_WAKE, 1, NULL, NULL, 0), -EFAULT);
    CHECK_EQ(futex(&word, 99, 0, NULL, NULL, 0), -ENOSYS);
}

static void ignore(int signal, siginfo_t *info, void *context) { (void)signal, (void)info, (void)context; }

static void *wait_and_tell(void *timeout) { return (void *)futex(&word, FUTEX_WAIT_PRIVATE, 0, timeout, NULL, 0); }

// A wait without timeout is made again after a handler with SA_RESTART; others report EINTR.
static void interrupted(void) {
    on_signal(SIGUSR1, ignore, 0);
    pthread_t waiter = start(wait_and_tell, NULL);
    sleep_ms(50);
    pthread_kill(waiter, SIGUSR1);
    CHECK_EQ(join(waiter), -EINTR);

    on_signal(SIGUSR1, ignore, SA_RESTART);
    waiter = start(wait_and_tell, NULL);
    sleep_ms(50);
    pthread_kill(waiter, SIGUSR1);
    sleep_ms(50);
    CHECK_EQ(futex(&word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0), 1);
    CHECK_EQ(join(waiter), 0);
}

static pthread_mutex_t robust;

static void *die_holding(void *unused) {
    (void)unused;
    pthread_mutex_lock(&robust);
    return NULL;
}

static void robust_mutex(void) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutex_init(&robust, &attributes);
    for (int i = 0; i < 20; i++) {
        pthread_t holder = start(die_holding, NULL);
        // Sometimes waiting when the holder dies, sometimes afterwards.
        if (i % 2) join(holder);
        int result = pthread_mutex_lock(&robust);
        while (result == 0) {
            pthread_mutex_unlock(&robust);
            sched_yield();
            result = pthread_mutex_lock(&robust);
        }
        CHECK_EQ(result, EOWNERDEAD);
        CHECK_EQ(pthread_mutex_consistent(&robust), 0);
        CHECK_EQ(pthread_mutex_unlock(&robust), 0);
        if (i % 2 == 0) join(holder);
    }
}

static void *hold_for_ever(void *mutex) {
    pthread_mutex_lock(mutex);
    asleep = 1;
    for (;;) pause();
    return NULL;
}

// A mutex shared with another process, which dies holding it.
static void robust_across_processes(void) {
    pthread_mutex_t *mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(mutex, &attributes);
    asleep = 0;
    for (int how = 0; how < 3; how++) {
        pid_t child = fork();
        if (child == 0) {
            if (how == 0) {
                // Held by a thread that is not the one to end the process.
                start(hold_for_ever, mutex);
                while (!asleep) sched_yield();
                _exit(0);
            }
            pthread_mutex_lock(mutex);
            if (how == 1) _exit(0);
            abort();
        }
        waitpid(child, NULL, 0);
        asleep = 0;
        CHECK_EQ(pthread_mutex_lock(mutex), EOWNERDEAD);
        CHECK_EQ(pthread_mutex_consistent(mutex), 0);
        CHECK_EQ(pthread_mutex_unlock(mutex), 0);
    }
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static sem_t semaphore;
static int turn;
static long total;

static void *take_turns(void *argument) {
    int own = (int)(intptr_t)argument;
    for (int round = 0; round < 500; round++) {
        pthread_mutex_lock(&mutex);
        while (turn % 4 != own) pthread_cond_wait(&condition, &mutex);
        turn++;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
        if (round % 50 == 0) pthread_barrier_wait(&barrier);
        sem_wait(&semaphore);
        total++;
        sem_post(&semaphore);
    }
    return NULL;
}

static void glibc_primitives(void) {
    pthread_barrier_init(&barrier, NULL, 4);
    sem_init(&semaphore, 0, 1);
    pthread_t threads[4];
    for (intptr_t i = 0; i < 4; i++) threads[i] = start(take_turns, (void *)i);
    for (int i = 0; i < 4; i++) join(threads[i]);
    CHECK_EQ(turn, 2000);
    CHECK_EQ(total, 2000);
    struct timespec until = from_now(CLOCK_REALTIME, 20);
    pthread_mutex_lock(&mutex);
    CHECK_EQ(pthread_cond_timedwait(&condition, &mutex, &until), ETIMEDOUT);
    pthread_mutex_unlock(&mutex);
}

static void *lock_pi(void *argument) {
    pthread_mutex_t *pi = argument;
    for (int i = 0; i < 2000; i++) {
        pthread_mutex_lock(pi);
        total++;
        pthread_mutex_unlock(pi);
    }
    return NULL;
}

static void priority_inheritance(void) {
    pthread_mutexattr_t attributes;
    pthread_mutex_t pi;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
    CHECK_EQ(pthread_mutex_init(&pi, &attributes), 0);
    total = 0;
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) threads[i] = start(lock_pi, &pi);
    for (int i = 0; i < 3; i++) join(threads[i]);
    CHECK_EQ(total, 6000);
}

int main(void) {
    wake_some();
    bitsets();
    requeue();
    wake_op();
    timeouts_and_errors();
    interrupted();
    robust_mutex();
    robust_across_processes();
    glibc_primitives();
    priority_inheritance();
    return report();
}
