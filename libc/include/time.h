/* <time.h>: clocks, dates and times. ISO C17 7.27, POSIX.1-2024. */
#ifndef _TIME_H
#define _TIME_H 1

#include <features.h>
#define __need_size_t
#define __need_NULL
#include <stddef.h>
#include <bits/time.h>
#include <bits/types/clock_t.h>
#include <bits/types/time_t.h>
#include <bits/types/struct_tm.h>
#if defined __USE_POSIX199309 || defined __USE_ISOC11
# include <bits/types/struct_timespec.h>
#endif
#ifdef __USE_POSIX199309
# include <bits/types/clockid_t.h>
# include <bits/types/timer_t.h>
# include <bits/types/struct_itimerspec.h>
struct sigevent;
#endif
#ifdef __USE_XOPEN2K
# ifndef __pid_t_defined
typedef __pid_t pid_t;
#  define __pid_t_defined
# endif
#endif
#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
#endif
#ifdef __USE_ISOC11
# define TIME_UTC 1
#endif

__BEGIN_DECLS

extern clock_t clock(void) __THROW;
extern time_t time(time_t *__timer) __THROW;
extern double difftime(time_t __time1, time_t __time0) __THROW __attribute__((__const__));
extern time_t mktime(struct tm *__tp) __THROW;
extern size_t strftime(char *__restrict __s, size_t __maxsize, const char *__restrict __format,
                       const struct tm *__restrict __tp) __THROW __nonnull((1, 3, 4));
#ifdef __USE_XOPEN
extern char *strptime(const char *__restrict __s, const char *__restrict __fmt, struct tm *__tp) __THROW;
#endif
#ifdef __USE_XOPEN2K8
extern size_t strftime_l(char *__restrict __s, size_t __maxsize, const char *__restrict __format,
                         const struct tm *__restrict __tp, locale_t __loc) __THROW;
#endif
#ifdef __USE_GNU
extern char *strptime_l(const char *__restrict __s, const char *__restrict __fmt, struct tm *__tp, locale_t __loc)
    __THROW;
#endif
extern struct tm *gmtime(const time_t *__timer) __THROW;
extern struct tm *localtime(const time_t *__timer) __THROW;
#if defined __USE_POSIX || __GLIBC_USE(ISOC2X)
extern struct tm *gmtime_r(const time_t *__restrict __timer, struct tm *__restrict __tp) __THROW;
extern struct tm *localtime_r(const time_t *__restrict __timer, struct tm *__restrict __tp) __THROW;
#endif
extern char *asctime(const struct tm *__tp) __THROW;
extern char *ctime(const time_t *__timer) __THROW;
#if defined __USE_POSIX || __GLIBC_USE(ISOC2X)
extern char *asctime_r(const struct tm *__restrict __tp, char *__restrict __buf) __THROW;
extern char *ctime_r(const time_t *__restrict __timer, char *__restrict __buf) __THROW;
#endif

extern char *__tzname[2];
extern int __daylight;
extern long int __timezone;
#ifdef __USE_POSIX
extern char *tzname[2];
extern void tzset(void) __THROW;
#endif
#if defined __USE_MISC || defined __USE_XOPEN
extern int daylight;
extern long int timezone;
#endif
#ifdef __USE_XOPEN_EXTENDED
extern int getdate_err;
extern struct tm *getdate(const char *__string);
#endif
#ifdef __USE_GNU
extern int getdate_r(const char *__restrict __string, struct tm *__restrict __result);
#endif
#ifdef __USE_MISC
extern time_t timegm(struct tm *__tp) __THROW;
extern time_t timelocal(struct tm *__tp) __THROW;
extern int dysize(int __year) __THROW __attribute__((__const__));
#endif

#ifdef __USE_POSIX199309
extern int nanosleep(const struct timespec *__requested_time, struct timespec *__remaining);
extern int clock_getres(clockid_t __clock_id, struct timespec *__res) __THROW;
extern int clock_gettime(clockid_t __clock_id, struct timespec *__tp) __THROW;
extern int clock_settime(clockid_t __clock_id, const struct timespec *__tp) __THROW;
# ifdef __USE_XOPEN2K
extern int clock_nanosleep(clockid_t __clock_id, int __flags, const struct timespec *__req,
                           struct timespec *__rem);
extern int clock_getcpuclockid(pid_t __pid, clockid_t *__clock_id) __THROW;
# endif
extern int timer_create(clockid_t __clock_id, struct sigevent *__restrict __evp, timer_t *__restrict __timerid)
    __THROW;
extern int timer_delete(timer_t __timerid) __THROW;
extern int timer_settime(timer_t __timerid, int __flags, const struct itimerspec *__restrict __value,
                         struct itimerspec *__restrict __ovalue) __THROW;
extern int timer_gettime(timer_t __timerid, struct itimerspec *__value) __THROW;
extern int timer_getoverrun(timer_t __timerid) __THROW;
#endif
#ifdef __USE_ISOC11
extern int timespec_get(struct timespec *__ts, int __base) __THROW __nonnull((1));
#endif
#if __GLIBC_USE(ISOC2X)
extern int timespec_getres(struct timespec *__ts, int __base) __THROW;
#endif

__END_DECLS

#endif
