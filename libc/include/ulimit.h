/* <ulimit.h>: the limit of a file's size, and of open files. The Open Group Base Specifications, Issue 7. */
#ifndef _ULIMIT_H
#define _ULIMIT_H 1

#include <features.h>

enum { UL_GETFSIZE = 1, UL_SETFSIZE, __UL_GETMAXBRK, __UL_GETOPENMAX };
#define UL_GETFSIZE UL_GETFSIZE
#define UL_SETFSIZE UL_SETFSIZE

__BEGIN_DECLS
extern long ulimit(int command, ...) __THROW;
__END_DECLS

#endif
