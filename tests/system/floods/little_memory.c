/* A program forks until there is no memory, and ends what it has forked: whatever step of a child's start found none, the child is gone after
   SIGTERM, its parent hears of it, and there is as much memory as after the first round, in which servers take what they keep. `NAME ok` or `NAME FAILED: why`, a line a round. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 2000

static long free_kib(void)
{
    char line[128];
    long found = -1;
    FILE *file = fopen("/proc/meminfo", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "MemFree: %ld", &found);
    if (file)
        fclose(file);
    return found;
}

/* KiB that were free after the first round. */
static long at_first;

/* The children's memory differs by page from round to round, so that another step is the one for which there is none. */
static int round_of(size_t pages)
{
    static pid_t children[MOST];
    char *own = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int count = 0, status, error = 0;
    if (own == MAP_FAILED)
        return printf("%zu pages FAILED: mmap\n", pages), 1;
    memset(own, 1, pages * 4096);
    while (count < MOST) {
        pid_t child = fork();
        if (child == 0) {
            memset(own, 2, pages * 4096);
            for (;;)
                pause();
        }
        if (child < 0) {
            error = errno;
            break;
        }
        children[count++] = child;
    }
    if (count == 0 || count == MOST || (error != ENOMEM && error != EAGAIN))
        return printf("%zu pages FAILED: %d children, %s\n", pages, count, strerror(error)), 1;
    for (int i = 0; i < count; i++)
        kill(children[i], SIGTERM);
    for (int i = 0; i < count; i++)
        if (waitpid(children[i], &status, 0) != children[i] || !WIFSIGNALED(status))
            return printf("%zu pages FAILED: child %d ended by %x, %s\n", pages, i, status, strerror(errno)), 1;
    munmap(own, pages * 4096);
    long after = free_kib();
    if (at_first == 0)
        at_first = after;
    if (after < at_first - 256)
        return printf("%zu pages FAILED: %ld KiB are free after %d children, %ld at first\n", pages, after, count, at_first), 1;
    printf("%zu pages ok\n", pages);
    return 0;
}

int main(void)
{
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t pages = 1; pages < 200; pages += 9)
        failed |= round_of(pages);
    return failed;
}
