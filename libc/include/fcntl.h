/* <fcntl.h>: opening files and controlling descriptors. POSIX.1-2024 <fcntl.h>. */
#ifndef _FCNTL_H
#define _FCNTL_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/fcntl.h>
#ifdef __USE_GNU
# define __need_size_t
# include <stddef.h>
#endif

__BEGIN_DECLS

#ifndef __mode_t_defined
typedef __mode_t mode_t;
# define __mode_t_defined
#endif
#ifndef __off_t_defined
typedef __off_t off_t;
# define __off_t_defined
#endif
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif
#if defined __USE_XOPEN || defined __USE_XOPEN2K8
# include <bits/types/struct_timespec.h>
# include <sys/stat.h>
# define R_OK 4
# define W_OK 2
# define X_OK 1
# define F_OK 0
# define SEEK_SET 0
# define SEEK_CUR 1
# define SEEK_END 2
#endif

#ifdef __USE_ATFILE
#define AT_FDCWD (-100)
#define AT_SYMLINK_NOFOLLOW 0x100
#define AT_REMOVEDIR 0x200
#define AT_SYMLINK_FOLLOW 0x400
# define AT_EACCESS 0x200
# ifdef __USE_GNU
#  define AT_NO_AUTOMOUNT 0x800
#  define AT_EMPTY_PATH 0x1000
#  define AT_STATX_SYNC_TYPE 0x6000
#  define AT_STATX_SYNC_AS_STAT 0x0000
#  define AT_STATX_FORCE_SYNC 0x2000
#  define AT_STATX_DONT_SYNC 0x4000
#  define AT_RECURSIVE 0x8000
# endif
#endif

#ifdef __USE_GNU
#define FALLOC_FL_KEEP_SIZE 0x1
#define FALLOC_FL_PUNCH_HOLE 0x2
#define FALLOC_FL_COLLAPSE_RANGE 0x8
#define FALLOC_FL_ZERO_RANGE 0x10
#define SPLICE_F_MOVE 0x1
#define SPLICE_F_NONBLOCK 0x2
#define SPLICE_F_MORE 0x4
#define SPLICE_F_GIFT 0x8
#endif

extern int fcntl(int fd, int command, ...);
extern int open(const char *path, int flags, ...) __nonnull((1));
extern int creat(const char *path, mode_t mode) __nonnull((1));
#ifdef __USE_ATFILE
extern int openat(int directory, const char *path, int flags, ...) __nonnull((2));
#endif
#ifdef __USE_LARGEFILE64
extern int fcntl64(int fd, int command, ...);
extern int open64(const char *path, int flags, ...) __nonnull((1));
extern int creat64(const char *path, mode_t mode) __nonnull((1));
extern int openat64(int directory, const char *path, int flags, ...) __nonnull((2));
#endif

#ifndef F_LOCK
# define F_ULOCK 0
# define F_LOCK 1
# define F_TLOCK 2
# define F_TEST 3
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int lockf(int fd, int command, off_t length);
# ifdef __USE_LARGEFILE64
extern int lockf64(int fd, int command, __off64_t length);
# endif
#endif
#ifdef __USE_XOPEN2K
#define POSIX_FADV_NORMAL 0
#define POSIX_FADV_RANDOM 1
#define POSIX_FADV_SEQUENTIAL 2
#define POSIX_FADV_WILLNEED 3
#define POSIX_FADV_DONTNEED 4
#define POSIX_FADV_NOREUSE 5
extern int posix_fadvise(int fd, off_t offset, off_t length, int advice) __THROW;
extern int posix_fallocate(int fd, off_t offset, off_t length);
# ifdef __USE_LARGEFILE64
extern int posix_fadvise64(int fd, __off64_t offset, __off64_t length, int advice) __THROW;
extern int posix_fallocate64(int fd, __off64_t offset, __off64_t length);
# endif
#endif
#ifdef __USE_GNU
extern int fallocate(int fd, int mode, __off_t offset, __off_t length);
extern int fallocate64(int fd, int mode, __off64_t offset, __off64_t length);
extern __ssize_t readahead(int fd, __off64_t offset, size_t count) __THROW;
#endif

#if __USE_FORTIFY_LEVEL > 0 && defined __fortify_function && defined __va_arg_pack_len
extern int __open_2(const char *path, int flags) __nonnull((1));
extern int __REDIRECT(__open_alias, (const char *path, int flags, ...), open) __nonnull((1));
__errordecl(__open_missing_mode, "open with O_CREAT or O_TMPFILE in second argument needs 3 arguments");
__errordecl(__open_too_many_args, "open can be called either with 2 or 3 arguments, not more");
# define __OPEN_NEEDS_MODE(flags) (((flags) & O_CREAT) != 0 || ((flags) & 020200000) == 020200000)
__fortify_function int open(const char *path, int flags, ...)
{
    if (__va_arg_pack_len() > 1)
        __open_too_many_args();
    if (__builtin_constant_p(flags)) {
        if (__OPEN_NEEDS_MODE(flags) && __va_arg_pack_len() < 1)
            __open_missing_mode();
        return __open_alias(path, flags, __va_arg_pack());
    }
    if (__va_arg_pack_len() < 1)
        return __open_2(path, flags);
    return __open_alias(path, flags, __va_arg_pack());
}
#endif

__END_DECLS

#endif
