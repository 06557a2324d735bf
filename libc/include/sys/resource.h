/* <sys/resource.h>: limits and use of resources. POSIX.1-2024 <sys/resource.h>. */
#ifndef _SYS_RESOURCE_H
#define _SYS_RESOURCE_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/types/struct_timeval.h>
#ifndef __id_t_defined
typedef __id_t id_t;
# define __id_t_defined
#endif

#define RLIMIT_CPU 0
#define RLIMIT_FSIZE 1
#define RLIMIT_DATA 2
#define RLIMIT_STACK 3
#define RLIMIT_CORE 4
#define RLIMIT_RSS 5
#define RLIMIT_NPROC 6
#define RLIMIT_NOFILE 7
#define RLIMIT_MEMLOCK 8
#define RLIMIT_AS 9
#define RLIMIT_LOCKS 10
#define RLIMIT_SIGPENDING 11
#define RLIMIT_MSGQUEUE 12
#define RLIMIT_NICE 13
#define RLIMIT_RTPRIO 14
#define RLIMIT_RTTIME 15
#define RLIMIT_NLIMITS 16
#define RLIMIT_OFILE RLIMIT_NOFILE
#define __RLIMIT_RSS RLIMIT_RSS
#define __RLIMIT_NPROC RLIMIT_NPROC
#define __RLIMIT_NLIMITS RLIMIT_NLIMITS
#define RLIM_NLIMITS RLIMIT_NLIMITS
#define RLIM_INFINITY ((__rlim_t)-1)
#define RLIM_SAVED_MAX RLIM_INFINITY
#define RLIM_SAVED_CUR RLIM_INFINITY
#ifdef __USE_LARGEFILE64
# define RLIM64_INFINITY RLIM_INFINITY
#endif

typedef __rlim_t rlim_t;
struct rlimit {
    rlim_t rlim_cur;
    rlim_t rlim_max;
};
#ifdef __USE_LARGEFILE64
typedef __rlim64_t rlim64_t;
struct rlimit64 {
    rlim64_t rlim_cur;
    rlim64_t rlim_max;
};
#endif

#define RUSAGE_SELF 0
#define RUSAGE_CHILDREN (-1)
#ifdef __USE_GNU
# define RUSAGE_THREAD 1
# define RUSAGE_LWP RUSAGE_THREAD
#endif

struct rusage {
    struct timeval ru_utime;
    struct timeval ru_stime;
    long int ru_maxrss;
    long int ru_ixrss;
    long int ru_idrss;
    long int ru_isrss;
    long int ru_minflt;
    long int ru_majflt;
    long int ru_nswap;
    long int ru_inblock;
    long int ru_oublock;
    long int ru_msgsnd;
    long int ru_msgrcv;
    long int ru_nsignals;
    long int ru_nvcsw;
    long int ru_nivcsw;
};

#define PRIO_MIN (-20)
#define PRIO_MAX 20
#define PRIO_PROCESS 0
#define PRIO_PGRP 1
#define PRIO_USER 2

__BEGIN_DECLS
extern int getrlimit(int resource, struct rlimit *limit) __THROW;
extern int setrlimit(int resource, const struct rlimit *limit) __THROW;
#ifdef __USE_LARGEFILE64
extern int getrlimit64(int resource, struct rlimit64 *limit) __THROW;
extern int setrlimit64(int resource, const struct rlimit64 *limit) __THROW;
#endif
#ifdef __USE_GNU
extern int prlimit(__pid_t process, int resource, const struct rlimit *new_limit, struct rlimit *old_limit)
    __THROW;
extern int prlimit64(__pid_t process, int resource, const struct rlimit64 *new_limit,
    struct rlimit64 *old_limit) __THROW;
#endif
extern int getrusage(int who, struct rusage *usage) __THROW;
extern int getpriority(int which, id_t who) __THROW;
extern int setpriority(int which, id_t who, int priority) __THROW;
__END_DECLS

#endif
