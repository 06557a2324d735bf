/* The operations that a signal comes into (inject.c), each with what must hold behind it. */
#include "inject.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void open_a_file(void)
{
    begin();
    int file = open(path, O_RDWR);
    int error = errno;
    NEED(file == lowest);
    NEED(error == 1234);
    NEED(close(file) == 0);
}

static void open_what_is_missing(void)
{
    begin();
    int file = open("/tmp/no/such/file", O_RDWR);
    int error = errno;
    NEED(file == -1);
    NEED(error == ENOENT);
}

static void open_creates(void)
{
    char name[80];
    snprintf(name, sizeof name, "%s.new", path);
    begin();
    int file = open(name, O_RDWR | O_CREAT | O_EXCL, 0600);
    int error = errno;
    NEED(file == lowest);
    NEED(error == 1234);
    NEED(close(file) == 0);
    NEED(unlink(name) == 0);
}

static void close_a_file(void)
{
    int file = open(path, O_RDWR);
    NEED(file == lowest);
    begin();
    int answer = close(file);
    int error = errno;
    NEED(answer == 0);
    NEED(error == 1234);
    NEED(fcntl(file, F_GETFD) == -1 && errno == EBADF);
}

static void close_what_is_not_open(void)
{
    begin();
    int answer = close(77);
    int error = errno;
    NEED(answer == -1);
    NEED(error == EBADF);
}

static void dup2_over_a_file(void)
{
    int file = open(path, O_RDWR), other = open("/dev/zero", O_RDONLY);
    struct stat one, two;
    begin();
    int answer = dup2(file, other);
    int error = errno;
    NEED(answer == other);
    NEED(error == 1234);
    NEED(fstat(file, &one) == 0 && fstat(other, &two) == 0 && one.st_ino == two.st_ino);
    NEED(close(file) == 0 && close(other) == 0);
}

static void dup2_of_what_is_not_open(void)
{
    begin();
    int answer = dup2(77, 78);
    int error = errno;
    NEED(answer == -1);
    NEED(error == EBADF);
}

static void pipe_is_made(void)
{
    int two[2];
    begin();
    int answer = pipe(two);
    int error = errno;
    NEED(answer == 0 && two[0] == lowest && two[1] == lowest + 1);
    NEED(error == 1234);
    NEED(close(two[0]) == 0 && close(two[1]) == 0);
}

static void stat_a_file(void)
{
    struct stat attributes;
    begin();
    int answer = stat(path, &attributes);
    int error = errno;
    NEED(answer == 0 && S_ISREG(attributes.st_mode));
    NEED(error == 1234);
}

static void malloc_and_free(void)
{
    begin();
    char *small = malloc(40), *large = malloc(5000), *mapped = malloc(300000);
    int error = errno;
    NEED(small && large && mapped);
    NEED(error == 1234);
    memset(small, 1, 40);
    memset(large, 2, 5000);
    mapped[0] = mapped[299999] = 3;
    large = realloc(large, 9000);
    NEED(large && large[0] == 2 && large[4999] == 2 && small[39] == 1);
    free(small);
    free(mapped);
    free(large);
    NEED(errno == 1234);
}

static void printf_to_a_file(void)
{
    char text[100];
    FILE *stream = fopen(path, "w+");
    NEED(stream);
    begin();
    int first = fprintf(stream, "%d %s %.3f\n", 123, "text", 1.5);
    int flushed = fflush(stream);
    int error = errno;
    int second = fprintf(stream, "%5x|", 255);
    NEED(first == 15 && flushed == 0 && second == 6);
    NEED(error == 1234);
    rewind(stream);
    NEED(fread(text, 1, sizeof text, stream) == 21 && !memcmp(text, "123 text 1.500\n   ff|", 21));
    NEED(fclose(stream) == 0);
}

static void a_stream_reads_a_line(void)
{
    char line[20] = "";
    static FILE *stream;
    if (!stream)
        stream = fdopen(ends[0], "r");
    begin();
    NEED(RESTARTED(write(ends[1], "one\ntwo\n", 8)) == 8);
    for (int i = 0; i < 2; i++) {
        char *answer;
        do {
            clearerr(stream);
            answer = fgets(line, sizeof line, stream);
        } while (!answer && again(!restarts));
        NEED(answer && !strcmp(line, i ? "two\n" : "one\n"));
    }
}

static int child_is_whole(void)
{
    void *room = malloc(3000);
    char text[20];
    int file = open("/dev/null", O_WRONLY);
    int good = room && file == lowest && snprintf(text, sizeof text, "%d", 42) == 2 && write(file, text, 2) == 2 && close(file) == 0;
    free(room);
    return good;
}

