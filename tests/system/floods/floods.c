/* What exhausts a system, one after the other: the culprit gets EAGAIN, ENOMEM or EMFILE, whoever is beside it goes on, and at the end nothing
 * is lost.
 *
 *     floods SECONDS SEED [pipelines]
 *
 * SECONDS of guest time are given to pipelines whose processes are killed at random. With `pipelines` there is nothing else, and most of them
 * and the shell beside them pause between their steps: minutes of guest time are then mostly idle, and cost little where instructions are
 * counted. A line for each check. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int failed, slow;
static unsigned long long seed;

static void result(int good, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(" ... %s\n", good ? "ok" : "FAILED");
    fflush(stdout);
    failed |= !good;
}

/* xorshift64* of the seed. */
static unsigned below(unsigned bound)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 0x2545f4914f6cdd1d >> 33) % bound;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000ll + now.tv_nsec / 1000000;
}

/* ---- Another shell's work, beside all of it ------------------------------------------------------------------------- */

static int worker_report = -1;
static pid_t worker;

static void start_worker(void)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC)) {
        result(0, "a_worker_starts");
        exit(1);
    }
    worker = fork();
    if (worker == 0) {
        dup2(ends[1], 1);
        /* The pause waits for a pipe that nobody writes to. */
        int quiet[2];
        if (slow && (pipe(quiet) || dup2(quiet[0], 0) != 0))
            _exit(126);
        setenv("PAUSE", slow ? "read -t 0.2 x" : ":", 1);
        /* Files, an arithmetic loop and a builtin each round: what a shell does without a further process. */
        execl("/bin/sh", "sh", "-c",
              "n=0; while :; do n=$((n+1)); echo $n >/tmp/worker || echo FAIL; read m </tmp/worker; [ $m = $n ] || echo FAIL;"
              " i=0; while [ $i -lt 200 ]; do i=$((i+1)); done; echo $n; $PAUSE; done", (char *)0);
        _exit(127);
    }
    close(ends[1]);
    worker_report = ends[0];
}

/* The worker ends, and nothing of it is left: what it happens to have open would count. */
static void stop_worker(void)
{
    kill(worker, SIGKILL);
    waitpid(worker, 0, 0);
    close(worker_report);
    unlink("/tmp/worker");
}

/* The worker does a few further rounds. */
static void worker_goes_on(const char *beside)
{
    char bytes[4096];
    int rounds = 0, good = 1;
    /* What it reported before counts for nothing. */
    fcntl(worker_report, F_SETFL, O_NONBLOCK);
    while (read(worker_report, bytes, sizeof bytes) > 0)
        ;
    long long deadline = now_ms() + 60000;
    while (rounds < 3 && good && now_ms() < deadline) {
        struct pollfd wait = { worker_report, POLLIN, 0 };
        poll(&wait, 1, 1000);
        ssize_t count = read(worker_report, bytes, sizeof bytes);
        for (ssize_t i = 0; i < count; i++) {
            rounds += bytes[i] == '\n';
            good &= bytes[i] != 'F';
        }
    }
    result(good && rounds >= 3, "a_shell_works_on_beside_%s", beside);
}

/* ---- Counts of the kernel -------------------------------------------------------------------------------------------- */

