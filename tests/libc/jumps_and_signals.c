/* Non-local jumps, signal actions and masks, alternate stacks, signals from faults. */
#define _GNU_SOURCE
#include "check.h"
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

static jmp_buf buffer;
static sigjmp_buf signal_buffer;
static volatile sig_atomic_t count;
static volatile int last;
static void *volatile address;
static char alternate[64 * 1024];

static void counts(int signal) { count++; last = signal; }

static int frames;
static volatile uintptr_t function_of[16];
static _Unwind_Reason_Code notes(struct _Unwind_Context *context, void *argument)
{
    (void)argument;
    if (frames < 16)
        function_of[frames++] = _Unwind_GetRegionStart(context);
    return _URC_NO_REASON;
}
static void looks_back(int signal)
{
    (void)signal;
    frames = 0;
    _Unwind_Backtrace(notes, NULL);
    siglongjmp(signal_buffer, 1);
}
__attribute__((noinline)) static int faults(volatile int *place)
{
    return *place + 1;
}
__attribute__((noinline)) static int calls_what_faults(volatile int *place)
{
    return faults(place) + 1;
}
static int has_frame(uintptr_t function)
{
    for (int i = 0; i < frames; i++)
        if (function_of[i] == function)
            return 1;
    return 0;
}
static void learns(int signal, siginfo_t *information, void *context)
{
    count++;
    last = signal;
    address = information->si_code == SI_QUEUE ? information->si_value.sival_ptr : information->si_addr;
    (void)context;
}
static void leaps(int signal, siginfo_t *information, void *context)
{
    (void)context;
    last = signal;
    address = information->si_addr;
    siglongjmp(signal_buffer, 1);
}
static void on_stack(int signal)
{
    char here;
    (void)signal;
    count = &here >= alternate && &here < alternate + sizeof alternate;
}
static volatile int sum;
static char *volatile summed_at;
static void sums(int a, int b, int c, int d, int e, int f, int g, int h)
{
    char here;
    summed_at = &here;
    sum = h + 10 * (g + 10 * (f + 10 * (e + 10 * (d + 10 * (c + 10 * (b + 10 * a))))));
}
static volatile int stop;
static int deep(int depth)
{
    if (depth == stop)
        longjmp(buffer, 5);
    return depth ? deep(depth - 1) + 1 : 0;
}

