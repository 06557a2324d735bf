/* <sys/swap.h>: swapping to disk. Linux. */
#ifndef _SYS_SWAP_H
#define _SYS_SWAP_H 1

#include <features.h>

#define SWAP_FLAG_PRIO_SHIFT 0x0
#define SWAP_FLAG_PRIO_MASK 0x7fff
#define SWAP_FLAG_PREFER 0x8000
#define SWAP_FLAG_DISCARD 0x10000

__BEGIN_DECLS
extern int swapon(const char *path, int flags) __THROW;
extern int swapoff(const char *path) __THROW;
__END_DECLS

#endif
