/* What setjmp saves: rbx, rbp, r12 to r15, rsp, rip. */
#ifndef _BITS_SETJMP_H
#define _BITS_SETJMP_H 1

#include <features.h>
typedef long int __jmp_buf[8];

#endif
