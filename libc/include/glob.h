/* <glob.h>: names of files that match a pattern. POSIX.1-2024, with GNU's flags. */
#ifndef _GLOB_H
#define _GLOB_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

__BEGIN_DECLS

#define GLOB_ERR (1 << 0)
#define GLOB_MARK (1 << 1)
#define GLOB_NOSORT (1 << 2)
#define GLOB_DOOFFS (1 << 3)
#define GLOB_NOCHECK (1 << 4)
#define GLOB_APPEND (1 << 5)
#define GLOB_NOESCAPE (1 << 6)
#define GLOB_PERIOD (1 << 7)
#ifdef __USE_MISC
# define GLOB_MAGCHAR (1 << 8)
# define GLOB_ALTDIRFUNC (1 << 9)
# define GLOB_BRACE (1 << 10)
# define GLOB_NOMAGIC (1 << 11)
# define GLOB_TILDE (1 << 12)
# define GLOB_ONLYDIR (1 << 13)
# define GLOB_TILDE_CHECK (1 << 14)
#endif

#define GLOB_NOSPACE 1
#define GLOB_ABORTED 2
#define GLOB_NOMATCH 3
#define GLOB_NOSYS 4
#ifdef __USE_GNU
# define GLOB_ABEND GLOB_ABORTED
#endif

#ifdef __USE_GNU
struct dirent;
struct stat;
# define __GLOB_DIRENT struct dirent
# define __GLOB_STAT struct stat
#else
# define __GLOB_DIRENT void
# define __GLOB_STAT void
#endif

typedef struct {
    size_t gl_pathc;
    char **gl_pathv;
    size_t gl_offs;
    int gl_flags;
    /* How folders are read, with GLOB_ALTDIRFUNC. */
    void (*gl_closedir)(void *);
    __GLOB_DIRENT *(*gl_readdir)(void *);
    void *(*gl_opendir)(const char *);
    int (*gl_lstat)(const char *__restrict, __GLOB_STAT *__restrict);
    int (*gl_stat)(const char *__restrict, __GLOB_STAT *__restrict);
} glob_t;

extern int glob(const char *__restrict __pattern, int __flags, int (*__errfunc)(const char *, int),
                glob_t *__restrict __pglob);
extern void globfree(glob_t *__pglob) __THROW;
#ifdef __USE_LARGEFILE64
typedef glob_t glob64_t;
extern int glob64(const char *__restrict __pattern, int __flags, int (*__errfunc)(const char *, int),
                  glob64_t *__restrict __pglob);
extern void globfree64(glob64_t *__pglob) __THROW;
#endif

__END_DECLS

#endif
