/* Threads: creation, locks, conditions, keys, cancellation. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void *identity(void *argument) { return argument; }
static void *exits(void *argument) { pthread_exit(argument); }

static struct timespec soon(clockid_t clock, long milliseconds)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long total;
static void *adds(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        pthread_mutex_lock(argument);
        total++;
        pthread_mutex_unlock(argument);
    }
    return NULL;
}

static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static int turn, rounds;
static void *ping(void *argument)
{
    int own = (int)(intptr_t)argument;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < 5000; i++) {
        while (turn != own)
            pthread_cond_wait(&condition, &lock);
        turn = !own;
        rounds++;
        pthread_cond_signal(&condition);
    }
    pthread_mutex_unlock(&lock);
    return NULL;
}

static int awaited, woken;
static void *waits(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&lock);
    awaited++;
    pthread_cond_wait(&condition, &lock);
    woken++;
    pthread_mutex_unlock(&lock);
    return NULL;
}

static pthread_key_t key;
static int destroyed;
static void destroys(void *value)
{
    destroyed += *(int *)value;
    if (*(int *)value == 1) {
        static int two = 2;
        pthread_setspecific(key, &two);
    }
}
static void *sets_key(void *argument)
{
    pthread_setspecific(key, argument);
    return pthread_getspecific(key);
}

static int cleaned[4], clean_count;
static void cleans(void *argument) { cleaned[clean_count++ & 3] = (int)(intptr_t)argument; }
static int ends[2];
static void *reads_for_ever(void *argument)
{
    char byte;
    pthread_cleanup_push(cleans, (void *)1);
    pthread_cleanup_push(cleans, (void *)2);
    while (read(ends[0], &byte, 1) >= 0)
        ;
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return argument;
}
static int owned_at_cleanup;
static void unlocks(void *argument)
{
    owned_at_cleanup = pthread_mutex_trylock(argument) == EBUSY;
    pthread_mutex_unlock(argument);
}
static void *waits_cancelled(void *argument)
{
    pthread_mutex_lock(&lock);
    awaited++;
    pthread_cleanup_push(unlocks, &lock);
    for (;;)
        pthread_cond_wait(&condition, &lock);
    pthread_cleanup_pop(1);
    return argument;
}
static volatile int spinning;
static void *spins(void *argument)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_cleanup_push(cleans, (void *)3);
    spinning = 1;
    for (;;)
        __asm__ volatile("");
    pthread_cleanup_pop(0);
    return argument;
}
static sem_t started, released;
static void *refuses(void *argument)
{
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    sem_post(&started);
    while (sem_wait(&released) != 0)
        ;
    usleep(1000);
    cleans((void *)5);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
    pthread_testcancel();
    return argument;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_calls;
static void initialises(void) { once_calls++; }
static void *asks_once(void *argument) { pthread_once(&once, initialises); return argument; }

static pthread_once_t given_up = PTHREAD_ONCE_INIT;
static volatile int initialising, initialised;
static void never_ends(void)
{
    initialising = 1;
    for (;;)
        __asm__ volatile("");
}
static void initialises_then(void) { initialised = 1; }
static void *gives_up_once(void *argument)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    pthread_once(&given_up, never_ends);
    return argument;
}

static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static int left, right, torn;
static void *reads_and_writes(void *argument)
{
    for (int i = 0; i < 5000; i++) {
        if ((i + (int)(intptr_t)argument) % 4 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            left++;
            right++;
        } else {
            pthread_rwlock_rdlock(&rwlock);
            torn += left != right;
        }
        pthread_rwlock_unlock(&rwlock);
    }
    return NULL;
}
static pthread_barrier_t barrier;
static int serial;
static void *meets(void *argument)
{
    for (int i = 0; i < 100; i++)
        if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
            __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED);
    return argument;
}
static void *meets_once(void *argument)
{
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
        __atomic_fetch_add(&serial, 1, __ATOMIC_RELAXED);
    return argument;
}
static void *dies_with(void *argument) { pthread_mutex_lock(argument); return NULL; }
static volatile int handled;
static void handles(int signal) { (void)signal; handled = (int)gettid(); }
static void *pauses(void *argument)
{
    sem_post(&started);
    while (!handled)
        usleep(1000);
    return (void *)(intptr_t)(handled == gettid() && argument == NULL);
}

int main(void)
{
    pthread_t thread, more[4];
    void *result;

    TEST("join_returns_what_the_thread_returned") {
        EQUAL(pthread_create(&thread, NULL, identity, (void *)7), 0);
        EQUAL(pthread_join(thread, &result), 0);
        EQUAL((intptr_t)result, 7);
        EQUAL(pthread_create(&thread, NULL, exits, (void *)8), 0);
        EQUAL(pthread_join(thread, &result), 0);
        EQUAL((intptr_t)result, 8);
        EQUAL(pthread_join(pthread_self(), NULL), EDEADLK);
    }
    TEST("detached_threads_cannot_be_joined") {
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        sem_init(&started, 0, 0);
        handled = 0;
        EQUAL(pthread_create(&thread, &attributes, pauses, NULL), 0);
        sem_wait(&started);
        EQUAL(pthread_join(thread, NULL), EINVAL);
        EQUAL(pthread_detach(thread), EINVAL);
        struct sigaction action = {.sa_handler = handles};
        sigaction(SIGUSR1, &action, NULL);
        pthread_kill(thread, SIGUSR1);
        while (!handled)
            sched_yield();
        pthread_attr_destroy(&attributes);
    }
    TEST("many_threads_can_be_made_one_after_another") {
        for (int i = 0; i < 1000; i++) {
            CHECK(pthread_create(&thread, NULL, identity, (void *)(intptr_t)i) == 0);
            CHECK(pthread_join(thread, &result) == 0 && (intptr_t)result == i);
        }
    }
    TEST("attributes_are_kept") {
        pthread_attr_t attributes;
        size_t size;
        void *address;
        int state;
        pthread_attr_init(&attributes);
        EQUAL(pthread_attr_getguardsize(&attributes, &size), 0);
        EQUAL(size, 4096);
        EQUAL(pthread_attr_setstacksize(&attributes, 100), EINVAL);
        EQUAL(pthread_attr_setstacksize(&attributes, 1 << 20), 0);
        EQUAL(pthread_attr_getstacksize(&attributes, &size), 0);
        EQUAL(size, 1 << 20);
        EQUAL(pthread_attr_getdetachstate(&attributes, &state), 0);
        EQUAL(state, PTHREAD_CREATE_JOINABLE);
        pthread_attr_destroy(&attributes);
        EQUAL(pthread_getattr_np(pthread_self(), &attributes), 0);
        EQUAL(pthread_attr_getstack(&attributes, &address, &size), 0);
        CHECK((char *)&size > (char *)address && (char *)&size < (char *)address + size);
        pthread_attr_destroy(&attributes);
    }
    TEST("a_thread_runs_on_the_stack_it_was_given") {
        static char stack[256 * 1024] __attribute__((aligned(4096)));
        pthread_attr_t attributes;
        pthread_attr_init(&attributes);
        EQUAL(pthread_attr_setstack(&attributes, stack, sizeof stack), 0);
        for (int i = 0; i < 3; i++) {
            EQUAL(pthread_create(&thread, &attributes, identity, (void *)9), 0);
            EQUAL(pthread_join(thread, &result), 0);
            EQUAL((intptr_t)result, 9);
        }
        pthread_attr_destroy(&attributes);
    }
    TEST("mutex_excludes") {
        total = 0;
        for (int i = 0; i < 4; i++)
            EQUAL(pthread_create(&more[i], NULL, adds, &lock), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(more[i], NULL);
        EQUAL(total, 80000);
    }
    TEST("recursive_and_checked_mutexes_know_their_owner") {
        pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
        pthread_mutex_t checked = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
        EQUAL(recursive.__data.__kind, 1);
        EQUAL(pthread_mutex_lock(&recursive), 0);
        EQUAL(pthread_mutex_lock(&recursive), 0);
        EQUAL(pthread_mutex_trylock(&recursive), 0);
        EQUAL(pthread_mutex_destroy(&recursive), EBUSY);
        for (int i = 0; i < 3; i++)
            EQUAL(pthread_mutex_unlock(&recursive), 0);
        EQUAL(pthread_mutex_unlock(&recursive), EPERM);
        EQUAL(pthread_mutex_lock(&checked), 0);
        EQUAL(pthread_mutex_lock(&checked), EDEADLK);
        EQUAL(pthread_mutex_trylock(&checked), EBUSY);
        EQUAL(pthread_mutex_unlock(&checked), 0);
        EQUAL(pthread_mutex_unlock(&checked), EPERM);
    }
    TEST("timed_lock_gives_up") {
        pthread_mutex_lock(&lock);
        struct timespec time = soon(CLOCK_REALTIME, 20);
        EQUAL(pthread_mutex_timedlock(&lock, &time), ETIMEDOUT);
        time = soon(CLOCK_MONOTONIC, 20);
        EQUAL(pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &time), ETIMEDOUT);
        time.tv_nsec = -1;
        EQUAL(pthread_mutex_timedlock(&lock, &time), EINVAL);
        pthread_mutex_unlock(&lock);
        EQUAL(pthread_mutex_timedlock(&lock, &time), 0);
        pthread_mutex_unlock(&lock);
    }
    TEST("robust_mutex_tells_of_its_owners_death") {
        pthread_mutexattr_t attributes;
        for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_INHERIT; protocol++) {
            pthread_mutex_t robust;
            pthread_mutexattr_init(&attributes);
            EQUAL(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), 0);
            EQUAL(pthread_mutexattr_setprotocol(&attributes, protocol), 0);
            EQUAL(pthread_mutex_init(&robust, &attributes), 0);
            EQUAL(pthread_create(&thread, NULL, dies_with, &robust), 0);
            EQUAL(pthread_join(thread, NULL), 0);
            EQUAL(pthread_mutex_lock(&robust), EOWNERDEAD);
            EQUAL(pthread_mutex_consistent(&robust), 0);
            EQUAL(pthread_mutex_unlock(&robust), 0);
            EQUAL(pthread_mutex_lock(&robust), 0);
            EQUAL(pthread_mutex_unlock(&robust), 0);
            EQUAL(pthread_create(&thread, NULL, dies_with, &robust), 0);
            EQUAL(pthread_join(thread, NULL), 0);
            EQUAL(pthread_mutex_lock(&robust), EOWNERDEAD);
            EQUAL(pthread_mutex_unlock(&robust), 0);
            EQUAL(pthread_mutex_lock(&robust), ENOTRECOVERABLE);
            EQUAL(pthread_mutex_destroy(&robust), 0);
        }
    }
    TEST("priority_inheriting_mutex_excludes") {
        pthread_mutexattr_t attributes;
        pthread_mutex_t inherits;
        pthread_mutexattr_init(&attributes);
        EQUAL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
        EQUAL(pthread_mutex_init(&inherits, &attributes), 0);
        total = 0;
        for (int i = 0; i < 4; i++)
            EQUAL(pthread_create(&more[i], NULL, adds, &inherits), 0);
        for (int i = 0; i < 4; i++)
            pthread_join(more[i], NULL);
        EQUAL(total, 80000);
        pthread_mutex_lock(&inherits);
        EQUAL(pthread_mutex_trylock(&inherits), EBUSY);
        pthread_mutex_unlock(&inherits);
    }
    TEST("condition_passes_turns") {
        EQUAL(pthread_create(&more[0], NULL, ping, (void *)0), 0);
        EQUAL(pthread_create(&more[1], NULL, ping, (void *)1), 0);
        pthread_join(more[0], NULL);
        pthread_join(more[1], NULL);
        EQUAL(rounds, 10000);
    }
    TEST("broadcast_wakes_all") {
        for (int held = 0; held < 2; held++) {
            awaited = woken = 0;
            for (int i = 0; i < 4; i++)
                pthread_create(&more[i], NULL, waits, NULL);
            for (;;) {
                pthread_mutex_lock(&lock);
                if (awaited == 4)
                    break;
                pthread_mutex_unlock(&lock);
                sched_yield();
            }
            if (held)
                pthread_cond_broadcast(&condition);
            pthread_mutex_unlock(&lock);
            if (!held)
                pthread_cond_broadcast(&condition);
            for (int i = 0; i < 4; i++)
                pthread_join(more[i], NULL);
            EQUAL(woken, 4);
        }
    }
    TEST("timed_wait_gives_up_with_the_mutex") {
        pthread_mutex_lock(&lock);
        struct timespec time = soon(CLOCK_REALTIME, 20);
        EQUAL(pthread_cond_timedwait(&condition, &lock, &time), ETIMEDOUT);
        EQUAL(pthread_mutex_trylock(&lock), EBUSY);
        pthread_condattr_t attributes;
        pthread_cond_t monotonic;
        pthread_condattr_init(&attributes);
        EQUAL(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC), 0);
        pthread_cond_init(&monotonic, &attributes);
        time = soon(CLOCK_MONOTONIC, 20);
        EQUAL(pthread_cond_timedwait(&monotonic, &lock, &time), ETIMEDOUT);
        EQUAL(pthread_cond_destroy(&monotonic), 0);
        pthread_mutex_unlock(&lock);
    }
    TEST("read_write_lock_shares_and_excludes") {
        for (int i = 0; i < 4; i++)
            pthread_create(&more[i], NULL, reads_and_writes, (void *)(intptr_t)i);
        for (int i = 0; i < 4; i++)
            pthread_join(more[i], NULL);
        EQUAL(torn, 0);
        EQUAL(left, 5000);
        EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
        EQUAL(pthread_rwlock_rdlock(&rwlock), 0);
        EQUAL(pthread_rwlock_trywrlock(&rwlock), EBUSY);
        struct timespec time = soon(CLOCK_REALTIME, 20);
        EQUAL(pthread_rwlock_timedwrlock(&rwlock, &time), ETIMEDOUT);
        EQUAL(pthread_rwlock_unlock(&rwlock), 0);
        EQUAL(pthread_rwlock_unlock(&rwlock), 0);
        EQUAL(pthread_rwlock_wrlock(&rwlock), 0);
        EQUAL(pthread_rwlock_wrlock(&rwlock), EDEADLK);
        EQUAL(pthread_rwlock_tryrdlock(&rwlock), EBUSY);
        EQUAL(pthread_rwlock_unlock(&rwlock), 0);
    }
    TEST("barrier_lets_one_be_serial") {
        pthread_barrier_init(&barrier, NULL, 4);
        for (int i = 0; i < 4; i++)
            pthread_create(&more[i], NULL, meets, NULL);
        for (int i = 0; i < 4; i++)
            pthread_join(more[i], NULL);
        EQUAL(serial, 100);
        EQUAL(pthread_barrier_destroy(&barrier), 0);
        EQUAL(pthread_barrier_init(&barrier, NULL, 0), EINVAL);
    }
    TEST("barrier_serves_more_threads_than_a_round_takes") {
        serial = 0;
        pthread_barrier_init(&barrier, NULL, 2);
        for (int round = 0; round < 100; round++) {
            for (int i = 0; i < 4; i++)
                pthread_create(&more[i], NULL, meets_once, NULL);
            for (int i = 0; i < 4; i++)
                pthread_join(more[i], NULL);
        }
        EQUAL(serial, 200);
        EQUAL(pthread_barrier_destroy(&barrier), 0);
    }
    TEST("once_runs_once") {
        for (int i = 0; i < 4; i++)
            pthread_create(&more[i], NULL, asks_once, NULL);
        for (int i = 0; i < 4; i++)
            pthread_join(more[i], NULL);
        EQUAL(once_calls, 1);
    }
    TEST("spin_lock_can_be_tried") {
        pthread_spinlock_t spin;
        pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
        EQUAL(pthread_spin_lock(&spin), 0);
        EQUAL(pthread_spin_trylock(&spin), EBUSY);
        EQUAL(pthread_spin_unlock(&spin), 0);
        EQUAL(pthread_spin_trylock(&spin), 0);
    }
    TEST("key_destructors_run_until_values_are_gone") {
        int one = 1;
        EQUAL(pthread_key_create(&key, destroys), 0);
        EQUAL(pthread_create(&thread, NULL, sets_key, &one), 0);
        EQUAL(pthread_join(thread, &result), 0);
        CHECK(result == &one);
        /* 1 once, then 2 in each of the rounds that are left but the first: the value is set again only by 1. */
        EQUAL(destroyed, 3);
        EQUAL(pthread_key_delete(key), 0);
        pthread_key_t many[100];
        for (int i = 0; i < 100; i++)
            EQUAL(pthread_key_create(&many[i], NULL), 0);
        EQUAL(pthread_setspecific(many[99], &one), 0);
        CHECK(pthread_getspecific(many[99]) == &one);
        for (int i = 0; i < 100; i++)
            EQUAL(pthread_key_delete(many[i]), 0);
    }
    TEST("cancellation_ends_a_blocked_read_and_runs_handlers") {
        EQUAL(pipe(ends), 0);
        for (int i = 0; i < 20; i++) {
            clean_count = 0;
            pthread_create(&thread, NULL, reads_for_ever, NULL);
            if (i % 2)
                usleep(1000);
            EQUAL(pthread_cancel(thread), 0);
            EQUAL(pthread_join(thread, &result), 0);
            CHECK(result == PTHREAD_CANCELED);
            EQUAL(clean_count, 2);
            EQUAL(cleaned[0], 2);
            EQUAL(cleaned[1], 1);
        }
    }
    TEST("a_cancelled_wait_has_its_mutex_again") {
        awaited = 0;
        pthread_create(&thread, NULL, waits_cancelled, NULL);
        for (;;) {
            pthread_mutex_lock(&lock);
            int there = awaited;
            pthread_mutex_unlock(&lock);
            if (there)
                break;
            sched_yield();
        }
        EQUAL(pthread_cancel(thread), 0);
        EQUAL(pthread_join(thread, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        EQUAL(owned_at_cleanup, 1);
        EQUAL(pthread_mutex_trylock(&lock), 0);
        pthread_mutex_unlock(&lock);
    }
    TEST("asynchronous_cancellation_stops_a_loop") {
        clean_count = 0;
        pthread_create(&thread, NULL, spins, NULL);
        while (!spinning)
            sched_yield();
        EQUAL(pthread_cancel(thread), 0);
        EQUAL(pthread_join(thread, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        /* Compilers promise handlers at calls only, unless told otherwise (-fnon-call-exceptions). */
#ifndef __EXCEPTIONS
        EQUAL(clean_count, 1);
        EQUAL(cleaned[0], 3);
#endif
    }
    TEST("once_counts_as_never_called_when_its_function_is_cancelled_at_any_instruction") {
        pthread_create(&thread, NULL, gives_up_once, NULL);
        while (!initialising)
            sched_yield();
        EQUAL(pthread_cancel(thread), 0);
        EQUAL(pthread_join(thread, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        EQUAL(pthread_once(&given_up, initialises_then), 0);
        EQUAL(initialised, 1);
    }
    TEST("disabled_cancellation_waits") {
        clean_count = 0;
        sem_init(&started, 0, 0);
        sem_init(&released, 0, 0);
        pthread_create(&thread, NULL, refuses, NULL);
        sem_wait(&started);
        EQUAL(pthread_cancel(thread), 0);
        sem_post(&released);
        EQUAL(pthread_join(thread, &result), 0);
        CHECK(result == PTHREAD_CANCELED);
        EQUAL(clean_count, 1);
        EQUAL(cleaned[0], 5);
    }
    TEST("signals_reach_the_thread_they_are_sent_to") {
        handled = 0;
        pthread_create(&thread, NULL, pauses, NULL);
        sem_wait(&started);
        while (!handled) {
            pthread_kill(thread, SIGUSR1);
            sched_yield();
        }
        EQUAL(pthread_join(thread, &result), 0);
        EQUAL((intptr_t)result, 1);
    }
    TEST("semaphores_count") {
        sem_t semaphore;
        int value;
        EQUAL(sem_init(&semaphore, 0, 2), 0);
        EQUAL(sem_wait(&semaphore), 0);
        EQUAL(sem_trywait(&semaphore), 0);
        EQUAL(sem_trywait(&semaphore), -1);
        EQUAL(errno, EAGAIN);
        struct timespec time = soon(CLOCK_REALTIME, 20);
        EQUAL(sem_timedwait(&semaphore, &time), -1);
        EQUAL(errno, ETIMEDOUT);
        EQUAL(sem_post(&semaphore), 0);
        EQUAL(sem_getvalue(&semaphore, &value), 0);
        EQUAL(value, 1);
        EQUAL(sem_init(&semaphore, 0, SEM_VALUE_MAX), 0);
        EQUAL(sem_post(&semaphore), -1);
        EQUAL(errno, EOVERFLOW);
        EQUAL(sem_init(&semaphore, 0, UINT_MAX), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("named_semaphores_are_the_same_for_all") {
        char name[64];
        snprintf(name, sizeof name, "/trivet-test-%d", (int)getpid());
        sem_unlink(name);
        sem_t *made = sem_open(name, O_CREAT | O_EXCL, 0600, 3u);
        CHECK(made != SEM_FAILED);
        CHECK(sem_open(name, O_CREAT | O_EXCL, 0600, 3u) == SEM_FAILED);
        EQUAL(errno, EEXIST);
        sem_t *opened = sem_open(name, 0);
        CHECK(opened == made);
        int value = 0;
        EQUAL(sem_getvalue(opened, &value), 0);
        EQUAL(value, 3);
        EQUAL(sem_close(opened), 0);
        EQUAL(sem_close(made), 0);
        EQUAL(sem_unlink(name), 0);
        EQUAL(sem_unlink(""), -1);
        EQUAL(errno, ENOENT);
        CHECK(sem_open(name, 0) == SEM_FAILED);
        EQUAL(errno, ENOENT);
    }
    TEST("threads_have_names") {
        char name[16];
        EQUAL(pthread_setname_np(pthread_self(), "trivet-thread"), 0);
        EQUAL(pthread_getname_np(pthread_self(), name, sizeof name), 0);
        CHECK(strcmp(name, "trivet-thread") == 0);
        EQUAL(pthread_setname_np(pthread_self(), "sixteen-bytes-xx"), ERANGE);
        EQUAL(pthread_getname_np(pthread_self(), name, 4), ERANGE);
    }
    DONE();
}
