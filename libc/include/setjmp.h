/* <setjmp.h>: non-local jumps. ISO C 7.13, POSIX.1-2024 <setjmp.h>. */
#ifndef _SETJMP_H
#define _SETJMP_H 1

#include <features.h>
#include <bits/setjmp.h>
#include <bits/types/struct___jmp_buf_tag.h>

typedef struct __jmp_buf_tag jmp_buf[1];

__BEGIN_DECLS

extern int setjmp(jmp_buf buffer) __THROWNL __attribute_returns_twice__;
extern int __sigsetjmp(struct __jmp_buf_tag buffer[1], int save) __THROWNL __attribute_returns_twice__;
extern int _setjmp(struct __jmp_buf_tag buffer[1]) __THROWNL __attribute_returns_twice__;
#define setjmp(buffer) _setjmp(buffer)

extern void longjmp(struct __jmp_buf_tag buffer[1], int value) __THROWNL __attribute__((__noreturn__));
#if defined __USE_MISC || defined __USE_XOPEN
extern void _longjmp(struct __jmp_buf_tag buffer[1], int value) __THROWNL __attribute__((__noreturn__));
#endif

#ifdef __USE_POSIX
typedef struct __jmp_buf_tag sigjmp_buf[1];
# define sigsetjmp(buffer, save) __sigsetjmp(buffer, save)
extern void siglongjmp(sigjmp_buf buffer, int value) __THROWNL __attribute__((__noreturn__));
#endif

#if __USE_FORTIFY_LEVEL > 0
extern void __longjmp_chk(struct __jmp_buf_tag buffer[1], int value) __THROWNL __attribute__((__noreturn__));
# define longjmp(buffer, value) __longjmp_chk(buffer, value)
# define _longjmp(buffer, value) __longjmp_chk(buffer, value)
# define siglongjmp(buffer, value) __longjmp_chk(buffer, value)
#endif

__END_DECLS

#endif
