/* A user's program that starts a set-user-id program (privileged.c) so that it may go wrong, and looks at what came of it. A line for each
 * check. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
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

#define PROGRAM "/app/privileged"

static int failed;
static char report[65536];
/* Where the program writes: what it wrote is root's, in a sticky folder, so each has a name of its own. */
static char report_path[32];

static void next_report(void)
{
    static int number;
    snprintf(report_path, sizeof report_path, "/tmp/report.%d", number++);
}

static void result(int good, const char *name)
{
    printf("%s ... %s\n", name, good ? "ok" : "FAILED");
    fflush(stdout);
    failed |= !good;
}

static void read_report(void)
{
    report[0] = 0;
    int file = open(report_path, O_RDONLY);
    ssize_t count = file < 0 ? -1 : read(file, report, sizeof report - 1);
    report[count > 0 ? count : 0] = 0;
    close(file);
}

static int says(const char *line) { return strstr(report, line) != 0; }

/* Starts the program in a child that `prepare` has spoilt; waits for its end, and reads what it wrote. */
static int start(void (*prepare)(void), char *const environment[])
{
    static char *const none[] = { 0 };
    int status = -1;
    next_report();
    pid_t child = fork();
    if (child == 0) {
        if (prepare)
            prepare();
        execle(PROGRAM, "privileged", "look", report_path, (char *)0, environment ? environment : none);
        _exit(99);
    }
    waitpid(child, &status, 0);
    read_report();
    return status;
}

static void close_standard(void)
{
    for (int number = 0; number < 3; number++)
        close(number);
}

static void close_output(void) { close(1); }

static void few_descriptors(void)
{
    struct rlimit limit = { 0, 0 };
    close_standard();
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void block_everything(void)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, 0);
    for (int number = 1; number < 65; number++)
        signal(number, SIG_IGN);
    umask(0777);
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
}

static void *keeps_opening(void *stop)
{
    while (!*(volatile int *)stop) {
        int file = open("/dev/null", O_RDWR);
        dup2(file, 1);
        close(file);
    }
    return 0;
}

static void busy_threads(void)
{
    static volatile int never;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], 0, keeps_opening, (void *)&never);
    usleep(3000);
}

/* What another process gets of one that runs the program: nothing. */
static int reads_something(pid_t victim)
{
    static const char *const names[] = { "mem", "maps", "environ", "exe", "root", "cwd", "fd", "fd/0", "fd/3", "task/%d/maps" };
    int got = 0;
    char path[100], text[100];
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        int length = snprintf(path, sizeof path, "/proc/%d/", victim);
        snprintf(path + length, sizeof path - length, names[i], victim);
        int file = open(path, O_RDWR);
        int other = open(path, O_RDONLY);
        DIR *folder = opendir(path);
        ssize_t link = readlink(path, text, sizeof text);
        if (file >= 0 || other >= 0 || folder || link >= 0) {
            printf("%s: %d %d %d %zd\n", path, file, other, folder != 0, link);
            got++;
        }
        if (folder)
            closedir(folder);
        close(file);
        close(other);
    }
    return got;
}

