/* <pthread.h>: threads. POSIX.1-2024 <pthread.h>; glibc's _np functions. */
#ifndef _PTHREAD_H
#define _PTHREAD_H 1

#include <features.h>
#include <endian.h>
#include <sched.h>
#include <time.h>

#include <bits/pthreadtypes.h>
#include <bits/setjmp.h>
#include <bits/types/__sigset_t.h>
#include <bits/wordsize.h>
#include <bits/types/struct___jmp_buf_tag.h>

enum {
    PTHREAD_CREATE_JOINABLE,
    PTHREAD_CREATE_DETACHED
};
#define PTHREAD_CREATE_JOINABLE PTHREAD_CREATE_JOINABLE
#define PTHREAD_CREATE_DETACHED PTHREAD_CREATE_DETACHED

enum {
    PTHREAD_MUTEX_TIMED_NP,
    PTHREAD_MUTEX_RECURSIVE_NP,
    PTHREAD_MUTEX_ERRORCHECK_NP,
    PTHREAD_MUTEX_ADAPTIVE_NP
#if defined __USE_UNIX98 || defined __USE_XOPEN2K8
    ,
    PTHREAD_MUTEX_NORMAL = PTHREAD_MUTEX_TIMED_NP,
    PTHREAD_MUTEX_RECURSIVE = PTHREAD_MUTEX_RECURSIVE_NP,
    PTHREAD_MUTEX_ERRORCHECK = PTHREAD_MUTEX_ERRORCHECK_NP,
    PTHREAD_MUTEX_DEFAULT = PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_NORMAL PTHREAD_MUTEX_NORMAL
#define PTHREAD_MUTEX_RECURSIVE PTHREAD_MUTEX_RECURSIVE
#define PTHREAD_MUTEX_ERRORCHECK PTHREAD_MUTEX_ERRORCHECK
#define PTHREAD_MUTEX_DEFAULT PTHREAD_MUTEX_DEFAULT
#endif
#ifdef __USE_GNU
    ,
    PTHREAD_MUTEX_FAST_NP = PTHREAD_MUTEX_TIMED_NP
#endif
};

#ifdef __USE_XOPEN2K
enum {
    PTHREAD_MUTEX_STALLED,
    PTHREAD_MUTEX_STALLED_NP = PTHREAD_MUTEX_STALLED,
    PTHREAD_MUTEX_ROBUST,
    PTHREAD_MUTEX_ROBUST_NP = PTHREAD_MUTEX_ROBUST
};
#endif

#if defined __USE_POSIX199506 || defined __USE_UNIX98
enum {
    PTHREAD_PRIO_NONE,
    PTHREAD_PRIO_INHERIT,
    PTHREAD_PRIO_PROTECT
};
#define PTHREAD_PRIO_NONE PTHREAD_PRIO_NONE
#define PTHREAD_PRIO_INHERIT PTHREAD_PRIO_INHERIT
#define PTHREAD_PRIO_PROTECT PTHREAD_PRIO_PROTECT
#endif

#define __PTHREAD_MUTEX_INITIALIZER(kind) {{0, 0, 0, 0, kind, 0, 0, {0, 0}}}
#define PTHREAD_MUTEX_INITIALIZER __PTHREAD_MUTEX_INITIALIZER(PTHREAD_MUTEX_TIMED_NP)
#ifdef __USE_GNU
# define PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP __PTHREAD_MUTEX_INITIALIZER(PTHREAD_MUTEX_RECURSIVE_NP)
# define PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP __PTHREAD_MUTEX_INITIALIZER(PTHREAD_MUTEX_ERRORCHECK_NP)
# define PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP __PTHREAD_MUTEX_INITIALIZER(PTHREAD_MUTEX_ADAPTIVE_NP)
#endif

