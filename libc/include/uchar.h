/* <uchar.h>: UTF-16 and UTF-32. ISO C17 7.28, POSIX.1-2024. */
#ifndef _UCHAR_H
#define _UCHAR_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <bits/types.h>
#include <bits/types/mbstate_t.h>

#ifndef __cplusplus
typedef __UINT_LEAST16_TYPE__ char16_t;
typedef __UINT_LEAST32_TYPE__ char32_t;
#endif

/* C23's type of UTF-8 units; C++20 has a type of its own. */
#if __GLIBC_USE(ISOC2X) || defined __USE_GNU || defined __cpp_char8_t
# define __TRIVET_HAS_CHAR8 1
#endif
#if defined __TRIVET_HAS_CHAR8 && !defined __cpp_char8_t
typedef unsigned char char8_t;
#endif

__BEGIN_DECLS

#ifdef __TRIVET_HAS_CHAR8
extern size_t mbrtoc8(char8_t *__restrict __pc8, const char *__restrict __s, size_t __n, mbstate_t *__restrict __p)
    __THROW;
extern size_t c8rtomb(char *__restrict __s, char8_t __c8, mbstate_t *__restrict __ps) __THROW;
#endif

extern size_t mbrtoc16(char16_t *__restrict __pc16, const char *__restrict __s, size_t __n,
                       mbstate_t *__restrict __p) __THROW;
extern size_t c16rtomb(char *__restrict __s, char16_t __c16, mbstate_t *__restrict __ps) __THROW;
extern size_t mbrtoc32(char32_t *__restrict __pc32, const char *__restrict __s, size_t __n,
                       mbstate_t *__restrict __p) __THROW;
extern size_t c32rtomb(char *__restrict __s, char32_t __c32, mbstate_t *__restrict __ps) __THROW;

__END_DECLS

#endif
