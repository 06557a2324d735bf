/* <ftw.h>: walks over a tree of files. POSIX.1-2024 <ftw.h>. */
#ifndef _FTW_H
#define _FTW_H 1

#include <features.h>
#include <sys/types.h>
#include <sys/stat.h>

enum { FTW_F, FTW_D, FTW_DNR, FTW_NS, FTW_SL, FTW_DP, FTW_SLN };
#define FTW_F FTW_F
#define FTW_D FTW_D
#define FTW_DNR FTW_DNR
#define FTW_NS FTW_NS
#define FTW_SL FTW_SL
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
# define FTW_DP FTW_DP
# define FTW_SLN FTW_SLN
enum { FTW_PHYS = 1, FTW_MOUNT = 2, FTW_CHDIR = 4, FTW_DEPTH = 8, FTW_ACTIONRETVAL = 16 };
# define FTW_PHYS FTW_PHYS
# define FTW_MOUNT FTW_MOUNT
# define FTW_CHDIR FTW_CHDIR
# define FTW_DEPTH FTW_DEPTH
# ifdef __USE_GNU
#  define FTW_ACTIONRETVAL FTW_ACTIONRETVAL
enum { FTW_CONTINUE = 0, FTW_STOP = 1, FTW_SKIP_SUBTREE = 2, FTW_SKIP_SIBLINGS = 3 };
#  define FTW_CONTINUE FTW_CONTINUE
#  define FTW_STOP FTW_STOP
#  define FTW_SKIP_SUBTREE FTW_SKIP_SUBTREE
#  define FTW_SKIP_SIBLINGS FTW_SKIP_SIBLINGS
# endif
struct FTW {
    int base;
    int level;
};
#endif

typedef int (*__ftw_func_t)(const char *path, const struct stat *status, int kind);
#ifdef __USE_LARGEFILE64
typedef int (*__ftw64_func_t)(const char *path, const struct stat64 *status, int kind);
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
typedef int (*__nftw_func_t)(const char *path, const struct stat *status, int kind, struct FTW *place);
# ifdef __USE_LARGEFILE64
typedef int (*__nftw64_func_t)(const char *path, const struct stat64 *status, int kind, struct FTW *place);
# endif
#endif

__BEGIN_DECLS
extern int ftw(const char *path, __ftw_func_t visit, int descriptors) __nonnull((1, 2));
#ifdef __USE_LARGEFILE64
extern int ftw64(const char *path, __ftw64_func_t visit, int descriptors) __nonnull((1, 2));
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int nftw(const char *path, __nftw_func_t visit, int descriptors, int flags) __nonnull((1, 2));
# ifdef __USE_LARGEFILE64
extern int nftw64(const char *path, __nftw64_func_t visit, int descriptors, int flags) __nonnull((1, 2));
# endif
#endif
__END_DECLS

#endif
