/* <wchar.h>: wide characters and multibyte strings. ISO C17 7.29, POSIX.1-2024. The streams are <stdio.h>'s. */
#ifndef _WCHAR_H
#define _WCHAR_H 1

#include <bits/libc-header-start.h>

#define __need_size_t
#define __need_wchar_t
#define __need_NULL
#include <stddef.h>
#define __need___va_list
#include <stdarg.h>

#include <bits/types.h>
#include <bits/types/wint_t.h>
#include <bits/types/mbstate_t.h>
#include <bits/types/__FILE.h>
#if defined __USE_UNIX98 || defined __USE_XOPEN2K
# include <bits/types/FILE.h>
#endif
#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
#endif
#if defined __USE_XOPEN2K8 && !defined _VA_LIST_DEFINED
typedef __gnuc_va_list va_list;
# define _VA_LIST_DEFINED
#endif

#ifndef WCHAR_MIN
# define WCHAR_MIN (-__WCHAR_MAX__ - 1)
# define WCHAR_MAX __WCHAR_MAX__
#endif
#ifndef WEOF
# define WEOF (0xffffffffu)
#endif

/* POSIX before 2004 has the classes here too. */
#if defined __USE_XOPEN && !defined __USE_UNIX98
# include <wctype.h>
#endif

__BEGIN_DECLS

struct tm;

extern wchar_t *wcscpy(wchar_t *__restrict __dest, const wchar_t *__restrict __src) __THROW;
extern wchar_t *wcsncpy(wchar_t *__restrict __dest, const wchar_t *__restrict __src, size_t __n) __THROW;
extern wchar_t *wcscat(wchar_t *__restrict __dest, const wchar_t *__restrict __src) __THROW;
extern wchar_t *wcsncat(wchar_t *__restrict __dest, const wchar_t *__restrict __src, size_t __n) __THROW;
extern int wcscmp(const wchar_t *__s1, const wchar_t *__s2) __THROW __attribute_pure__;
extern int wcsncmp(const wchar_t *__s1, const wchar_t *__s2, size_t __n) __THROW __attribute_pure__;
#if defined __USE_MISC || defined __USE_XOPEN2K24
extern size_t wcslcpy(wchar_t *__restrict __dest, const wchar_t *__restrict __src, size_t __n) __THROW;
extern size_t wcslcat(wchar_t *__restrict __dest, const wchar_t *__restrict __src, size_t __n) __THROW;
#endif
#ifdef __USE_XOPEN2K8
extern int wcscasecmp(const wchar_t *__s1, const wchar_t *__s2) __THROW;
extern int wcsncasecmp(const wchar_t *__s1, const wchar_t *__s2, size_t __n) __THROW;
extern int wcscasecmp_l(const wchar_t *__s1, const wchar_t *__s2, locale_t __loc) __THROW;
extern int wcsncasecmp_l(const wchar_t *__s1, const wchar_t *__s2, size_t __n, locale_t __loc) __THROW;
extern int wcscoll_l(const wchar_t *__s1, const wchar_t *__s2, locale_t __loc) __THROW;
extern size_t wcsxfrm_l(wchar_t *__s1, const wchar_t *__s2, size_t __n, locale_t __loc) __THROW;
extern wchar_t *wcsdup(const wchar_t *__s) __THROW __attribute_malloc__;
extern wchar_t *wcpcpy(wchar_t *__restrict __dest, const wchar_t *__restrict __src) __THROW;
extern wchar_t *wcpncpy(wchar_t *__restrict __dest, const wchar_t *__restrict __src, size_t __n) __THROW;
extern size_t wcsnlen(const wchar_t *__s, size_t __maxlen) __THROW __attribute_pure__;
extern size_t mbsnrtowcs(wchar_t *__restrict __dst, const char **__restrict __src, size_t __nmc, size_t __len,
    mbstate_t *__restrict __ps) __THROW;
extern size_t wcsnrtombs(char *__restrict __dst, const wchar_t **__restrict __src, size_t __nwc, size_t __len,
    mbstate_t *__restrict __ps) __THROW;
