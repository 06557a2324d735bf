/* <sys/eventfd.h>: counters that are read and written as descriptors. Linux. */
#ifndef _SYS_EVENTFD_H
#define _SYS_EVENTFD_H 1

#include <features.h>
#include <stdint.h>

enum { EFD_SEMAPHORE = 1, EFD_CLOEXEC = 02000000, EFD_NONBLOCK = 04000 };
#define EFD_SEMAPHORE EFD_SEMAPHORE
#define EFD_CLOEXEC EFD_CLOEXEC
#define EFD_NONBLOCK EFD_NONBLOCK

typedef uint64_t eventfd_t;

__BEGIN_DECLS
extern int eventfd(unsigned int initial, int flags) __THROW;
extern int eventfd_read(int fd, eventfd_t *value);
extern int eventfd_write(int fd, eventfd_t value);
__END_DECLS

#endif
