/* <ucontext.h>: the registers that a signal interrupted. */
#ifndef _UCONTEXT_H
#define _UCONTEXT_H 1

#include <features.h>
#include <sys/ucontext.h>

__BEGIN_DECLS
extern int getcontext(ucontext_t *context) __THROWNL __attribute__((__returns_twice__));
extern int setcontext(const ucontext_t *context) __THROWNL;
extern int swapcontext(ucontext_t *__restrict old, const ucontext_t *__restrict context) __THROWNL
    __attribute__((__returns_twice__));
extern void makecontext(ucontext_t *context, void (*function)(void), int count, ...) __THROW;
__END_DECLS

#endif
