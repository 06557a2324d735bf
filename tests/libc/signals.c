/* Signals between threads and processes: information, queues, waits, interrupted calls, stacks, timers, storms. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

static volatile sig_atomic_t count, nested;
static volatile siginfo_t last;
static volatile int values[64], how_many;
static sigjmp_buf buffer;
static volatile pthread_t handled_by;

static void counts(int signal) { (void)signal; count++; }
static void informs(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    last = *information;
    if (how_many < 64)
        values[how_many++] = information->si_value.sival_int;
    count++;
    handled_by = pthread_self();
}
static void nests(int signal)
{
    (void)signal;
    if (nested < 3 && ++nested)
        raise(SIGUSR1);
}
static void opens_and_closes(int signal)
{
    int fd = open("/dev/null", O_RDONLY), saved = errno;
    struct sigaction action;
    (void)signal;
    sigaction(SIGUSR2, NULL, &action);
    if (fd >= 0)
        close(fd);
    count++;
    errno = saved;
}
static void set(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    sigaction(signal, &action, NULL);
}
static void set_informing(int signal)
{
    struct sigaction action = {.sa_sigaction = informs, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(signal, &action, NULL);
}
static sigset_t of(int signal)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    return set;
}
static void block(int signal) { sigset_t set = of(signal); pthread_sigmask(SIG_BLOCK, &set, NULL); }
static void unblock(int signal) { sigset_t set = of(signal); pthread_sigmask(SIG_UNBLOCK, &set, NULL); }
static int is_pending(int signal)
{
    sigset_t set;
    sigpending(&set);
    return sigismember(&set, signal);
}
static void *waits(void *argument)
{
    sigset_t set = of(SIGUSR2);
    int got = 0;
    *(volatile int *)argument = 1;
    sigwait(&set, &got);
    return (void *)(long)got;
}
static void *sleeps(void *argument)
{
    *(volatile int *)argument = 1;
    struct timespec time = {100, 0};
    return (void *)(long)(nanosleep(&time, NULL) == -1 ? errno : 0);
}
static void *blocks_nothing(void *argument)
{
    *(volatile int *)argument = 1;
    while (*(volatile int *)argument == 1)
        sched_yield();
    return NULL;
}
static volatile int storm_ends;
static void *storms(void *argument)
{
    long sent = 0;
    while (!storm_ends) {
        if (pthread_kill((pthread_t)argument, SIGUSR1) == 0)
            sent++;
        sched_yield();
    }
    return (void *)sent;
}
static void *allocates(void *argument)
{
    int number = 0;
    while (!*(volatile int *)argument) {
        void *volatile block = malloc(100 + number++ % 5000);
        FILE *stream = fopen("/dev/null", "w");
        if (stream) {
            fprintf(stream, "%d", number);
            fclose(stream);
        }
        free(block);
    }
    return NULL;
}
static void overflows(int depth)
{
    volatile char room[4096];
    room[0] = depth;
    if (depth < 1 << 20)
        overflows(depth + 1);
    room[1] = room[0];
}
static void leaves(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)context;
    last = *information;
    siglongjmp(buffer, 1);
}
static void skips(int signal, siginfo_t *information, void *context)
{
    (void)signal;
    (void)information;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = 42;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}
static volatile int notified;
static void notifies(union sigval value) { __atomic_store_n(&notified, value.sival_int, __ATOMIC_SEQ_CST); }

int main(void)
{
    int status;

    TEST("siginfo_of_kill_names_the_sender") {
        set_informing(SIGUSR1);
        count = 0;
        EQUAL(kill(getpid(), SIGUSR1), 0);
        EQUAL(count, 1);
        EQUAL(last.si_signo, SIGUSR1);
        EQUAL(last.si_code, SI_USER);
        EQUAL(last.si_pid, getpid());
        EQUAL(last.si_uid, getuid());
        EQUAL(raise(SIGUSR1), 0);
        EQUAL(last.si_code, SI_TKILL);
        EQUAL(last.si_pid, getpid());
    }
    TEST("siginfo_of_a_child_names_the_sender") {
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            kill(parent, SIGUSR1);
            _exit(0);
        }
        EQUAL(waitpid(child, NULL, 0), child);
        EQUAL(last.si_code, SI_USER);
        EQUAL(last.si_pid, child);
    }
    TEST("sigchld_tells_of_the_childs_end") {
        set_informing(SIGCHLD);
        block(SIGCHLD);
        pid_t child = fork();
        if (child == 0)
            _exit(33);
        sigset_t none;
        sigemptyset(&none);
        count = 0;
        while (!count)
            sigsuspend(&none);
        EQUAL(last.si_signo, SIGCHLD);
        EQUAL(last.si_code, CLD_EXITED);
        EQUAL(last.si_pid, child);
        EQUAL(last.si_status, 33);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 33);
        child = fork();
        if (child == 0)
            for (;;)
                pause();
        kill(child, SIGKILL);
        count = 0;
        while (!count)
            sigsuspend(&none);
        EQUAL(last.si_code, CLD_KILLED);
        EQUAL(last.si_status, SIGKILL);
        EQUAL(waitpid(child, &status, 0), child);
        unblock(SIGCHLD);
        signal(SIGCHLD, SIG_DFL);
    }
    TEST("ignored_sigchld_leaves_no_status") {
        signal(SIGCHLD, SIG_IGN);
        pid_t child = fork();
        if (child == 0)
            _exit(1);
        EQUAL(waitpid(child, &status, 0), -1);
        EQUAL(errno, ECHILD);
        set(SIGCHLD, counts, SA_NOCLDWAIT | SA_RESTART);
        child = fork();
        if (child == 0)
            _exit(1);
        EQUAL(waitpid(child, &status, 0), -1);
        EQUAL(errno, ECHILD);
        signal(SIGCHLD, SIG_DFL);
    }
    TEST("sigqueue_keeps_order_and_values") {
        set_informing(SIGRTMIN);
        set_informing(SIGRTMIN + 1);
        block(SIGRTMIN);
        block(SIGRTMIN + 1);
        for (int i = 0; i < 5; i++) {
            union sigval value = {.sival_int = 100 + i};
            EQUAL(sigqueue(getpid(), SIGRTMIN + 1, value), 0);
            value.sival_int = i;
            EQUAL(sigqueue(getpid(), SIGRTMIN, value), 0);
        }
        CHECK(is_pending(SIGRTMIN));
        how_many = 0;
        unblock(SIGRTMIN);
        EQUAL(how_many, 5);
        unblock(SIGRTMIN + 1);
        EQUAL(how_many, 10);
        for (int i = 0; i < 5; i++) {
            EQUAL(values[i], i);
            EQUAL(values[5 + i], 100 + i);
        }
        EQUAL(last.si_code, SI_QUEUE);
        EQUAL(last.si_pid, getpid());
        CHECK(!is_pending(SIGRTMIN));
    }
    TEST("sigqueue_from_a_child_keeps_order") {
        block(SIGRTMIN);
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            for (int i = 0; i < 8; i++)
                sigqueue(parent, SIGRTMIN, (union sigval){.sival_int = 200 + i});
            _exit(0);
        }
        EQUAL(waitpid(child, NULL, 0), child);
        how_many = 0;
        unblock(SIGRTMIN);
        EQUAL(how_many, 8);
        for (int i = 0; i < 8; i++)
            EQUAL(values[i], 200 + i);
        EQUAL(last.si_pid, child);
    }
    TEST("standard_signals_wait_once") {
        set(SIGUSR1, counts, 0);
        block(SIGUSR1);
        count = 0;
        for (int i = 0; i < 5; i++)
            kill(getpid(), SIGUSR1);
        EQUAL(count, 0);
        unblock(SIGUSR1);
        EQUAL(count, 1);
    }
    TEST("a_handler_is_not_entered_again_unless_asked") {
        set(SIGUSR1, nests, 0);
        nested = 0;
        raise(SIGUSR1);
        EQUAL(nested, 3);
        set(SIGUSR1, nests, SA_NODEFER);
        nested = 0;
        raise(SIGUSR1);
        EQUAL(nested, 3);
    }
    TEST("resethand_runs_once") {
        set(SIGUSR1, counts, SA_RESETHAND);
        count = 0;
        raise(SIGUSR1);
        EQUAL(count, 1);
        struct sigaction action;
        sigaction(SIGUSR1, NULL, &action);
        CHECK(action.sa_handler == SIG_DFL);
    }
    TEST("ignoring_discards_what_is_pending") {
        set(SIGUSR1, counts, 0);
        block(SIGUSR1);
        kill(getpid(), SIGUSR1);
        CHECK(is_pending(SIGUSR1));
        signal(SIGUSR1, SIG_IGN);
        CHECK(!is_pending(SIGUSR1));
        set(SIGUSR1, counts, 0);
        count = 0;
        unblock(SIGUSR1);
        EQUAL(count, 0);
    }
    TEST("default_action_of_a_signal_that_is_unblocked_ends_the_process") {
        pid_t child = fork();
        if (child == 0) {
            signal(SIGUSR1, SIG_DFL);
            block(SIGUSR1);
            kill(getpid(), SIGUSR1);
            unblock(SIGUSR1);
            _exit(1);
        }
        EQUAL(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status));
        EQUAL(WTERMSIG(status), SIGUSR1);
    }
    TEST("sigwait_takes_a_blocked_signal") {
        sigset_t set = of(SIGUSR2);
        int got = 0;
        block(SIGUSR2);
        kill(getpid(), SIGUSR2);
        EQUAL(sigwait(&set, &got), 0);
        EQUAL(got, SIGUSR2);
        CHECK(!is_pending(SIGUSR2));
        siginfo_t information;
        sigset_t queued = of(SIGRTMIN + 2);
        block(SIGRTMIN + 2);
        sigqueue(getpid(), SIGRTMIN + 2, (union sigval){.sival_int = 5});
        EQUAL(sigwaitinfo(&queued, &information), SIGRTMIN + 2);
        EQUAL(information.si_value.sival_int, 5);
        EQUAL(information.si_code, SI_QUEUE);
        struct timespec moment = {0, 1000000};
        EQUAL(sigtimedwait(&set, &information, &moment), -1);
        EQUAL(errno, EAGAIN);
    }
    TEST("sigwaitinfo_takes_a_signal_that_is_not_blocked_before_its_handler_does") {
        sigset_t set = of(SIGUSR2);
        siginfo_t information;
        count = 0;
        unblock(SIGUSR2);
        set_informing(SIGUSR2);
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            usleep(20000);
            kill(parent, SIGUSR2);
            _exit(0);
        }
        EQUAL(sigwaitinfo(&set, &information), SIGUSR2);
        EQUAL(information.si_pid, child);
        EQUAL(count, 0);
        EQUAL(waitpid(child, &status, 0), child);
        kill(getpid(), SIGUSR2);
        EQUAL(count, 1);
    }
    TEST("sigwaitinfo_says_of_a_raised_signal_that_a_user_sent_it") {
        sigset_t set = of(SIGUSR2);
        siginfo_t information;
        block(SIGUSR2);
        raise(SIGUSR2);
        EQUAL(sigwaitinfo(&set, &information), SIGUSR2);
        EQUAL(information.si_code, SI_USER);
        signal(SIGUSR2, SIG_DFL);
    }
    TEST("sigwait_in_a_thread_gets_what_all_threads_block") {
        volatile int ready = 0;
        pthread_t thread;
        void *result;
        block(SIGUSR2);
        pthread_create(&thread, NULL, waits, (void *)&ready);
        while (!ready)
            sched_yield();
        kill(getpid(), SIGUSR2);
        pthread_join(thread, &result);
        EQUAL((long)result, SIGUSR2);
        pid_t parent = getpid();
        ready = 0;
        pthread_create(&thread, NULL, waits, (void *)&ready);
        while (!ready)
            sched_yield();
        pid_t child = fork();
        if (child == 0) {
            kill(parent, SIGUSR2);
            _exit(0);
        }
        pthread_join(thread, &result);
        EQUAL((long)result, SIGUSR2);
        EQUAL(waitpid(child, NULL, 0), child);
        unblock(SIGUSR2);
    }
    TEST("a_signal_goes_to_a_thread_that_does_not_block_it") {
        volatile int ready = 0;
        pthread_t thread;
        set_informing(SIGUSR1);
        pthread_create(&thread, NULL, blocks_nothing, (void *)&ready);
        while (!ready)
            sched_yield();
        block(SIGUSR1);
        count = 0;
        kill(getpid(), SIGUSR1);
        while (!count)
            sched_yield();
        CHECK(pthread_equal(handled_by, thread));
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            kill(parent, SIGUSR1);
            _exit(0);
        }
        EQUAL(waitpid(child, NULL, 0), child);
        while (count < 2)
            sched_yield();
        CHECK(pthread_equal(handled_by, thread));
        ready = 2;
        pthread_join(thread, NULL);
        unblock(SIGUSR1);
    }
    TEST("pthread_kill_interrupts_a_sleep") {
        volatile int ready = 0;
        pthread_t thread;
        void *result;
        set(SIGUSR1, counts, SA_RESTART);
        count = 0;
        pthread_create(&thread, NULL, sleeps, (void *)&ready);
        while (!ready)
            sched_yield();
        while (pthread_kill(thread, SIGUSR1) == 0 && !count)
            sched_yield();
        for (int i = 0; i < 1000; i++)
            sched_yield();
        pthread_kill(thread, SIGUSR1);
        pthread_join(thread, &result);
        EQUAL((long)result, EINTR);
    }
    TEST("a_new_thread_has_its_creators_mask") {
        volatile int ready = 0;
        pthread_t thread;
        set(SIGUSR1, counts, 0);
        block(SIGUSR1);
        pthread_create(&thread, NULL, blocks_nothing, (void *)&ready);
        while (!ready)
            sched_yield();
        count = 0;
        pthread_kill(thread, SIGUSR1);
        for (int i = 0; i < 100; i++)
            sched_yield();
        EQUAL(count, 0);
        ready = 2;
        pthread_join(thread, NULL);
        unblock(SIGUSR1);
    }
    TEST("sigsuspend_waits_with_another_mask_and_restores_it") {
        set(SIGUSR1, counts, 0);
        block(SIGUSR1);
        count = 0;
        kill(getpid(), SIGUSR1);
        sigset_t none, now;
        sigemptyset(&none);
        EQUAL(sigsuspend(&none), -1);
        EQUAL(errno, EINTR);
        EQUAL(count, 1);
        sigprocmask(SIG_BLOCK, NULL, &now);
        EQUAL(sigismember(&now, SIGUSR1), 1);
        unblock(SIGUSR1);
    }
    TEST("sigsuspend_loses_no_signal_of_another_process") {
        set(SIGUSR1, counts, 0);
        block(SIGUSR1);
        count = 0;
        pid_t parent = getpid(), child = fork();
        if (child == 0) {
            for (int i = 0; i < 200; i++) {
                kill(parent, SIGUSR1);
                sched_yield();
            }
            kill(parent, SIGUSR1);
            _exit(0);
        }
        sigset_t none;
        sigemptyset(&none);
        do
            sigsuspend(&none);
        while (waitpid(child, &status, WNOHANG) == 0 && is_pending(SIGUSR1));
        CHECK(count > 0);
        waitpid(child, &status, 0);
        unblock(SIGUSR1);
    }
    TEST("read_is_interrupted_or_goes_on") {
        int ends[2];
        char byte;
        if (pipe(ends) == 0) {
            pid_t parent = getpid();
            for (int restart = 0; restart < 2; restart++) {
                set(SIGUSR1, counts, restart ? SA_RESTART : 0);
                count = 0;
                pid_t child = fork();
                if (child == 0) {
                    struct timespec moment = {0, 20000000};
                    nanosleep(&moment, NULL);
                    kill(parent, SIGUSR1);
                    nanosleep(&moment, NULL);
                    _exit(write(ends[1], "x", 1) == 1 ? 0 : 1);
                }
                ssize_t got = read(ends[0], &byte, 1);
                EQUAL(got, restart ? 1 : -1);
                if (got == -1) {
                    EQUAL(errno, EINTR);
                    EQUAL(read(ends[0], &byte, 1), 1);
                }
                EQUAL(count, 1);
                while (waitpid(child, NULL, 0) == -1 && errno == EINTR) {}
            }
            close(ends[0]);
            close(ends[1]);
        }
    }
    TEST("waitpid_is_interrupted_or_goes_on") {
        pid_t parent = getpid();
        for (int restart = 0; restart < 2; restart++) {
            set(SIGUSR1, counts, restart ? SA_RESTART : 0);
            count = 0;
            pid_t child = fork();
            if (child == 0) {
                struct timespec moment = {0, 20000000};
                nanosleep(&moment, NULL);
                kill(parent, SIGUSR1);
                nanosleep(&moment, NULL);
                _exit(7);
            }
            pid_t got = waitpid(child, &status, 0);
            if (restart) {
                EQUAL(got, child);
            } else {
                EQUAL(got, -1);
                EQUAL(errno, EINTR);
                EQUAL(waitpid(child, &status, 0), child);
            }
            EQUAL(count, 1);
        }
    }
    TEST("poll_is_interrupted_although_the_handler_restarts") {
        set(SIGALRM, counts, SA_RESTART);
        struct itimerval soon = {.it_value = {0, 20000}};
        count = 0;
        setitimer(ITIMER_REAL, &soon, NULL);
        EQUAL(poll(NULL, 0, -1), -1);
        EQUAL(errno, EINTR);
        EQUAL(count, 1);
    }
    TEST("interval_timers_repeat") {
        set(SIGALRM, counts, SA_RESTART);
        struct itimerval often = {.it_interval = {0, 5000}, .it_value = {0, 5000}}, old;
        count = 0;
        setitimer(ITIMER_REAL, &often, NULL);
        while (count < 5)
            pause();
        memset(&often, 0, sizeof often);
        setitimer(ITIMER_REAL, &often, &old);
        EQUAL(old.it_interval.tv_usec, 5000);
        getitimer(ITIMER_REAL, &old);
        EQUAL(old.it_value.tv_usec, 0);
        EQUAL(old.it_value.tv_sec, 0);
    }
    TEST("a_stack_that_is_used_up_is_handled_on_the_alternate_one") {
        static char alternate[64 * 1024];
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
        sigaltstack(&stack, NULL);
        struct sigaction action = {.sa_sigaction = leaves, .sa_flags = SA_SIGINFO | SA_ONSTACK};
        sigaction(SIGSEGV, &action, NULL);
        for (volatile int i = 0; i < 2; i++) {
            last.si_signo = 0;
            if (sigsetjmp(buffer, 1) == 0)
                overflows(0);
            EQUAL(last.si_signo, SIGSEGV);
        }
        stack.ss_flags = SS_DISABLE;
        EQUAL(sigaltstack(&stack, NULL), 0);
        signal(SIGSEGV, SIG_DFL);
    }
    TEST("a_handler_changes_the_registers") {
        struct sigaction action = {.sa_sigaction = skips, .sa_flags = SA_SIGINFO};
        sigaction(SIGILL, &action, NULL);
        long value;
        __asm__ volatile("ud2" : "=a"(value) : "0"(1L));
        EQUAL(value, 42);
        signal(SIGILL, SIG_DFL);
    }
    TEST("faults_tell_their_codes") {
        struct sigaction action = {.sa_sigaction = leaves, .sa_flags = SA_SIGINFO};
        sigaction(SIGSEGV, &action, NULL);
        sigaction(SIGBUS, &action, NULL);
        sigaction(SIGFPE, &action, NULL);
        if (sigsetjmp(buffer, 1) == 0)
            *(volatile int *)16 = 1;
        EQUAL(last.si_code, SEGV_MAPERR);
        CHECK(last.si_addr == (void *)16);
        char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (sigsetjmp(buffer, 1) == 0)
            *(volatile char *)page = 1;
        EQUAL(last.si_code, SEGV_ACCERR);
        munmap(page, 4096);
        volatile int zero = 0;
        if (sigsetjmp(buffer, 1) == 0)
            __asm__ volatile("cdq; idivl %1" : : "a"(1), "r"(zero) : "edx");
        EQUAL(last.si_signo, SIGFPE);
        EQUAL(last.si_code, FPE_INTDIV);
        signal(SIGSEGV, SIG_DFL);
        signal(SIGBUS, SIG_DFL);
        signal(SIGFPE, SIG_DFL);
    }
    TEST("timers_send_their_signal_and_value") {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3,
                                 .sigev_value.sival_int = 77};
        struct itimerspec once = {.it_value = {0, 5000000}}, left;
        set_informing(SIGRTMIN + 3);
        block(SIGRTMIN + 3);
        EQUAL(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
        EQUAL(timer_gettime(timer, &left), 0);
        EQUAL(left.it_value.tv_nsec, 0);
        EQUAL(timer_settime(timer, 0, &once, NULL), 0);
        sigset_t set = of(SIGRTMIN + 3);
        siginfo_t information;
        EQUAL(sigwaitinfo(&set, &information), SIGRTMIN + 3);
        EQUAL(information.si_code, SI_TIMER);
        EQUAL(information.si_value.sival_int, 77);
        EQUAL(timer_getoverrun(timer), 0);
        EQUAL(timer_delete(timer), 0);
        EQUAL(timer_delete(timer), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timer_create(12345, &event, &timer), -1);
        EQUAL(errno, EINVAL);
        unblock(SIGRTMIN + 3);
    }
    TEST("timers_notify_a_thread") {
        timer_t timer;
        struct sigevent event = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notifies,
                                 .sigev_value.sival_int = 9};
        struct itimerspec once = {.it_value = {0, 1000000}};
        EQUAL(timer_create(CLOCK_REALTIME, &event, &timer), 0);
        EQUAL(timer_settime(timer, 0, &once, NULL), 0);
        while (!__atomic_load_n(&notified, __ATOMIC_SEQ_CST))
            sched_yield();
        EQUAL(notified, 9);
        timer_delete(timer);
    }
    TEST("a_storm_during_malloc_printf_open_and_close_loses_nothing") {
        pthread_t thread;
        void *sent;
        set(SIGUSR1, opens_and_closes, SA_RESTART);
        count = 0;
        storm_ends = 0;
        FILE *stream = fopen("/dev/null", "w");
        pthread_create(&thread, NULL, storms, (void *)pthread_self());
        for (int i = 0; i < 2000; i++) {
            void *volatile room = malloc(1 + i * 37 % 9000);
            fprintf(stream, "%d %f\n", i, i / 3.0);
            int fd = open("/dev/null", O_RDONLY);
            CHECK(fd >= 0);
            setenv("STORM", i & 1 ? "1" : "22", 1);
            close(fd);
            free(room);
        }
        storm_ends = 1;
        pthread_join(thread, &sent);
        fclose(stream);
        CHECK((long)sent > 0);
        int before = count;
        raise(SIGUSR1);
        EQUAL(count, before + 1);
        CHECK(count > 0);
    }
    TEST("fork_while_another_thread_allocates") {
        volatile int stop = 0;
        pthread_t thread;
        pthread_create(&thread, NULL, allocates, (void *)&stop);
        int good = 0;
        for (int i = 0; i < 200; i++) {
            pid_t child = fork();
            if (child == 0) {
                void *volatile room = malloc(1000);
                FILE *stream = fopen("/dev/null", "w");
                int done = stream && fprintf(stream, "x") == 1 && fclose(stream) == 0 && room != NULL;
                free(room);
                _exit(done ? 0 : 1);
            }
            if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
                good++;
        }
        stop = 1;
        pthread_join(thread, NULL);
        EQUAL(good, 200);
    }
    TEST("kill_of_nobody_says_so") {
        EQUAL(kill(0x3fffffff, 0), -1);
        EQUAL(errno, ESRCH);
        EQUAL(kill(getpid(), 65), -1);
        EQUAL(errno, EINVAL);
        EQUAL(kill(getpid(), 0), 0);
    }
    TEST("killpg_reaches_the_group") {
        set(SIGUSR1, counts, 0);
        count = 0;
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            pid_t inner = fork();
            if (inner == 0) {
                signal(SIGUSR2, SIG_DFL);
                for (;;)
                    pause();
            }
            signal(SIGUSR2, SIG_IGN);
            killpg(0, SIGUSR2);
            waitpid(inner, &status, 0);
            _exit(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR2 ? 3 : 4);
        }
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 3);
    }
    DONE();
}
