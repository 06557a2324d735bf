/* <sys/param.h>: BSD's names for limits and small arithmetic. */
#ifndef _SYS_PARAM_H
#define _SYS_PARAM_H 1

#define __need_NULL
#include <stddef.h>

#include <sys/types.h>
#include <limits.h>
#include <endian.h>
#include <signal.h>

#define NBBY CHAR_BIT
#define NGROUPS NGROUPS_MAX
#define NOFILE 256
#define NCARGS 131072
#define MAXSYMLINKS 20
#define MAXPATHLEN PATH_MAX
#define MAXHOSTNAMELEN 64
#define CANBSIZ MAX_CANON
#define NODEV ((dev_t)-1)
#define DEV_BSIZE 512
#ifndef HZ
# define HZ 100
#endif
#define EXEC_PAGESIZE 4096

#define setbit(a, i) ((a)[(i) / NBBY] |= 1 << ((i) % NBBY))
#define clrbit(a, i) ((a)[(i) / NBBY] &= ~(1 << ((i) % NBBY)))
#define isset(a, i) ((a)[(i) / NBBY] & (1 << ((i) % NBBY)))
#define isclr(a, i) (((a)[(i) / NBBY] & (1 << ((i) % NBBY))) == 0)

#ifndef howmany
# define howmany(x, y) (((x) + ((y) - 1)) / (y))
#endif
#define roundup(x, y) \
    (__builtin_constant_p(y) && ((y) & ((y) - 1)) == 0 ? (((x) + (y) - 1) & ~((y) - 1)) \
                                                       : ((((x) + ((y) - 1)) / (y)) * (y)))
#define powerof2(x) ((((x) - 1) & (x)) == 0)
#define MIN(a, b) (((a) < (b)) ? (a) : (b))
#define MAX(a, b) (((a) > (b)) ? (a) : (b))

#endif
