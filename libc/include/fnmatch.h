/* <fnmatch.h>: names against shell patterns. POSIX.1-2024. */
#ifndef _FNMATCH_H
#define _FNMATCH_H 1

#include <features.h>

__BEGIN_DECLS

#define FNM_PATHNAME (1 << 0)
#define FNM_NOESCAPE (1 << 1)
#define FNM_PERIOD (1 << 2)
#if !defined _POSIX_C_SOURCE || _POSIX_C_SOURCE < 2 || defined __USE_MISC || defined __USE_XOPEN2K24
# define FNM_FILE_NAME FNM_PATHNAME
# define FNM_LEADING_DIR (1 << 3)
# define FNM_CASEFOLD (1 << 4)
# define FNM_IGNORECASE FNM_CASEFOLD
#endif
#define FNM_NOMATCH 1
#ifdef __USE_XOPEN
# define FNM_NOSYS (-1)
#endif

extern int fnmatch(const char *__pattern, const char *__name, int __flags);

__END_DECLS

#endif
