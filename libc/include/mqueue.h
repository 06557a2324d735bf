/* <mqueue.h>: message queues. POSIX.1-2024 <mqueue.h>. */
#ifndef _MQUEUE_H
#define _MQUEUE_H 1

#include <features.h>
#include <sys/types.h>
#include <fcntl.h>
#include <bits/types/sigevent_t.h>
#include <bits/types/struct_timespec.h>
#define __need_size_t
#include <stddef.h>

typedef int mqd_t;

struct mq_attr {
    long mq_flags;
    long mq_maxmsg;
    long mq_msgsize;
    long mq_curmsgs;
    long __room[4];
};

__BEGIN_DECLS

extern mqd_t mq_open(const char *name, int flags, ...) __THROW __nonnull((1));
extern int mq_close(mqd_t queue) __THROW;
extern int mq_unlink(const char *name) __THROW __nonnull((1));
extern int mq_getattr(mqd_t queue, struct mq_attr *attributes) __THROW __nonnull((2));
extern int mq_setattr(mqd_t queue, const struct mq_attr *__restrict attributes, struct mq_attr *__restrict old)
    __THROW __nonnull((2));
extern int mq_notify(mqd_t queue, const struct sigevent *event) __THROW;
extern int mq_send(mqd_t queue, const char *message, size_t length, unsigned int priority) __nonnull((2));
extern __ssize_t mq_receive(mqd_t queue, char *message, size_t length, unsigned int *priority) __nonnull((2));
#ifdef __USE_XOPEN2K
extern int mq_timedsend(mqd_t queue, const char *message, size_t length, unsigned int priority,
                        const struct timespec *time) __nonnull((2, 5));
extern __ssize_t mq_timedreceive(mqd_t queue, char *__restrict message, size_t length,
                                 unsigned int *__restrict priority, const struct timespec *__restrict time)
    __nonnull((2, 5));
#endif

__END_DECLS

#endif
