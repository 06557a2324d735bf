/* POSIX message queues: names, priorities, sizes, waiting. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char name[32], bytes[8192];
static volatile int caught;
static void count(int signal) { caught = signal; }

static volatile int value_told, code_told, times_told;
static void told(int signal, siginfo_t *information, void *context)
{
    value_told = information->si_value.sival_int;
    code_told = information->si_code;
    times_told++;
}

static void *send_late(void *queue)
{
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
    return (void *)(long)mq_send(*(mqd_t *)queue, "late", 4, 3);
}

static struct timespec in_milliseconds(long more)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += more * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

int main(void)
{
    struct mq_attr small = {.mq_maxmsg = 4, .mq_msgsize = 32}, found;
    unsigned priority = 0;
    struct timespec time;
    snprintf(name, sizeof name, "/trivet-%d", (int)getpid());
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &small);
    if (queue < 0)
        return 2;

    TEST("a_queue_has_the_attributes_that_it_was_made_with") {
        EQUAL(mq_getattr(queue, &found), 0);
        EQUAL(found.mq_maxmsg, 4);
        EQUAL(found.mq_msgsize, 32);
        EQUAL(found.mq_curmsgs, 0);
        EQUAL(found.mq_flags, 0);
        EQUAL(fcntl(queue, F_GETFD), FD_CLOEXEC);
    }
    TEST("messages_come_by_priority_and_in_it_by_age") {
        EQUAL(mq_send(queue, "low", 3, 0), 0);
        EQUAL(mq_send(queue, "first", 5, 7), 0);
        EQUAL(mq_send(queue, "second", 6, 7), 0);
        EQUAL(mq_send(queue, "", 0, 3), 0);
        EQUAL(mq_getattr(queue, &found), 0);
        EQUAL(found.mq_curmsgs, 4);
        EQUAL(mq_receive(queue, bytes, 32, &priority), 5);
        EQUAL(priority, 7);
        CHECK(!memcmp(bytes, "first", 5));
        EQUAL(mq_receive(queue, bytes, 32, NULL), 6);
        EQUAL(mq_receive(queue, bytes, 32, &priority), 0);
        EQUAL(priority, 3);
        EQUAL(mq_receive(queue, bytes, 32, &priority), 3);
        EQUAL(priority, 0);
    }
    TEST("sizes_and_priorities_are_checked") {
        EQUAL(mq_send(queue, bytes, 33, 0), -1);
        EQUAL(errno, EMSGSIZE);
        EQUAL(mq_send(queue, bytes, 1, 32768), -1);
        EQUAL(errno, EINVAL);
        EQUAL(mq_send(queue, "x", 1, 32767), 0);
        EQUAL(mq_receive(queue, bytes, 31, NULL), -1);
        EQUAL(errno, EMSGSIZE);
        EQUAL(mq_receive(queue, bytes, sizeof bytes, &priority), 1);
        EQUAL(priority, 32767);
    }
    TEST("a_queue_is_opened_by_its_name_with_the_access_that_is_asked_for") {
        mqd_t reader = mq_open(name, O_RDONLY), writer = mq_open(name, O_WRONLY);
        CHECK(reader >= 0 && writer >= 0);
        EQUAL(mq_send(reader, "x", 1, 0), -1);
        EQUAL(errno, EBADF);
        EQUAL(mq_receive(writer, bytes, 32, NULL), -1);
        EQUAL(errno, EBADF);
        EQUAL(mq_send(writer, "x", 1, 0), 0);
        EQUAL(mq_receive(reader, bytes, 32, NULL), 1);
        EQUAL(mq_close(reader) | mq_close(writer), 0);
        EQUAL(mq_close(writer), -1);
        EQUAL(errno, EBADF);
        EQUAL(mq_getattr(STDOUT_FILENO, &found), -1);
        EQUAL(errno, EBADF);
        EQUAL(mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL), -1);
        EQUAL(errno, EEXIST);
    }
    TEST("names_are_checked") {
        EQUAL(mq_open("no-slash", O_RDWR), -1);
        EQUAL(errno, EINVAL);
        EQUAL(mq_open("/missing-queue", O_RDWR), -1);
        EQUAL(errno, ENOENT);
        EQUAL(mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL), -1);
        EQUAL(errno, EACCES);
        memset(bytes, 'n', 300);
        bytes[0] = '/', bytes[300] = 0;
        EQUAL(mq_open(bytes, O_RDWR | O_CREAT, 0600, NULL), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(mq_unlink("/missing-queue"), -1);
        EQUAL(errno, ENOENT);
        struct mq_attr none = {.mq_maxmsg = 0, .mq_msgsize = 1};
        EQUAL(mq_open("/trivet-none", O_RDWR | O_CREAT, 0600, &none), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("without_waiting_a_full_and_an_empty_queue_say_so") {
        found.mq_flags = O_NONBLOCK;
        struct mq_attr old = {.mq_flags = -1};
        EQUAL(mq_setattr(queue, &found, &old), 0);
        EQUAL(old.mq_flags, 0);
        EQUAL(old.mq_maxmsg, 4);
        EQUAL(mq_getattr(queue, &found), 0);
        EQUAL(found.mq_flags, O_NONBLOCK);
        EQUAL(mq_receive(queue, bytes, 32, NULL), -1);
        EQUAL(errno, EAGAIN);
        for (int index = 0; index < 4; index++)
            EQUAL(mq_send(queue, "x", 1, 0), 0);
        EQUAL(mq_send(queue, "x", 1, 0), -1);
        EQUAL(errno, EAGAIN);
        struct pollfd entry = {queue, POLLIN | POLLOUT, 0};
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLIN);
        for (int index = 0; index < 4; index++)
            EQUAL(mq_receive(queue, bytes, 32, NULL), 1);
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLOUT);
        found.mq_flags = 0;
        EQUAL(mq_setattr(queue, &found, NULL), 0);
    }
    TEST("a_wait_ends_with_its_time") {
        time = in_milliseconds(20);
        EQUAL(mq_timedreceive(queue, bytes, 32, NULL, &time), -1);
        EQUAL(errno, ETIMEDOUT);
        for (int index = 0; index < 4; index++)
            EQUAL(mq_send(queue, "x", 1, 0), 0);
        time = in_milliseconds(20);
        EQUAL(mq_timedsend(queue, "x", 1, 0, &time), -1);
        EQUAL(errno, ETIMEDOUT);
        time = (struct timespec){0, 0};
        EQUAL(mq_timedsend(queue, "x", 1, 0, &time), -1);
        EQUAL(errno, ETIMEDOUT);
        time.tv_nsec = 1000000000;
        EQUAL(mq_timedsend(queue, "x", 1, 0, &time), -1);
        EQUAL(errno, EINVAL);
        time = (struct timespec){0, 0};
        for (int index = 0; index < 4; index++)
            EQUAL(mq_timedreceive(queue, bytes, 32, NULL, &time), 1);
    }
    TEST("a_receiver_waits_for_a_sender") {
        pthread_t thread;
        EQUAL(pthread_create(&thread, NULL, send_late, &queue), 0);
        EQUAL(mq_receive(queue, bytes, 32, &priority), 4);
        EQUAL(priority, 3);
        pthread_join(thread, NULL);
        int set = epoll_create1(0);
        struct epoll_event event = {.events = EPOLLIN};
        EQUAL(epoll_ctl(set, EPOLL_CTL_ADD, queue, &event), 0);
        EQUAL(pthread_create(&thread, NULL, send_late, &queue), 0);
        EQUAL(epoll_wait(set, &event, 1, 5000), 1);
        pthread_join(thread, NULL);
        EQUAL(mq_receive(queue, bytes, 32, &priority), 4);
        close(set);
    }
    TEST("a_signal_ends_a_wait") {
        struct sigaction action = {.sa_handler = count};
        sigaction(SIGALRM, &action, NULL);
        alarm(1);
        EQUAL(mq_receive(queue, bytes, 32, NULL), -1);
        EQUAL(errno, EINTR);
        EQUAL(caught, SIGALRM);
    }
    TEST("another_process_has_the_queue") {
        pid_t child = fork();
        if (child == 0) {
            mqd_t own = mq_open(name, O_WRONLY);
            _exit(mq_send(own, "child", 5, 1) == 0 ? 7 : 1);
        }
        EQUAL(mq_receive(queue, bytes, 32, NULL), 5);
        int status;
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 7);
    }
    TEST("one_process_is_told_of_the_first_message") {
        struct sigaction action = {.sa_sigaction = told, .sa_flags = SA_SIGINFO};
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1, .sigev_value.sival_int = 42};
        sigset_t blocked, none;
        sigaction(SIGUSR1, &action, NULL);
        sigemptyset(&none), sigemptyset(&blocked), sigaddset(&blocked, SIGUSR1);
        sigprocmask(SIG_BLOCK, &blocked, NULL);
        EQUAL(mq_notify(queue, &event), 0);
        EQUAL(mq_notify(queue, &event), -1);
        EQUAL(errno, EBUSY);
        EQUAL(mq_send(queue, "x", 1, 0), 0);
        while (value_told == 0)
            sigsuspend(&none);
        EQUAL(value_told, 42);
        EQUAL(code_told, SI_MESGQ);
        /* Once, and not where messages wait already. */
        EQUAL(mq_notify(queue, &event), 0);
        EQUAL(mq_send(queue, "y", 1, 0), 0);
        EQUAL(mq_notify(queue, NULL), 0);
        EQUAL(mq_notify(queue, &event), 0);
        EQUAL(mq_notify(queue, NULL), 0);
        EQUAL(mq_receive(queue, bytes, 32, NULL) + mq_receive(queue, bytes, 32, NULL), 2);
        sigprocmask(SIG_UNBLOCK, &blocked, NULL);
        EQUAL(times_told, 1);
        event.sigev_signo = 999;
        EQUAL(mq_notify(queue, &event), -1);
        EQUAL(errno, EINVAL);
        EQUAL(mq_notify(900, NULL), -1);
        EQUAL(errno, EBADF);
    }
    TEST("a_queue_without_a_name_lives_while_it_is_open") {
        EQUAL(mq_unlink(name), 0);
        EQUAL(mq_open(name, O_RDWR), -1);
        EQUAL(errno, ENOENT);
        EQUAL(mq_send(queue, "x", 1, 0), 0);
        EQUAL(mq_receive(queue, bytes, 32, NULL), 1);
        mqd_t other = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
        EQUAL(mq_getattr(other, &found), 0);
        EQUAL(found.mq_curmsgs, 0);
        CHECK(found.mq_maxmsg >= 8 && found.mq_msgsize >= 1024);
        EQUAL(mq_unlink(name) | mq_close(other) | mq_close(queue), 0);
    }
    return check_failures != 0;
}
