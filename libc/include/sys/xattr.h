/* <sys/xattr.h>: extended attributes of files. Linux. */
#ifndef _SYS_XATTR_H
#define _SYS_XATTR_H 1

#include <features.h>
#include <sys/types.h>

enum { XATTR_CREATE = 1, XATTR_REPLACE = 2 };
#define XATTR_CREATE XATTR_CREATE
#define XATTR_REPLACE XATTR_REPLACE

__BEGIN_DECLS
extern int setxattr(const char *path, const char *name, const void *value, size_t size, int flags) __THROW;
extern int lsetxattr(const char *path, const char *name, const void *value, size_t size, int flags) __THROW;
extern int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags) __THROW;
extern ssize_t getxattr(const char *path, const char *name, void *value, size_t size) __THROW;
extern ssize_t lgetxattr(const char *path, const char *name, void *value, size_t size) __THROW;
extern ssize_t fgetxattr(int fd, const char *name, void *value, size_t size) __THROW;
extern ssize_t listxattr(const char *path, char *list, size_t size) __THROW;
extern ssize_t llistxattr(const char *path, char *list, size_t size) __THROW;
extern ssize_t flistxattr(int fd, char *list, size_t size) __THROW;
extern int removexattr(const char *path, const char *name) __THROW;
extern int lremovexattr(const char *path, const char *name) __THROW;
extern int fremovexattr(int fd, const char *name) __THROW;
__END_DECLS

#endif
