/* <sys/kd.h>: requests of a keyboard and its display. Linux. */
#ifndef _SYS_KD_H
#define _SYS_KD_H 1

/* The kernel's header would pull in its types beside the library's. */
#ifndef _LINUX_TYPES_H
# define _LINUX_TYPES_H
# include <linux/kd.h>
# undef _LINUX_TYPES_H
#else
# include <linux/kd.h>
#endif

#endif
