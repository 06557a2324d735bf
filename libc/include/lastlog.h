/* <lastlog.h>: struct lastlog is <utmp.h>'s. */
#include <utmp.h>
