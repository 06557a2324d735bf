/* <syslog.h>: messages to the system's log. POSIX.1-2024 <syslog.h>. */
#include <sys/syslog.h>
