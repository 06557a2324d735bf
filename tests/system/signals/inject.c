/* A signal at every instruction of an operation: no hang, no loss, no wrong errno.
 *
 *     inject STEP SEED [OPERATION]
 *
 * Only under icount, where one instruction is one nanosecond. For each operation an alarm is set, a counted loop lets time pass, and the
 * operation begins; from one round to the next the loop is STEP instructions shorter, so that the alarm meets the operation STEP
 * instructions later, from shortly before it to shortly after it; the place within each step is drawn by SEED. STEP 1 is every instruction of
 * the program and its library: while the program is interrupted at one and the same place, because the kernel or a server works for it, the
 * steps are longer, and where another place follows they are gone back over one by one. The handler itself opens, duplicates and closes: what
 * it interrupted may be in the middle of the same.
 *
 * An operation runs in a process of its own; a round that does not end is reported with its place. A line for each operation, and one for the
 * kernel's counts: each operation has run once before they are taken, so that servers have grown to what it needs. */
#include "inject.h"
#include "../counts.h"
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

/* What the process of an operation shows its parent. */
struct shown {
    volatile long rounds;
    volatile long offset;
    volatile long places;
    char why[200];
};
static struct shown *shown;
static unsigned long long seed;

/* ---- The handler ------------------------------------------------------------------------------------------------------- */

volatile sig_atomic_t handled, others;
const char *volatile wrong;
void (*volatile released_by)(void);
/* Instructions that were interrupted: a bit for each byte of the text (the library is in it). */
static unsigned char interrupted_at[1 << 20];
extern const char __executable_start[];
/* The last of them. */
static volatile unsigned long last_at;

static void on_alarm(int signal, siginfo_t *information, void *context)
{
    (void)information;
    int before = errno;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    unsigned long at = registers[REG_RIP] - (unsigned long)__executable_start;
    last_at = at;
    if (at < sizeof interrupted_at * 8 && !(interrupted_at[at / 8] >> at % 8 & 1)) {
        interrupted_at[at / 8] |= 1 << at % 8;
        shown->places++;
    }
    if (signal != SIGALRM)
        wrong = "a signal that nobody sent";
    int file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        wrong = "the handler's open";
    else if (dup2(file, 200) != 200)
        wrong = "the handler's dup2";
    else if (close(200) != 0 || close(file) != 0)
        wrong = "the handler's close";
    else if (close(file) != -1 || errno != EBADF)
        wrong = "the handler's second close";
    handled++;
    if (released_by)
        released_by();
    errno = before;
}

static void on_other(int signal)
{
    (void)signal;
    others++;
}

/* ---- Rounds ---------------------------------------------------------------------------------------------------------------- */

int restarts, ends[2], lowest;
char path[64];
sem_t semaphore;
/* Microseconds from the setting of the alarm to its coming. */
static long alarm_us;
/* Turns of the loop before the operation. */
static unsigned long turns;
static int odd;

long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000ll + now.tv_nsec;
}

void begin(void)
{
    struct itimerval alarm = { { 0, 0 }, { 0, alarm_us } };
    setitimer(ITIMER_REAL, &alarm, 0);
    unsigned long left = turns + 1;
    if (odd)
        __asm__ volatile("nop");
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(left));
    errno = 1234;
}

int again(int may)
{
    if (errno != EINTR)
        return 0;
    if (!may)
        wrong = "EINTR";
    return may;
}
/* ---- The sweep ------------------------------------------------------------------------------------------------------------- */

static unsigned long below(unsigned long bound)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 0x2545f4914f6cdd1d >> 33) % bound;
}

static void fails(const char *why)
{
    snprintf(shown->why, sizeof shown->why, "%s (errno %d, handled %d)", why, errno, (int)handled);
    _exit(1);
}

/* One round. The signal comes once, during it or soon after. */
static void perform(const struct operation *operation)
{
    handled = 0;
    wrong = 0;
    released_by = 0;
    shown->rounds++;
    operation->perform();
    if (wrong)
        fails((const char *)wrong);
    released_by = 0;
    for (int patience = 0; handled == 0 && patience < 1000; patience++) {
        struct timespec pause = { 0, 50000 };
        nanosleep(&pause, 0);
    }
    if (handled != 1)
        fails(handled ? "the signal came twice" : "the signal was lost");
    /* A byte that the handler wrote into a pipe that nobody had to wait for. */
    struct pollfd left = { ends[0], POLLIN, 0 };
    char byte;
    while (poll(&left, 1, 0) == 1 && read(ends[0], &byte, 1) == 1)
        ;
}

/* Instructions between the alarm's setting and its coming, as a loop sees them: the least of some. */
static unsigned long measured(void)
{
    unsigned long least = ~0ul;
    for (int i = 0; i < 20; i++) {
        struct itimerval alarm = { { 0, 0 }, { 0, alarm_us } };
        handled = 0;
        setitimer(ITIMER_REAL, &alarm, 0);
        unsigned long count = 0;
        /* Four instructions a turn. */
        __asm__ volatile("1: inc %0\n\tcmpl $0, %1\n\tnop\n\tje 1b" : "+r"(count) : "m"(handled));
        if (count * 4 < least)
            least = count * 4;
    }
    return least;
}