static void fork_a_child(void)
{
    int status = 0;
    begin();
    pid_t child = fork();
    int error = errno;
    if (child == 0)
        _exit(child_is_whole() && handled <= 1 && !wrong ? 7 : 8);
    NEED(child > 0);
    NEED(error == 1234);
    NEED(RESTARTED(waitpid(child, &status, 0)) == child);
    NEED(WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

static void spawn_a_child(void)
{
    static char *const words[] = { "true", 0 };
    static char *const none[] = { 0 };
    pid_t child;
    int status = 0;
    begin();
    int answer = posix_spawn(&child, "/bin/true", 0, 0, words, none);
    NEED(answer == 0);
    NEED(RESTARTED(waitpid(child, &status, 0)) == child);
    NEED(status == 0);
}

static pid_t waiting_child;

static void kills_the_child(void) { kill(waiting_child, SIGKILL); }

static void wait_for_a_child(void)
{
    int status = 0;
    waiting_child = fork();
    if (waiting_child == 0)
        for (;;)
            pause();
    NEED(waiting_child > 0);
    released_by = kills_the_child;
    begin();
    long answer = RESTARTED(waitpid(waiting_child, &status, 0));
    int error = errno;
    NEED(answer == waiting_child);
    NEED(error == 1234 || error == EINTR);
    NEED(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void writes_a_byte(void)
{
    if (write(ends[1], "x", 1) != 1)
        wrong = "the handler's write";
}

static void read_an_empty_pipe(void)
{
    char byte = 0;
    released_by = writes_a_byte;
    begin();
    long answer = RESTARTED(read(ends[0], &byte, 1));
    NEED(answer == 1 && byte == 'x');
}

static void read_what_is_there(void)
{
    char bytes[20];
    NEED(write(ends[1], "abcdef", 6) == 6);
    begin();
    long answer = RESTARTED(read(ends[0], bytes, sizeof bytes));
    NEED(answer == 6 && !memcmp(bytes, "abcdef", 6));
}

static void write_into_a_pipe(void)
{
    char bytes[20];
    begin();
    long answer = RESTARTED(write(ends[1], "abcdef", 6));
    NEED(answer == 6);
    NEED(INTERRUPTED(read(ends[0], bytes, sizeof bytes)) == 6 && !memcmp(bytes, "abcdef", 6));
}

enum { FULL = 65536, TO_WRITE = FULL + 3000 };
static unsigned char stream_of_bytes[TO_WRITE], drained[TO_WRITE];
static volatile long drained_count;

static void drains_a_little(void)
{
    long count = read(ends[0], drained + drained_count, 4096);
    if (count <= 0)
        /* Nothing was written yet: room is made all the same, later. */
        return;
    drained_count += count;
}

static void write_more_than_fits(void)
{
    for (int i = 0; i < TO_WRITE; i++)
        stream_of_bytes[i] = i * 7 + i / 256;
    drained_count = 0;
    released_by = drains_a_little;
    NEED(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
    NEED(write(ends[1], stream_of_bytes, FULL - 5) == FULL - 5);
    begin();
    long done = FULL - 5;
    while (done < TO_WRITE) {
        long answer = write(ends[1], stream_of_bytes + done, TO_WRITE - done);
        if (answer == -1 && again(!restarts)) {
            continue;
        } else {
            NEED(answer > 0);
            done += answer;
        }
    }
    for (;;) {
        long count = INTERRUPTED(read(ends[0], drained + drained_count, TO_WRITE - drained_count));
        if (count <= 0)
            break;
        drained_count += count;
    }
    NEED(drained_count == TO_WRITE && !memcmp(drained, stream_of_bytes, TO_WRITE));
    NEED(fcntl(ends[0], F_SETFL, 0) == 0);
}

static void poll_waits(void)
{
    char byte;
    struct pollfd one = { ends[0], POLLIN, 0 };
    released_by = writes_a_byte;
    begin();
    NEED(INTERRUPTED(poll(&one, 1, -1)) == 1);
    NEED(one.revents == POLLIN);
    NEED(INTERRUPTED(read(ends[0], &byte, 1)) == 1);
}

static void select_waits(void)
{
    char byte;
    fd_set set;
    released_by = writes_a_byte;
    begin();
    NEED(INTERRUPTED(({ FD_ZERO(&set); FD_SET(ends[0], &set); select(ends[0] + 1, &set, 0, 0, 0); })) == 1);
    NEED(FD_ISSET(ends[0], &set));
    NEED(INTERRUPTED(read(ends[0], &byte, 1)) == 1);
}

static void hold(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(how, &set, 0);
}

/* The signal is blocked but for the wait: it cannot come before it, and must end it. */
static void ppoll_lets_the_signal_in(void)
{
    struct pollfd one = { ends[0], POLLIN, 0 };
    sigset_t none;
    sigemptyset(&none);
    hold(SIG_BLOCK);
    begin();
    int answer = ppoll(&one, 1, 0, &none);
    int error = errno, count = handled;
    hold(SIG_UNBLOCK);
    NEED(answer == -1);
    NEED(error == EINTR);
    NEED(count == 1);
}

static void pselect_lets_the_signal_in(void)
{
    fd_set set;
    sigset_t none;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    sigemptyset(&none);
    hold(SIG_BLOCK);
    begin();
    int answer = pselect(ends[0] + 1, &set, 0, 0, 0, &none);
    int error = errno, count = handled;
    hold(SIG_UNBLOCK);
    NEED(answer == -1);
    NEED(error == EINTR);
    NEED(count == 1);
}

static void sigsuspend_waits(void)
{
    sigset_t none;
    sigemptyset(&none);
    hold(SIG_BLOCK);
    begin();
    int answer = sigsuspend(&none);
    int error = errno, count = handled;
    hold(SIG_UNBLOCK);
    NEED(answer == -1);
    NEED(error == EINTR);
    NEED(count == 1);
}

static void sigwait_takes_it(void)
{
    sigset_t set;
    siginfo_t information;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    hold(SIG_BLOCK);
    begin();
    int answer = sigwaitinfo(&set, &information);
    int count = handled;
    hold(SIG_UNBLOCK);
    NEED(answer == SIGALRM && information.si_signo == SIGALRM);
    NEED(count == 0);
    /* It was taken, and comes no second time. */
    handled++;
}

/* What was pending is delivered before the mask's change returns. */
static void the_mask_is_opened(void)
{
    sigset_t pending;
    hold(SIG_BLOCK);
    begin();
    sigpending(&pending);
    int was_pending = sigismember(&pending, SIGALRM), before = handled;
    hold(SIG_UNBLOCK);
    int after = handled;
    NEED(before == 0);
    NEED(!was_pending || after == 1);
}

/* A signal to oneself is delivered before kill returns, whatever else comes. */
static void kill_oneself(void)
{
    others = 0;
    begin();
    int answer = kill(getpid(), SIGUSR1);
    int count = others;
    NEED(answer == 0);
    NEED(count == 1);
    NEED(raise(SIGUSR1) == 0 && others == 2);
}

static void sleep_a_little(void)
{
    enum { TIME_NS = 30000 };
    struct timespec time = { 0, TIME_NS }, rest = { 9, 9 };
    begin();
    long long start = now_ns();
    int answer = nanosleep(&time, &rest), error = errno;
    long long took = now_ns() - start;
    if (answer == -1) {
        NEED(error == EINTR);
        NEED(rest.tv_sec == 0 && rest.tv_nsec > 0 && rest.tv_nsec <= TIME_NS);
        NEED(took + rest.tv_nsec >= TIME_NS);
    } else {
        NEED(answer == 0);
        NEED(took >= TIME_NS);
    }
}

static void posts(void)
{
    if (sem_post(&semaphore))
        wrong = "the handler's sem_post";
}

static void wait_for_a_semaphore(void)
{
    int value = -1;
    released_by = posts;
    begin();
    /* signal(7): restarted with SA_RESTART. */
    NEED(RESTARTED(sem_wait(&semaphore)) == 0);
    NEED(sem_getvalue(&semaphore, &value) == 0 && value == 0);
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static struct timespec soon(long after_ns)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += after_ns;
    if (time.tv_nsec >= 1000000000) {
        time.tv_nsec -= 1000000000;
        time.tv_sec++;
    }
    return time;
}

static void *holds_it(void *unused)
{
    pthread_mutex_lock(&held);
    sem_post(&semaphore);
    for (;;)
        pause();
    return unused;
}

/* A mutex that another thread never gives back: never EINTR. */
static void wait_for_a_mutex(void)
{
    static int made;
    if (!made) {
        pthread_t thread;
        sigset_t all, old;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &old);
        NEED(pthread_create(&thread, 0, holds_it, 0) == 0);
        pthread_sigmask(SIG_SETMASK, &old, 0);
        sem_wait(&semaphore);
        made = 1;
    }
    begin();
    struct timespec deadline = soon(20000);
    int answer = pthread_mutex_timedlock(&held, &deadline);
    NEED(answer == ETIMEDOUT);
}

static void wait_for_a_condition(void)
{
    NEED(pthread_mutex_lock(&own) == 0);
    begin();
    struct timespec deadline = soon(20000);
    int answer = pthread_cond_timedwait(&condition, &own, &deadline);
    NEED(answer == ETIMEDOUT || answer == 0);
    NEED(pthread_mutex_unlock(&own) == 0);
}

static void *returns(void *value) { return value; }

static void thread_comes_and_goes(void)
{
    pthread_t thread;
    void *value = 0;
    begin();
    NEED(pthread_create(&thread, 0, returns, &value) == 0);
    NEED(pthread_join(thread, &value) == 0 && value == &value);
}

static void wait_for_a_lock(void)
{
    int file = open(path, O_RDWR);
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    waiting_child = fork();
    if (waiting_child == 0) {
        if (fcntl(file, F_SETLK, &lock))
            _exit(1);
        (void)!write(ends[1], "l", 1);
        for (;;)
            pause();
    }
    char byte = 0;
    NEED(read(ends[0], &byte, 1) == 1 && byte == 'l');
    released_by = kills_the_child;
    begin();
    long answer = RESTARTED(fcntl(file, F_SETLKW, &lock));
    int status;
    NEED(answer == 0);
    NEED(INTERRUPTED(waitpid(waiting_child, &status, 0)) == waiting_child);
    NEED(close(file) == 0);
}

static int fifo_end;

static void opens_the_other_end(void)
{
    fifo_end = open("/tmp/inject.fifo", O_RDWR | O_NONBLOCK);
    if (fifo_end < 0)
        wrong = "the handler's open of a FIFO";
}

static void open_a_fifo(void)
{
    unlink("/tmp/inject.fifo");
    NEED(mkfifo("/tmp/inject.fifo", 0600) == 0);
    fifo_end = -1;
    released_by = opens_the_other_end;
    begin();
    long file = RESTARTED(open("/tmp/inject.fifo", O_RDONLY));
    NEED(file >= 0);
    NEED(close(file) == 0 && close(fifo_end) == 0);
    NEED(unlink("/tmp/inject.fifo") == 0);
}

static void read_a_folder(void)
{
    int count = 0;
    begin();
    DIR *folder = opendir("/dev");
    NEED(folder);
    while (readdir(folder))
        count++;
    NEED(errno == 1234);
    NEED(count > 5 && closedir(folder) == 0);
}

static void map_and_unmap(void)
{
    begin();
    char *memory = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int error = errno;
    NEED(memory != MAP_FAILED && error == 1234);
    memory[0] = memory[65535] = 1;
    NEED(munmap(memory, 65536) == 0 && errno == 1234);
}

const struct operation operations[] = {
#define OPERATION(name, ...) { #name, name, __VA_ARGS__ }
    OPERATION(open_a_file, 0),
    OPERATION(open_what_is_missing, 0),
    OPERATION(open_creates, 0),
    OPERATION(close_a_file, 0),
    OPERATION(close_what_is_not_open, 0),
    OPERATION(dup2_over_a_file, 0),
    OPERATION(dup2_of_what_is_not_open, 0),
    OPERATION(pipe_is_made, 0),
    OPERATION(stat_a_file, 0),
    OPERATION(malloc_and_free, 0),
    OPERATION(printf_to_a_file, 0),
    OPERATION(a_stream_reads_a_line, 0),
    OPERATION(fork_a_child, 0),
    OPERATION(spawn_a_child, 0),
    OPERATION(wait_for_a_child, 6000),
    OPERATION(read_an_empty_pipe, 6000),
    OPERATION(read_what_is_there, 0),
    OPERATION(write_into_a_pipe, 0),
    OPERATION(write_more_than_fits, 8000),
    OPERATION(poll_waits, 8000),
    OPERATION(select_waits, 8000),
    OPERATION(ppoll_lets_the_signal_in, 8000),
    OPERATION(pselect_lets_the_signal_in, 8000),
    OPERATION(sigsuspend_waits, 4000),
    OPERATION(sigwait_takes_it, 4000),
    OPERATION(the_mask_is_opened, 0),
    OPERATION(kill_oneself, 0),
    OPERATION(sleep_a_little, 36000),
    OPERATION(wait_for_a_semaphore, 4000),
    OPERATION(wait_for_a_mutex, 26000),
    OPERATION(wait_for_a_condition, 26000),
    OPERATION(thread_comes_and_goes, 0),
    OPERATION(wait_for_a_lock, 8000),
    OPERATION(open_a_fifo, 10000),
    OPERATION(read_a_folder, 0),
    OPERATION(map_and_unmap, 0),
};
const int operation_count = sizeof operations / sizeof *operations;
