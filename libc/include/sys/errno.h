/* <sys/errno.h>: an older name of <errno.h>. */
#include <errno.h>