#endif
extern int wcscoll(const wchar_t *__s1, const wchar_t *__s2) __THROW;
extern size_t wcsxfrm(wchar_t *__restrict __s1, const wchar_t *__restrict __s2, size_t __n) __THROW;
extern wchar_t *wcschr(const wchar_t *__wcs, wchar_t __wc) __THROW __attribute_pure__;
extern wchar_t *wcsrchr(const wchar_t *__wcs, wchar_t __wc) __THROW __attribute_pure__;
extern size_t wcsspn(const wchar_t *__wcs, const wchar_t *__accept) __THROW __attribute_pure__;
extern size_t wcscspn(const wchar_t *__wcs, const wchar_t *__reject) __THROW __attribute_pure__;
extern wchar_t *wcspbrk(const wchar_t *__wcs, const wchar_t *__accept) __THROW __attribute_pure__;
extern wchar_t *wcsstr(const wchar_t *__haystack, const wchar_t *__needle) __THROW __attribute_pure__;
extern wchar_t *wcstok(wchar_t *__restrict __s, const wchar_t *__restrict __delim,
    wchar_t **__restrict __ptr) __THROW;
extern size_t wcslen(const wchar_t *__s) __THROW __attribute_pure__;
extern wchar_t *wmemchr(const wchar_t *__s, wchar_t __c, size_t __n) __THROW __attribute_pure__;
extern int wmemcmp(const wchar_t *__s1, const wchar_t *__s2, size_t __n) __THROW __attribute_pure__;
extern wchar_t *wmemcpy(wchar_t *__restrict __s1, const wchar_t *__restrict __s2, size_t __n) __THROW;
extern wchar_t *wmemmove(wchar_t *__s1, const wchar_t *__s2, size_t __n) __THROW;
extern wchar_t *wmemset(wchar_t *__s, wchar_t __c, size_t __n) __THROW;
#ifdef __USE_XOPEN
extern wchar_t *wcswcs(const wchar_t *__haystack, const wchar_t *__needle) __THROW __attribute_pure__;
extern int wcwidth(wchar_t __c) __THROW;
extern int wcswidth(const wchar_t *__s, size_t __n) __THROW;
#endif
#ifdef __USE_GNU
extern wchar_t *wcschrnul(const wchar_t *__s, wchar_t __wc) __THROW __attribute_pure__;
extern wchar_t *wmempcpy(wchar_t *__restrict __s1, const wchar_t *__restrict __s2, size_t __n) __THROW;
#endif

extern wint_t btowc(int __c) __THROW;
extern int wctob(wint_t __c) __THROW;
extern int mbsinit(const mbstate_t *__ps) __THROW __attribute_pure__;
extern size_t mbrtowc(wchar_t *__restrict __pwc, const char *__restrict __s, size_t __n,
    mbstate_t *__restrict __p) __THROW;
extern size_t wcrtomb(char *__restrict __s, wchar_t __wc, mbstate_t *__restrict __ps) __THROW;
extern size_t mbrlen(const char *__restrict __s, size_t __n, mbstate_t *__restrict __ps) __THROW;
extern size_t __mbrlen(const char *__restrict __s, size_t __n, mbstate_t *__restrict __ps) __THROW;
extern size_t mbsrtowcs(wchar_t *__restrict __dst, const char **__restrict __src, size_t __len,
    mbstate_t *__restrict __ps) __THROW;
extern size_t wcsrtombs(char *__restrict __dst, const wchar_t **__restrict __src, size_t __len,
    mbstate_t *__restrict __ps) __THROW;

extern double wcstod(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr) __THROW;
extern long int wcstol(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr, int __base) __THROW;
extern unsigned long int wcstoul(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr,
    int __base) __THROW;
#ifdef __USE_ISOC99
extern float wcstof(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr) __THROW;
extern long double wcstold(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr) __THROW;
__extension__ extern long long int wcstoll(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr,
    int __base) __THROW;
__extension__ extern unsigned long long int wcstoull(const wchar_t *__restrict __nptr,
    wchar_t **__restrict __endptr, int __base) __THROW;
#endif
#ifdef __USE_GNU
__extension__ extern long long int wcstoq(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr,
    int __base) __THROW;
__extension__ extern unsigned long long int wcstouq(const wchar_t *__restrict __nptr,
    wchar_t **__restrict __endptr, int __base) __THROW;
extern long int wcstol_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr, int __base,
    locale_t __loc) __THROW;
extern unsigned long int wcstoul_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr, int __base,
    locale_t __loc) __THROW;
extern double wcstod_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr, locale_t __loc) __THROW;
extern float wcstof_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr, locale_t __loc) __THROW;
extern long double wcstold_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr,
    locale_t __loc) __THROW;
__extension__ extern long long int wcstoll_l(const wchar_t *__restrict __nptr, wchar_t **__restrict __endptr,
    int __base, locale_t __loc) __THROW;
__extension__ extern unsigned long long int wcstoull_l(const wchar_t *__restrict __nptr,
    wchar_t **__restrict __endptr, int __base, locale_t __loc) __THROW;
#endif

