/* <stdio_ext.h>: a look into streams. Solaris, glibc. */
#ifndef _STDIO_EXT_H
#define _STDIO_EXT_H 1

#include <stdio.h>

enum {
    FSETLOCKING_QUERY = 0,
    FSETLOCKING_INTERNAL,
    FSETLOCKING_BYCALLER
};
#define FSETLOCKING_QUERY FSETLOCKING_QUERY
#define FSETLOCKING_INTERNAL FSETLOCKING_INTERNAL
#define FSETLOCKING_BYCALLER FSETLOCKING_BYCALLER

__BEGIN_DECLS

extern size_t __fbufsize(FILE *__stream) __THROW;
extern int __freading(FILE *__stream) __THROW;
extern int __fwriting(FILE *__stream) __THROW;
extern int __freadable(FILE *__stream) __THROW;
extern int __fwritable(FILE *__stream) __THROW;
extern int __flbf(FILE *__stream) __THROW;
extern void __fpurge(FILE *__stream) __THROW;
extern size_t __fpending(FILE *__stream) __THROW;
extern void _flushlbf(void);
extern int __fsetlocking(FILE *__stream, int __how) __THROW;

__END_DECLS

#endif
