/* <ctype.h>: classes and case of bytes. ISO C17 7.4, POSIX.1-2024. */
#ifndef _CTYPE_H
#define _CTYPE_H 1

#include <features.h>
#include <bits/types.h>
#include <bits/endian.h>

__BEGIN_DECLS

/* The bits of a class table's entry, as libstdc++ and the macros below read them. */
#define _ISbit(bit) ((bit) < 8 ? ((1 << (bit)) << 8) : ((1 << (bit)) >> 8))
enum {
    _ISupper = _ISbit(0),
    _ISlower = _ISbit(1),
    _ISalpha = _ISbit(2),
    _ISdigit = _ISbit(3),
    _ISxdigit = _ISbit(4),
    _ISspace = _ISbit(5),
    _ISprint = _ISbit(6),
    _ISgraph = _ISbit(7),
    _ISblank = _ISbit(8),
    _IScntrl = _ISbit(9),
    _ISpunct = _ISbit(10),
    _ISalnum = _ISbit(11)
};

extern const unsigned short int **__ctype_b_loc(void) __THROW __attribute__((__const__));
extern const __int32_t **__ctype_tolower_loc(void) __THROW __attribute__((__const__));
extern const __int32_t **__ctype_toupper_loc(void) __THROW __attribute__((__const__));

#define __isctype(c, type) ((*__ctype_b_loc())[(int)(c)] & (unsigned short int)type)

extern int isalnum(int) __THROW;
extern int isalpha(int) __THROW;
extern int iscntrl(int) __THROW;
extern int isdigit(int) __THROW;
extern int islower(int) __THROW;
extern int isgraph(int) __THROW;
extern int isprint(int) __THROW;
extern int ispunct(int) __THROW;
extern int isspace(int) __THROW;
extern int isupper(int) __THROW;
extern int isxdigit(int) __THROW;
#ifdef __USE_ISOC99
extern int isblank(int) __THROW;
#endif
extern int tolower(int __c) __THROW;
extern int toupper(int __c) __THROW;
#if defined __USE_MISC || defined __USE_XOPEN
extern int isascii(int __c) __THROW;
extern int toascii(int __c) __THROW;
extern int _toupper(int) __THROW;
extern int _tolower(int) __THROW;
#endif

#ifndef __cplusplus
# define isalnum(c) __isctype((c), _ISalnum)
# define isalpha(c) __isctype((c), _ISalpha)
# define iscntrl(c) __isctype((c), _IScntrl)
# define isdigit(c) __isctype((c), _ISdigit)
# define islower(c) __isctype((c), _ISlower)
# define isgraph(c) __isctype((c), _ISgraph)
# define isprint(c) __isctype((c), _ISprint)
# define ispunct(c) __isctype((c), _ISpunct)
# define isspace(c) __isctype((c), _ISspace)
# define isupper(c) __isctype((c), _ISupper)
# define isxdigit(c) __isctype((c), _ISxdigit)
# ifdef __USE_ISOC99
#  define isblank(c) __isctype((c), _ISblank)
# endif
#endif
#if defined __USE_MISC || defined __USE_XOPEN
# define isascii(c) (((c) & ~0x7f) == 0)
# define toascii(c) ((c) & 0x7f)
# define _tolower(c) ((int)(*__ctype_tolower_loc())[(int)(c)])
# define _toupper(c) ((int)(*__ctype_toupper_loc())[(int)(c)])
#endif

#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
extern int isalnum_l(int, locale_t) __THROW;
extern int isalpha_l(int, locale_t) __THROW;
extern int iscntrl_l(int, locale_t) __THROW;
extern int isdigit_l(int, locale_t) __THROW;
extern int islower_l(int, locale_t) __THROW;
extern int isgraph_l(int, locale_t) __THROW;
extern int isprint_l(int, locale_t) __THROW;
extern int ispunct_l(int, locale_t) __THROW;
extern int isspace_l(int, locale_t) __THROW;
extern int isupper_l(int, locale_t) __THROW;
extern int isxdigit_l(int, locale_t) __THROW;
extern int isblank_l(int, locale_t) __THROW;
extern int __tolower_l(int __c, locale_t __l) __THROW;
extern int tolower_l(int __c, locale_t __l) __THROW;
extern int __toupper_l(int __c, locale_t __l) __THROW;
extern int toupper_l(int __c, locale_t __l) __THROW;
#endif

__END_DECLS

#endif
