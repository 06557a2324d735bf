/* <sys/klog.h>: the kernel's log. Linux. */
#ifndef _SYS_KLOG_H
#define _SYS_KLOG_H 1

#include <features.h>

__BEGIN_DECLS
extern int klogctl(int action, char *buffer, int length) __THROW;
__END_DECLS

#endif
