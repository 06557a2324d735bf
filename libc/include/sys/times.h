/* <sys/times.h>: processor times. POSIX.1-2024 <sys/times.h>. */
#ifndef _SYS_TIMES_H
#define _SYS_TIMES_H 1

#include <features.h>
#include <bits/types/clock_t.h>

struct tms {
    clock_t tms_utime;
    clock_t tms_stime;
    clock_t tms_cutime;
    clock_t tms_cstime;
};

__BEGIN_DECLS
extern clock_t times(struct tms *times) __THROW;
__END_DECLS

#endif