#if defined __USE_UNIX98 || defined __USE_XOPEN2K
enum {
    PTHREAD_RWLOCK_PREFER_READER_NP,
    PTHREAD_RWLOCK_PREFER_WRITER_NP,
    PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP,
    PTHREAD_RWLOCK_DEFAULT_NP = PTHREAD_RWLOCK_PREFER_READER_NP
};
# define __PTHREAD_RWLOCK_INITIALIZER(flags) {{{0, 0, 0, 0, 0, 0}, 0, 0, 0, {0, 0, 0, 0, 0, 0, 0}, 0, flags}}
# define PTHREAD_RWLOCK_INITIALIZER __PTHREAD_RWLOCK_INITIALIZER(PTHREAD_RWLOCK_DEFAULT_NP)
# ifdef __USE_GNU
#  define PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP \
    __PTHREAD_RWLOCK_INITIALIZER(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP)
# endif
#endif

enum {
    PTHREAD_INHERIT_SCHED,
    PTHREAD_EXPLICIT_SCHED
};
#define PTHREAD_INHERIT_SCHED PTHREAD_INHERIT_SCHED
#define PTHREAD_EXPLICIT_SCHED PTHREAD_EXPLICIT_SCHED

enum {
    PTHREAD_SCOPE_SYSTEM,
    PTHREAD_SCOPE_PROCESS
};
#define PTHREAD_SCOPE_SYSTEM PTHREAD_SCOPE_SYSTEM
#define PTHREAD_SCOPE_PROCESS PTHREAD_SCOPE_PROCESS

enum {
    PTHREAD_PROCESS_PRIVATE,
    PTHREAD_PROCESS_SHARED
};
#define PTHREAD_PROCESS_PRIVATE PTHREAD_PROCESS_PRIVATE
#define PTHREAD_PROCESS_SHARED PTHREAD_PROCESS_SHARED

#define PTHREAD_COND_INITIALIZER {{0}}

struct _pthread_cleanup_buffer {
    void (*__routine)(void *);
    void *__arg;
    int __canceltype;
    struct _pthread_cleanup_buffer *__prev;
};

enum {
    PTHREAD_CANCEL_ENABLE,
    PTHREAD_CANCEL_DISABLE
};
#define PTHREAD_CANCEL_ENABLE PTHREAD_CANCEL_ENABLE
#define PTHREAD_CANCEL_DISABLE PTHREAD_CANCEL_DISABLE

enum {
    PTHREAD_CANCEL_DEFERRED,
    PTHREAD_CANCEL_ASYNCHRONOUS
};
#define PTHREAD_CANCEL_DEFERRED PTHREAD_CANCEL_DEFERRED
#define PTHREAD_CANCEL_ASYNCHRONOUS PTHREAD_CANCEL_ASYNCHRONOUS
#define PTHREAD_CANCELED ((void *)-1)
#ifdef __USE_GNU
# define PTHREAD_ATTR_NO_SIGMASK_NP (-1)
#endif

#define PTHREAD_ONCE_INIT 0
#ifdef __USE_XOPEN2K
# define PTHREAD_BARRIER_SERIAL_THREAD (-1)
#endif

__BEGIN_DECLS

extern int pthread_create(pthread_t *__restrict thread, const pthread_attr_t *__restrict attributes,
    void *(*routine)(void *), void *__restrict argument) __THROWNL __nonnull((1, 3));
extern void pthread_exit(void *result) __attribute__((__noreturn__));
extern int pthread_join(pthread_t thread, void **result);
#ifdef __USE_GNU
extern int pthread_tryjoin_np(pthread_t thread, void **result) __THROW;
extern int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *time);
extern int pthread_clockjoin_np(pthread_t thread, void **result, clockid_t clock, const struct timespec *time);
#endif
extern int pthread_detach(pthread_t thread) __THROW;
extern pthread_t pthread_self(void) __THROW __attribute_const__;
extern int pthread_equal(pthread_t left, pthread_t right) __THROW __attribute_const__;

