/* <sys/statvfs.h>: a file system's status. POSIX.1-2024 <sys/statvfs.h>. */
#ifndef _SYS_STATVFS_H
#define _SYS_STATVFS_H 1

#include <features.h>
#include <bits/types.h>
#ifndef __fsblkcnt_t_defined
typedef __fsblkcnt_t fsblkcnt_t;
# define __fsblkcnt_t_defined
#endif
#ifndef __fsfilcnt_t_defined
typedef __fsfilcnt_t fsfilcnt_t;
# define __fsfilcnt_t_defined
#endif

struct statvfs {
    unsigned long int f_bsize;
    unsigned long int f_frsize;
    __fsblkcnt_t f_blocks;
    __fsblkcnt_t f_bfree;
    __fsblkcnt_t f_bavail;
    __fsfilcnt_t f_files;
    __fsfilcnt_t f_ffree;
    __fsfilcnt_t f_favail;
    unsigned long int f_fsid;
    unsigned long int f_flag;
    unsigned long int f_namemax;
    int __f_spare[6];
};
#ifdef __USE_LARGEFILE64
struct statvfs64 {
    unsigned long int f_bsize;
    unsigned long int f_frsize;
    __fsblkcnt64_t f_blocks;
    __fsblkcnt64_t f_bfree;
    __fsblkcnt64_t f_bavail;
    __fsfilcnt64_t f_files;
    __fsfilcnt64_t f_ffree;
    __fsfilcnt64_t f_favail;
    unsigned long int f_fsid;
    unsigned long int f_flag;
    unsigned long int f_namemax;
    int __f_spare[6];
};
#endif

#define ST_RDONLY 1
#define ST_NOSUID 2
#ifdef __USE_GNU
#define ST_NODEV 4
#define ST_NOEXEC 8
#define ST_SYNCHRONOUS 16
#define ST_MANDLOCK 64
#define ST_WRITE 128
#define ST_APPEND 256
#define ST_IMMUTABLE 512
#define ST_NOATIME 1024
#define ST_NODIRATIME 2048
#define ST_RELATIME 4096
#endif

__BEGIN_DECLS
extern int statvfs(const char *__restrict path, struct statvfs *__restrict status) __THROW __nonnull((1, 2));
extern int fstatvfs(int fd, struct statvfs *status) __THROW __nonnull((2));
#ifdef __USE_LARGEFILE64
extern int statvfs64(const char *__restrict path, struct statvfs64 *__restrict status) __THROW __nonnull((1, 2));
extern int fstatvfs64(int fd, struct statvfs64 *status) __THROW __nonnull((2));
#endif
__END_DECLS

#endif
