/* Descriptors that stand for processes, and the environment that /proc shows. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t waiting_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        pause();
        _exit(1);
    }
    return child;
}

int main(int count, char **arguments)
{
    if (count > 1 && !strcmp(arguments[1], "environment")) {
        char bytes[256] = "";
        int file = open("/proc/self/environ", O_RDONLY);
        ssize_t length = read(file, bytes, sizeof bytes);
        return length == 13 && !memcmp(bytes, "A=1\0LONG=two", 13) ? 7 : 1;
    }
    pid_t child = waiting_child();
    int fd = pidfd_open(child, 0);
    siginfo_t information;
    struct pollfd entry = {fd, POLLIN, 0};

    TEST("a_descriptor_stands_for_a_process_and_closes_with_exec") {
        struct stat status;
        CHECK(fd >= 0);
        EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
        EQUAL(fstat(fd, &status), 0);
        EQUAL(status.st_mode & S_IFMT, 0);
        EQUAL(read(fd, &information, 1), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("it_can_be_read_when_the_process_has_ended") {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = 4};
        int set = epoll_create1(0);
        EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
        EQUAL(poll(&entry, 1, 0), 0);
        EQUAL(pidfd_send_signal(fd, 0, NULL, 0), 0);
        EQUAL(pidfd_send_signal(fd, SIGTERM, NULL, 0), 0);
        EQUAL(poll(&entry, 1, -1), 1);
        EQUAL(entry.revents & POLLIN, POLLIN);
        EQUAL(epoll_wait(set, &event, 1, 0), 1);
        close(set);
        int again = pidfd_open(child, 0);
        entry.fd = again;
        EQUAL(poll(&entry, 1, 0), 1);
        close(again);
    }
    TEST("waitid_takes_it") {
        memset(&information, 0, sizeof information);
        EQUAL(waitid(P_PIDFD, fd, &information, WEXITED | WNOWAIT), 0);
        EQUAL(information.si_pid, child);
        EQUAL(information.si_code, CLD_KILLED);
        EQUAL(information.si_status, SIGTERM);
        EQUAL(waitid(P_PIDFD, fd, &information, WEXITED), 0);
        EQUAL(waitid(P_PIDFD, fd, &information, WEXITED), -1);
        EQUAL(errno, ECHILD);
        EQUAL(waitid(P_PIDFD, 900, &information, WEXITED), -1);
        EQUAL(errno, EBADF);
    }
    TEST("of_a_process_that_is_gone_nothing_is_left") {
        EQUAL(pidfd_send_signal(fd, SIGTERM, NULL, 0), -1);
        EQUAL(errno, ESRCH);
        EQUAL(pidfd_open(child, 0), -1);
        EQUAL(errno, ESRCH);
        close(fd);
    }
    TEST("what_is_no_process_is_refused") {
        EQUAL(pidfd_open(0, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(pidfd_open(getpid(), 1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(pidfd_send_signal(STDIN_FILENO, SIGTERM, NULL, 0), -1);
        EQUAL(errno, EBADF);
        int own = pidfd_open(getpid(), 0);
        EQUAL(pidfd_send_signal(own, 999, NULL, 0), -1);
        EQUAL(errno, EINVAL);
        close(own);
    }
    TEST("the_environment_of_a_program_is_below_proc") {
        int status;
        child = fork();
        if (child == 0) {
            char *environment[] = {"A=1", "LONG=two", NULL};
            execle("/proc/self/exe", "program", "environment", NULL, environment);
            _exit(2);
        }
        waitpid(child, &status, 0);
        EQUAL(WEXITSTATUS(status), 7);
    }
    return check_failures != 0;
}