extern int pthread_attr_init(pthread_attr_t *attributes) __THROW __nonnull((1));
extern int pthread_attr_destroy(pthread_attr_t *attributes) __THROW __nonnull((1));
extern int pthread_attr_getdetachstate(const pthread_attr_t *attributes, int *state) __THROW __nonnull((1, 2));
extern int pthread_attr_setdetachstate(pthread_attr_t *attributes, int state) __THROW __nonnull((1));
extern int pthread_attr_getguardsize(const pthread_attr_t *attributes, size_t *size) __THROW __nonnull((1, 2));
extern int pthread_attr_setguardsize(pthread_attr_t *attributes, size_t size) __THROW __nonnull((1));
extern int pthread_attr_getschedparam(const pthread_attr_t *__restrict attributes,
    struct sched_param *__restrict parameters) __THROW __nonnull((1, 2));
extern int pthread_attr_setschedparam(pthread_attr_t *__restrict attributes,
    const struct sched_param *__restrict parameters) __THROW __nonnull((1, 2));
extern int pthread_attr_getschedpolicy(const pthread_attr_t *__restrict attributes, int *__restrict policy)
    __THROW __nonnull((1, 2));
extern int pthread_attr_setschedpolicy(pthread_attr_t *attributes, int policy) __THROW __nonnull((1));
extern int pthread_attr_getinheritsched(const pthread_attr_t *__restrict attributes, int *__restrict inherit)
    __THROW __nonnull((1, 2));
extern int pthread_attr_setinheritsched(pthread_attr_t *attributes, int inherit) __THROW __nonnull((1));
extern int pthread_attr_getscope(const pthread_attr_t *__restrict attributes, int *__restrict scope)
    __THROW __nonnull((1, 2));
extern int pthread_attr_setscope(pthread_attr_t *attributes, int scope) __THROW __nonnull((1));
extern int pthread_attr_getstackaddr(const pthread_attr_t *__restrict attributes, void **__restrict address)
    __THROW __nonnull((1, 2)) __attribute_deprecated__;
extern int pthread_attr_setstackaddr(pthread_attr_t *attributes, void *address)
    __THROW __nonnull((1)) __attribute_deprecated__;
extern int pthread_attr_getstacksize(const pthread_attr_t *__restrict attributes, size_t *__restrict size)
    __THROW __nonnull((1, 2));
extern int pthread_attr_setstacksize(pthread_attr_t *attributes, size_t size) __THROW __nonnull((1));
#ifdef __USE_XOPEN2K
extern int pthread_attr_getstack(const pthread_attr_t *__restrict attributes, void **__restrict address,
    size_t *__restrict size) __THROW __nonnull((1, 2, 3));
extern int pthread_attr_setstack(pthread_attr_t *attributes, void *address, size_t size) __THROW __nonnull((1));
#endif
#ifdef __USE_GNU
extern int pthread_attr_setaffinity_np(pthread_attr_t *attributes, size_t size, const cpu_set_t *set)
    __THROW __nonnull((1));
extern int pthread_attr_getaffinity_np(const pthread_attr_t *attributes, size_t size, cpu_set_t *set)
    __THROW __nonnull((1, 3));
extern int pthread_attr_setsigmask_np(pthread_attr_t *attributes, const __sigset_t *mask) __nonnull((1));
extern int pthread_attr_getsigmask_np(const pthread_attr_t *attributes, __sigset_t *mask) __nonnull((1, 2));
extern int pthread_getattr_default_np(pthread_attr_t *attributes) __THROW __nonnull((1));
extern int pthread_setattr_default_np(const pthread_attr_t *attributes) __THROW __nonnull((1));
extern int pthread_getattr_np(pthread_t thread, pthread_attr_t *attributes) __THROW __nonnull((2));
#endif

extern int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *parameters)
    __THROW __nonnull((3));
extern int pthread_getschedparam(pthread_t thread, int *__restrict policy,
    struct sched_param *__restrict parameters) __THROW __nonnull((2, 3));
