/* <gnu/stubs.h>: functions that exist and can only fail with ENOSYS. `configure` scripts look for
   __stub_NAME and then count the function as missing. */
#ifndef _GNU_STUBS_H
#define _GNU_STUBS_H 1

#endif
