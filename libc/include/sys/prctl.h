/* <sys/prctl.h>: operations on the process itself. Linux. */
#ifndef _SYS_PRCTL_H
#define _SYS_PRCTL_H 1

#include <features.h>
#include <linux/prctl.h>

__BEGIN_DECLS
extern int prctl(int operation, ...) __THROW;
__END_DECLS

#endif
