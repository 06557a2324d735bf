/* Timers of a process: timer_create and its family. Time passes only where a test waits for a signal or a thread. */
#define _GNU_SOURCE
#include "check.h"
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static sem_t called;
static int called_with;

static void function(union sigval value)
{
    called_with = value.sival_int;
    sem_post(&called);
}

static struct itimerspec setting(long value_ns, long interval_ns)
{
    struct itimerspec setting = {{interval_ns / 1000000000, interval_ns % 1000000000},
                                 {value_ns / 1000000000, value_ns % 1000000000}};
    return setting;
}

int main(void)
{
    timer_t timer;
    sigset_t set;
    siginfo_t information;
    struct itimerspec now, old;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    sem_init(&called, 0, 0);

    TEST("an_expiry_sends_the_signal_with_its_value") {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 17};
        EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
        now = setting(1000000, 0);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        EQUAL(sigwaitinfo(&set, &information), SIGUSR1);
        EQUAL(information.si_code, SI_TIMER);
        EQUAL(information.si_value.sival_int, 17);
        EQUAL(timer_getoverrun(timer), 0);
        EQUAL(timer_gettime(timer, &now), 0);
        EQUAL(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("a_timer_without_event_sends_SIGALRM") {
        EQUAL(timer_create(CLOCK_REALTIME, NULL, &timer), 0);
        now = setting(1000000, 0);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        EQUAL(sigwaitinfo(&set, &information), SIGALRM);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("an_interval_expires_again") {
        EQUAL(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        now = setting(1000000, 1000000);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        for (int i = 0; i < 3; i++)
            EQUAL(sigwaitinfo(&set, &information), SIGALRM);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("expiries_while_the_signal_is_pending_are_overruns") {
        EQUAL(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        now = setting(1000000, 1000000);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        struct timespec pause = {0, 20000000};
        nanosleep(&pause, NULL);
        EQUAL(sigwaitinfo(&set, &information), SIGALRM);
        CHECK(timer_getoverrun(timer) >= 15);
        EQUAL(timer_delete(timer), 0);
        struct timespec none = {0, 0};
        while (sigtimedwait(&set, &information, &none) > 0)
            ;
    }
    TEST("a_time_in_the_past_expires_at_once") {
        EQUAL(timer_create(CLOCK_REALTIME, NULL, &timer), 0);
        now = setting(1000000000L, 0);
        EQUAL(timer_settime(timer, TIMER_ABSTIME, &now, NULL), 0);
        EQUAL(sigwaitinfo(&set, &information), SIGALRM);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("a_thread_calls_the_function") {
        struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_int = 5};
        event.sigev_notify_function = function;
        EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
        now = setting(1000000, 0);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        EQUAL(sem_wait(&called), 0);
        EQUAL(called_with, 5);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("a_timer_that_notifies_nobody_runs_all_the_same") {
        struct sigevent event = {.sigev_notify = SIGEV_NONE};
        EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
        now = setting(100000000000L, 50000000000L);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        EQUAL(timer_gettime(timer, &now), 0);
        CHECK(now.it_value.tv_sec == 99 || now.it_value.tv_sec == 100);
        EQUAL(now.it_interval.tv_sec, 50);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("settime_tells_the_setting_before_and_zero_disarms") {
        EQUAL(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        now = setting(100000000000L, 7000000000L);
        EQUAL(timer_settime(timer, 0, &now, &old), 0);
        EQUAL(old.it_value.tv_sec + old.it_value.tv_nsec, 0);
        now = setting(0, 0);
        EQUAL(timer_settime(timer, 0, &now, &old), 0);
        CHECK(old.it_value.tv_sec >= 99);
        EQUAL(old.it_interval.tv_sec, 7);
        EQUAL(timer_gettime(timer, &now), 0);
        EQUAL(now.it_value.tv_sec + now.it_value.tv_nsec, 0);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("wrong_arguments_are_refused") {
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = 65};
        EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timer_create(1000, NULL, &timer), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
        now = setting(0, 0);
        now.it_value.tv_nsec = 1000000000;
        EQUAL(timer_settime(timer, 0, &now, NULL), -1);
        EQUAL(errno, EINVAL);
        now.it_value.tv_nsec = -1;
        EQUAL(timer_settime(timer, 0, &now, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timer_delete(timer), 0);
    }
    TEST("a_clock_of_processor_time_can_be_timed") {
        EQUAL(timer_create(CLOCK_PROCESS_CPUTIME_ID, NULL, &timer), 0);
        now = setting(20000000, 0);
        EQUAL(timer_settime(timer, 0, &now, NULL), 0);
        struct timespec none = {0, 0}, begin, end;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        while (sigtimedwait(&set, &information, &none) != SIGALRM)
            ;
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        CHECK((end.tv_sec - begin.tv_sec) * 1000000000L + end.tv_nsec - begin.tv_nsec >= 15000000);
        EQUAL(timer_delete(timer), 0);
    }
    DONE();
}
