/* <poll.h>: waiting for descriptors. POSIX.1-2024 <poll.h>. */
#ifndef _POLL_H
#define _POLL_H 1

#include <features.h>
#define POLLIN 0x1
#define POLLPRI 0x2
#define POLLOUT 0x4
#define POLLERR 0x8
#define POLLHUP 0x10
#define POLLNVAL 0x20
#if defined __USE_XOPEN || defined __USE_XOPEN2K8
#define POLLRDNORM 0x40
#define POLLRDBAND 0x80
#define POLLWRNORM 0x100
#define POLLWRBAND 0x200
#endif
#ifdef __USE_GNU
#define POLLMSG 0x400
#define POLLREMOVE 0x1000
#define POLLRDHUP 0x2000
# include <bits/types/__sigset_t.h>
# include <bits/types/struct_timespec.h>
#elif defined __USE_XOPEN2K24
# include <bits/types/__sigset_t.h>
# include <bits/types/struct_timespec.h>
#endif

typedef unsigned long int nfds_t;
struct pollfd {
    int fd;
    short int events;
    short int revents;
};

__BEGIN_DECLS
extern int poll(struct pollfd *entries, nfds_t count, int timeout_ms);
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int ppoll(struct pollfd *entries, nfds_t count, const struct timespec *timeout, const __sigset_t *mask);
#endif
__END_DECLS

#endif
