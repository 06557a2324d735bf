/* <sys/epoll.h>: waiting for any of many descriptors. Linux. */
#ifndef _SYS_EPOLL_H
#define _SYS_EPOLL_H 1

#include <features.h>
#include <stdint.h>
#include <sys/types.h>
#include <bits/types/__sigset_t.h>
#include <bits/types/sigset_t.h>
#include <bits/types/struct_timespec.h>

enum { EPOLL_CLOEXEC = 02000000 };
#define EPOLL_CLOEXEC EPOLL_CLOEXEC

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

enum EPOLL_EVENTS {
    EPOLLIN = 0x1,
    EPOLLPRI = 0x2,
    EPOLLOUT = 0x4,
    EPOLLERR = 0x8,
    EPOLLHUP = 0x10,
    EPOLLRDNORM = 0x40,
    EPOLLRDBAND = 0x80,
    EPOLLWRNORM = 0x100,
    EPOLLWRBAND = 0x200,
    EPOLLMSG = 0x400,
    EPOLLRDHUP = 0x2000,
    EPOLLEXCLUSIVE = 1u << 28,
    EPOLLWAKEUP = 1u << 29,
    EPOLLONESHOT = 1u << 30,
    EPOLLET = 1u << 31
};
#define EPOLLIN EPOLLIN
#define EPOLLPRI EPOLLPRI
#define EPOLLOUT EPOLLOUT
#define EPOLLERR EPOLLERR
#define EPOLLHUP EPOLLHUP
#define EPOLLRDNORM EPOLLRDNORM
#define EPOLLRDBAND EPOLLRDBAND
#define EPOLLWRNORM EPOLLWRNORM
#define EPOLLWRBAND EPOLLWRBAND
#define EPOLLMSG EPOLLMSG
#define EPOLLRDHUP EPOLLRDHUP
#define EPOLLEXCLUSIVE EPOLLEXCLUSIVE
#define EPOLLWAKEUP EPOLLWAKEUP
#define EPOLLONESHOT EPOLLONESHOT
#define EPOLLET EPOLLET

typedef union epoll_data {
    void *ptr;
    int fd;
    uint32_t u32;
    uint64_t u64;
} epoll_data_t;

struct epoll_event {
    uint32_t events;
    epoll_data_t data;
} __attribute__((__packed__));

__BEGIN_DECLS
extern int epoll_create(int size) __THROW;
extern int epoll_create1(int flags) __THROW;
extern int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event) __THROW;
extern int epoll_wait(int epoll, struct epoll_event *events, int maximum, int timeout_ms);
extern int epoll_pwait(int epoll, struct epoll_event *events, int maximum, int timeout_ms, const __sigset_t *mask);
extern int epoll_pwait2(int epoll, struct epoll_event *events, int maximum, const struct timespec *timeout, const __sigset_t *mask);
__END_DECLS

#endif
