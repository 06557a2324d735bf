/* <utmp.h>: who is logged in. */
#ifndef _UTMP_H
#define _UTMP_H 1

#include <features.h>
#include <sys/types.h>
#include <paths.h>
#include <bits/types/struct_timeval.h>
#include <bits/utmp.h>

#define UT_LINESIZE __UT_LINESIZE
#define UT_NAMESIZE __UT_NAMESIZE
#define UT_HOSTSIZE __UT_HOSTSIZE
#define ACCOUNTING 9
#define UT_UNKNOWN EMPTY
#define UTMP_FILE _PATH_UTMP
#define UTMP_FILENAME _PATH_UTMP
#define WTMP_FILE _PATH_WTMP
#define WTMP_FILENAME _PATH_WTMP
#define _HAVE_UT_TYPE 1
#define _HAVE_UT_PID 1
#define _HAVE_UT_ID 1
#define _HAVE_UT_TV 1
#define _HAVE_UT_HOST 1

struct exit_status {
    short int e_termination;
    short int e_exit;
};
struct utmp {
    __UTMP_MEMBERS(exit_status)
};
struct lastlog {
    __int32_t ll_time;
    char ll_line[UT_LINESIZE];
    char ll_host[UT_HOSTSIZE];
};
#define ut_name ut_user
#define ut_time ut_tv.tv_sec
#define ut_xtime ut_tv.tv_sec
#define ut_addr ut_addr_v6[0]

__BEGIN_DECLS
extern void setutent(void) __THROW;
extern void endutent(void) __THROW;
extern struct utmp *getutent(void) __THROW;
extern struct utmp *getutid(const struct utmp *wanted) __THROW;
extern struct utmp *getutline(const struct utmp *wanted) __THROW;
extern struct utmp *pututline(const struct utmp *record) __THROW;
#ifdef __USE_MISC
extern int getutent_r(struct utmp *buffer, struct utmp **result) __THROW;
extern int getutid_r(const struct utmp *wanted, struct utmp *buffer, struct utmp **result) __THROW;
extern int getutline_r(const struct utmp *wanted, struct utmp *buffer, struct utmp **result) __THROW;
#endif
extern int utmpname(const char *path) __THROW;
extern void updwtmp(const char *path, const struct utmp *record) __THROW;
extern void login(const struct utmp *record) __THROW;
extern int logout(const char *line) __THROW;
extern void logwtmp(const char *line, const char *user, const char *host) __THROW;
extern int login_tty(int fd) __THROW;
__END_DECLS

#endif
