/* <sys/file.h>: locks on open files. */
#ifndef _SYS_FILE_H
#define _SYS_FILE_H 1

#include <features.h>
#include <fcntl.h>
#ifndef LOCK_SH
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
#endif

__BEGIN_DECLS
extern int flock(int fd, int operation) __THROW;
__END_DECLS

#endif
