/* <gnu-versions.h>: which interfaces of the GNU C library this one keeps; gnulib asks before it replaces a family by its own. */
#ifndef _GNU_VERSIONS_H
#define _GNU_VERSIONS_H 1

#define _GNU_OBSTACK_INTERFACE_VERSION 1
#define _GNU_REGEX_INTERFACE_VERSION 1
#define _GNU_GLOB_INTERFACE_VERSION 2
#define _GNU_GETOPT_INTERFACE_VERSION 2

#endif