extern int pthread_setschedprio(pthread_t thread, int priority) __THROW;
#ifdef __USE_GNU
extern int pthread_getname_np(pthread_t thread, char *name, size_t length) __THROW __nonnull((2));
extern int pthread_setname_np(pthread_t thread, const char *name) __THROW __nonnull((2));
#endif
#ifdef __USE_UNIX98
extern int pthread_getconcurrency(void) __THROW;
extern int pthread_setconcurrency(int level) __THROW;
#endif
#ifdef __USE_GNU
extern int pthread_yield(void) __THROW __attribute_deprecated_msg__("use sched_yield");
extern int pthread_setaffinity_np(pthread_t thread, size_t size, const cpu_set_t *set) __THROW __nonnull((3));
extern int pthread_getaffinity_np(pthread_t thread, size_t size, cpu_set_t *set) __THROW __nonnull((3));
#endif

extern int pthread_once(pthread_once_t *once, void (*routine)(void)) __nonnull((1, 2));
extern int pthread_setcancelstate(int state, int *old);
extern int pthread_setcanceltype(int type, int *old);
extern int pthread_cancel(pthread_t thread);
extern void pthread_testcancel(void);

struct __cancel_jmp_buf_tag {
    __jmp_buf __cancel_jmp_buf;
    int __mask_was_saved;
};
typedef struct {
    struct __cancel_jmp_buf_tag __cancel_jmp_buf[1];
    void *__pad[4];
} __pthread_unwind_buf_t __attribute__((__aligned__));
#define __cleanup_fct_attribute

struct __pthread_cleanup_frame {
    void (*__cancel_routine)(void *);
    void *__cancel_arg;
    int __do_it;
    int __cancel_type;
};

