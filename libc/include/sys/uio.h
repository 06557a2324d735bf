/* <sys/uio.h>: gather and scatter. POSIX.1-2024 <sys/uio.h>. */
#ifndef _SYS_UIO_H
#define _SYS_UIO_H 1

#include <features.h>
#include <sys/types.h>
#include <bits/types/struct_iovec.h>
#ifdef __USE_MISC
# define UIO_MAXIOV 1024
#endif
#ifndef __IOV_MAX
# define __IOV_MAX 1024
#endif

__BEGIN_DECLS
extern ssize_t readv(int fd, const struct iovec *buffers, int count) __wur;
extern ssize_t writev(int fd, const struct iovec *buffers, int count) __wur;
#ifdef __USE_MISC
extern ssize_t preadv(int fd, const struct iovec *buffers, int count, __off_t offset) __wur;
extern ssize_t pwritev(int fd, const struct iovec *buffers, int count, __off_t offset) __wur;
#endif
#ifdef __USE_LARGEFILE64
extern ssize_t preadv64(int fd, const struct iovec *buffers, int count, __off64_t offset) __wur;
extern ssize_t pwritev64(int fd, const struct iovec *buffers, int count, __off64_t offset) __wur;
#endif
#ifdef __USE_GNU
#define RWF_HIPRI 0x1
#define RWF_DSYNC 0x2
#define RWF_SYNC 0x4
#define RWF_NOWAIT 0x8
#define RWF_APPEND 0x10
extern ssize_t preadv2(int fd, const struct iovec *buffers, int count, __off_t offset, int flags) __wur;
extern ssize_t pwritev2(int fd, const struct iovec *buffers, int count, __off_t offset, int flags) __wur;
extern ssize_t preadv64v2(int fd, const struct iovec *buffers, int count, __off64_t offset, int flags) __wur;
extern ssize_t pwritev64v2(int fd, const struct iovec *buffers, int count, __off64_t offset, int flags) __wur;
#endif
__END_DECLS

#endif
