/* getopt, as <unistd.h> declares it. */
#ifndef _BITS_GETOPT_DECLARED_H
#define _BITS_GETOPT_DECLARED_H 1

__BEGIN_DECLS
extern char *optarg;
extern int optind;
extern int opterr;
extern int optopt;
extern int getopt(int argc, char *const *argv, const char *options) __THROW __nonnull((2, 3));
__END_DECLS

#endif
