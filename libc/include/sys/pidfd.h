/* <sys/pidfd.h>: descriptors that stand for processes. Linux. */
#ifndef _SYS_PIDFD_H
#define _SYS_PIDFD_H 1

#include <features.h>
#include <fcntl.h>
#include <bits/types/siginfo_t.h>

#define PIDFD_NONBLOCK O_NONBLOCK

__BEGIN_DECLS
extern int pidfd_open(__pid_t process, unsigned int flags) __THROW;
extern int pidfd_getfd(int fd, int target, unsigned int flags) __THROW;
extern int pidfd_send_signal(int fd, int signal, siginfo_t *information, unsigned int flags) __THROW;
__END_DECLS

#endif
