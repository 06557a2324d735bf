/* <dirent.h>: reading directories. POSIX.1-2024 <dirent.h>. */
#ifndef _DIRENT_H
#define _DIRENT_H 1

#include <features.h>
#include <bits/types.h>
#ifdef __USE_XOPEN
#ifndef __ino_t_defined
typedef __ino_t ino_t;
# define __ino_t_defined
#endif
#endif
#ifdef __USE_XOPEN2K8
# define __need_size_t
# include <stddef.h>
#endif

struct dirent {
    __ino_t d_ino;
    __off_t d_off;
    unsigned short int d_reclen;
    unsigned char d_type;
    char d_name[256];
};
#ifdef __USE_LARGEFILE64
struct dirent64 {
    __ino64_t d_ino;
    __off64_t d_off;
    unsigned short int d_reclen;
    unsigned char d_type;
    char d_name[256];
};
#endif
#define d_fileno d_ino
#undef _DIRENT_HAVE_D_NAMLEN
#define _DIRENT_HAVE_D_RECLEN
#define _DIRENT_HAVE_D_OFF
#define _DIRENT_HAVE_D_TYPE
#define _D_EXACT_NAMLEN(entry) __builtin_strlen((entry)->d_name)
#define _D_ALLOC_NAMLEN(entry) (_D_EXACT_NAMLEN(entry) + 1)

#if defined __USE_MISC || defined __USE_XOPEN2K24
enum {
    DT_UNKNOWN = 0,
    DT_FIFO = 1,
    DT_CHR = 2,
    DT_DIR = 4,
    DT_BLK = 6,
    DT_REG = 8,
    DT_LNK = 10,
    DT_SOCK = 12,
    DT_WHT = 14,
    /* What this system shows nowhere. */
    DT_MQ = 16,
    DT_SEM = 17,
    DT_SHM = 18,
    DT_TMO = 19
};
# define DT_UNKNOWN DT_UNKNOWN
# define DT_FIFO DT_FIFO
# define DT_CHR DT_CHR
# define DT_DIR DT_DIR
# define DT_BLK DT_BLK
# define DT_REG DT_REG
# define DT_LNK DT_LNK
# define DT_SOCK DT_SOCK
# define DT_WHT DT_WHT
# define DT_MQ DT_MQ
# define DT_SEM DT_SEM
# define DT_SHM DT_SHM
# define DT_TMO DT_TMO
#endif
#ifdef __USE_XOPEN2K24
# ifndef __ssize_t_defined
typedef __ssize_t ssize_t;
#  define __ssize_t_defined
# endif
# ifndef __reclen_t_defined
typedef unsigned short int reclen_t;
#  define __reclen_t_defined
# endif
/* Types are always known here. */
# define DT_FORCE_TYPE 1
struct posix_dent {
    __ino_t d_ino;
    reclen_t d_reclen;
    unsigned char d_type;
    char d_name __flexarr;
};
#endif
#ifdef __USE_MISC
# define IFTODT(mode) (((mode) & 0170000) >> 12)
# define DTTOIF(type) ((type) << 12)
# ifndef MAXNAMLEN
#  define MAXNAMLEN 255
# endif
#endif

typedef struct __dirstream DIR;

__BEGIN_DECLS
extern DIR *opendir(const char *path) __nonnull((1));
extern int closedir(DIR *stream) __nonnull((1));
extern struct dirent *readdir(DIR *stream) __nonnull((1));
extern void rewinddir(DIR *stream) __THROW __nonnull((1));
#ifdef __USE_XOPEN2K8
extern DIR *fdopendir(int fd);
#endif
#ifdef __USE_POSIX
extern int readdir_r(DIR *__restrict stream, struct dirent *__restrict entry, struct dirent **__restrict result)
    __nonnull((1, 2, 3)) __attribute_deprecated__;
#endif
#ifdef __USE_LARGEFILE64
extern struct dirent64 *readdir64(DIR *stream) __nonnull((1));
extern int readdir64_r(DIR *__restrict stream, struct dirent64 *__restrict entry,
    struct dirent64 **__restrict result) __nonnull((1, 2, 3)) __attribute_deprecated__;
#endif
#if defined __USE_MISC || defined __USE_XOPEN
extern void seekdir(DIR *stream, long int position) __THROW __nonnull((1));
extern long int telldir(DIR *stream) __THROW __nonnull((1));
#endif
#ifdef __USE_XOPEN2K8
extern int dirfd(DIR *stream) __THROW __nonnull((1));
# ifdef __USE_XOPEN2K24
extern ssize_t posix_getdents(int fd, void *buffer, size_t length, int flags) __nonnull((2));
# endif
extern int scandir(const char *__restrict path, struct dirent ***__restrict list,
    int (*filter)(const struct dirent *), int (*compare)(const struct dirent **, const struct dirent **))
    __nonnull((1, 2));
extern int alphasort(const struct dirent **left, const struct dirent **right) __THROW __attribute_pure__
    __nonnull((1, 2));
# ifdef __USE_LARGEFILE64
extern int scandir64(const char *__restrict path, struct dirent64 ***__restrict list,
    int (*filter)(const struct dirent64 *), int (*compare)(const struct dirent64 **, const struct dirent64 **))
    __nonnull((1, 2));
extern int alphasort64(const struct dirent64 **left, const struct dirent64 **right) __THROW __attribute_pure__
    __nonnull((1, 2));
# endif
#endif
#ifdef __USE_GNU
extern int scandirat(int directory, const char *__restrict path, struct dirent ***__restrict list,
    int (*filter)(const struct dirent *), int (*compare)(const struct dirent **, const struct dirent **))
    __nonnull((2, 3));
extern int versionsort(const struct dirent **left, const struct dirent **right) __THROW __attribute_pure__
    __nonnull((1, 2));
extern __ssize_t getdents64(int fd, void *buffer, size_t length) __THROW __nonnull((2));
#endif
__END_DECLS

#endif
