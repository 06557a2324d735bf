/* <sys/timerfd.h>: timers that are read as descriptors. Linux. */
#ifndef _SYS_TIMERFD_H
#define _SYS_TIMERFD_H 1

#include <features.h>
#include <time.h>
#include <bits/types/clockid_t.h>
#include <bits/types/struct_itimerspec.h>

enum { TFD_CLOEXEC = 02000000, TFD_NONBLOCK = 04000 };
#define TFD_CLOEXEC TFD_CLOEXEC
#define TFD_NONBLOCK TFD_NONBLOCK
enum { TFD_TIMER_ABSTIME = 1, TFD_TIMER_CANCEL_ON_SET = 2 };
#define TFD_TIMER_ABSTIME TFD_TIMER_ABSTIME
#define TFD_TIMER_CANCEL_ON_SET TFD_TIMER_CANCEL_ON_SET

__BEGIN_DECLS
extern int timerfd_create(__clockid_t clock, int flags) __THROW;
extern int timerfd_settime(int fd, int flags, const struct itimerspec *value, struct itimerspec *old) __THROW;
extern int timerfd_gettime(int fd, struct itimerspec *current) __THROW;
__END_DECLS

#endif
