/*
 * Runs conformance tests one after the other, in the guest or on Linux, and says on standard output how each ended.
 *
 *   harness ROOT LIST SECONDS
 *
 * LIST has a line for each run: a number, a tab, the program's path below ROOT, and its arguments, each behind a tab. A test gets
 * a session of its own, an empty folder in /tmp as working directory, in which "conformance" leads to the suite, a pipe as
 * standard output and error, and SECONDS by the system's own clock. Whatever it started is killed, what it left in /tmp and
 * /dev/shm is removed.
 *
 * Answers are lines:
 *   ready
 *   begin NUMBER
 *   end NUMBER exit|signal|time-out VALUE MILLISECONDS LEFT LENGTH     followed by LENGTH bytes of the test's output and a newline
 *   done
 * LEFT says what the test changed and did not put back: "-", or names joined by commas, with the difference behind each.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OUTPUT_MAX = 4096, ARGUMENTS_MAX = 16, COUNTS_MAX = 24, LINE_MAX_LENGTH = 1024 };

/* How often a test is looked at while it runs. Under an instruction count sleeping costs nothing. */
static const struct timespec INTERVAL = {0, 20 * 1000 * 1000};
/* A test that changed the wall clock by more than this did not put it back. */
static const long long CLOCK_SLACK_NS = 50 * 1000 * 1000;

static const char *const FOLDERS[] = {"/tmp", "/dev/shm"};

static void die(const char *what)
{
    fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
    exit(3);
}

static long long now_ns(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0)
        die("clock_gettime");
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Removes what lies in a folder, for a few levels: tests leave no deep trees. */
static void empty(const char *folder, int depth)
{
    DIR *stream = opendir(folder);
    if (stream == NULL)
        return;
    struct dirent *entry;
    while ((entry = readdir(stream)) != NULL) {
        char path[4096];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        if (unlink(path) == 0)
            continue;
        if (depth > 0) {
            chmod(path, 0700);
            empty(path, depth - 1);
        }
        rmdir(path);
    }
    closedir(stream);
}

/* What the kernel counts, where the system tells: names and values. */
struct counts {
    int length;
    struct {
        char name[24];
        long long value;
    } entry[COUNTS_MAX];
};

static void count(struct counts *counts)
{
    counts->length = 0;
    FILE *file = fopen("/proc/trivet/counts", "r");
    if (file == NULL)
        return;
    while (counts->length < COUNTS_MAX &&
           fscanf(file, "%23s %lld", counts->entry[counts->length].name, &counts->entry[counts->length].value) == 2)
        counts->length++;
    fclose(file);
}

/* Counts that must be as before once everything of a test is gone. */
static int is_kept(const char *name)
{
    static const char *const KEPT[] = {"pages_free", "handles", "threads", "processes", "sessions", "memories", "timers", "wait_sets"};
    for (size_t i = 0; i < sizeof KEPT / sizeof KEPT[0]; i++)
        if (strcmp(name, KEPT[i]) == 0)
            return 1;
    return 0;
}

static void compare(const struct counts *before, const struct counts *after, char *left, size_t size)
{
    for (int i = 0; i < before->length && i < after->length; i++) {
        long long difference = after->entry[i].value - before->entry[i].value;
        size_t used = strlen(left);
        if (difference != 0 && is_kept(before->entry[i].name) && used < size)
            snprintf(left + used, size - used, "%s%s:%+lld", used > 0 ? "," : "", before->entry[i].name, difference);
    }
}

/* The test's side: never returns. */
static void start(const char *folder, const char *program, char **arguments, int output)
{
    /* No core files, and as many descriptors and as much locked memory everywhere. */
    struct rlimit none = {0, 0}, descriptors = {1024, 1024}, locked = {64 << 10, 64 << 10};
    sigset_t empty_set;
    setsid();
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_NOFILE, &descriptors);
    setrlimit(RLIMIT_MEMLOCK, &locked);
    int input = open("/dev/null", O_RDONLY);
    if (input > 0)
        dup2(input, 0);
    dup2(output, 1);
    dup2(output, 2);
    for (int fd = 3; fd < 16; fd++)
        close(fd);
    sigemptyset(&empty_set);
    sigprocmask(SIG_SETMASK, &empty_set, NULL);
    if (chdir(folder) == 0)
        execv(program, arguments);
    fprintf(stderr, "harness: %s: %s\n", program, strerror(errno));
    _exit(2);
}

