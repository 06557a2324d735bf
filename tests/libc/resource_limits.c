/* Limits of files, memory and descriptors: what is refused, with which error and signal, and that children and programs have them. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* The limit is so large that what this test prints into a file is not meant. */
#define LIMIT (1 << 20)
#define START (LIMIT - 100)

static volatile int caught;
static void count(int signal) { caught += signal == SIGXFSZ; }

static int limit(int resource, rlim_t soft)
{
    struct rlimit value;
    if (getrlimit(resource, &value) != 0)
        return -1;
    value.rlim_cur = soft;
    return setrlimit(resource, &value);
}

/* What a child that runs `work` ends with. */
static int in_child(int (*work)(void))
{
    pid_t child = fork();
    if (child == 0)
        _exit(work());
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int file;

static int writes_beyond(void)
{
    signal(SIGXFSZ, SIG_DFL);
    return (int)pwrite(file, "x", 1, 2 * LIMIT);
}

static int maps_much(void)
{
    struct rlimit value = {256 << 20, 256 << 20};
    if (setrlimit(RLIMIT_AS, &value) != 0)
        return 1;
    void *small = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (small == MAP_FAILED)
        return 2;
    if (mmap(NULL, 512 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
        return 3;
    if (mremap(small, 1 << 20, 512 << 20, MREMAP_MAYMOVE) != MAP_FAILED || errno != ENOMEM)
        return 4;
    if (malloc(512 << 20) != NULL)
        return 5;
    return malloc(1 << 20) ? 0 : 6;
}

static int takes_much_data(void)
{
    struct rlimit value = {64 << 20, 64 << 20};
    if (setrlimit(RLIMIT_DATA, &value) != 0)
        return 1;
    if (mmap(NULL, 128 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
        return 2;
    void *none = mmap(NULL, 128 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (none == MAP_FAILED)
        return 3;
    if (mprotect(none, 128 << 20, PROT_READ | PROT_WRITE) != -1 || errno != ENOMEM)
        return 4;
    return mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? 0 : 5;
}

static int locks_much(void)
{
    struct rlimit value = {8 * 4096, 8 * 4096};
    if (setrlimit(RLIMIT_MEMLOCK, &value) != 0)
        return 1;
    if (geteuid() == 0 && setuid(65534) != 0)
        return 2;
    char *memory = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mlock(memory, 4 * 4096) != 0)
        return 3;
    if (mlock(memory, 16 * 4096) != -1 || errno != ENOMEM)
        return 4;
    if (mlock(memory + 4 * 4096, 4 * 4096) != 0)
        return 5;
    if (mlock(memory + 8 * 4096, 4096) != -1 || errno != ENOMEM)
        return 6;
    if (munlock(memory, 4096) != 0 || mlock(memory + 8 * 4096, 4096) != 0)
        return 7;
    if (munmap(memory, 16 * 4096) != 0)
        return 8;
    memory = mmap(NULL, 8 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mlock(memory, 8 * 4096) == 0 ? 0 : 9;
}

static int opens_many(void)
{
    if (limit(RLIMIT_NOFILE, 10) != 0)
        return 1;
    int last;
    while ((last = dup(0)) >= 0)
        if (last >= 10)
            return 2;
    if (errno != EMFILE)
        return 3;
    if (dup2(0, 10) != -1 || errno != EBADF)
        return 4;
    if (fcntl(0, F_DUPFD, 10) != -1 || errno != EINVAL)
        return 5;
    return sysconf(_SC_OPEN_MAX) == 10 ? 0 : 6;
}

int main(int count_of_arguments, char **arguments)
{
    if (count_of_arguments > 1 && !strcmp(arguments[1], "limits")) {
        struct rlimit value;
        getrlimit(RLIMIT_FSIZE, &value);
        int other = open(arguments[2], O_RDWR);
        signal(SIGXFSZ, SIG_IGN);
        return value.rlim_cur == LIMIT && pwrite(other, "x", 1, LIMIT) == -1 && errno == EFBIG ? 7 : 1;
    }
    char path[] = "/tmp/limits-XXXXXX", bytes[200] = "";
    file = mkstemp(path);
    signal(SIGXFSZ, count);

    TEST("a_file_grows_to_its_limit_and_no_further") {
        EQUAL(limit(RLIMIT_FSIZE, LIMIT), 0);
        EQUAL(lseek(file, START, SEEK_SET), START);
        EQUAL(write(file, bytes, 60), 60);
        EQUAL(caught, 0);
        EQUAL(write(file, bytes, 60), 40);
        EQUAL(caught, 0);
        EQUAL(write(file, bytes, 60), -1);
        EQUAL(errno, EFBIG);
        EQUAL(caught, 1);
        EQUAL(lseek(file, 0, SEEK_CUR), LIMIT);
        EQUAL(lseek(file, 0, SEEK_END), LIMIT);
    }
    TEST("what_lies_below_the_limit_can_be_written_again") {
        EQUAL(pwrite(file, "x", 1, LIMIT - 1), 1);
        EQUAL(pwrite(file, "x", 0, LIMIT + 100), 0);
        EQUAL(pwrite(file, "x", 1, LIMIT), -1);
        EQUAL(errno, EFBIG);
        EQUAL(caught, 2);
        struct iovec parts[2] = {{bytes, 50}, {bytes, 60}};
        EQUAL(pwritev(file, parts, 2, START), 100);
        EQUAL(caught, 2);
    }
    TEST("truncation_and_allocation_heed_the_limit") {
        EQUAL(ftruncate(file, LIMIT + 1), -1);
        EQUAL(errno, EFBIG);
        EQUAL(caught, 3);
        EQUAL(truncate(path, LIMIT + 1), -1);
        EQUAL(errno, EFBIG);
        EQUAL(caught, 4);
        EQUAL(ftruncate(file, 50), 0);
        EQUAL(ftruncate(file, LIMIT), 0);
        EQUAL(posix_fallocate(file, 0, LIMIT), 0);
        EQUAL(posix_fallocate(file, 0, LIMIT + 1), EFBIG);
        EQUAL(caught, 5);
    }
    TEST("a_file_that_is_longer_already_may_become_shorter") {
        EQUAL(limit(RLIMIT_FSIZE, RLIM_INFINITY), 0);
        EQUAL(ftruncate(file, LIMIT + 300), 0);
        EQUAL(limit(RLIMIT_FSIZE, LIMIT), 0);
        EQUAL(ftruncate(file, LIMIT + 200), 0);
        EQUAL(pwrite(file, "x", 1, LIMIT + 50), -1);
        EQUAL(errno, EFBIG);
        EQUAL(caught, 6);
    }
    TEST("pipes_have_no_limit_of_file_sizes") {
        int ends[2];
        EQUAL(pipe(ends), 0);
        EQUAL(write(ends[1], bytes, 200), 200);
        EQUAL(caught, 6);
        close(ends[0]), close(ends[1]);
    }
    TEST("a_child_has_the_limit_and_ends_by_its_signal") {
        EQUAL(in_child(writes_beyond), -SIGXFSZ);
        EQUAL(lseek(file, 0, SEEK_END), LIMIT + 200);
    }
    TEST("a_program_has_the_limit_of_who_ran_it") {
        pid_t child = fork();
        if (child == 0) {
            execl("/proc/self/exe", "limits", "limits", path, NULL);
            _exit(2);
        }
        int status;
        waitpid(child, &status, 0);
        EQUAL(WEXITSTATUS(status), 7);
    }
    limit(RLIMIT_FSIZE, RLIM_INFINITY);
    TEST("without_a_limit_a_file_grows_again") {
        EQUAL(pwrite(file, "x", 1, 2 * LIMIT), 1);
        EQUAL(caught, 6);
    }
    TEST("an_address_space_has_a_limit") EQUAL(in_child(maps_much), 0);
    TEST("private_memory_that_can_be_written_has_a_limit") EQUAL(in_child(takes_much_data), 0);
    TEST("locked_memory_has_a_limit") EQUAL(in_child(locks_much), 0);
    TEST("descriptors_have_a_limit") EQUAL(in_child(opens_many), 0);
    TEST("no_core_files_and_limits_that_make_sense") {
        struct rlimit value = {2, 1};
        EQUAL(setrlimit(RLIMIT_CORE, &value), -1);
        EQUAL(errno, EINVAL);
        EQUAL(getrlimit(999, &value), -1);
        EQUAL(errno, EINVAL);
        value = (struct rlimit){0, 0};
        EQUAL(setrlimit(RLIMIT_CORE, &value), 0);
        EQUAL(getrlimit(RLIMIT_CORE, &value), 0);
        EQUAL(value.rlim_max, 0);
    }
    unlink(path);
    return check_failures != 0;
}
