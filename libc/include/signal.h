/* <signal.h>: signals. ISO C 7.14, POSIX.1-2024 <signal.h>. */
#ifndef _SIGNAL_H
#define _SIGNAL_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/types/sig_atomic_t.h>

__BEGIN_DECLS

typedef void (*__sighandler_t)(int);
#include <bits/signum.h>

#if defined __USE_POSIX
# include <bits/types/sigset_t.h>
#endif
#if defined __USE_XOPEN || defined __USE_XOPEN2K
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif
#ifndef __uid_t_defined
typedef __uid_t uid_t;
# define __uid_t_defined
#endif
#endif
#ifdef __USE_POSIX199309
# include <bits/types/struct_timespec.h>
#endif
#if defined __USE_POSIX199309 || defined __USE_XOPEN_EXTENDED
# include <bits/types/siginfo_t.h>
# include <bits/siginfo-consts.h>
#endif
#ifdef __USE_POSIX199309
typedef __sigval_t sigval_t;
# define __sigval_t_defined 1
# include <bits/types/sigevent_t.h>
#endif

extern __sighandler_t __sysv_signal(int signal, __sighandler_t handler) __THROW;
#ifdef __USE_GNU
extern __sighandler_t sysv_signal(int signal, __sighandler_t handler) __THROW;
typedef __sighandler_t sighandler_t;
#endif
#ifdef __USE_MISC
extern __sighandler_t signal(int signal, __sighandler_t handler) __THROW;
typedef __sighandler_t sig_t;
#else
extern __sighandler_t __REDIRECT_NTH(signal, (int signal, __sighandler_t handler), __sysv_signal);
#endif
#if defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8
struct sigstack {
    void *ss_sp;
    int ss_onstack;
};
extern __sighandler_t bsd_signal(int signal, __sighandler_t handler) __THROW;
#endif

#ifdef __USE_POSIX
extern int kill(__pid_t process, int signal) __THROW;
#ifdef __USE_XOPEN2K24
/* Room for the longest name of a signal, with its zero. */
# define SIG2STR_MAX 16
extern int sig2str(int signal, char *name) __THROW __nonnull((2));
extern int str2sig(const char *__restrict name, int *__restrict signal) __THROW __nonnull((1, 2));
#endif
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int killpg(__pid_t group, int signal) __THROW;
#endif
extern int raise(int signal) __THROW;
#ifdef __USE_MISC
extern __sighandler_t ssignal(int signal, __sighandler_t handler) __THROW;
extern int gsignal(int signal) __THROW;
extern int sigblock(int mask) __THROW __attribute_deprecated__;
extern int sigsetmask(int mask) __THROW __attribute_deprecated__;
# define sigmask(signal) ((int)(1u << ((signal) - 1)))
# define NSIG _NSIG
#endif
#if defined __USE_MISC || defined __USE_XOPEN2K8
extern void psignal(int signal, const char *text);
extern void psiginfo(const siginfo_t *information, const char *text);
#endif
#ifdef __USE_XOPEN_EXTENDED
extern int sigpause(int signal) __asm__("__xpg_sigpause");
#endif

#ifdef __USE_POSIX
extern int sigemptyset(sigset_t *set) __THROW __nonnull((1));
extern int sigfillset(sigset_t *set) __THROW __nonnull((1));
extern int sigaddset(sigset_t *set, int signal) __THROW __nonnull((1));
extern int sigdelset(sigset_t *set, int signal) __THROW __nonnull((1));
extern int sigismember(const sigset_t *set, int signal) __THROW __nonnull((1));
# ifdef __USE_GNU
extern int sigisemptyset(const sigset_t *set) __THROW __nonnull((1));
extern int sigandset(sigset_t *to, const sigset_t *left, const sigset_t *right) __THROW __nonnull((1, 2, 3));
extern int sigorset(sigset_t *to, const sigset_t *left, const sigset_t *right) __THROW __nonnull((1, 2, 3));
# endif

