/* <aio.h>: asynchronous input and output. POSIX.1-2024 <aio.h>. */
#ifndef _AIO_H
#define _AIO_H 1

#include <features.h>
#include <sys/types.h>
#include <bits/types/sigevent_t.h>
#include <bits/types/struct_timespec.h>
#define __need_size_t
#include <stddef.h>

/* A request. The unnamed room is the library's. */
struct aiocb {
    int aio_fildes;
    int aio_lio_opcode;
    int aio_reqprio;
    volatile void *aio_buf;
    size_t aio_nbytes;
    struct sigevent aio_sigevent;
    struct aiocb *__next;
    int __priority;
    int __policy;
    int __error;
    __ssize_t __result;
    __off_t aio_offset;
    char __room[32];
};

#ifdef __USE_LARGEFILE64
struct aiocb64 {
    int aio_fildes;
    int aio_lio_opcode;
    int aio_reqprio;
    volatile void *aio_buf;
    size_t aio_nbytes;
    struct sigevent aio_sigevent;
    struct aiocb *__next;
    int __priority;
    int __policy;
    int __error;
    __ssize_t __result;
    __off64_t aio_offset;
    char __room[32];
};
#endif

enum { AIO_CANCELED, AIO_NOTCANCELED, AIO_ALLDONE };
#define AIO_CANCELED AIO_CANCELED
#define AIO_NOTCANCELED AIO_NOTCANCELED
#define AIO_ALLDONE AIO_ALLDONE

enum { LIO_READ, LIO_WRITE, LIO_NOP };
#define LIO_READ LIO_READ
#define LIO_WRITE LIO_WRITE
#define LIO_NOP LIO_NOP

enum { LIO_WAIT, LIO_NOWAIT };
#define LIO_WAIT LIO_WAIT
#define LIO_NOWAIT LIO_NOWAIT

__BEGIN_DECLS

extern int aio_read(struct aiocb *request) __THROW __nonnull((1));
extern int aio_write(struct aiocb *request) __THROW __nonnull((1));
extern int aio_fsync(int operation, struct aiocb *request) __THROW __nonnull((2));
extern int aio_error(const struct aiocb *request) __THROW __nonnull((1));
extern __ssize_t aio_return(struct aiocb *request) __THROW __nonnull((1));
extern int aio_cancel(int descriptor, struct aiocb *request) __THROW;
extern int aio_suspend(const struct aiocb *const requests[], int count, const struct timespec *__restrict time)
    __nonnull((1));
extern int lio_listio(int mode, struct aiocb *const requests[], int count, struct sigevent *__restrict event)
    __THROW __nonnull((2));

#ifdef __USE_LARGEFILE64
extern int aio_read64(struct aiocb64 *request) __THROW __nonnull((1));
extern int aio_write64(struct aiocb64 *request) __THROW __nonnull((1));
extern int aio_fsync64(int operation, struct aiocb64 *request) __THROW __nonnull((2));
extern int aio_error64(const struct aiocb64 *request) __THROW __nonnull((1));
extern __ssize_t aio_return64(struct aiocb64 *request) __THROW __nonnull((1));
extern int aio_cancel64(int descriptor, struct aiocb64 *request) __THROW;
extern int aio_suspend64(const struct aiocb64 *const requests[], int count, const struct timespec *__restrict time)
    __nonnull((1));
extern int lio_listio64(int mode, struct aiocb64 *const requests[], int count,
                        struct sigevent *__restrict event) __THROW __nonnull((2));
#endif

__END_DECLS

#endif
