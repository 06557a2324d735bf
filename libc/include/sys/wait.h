/* <sys/wait.h>: waiting for children. POSIX.1-2024 <sys/wait.h>. */
#ifndef _SYS_WAIT_H
#define _SYS_WAIT_H 1

#include <features.h>
#include <bits/types.h>
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif
#if defined __USE_XOPEN || defined __USE_XOPEN2K8
# include <signal.h>
#endif
#if defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8
# include <sys/resource.h>
#endif
#include <bits/waitflags.h>
#include <bits/waitstatus.h>

#define WEXITSTATUS(status) __WEXITSTATUS(status)
#define WTERMSIG(status) __WTERMSIG(status)
#define WSTOPSIG(status) __WSTOPSIG(status)
#define WIFEXITED(status) __WIFEXITED(status)
#define WIFSIGNALED(status) __WIFSIGNALED(status)
#define WIFSTOPPED(status) __WIFSTOPPED(status)
#define WIFCONTINUED(status) __WIFCONTINUED(status)
#ifdef __USE_MISC
# define WCOREFLAG __WCOREFLAG
# define WCOREDUMP(status) __WCOREDUMP(status)
# define W_EXITCODE(code, signal) __W_EXITCODE(code, signal)
# define W_STOPCODE(signal) __W_STOPCODE(signal)
# define WAIT_ANY (-1)
# define WAIT_MYPGRP 0
#endif

#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
# ifndef __ENUM_IDTYPE_T
typedef enum {
    P_ALL,
    P_PID,
    P_PGID,
    P_PIDFD
} idtype_t;
#  define __ENUM_IDTYPE_T 1
# endif
# ifndef __id_t_defined
typedef __id_t id_t;
#  define __id_t_defined
# endif
#endif

__BEGIN_DECLS
extern __pid_t wait(int *status);
extern __pid_t waitpid(__pid_t process, int *status, int options);
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern int waitid(idtype_t type, __id_t id, siginfo_t *information, int options);
#endif
#if defined __USE_MISC || (defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K)
struct rusage;
extern __pid_t wait3(int *status, int options, struct rusage *usage) __THROWNL;
#endif
#ifdef __USE_MISC
extern __pid_t wait4(__pid_t process, int *status, int options, struct rusage *usage) __THROWNL;
#endif
__END_DECLS

#endif