#if defined __GNUC__ && defined __EXCEPTIONS
# ifdef __cplusplus
/* A handler is an object: unwinding destroys it. */
class __pthread_cleanup_class {
    void (*__cancel_routine)(void *);
    void *__cancel_arg;
    int __do_it;
    int __cancel_type;

public:
    __pthread_cleanup_class(void (*routine)(void *), void *argument)
        : __cancel_routine(routine), __cancel_arg(argument), __do_it(1), __cancel_type(0) {}
    ~__pthread_cleanup_class() { if (__do_it) __cancel_routine(__cancel_arg); }
    void __setdoit(int execute) { __do_it = execute; }
    void __defer() { pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &__cancel_type); }
    void __restore() const { pthread_setcanceltype(__cancel_type, 0); }
};
#  define pthread_cleanup_push(routine, argument) \
    do { __pthread_cleanup_class __clframe(routine, argument)
#  define pthread_cleanup_pop(execute) __clframe.__setdoit(execute); } while (0)
#  ifdef __USE_GNU
#   define pthread_cleanup_push_defer_np(routine, argument) \
    do { __pthread_cleanup_class __clframe(routine, argument); __clframe.__defer()
#   define pthread_cleanup_pop_restore_np(execute) \
    __clframe.__restore(); __clframe.__setdoit(execute); } while (0)
#  endif
# else
/* A handler is a variable with a cleanup function: unwinding calls it. */
extern void __pthread_cleanup_routine(struct __pthread_cleanup_frame *frame);
#  define pthread_cleanup_push(routine, argument) \
    do { struct __pthread_cleanup_frame __clframe __attribute__((__cleanup__(__pthread_cleanup_routine))) \
        = {.__cancel_routine = (routine), .__cancel_arg = (argument), .__do_it = 1}
#  define pthread_cleanup_pop(execute) __clframe.__do_it = (execute); } while (0)
#  ifdef __USE_GNU
#   define pthread_cleanup_push_defer_np(routine, argument) \
    do { struct __pthread_cleanup_frame __clframe __attribute__((__cleanup__(__pthread_cleanup_routine))) \
        = {.__cancel_routine = (routine), .__cancel_arg = (argument), .__do_it = 1}; \
        (void)pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &__clframe.__cancel_type)
#   define pthread_cleanup_pop_restore_np(execute) \
    (void)pthread_setcanceltype(__clframe.__cancel_type, NULL); __clframe.__do_it = (execute); } while (0)
#  endif
# endif
#else
/* Without exceptions unwinding jumps back to the frame of the push, which runs the handler. */
# define pthread_cleanup_push(routine, argument) \
    do { __pthread_unwind_buf_t __cancel_buf; void (*__cancel_routine)(void *) = (routine); \
        void *__cancel_arg = (argument); \
        if (__glibc_unlikely(__sigsetjmp_cancel(__cancel_buf.__cancel_jmp_buf, 0))) { \
            __cancel_routine(__cancel_arg); __pthread_unwind_next(&__cancel_buf); } \
        __pthread_register_cancel(&__cancel_buf); do {
# define pthread_cleanup_pop(execute) \
        do { } while (0); } while (0); __pthread_unregister_cancel(&__cancel_buf); \
        if (execute) __cancel_routine(__cancel_arg); } while (0)
extern void __pthread_register_cancel(__pthread_unwind_buf_t *buffer);
extern void __pthread_unregister_cancel(__pthread_unwind_buf_t *buffer);
# ifdef __USE_GNU
#  define pthread_cleanup_push_defer_np(routine, argument) \
    do { __pthread_unwind_buf_t __cancel_buf; void (*__cancel_routine)(void *) = (routine); \
        void *__cancel_arg = (argument); \
        if (__glibc_unlikely(__sigsetjmp_cancel(__cancel_buf.__cancel_jmp_buf, 0))) { \
            __cancel_routine(__cancel_arg); __pthread_unwind_next(&__cancel_buf); } \
        __pthread_register_cancel_defer(&__cancel_buf); do {
#  define pthread_cleanup_pop_restore_np(execute) \
        do { } while (0); } while (0); __pthread_unregister_cancel_restore(&__cancel_buf); \
        if (execute) __cancel_routine(__cancel_arg); } while (0)
extern void __pthread_register_cancel_defer(__pthread_unwind_buf_t *buffer);
extern void __pthread_unregister_cancel_restore(__pthread_unwind_buf_t *buffer);
# endif
extern void __pthread_unwind_next(__pthread_unwind_buf_t *buffer) __attribute__((__noreturn__));
extern int __sigsetjmp_cancel(struct __cancel_jmp_buf_tag *buffer, int save) __attribute_returns_twice__;
#endif

extern int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
    __THROW __nonnull((1));
extern int pthread_mutex_destroy(pthread_mutex_t *mutex) __THROW __nonnull((1));
extern int pthread_mutex_trylock(pthread_mutex_t *mutex) __THROWNL __nonnull((1));
extern int pthread_mutex_lock(pthread_mutex_t *mutex) __THROWNL __nonnull((1));
#ifdef __USE_XOPEN2K
extern int pthread_mutex_timedlock(pthread_mutex_t *__restrict mutex, const struct timespec *__restrict time)
    __THROWNL __nonnull((1, 2));
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int pthread_mutex_clocklock(pthread_mutex_t *__restrict mutex, clockid_t clock,
    const struct timespec *__restrict time) __THROWNL __nonnull((1, 3));
#endif
extern int pthread_mutex_unlock(pthread_mutex_t *mutex) __THROWNL __nonnull((1));
extern int pthread_mutex_getprioceiling(const pthread_mutex_t *__restrict mutex, int *__restrict ceiling)
    __THROW __nonnull((1, 2));
extern int pthread_mutex_setprioceiling(pthread_mutex_t *__restrict mutex, int ceiling, int *__restrict old)
    __THROW __nonnull((1, 3));
#ifdef __USE_XOPEN2K8
extern int pthread_mutex_consistent(pthread_mutex_t *mutex) __THROW __nonnull((1));
#endif

extern int pthread_mutexattr_init(pthread_mutexattr_t *attributes) __THROW __nonnull((1));
extern int pthread_mutexattr_destroy(pthread_mutexattr_t *attributes) __THROW __nonnull((1));
extern int pthread_mutexattr_getpshared(const pthread_mutexattr_t *__restrict attributes,
    int *__restrict shared) __THROW __nonnull((1, 2));
extern int pthread_mutexattr_setpshared(pthread_mutexattr_t *attributes, int shared) __THROW __nonnull((1));
#if defined __USE_UNIX98 || defined __USE_XOPEN2K8
extern int pthread_mutexattr_gettype(const pthread_mutexattr_t *__restrict attributes, int *__restrict type)
    __THROW __nonnull((1, 2));
extern int pthread_mutexattr_settype(pthread_mutexattr_t *attributes, int type) __THROW __nonnull((1));
#endif
extern int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *__restrict attributes,
    int *__restrict protocol) __THROW __nonnull((1, 2));
