/* <fenv.h>: the floating-point environment. ISO C17 7.6, with what glibc adds. */
#ifndef _FENV_H
#define _FENV_H 1

#include <bits/libc-header-start.h>

enum {
    FE_INVALID = 0x01,
    __FE_DENORM = 0x02,
    FE_DIVBYZERO = 0x04,
    FE_OVERFLOW = 0x08,
    FE_UNDERFLOW = 0x10,
    FE_INEXACT = 0x20
};
#define FE_INVALID 0x01
#define FE_DIVBYZERO 0x04
#define FE_OVERFLOW 0x08
#define FE_UNDERFLOW 0x10
#define FE_INEXACT 0x20
#define FE_ALL_EXCEPT (FE_INEXACT | FE_DIVBYZERO | FE_UNDERFLOW | FE_OVERFLOW | FE_INVALID)

enum {
    FE_TONEAREST = 0,
    FE_DOWNWARD = 0x400,
    FE_UPWARD = 0x800,
    FE_TOWARDZERO = 0xc00
};
#define FE_TONEAREST 0
#define FE_DOWNWARD 0x400
#define FE_UPWARD 0x800
#define FE_TOWARDZERO 0xc00

typedef unsigned short int fexcept_t;

/* What fnstenv stores, and MXCSR. */
typedef struct {
    unsigned short int __control_word;
    unsigned short int __glibc_reserved1;
    unsigned short int __status_word;
    unsigned short int __glibc_reserved2;
    unsigned short int __tags;
    unsigned short int __glibc_reserved3;
    unsigned int __eip;
    unsigned short int __cs_selector;
    unsigned int __opcode : 11;
    unsigned int __glibc_reserved4 : 5;
    unsigned int __data_offset;
    unsigned short int __data_selector;
    unsigned short int __glibc_reserved5;
    unsigned int __mxcsr;
} fenv_t;

#define FE_DFL_ENV ((const fenv_t *)-1)
#ifdef __USE_GNU
# define FE_NOMASK_ENV ((const fenv_t *)-2)
#endif

#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
typedef struct {
    unsigned short int __control_word;
    unsigned short int __glibc_reserved;
    unsigned int __mxcsr;
} femode_t;
# define FE_DFL_MODE ((const femode_t *)-1L)
#endif

__BEGIN_DECLS

extern int feclearexcept(int __exceptions) __THROW;
extern int fegetexceptflag(fexcept_t *__flags, int __exceptions) __THROW;
extern int feraiseexcept(int __exceptions) __THROW;
extern int fesetexceptflag(const fexcept_t *__flags, int __exceptions) __THROW;
extern int fetestexcept(int __exceptions) __THROW;
extern int fegetround(void) __THROW __attribute_pure__;
extern int fesetround(int __direction) __THROW;
extern int fegetenv(fenv_t *__environment) __THROW;
extern int feholdexcept(fenv_t *__environment) __THROW;
extern int fesetenv(const fenv_t *__environment) __THROW;
extern int feupdateenv(const fenv_t *__environment) __THROW;
#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
extern int fesetexcept(int __exceptions) __THROW;
extern int fetestexceptflag(const fexcept_t *__flags, int __exceptions) __THROW;
extern int fegetmode(femode_t *__modes) __THROW;
extern int fesetmode(const femode_t *__modes) __THROW;
#endif
#ifdef __USE_GNU
extern int feenableexcept(int __exceptions) __THROW;
extern int fedisableexcept(int __exceptions) __THROW;
extern int fegetexcept(void) __THROW;
#endif

__END_DECLS

#endif
