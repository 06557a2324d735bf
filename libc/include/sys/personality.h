/* <sys/personality.h>: which system a program believes to run on. Linux. */
#ifndef _SYS_PERSONALITY_H
#define _SYS_PERSONALITY_H 1

#include <features.h>
#include <linux/personality.h>
#undef personality

__BEGIN_DECLS
extern int personality(unsigned long int persona) __THROW;
__END_DECLS

#endif
