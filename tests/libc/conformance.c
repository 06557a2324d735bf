/* Behaviours that the POSIX conformance suite found missing, in tests of our own. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t depth, deepest, calls;

static void raise_again(int signal)
{
    depth++;
    if (depth > deepest)
        deepest = depth;
    if (++calls == 1)
        raise(signal);
    depth--;
}

static void *nothing(void *argument)
{
    return argument;
}

static void write_masks(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    fputs(text, file);
    fclose(file);
    setenv("DATEMSK", path, 1);
}

int main(void)
{
    TEST("a_priority_ceiling_is_kept_by_attributes_and_mutex") {
        pthread_mutexattr_t attributes;
        pthread_mutex_t mutex, plain = PTHREAD_MUTEX_INITIALIZER;
        int value = -1;
        pthread_mutexattr_init(&attributes);
        EQUAL(pthread_mutexattr_getprioceiling(&attributes, &value), 0);
        EQUAL(value, sched_get_priority_min(SCHED_FIFO));
        EQUAL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_PROTECT), 0);
        EQUAL(pthread_mutexattr_getprotocol(&attributes, &value), 0);
        EQUAL(value, PTHREAD_PRIO_PROTECT);
        EQUAL(pthread_mutexattr_setprioceiling(&attributes, 5), 0);
        EQUAL(pthread_mutexattr_getprioceiling(&attributes, &value), 0);
        EQUAL(value, 5);
        EQUAL(pthread_mutexattr_setprioceiling(&attributes, 0), EINVAL);
        EQUAL(pthread_mutexattr_setprioceiling(&attributes, 100), EINVAL);
        EQUAL(pthread_mutex_init(&mutex, &attributes), 0);
        EQUAL(pthread_mutex_getprioceiling(&mutex, &value), 0);
        EQUAL(value, 5);
        EQUAL(pthread_mutex_destroy(&mutex), 0);
        EQUAL(pthread_mutex_getprioceiling(&plain, &value), EINVAL);
        EQUAL(pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT), 0);
        EQUAL(pthread_mutexattr_getprotocol(&attributes, &value), 0);
        EQUAL(value, PTHREAD_PRIO_INHERIT);
    }
    TEST("scheduling_without_a_parameter_is_refused") {
        EQUAL(sched_getparam(0, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(sched_setscheduler(0, SCHED_OTHER, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(sched_getscheduler(-1), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("locking_memory_that_is_not_there_is_ENOMEM") {
        char *end = (char *)(LONG_MAX - LONG_MAX % sysconf(_SC_PAGESIZE));
        EQUAL(mlock(end, 8), -1);
        EQUAL(errno, ENOMEM);
        EQUAL(munlock(end, 8), -1);
        EQUAL(errno, ENOMEM);
        EQUAL(mlockall(0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(munlockall(), 0);
    }
    TEST("msync_checks_its_arguments") {
        long page = sysconf(_SC_PAGESIZE);
        char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        EQUAL(msync(memory, 2 * page, MS_SYNC), 0);
        EQUAL(msync(memory, page, MS_SYNC | MS_ASYNC), -1);
        EQUAL(errno, EINVAL);
        EQUAL(msync(memory + 1, page, MS_SYNC), -1);
        EQUAL(errno, EINVAL);
        munmap(memory + page, page);
        EQUAL(msync(memory, 2 * page, MS_SYNC), -1);
        EQUAL(errno, ENOMEM);
        munmap(memory, page);
    }
    TEST("processes_and_threads_have_clocks_of_processor_time") {
        clockid_t clock;
        struct timespec time = {-1, -1};
        EQUAL(clock_getcpuclockid(getpid(), &clock), 0);
        EQUAL(clock_gettime(clock, &time), 0);
        CHECK(time.tv_sec >= 0 && time.tv_sec < 60);
        EQUAL(clock_getres(clock, &time), 0);
        EQUAL(clock_getcpuclockid(0x3ffffffe, &clock), ESRCH);
        EQUAL(pthread_getcpuclockid(pthread_self(), &clock), 0);
        time.tv_sec = -1;
        EQUAL(clock_gettime(clock, &time), 0);
        CHECK(time.tv_sec >= 0 && time.tv_sec < 60);
        pthread_t thread;
        pthread_create(&thread, NULL, nothing, NULL);
        pthread_join(thread, NULL);
        EQUAL(clock_gettime(-1, &time), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("a_signal_that_its_handler_raises_again_comes_behind_the_handler") {
        struct sigaction action = {.sa_handler = raise_again};
        sigaction(SIGUSR1, &action, NULL);
        raise(SIGUSR1);
        EQUAL(calls, 2);
        EQUAL(deepest, 1);
    }
    TEST("getdate_takes_the_first_pattern_that_fits") {
        char path[] = "/tmp/getdateXXXXXX";
        close(mkstemp(path));
        setenv("TZ", "UTC0", 1);
        write_masks(path, "%H:%M nonsense\n%Y-%m-%d %H:%M:%S\n%Y-%m-%d\n");
        struct tm *found = getdate("2024-02-29 12:34:56");
        CHECK(found != NULL);
        if (found != NULL) {
            EQUAL(found->tm_year, 124);
            EQUAL(found->tm_mon, 1);
            EQUAL(found->tm_mday, 29);
            EQUAL(found->tm_hour, 12);
            EQUAL(found->tm_wday, 4);
        }
        CHECK(getdate("2023-02-29") == NULL);
        EQUAL(getdate_err, 8);
        CHECK(getdate("tomorrow") == NULL);
        EQUAL(getdate_err, 7);
        unlink(path);
        CHECK(getdate("2024-02-29") == NULL);
        EQUAL(getdate_err, 3);
        unsetenv("DATEMSK");
        CHECK(getdate("2024-02-29") == NULL);
        EQUAL(getdate_err, 1);
    }
    DONE();
}
