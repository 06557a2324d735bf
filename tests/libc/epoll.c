/* epoll, eventfd and timerfd: level, edge, once, sets in sets, counters, expirations. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct epoll_event found[16];

static int add(int set, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

static int change(int set, int fd, uint32_t events, uint64_t data)
{
    struct epoll_event event = {.events = events, .data.u64 = data};
    return epoll_ctl(set, EPOLL_CTL_MOD, fd, &event);
}

static void *write_late(void *place)
{
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
    eventfd_write(*(int *)place, 5);
    return NULL;
}

static volatile int caught;
static void count(int signal) { caught = signal; }

static long milliseconds_of(const struct timespec *time)
{
    return time->tv_sec * 1000 + time->tv_nsec / 1000000;
}

int main(void)
{
    int set = epoll_create1(EPOLL_CLOEXEC);
    int ends[2];
    char bytes[16];

    TEST("the_structure_is_packed_as_linux_has_it") {
        EQUAL(sizeof(struct epoll_event), 12);
        EQUAL(EPOLL_CLOEXEC, O_CLOEXEC);
    }
    TEST("a_set_has_close_on_exec_as_asked") {
        CHECK(set >= 0);
        EQUAL(fcntl(set, F_GETFD), FD_CLOEXEC);
        int other = epoll_create(1);
        EQUAL(fcntl(other, F_GETFD), 0);
        EQUAL(close(other), 0);
        EQUAL(epoll_create(0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(epoll_create1(1), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("level_is_told_as_long_as_it_lasts") {
        EQUAL(pipe(ends), 0);
        EQUAL(add(set, ends[0], EPOLLIN, 77), 0);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        EQUAL(write(ends[1], "ab", 2), 2);
        for (int round = 0; round < 2; round++) {
            EQUAL(epoll_wait(set, found, 16, -1), 1);
            EQUAL(found[0].events, EPOLLIN);
            EQUAL(found[0].data.u64, 77);
        }
        EQUAL(read(ends[0], bytes, 2), 2);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
    }
    TEST("an_edge_is_told_once_for_each_write") {
        EQUAL(change(set, ends[0], EPOLLIN | EPOLLET, 78), 0);
        EQUAL(write(ends[1], "a", 1), 1);
        EQUAL(epoll_wait(set, found, 16, 0), 1);
        EQUAL(found[0].data.u64, 78);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        EQUAL(read(ends[0], bytes, 16), 1);
        EQUAL(write(ends[1], "b", 1), 1);
        EQUAL(epoll_wait(set, found, 16, 0), 1);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
    }
    TEST("once_is_told_once_until_it_is_armed_again") {
        EQUAL(change(set, ends[0], EPOLLIN | EPOLLONESHOT, 79), 0);
        EQUAL(epoll_wait(set, found, 16, 0), 1);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        EQUAL(change(set, ends[0], EPOLLIN | EPOLLONESHOT, 80), 0);
        EQUAL(epoll_wait(set, found, 16, 0), 1);
        EQUAL(found[0].data.u64, 80);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
    }
    TEST("a_descriptor_is_in_a_set_once_and_leaves_it") {
        EQUAL(add(set, ends[0], EPOLLIN, 1), -1);
        EQUAL(errno, EEXIST);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL), 0);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL), -1);
        EQUAL(errno, ENOENT);
        EQUAL(change(set, ends[0], EPOLLIN, 1), -1);
        EQUAL(errno, ENOENT);
        EQUAL(read(ends[0], bytes, 16), 1);
    }
    TEST("a_hang_up_is_told_without_being_asked_for") {
        int other[2];
        EQUAL(pipe(other), 0);
        EQUAL(add(set, other[0], 0, 5), 0);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        close(other[1]);
        EQUAL(epoll_wait(set, found, 16, -1), 1);
        EQUAL(found[0].events, EPOLLHUP);
        close(other[0]);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
    }
    TEST("a_duplicate_is_a_member_of_its_own_and_keeps_the_file_in_the_set") {
        int same = dup(ends[0]);
        EQUAL(add(set, ends[0], EPOLLIN, 1), 0);
        EQUAL(add(set, same, EPOLLIN, 2), 0);
        EQUAL(write(ends[1], "x", 1), 1);
        EQUAL(epoll_wait(set, found, 16, 0), 2);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, same, NULL), 0);
        EQUAL(epoll_wait(set, found, 16, 0), 1);
        EQUAL(found[0].data.u64, 1);
        close(same);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL), 0);
        EQUAL(read(ends[0], bytes, 16), 1);
    }
    TEST("what_cannot_be_waited_for_is_refused") {
        char path[] = "/tmp/epoll-XXXXXX";
        int file = mkstemp(path);
        CHECK(file >= 0);
        unlink(path);
        EQUAL(add(set, file, EPOLLIN, 0), -1);
        EQUAL(errno, EPERM);
        close(file);
        EQUAL(add(set, file, EPOLLIN, 0), -1);
        EQUAL(errno, EBADF);
        EQUAL(add(set, set, EPOLLIN, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(add(ends[0], ends[1], EPOLLIN, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(epoll_wait(set, found, 0, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(epoll_wait(-1, found, 1, 0), -1);
        EQUAL(errno, EBADF);
        EQUAL(epoll_ctl(set, 9, ends[0], found), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("a_set_can_be_in_a_set_and_in_a_poll") {
        int outer = epoll_create1(0);
        struct pollfd entry = {outer, POLLIN, 0};
        EQUAL(add(set, ends[0], EPOLLIN, 1), 0);
        EQUAL(add(outer, set, EPOLLIN, 9), 0);
        EQUAL(epoll_wait(outer, found, 16, 0), 0);
        EQUAL(poll(&entry, 1, 0), 0);
        EQUAL(write(ends[1], "x", 1), 1);
        EQUAL(epoll_wait(outer, found, 16, -1), 1);
        EQUAL(found[0].data.u64, 9);
        EQUAL(poll(&entry, 1, -1), 1);
        EQUAL(entry.revents, POLLIN);
        EQUAL(add(set, outer, EPOLLIN, 1), -1);
        EQUAL(errno, ELOOP);
        close(outer);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL), 0);
        EQUAL(read(ends[0], bytes, 16), 1);
    }
    TEST("sets_nest_to_a_depth_and_no_deeper") {
        int chain[8], depth;
        for (depth = 0; depth < 8; depth++) {
            chain[depth] = epoll_create1(0);
            if (depth > 0 && add(chain[depth], chain[depth - 1], EPOLLIN, 0) != 0)
                break;
        }
        CHECK(depth > 3 && depth < 8);
        EQUAL(errno, ELOOP);
        for (int index = 0; index <= depth; index++)
            close(chain[index]);
    }
    TEST("a_set_is_no_file_but_a_descriptor") {
        struct stat status;
        EQUAL(read(set, bytes, 1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(fstat(set, &status), 0);
        EQUAL(status.st_mode & S_IFMT, 0);
        EQUAL(fcntl(set, F_GETFL) & O_ACCMODE, O_RDWR);
    }
    TEST("as_many_as_there_is_room_for_and_the_others_next_time") {
        int counters[4];
        for (int index = 0; index < 4; index++) {
            counters[index] = eventfd(1, 0);
            EQUAL(add(set, counters[index], EPOLLIN, 100 + index), 0);
        }
        unsigned seen = 0;
        for (int round = 0; round < 2; round++) {
            EQUAL(epoll_wait(set, found, 2, 0), 2);
            seen |= 1u << (found[0].data.u64 - 100) | 1u << (found[1].data.u64 - 100);
        }
        EQUAL(seen, 15);
        for (int index = 0; index < 4; index++)
            close(counters[index]);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
    }
    TEST("a_wait_ends_with_a_signal_and_another_mask_lets_it_through") {
        struct sigaction action = {.sa_handler = count, .sa_flags = SA_RESTART};
        sigset_t blocked, none;
        sigaction(SIGUSR1, &action, NULL);
        sigemptyset(&none);
        sigemptyset(&blocked);
        sigaddset(&blocked, SIGUSR1);
        sigprocmask(SIG_BLOCK, &blocked, NULL);
        raise(SIGUSR1);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        EQUAL(caught, 0);
        EQUAL(epoll_pwait(set, found, 16, -1, &none), -1);
        EQUAL(errno, EINTR);
        EQUAL(caught, SIGUSR1);
        sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    }
    TEST("a_wait_ends_with_its_time") {
        struct timespec before, after, limit = {0, 30000000};
        clock_gettime(CLOCK_MONOTONIC, &before);
        EQUAL(epoll_wait(set, found, 16, 30), 0);
        EQUAL(epoll_pwait2(set, found, 16, &limit, NULL), 0);
        clock_gettime(CLOCK_MONOTONIC, &after);
        CHECK(milliseconds_of(&after) - milliseconds_of(&before) >= 59);
    }
    TEST("a_child_has_the_same_set") {
        EQUAL(add(set, ends[0], EPOLLIN, 33), 0);
        pid_t child = fork();
        if (child == 0) {
            struct epoll_event own;
            _exit(epoll_wait(set, &own, 1, 5000) == 1 && own.data.u64 == 33 ? 7 : 1);
        }
        EQUAL(write(ends[1], "x", 1), 1);
        int status;
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 7);
        EQUAL(epoll_ctl(set, EPOLL_CTL_DEL, ends[0], NULL), 0);
        EQUAL(read(ends[0], bytes, 16), 1);
    }

    uint64_t value;
    TEST("a_counter_adds_what_is_written_and_a_read_takes_all") {
        int counter = eventfd(3, EFD_NONBLOCK);
        value = 4;
        EQUAL(write(counter, &value, 8), 8);
        EQUAL(read(counter, &value, 8), 8);
        EQUAL(value, 7);
        EQUAL(read(counter, &value, 8), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(eventfd_write(counter, UINT64_MAX - 1), 0);
        EQUAL(eventfd_write(counter, 1), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(eventfd_write(counter, UINT64_MAX), -1);
        EQUAL(errno, EINVAL);
        struct pollfd entry = {counter, POLLIN | POLLOUT, 0};
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLIN);
        EQUAL(eventfd_read(counter, &value), 0);
        EQUAL(value, UINT64_MAX - 1);
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLOUT);
        close(counter);
    }
    TEST("a_semaphore_gives_one_at_a_time") {
        int counter = eventfd(2, EFD_SEMAPHORE | EFD_NONBLOCK);
        EQUAL(eventfd_read(counter, &value), 0);
        EQUAL(value, 1);
        EQUAL(eventfd_read(counter, &value), 0);
        EQUAL(value, 1);
        EQUAL(eventfd_read(counter, &value), -1);
        EQUAL(errno, EAGAIN);
        close(counter);
    }
    TEST("a_counter_takes_eight_bytes_and_no_fewer") {
        int counter = eventfd(1, 0);
        EQUAL(read(counter, bytes, 7), -1);
        EQUAL(errno, EINVAL);
        EQUAL(write(counter, bytes, 7), -1);
        EQUAL(errno, EINVAL);
        EQUAL(lseek(counter, 0, SEEK_SET), 0);
        EQUAL(eventfd(0, 1 << 20), -1);
        EQUAL(errno, EINVAL);
        close(counter);
    }
    TEST("each_write_to_a_counter_is_an_edge") {
        int counter = eventfd(0, 0);
        EQUAL(add(set, counter, EPOLLIN | EPOLLET, 3), 0);
        for (int round = 0; round < 3; round++) {
            EQUAL(eventfd_write(counter, 1), 0);
            EQUAL(epoll_wait(set, found, 16, 0), 1);
            EQUAL(epoll_wait(set, found, 16, 0), 0);
        }
        EQUAL(eventfd_read(counter, &value), 0);
        EQUAL(value, 3);
        close(counter);
    }
    TEST("a_reader_of_a_counter_waits_for_a_writer") {
        int counter = eventfd(0, EFD_CLOEXEC);
        pthread_t thread;
        EQUAL(fcntl(counter, F_GETFD), FD_CLOEXEC);
        EQUAL(pthread_create(&thread, NULL, write_late, &counter), 0);
        EQUAL(eventfd_read(counter, &value), 0);
        EQUAL(value, 5);
        pthread_join(thread, NULL);
        EQUAL(pthread_create(&thread, NULL, write_late, &counter), 0);
        EQUAL(add(set, counter, EPOLLIN, 6), 0);
        EQUAL(epoll_wait(set, found, 16, -1), 1);
        EQUAL(found[0].data.u64, 6);
        pthread_join(thread, NULL);
        close(counter);
    }

    struct itimerspec setting, old;
    TEST("a_timer_expires_once") {
        int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
        EQUAL(fcntl(timer, F_GETFD), FD_CLOEXEC);
        EQUAL(fcntl(timer, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        EQUAL(read(timer, &value, 8), -1);
        EQUAL(errno, EAGAIN);
        setting = (struct itimerspec){{0, 0}, {0, 20000000}};
        EQUAL(timerfd_settime(timer, 0, &setting, &old), 0);
        EQUAL(old.it_value.tv_nsec, 0);
        EQUAL(timerfd_gettime(timer, &old), 0);
        CHECK(old.it_value.tv_sec == 0 && old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 20000000);
        struct pollfd entry = {timer, POLLIN, 0};
        EQUAL(poll(&entry, 1, 5000), 1);
        EQUAL(read(timer, &value, 8), 8);
        EQUAL(value, 1);
        EQUAL(read(timer, &value, 8), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(timerfd_gettime(timer, &old), 0);
        EQUAL(old.it_value.tv_nsec, 0);
        close(timer);
    }
    TEST("a_timer_counts_its_expirations") {
        int timer = timerfd_create(CLOCK_REALTIME, 0);
        struct timespec now, pause = {0, 35000000};
        clock_gettime(CLOCK_REALTIME, &now);
        setting = (struct itimerspec){{0, 10000000}, now};
        EQUAL(timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL), 0);
        nanosleep(&pause, NULL);
        EQUAL(read(timer, &value, 8), 8);
        CHECK(value >= 4);
        EQUAL(add(set, timer, EPOLLIN, 8), 0);
        EQUAL(epoll_wait(set, found, 16, 5000), 1);
        EQUAL(read(timer, &value, 8), 8);
        CHECK(value >= 1);
        EQUAL(timerfd_gettime(timer, &old), 0);
        EQUAL(old.it_interval.tv_nsec, 10000000);
        setting = (struct itimerspec){{0, 0}, {0, 0}};
        EQUAL(timerfd_settime(timer, 0, &setting, &old), 0);
        EQUAL(old.it_interval.tv_nsec, 10000000);
        EQUAL(epoll_wait(set, found, 16, 0), 0);
        close(timer);
    }
    TEST("a_blocking_read_waits_for_the_timer") {
        int timer = timerfd_create(CLOCK_BOOTTIME, 0);
        setting = (struct itimerspec){{0, 0}, {0, 10000000}};
        EQUAL(timerfd_settime(timer, 0, &setting, NULL), 0);
        EQUAL(read(timer, &value, 8), 8);
        EQUAL(value, 1);
        close(timer);
    }
    TEST("what_a_timer_cannot_do_is_refused") {
        int timer = timerfd_create(CLOCK_MONOTONIC, 0);
        setting = (struct itimerspec){{0, 0}, {0, 1000000000}};
        EQUAL(timerfd_settime(timer, 0, &setting, NULL), -1);
        EQUAL(errno, EINVAL);
        setting.it_value.tv_nsec = 1;
        EQUAL(timerfd_settime(timer, 64, &setting, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timerfd_settime(set, 0, &setting, NULL), -1);
        EQUAL(errno, EINVAL);
        EQUAL(write(timer, &value, 8), -1);
        EQUAL(errno, EINVAL);
        EQUAL(timerfd_create(99, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(read(timer, &value, 7), -1);
        EQUAL(errno, EINVAL);
        close(timer);
    }
    return check_failures != 0;
}
