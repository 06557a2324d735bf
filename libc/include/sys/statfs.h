/* <sys/statfs.h>: a file system's status. */
#ifndef _SYS_STATFS_H
#define _SYS_STATFS_H 1

#include <features.h>
#include <bits/types.h>

struct statfs {
    __fsword_t f_type;
    __fsword_t f_bsize;
    __fsblkcnt_t f_blocks;
    __fsblkcnt_t f_bfree;
    __fsblkcnt_t f_bavail;
    __fsfilcnt_t f_files;
    __fsfilcnt_t f_ffree;
    __fsid_t f_fsid;
    __fsword_t f_namelen;
    __fsword_t f_frsize;
    __fsword_t f_flags;
    __fsword_t f_spare[4];
};
#ifdef __USE_LARGEFILE64
struct statfs64 {
    __fsword_t f_type;
    __fsword_t f_bsize;
    __fsblkcnt64_t f_blocks;
    __fsblkcnt64_t f_bfree;
    __fsblkcnt64_t f_bavail;
    __fsfilcnt64_t f_files;
    __fsfilcnt64_t f_ffree;
    __fsid_t f_fsid;
    __fsword_t f_namelen;
    __fsword_t f_frsize;
    __fsword_t f_flags;
    __fsword_t f_spare[4];
};
#endif
#define _STATFS_F_NAMELEN
#define _STATFS_F_FRSIZE
#define _STATFS_F_FLAGS

__BEGIN_DECLS
extern int statfs(const char *path, struct statfs *status) __THROW __nonnull((1, 2));
extern int fstatfs(int fd, struct statfs *status) __THROW __nonnull((2));
#ifdef __USE_LARGEFILE64
extern int statfs64(const char *path, struct statfs64 *status) __THROW __nonnull((1, 2));
extern int fstatfs64(int fd, struct statfs64 *status) __THROW __nonnull((2));
#endif
__END_DECLS

#endif