int main(void)
{
    TEST("a_handler_can_look_back_through_what_it_interrupted") {
        struct sigaction old, action = {.sa_handler = looks_back};
        sigaction(SIGSEGV, &action, &old);
        if (sigsetjmp(signal_buffer, 1) == 0)
            calls_what_faults((volatile int *)16);
        sigaction(SIGSEGV, &old, NULL);
        CHECK(has_frame((uintptr_t)faults));
        CHECK(has_frame((uintptr_t)calls_what_faults));
    }
    TEST("longjmp_returns_its_value_and_never_0") {
        volatile int local = 1;
        int value = setjmp(buffer);
        if (value == 0) {
            local = 2;
            deep(100);
        }
        EQUAL(value, 5);
        EQUAL(local, 2);
        volatile int again = 0;
        value = setjmp(buffer);
        if (!again) {
            again = 1;
            longjmp(buffer, 0);
        }
        EQUAL(value, 1);
    }
    TEST("sigsetjmp_restores_the_mask_if_asked") {
        sigset_t set, now;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        for (volatile int save = 0; save < 2; save++) {
            sigprocmask(SIG_UNBLOCK, &set, NULL);
            if (sigsetjmp(signal_buffer, save) == 0) {
                sigprocmask(SIG_BLOCK, &set, NULL);
                siglongjmp(signal_buffer, 1);
            }
            sigprocmask(SIG_BLOCK, NULL, &now);
            EQUAL(sigismember(&now, SIGUSR1), !save);
        }
        sigprocmask(SIG_UNBLOCK, &set, NULL);
    }
    TEST("saved_addresses_are_mangled") {
        EQUAL(setjmp(buffer), 0);
        uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
        CHECK(((uintptr_t)buffer[0].__jmpbuf[6] ^ stack) >> 20 != 0);
    }
    TEST("raise_calls_the_handler_before_it_returns") {
        struct sigaction action = {.sa_handler = counts}, old;
        EQUAL(sigaction(SIGUSR1, &action, NULL), 0);
        EQUAL(raise(SIGUSR1), 0);
        EQUAL(count, 1);
        EQUAL(last, SIGUSR1);
        EQUAL(sigaction(SIGUSR1, NULL, &old), 0);
        CHECK(old.sa_handler == counts);
        EQUAL(sigaction(SIGKILL, &action, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(sigaction(32, &action, NULL), -1);
        EQUAL(sigaction(65, &action, NULL), -1);
    }
    TEST("signal_sets_a_handler_that_stays") {
        count = 0;
        CHECK(signal(SIGUSR2, counts) == SIG_DFL);
        raise(SIGUSR2);
        raise(SIGUSR2);
        EQUAL(count, 2);
        CHECK(signal(SIGUSR2, SIG_IGN) == counts);
        raise(SIGUSR2);
        EQUAL(count, 2);
        CHECK(signal(SIGUSR2, SIG_DFL) == SIG_IGN);
    }
    TEST("blocked_signals_stay_pending") {
        sigset_t set, old, pending, none;
        count = 0;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        EQUAL(sigprocmask(SIG_BLOCK, &set, &old), 0);
        raise(SIGUSR1);
        EQUAL(count, 0);
        EQUAL(sigpending(&pending), 0);
        EQUAL(sigismember(&pending, SIGUSR1), 1);
        EQUAL(sigismember(&pending, SIGUSR2), 0);
        sigemptyset(&none);
        EQUAL(sigsuspend(&none), -1);
        EQUAL(errno, EINTR);
        EQUAL(count, 1);
        raise(SIGUSR1);
        struct timespec now = {0, 0};
        siginfo_t information;
        EQUAL(sigtimedwait(&set, &information, &now), SIGUSR1);
        EQUAL(information.si_signo, SIGUSR1);
        EQUAL(sigtimedwait(&set, &information, &now), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(sigprocmask(SIG_SETMASK, &old, NULL), 0);
        EQUAL(count, 1);
        EQUAL(sigprocmask(99, &old, NULL), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("queued_signals_carry_values") {
        struct sigaction action = {.sa_sigaction = learns, .sa_flags = SA_SIGINFO};
        sigaction(SIGRTMIN, &action, NULL);
        union sigval value = {.sival_ptr = (void *)0x1234};
        count = 0;
        EQUAL(sigqueue(getpid(), SIGRTMIN, value), 0);
        EQUAL(count, 1);
        CHECK(address == (void *)0x1234);
    }
    TEST("a_fault_tells_its_address_and_can_be_left") {
        struct sigaction action = {.sa_sigaction = leaps, .sa_flags = SA_SIGINFO};
        sigaction(SIGSEGV, &action, NULL);
        char *volatile page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (volatile int i = 0; i < 2; i++) {
            address = NULL;
            if (sigsetjmp(signal_buffer, 1) == 0)
                *(volatile char *)(page + 77) = 1;
            CHECK(address == page + 77);
            EQUAL(last, SIGSEGV);
        }
        munmap(page, 4096);
    }
    TEST("handlers_run_on_the_alternate_stack") {
        stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, old;
        EQUAL(sigaltstack(&stack, NULL), 0);
        struct sigaction action = {.sa_handler = on_stack, .sa_flags = SA_ONSTACK};
        sigaction(SIGUSR1, &action, NULL);
        count = 0;
        raise(SIGUSR1);
        EQUAL(count, 1);
        stack.ss_flags = SS_DISABLE;
        EQUAL(sigaltstack(&stack, &old), 0);
        CHECK(old.ss_sp == alternate);
        stack.ss_flags = 0;
        stack.ss_size = 100;
        EQUAL(sigaltstack(&stack, NULL), -1);
        EQUAL(errno, ENOMEM);
    }
    TEST("contexts_are_made_entered_and_left") {
        static ucontext_t here, there;
        static char room[64 * 1024];
        volatile int times = 0;
        getcontext(&here);
        if (++times == 1)
            setcontext(&here);
        EQUAL(times, 2);
        getcontext(&there);
        there.uc_stack.ss_sp = room;
        there.uc_stack.ss_size = sizeof room;
        there.uc_link = &here;
        makecontext(&there, (void (*)(void))sums, 8, 1, 2, 3, 4, 5, 6, 7, 8);
        EQUAL(swapcontext(&here, &there), 0);
        EQUAL(sum, 12345678);
        CHECK(summed_at > room && summed_at < room + sizeof room);
    }
    TEST("alarms_arrive_and_can_be_cancelled") {
        sigset_t set, none;
        signal(SIGALRM, counts);
        EQUAL(alarm(100), 0);
        unsigned int left = alarm(0);
        CHECK(left == 100 || left == 99);
        sigemptyset(&none);
        sigemptyset(&set);
        sigaddset(&set, SIGALRM);
        sigprocmask(SIG_BLOCK, &set, NULL);
        struct itimerval soon = {.it_value = {0, 10000}};
        count = 0;
        EQUAL(setitimer(ITIMER_REAL, &soon, NULL), 0);
        sigsuspend(&none);
        EQUAL(count, 1);
        EQUAL(last, SIGALRM);
    }
    DONE();
}
