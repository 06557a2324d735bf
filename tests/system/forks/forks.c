/* One process forks again and again while another of its threads opens and closes pipes and files, takes and gives memory, or writes to a
 * stream: no child holds what it cannot name, memory and streams work in each, and at the end nothing is lost.
 *
 *     forks COUNT SEED
 *
 * An alarm at a random time stops the other thread in the middle of what it does, wherever that is; it stands there, in the handler, while the
 * process forks. The kernel's count of handles is compared meanwhile: with the child it is higher by what a child has at a quiet fork, and
 * by exactly the descriptors that the child can name. A line for each check. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 3, DESCRIPTORS = 64 };

static int failed;
static unsigned long long seed;
/* Whose turn it is is posted here. */
static sem_t turn[THREADS];
/* Set by the handler: the thread ends its turn when it has done what it was in the middle of. */
static volatile int turn_is_over, stop;
/* The handler says that the thread stands, and waits for a byte to go on. */
static int stands[2], goes_on[2];
/* How often each thread has done its work. */
static volatile long rounds[THREADS];

/* xorshift64* of the seed. */
static unsigned below(unsigned bound)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return (seed * 0x2545f4914f6cdd1d >> 33) % bound;
}

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

static long handles(void)
{
    char text[4096];
    int file = open("/proc/trivet/counts", O_RDONLY | O_CLOEXEC);
    ssize_t count = read(file, text, sizeof text - 1);
    text[count > 0 ? count : 0] = 0;
    close(file);
    const char *found = strstr(text, "\nhandles ");
    return found ? strtol(found + 9, 0, 10) : -1;
}

/* ---- What the other threads do ------------------------------------------------------------------------------------- */

static void opens_and_closes(void)
{
    int ends[2], file = open("/tmp/forks", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file >= 0 && pipe(ends) == 0) {
        int copy = dup(ends[0]);
        close(ends[0]);
        close(ends[1]);
        close(copy);
    }
    close(file);
}

static void takes_and_gives(void)
{
    static const size_t sizes[] = { 24, 500, 9000, 200000 };
    char *pieces[4];
    for (int i = 0; i < 4; i++)
        if ((pieces[i] = malloc(sizes[i])))
            pieces[i][0] = pieces[i][sizes[i] - 1] = i;
    for (int i = 0; i < 4; i++)
        free(pieces[i]);
}

static void writes(void)
{
    static FILE *stream;
    if (!stream)
        stream = fopen("/dev/null", "w");
    if (stream)
        fprintf(stream, "%d %s\n", 12345, "words");
}

static void on_alarm(int signal)
{
    (void)signal;
    int before = errno;
    char byte = 0;
    turn_is_over = 1;
    if (write(stands[1], "s", 1) == 1)
        while (read(goes_on[0], &byte, 1) == -1 && errno == EINTR)
            ;
    errno = before;
}

static void may_be_stopped(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    pthread_sigmask(how, &set, 0);
}

static void *works(void *argument)
{
    static void (*const what[THREADS])(void) = { opens_and_closes, takes_and_gives, writes };
    long number = (long)argument;
    for (;;) {
        while (sem_wait(&turn[number]))
            ;
        if (stop)
            return argument;
        may_be_stopped(SIG_UNBLOCK);
        while (!turn_is_over) {
            what[number]();
            rounds[number]++;
        }
        may_be_stopped(SIG_BLOCK);
        if (write(stands[1], "e", 1) != 1)
            return 0;
    }
}

/* Lets a thread work for a while, and stops it. */
static void stop_in_the_middle(int number)
{
    struct itimerval alarm = { { 0, 0 }, { 0, 20 + below(300) } };
    char byte;
    turn_is_over = 0;
    sem_post(&turn[number]);
    setitimer(ITIMER_REAL, &alarm, 0);
    (void)!read(stands[0], &byte, 1);
}

static void let_go_on(void)
{
    char byte;
    (void)!write(goes_on[1], "g", 1);
    (void)!read(stands[0], &byte, 1);
}

/* ---- Children -------------------------------------------------------------------------------------------------------- */

/* What a child tells: the descriptors that it can name, or what is wrong. */
enum { NO_MEMORY = 100, NO_STREAM, BAD_DESCRIPTOR };

