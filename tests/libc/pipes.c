/* Pipes, FIFOs and waiting for descriptors, as far as one process can see them. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static char big[1 << 20];
static int ends[2];

static void *write_big(void *length)
{
    return (void *)write(ends[1], big, (size_t)length);
}

static void *write_late(void *text)
{
    struct timespec pause = {0, 20000000};
    nanosleep(&pause, NULL);
    return (void *)write(ends[1], text, strlen(text));
}

static void *open_for_writing(void *path)
{
    return (void *)(long)open(path, O_WRONLY);
}

static volatile int caught;
static void count(int signal) { caught = signal; }

int main(void)
{
    char bytes[100];
    signal(SIGPIPE, SIG_IGN);

    TEST("bytes_written_to_a_pipe_come_out_of_it") {
        EQUAL(pipe(ends), 0);
        EQUAL(write(ends[1], "hello", 5), 5);
        EQUAL(read(ends[0], bytes, sizeof bytes), 5);
        CHECK(!memcmp(bytes, "hello", 5));
    }
    TEST("a_pipe_tells_how_many_bytes_can_be_read") {
        int available = -1;
        EQUAL(write(ends[1], "123", 3), 3);
        EQUAL(ioctl(ends[0], FIONREAD, &available), 0);
        EQUAL(available, 3);
        EQUAL(read(ends[0], bytes, 2), 2);
        EQUAL(ioctl(ends[0], FIONREAD, &available), 0);
        EQUAL(available, 1);
        EQUAL(read(ends[0], bytes, 2), 1);
    }
    TEST("fstat_says_that_it_is_a_fifo") {
        struct stat found;
        EQUAL(fstat(ends[0], &found), 0);
        CHECK(S_ISFIFO(found.st_mode));
        EQUAL(found.st_size, 0);
        EQUAL(lseek(ends[0], 0, SEEK_CUR), -1);
        EQUAL(errno, ESPIPE);
        EQUAL(pread(ends[0], bytes, 1, 0), -1);
        EQUAL(errno, ESPIPE);
    }
    TEST("the_wrong_end_is_ebadf") {
        EQUAL(write(ends[0], "x", 1), -1);
        EQUAL(errno, EBADF);
        EQUAL(read(ends[1], bytes, 1), -1);
        EQUAL(errno, EBADF);
        EQUAL(fcntl(ends[0], F_GETFL) & O_ACCMODE, O_RDONLY);
        EQUAL(fcntl(ends[1], F_GETFL) & O_ACCMODE, O_WRONLY);
    }
    TEST("a_reader_waits_for_a_writer") {
        pthread_t thread;
        pthread_create(&thread, NULL, write_late, "late");
        EQUAL(read(ends[0], bytes, sizeof bytes), 4);
        CHECK(!memcmp(bytes, "late", 4));
        pthread_join(thread, NULL);
    }
    TEST("a_writer_waits_until_all_was_read") {
        pthread_t thread;
        void *result;
        size_t got = 0;
        for (size_t at = 0; at < sizeof big; at++)
            big[at] = (char)(at * 7 + at / 256);
        static char back[sizeof big];
        pthread_create(&thread, NULL, write_big, (void *)sizeof big);
        while (got < sizeof big) {
            ssize_t step = read(ends[0], back + got, 10000);
            if (step <= 0)
                break;
            got += (size_t)step;
        }
        pthread_join(thread, &result);
        EQUAL((long)result, sizeof big);
        EQUAL(got, sizeof big);
        CHECK(!memcmp(big, back, sizeof big));
    }
    TEST("what_would_wait_is_eagain_without_waiting") {
        EQUAL(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
        EQUAL(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
        EQUAL(read(ends[0], bytes, 1), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(write(ends[1], big, sizeof big), 65536);
        EQUAL(write(ends[1], "x", 1), -1);
        EQUAL(errno, EAGAIN);
    }
    TEST("the_capacity_can_be_changed") {
        EQUAL(fcntl(ends[1], F_GETPIPE_SZ), 65536);
        EQUAL(fcntl(ends[1], F_SETPIPE_SZ, 4096), -1);
        EQUAL(errno, EBUSY);
        EQUAL(fcntl(ends[0], F_SETPIPE_SZ, 100000), 131072);
        EQUAL(write(ends[1], big, sizeof big), 65536);
        size_t got = 0;
        ssize_t step;
        while ((step = read(ends[0], big, 5000)) > 0)
            got += (size_t)step;
        EQUAL(got, 131072);
        int file = open("/dev/null", O_RDWR);
        EQUAL(fcntl(file, F_GETPIPE_SZ), -1);
        EQUAL(errno, EBADF);
        close(file);
    }
    TEST("several_buffers_go_in_one_piece") {
        struct iovec out[3] = {{"ab", 2}, {"", 0}, {"cdef", 4}};
        char first[3], second[10];
        struct iovec in[2] = {{first, sizeof first}, {second, sizeof second}};
        EQUAL(writev(ends[1], out, 3), 6);
        EQUAL(readv(ends[0], in, 2), 6);
        CHECK(!memcmp(first, "abc", 3));
        CHECK(!memcmp(second, "def", 3));
        EQUAL(writev(ends[1], out, -1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(writev(ends[1], out, 0), 0);
    }
    TEST("poll_shows_what_can_be_done") {
        struct pollfd list[3] = {{ends[0], POLLIN, 7}, {ends[1], POLLOUT, 7}, {-1, POLLIN, 7}};
        EQUAL(poll(list, 3, 0), 1);
        EQUAL(list[0].revents, 0);
        EQUAL(list[1].revents, POLLOUT);
        EQUAL(list[2].revents, 0);
        EQUAL(write(ends[1], "x", 1), 1);
        list[0].events = POLLIN | POLLRDNORM;
        list[1].events = POLLOUT | POLLWRNORM;
        list[2].fd = -7;
        EQUAL(poll(list, 3, -1), 2);
        EQUAL(list[0].revents, POLLIN | POLLRDNORM);
        EQUAL(list[1].revents, POLLOUT | POLLWRNORM);
        EQUAL(list[2].revents, 0);
        EQUAL(read(ends[0], bytes, 1), 1);
        EQUAL(poll(list, 1, 0), 0);
    }
    TEST("poll_of_a_closed_descriptor_says_so") {
        struct pollfd list[1] = {{500, POLLIN, 0}};
        EQUAL(poll(list, 1, 1000), 1);
        EQUAL(list[0].revents, POLLNVAL);
    }
    TEST("poll_of_a_file_is_ready_at_once") {
        FILE *file = tmpfile();
        struct pollfd list[1] = {{fileno(file), POLLIN | POLLOUT, 0}};
        EQUAL(poll(list, 1, -1), 1);
        EQUAL(list[0].revents, POLLIN | POLLOUT);
        fclose(file);
    }
    TEST("poll_waits_until_something_comes") {
        pthread_t thread;
        struct pollfd list[1] = {{ends[0], POLLIN, 0}};
        pthread_create(&thread, NULL, write_late, "!");
        EQUAL(poll(list, 1, 10000), 1);
        EQUAL(list[0].revents, POLLIN);
        pthread_join(thread, NULL);
        EQUAL(read(ends[0], bytes, 9), 1);
    }
    TEST("poll_ends_with_its_time") {
        struct pollfd list[1] = {{ends[0], POLLIN, 0}};
        EQUAL(poll(list, 1, 10), 0);
        EQUAL(poll(NULL, 0, 5), 0);
    }
    TEST("poll_takes_many_descriptors") {
        static struct pollfd list[200];
        int pipes[100][2];
        for (int each = 0; each < 100; each++) {
            EQUAL(pipe(pipes[each]), 0);
            list[2 * each] = (struct pollfd){pipes[each][0], POLLIN | POLLRDNORM, 0};
            list[2 * each + 1] = (struct pollfd){pipes[each][1], POLLOUT, 0};
        }
        EQUAL(write(pipes[42][1], "x", 1), 1);
        EQUAL(poll(list, 200, -1), 101);
        EQUAL(list[84].revents, POLLIN | POLLRDNORM);
        EQUAL(list[86].revents, 0);
        EQUAL(list[199].revents, POLLOUT);
        for (int each = 0; each < 100; each++) {
            close(pipes[each][0]);
            close(pipes[each][1]);
        }
    }
    TEST("select_shows_what_can_be_done") {
        fd_set reading, writing;
        struct timeval none = {0, 0};
        FD_ZERO(&reading);
        FD_ZERO(&writing);
        FD_SET(ends[0], &reading);
        FD_SET(ends[1], &writing);
        EQUAL(select(ends[1] + 1, &reading, &writing, NULL, &none), 1);
        CHECK(!FD_ISSET(ends[0], &reading));
        CHECK(FD_ISSET(ends[1], &writing));
        EQUAL(write(ends[1], "x", 1), 1);
        FD_SET(ends[0], &reading);
        EQUAL(select(ends[1] + 1, &reading, &writing, NULL, NULL), 2);
        CHECK(FD_ISSET(ends[0], &reading));
        EQUAL(read(ends[0], bytes, 9), 1);
        FD_SET(61, &reading);
        EQUAL(select(62, &reading, NULL, NULL, &none), -1);
        EQUAL(errno, EBADF);
    }
    TEST("the_end_comes_when_the_last_writer_is_closed") {
        int copy = dup(ends[1]);
        struct pollfd list[1] = {{ends[0], POLLIN, 0}};
        EQUAL(write(ends[1], "rest", 4), 4);
        close(ends[1]);
        EQUAL(poll(list, 1, 0), 1);
        EQUAL(list[0].revents, POLLIN);
        close(copy);
        EQUAL(read(ends[0], bytes, 9), 4);
        EQUAL(poll(list, 1, -1), 1);
        EQUAL(list[0].revents, POLLHUP);
        EQUAL(read(ends[0], bytes, 9), 0);
        close(ends[0]);
    }
    TEST("a_pipe_without_readers_is_epipe_and_sigpipe") {
        EQUAL(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
        EQUAL(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
        EQUAL(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
        EQUAL(fcntl(ends[1], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        close(ends[0]);
        struct pollfd list[1] = {{ends[1], POLLOUT, 0}};
        EQUAL(poll(list, 1, -1), 1);
        EQUAL(list[0].revents, POLLOUT | POLLERR);
        EQUAL(write(ends[1], "x", 1), -1);
        EQUAL(errno, EPIPE);
        signal(SIGPIPE, count);
        EQUAL(write(ends[1], "x", 1), -1);
        EQUAL(errno, EPIPE);
        EQUAL(caught, SIGPIPE);
        signal(SIGPIPE, SIG_IGN);
        close(ends[1]);
    }
    TEST("pipe2_refuses_other_flags") {
        EQUAL(pipe2(ends, O_CREAT), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("opening_a_fifo_waits_for_the_other_end") {
        char path[] = "/tmp/fifoXXXXXX/f";
        pthread_t thread;
        void *writer;
        path[15] = 0;
        CHECK(mkdtemp(path));
        path[15] = '/';
        EQUAL(mkfifo(path, 0600), 0);
        EQUAL(mkfifo(path, 0600), -1);
        EQUAL(errno, EEXIST);
        EQUAL(open(path, O_WRONLY | O_NONBLOCK), -1);
        EQUAL(errno, ENXIO);
        pthread_create(&thread, NULL, open_for_writing, path);
        int reader = open(path, O_RDONLY);
        CHECK(reader >= 0);
        pthread_join(thread, &writer);
        CHECK((long)writer >= 0);
        EQUAL(write((int)(long)writer, "through", 7), 7);
        EQUAL(read(reader, bytes, sizeof bytes), 7);
        close((int)(long)writer);
        EQUAL(read(reader, bytes, sizeof bytes), 0);
        close(reader);
        int both = open(path, O_RDWR);
        CHECK(both >= 0);
        EQUAL(write(both, "self", 4), 4);
        EQUAL(read(both, bytes, sizeof bytes), 4);
        close(both);
        EQUAL(unlink(path), 0);
        path[15] = 0;
        EQUAL(rmdir(path), 0);
    }
    DONE();
}
