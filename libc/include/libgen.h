/* <libgen.h>: parts of paths. POSIX.1-2024. */
#ifndef _LIBGEN_H
#define _LIBGEN_H 1

#include <features.h>

__BEGIN_DECLS

extern char *dirname(char *__path) __THROW;
/* POSIX's basename may change its argument; <string.h> has glibc's. */
extern char *__xpg_basename(char *__path) __THROW;
#define basename __xpg_basename

__END_DECLS

#endif
