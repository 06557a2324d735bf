/* <stdint.h>: integers of exact, least and fastest widths. ISO C17 7.20, POSIX.1-2024. */
#ifndef _STDINT_H
#define _STDINT_H 1

#include <bits/libc-header-start.h>
#include <bits/types.h>
#include <bits/stdint-intn.h>
#include <bits/stdint-uintn.h>

typedef __int_least8_t int_least8_t;
typedef __int_least16_t int_least16_t;
typedef __int_least32_t int_least32_t;
typedef __int_least64_t int_least64_t;
typedef __uint_least8_t uint_least8_t;
typedef __uint_least16_t uint_least16_t;
typedef __uint_least32_t uint_least32_t;
typedef __uint_least64_t uint_least64_t;

typedef signed char int_fast8_t;
typedef long int int_fast16_t;
typedef long int int_fast32_t;
typedef long int int_fast64_t;
typedef unsigned char uint_fast8_t;
typedef unsigned long int uint_fast16_t;
typedef unsigned long int uint_fast32_t;
typedef unsigned long int uint_fast64_t;

#ifndef __intptr_t_defined
typedef long int intptr_t;
# define __intptr_t_defined
#endif
typedef unsigned long int uintptr_t;
typedef __intmax_t intmax_t;
typedef __uintmax_t uintmax_t;

#define INT8_MIN (-128)
#define INT8_MAX (127)
#define UINT8_MAX (255)
#define INT16_MIN (-32768)
#define INT16_MAX (32767)
#define UINT16_MAX (65535)
#define INT32_MIN (-2147483647 - 1)
#define INT32_MAX (2147483647)
#define UINT32_MAX (4294967295U)
#define INT64_MIN (-9223372036854775807L - 1)
#define INT64_MAX (9223372036854775807L)
#define UINT64_MAX (18446744073709551615UL)
#define INT_LEAST8_MIN (-128)
#define INT_LEAST8_MAX (127)
#define UINT_LEAST8_MAX (255)
#define INT_LEAST16_MIN (-32768)
#define INT_LEAST16_MAX (32767)
#define UINT_LEAST16_MAX (65535)
#define INT_LEAST32_MIN (-2147483647 - 1)
#define INT_LEAST32_MAX (2147483647)
#define UINT_LEAST32_MAX (4294967295U)
#define INT_LEAST64_MIN (-9223372036854775807L - 1)
#define INT_LEAST64_MAX (9223372036854775807L)
#define UINT_LEAST64_MAX (18446744073709551615UL)
#define INT_FAST8_MIN (-128)
#define INT_FAST8_MAX (127)
#define UINT_FAST8_MAX (255)
#define INT_FAST16_MIN (-9223372036854775807L - 1)
#define INT_FAST16_MAX (9223372036854775807L)
#define UINT_FAST16_MAX (18446744073709551615UL)
#define INT_FAST32_MIN (-9223372036854775807L - 1)
#define INT_FAST32_MAX (9223372036854775807L)
#define UINT_FAST32_MAX (18446744073709551615UL)
#define INT_FAST64_MIN (-9223372036854775807L - 1)
#define INT_FAST64_MAX (9223372036854775807L)
#define UINT_FAST64_MAX (18446744073709551615UL)
#define INTPTR_MIN (-9223372036854775807L - 1)
#define INTPTR_MAX (9223372036854775807L)
#define INTMAX_MIN (-9223372036854775807L - 1)
#define INTMAX_MAX (9223372036854775807L)
#define PTRDIFF_MIN (-9223372036854775807L - 1)
#define PTRDIFF_MAX (9223372036854775807L)
#define UINTPTR_MAX (18446744073709551615UL)
#define UINTMAX_MAX (18446744073709551615UL)
#define SIZE_MAX (18446744073709551615UL)
#define SIG_ATOMIC_MIN (-2147483647 - 1)
#define SIG_ATOMIC_MAX (2147483647)
#ifndef WCHAR_MIN
# define WCHAR_MIN (-__WCHAR_MAX__ - 1)
# define WCHAR_MAX __WCHAR_MAX__
#endif
#define WINT_MIN (0u)
#define WINT_MAX (4294967295u)

#define INT8_C(c) c
#define INT16_C(c) c
#define INT32_C(c) c
#define INT64_C(c) c##L
#define UINT8_C(c) c
#define UINT16_C(c) c
#define UINT32_C(c) c##U
#define UINT64_C(c) c##UL
#define INTMAX_C(c) c##L
#define UINTMAX_C(c) c##UL

#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
# define INT8_WIDTH 8
# define UINT8_WIDTH 8
# define INT_LEAST8_WIDTH 8
# define UINT_LEAST8_WIDTH 8
# define INT_FAST8_WIDTH 8
# define UINT_FAST8_WIDTH 8
# define INT16_WIDTH 16
# define UINT16_WIDTH 16
# define INT_LEAST16_WIDTH 16
# define UINT_LEAST16_WIDTH 16
# define INT_FAST16_WIDTH 64
# define UINT_FAST16_WIDTH 64
# define INT32_WIDTH 32
# define UINT32_WIDTH 32
# define INT_LEAST32_WIDTH 32
# define UINT_LEAST32_WIDTH 32
# define INT_FAST32_WIDTH 64
# define UINT_FAST32_WIDTH 64
# define INT64_WIDTH 64
# define UINT64_WIDTH 64
# define INT_LEAST64_WIDTH 64
# define UINT_LEAST64_WIDTH 64
# define INT_FAST64_WIDTH 64
# define UINT_FAST64_WIDTH 64
# define INTPTR_WIDTH 64
# define UINTPTR_WIDTH 64
# define INTMAX_WIDTH 64
# define UINTMAX_WIDTH 64
# define PTRDIFF_WIDTH 64
# define SIZE_WIDTH 64
# define SIG_ATOMIC_WIDTH 32
# define WCHAR_WIDTH 32
# define WINT_WIDTH 32
#endif

#endif