static unsigned char looks(void)
{
    struct stat attributes;
    int open_count = 0;
    for (int number = 0; number < DESCRIPTORS; number++) {
        if (fcntl(number, F_GETFD) == -1)
            continue;
        open_count++;
        if (fstat(number, &attributes))
            return BAD_DESCRIPTOR;
    }
    char *small = malloc(100), *large = malloc(300000);
    if (!small || !large)
        return NO_MEMORY;
    memset(small, 1, 100);
    memset(large, 1, 300000);
    free(small);
    free(large);
    FILE *stream = fopen("/dev/null", "w");
    if (!stream || fprintf(stream, "%d", open_count) <= 0 || fclose(stream))
        return NO_STREAM;
    return open_count;
}

/* Forks once, while a thread stands in the middle of its work (if it is one's turn). Answers what the child told, and in `more` by how much the
 * kernel's count of handles was higher while it lived. */
static int fork_once(int thread, long *more)
{
    int told[2], go[2];
    if (pipe(told) || pipe(go))
        return -1;
    if (thread >= 0)
        stop_in_the_middle(thread);
    pid_t child = fork();
    if (child == 0) {
        unsigned char what = looks();
        if (write(told[1], &what, 1) != 1)
            _exit(1);
        (void)!read(go[0], &what, 1);
        _exit(0);
    }
    if (child < 0) {
        printf("fork: %s\n", strerror(errno));
        return -1;
    }
    unsigned char what = 0;
    int status = -1, wrong = read(told[0], &what, 1) != 1;
    long with = handles();
    wrong |= write(go[1], "g", 1) != 1 || waitpid(child, &status, 0) != child || status;
    /* The child's end takes a moment: what it had goes in steps. */
    long without = -1;
    for (int patience = 0; patience < 1000; patience++) {
        long now = handles();
        if (now == without && now < with)
            break;
        without = now;
        usleep(20);
    }
    *more = with - without;
    if (thread >= 0)
        let_go_on();
    close(told[0]);
    close(told[1]);
    close(go[0]);
    close(go[1]);
    return wrong ? -1 : what;
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    long wanted = atol(arguments[1]), good = 0, own = 0, more = 0, most = 0;
    seed = strtoull(arguments[2], 0, 10) * 2 + 1;
    setvbuf(stdout, 0, _IOLBF, 0);
    struct sigaction action = { .sa_handler = on_alarm };
    sigaction(SIGALRM, &action, 0);
    may_be_stopped(SIG_BLOCK);
    if (pipe(stands) || pipe(goes_on))
        return 2;
    /* What a child has besides its descriptors. The first is not like the others. */
    for (int i = 0; i < 3; i++) {
        int named = fork_once(-1, &more);
        own = more - named;
        most = named;
        result(named > 0 && named < NO_MEMORY, "a_quiet_fork_%d", i);
    }
    long before = handles();
    pthread_t threads[THREADS];
    for (long i = 0; i < THREADS; i++) {
        sem_init(&turn[i], 0, 0);
        pthread_create(&threads[i], 0, works, (void *)i);
    }
    /* Its stream stays open from here on. */
    fork_once(2, &more);
    most++;
    long between = 0, told = 0;
    for (long i = 0; i < wanted; i++) {
        int named = fork_once(i % THREADS, &more);
        /* At most what the opening thread has at one time. */
        if (named <= 0 || named >= NO_MEMORY || named > most + 4) {
            if (told++ < 10)
                printf("fork %ld: the child told %d\n", i, named);
        } else if (more != own + named) {
            if (told++ < 10)
                printf("fork %ld: %ld handles more for %d descriptors, not %ld\n", i, more, named, own + named);
        } else {
            good++;
        }
        between += named > most;
    }
    stop = 1;
    for (int i = 0; i < THREADS; i++)
        sem_post(&turn[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], 0);
    printf("%ld forks, %ld of them between an open and its close; rounds %ld %ld %ld\n", wanted, between, rounds[0], rounds[1], rounds[2]);
    result(good == wanted, "no_child_holds_what_it_cannot_name");
    result(between > wanted / 10, "forks_fall_between_an_open_and_its_close");
    long after = -1;
    for (int patience = 0; patience < 100 && after != before + 1; patience++) {
        usleep(1000);
        after = handles();
    }
    /* The stream of one thread is still open. */
    if (after != before + 1)
        printf("handles %ld, then %ld\n", before, after);
    result(after == before + 1, "no_handle_is_lost");
    return failed;
}
