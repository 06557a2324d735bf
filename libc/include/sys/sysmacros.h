/* <sys/sysmacros.h>: the parts of a device number. */
#ifndef _SYS_SYSMACROS_H
#define _SYS_SYSMACROS_H 1

#include <features.h>
#include <bits/types.h>

__BEGIN_DECLS
extern unsigned int gnu_dev_major(__dev_t device) __THROW __attribute__((__const__));
extern unsigned int gnu_dev_minor(__dev_t device) __THROW __attribute__((__const__));
extern __dev_t gnu_dev_makedev(unsigned int major, unsigned int minor) __THROW __attribute__((__const__));
__END_DECLS

#define major(device) gnu_dev_major(device)
#define minor(device) gnu_dev_minor(device)
#define makedev(major, minor) gnu_dev_makedev(major, minor)

#endif
