/* The types of <pthread.h>. Their contents are the library's own. */
#ifndef _BITS_PTHREADTYPES_H
#define _BITS_PTHREADTYPES_H 1

#include <features.h>
typedef unsigned long int pthread_t;
typedef unsigned int pthread_key_t;
typedef int pthread_once_t;
typedef volatile int pthread_spinlock_t;

union pthread_attr_t {
    char __size[56];
    long int __align;
};
#ifndef __have_pthread_attr_t
typedef union pthread_attr_t pthread_attr_t;
# define __have_pthread_attr_t 1
#endif

typedef union {
    char __size[4];
    int __align;
} pthread_mutexattr_t;

typedef union {
    char __size[4];
    int __align;
} pthread_condattr_t;

typedef struct __pthread_internal_list {
    struct __pthread_internal_list *__prev;
    struct __pthread_internal_list *__next;
} __pthread_list_t;

struct __pthread_mutex_s {
    int __lock;
    unsigned int __count;
    int __owner;
    unsigned int __nusers;
    int __kind;
    short __spins;
    short __elision;
    __pthread_list_t __list;
};
#define __PTHREAD_MUTEX_HAVE_PREV 1

typedef union {
    struct __pthread_mutex_s __data;
    char __size[40];
    long int __align;
} pthread_mutex_t;

typedef union {
    char __size[48];
    __extension__ long long int __align;
} pthread_cond_t;

struct __pthread_rwlock_arch_t {
    unsigned int __words[6];
    int __cur_writer;
    int __shared;
    unsigned char __rwelision;
    unsigned char __pad1[7];
    unsigned long int __pad2;
    unsigned int __flags;
};

#if defined __USE_UNIX98 || defined __USE_XOPEN2K
typedef union {
    struct __pthread_rwlock_arch_t __data;
    char __size[56];
    long int __align;
} pthread_rwlock_t;

typedef union {
    char __size[8];
    long int __align;
} pthread_rwlockattr_t;
#endif

#ifdef __USE_XOPEN2K
typedef union {
    char __size[32];
    long int __align;
} pthread_barrier_t;

typedef union {
    char __size[4];
    int __align;
} pthread_barrierattr_t;
#endif

#endif
