/* getopt as <unistd.h> declares it: that of POSIX, unless GNU's or the default names are asked for. */
#ifndef _BITS_GETOPT_POSIX_H
#define _BITS_GETOPT_POSIX_H 1

#include <features.h>

__BEGIN_DECLS

extern char *optarg;
extern int optind;
extern int opterr;
extern int optopt;

#if defined __USE_POSIX2 && !defined __USE_POSIX_IMPLICITLY && !defined __USE_GNU
extern int getopt(int ___argc, char *const *___argv, const char *__shortopts) __asm__("__posix_getopt")
    __THROW __nonnull((2, 3));
#else
extern int getopt(int ___argc, char *const *___argv, const char *__shortopts) __THROW __nonnull((2, 3));
#endif

__END_DECLS

#endif
