/* <sys/mtio.h>: requests of magnetic tapes. Linux. */
#ifndef _SYS_MTIO_H
#define _SYS_MTIO_H 1

#include <sys/types.h>
#include <sys/ioctl.h>
#include <linux/mtio.h>

#endif
