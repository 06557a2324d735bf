/* <ucontext.h>: the registers that a signal interrupted. */
#ifndef _UCONTEXT_H
#define _UCONTEXT_H 1

#include <features.h>
#include <sys/ucontext.h>

#endif
