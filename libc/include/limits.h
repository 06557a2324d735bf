/* <limits.h>: limits of types and of the system. ISO C17 7.10, POSIX.1-2024. gcc's own header has the types'. */
#ifndef _LIBC_LIMITS_H_
#define _LIBC_LIMITS_H_ 1

#include <bits/libc-header-start.h>

/* The most bytes of a character in any locale. */
#define MB_LEN_MAX 16

/* gcc's header includes this one when it is found first, and is included from here when not. */
#if defined __GNUC__ && !defined _GCC_LIMITS_H_
# include_next <limits.h>
#endif

#if defined __USE_ISOC99 && !defined LLONG_MIN
# define LLONG_MIN (-LLONG_MAX - 1)
# define LLONG_MAX __LONG_LONG_MAX__
# define ULLONG_MAX (LLONG_MAX * 2ULL + 1)
#endif

#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X) && !defined CHAR_WIDTH
# define CHAR_WIDTH 8
# define SCHAR_WIDTH 8
# define UCHAR_WIDTH 8
# define SHRT_WIDTH 16
# define USHRT_WIDTH 16
# define INT_WIDTH 32
# define UINT_WIDTH 32
# define LONG_WIDTH 64
# define ULONG_WIDTH 64
# define LLONG_WIDTH 64
# define ULLONG_WIDTH 64
#endif

#ifdef __USE_POSIX
# include <bits/posix1_lim.h>
#endif
#ifdef __USE_POSIX2
# include <bits/posix2_lim.h>
#endif
#ifdef __USE_XOPEN
# include <bits/xopen_lim.h>
#endif
#ifdef __USE_XOPEN2K24
# define GETENTROPY_MAX 256
# define NSIG_MAX 65
# define TEXTDOMAIN_MAX 255
# define _POSIX_SS_REPL_MAX 4
# define _XOPEN_NAME_MAX 255
# define _XOPEN_PATH_MAX 1024
#endif

#endif