struct sigaction {
# if defined __USE_POSIX199309 || defined __USE_XOPEN_EXTENDED
    union {
        __sighandler_t sa_handler;
        void (*sa_sigaction)(int, siginfo_t *, void *);
    } __sigaction_handler;
#  define sa_handler __sigaction_handler.sa_handler
#  define sa_sigaction __sigaction_handler.sa_sigaction
# else
    __sighandler_t sa_handler;
# endif
    __sigset_t sa_mask;
    int sa_flags;
    void (*sa_restorer)(void);
};

#define SA_NOCLDSTOP 1
#define SA_NOCLDWAIT 2
#define SA_SIGINFO 4
# if defined __USE_XOPEN_EXTENDED || defined __USE_MISC
#  define SA_ONSTACK 0x08000000
# endif
# if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
#  define SA_RESTART 0x10000000
#  define SA_NODEFER 0x40000000
#  define SA_RESETHAND 0x80000000
# endif
# ifdef __USE_MISC
#  define SA_INTERRUPT 0x20000000
#  define SA_NOMASK SA_NODEFER
#  define SA_ONESHOT SA_RESETHAND
#  define SA_STACK SA_ONSTACK
# endif
# define SIG_BLOCK 0
# define SIG_UNBLOCK 1
# define SIG_SETMASK 2

extern int sigprocmask(int how, const sigset_t *__restrict set, sigset_t *__restrict old) __THROW;
extern int sigsuspend(const sigset_t *set) __nonnull((1));
extern int sigaction(int signal, const struct sigaction *__restrict action, struct sigaction *__restrict old)
    __THROW;
extern int sigpending(sigset_t *set) __THROW __nonnull((1));
# ifdef __USE_POSIX199506
extern int sigwait(const sigset_t *__restrict set, int *__restrict signal) __nonnull((1, 2));
# endif
# ifdef __USE_POSIX199309
extern int sigwaitinfo(const sigset_t *__restrict set, siginfo_t *__restrict information) __nonnull((1));
extern int sigtimedwait(const sigset_t *__restrict set, siginfo_t *__restrict information,
    const struct timespec *__restrict timeout) __nonnull((1));
extern int sigqueue(__pid_t process, int signal, const union sigval value) __THROW;
# endif
#endif

#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int siginterrupt(int signal, int interrupt) __THROW __attribute_deprecated__;
#endif
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
# include <bits/types/stack_t.h>
# define SS_ONSTACK 1
# define SS_DISABLE 2
# if defined __USE_DYNAMIC_STACK_SIZE || defined _SC_SIGSTKSZ_SOURCE
#  include <unistd.h>
#  define SIGSTKSZ sysconf(_SC_SIGSTKSZ)
#  define MINSIGSTKSZ SIGSTKSZ
# else
#  define MINSIGSTKSZ 2048
#  define SIGSTKSZ 8192
# endif
extern int sigaltstack(const stack_t *__restrict stack, stack_t *__restrict old) __THROW;
#endif
#if defined __USE_MISC || defined __USE_XOPEN2K8
# define __need_size_t
# include <stddef.h>
# include <sys/ucontext.h>
#endif
#ifdef __USE_XOPEN_EXTENDED
extern int sighold(int signal) __THROW __attribute_deprecated__;
extern int sigrelse(int signal) __THROW __attribute_deprecated__;
extern int sigignore(int signal) __THROW __attribute_deprecated__;
extern __sighandler_t sigset(int signal, __sighandler_t handler) __THROW __attribute_deprecated__;
#endif

#if defined __USE_POSIX199506 || defined __USE_UNIX98
# include <bits/pthreadtypes.h>
extern int pthread_sigmask(int how, const __sigset_t *__restrict set, __sigset_t *__restrict old) __THROW;
extern int pthread_kill(pthread_t thread, int signal) __THROW;
# ifdef __USE_GNU
extern int pthread_sigqueue(pthread_t thread, int signal, const union sigval value) __THROW;
extern int tgkill(__pid_t process, __pid_t thread, int signal);
# endif
#endif

extern int __libc_current_sigrtmin(void) __THROW;
extern int __libc_current_sigrtmax(void) __THROW;

__END_DECLS

#endif
