/* <sys/utsname.h>: the system's names. POSIX.1-2024 <sys/utsname.h>. */
#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H 1

#include <features.h>
#define _UTSNAME_LENGTH 65

struct utsname {
    char sysname[_UTSNAME_LENGTH];
    char nodename[_UTSNAME_LENGTH];
    char release[_UTSNAME_LENGTH];
    char version[_UTSNAME_LENGTH];
    char machine[_UTSNAME_LENGTH];
#ifdef __USE_GNU
    char domainname[_UTSNAME_LENGTH];
#else
    char __domainname[_UTSNAME_LENGTH];
#endif
};
#ifdef __USE_MISC
# define SYS_NMLN _UTSNAME_LENGTH
#endif

__BEGIN_DECLS
extern int uname(struct utsname *names) __THROW;
__END_DECLS

#endif
