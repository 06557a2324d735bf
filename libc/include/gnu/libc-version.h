/* <gnu/libc-version.h>: whose ABI this library has. */
#ifndef _GNU_LIBC_VERSION_H
#define _GNU_LIBC_VERSION_H 1

#include <features.h>
__BEGIN_DECLS
extern const char *gnu_get_libc_release(void) __THROW;
extern const char *gnu_get_libc_version(void) __THROW;
__END_DECLS

#endif