/* Runs the program beside an accomplice that was forked with all that its starter had: descriptors, shared memory. */
static void accomplice(const char *mode)
{
    char name[100];
    int ends[2];
    char *shared = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    next_report();
    if (shared == MAP_FAILED || pipe(ends))
        return;
    pid_t victim = fork();
    if (victim == 0) {
        /* Whatever it shares, the accomplice has too; it waits for the exec. */
        memset(shared, 1, 65536);
        pid_t helper = fork();
        if (helper == 0) {
            char told[64];
            int broken = 0;
            /* It writes into all that it shares, while the program starts and runs. */
            for (int i = 0; i < 200; i++) {
                memset(shared, i, 65536);
                broken |= read(ends[0], told, 0) < 0;
                usleep(100);
            }
            _exit(broken);
        }
        static char *const none[] = { 0 };
        execle(PROGRAM, "privileged", mode, report_path, (char *)0, none);
        _exit(99);
    }
    for (int patience = 0; patience < 1000; patience++) {
        read_report();
        if (says("\nend\n"))
            break;
        usleep(10000);
    }
    int settled = !strcmp(mode, "settle");
    snprintf(name, sizeof name, "the_program_runs_beside_an_accomplice_%s", mode);
    result(says(settled ? "users 0 0\n" : "users 1000 0\n") && says("secure 1 1\n"), name);
    snprintf(name, sizeof name, "its_parent_reads_nothing_of_it_%s", mode);
    result(reads_something(victim) == 0, name);
    struct rlimit limit = { 1, 1 }, seen;
    snprintf(name, sizeof name, "its_parent_cannot_limit_it_%s", mode);
    result(prlimit(victim, RLIMIT_NOFILE, &limit, &seen) == -1 && errno == EPERM, name);
    snprintf(name, sizeof name, "its_parent_cannot_move_it_%s", mode);
    result(setpgid(victim, 0) == -1 && (errno == EACCES || (settled && errno == EPERM)), name);
    if (settled) {
        /* Nobody's but root's now. */
        result(kill(victim, SIGKILL) == -1 && errno == EPERM, "who_settled_as_root_is_not_killed");
        result(kill(victim, SIGSTOP) == -1 && errno == EPERM, "who_settled_as_root_is_not_stopped");
        union sigval value = { 0 };
        result(sigqueue(victim, SIGUSR1, value) == -1 && errno == EPERM, "who_settled_as_root_gets_no_signals");
        result(waitpid(victim, 0, WNOHANG) == 0, "who_settled_as_root_still_runs");
    } else {
        /* POSIX: its real user is its starter's, who may end it. */
        int status = 0;
        result(kill(victim, SIGTERM) == 0, "who_has_its_starters_real_user_can_be_ended");
        waitpid(victim, &status, 0);
        result(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "and_ends_by_the_signal");
    }
    munmap(shared, 65536);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    int status = start(0, 0);
    result(status == 0 && says("users 1000 0\n"), "a_set_id_program_has_its_owners_rights");
    result(says("secure 1 1\n"), "at_secure_is_set");
    result(says("report 3\n"), "open_descriptors_stay");

    status = start(close_standard, 0);
    result(status == 0 && says("report 3\n"), "closed_standard_descriptors_are_taken");
    /* Devices, opened the other way: nothing is read or written by mistake. */
    result(says("standard 1 1 1:20000 0:20000 0:20000\n"), "they_are_devices_that_take_and_give_nothing");
    result(!says("noise"), "output_does_not_land_in_files");
    status = start(close_output, 0);
    result(status == 0 && says("report 3\n") && says(" 0:20000 "), "a_single_closed_one_is_taken");
    status = start(few_descriptors, 0);
    result(status != 0 && !says("noise"), "where_they_cannot_be_opened_it_does_not_run");

    static char *const hostile[] = {
        "LD_PRELOAD=/tmp/evil.so", "LD_LIBRARY_PATH=/tmp", "LD_AUDIT=/tmp/evil.so", "LD_DEBUG=all", "LD_DEBUG_OUTPUT=/etc/passwd",
        "MALLOC_TRACE=/etc/passwd", "MALLOC_CHECK_=3", "MALLOC_PERTURB_=7", "GCONV_PATH=/tmp", "GETCONF_DIR=/tmp", "GLIBC_TUNABLES=x=y",
        "HOSTALIASES=/tmp/h", "LOCALDOMAIN=x", "LOCPATH=/tmp", "NLSPATH=/tmp/%N", "RES_OPTIONS=x", "RESOLV_HOST_CONF=/etc/shadow",
        "NIS_PATH=/tmp", "TMPDIR=/home", "TZDIR=/tmp", "TZ=:/tmp/../usr/share/zoneinfo/Asia/Tokyo", "HOME=/kept", "PATH=/kept",
        "=", "nonsense", "LD_PRELOAD=/tmp/twice.so", 0,
    };
    status = start(0, hostile);
    result(status == 0 && !says("variable LD_") && !says("variable MALLOC_") && !says("PATH=/tmp") && !says("_DIR=") && !says("TUNABLES")
               && !says("variable RES") && !says("variable LOC") && !says("HOSTALIASES") && !says("TMPDIR") && !says("TZDIR"),
           "variables_that_mislead_are_gone");
    result(says("variable HOME=/kept\n") && says("variable PATH=/kept\n") && says("variable nonsense\n"), "other_variables_stay");
    result(says("temporary /tmp/"), "temporary_files_are_not_made_elsewhere");
    /* A zone an hour from Greenwich, as the format has it: the caller itself reads it. */
    static const char zone_file[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* no times of change */
                                    "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\4" /* one kind of time, four letters */
                                    "\0\0\x0e\x10\0\0OWN";
    static char *const zone[] = { "TZ=:/tmp/zone", 0 };
    int file = open("/tmp/zone", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    time_t now = 0;
    setenv("TZ", ":/tmp/zone", 1);
    result(write(file, zone_file, sizeof zone_file) == sizeof zone_file && close(file) == 0 && localtime(&now)->tm_gmtoff == 3600,
           "a_zone_of_ones_own_is_read");
    status = start(0, zone);
    result(status == 0 && says("offset 0\n"), "a_zone_of_the_callers_is_not_read");

    status = start(block_everything, 0);
    result(status == 0 && says("users 1000 0\n") && says("\nend\n"), "masks_and_ignored_signals_do_no_harm");
    status = start(busy_threads, 0);
    result(status == 0 && says("users 1000 0\n") && says("\nend\n"), "its_starters_threads_end_before_it_begins");

    pid_t child = fork();
    if (child == 0) {
        static char *const none[] = { 0 };
        execve(PROGRAM, none, none);
        _exit(99);
    }
    waitpid(child, &status, 0);
    result(WIFEXITED(status) && (WEXITSTATUS(status) == 40 || WEXITSTATUS(status) == 41 || WEXITSTATUS(status) == 99),
           "without_arguments_none_are_made_up");

    child = fork();
    if (child == 0) {
        execl("/app/script", "script", (char *)0);
        _exit(99);
    }
    waitpid(child, &status, 0);
    result(WIFEXITED(status) && WEXITSTATUS(status) == 0, "a_script_gains_nothing_by_its_set_id_bit");

    accomplice("stay");
    accomplice("settle");
    return failed;
}