/* Takes what has been printed; the last OUTPUT_MAX bytes are kept. */
static void drain(int pipe_end, char *output, size_t *length)
{
    char buffer[OUTPUT_MAX];
    ssize_t got;
    while ((got = read(pipe_end, buffer, sizeof buffer)) > 0) {
        size_t more = (size_t)got;
        if (*length + more > OUTPUT_MAX) {
            size_t drop = *length + more - OUTPUT_MAX;
            if (drop > *length)
                drop = *length;
            memmove(output, output + drop, *length - drop);
            *length -= drop;
        }
        memcpy(output + *length, buffer, more);
        *length += more;
    }
}

/* Kills everything that the test started: nothing else runs under this user. */
static void sweep(void)
{
    for (int attempt = 0; attempt < 50; attempt++) {
        int left = kill(-1, SIGKILL) == 0;
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (!left)
            return;
        nanosleep(&INTERVAL, NULL);
    }
}

static void run(const char *root, long number, char *program, char **arguments, long seconds)
{
    char folder[64], path[1024], link[1024], left[256] = "", output[OUTPUT_MAX];
    const char *how = "time-out";
    int value = 0, status, ends[2];
    size_t length = 0;
    struct counts before, after;

    snprintf(folder, sizeof folder, "/tmp/test-%ld", number);
    snprintf(path, sizeof path, "%s/%s", root, program);
    snprintf(link, sizeof link, "%s/conformance", root);
    count(&before);
    if (mkdir(folder, 0700) != 0 || chdir(folder) != 0)
        die(folder);
    if (symlink(link, "conformance") != 0 && errno != ENOSYS)
        die("symlink");
    if (chdir("/") != 0 || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        die("pipe2");
    fcntl(ends[1], F_SETFL, 0);
    printf("begin %ld\n", number);
    fflush(stdout);

    long long clock_before = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC);
    long long begin = now_ns(CLOCK_MONOTONIC);
    pid_t child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        arguments[0] = path;
        start(folder, path, arguments, ends[1]);
    }
    close(ends[1]);
    long long limit = begin + seconds * 1000000000LL;
    for (;;) {
        drain(ends[0], output, &length);
        pid_t ended = waitpid(child, &status, WNOHANG);
        if (ended == child) {
            how = WIFEXITED(status) ? "exit" : "signal";
            value = WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status);
            break;
        }
        if (ended < 0)
            die("waitpid");
        if (now_ns(CLOCK_MONOTONIC) > limit)
            break;
        nanosleep(&INTERVAL, NULL);
    }
    long long end = now_ns(CLOCK_MONOTONIC);
    sweep();
    drain(ends[0], output, &length);
    close(ends[0]);
    for (size_t i = 0; i < sizeof FOLDERS / sizeof FOLDERS[0]; i++)
        empty(FOLDERS[i], 4);
    count(&after);
    compare(&before, &after, left, sizeof left);
    long long shift = now_ns(CLOCK_REALTIME) - now_ns(CLOCK_MONOTONIC) - clock_before;
    if (shift > CLOCK_SLACK_NS || shift < -CLOCK_SLACK_NS) {
        size_t used = strlen(left);
        snprintf(left + used, sizeof left - used, "%sclock_ns:%+lld", used > 0 ? "," : "", shift);
    }
    printf("end %ld %s %d %lld %s %zu\n", number, how, value, (end - begin) / 1000000, left[0] ? left : "-", length);
    fwrite(output, 1, length, stdout);
    putchar('\n');
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: %s ROOT LIST SECONDS\n", argv[0]);
        return 3;
    }
    FILE *list = fopen(argv[2], "re");
    if (list == NULL)
        die(argv[2]);
    long seconds = strtol(argv[3], NULL, 10);
    printf("ready\n");
    fflush(stdout);
    char line[LINE_MAX_LENGTH];
    while (fgets(line, sizeof line, list) != NULL) {
        char *arguments[ARGUMENTS_MAX + 1], *rest = line;
        int length = 0;
        line[strcspn(line, "\n")] = 0;
        long number = strtol(strsep(&rest, "\t"), NULL, 10);
        for (char *word; length < ARGUMENTS_MAX && (word = strsep(&rest, "\t")) != NULL; length++)
            arguments[length] = word;
        arguments[length] = NULL;
        if (length > 0)
            run(argv[1], number, arguments[0], arguments, seconds);
    }
    printf("done\n");
    return 0;
}
