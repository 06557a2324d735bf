/* Asynchronous requests of what has no offset, and in a child: POSIX.1-2024 allows both, glibc does neither. test-only: ours. test-flags: -D_GNU_SOURCE */
#include "check.h"
#include <aio.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    char first[8] = "", second[8] = "";
    int ends[2];
    struct timespec instant = {0, 20000000};
    pipe(ends);
    struct aiocb one = {.aio_fildes = ends[0], .aio_buf = first, .aio_nbytes = 4};
    struct aiocb two = {.aio_fildes = ends[0], .aio_buf = second, .aio_nbytes = 4};
    one.aio_sigevent.sigev_notify = two.aio_sigevent.sigev_notify = SIGEV_NONE;
    const struct aiocb *list[] = {&one};

    TEST("a_request_that_waits_can_be_cancelled_and_one_that_runs_cannot") {
        EQUAL(aio_read(&one), 0);
        EQUAL(aio_suspend(list, 1, &instant), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(aio_error(&one), EINPROGRESS);
        EQUAL(aio_read(&two), 0);
        EQUAL(aio_cancel(ends[0], &two), AIO_CANCELED);
        EQUAL(aio_error(&two), ECANCELED);
        EQUAL(aio_return(&two), -1);
        EQUAL(aio_cancel(ends[0], NULL), AIO_NOTCANCELED);
    }
    TEST("a_pipe_is_read_as_it_fills") {
        EQUAL(write(ends[1], "abcd", 4), 4);
        EQUAL(aio_suspend(list, 1, NULL), 0);
        EQUAL(aio_error(&one), 0);
        EQUAL(aio_return(&one), 4);
        CHECK(!memcmp(first, "abcd", 4));
    }
    TEST("a_write_to_a_pipe_arrives") {
        struct aiocb three = {.aio_fildes = ends[1], .aio_buf = first, .aio_nbytes = 4};
        three.aio_sigevent.sigev_notify = SIGEV_NONE;
        EQUAL(aio_write(&three), 0);
        EQUAL(read(ends[0], second, 4), 4);
        CHECK(!memcmp(second, "abcd", 4));
    }
    TEST("a_child_begins_anew") {
        pid_t child = fork();
        if (child == 0) {
            int file = open("/dev/zero", O_RDONLY);
            struct aiocb block = {.aio_fildes = file, .aio_buf = first, .aio_nbytes = 2};
            const struct aiocb *blocks[] = {&block};
            block.aio_sigevent.sigev_notify = SIGEV_NONE;
            _exit(aio_read(&block) == 0 && aio_suspend(blocks, 1, NULL) == 0 && aio_return(&block) == 2 ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        EQUAL(status, 0);
    }
    DONE();
}
