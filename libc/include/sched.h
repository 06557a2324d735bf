/* <sched.h>: scheduling. POSIX.1-2024 <sched.h>; Linux's processor sets. */
#ifndef _SCHED_H
#define _SCHED_H 1

#include <features.h>
#include <bits/types.h>
#define __need_size_t
#define __need_NULL
#include <stddef.h>

#include <bits/types/time_t.h>
#include <bits/types/struct_timespec.h>
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif

#define SCHED_OTHER 0
#define SCHED_FIFO 1
#define SCHED_RR 2
#ifdef __USE_GNU
#define SCHED_BATCH 3
#define SCHED_IDLE 5
#define SCHED_DEADLINE 6
#define SCHED_RESET_ON_FORK 0x40000000
#define CSIGNAL 0xff
#define CLONE_VM 0x100
#define CLONE_FS 0x200
#define CLONE_FILES 0x400
#define CLONE_SIGHAND 0x800
#define CLONE_PIDFD 0x1000
#define CLONE_PTRACE 0x2000
#define CLONE_VFORK 0x4000
#define CLONE_PARENT 0x8000
#define CLONE_THREAD 0x10000
#define CLONE_NEWNS 0x20000
#define CLONE_SYSVSEM 0x40000
#define CLONE_SETTLS 0x80000
#define CLONE_PARENT_SETTID 0x100000
#define CLONE_CHILD_CLEARTID 0x200000
#define CLONE_DETACHED 0x400000
#define CLONE_UNTRACED 0x800000
#define CLONE_CHILD_SETTID 0x1000000
#define CLONE_NEWCGROUP 0x2000000
#define CLONE_NEWUTS 0x4000000
#define CLONE_NEWIPC 0x8000000
#define CLONE_NEWUSER 0x10000000
#define CLONE_NEWPID 0x20000000
#define CLONE_NEWNET 0x40000000
#define CLONE_IO 0x80000000
#endif

#ifndef __struct_sched_param_defined
struct sched_param {
    int sched_priority;
};
# define __struct_sched_param_defined 1
#endif

#include <bits/cpu-set.h>

__BEGIN_DECLS

extern int sched_setparam(__pid_t process, const struct sched_param *parameters) __THROW;
extern int sched_getparam(__pid_t process, struct sched_param *parameters) __THROW;
extern int sched_setscheduler(__pid_t process, int policy, const struct sched_param *parameters) __THROW;
extern int sched_getscheduler(__pid_t process) __THROW;
extern int sched_yield(void) __THROW;
extern int sched_get_priority_max(int policy) __THROW;
extern int sched_get_priority_min(int policy) __THROW;
extern int sched_rr_get_interval(__pid_t process, struct timespec *interval) __THROW;

#ifdef __USE_GNU
# define CPU_SETSIZE __CPU_SETSIZE
# define CPU_SET(cpu, set) __CPU_SET_S(cpu, sizeof(cpu_set_t), set)
# define CPU_CLR(cpu, set) __CPU_CLR_S(cpu, sizeof(cpu_set_t), set)
# define CPU_ISSET(cpu, set) __CPU_ISSET_S(cpu, sizeof(cpu_set_t), set)
# define CPU_ZERO(set) __CPU_ZERO_S(sizeof(cpu_set_t), set)
# define CPU_COUNT(set) __CPU_COUNT_S(sizeof(cpu_set_t), set)
# define CPU_SET_S(cpu, size, set) __CPU_SET_S(cpu, size, set)
# define CPU_CLR_S(cpu, size, set) __CPU_CLR_S(cpu, size, set)
# define CPU_ISSET_S(cpu, size, set) __CPU_ISSET_S(cpu, size, set)
# define CPU_ZERO_S(size, set) __CPU_ZERO_S(size, set)
# define CPU_COUNT_S(size, set) __CPU_COUNT_S(size, set)
# define CPU_EQUAL(left, right) __CPU_EQUAL_S(sizeof(cpu_set_t), left, right)
# define CPU_EQUAL_S(size, left, right) __CPU_EQUAL_S(size, left, right)
# define CPU_AND(to, left, right) __CPU_OP_S(sizeof(cpu_set_t), to, left, right, &)
# define CPU_OR(to, left, right) __CPU_OP_S(sizeof(cpu_set_t), to, left, right, |)
# define CPU_XOR(to, left, right) __CPU_OP_S(sizeof(cpu_set_t), to, left, right, ^)
# define CPU_AND_S(size, to, left, right) __CPU_OP_S(size, to, left, right, &)
# define CPU_OR_S(size, to, left, right) __CPU_OP_S(size, to, left, right, |)
# define CPU_XOR_S(size, to, left, right) __CPU_OP_S(size, to, left, right, ^)
# define CPU_ALLOC_SIZE(count) ((((count) + __NCPUBITS - 1) / __NCPUBITS) * sizeof(__cpu_mask))
# define CPU_ALLOC(count) __sched_cpualloc(count)
# define CPU_FREE(set) __sched_cpufree(set)

extern int sched_setaffinity(__pid_t process, size_t size, const cpu_set_t *set) __THROW;
extern int sched_getaffinity(__pid_t process, size_t size, cpu_set_t *set) __THROW;
extern int sched_getcpu(void) __THROW;
extern int getcpu(unsigned int *cpu, unsigned int *node) __THROW;
#endif

#ifdef __USE_GNU
extern int setns(int fd, int kind) __THROW;
extern int unshare(int kinds) __THROW;
#endif
__END_DECLS

#endif
