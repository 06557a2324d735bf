/* <execinfo.h>: the calls that lead here. GNU. */
#ifndef _EXECINFO_H
#define _EXECINFO_H 1

#include <features.h>

__BEGIN_DECLS
extern int backtrace(void **addresses, int room) __nonnull((1));
extern char **backtrace_symbols(void *const *addresses, int count) __THROW __nonnull((1));
extern void backtrace_symbols_fd(void *const *addresses, int count, int fd) __THROW __nonnull((1));
__END_DECLS

#endif
