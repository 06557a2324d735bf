/* <sys/reboot.h>: stopping and restarting the machine. Linux. */
#ifndef _SYS_REBOOT_H
#define _SYS_REBOOT_H 1

#include <features.h>

#define RB_DISABLE_CAD 0x0
#define RB_AUTOBOOT 0x1234567
#define RB_POWER_OFF 0x4321fedc
#define RB_KEXEC 0x45584543
#define RB_ENABLE_CAD 0x89abcdef
#define RB_HALT_SYSTEM 0xcdef0123
#define RB_SW_SUSPEND 0xd000fce2

__BEGIN_DECLS
extern int reboot(int action) __THROW;
__END_DECLS

#endif
