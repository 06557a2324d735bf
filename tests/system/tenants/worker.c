/* Ordinary work, round after round: processes, files, pipes, memory, computing. Shows `round N MS ms` for each, or `FAIL` and why. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void check(int good, const char *what)
{
    if (!good)
        printf("FAIL %s: %s\n", what, strerror(errno));
}

static void *thread(void *argument)
{
    return argument;
}

static void files(const char *path)
{
    char bytes[5000], back[5000];
    memset(bytes, 'b', sizeof bytes);
    int file = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
    check(file >= 0, path);
    check(write(file, bytes, sizeof bytes) == sizeof bytes, "write");
    check(pread(file, back, sizeof back, 0) == sizeof back && !memcmp(bytes, back, sizeof back), "read");
    check(close(file) == 0, "close");
    check(unlink(path) == 0, "unlink");
}

static void work(void)
{
    static volatile unsigned sum;
    files("/home/bob/work");
    files("/tmp/bobs-work");
    int ends[2];
    char byte = 0;
    check(pipe(ends) == 0, "pipe");
    pid_t child = fork();
    check(child >= 0, "fork");
    if (child == 0) {
        (void)!write(ends[1], "x", 1);
        execl("/bin/true", "true", (char *)0);
        _exit(99);
    }
    int status = -1;
    check(read(ends[0], &byte, 1) == 1 && byte == 'x', "read of the pipe");
    check(waitpid(child, &status, 0) == child && status == 0, "wait");
    close(ends[0]);
    close(ends[1]);
    char *memory = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    check(memory != MAP_FAILED, "mmap");
    if (memory != MAP_FAILED) {
        memset(memory, 1, 1 << 20);
        munmap(memory, 1 << 20);
    }
    pthread_t made;
    int error = pthread_create(&made, 0, thread, 0);
    errno = error;
    check(error == 0, "pthread_create");
    if (error == 0)
        pthread_join(made, 0);
    int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    check(terminal >= 0, "a terminal");
    close(terminal);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
    check(sigqueue(getpid(), SIGRTMIN, (union sigval){ 0 }) == 0, "sigqueue");
    check(sigwaitinfo(&set, 0) == SIGRTMIN, "sigwaitinfo");
    for (int i = 0; i < 2000000; i++)
        sum += i;
}

int main(void)
{
    for (int number = 1;; number++) {
        struct timespec start, end;
        clock_gettime(CLOCK_MONOTONIC, &start);
        work();
        clock_gettime(CLOCK_MONOTONIC, &end);
        printf("round %d %.3f ms\n", number, (end.tv_sec - start.tv_sec) * 1e3 + (end.tv_nsec - start.tv_nsec) / 1e6);
        fflush(stdout);
        usleep(10000);
    }
}