static void counts(char *text, size_t room)
{
    int file = open("/proc/trivet/counts", O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? -1 : read(file, text, room - 1);
    text[count > 0 ? count : 0] = 0;
    close(file);
}

static long count_of(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? strtol(found + strlen(name), 0, 10) : -1;
}

static char before[4096], after[4096];
/* In the first pass servers grow to what such floods take; in the second nothing may be lost any more. */
static int counting;

/* Waits until everything that was made is gone again: memory is taken apart in steps. */
static void nothing_is_lost(const char *behind)
{
    static const char *const names[] = { "processes ", "threads ", "sessions ", "memories ", "handles ", "timers ", "wait_sets " };
    int same = 0;
    stop_worker();
    for (int patience = 0; patience < (counting ? 100 : 20) && !same; patience++) {
        usleep(50000);
        counts(after, sizeof after);
        same = 1;
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            same &= count_of(after, names[i]) == count_of(before, names[i]) && count_of(after, names[i]) >= 0;
        /* Servers use again what their heaps grew by the first time; a few pages may lie otherwise. */
        same &= count_of(before, "pages_free ") - count_of(after, "pages_free ") < 64;
        same &= count_of(after, "kernel_bytes ") - count_of(before, "kernel_bytes ") < 16384;
    }
    if (counting && !same)
        printf("%sthen\n%s", before, after);
    if (counting)
        result(same, "nothing_is_lost_behind_%s", behind);
    start_worker();
}

/* ---- Floods ---------------------------------------------------------------------------------------------------------- */

/* Each child that there can be makes children as well; a limit for the user holds all of them. */
static void fork_bomb(void)
{
    pid_t first = fork();
    if (first == 0) {
        setpgid(0, 0);
        struct rlimit limit = { 150, 150 };
        setrlimit(RLIMIT_NPROC, &limit);
        for (;;) {
            pid_t child = fork();
            if (child < 0 && errno != EAGAIN && errno != ENOMEM)
                _exit(9);
        }
    }
    setpgid(first, first);
    usleep(300000);
    worker_goes_on("a_fork_bomb");
    /* More than one kill: what was just being made was not there for the first. */
    int rounds = 0;
    while (kill(-first, SIGKILL) == 0 && rounds++ < 1000) {
        while (waitpid(-first, 0, WNOHANG) > 0)
            ;
        usleep(1000);
    }
    int status = 0, wrong = 0;
    while (waitpid(-first, &status, 0) > 0)
        wrong |= WIFEXITED(status) && WEXITSTATUS(status) == 9;
    result(!wrong && rounds < 1000, "a_fork_bomb_gets_eagain_and_can_be_killed");
}

static void zombies(void)
{
    int count = 0;
    pid_t child;
    while ((child = fork()) > 0 && count < 5000)
        count++;
    if (child == 0)
        _exit(0);
    int error = errno;
    worker_goes_on("zombies");
    int ended = 0;
    while (ended < count && wait(0) > 0)
        ended++;
    result(child < 0 && (error == EAGAIN || error == ENOMEM) && ended == count, "zombies_are_counted_and_all_waited_for");
}

static void *sleeping(void *argument)
{
    struct timespec long_ago = { 1000, 0 };
    nanosleep(&long_ago, 0);
    return argument;
}

/* A thousand threads that sleep, in ten processes. */
static void sleepers(void)
{
    pid_t children[10];
    int ends[2], made = 0;
    if (pipe2(ends, O_CLOEXEC))
        return;
    for (int i = 0; i < 10; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            pthread_attr_t attributes;
            pthread_attr_init(&attributes);
            pthread_attr_setstacksize(&attributes, 32768);
            char number = 0;
            for (; number < 99; number++) {
                pthread_t thread;
                if (pthread_create(&thread, &attributes, sleeping, 0))
                    break;
            }
            (void)!write(ends[1], &number, 1);
            sleeping(0);
        }
    }
    for (int i = 0; i < 10; i++) {
        char number = 0;
        if (read(ends[0], &number, 1) == 1)
            made += number + 1;
    }
    close(ends[0]);
    close(ends[1]);
    worker_goes_on("a_thousand_sleepers");
    for (int i = 0; i < 10; i++)
        kill(children[i], SIGKILL);
    int ended = 0;
    while (ended < 10 && wait(0) > 0)
        ended++;
    result(made == 1000 && ended == 10, "a_thousand_sleepers_sleep_and_are_killed");
}

