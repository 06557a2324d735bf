/* <sys/vt.h>: requests of virtual terminals. Linux. */
#include <linux/vt.h>
