/* Record locks, locks of open files and flock, as far as one process and its threads can see them. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[] = "/tmp/locksXXXXXX";

static int lock(int fd, int command, short type, off_t start, off_t length)
{
    struct flock section = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    return fcntl(fd, command, &section);
}

/* The type of the lock in the way, its process in *owner. */
static int tested(int fd, int command, short type, off_t start, off_t length, pid_t *owner)
{
    struct flock section = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
    if (fcntl(fd, command, &section))
        return -1;
    if (owner)
        *owner = section.l_pid;
    return section.l_type;
}

/* What a program does that was executed by a process with a lock: says that it runs, and closes the file when it is told to. */
static int executed(char **arguments)
{
    int out = atoi(arguments[3]), in = atoi(arguments[4]);
    char byte = 'r';
    if (write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1)
        return 1;
    close(open(arguments[2], O_RDONLY));
    return write(out, &byte, 1) != 1 || read(in, &byte, 1) != 1;
}

int main(int count, char **arguments)
{
    if (count > 4 && !strcmp(arguments[1], "executed"))
        return executed(arguments);
    int first = mkstemp(path), second = open(path, O_RDWR), reader = open(path, O_RDONLY);
    pid_t owner;
    if (first < 0 || second < 0 || reader < 0)
        return 1;

    TEST("a_process_never_stands_in_its_own_way") {
        EQUAL(lock(first, F_SETLK, F_WRLCK, 0, 10), 0);
        EQUAL(lock(second, F_SETLK, F_WRLCK, 5, 10), 0);
        EQUAL(tested(second, F_GETLK, F_WRLCK, 0, 0, NULL), F_UNLCK);
    }
    TEST("locks_need_the_access") {
        EQUAL(lock(reader, F_SETLK, F_WRLCK, 0, 1), -1);
        EQUAL(errno, EBADF);
        EQUAL(lock(reader, F_SETLK, F_RDLCK, 100, 1), 0);
        EQUAL(lock(first, F_SETLK, 9, 0, 1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(lock(first, F_SETLK, F_WRLCK, -1, 1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(lock(900, F_SETLK, F_WRLCK, 0, 1), -1);
        EQUAL(errno, EBADF);
    }
    TEST("locks_of_open_files_see_record_locks") {
        EQUAL(lock(second, F_OFD_SETLK, F_WRLCK, 12, 1), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(tested(second, F_OFD_GETLK, F_WRLCK, 0, 0, &owner), F_WRLCK);
        EQUAL(owner, getpid());
        EQUAL(lock(second, F_OFD_SETLK, F_WRLCK, 20, 1), 0);
        EQUAL(tested(first, F_GETLK, F_RDLCK, 0, 0, &owner), F_WRLCK);
        EQUAL(owner, -1);
    }
    TEST("closing_any_descriptor_gives_record_locks_up") {
        close(reader);
        EQUAL(lock(second, F_OFD_SETLK, F_WRLCK, 0, 15), 0);
        EQUAL(lock(first, F_SETLK, F_RDLCK, 0, 1), -1);
        EQUAL(errno, EAGAIN);
    }
    TEST("locks_of_open_files_go_with_the_last_descriptor") {
        int copy = dup(second);
        close(second);
        EQUAL(lock(first, F_SETLK, F_RDLCK, 0, 1), -1);
        close(copy);
        EQUAL(lock(first, F_SETLK, F_RDLCK, 0, 1), 0);
        second = open(path, O_RDWR);
    }
    TEST("flock_is_of_the_open_file") {
        EQUAL(flock(first, LOCK_EX), 0);
        EQUAL(flock(first, LOCK_EX | LOCK_NB), 0);
        EQUAL(flock(second, LOCK_SH | LOCK_NB), -1);
        EQUAL(errno, EWOULDBLOCK);
        EQUAL(flock(first, LOCK_SH), 0);
        EQUAL(flock(second, LOCK_SH | LOCK_NB), 0);
        EQUAL(flock(first, LOCK_UN), 0);
        EQUAL(flock(second, LOCK_EX | LOCK_NB), 0);
        EQUAL(flock(first, 77), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("lockf_counts_from_the_offset") {
        EQUAL(lock(first, F_SETLK, F_UNLCK, 0, 0), 0);
        EQUAL(lseek(first, 50, SEEK_SET), 50);
        EQUAL(lockf(first, F_TLOCK, -10), 0);
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 0, 40, NULL), F_UNLCK);
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 49, 1, NULL), F_WRLCK);
        EQUAL(lockf(first, F_ULOCK, 0), 0);
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 49, 1, NULL), F_WRLCK);
        EQUAL(lock(first, F_SETLK, F_UNLCK, 40, 10), 0);
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 49, 1, NULL), F_UNLCK);
    }
    TEST("record_locks_stay_over_exec_and_go_with_a_close") {
        int there[2], back[2], status;
        char out[12], in[12], byte = 'x';
        EQUAL(pipe(there) | pipe(back), 0);
        pid_t child = fork();
        if (child == 0) {
            close(there[0]), close(back[1]);
            if (lock(first, F_SETLK, F_WRLCK, 70, 5) != 0)
                _exit(2);
            snprintf(out, sizeof out, "%d", there[1]);
            snprintf(in, sizeof in, "%d", back[0]);
            execl("/proc/self/exe", "locks", "executed", path, out, in, NULL);
            _exit(3);
        }
        close(there[1]), close(back[0]);
        EQUAL(read(there[0], &byte, 1), 1);
        EQUAL(byte, 'r');
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 70, 5, &owner), F_WRLCK);
        EQUAL(owner, child);
        EQUAL(write(back[1], &byte, 1), 1);
        EQUAL(read(there[0], &byte, 1), 1);
        EQUAL(tested(second, F_OFD_GETLK, F_RDLCK, 70, 5, NULL), F_UNLCK);
        EQUAL(write(back[1], &byte, 1), 1);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(status, 0);
        close(there[0]), close(back[1]);
    }
    unlink(path);
    DONE();
}