static void unread_pipe(void)
{
    /* Not static: memory is promised to each of the bomb's children, and a mebibyte for each would leave the shell beside them none. */
    enum { LENGTH = 1 << 20 };
    char *bytes = mmap(0, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ends[2];
    if (bytes == MAP_FAILED || pipe2(ends, O_CLOEXEC)) {
        result(0, "a_pipe_can_be_made");
        return;
    }
    pid_t child = fork();
    if (child == 0) {
        /* Waits for ever in the middle of its bytes. */
        (void)!write(ends[1], bytes, LENGTH);
        _exit(0);
    }
    usleep(100000);
    worker_goes_on("a_pipe_that_nobody_reads");
    int waits = waitpid(child, 0, WNOHANG) == 0;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    int full = write(ends[1], bytes, 1) == -1 && errno == EAGAIN;
    close(ends[0]);
    signal(SIGPIPE, SIG_IGN);
    int broken = write(ends[1], bytes, 1) == -1 && errno == EPIPE;
    signal(SIGPIPE, SIG_DFL);
    close(ends[1]);
    munmap(bytes, LENGTH);
    result(waits && WIFSIGNALED(status) && full && broken, "a_pipe_that_nobody_reads_holds_its_writer");
}

static void descriptors(void)
{
    int count = 0, error, first = -1;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 1000;
    setrlimit(RLIMIT_NOFILE, &limit);
    for (;;) {
        int file = open("/dev/null", O_RDONLY);
        if (file < 0)
            break;
        if (first < 0)
            first = file;
        count++;
    }
    error = errno;
    int ends[2];
    int no_pipe = pipe(ends) == -1 && errno == EMFILE;
    close(first + count - 1);
    /* There is one number left, and a pipe needs two: neither may be lost. */
    no_pipe &= pipe(ends) == -1 && errno == EMFILE;
    int again = open("/dev/null", O_RDONLY);
    for (int i = 0; i < count; i++)
        close(first + i);
    result(error == EMFILE && no_pipe && again == first + count - 1, "descriptors_end_with_emfile");
}

/* ---- Pipelines whose processes are killed ------------------------------------------------------------------------------ */

static void pipelines(long long seconds)
{
    long long deadline = now_ms() + seconds * 1000;
    long rounds = 0, killed = 0, strange = 0;
    while (now_ms() < deadline || rounds == 0) {
        enum { MOST = 5 };
        pid_t members[MOST];
        int count = 2 + below(MOST - 1), input = -1, pauses = slow && below(10);
        for (int i = 0; i < count; i++) {
            int ends[2] = { -1, -1 };
            if (i < count - 1 && pipe2(ends, O_CLOEXEC))
                ends[0] = ends[1] = -1;
            members[i] = fork();
            if (members[i] == 0) {
                if (input >= 0)
                    dup2(input, 0);
                dup2(ends[1] >= 0 ? ends[1] : open("/dev/null", O_WRONLY), 1);
                if (i == 0 && pauses)
                    execl("/bin/sh", "sh", "-c", "while echo line; do sleep 0.05; done", (char *)0);
                else if (i == 0)
                    execl("/bin/yes", "yes", (char *)0);
                else if (i == count - 1)
                    execl("/bin/wc", "wc", (char *)0);
                else
                    execl("/bin/cat", "cat", (char *)0);
                _exit(127);
            }
            if (input >= 0)
                close(input);
            close(ends[1]);
            input = ends[0];
        }
        if (input >= 0)
            close(input);
        /* One after the other, in any order, after any time. */
        for (int left = count; left > 0; left--) {
            usleep(below(pauses ? 300000 : 3000));
            int victim = below(left);
            kill(members[victim], SIGKILL);
            int status;
            if (waitpid(members[victim], &status, 0) != members[victim])
                strange++;
            else if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGPIPE))
                killed++;
            else if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
                strange++;
            members[victim] = members[left - 1];
        }
        rounds++;
    }
    printf("%ld pipelines, %ld processes killed\n", rounds, killed);
    worker_goes_on("pipelines_that_are_killed");
    result(strange == 0 && killed > 0, "pipelines_end_as_they_were_killed");
}

int main(int count, char **arguments)
{
    if (count < 3)
        return 2;
    slow = count > 3 && strcmp(arguments[3], "pipelines") == 0;
    seed = strtoull(arguments[2], 0, 10) | 1;
    setvbuf(stdout, 0, _IOLBF, 0);
    start_worker();
    worker_goes_on("nothing");
    for (counting = 0; counting < 2; counting++) {
        if (!slow) {
            descriptors();
            nothing_is_lost("descriptors");
            zombies();
            nothing_is_lost("zombies");
            fork_bomb();
            nothing_is_lost("a_fork_bomb");
            sleepers();
            nothing_is_lost("sleepers");
            unread_pipe();
            nothing_is_lost("an_unread_pipe");
        }
        pipelines(counting ? atoll(arguments[1]) : slow ? 5 : 0);
        nothing_is_lost("pipelines");
        stop_worker();
        /* What was killed last is taken apart before it is counted. */
        usleep(100000);
        counts(before, sizeof before);
        start_worker();
    }
    stop_worker();
    return failed;
}