extern size_t wcsftime(wchar_t *__restrict __s, size_t __maxsize, const wchar_t *__restrict __format,
    const struct tm *__restrict __tp) __THROW;
#ifdef __USE_GNU
extern size_t wcsftime_l(wchar_t *__restrict __s, size_t __maxsize, const wchar_t *__restrict __format,
    const struct tm *__restrict __tp, locale_t __loc) __THROW;
#endif

/* Streams. */
#ifdef __USE_XOPEN2K8
extern __FILE *open_wmemstream(wchar_t **__bufloc, size_t *__sizeloc) __THROW;
#endif
#if defined __USE_ISOC95 || defined __USE_UNIX98
extern int fwide(__FILE *__fp, int __mode) __THROW;
extern int fwprintf(__FILE *__restrict __stream, const wchar_t *__restrict __format, ...);
extern int wprintf(const wchar_t *__restrict __format, ...);
extern int swprintf(wchar_t *__restrict __s, size_t __n, const wchar_t *__restrict __format, ...);
extern int vfwprintf(__FILE *__restrict __stream, const wchar_t *__restrict __format, __gnuc_va_list __arg);
extern int vwprintf(const wchar_t *__restrict __format, __gnuc_va_list __arg);
extern int vswprintf(wchar_t *__restrict __s, size_t __n, const wchar_t *__restrict __format,
    __gnuc_va_list __arg);
/* ISO C99 took the modifier `a' from scanf: the names are those of the scanf that knows it as a conversion. */
#if defined __USE_ISOC99 && !defined __USE_GNU
extern int __REDIRECT(fwscanf, (__FILE *__restrict __stream, const wchar_t *__restrict __format, ...),
    __isoc99_fwscanf);
extern int __REDIRECT(wscanf, (const wchar_t *__restrict __format, ...), __isoc99_wscanf);
extern int __REDIRECT(swscanf, (const wchar_t *__restrict __s, const wchar_t *__restrict __format, ...),
    __isoc99_swscanf);
#else
extern int fwscanf(__FILE *__restrict __stream, const wchar_t *__restrict __format, ...);
extern int wscanf(const wchar_t *__restrict __format, ...);
extern int swscanf(const wchar_t *__restrict __s, const wchar_t *__restrict __format, ...);
#endif
#endif
#ifdef __USE_ISOC99
# ifndef __USE_GNU
extern int __REDIRECT(vfwscanf, (__FILE *__restrict __stream, const wchar_t *__restrict __format,
    __gnuc_va_list __arg), __isoc99_vfwscanf);
extern int __REDIRECT(vwscanf, (const wchar_t *__restrict __format, __gnuc_va_list __arg), __isoc99_vwscanf);
extern int __REDIRECT(vswscanf, (const wchar_t *__restrict __s, const wchar_t *__restrict __format,
    __gnuc_va_list __arg), __isoc99_vswscanf);
# else
extern int vfwscanf(__FILE *__restrict __stream, const wchar_t *__restrict __format, __gnuc_va_list __arg);
extern int vwscanf(const wchar_t *__restrict __format, __gnuc_va_list __arg);
extern int vswscanf(const wchar_t *__restrict __s, const wchar_t *__restrict __format, __gnuc_va_list __arg);
# endif
#endif
extern wint_t fgetwc(__FILE *__stream);
extern wint_t getwc(__FILE *__stream);
extern wint_t getwchar(void);
extern wint_t fputwc(wchar_t __wc, __FILE *__stream);
extern wint_t putwc(wchar_t __wc, __FILE *__stream);
extern wint_t putwchar(wchar_t __wc);
extern wchar_t *fgetws(wchar_t *__restrict __ws, int __n, __FILE *__restrict __stream);
extern int fputws(const wchar_t *__restrict __ws, __FILE *__restrict __stream);
extern wint_t ungetwc(wint_t __wc, __FILE *__stream);
#ifdef __USE_GNU
extern wint_t getwc_unlocked(__FILE *__stream);
extern wint_t getwchar_unlocked(void);
extern wint_t fgetwc_unlocked(__FILE *__stream);
extern wint_t fputwc_unlocked(wchar_t __wc, __FILE *__stream);
extern wint_t putwc_unlocked(wchar_t __wc, __FILE *__stream);
extern wint_t putwchar_unlocked(wchar_t __wc);
extern wchar_t *fgetws_unlocked(wchar_t *__restrict __ws, int __n, __FILE *__restrict __stream);
extern int fputws_unlocked(const wchar_t *__restrict __ws, __FILE *__restrict __stream);
#endif

__END_DECLS

#endif
