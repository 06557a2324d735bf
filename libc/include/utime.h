/* <utime.h>: file times in seconds. POSIX.1-2008 <utime.h>. */
#ifndef _UTIME_H
#define _UTIME_H 1

#include <features.h>
#include <bits/types/time_t.h>

struct utimbuf {
    __time_t actime;
    __time_t modtime;
};

__BEGIN_DECLS
extern int utime(const char *path, const struct utimbuf *times) __THROW __nonnull((1));
__END_DECLS

#endif