/* Nanoseconds that an operation takes when the alarm comes long after it: the longest of some, since the first are not like the others. */
static unsigned long undisturbed(const struct operation *operation)
{
    unsigned long longest = 0;
    turns = 0;
    alarm_us = 5000;
    for (int i = 0; i < 5; i++) {
        long long start = now_ns();
        handled = 0;
        operation->perform();
        unsigned long took = now_ns() - start;
        if (wrong)
            fails((const char *)wrong);
        if (took > longest)
            longest = took;
        while (!handled)
            usleep(100);
    }
    return longest;
}

/* Instructions of the alarm's setting are swept with the operation. */
enum { BEFORE = 300, BEHIND = 300 };

static void sweep(const struct operation *operation, unsigned long step)
{
    struct sigaction action = { .sa_sigaction = on_alarm, .sa_flags = SA_SIGINFO | (restarts ? SA_RESTART : 0) };
    sigaction(SIGALRM, &action, 0);
    struct sigaction other = { .sa_handler = on_other, .sa_flags = SA_RESTART };
    sigaction(SIGUSR1, &other, 0);
    snprintf(path, sizeof path, "/tmp/inject.%d", (int)getpid());
    close(open(path, O_RDWR | O_CREAT, 0600));
    sem_init(&semaphore, 0, 0);
    if (pipe(ends))
        fails("pipe");
    lowest = dup(0);
    close(lowest);
    unsigned long width = BEFORE + (operation->window ? operation->window : undisturbed(operation)) + BEHIND;
    alarm_us = width / 1000 + 20;
    unsigned long comes = measured();
    if (comes < width) {
        alarm_us += (width - comes) / 1000 + 1;
        comes = measured();
    }
    /* With STEP 1: where the kernel works. A place is left behind when the signal met it so many times, one after the other. */
    unsigned long long_step = step > 1 ? step : 24 + width / 2000, here = 0, same = 0, fine_until = 0;
    for (unsigned long low = 0; low < width;) {
        unsigned long offset = low + (step > 1 ? below(step < width - low ? step : width - low) : 0);
        unsigned long pass = comes + BEFORE - offset;
        shown->offset = (long)offset - BEFORE;
        turns = pass / 2;
        odd = pass % 2;
        perform(operation);
        if (step > 1) {
            low += step;
            continue;
        }
        if (last_at == here) {
            same++;
            low += same > 20 && low >= fine_until ? long_step : 1;
        } else if (same > 20 && low > fine_until) {
            /* The steps were long: back to the first that was left out, and on one by one until here. */
            fine_until = low;
            low -= long_step - 1;
            same = 0;
        } else {
            here = last_at;
            same = 0;
            low++;
        }
    }
    unlink(path);
    _exit(0);
}

/* Runs an operation's sweep in a process of its own. Answers whether it was good. */
static int swept(const struct operation *operation, unsigned long step, int shows)
{
    memset(shown, 0, sizeof *shown);
    pid_t child = fork();
    if (child == 0)
        sweep(operation, step);
    long seen = -1;
    int status = 0, still = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        struct timespec while_ns = { 0, 100000000 };
        nanosleep(&while_ns, 0);
        still = shown->rounds == seen ? still + 1 : 0;
        seen = shown->rounds;
        if (still == 30) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            printf("%s with%s SA_RESTART: hangs when the signal comes at %ld, round %ld ... FAILED\n", operation->name,
                   restarts ? "" : "out", shown->offset, seen);
            return 0;
        }
    }
    if (status) {
        printf("%s with%s SA_RESTART: the signal at %ld, round %ld: %s (wait status %x) ... FAILED\n", operation->name,
               restarts ? "" : "out", shown->offset, shown->rounds, shown->why, status);
        return 0;
    }
    if (shows)
        printf("%s with%s SA_RESTART: %ld signals at %ld places ... ok\n", operation->name, restarts ? "" : "out", shown->rounds,
               shown->places);
    return 1;
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    unsigned long step = strtoul(arguments[1], 0, 10);
    seed = strtoull(arguments[2], 0, 10) * 2 + 1;
    setvbuf(stdout, 0, _IOLBF, 0);
    shown = mmap(0, sizeof *shown, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shown == MAP_FAILED || step == 0)
        return 2;
    const char *wanted = count > 3 ? arguments[3] : 0;
    int failed = 0, met = 0;
    struct counts before;
    for (int pass = 0; pass < 2; pass++) {
        /* The first pass is a single round of each. */
        for (int i = 0; i < operation_count; i++) {
            if (wanted && strcmp(wanted, operations[i].name))
                continue;
            met = 1;
            for (restarts = 0; restarts < 2; restarts++)
                failed |= !swept(&operations[i], pass == 0 ? 1 << 30 : step, pass);
        }
        if (pass == 0) {
            usleep(200000);
            take_counts(&before);
        }
    }
    int same = counts_come_back(&before);
    printf("nothing_is_lost ... %s\n", same ? "ok" : "FAILED");
    return failed || !met || !same;
}
