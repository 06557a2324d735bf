/* <sys/auxv.h>: the auxiliary vector. */
#ifndef _SYS_AUXV_H
#define _SYS_AUXV_H 1

#include <features.h>
#include <bits/auxv.h>

__BEGIN_DECLS
extern unsigned long int getauxval(unsigned long int type) __THROW;
__END_DECLS

#endif
