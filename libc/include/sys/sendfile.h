/* <sys/sendfile.h>: sending from a file. */
#ifndef _SYS_SENDFILE_H
#define _SYS_SENDFILE_H 1

#include <features.h>
#include <sys/types.h>

__BEGIN_DECLS
extern ssize_t sendfile(int output, int input, __off_t *offset, size_t length) __THROW;
#ifdef __USE_LARGEFILE64
extern ssize_t sendfile64(int output, int input, __off64_t *offset, size_t length) __THROW;
#endif
__END_DECLS

#endif
