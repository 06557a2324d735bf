/* <utmpx.h>: who is logged in. POSIX.1-2024 <utmpx.h>. */
#ifndef _UTMPX_H
#define _UTMPX_H 1

#include <features.h>
#include <sys/types.h>
#include <bits/types/struct_timeval.h>
#include <bits/utmp.h>
#ifdef __USE_GNU
# include <paths.h>
# define UTMPX_FILE _PATH_UTMP
# define UTMPX_FILENAME _PATH_UTMP
# define WTMPX_FILE _PATH_WTMP
# define WTMPX_FILENAME _PATH_WTMP
# define ACCOUNTING 9
#endif

struct __exit_status {
    short int e_termination;
    short int e_exit;
};
struct utmpx {
    __UTMP_MEMBERS(__exit_status)
};

__BEGIN_DECLS
extern void setutxent(void);
extern void endutxent(void);
extern struct utmpx *getutxent(void);
extern struct utmpx *getutxid(const struct utmpx *wanted);
extern struct utmpx *getutxline(const struct utmpx *wanted);
extern struct utmpx *pututxline(const struct utmpx *record);
#ifdef __USE_GNU
extern int utmpxname(const char *path);
extern void updwtmpx(const char *path, const struct utmpx *record);
struct utmp;
extern void getutmp(const struct utmpx *from, struct utmp *to);
extern void getutmpx(const struct utmp *from, struct utmpx *to);
#endif
__END_DECLS

#endif
