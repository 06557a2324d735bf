/* <semaphore.h>: semaphores. POSIX.1-2024 <semaphore.h>. */
#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H 1

#include <features.h>
#include <sys/types.h>
#ifdef __USE_XOPEN2K
# include <bits/types/struct_timespec.h>
#endif

typedef union {
    char __size[32];
    long int __align;
} sem_t;

#define SEM_FAILED ((sem_t *)0)
#define SEM_VALUE_MAX 2147483647

__BEGIN_DECLS

extern int sem_init(sem_t *semaphore, int shared, unsigned int value) __THROW __nonnull((1));
extern int sem_destroy(sem_t *semaphore) __THROW __nonnull((1));
extern sem_t *sem_open(const char *name, int flags, ...) __THROW __nonnull((1));
extern int sem_close(sem_t *semaphore) __THROW __nonnull((1));
extern int sem_unlink(const char *name) __THROW __nonnull((1));
extern int sem_wait(sem_t *semaphore) __nonnull((1));
#ifdef __USE_XOPEN2K
extern int sem_timedwait(sem_t *__restrict semaphore, const struct timespec *__restrict time) __nonnull((1, 2));
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int sem_clockwait(sem_t *__restrict semaphore, clockid_t clock, const struct timespec *__restrict time)
    __nonnull((1, 3));
#endif
extern int sem_trywait(sem_t *semaphore) __THROWNL __nonnull((1));
extern int sem_post(sem_t *semaphore) __THROWNL __nonnull((1));
extern int sem_getvalue(sem_t *__restrict semaphore, int *__restrict value) __THROW __nonnull((1, 2));

__END_DECLS

#endif