extern int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attributes, int protocol) __THROW __nonnull((1));
extern int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *__restrict attributes,
    int *__restrict ceiling) __THROW __nonnull((1, 2));
extern int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *attributes, int ceiling)
    __THROW __nonnull((1));
#ifdef __USE_XOPEN2K
extern int pthread_mutexattr_getrobust(const pthread_mutexattr_t *attributes, int *robust)
    __THROW __nonnull((1, 2));
extern int pthread_mutexattr_setrobust(pthread_mutexattr_t *attributes, int robust) __THROW __nonnull((1));
#endif
#ifdef __USE_GNU
extern int pthread_mutex_consistent_np(pthread_mutex_t *mutex) __THROW __nonnull((1));
extern int pthread_mutexattr_getrobust_np(pthread_mutexattr_t *attributes, int *robust) __THROW __nonnull((1));
extern int pthread_mutexattr_setrobust_np(pthread_mutexattr_t *attributes, int robust) __THROW __nonnull((1));
extern int pthread_mutexattr_getkind_np(const pthread_mutexattr_t *attributes, int *kind) __THROW;
extern int pthread_mutexattr_setkind_np(pthread_mutexattr_t *attributes, int kind) __THROW;
#endif

#if defined __USE_UNIX98 || defined __USE_XOPEN2K
extern int pthread_rwlock_init(pthread_rwlock_t *__restrict lock,
    const pthread_rwlockattr_t *__restrict attributes) __THROW __nonnull((1));
extern int pthread_rwlock_destroy(pthread_rwlock_t *lock) __THROW __nonnull((1));
extern int pthread_rwlock_rdlock(pthread_rwlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_rwlock_wrlock(pthread_rwlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_rwlock_trywrlock(pthread_rwlock_t *lock) __THROWNL __nonnull((1));
# ifdef __USE_XOPEN2K
extern int pthread_rwlock_timedrdlock(pthread_rwlock_t *__restrict lock,
    const struct timespec *__restrict time) __THROWNL __nonnull((1, 2));
extern int pthread_rwlock_timedwrlock(pthread_rwlock_t *__restrict lock,
    const struct timespec *__restrict time) __THROWNL __nonnull((1, 2));
# endif
# if defined __USE_GNU || defined __USE_XOPEN2K24
extern int pthread_rwlock_clockrdlock(pthread_rwlock_t *__restrict lock, clockid_t clock,
    const struct timespec *__restrict time) __THROWNL __nonnull((1, 3));
extern int pthread_rwlock_clockwrlock(pthread_rwlock_t *__restrict lock, clockid_t clock,
    const struct timespec *__restrict time) __THROWNL __nonnull((1, 3));
# endif
extern int pthread_rwlock_unlock(pthread_rwlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_rwlockattr_init(pthread_rwlockattr_t *attributes) __THROW __nonnull((1));
extern int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attributes) __THROW __nonnull((1));
extern int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *__restrict attributes,
    int *__restrict shared) __THROW __nonnull((1, 2));
extern int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attributes, int shared) __THROW __nonnull((1));
extern int pthread_rwlockattr_getkind_np(const pthread_rwlockattr_t *__restrict attributes,
    int *__restrict preference) __THROW __nonnull((1, 2));
