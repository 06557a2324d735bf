/* <aio.h>: asynchronous input and output. test-flags: -D_GNU_SOURCE -pthread */
#include "check.h"
#include <aio.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static struct aiocb request(int fd, char *buffer, size_t length, off_t offset)
{
    struct aiocb block;
    memset(&block, 0, sizeof block);
    block.aio_fildes = fd;
    block.aio_buf = buffer;
    block.aio_nbytes = length;
    block.aio_offset = offset;
    block.aio_sigevent.sigev_notify = SIGEV_NONE;
    return block;
}

static int wait_for(struct aiocb *block)
{
    const struct aiocb *list[] = {block};
    while (aio_error(block) == EINPROGRESS)
        aio_suspend(list, 1, NULL);
    return aio_error(block);
}

static volatile sig_atomic_t signals, signal_code, signal_value;
static void on_signal(int number, siginfo_t *information, void *context)
{
    (void) number;
    (void) context;
    signals++;
    signal_code = information->si_code;
    signal_value = information->si_value.sival_int;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t told = PTHREAD_COND_INITIALIZER;
static int thread_value;
static void in_thread(union sigval value)
{
    pthread_mutex_lock(&mutex);
    thread_value = value.sival_int;
    pthread_cond_signal(&told);
    pthread_mutex_unlock(&mutex);
}

int main(void)
{
    char name[] = "/tmp/asynchronous.XXXXXX";
    char buffer[64] = "";
    int file = mkstemp(name);
    struct timespec instant = {0, 10000000};

    TEST("what_is_written_can_be_read") {
        char text[] = "hello, world";
        struct aiocb write_it = request(file, text, 12, 0);
        EQUAL(aio_write(&write_it), 0);
        EQUAL(wait_for(&write_it), 0);
        EQUAL(aio_return(&write_it), 12);
        struct aiocb read_it = request(file, buffer, sizeof buffer, 7);
        EQUAL(aio_read(&read_it), 0);
        EQUAL(wait_for(&read_it), 0);
        EQUAL(aio_return(&read_it), 5);
        CHECK(!memcmp(buffer, "world", 5));
        /* The file's own offset is left alone. */
        EQUAL(lseek(file, 0, SEEK_CUR), 0);
    }
    TEST("errors_show_when_the_operation_is_done") {
        struct aiocb block = request(-1, buffer, 1, 0);
        EQUAL(aio_read(&block), 0);
        EQUAL(wait_for(&block), EBADF);
        EQUAL(aio_return(&block), -1);
        block = request(file, buffer, 1, -1);
        if (aio_read(&block) == 0) {
            EQUAL(wait_for(&block), EINVAL);
            EQUAL(aio_return(&block), -1);
        }
        block = request(file, buffer, 1, 0);
        block.aio_reqprio = -1;
        EQUAL(aio_read(&block), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("requests_of_one_descriptor_run_in_their_order") {
        struct aiocb blocks[20];
        char letters[20];
        int appended = open(name, O_WRONLY | O_TRUNC);
        for (int i = 0; i < 20; i++) {
            letters[i] = (char) ('a' + i);
            blocks[i] = request(appended, &letters[i], 1, i / 2);
            EQUAL(aio_write(&blocks[i]), 0);
        }
        for (int i = 0; i < 20; i++)
            EQUAL(wait_for(&blocks[i]), 0);
        EQUAL(pread(file, buffer, sizeof buffer, 0), 10);
        CHECK(!memcmp(buffer, "bdfhjlnprt", 10));
        close(appended);
    }
    TEST("a_signal_says_that_it_is_done") {
        struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
        struct aiocb block = request(file, buffer, 1, 0);
        sigaction(SIGUSR1, &action, NULL);
        block.aio_sigevent.sigev_notify = SIGEV_SIGNAL;
        block.aio_sigevent.sigev_signo = SIGUSR1;
        block.aio_sigevent.sigev_value.sival_int = 77;
        EQUAL(aio_read(&block), 0);
        for (int i = 0; i < 500 && !signals; i++)
            nanosleep(&instant, NULL);
        EQUAL(signals, 1);
        EQUAL(signal_code, SI_ASYNCIO);
        EQUAL(signal_value, 77);
        EQUAL(aio_return(&block), 1);
    }
    TEST("a_thread_says_that_it_is_done") {
        struct aiocb block = request(file, buffer, 1, 0);
        block.aio_sigevent.sigev_notify = SIGEV_THREAD;
        block.aio_sigevent.sigev_notify_function = in_thread;
        block.aio_sigevent.sigev_notify_attributes = NULL;
        block.aio_sigevent.sigev_value.sival_int = 5;
        EQUAL(aio_read(&block), 0);
        pthread_mutex_lock(&mutex);
        while (!thread_value)
            pthread_cond_wait(&told, &mutex);
        pthread_mutex_unlock(&mutex);
        EQUAL(thread_value, 5);
    }
    TEST("suspend_ends_with_its_time") {
        struct aiocb block = request(0, buffer, 1, 0);
        const struct aiocb *list[] = {NULL, &block};
        block.aio_fildes = open("/dev/null", O_RDONLY);
        EQUAL(aio_read(&block), 0);
        EQUAL(wait_for(&block), 0);
        EQUAL(aio_return(&block), 0);
        EQUAL(aio_suspend(list, 2, &instant), 0);
        close(block.aio_fildes);
    }
    TEST("fsync_comes_after_what_was_queued_before") {
        struct aiocb write_it = request(file, buffer, 8, 100);
        struct aiocb sync_it = request(file, NULL, 0, 0);
        EQUAL(aio_write(&write_it), 0);
        EQUAL(aio_fsync(O_SYNC, &sync_it), 0);
        EQUAL(wait_for(&sync_it), 0);
        EQUAL(aio_error(&write_it), 0);
        EQUAL(aio_return(&sync_it), 0);
        EQUAL(aio_fsync(12345, &sync_it), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("lists_are_waited_for_or_tell_once") {
        char one[4], two[4];
        struct aiocb first = request(file, one, 4, 0), second = request(file, two, 4, 4), none = request(-1, one, 1, 0);
        struct aiocb *list[] = {&first, NULL, &second, &none};
        struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
        first.aio_lio_opcode = second.aio_lio_opcode = LIO_READ;
        none.aio_lio_opcode = LIO_NOP;
        EQUAL(lio_listio(LIO_WAIT, list, 4, NULL), 0);
        CHECK(!memcmp(one, "bdfh", 4) && !memcmp(two, "jlnp", 4));
        EQUAL(aio_return(&second), 4);
        signals = 0;
        EQUAL(lio_listio(LIO_NOWAIT, list, 4, &event), 0);
        for (int i = 0; i < 500 && !signals; i++)
            nanosleep(&instant, NULL);
        EQUAL(signals, 1);
        EQUAL(aio_error(&first) + aio_error(&second), 0);
        none.aio_lio_opcode = LIO_READ;
        EQUAL(lio_listio(LIO_WAIT, list, 4, NULL), -1);
        EQUAL(errno, EIO);
        EQUAL(aio_error(&none), EBADF);
        EQUAL(lio_listio(99, list, 4, NULL), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("cancel_speaks_of_what_is_there") {
        EQUAL(aio_cancel(file, NULL), AIO_ALLDONE);
        EQUAL(aio_cancel(-1, NULL), -1);
        EQUAL(errno, EBADF);
    }
    close(file);
    unlink(name);
    DONE();
}
