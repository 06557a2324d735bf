/* <sys/ucontext.h>: the registers that a signal interrupted. */
#ifndef _SYS_UCONTEXT_H
#define _SYS_UCONTEXT_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/types/sigset_t.h>
#include <bits/types/stack_t.h>

#ifdef __USE_MISC
# define __ctx(name) name
#else
# define __ctx(name) __##name
#endif

__extension__ typedef long long int greg_t;
#define __NGREG 23
#ifdef __USE_MISC
# define NGREG __NGREG
#endif
typedef greg_t gregset_t[__NGREG];

#ifdef __USE_GNU
enum {
    REG_R8 = 0,
    REG_R9 = 1,
    REG_R10 = 2,
    REG_R11 = 3,
    REG_R12 = 4,
    REG_R13 = 5,
    REG_R14 = 6,
    REG_R15 = 7,
    REG_RDI = 8,
    REG_RSI = 9,
    REG_RBP = 10,
    REG_RBX = 11,
    REG_RDX = 12,
    REG_RAX = 13,
    REG_RCX = 14,
    REG_RSP = 15,
    REG_RIP = 16,
    REG_EFL = 17,
    REG_CSGSFS = 18,
    REG_ERR = 19,
    REG_TRAPNO = 20,
    REG_OLDMASK = 21,
    REG_CR2 = 22
};
# define REG_R8 REG_R8
# define REG_R9 REG_R9
# define REG_R10 REG_R10
# define REG_R11 REG_R11
# define REG_R12 REG_R12
# define REG_R13 REG_R13
# define REG_R14 REG_R14
# define REG_R15 REG_R15
# define REG_RDI REG_RDI
# define REG_RSI REG_RSI
# define REG_RBP REG_RBP
# define REG_RBX REG_RBX
# define REG_RDX REG_RDX
# define REG_RAX REG_RAX
# define REG_RCX REG_RCX
# define REG_RSP REG_RSP
# define REG_RIP REG_RIP
# define REG_EFL REG_EFL
# define REG_CSGSFS REG_CSGSFS
# define REG_ERR REG_ERR
# define REG_TRAPNO REG_TRAPNO
# define REG_OLDMASK REG_OLDMASK
# define REG_CR2 REG_CR2
#endif

struct _libc_fpxreg {
    unsigned short int __ctx(significand)[4];
    unsigned short int __ctx(exponent);
    unsigned short int __glibc_reserved1[3];
};
struct _libc_xmmreg {
    __uint32_t __ctx(element)[4];
};
struct _libc_fpstate {
    __uint16_t __ctx(cwd);
    __uint16_t __ctx(swd);
    __uint16_t __ctx(ftw);
    __uint16_t __ctx(fop);
    __uint64_t __ctx(rip);
    __uint64_t __ctx(rdp);
    __uint32_t __ctx(mxcsr);
    __uint32_t __ctx(mxcr_mask);
    struct _libc_fpxreg _st[8];
    struct _libc_xmmreg _xmm[16];
    __uint32_t __glibc_reserved1[24];
};
typedef struct _libc_fpstate *fpregset_t;

typedef struct {
    gregset_t __ctx(gregs);
    fpregset_t __ctx(fpregs);
    __extension__ unsigned long long __reserved1[8];
} mcontext_t;

typedef struct ucontext_t {
    unsigned long int __ctx(uc_flags);
    struct ucontext_t *uc_link;
    stack_t uc_stack;
    mcontext_t uc_mcontext;
    sigset_t uc_sigmask;
    struct _libc_fpstate __fpregs_mem;
    __extension__ unsigned long long int __ssp[4];
} ucontext_t;

#undef __ctx

#endif
