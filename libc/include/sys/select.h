/* <sys/select.h>: waiting for descriptors. POSIX.1-2024 <sys/select.h>. */
#ifndef _SYS_SELECT_H
#define _SYS_SELECT_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/types/sigset_t.h>
#include <bits/types/time_t.h>
#include <bits/types/struct_timeval.h>
#ifdef __USE_XOPEN2K
# include <bits/types/struct_timespec.h>
#endif
#ifndef __suseconds_t_defined
typedef __suseconds_t suseconds_t;
# define __suseconds_t_defined
#endif

typedef long int __fd_mask;
#define __NFDBITS (8 * (int)sizeof(__fd_mask))
#define __FD_ELT(fd) ((fd) / __NFDBITS)
#define __FD_MASK(fd) ((__fd_mask)(1UL << ((fd) % __NFDBITS)))

typedef struct {
#ifdef __USE_XOPEN
    __fd_mask fds_bits[__FD_SETSIZE / __NFDBITS];
# define __FDS_BITS(set) ((set)->fds_bits)
#else
    __fd_mask __fds_bits[__FD_SETSIZE / __NFDBITS];
# define __FDS_BITS(set) ((set)->__fds_bits)
#endif
} fd_set;

#define FD_SETSIZE __FD_SETSIZE
#ifdef __USE_MISC
typedef __fd_mask fd_mask;
# define NFDBITS __NFDBITS
#endif

__BEGIN_DECLS
#if __USE_FORTIFY_LEVEL > 0
extern long int __fdelt_chk(long int fd);
# undef __FD_ELT
# define __FD_ELT(fd) \
    __extension__({ long int __fd = (fd); __builtin_constant_p(__fd) && 0 <= __fd && __fd < __FD_SETSIZE \
        ? (__fd / __NFDBITS) : __fdelt_chk(__fd); })
#endif
#define FD_SET(fd, set) ((void)(__FDS_BITS(set)[__FD_ELT(fd)] |= __FD_MASK(fd)))
#define FD_CLR(fd, set) ((void)(__FDS_BITS(set)[__FD_ELT(fd)] &= ~__FD_MASK(fd)))
#define FD_ISSET(fd, set) ((__FDS_BITS(set)[__FD_ELT(fd)] & __FD_MASK(fd)) != 0)
#define FD_ZERO(set) ((void)__builtin_memset((set), 0, sizeof(fd_set)))

extern int select(int count, fd_set *__restrict reading, fd_set *__restrict writing,
    fd_set *__restrict exceptions, struct timeval *__restrict timeout);
#ifdef __USE_XOPEN2K
extern int pselect(int count, fd_set *__restrict reading, fd_set *__restrict writing,
    fd_set *__restrict exceptions, const struct timespec *__restrict timeout,
    const __sigset_t *__restrict mask);
#endif
__END_DECLS

#endif