extern int pthread_rwlockattr_setkind_np(pthread_rwlockattr_t *attributes, int preference)
    __THROW __nonnull((1));
#endif

extern int pthread_cond_init(pthread_cond_t *__restrict condition,
    const pthread_condattr_t *__restrict attributes) __THROW __nonnull((1));
extern int pthread_cond_destroy(pthread_cond_t *condition) __THROW __nonnull((1));
extern int pthread_cond_signal(pthread_cond_t *condition) __THROWNL __nonnull((1));
extern int pthread_cond_broadcast(pthread_cond_t *condition) __THROWNL __nonnull((1));
extern int pthread_cond_wait(pthread_cond_t *__restrict condition, pthread_mutex_t *__restrict mutex)
    __nonnull((1, 2));
extern int pthread_cond_timedwait(pthread_cond_t *__restrict condition, pthread_mutex_t *__restrict mutex,
    const struct timespec *__restrict time) __nonnull((1, 2, 3));
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int pthread_cond_clockwait(pthread_cond_t *__restrict condition, pthread_mutex_t *__restrict mutex,
    __clockid_t clock, const struct timespec *__restrict time) __nonnull((1, 2, 4));
#endif
extern int pthread_condattr_init(pthread_condattr_t *attributes) __THROW __nonnull((1));
extern int pthread_condattr_destroy(pthread_condattr_t *attributes) __THROW __nonnull((1));
extern int pthread_condattr_getpshared(const pthread_condattr_t *__restrict attributes,
    int *__restrict shared) __THROW __nonnull((1, 2));
extern int pthread_condattr_setpshared(pthread_condattr_t *attributes, int shared) __THROW __nonnull((1));
#ifdef __USE_XOPEN2K
extern int pthread_condattr_getclock(const pthread_condattr_t *__restrict attributes,
    __clockid_t *__restrict clock) __THROW __nonnull((1, 2));
extern int pthread_condattr_setclock(pthread_condattr_t *attributes, __clockid_t clock) __THROW __nonnull((1));
#endif

#ifdef __USE_XOPEN2K
extern int pthread_spin_init(pthread_spinlock_t *lock, int shared) __THROW __nonnull((1));
extern int pthread_spin_destroy(pthread_spinlock_t *lock) __THROW __nonnull((1));
extern int pthread_spin_lock(pthread_spinlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_spin_trylock(pthread_spinlock_t *lock) __THROWNL __nonnull((1));
extern int pthread_spin_unlock(pthread_spinlock_t *lock) __THROWNL __nonnull((1));

extern int pthread_barrier_init(pthread_barrier_t *__restrict barrier,
    const pthread_barrierattr_t *__restrict attributes, unsigned int count) __THROW __nonnull((1));
extern int pthread_barrier_destroy(pthread_barrier_t *barrier) __THROW __nonnull((1));
extern int pthread_barrier_wait(pthread_barrier_t *barrier) __THROWNL __nonnull((1));
extern int pthread_barrierattr_init(pthread_barrierattr_t *attributes) __THROW __nonnull((1));
extern int pthread_barrierattr_destroy(pthread_barrierattr_t *attributes) __THROW __nonnull((1));
extern int pthread_barrierattr_getpshared(const pthread_barrierattr_t *__restrict attributes,
    int *__restrict shared) __THROW __nonnull((1, 2));
extern int pthread_barrierattr_setpshared(pthread_barrierattr_t *attributes, int shared)
    __THROW __nonnull((1));
#endif

extern int pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) __THROW __nonnull((1));
extern int pthread_key_delete(pthread_key_t key) __THROW;
extern void *pthread_getspecific(pthread_key_t key) __THROW;
extern int pthread_setspecific(pthread_key_t key, const void *value) __THROW;
#ifdef __USE_XOPEN2K
extern int pthread_getcpuclockid(pthread_t thread, __clockid_t *clock) __THROW __nonnull((2));
#endif
extern int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void)) __THROW;

__END_DECLS

#endif
