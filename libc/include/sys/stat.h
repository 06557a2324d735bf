/* <sys/stat.h>: what is known of files. POSIX.1-2024 <sys/stat.h>. */
#ifndef _SYS_STAT_H
#define _SYS_STAT_H 1

#include <features.h>
#include <bits/types.h>
#if defined __USE_XOPEN || defined __USE_XOPEN2K
# include <bits/types/time_t.h>
#ifndef __dev_t_defined
typedef __dev_t dev_t;
# define __dev_t_defined
#endif
#ifndef __gid_t_defined
typedef __gid_t gid_t;
# define __gid_t_defined
#endif
#ifndef __ino_t_defined
typedef __ino_t ino_t;
# define __ino_t_defined
#endif
#ifndef __mode_t_defined
typedef __mode_t mode_t;
# define __mode_t_defined
#endif
#ifndef __nlink_t_defined
typedef __nlink_t nlink_t;
# define __nlink_t_defined
#endif
#ifndef __off_t_defined
typedef __off_t off_t;
# define __off_t_defined
#endif
#ifndef __uid_t_defined
typedef __uid_t uid_t;
# define __uid_t_defined
#endif
#endif
#ifdef __USE_UNIX98
#ifndef __blkcnt_t_defined
typedef __blkcnt_t blkcnt_t;
# define __blkcnt_t_defined
#endif
#ifndef __blksize_t_defined
typedef __blksize_t blksize_t;
# define __blksize_t_defined
#endif
#endif
#include <bits/struct_stat.h>

__BEGIN_DECLS

#define __S_IFMT 0170000
#define __S_IFDIR 0040000
#define __S_IFCHR 0020000
#define __S_IFBLK 0060000
#define __S_IFREG 0100000
#define __S_IFIFO 0010000
#define __S_IFLNK 0120000
#define __S_IFSOCK 0140000
#define __S_ISTYPE(mode, mask) (((mode) & __S_IFMT) == (mask))

#if defined __USE_MISC || defined __USE_XOPEN
# define S_IFMT __S_IFMT
# define S_IFDIR __S_IFDIR
# define S_IFCHR __S_IFCHR
# define S_IFBLK __S_IFBLK
# define S_IFREG __S_IFREG
# define S_IFIFO __S_IFIFO
# define S_IFLNK __S_IFLNK
# if defined __USE_MISC || defined __USE_UNIX98
#  define S_IFSOCK __S_IFSOCK
# endif
#endif
#define S_ISDIR(mode) __S_ISTYPE((mode), __S_IFDIR)
#define S_ISCHR(mode) __S_ISTYPE((mode), __S_IFCHR)
#define S_ISBLK(mode) __S_ISTYPE((mode), __S_IFBLK)
#define S_ISREG(mode) __S_ISTYPE((mode), __S_IFREG)
#define S_ISFIFO(mode) __S_ISTYPE((mode), __S_IFIFO)
#define S_ISLNK(mode) __S_ISTYPE((mode), __S_IFLNK)
#define S_ISSOCK(mode) __S_ISTYPE((mode), __S_IFSOCK)
#ifdef __USE_POSIX199309
# define S_TYPEISMQ(status) ((status)->st_mode - (status)->st_mode)
# define S_TYPEISSEM(status) ((status)->st_mode - (status)->st_mode)
# define S_TYPEISSHM(status) ((status)->st_mode - (status)->st_mode)
#endif

#define S_ISUID 04000
#define S_ISGID 02000
#if defined __USE_MISC || defined __USE_XOPEN
# define S_ISVTX 01000
#endif
#define S_IRUSR 0400
#define S_IWUSR 0200
#define S_IXUSR 0100
#define S_IRWXU 0700
#define S_IRGRP 040
#define S_IWGRP 020
#define S_IXGRP 010
#define S_IRWXG 070
#define S_IROTH 04
#define S_IWOTH 02
#define S_IXOTH 01
#define S_IRWXO 07
#ifdef __USE_MISC
# define S_IREAD S_IRUSR
# define S_IWRITE S_IWUSR
# define S_IEXEC S_IXUSR
# define ACCESSPERMS (S_IRWXU | S_IRWXG | S_IRWXO)
# define ALLPERMS (S_ISUID | S_ISGID | S_ISVTX | S_IRWXU | S_IRWXG | S_IRWXO)
# define DEFFILEMODE (S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)
# define S_BLKSIZE 512
#endif
#ifdef __USE_ATFILE
# define UTIME_NOW ((1l << 30) - 1l)
# define UTIME_OMIT ((1l << 30) - 2l)
#endif

extern int stat(const char *__restrict path, struct stat *__restrict status) __THROW __nonnull((1, 2));
extern int fstat(int fd, struct stat *status) __THROW __nonnull((2));
extern int lstat(const char *__restrict path, struct stat *__restrict status) __THROW __nonnull((1, 2));
#ifdef __USE_LARGEFILE64
extern int stat64(const char *__restrict path, struct stat64 *__restrict status) __THROW __nonnull((1, 2));
extern int fstat64(int fd, struct stat64 *status) __THROW __nonnull((2));
extern int lstat64(const char *__restrict path, struct stat64 *__restrict status) __THROW __nonnull((1, 2));
#endif
#ifdef __USE_ATFILE
extern int fstatat(int directory, const char *__restrict path, struct stat *__restrict status, int flags)
    __THROW __nonnull((2, 3));
# ifdef __USE_LARGEFILE64
extern int fstatat64(int directory, const char *__restrict path, struct stat64 *__restrict status, int flags)
    __THROW __nonnull((2, 3));
# endif
extern int fchmodat(int directory, const char *path, __mode_t mode, int flags) __THROW __nonnull((2)) __wur;
extern int mkdirat(int directory, const char *path, __mode_t mode) __THROW __nonnull((2));
extern int mkfifoat(int directory, const char *path, __mode_t mode) __THROW __nonnull((2));
extern int mknodat(int directory, const char *path, __mode_t mode, __dev_t device) __THROW __nonnull((2));
extern int utimensat(int directory, const char *path, const struct timespec times[2], int flags)
    __THROW __nonnull((2));
#endif
extern int chmod(const char *path, __mode_t mode) __THROW __nonnull((1));
#ifdef __USE_POSIX
extern int fchmod(int fd, __mode_t mode) __THROW;
#endif
extern __mode_t umask(__mode_t mask) __THROW;
extern int mkdir(const char *path, __mode_t mode) __THROW __nonnull((1));
extern int mkfifo(const char *path, __mode_t mode) __THROW __nonnull((1));
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int mknod(const char *path, __mode_t mode, __dev_t device) __THROW __nonnull((1));
#endif
#ifdef __USE_XOPEN2K8
extern int futimens(int fd, const struct timespec times[2]) __THROW;
#endif
#ifdef __USE_GNU
# include <bits/types/struct_statx.h>
extern int statx(int directory, const char *__restrict path, int flags, unsigned int mask,
    struct statx *__restrict status) __THROW __nonnull((2, 5));
#endif

__END_DECLS

#endif
