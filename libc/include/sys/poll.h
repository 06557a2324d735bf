/* <sys/poll.h>: an older name of <poll.h>. */
#ifndef _SYS_POLL_ALIAS_H
#define _SYS_POLL_ALIAS_H 1

#include <poll.h>

#endif
