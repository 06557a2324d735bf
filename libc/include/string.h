/* <string.h>: memory and strings. ISO C17 7.24, POSIX.1-2024, with what BSD and glibc add. */
#ifndef _STRING_H
#define _STRING_H 1

#include <bits/libc-header-start.h>

#define __need_size_t
#define __need_NULL
#include <stddef.h>

__BEGIN_DECLS

extern void *memcpy(void *__restrict __dest, const void *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
extern void *memmove(void *__dest, const void *__src, size_t __n) __THROW __nonnull((1, 2));
extern void *memset(void *__s, int __c, size_t __n) __THROW __nonnull((1));
extern int memcmp(const void *__s1, const void *__s2, size_t __n) __THROW __attribute_pure__ __nonnull((1, 2));
extern int __memcmpeq(const void *__s1, const void *__s2, size_t __n) __THROW __attribute_pure__ __nonnull((1, 2));
extern void *memchr(const void *__s, int __c, size_t __n) __THROW __attribute_pure__ __nonnull((1));
#if defined __USE_MISC || defined __USE_XOPEN
extern void *memccpy(void *__restrict __dest, const void *__restrict __src, int __c, size_t __n)
    __THROW __nonnull((1, 2));
#endif
#ifdef __USE_GNU
extern void *rawmemchr(const void *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
extern void *memrchr(const void *__s, int __c, size_t __n) __THROW __attribute_pure__ __nonnull((1));
extern void *mempcpy(void *__restrict __dest, const void *__restrict __src, size_t __n)
    __THROW __nonnull((1, 2));
extern void *memfrob(void *__s, size_t __n) __THROW __nonnull((1));
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern void *memmem(const void *__haystack, size_t __haystacklen, const void *__needle, size_t __needlelen)
    __THROW __attribute_pure__ __nonnull((1, 3));
#endif
extern void *__mempcpy(void *__restrict __dest, const void *__restrict __src, size_t __n) __THROW __nonnull((1, 2));

extern size_t strlen(const char *__s) __THROW __attribute_pure__ __nonnull((1));
extern char *strcpy(char *__restrict __dest, const char *__restrict __src) __THROW __nonnull((1, 2));
extern char *strncpy(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
extern char *strcat(char *__restrict __dest, const char *__restrict __src) __THROW __nonnull((1, 2));
extern char *strncat(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
extern int strcmp(const char *__s1, const char *__s2) __THROW __attribute_pure__ __nonnull((1, 2));
extern int strncmp(const char *__s1, const char *__s2, size_t __n) __THROW __attribute_pure__ __nonnull((1, 2));
extern int strcoll(const char *__s1, const char *__s2) __THROW __attribute_pure__ __nonnull((1, 2));
extern size_t strxfrm(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((2));
extern char *strchr(const char *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
extern char *strrchr(const char *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
extern size_t strspn(const char *__s, const char *__accept) __THROW __attribute_pure__ __nonnull((1, 2));
extern size_t strcspn(const char *__s, const char *__reject) __THROW __attribute_pure__ __nonnull((1, 2));
extern char *strpbrk(const char *__s, const char *__accept) __THROW __attribute_pure__ __nonnull((1, 2));
extern char *strstr(const char *__haystack, const char *__needle) __THROW __attribute_pure__ __nonnull((1, 2));
extern char *strtok(char *__restrict __s, const char *__restrict __delim) __THROW __nonnull((2));
extern char *strerror(int __errnum) __THROW;

#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
extern int strcoll_l(const char *__s1, const char *__s2, locale_t __l)
    __THROW __attribute_pure__ __nonnull((1, 2, 3));
extern size_t strxfrm_l(char *__dest, const char *__src, size_t __n, locale_t __l) __THROW __nonnull((2, 4));
extern char *strerror_l(int __errnum, locale_t __l) __THROW;
extern char *strsignal(int __sig) __THROW;
extern char *stpcpy(char *__restrict __dest, const char *__restrict __src) __THROW __nonnull((1, 2));
extern char *stpncpy(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
extern size_t strnlen(const char *__s, size_t __maxlen) __THROW __attribute_pure__ __nonnull((1));
#endif
extern char *__stpcpy(char *__restrict __dest, const char *__restrict __src) __THROW __nonnull((1, 2));
extern char *__stpncpy(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));

#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8 || __GLIBC_USE(LIB_EXT2)
extern char *strdup(const char *__s) __THROW __attribute_malloc__ __nonnull((1));
#endif
#if defined __USE_XOPEN2K8 || __GLIBC_USE(LIB_EXT2)
extern char *strndup(const char *__string, size_t __n) __THROW __attribute_malloc__ __nonnull((1));
#endif
#if defined __USE_POSIX || defined __USE_MISC
extern char *strtok_r(char *__restrict __s, const char *__restrict __delim, char **__restrict __save_ptr)
    __THROW __nonnull((2, 3));
#endif
extern char *__strtok_r(char *__restrict __s, const char *__restrict __delim, char **__restrict __save_ptr)
    __THROW __nonnull((2, 3));

/* POSIX's strerror_r returns an error number; glibc's, for programs that ask for GNU names, the text. */
#if defined __USE_XOPEN2K && !defined __USE_GNU
extern int strerror_r(int __errnum, char *__buf, size_t __buflen) __asm__("__xpg_strerror_r") __THROW __nonnull((2));
#elif defined __USE_GNU || defined __USE_MISC
extern char *strerror_r(int __errnum, char *__buf, size_t __buflen) __THROW __nonnull((2)) __wur;
#endif

#ifdef __USE_GNU
extern char *strchrnul(const char *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
extern char *strcasestr(const char *__haystack, const char *__needle) __THROW __attribute_pure__ __nonnull((1, 2));
extern int strverscmp(const char *__s1, const char *__s2) __THROW __attribute_pure__ __nonnull((1, 2));
extern const char *strerrordesc_np(int __err) __THROW;
extern const char *strerrorname_np(int __err) __THROW;
extern const char *sigabbrev_np(int __sig) __THROW;
extern const char *sigdescr_np(int __sig) __THROW;
# define strdupa(s) \
    (__extension__({ \
        const char *__old = (s); \
        size_t __len = __builtin_strlen(__old) + 1; \
        (char *)__builtin_memcpy(__builtin_alloca(__len), __old, __len); \
    }))
# define strndupa(s, n) \
    (__extension__({ \
        const char *__old = (s); \
        size_t __len = strnlen(__old, (n)); \
        char *__new = (char *)__builtin_alloca(__len + 1); \
        __new[__len] = '\0'; \
        (char *)__builtin_memcpy(__new, __old, __len); \
    }))
#endif

#ifdef __USE_MISC
extern char *strsep(char **__restrict __stringp, const char *__restrict __delim) __THROW __nonnull((1, 2));
extern void explicit_bzero(void *__s, size_t __n) __THROW __nonnull((1));
# include <strings.h>
#endif
#if defined __USE_MISC || defined __USE_XOPEN2K24
extern size_t strlcpy(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
extern size_t strlcat(char *__restrict __dest, const char *__restrict __src, size_t __n) __THROW __nonnull((1, 2));
#endif

/* glibc's basename never changes its argument; <libgen.h> has POSIX's. */
#if defined __USE_GNU && !defined basename
extern char *basename(const char *__filename) __THROW __nonnull((1));
#endif

#if __USE_FORTIFY_LEVEL > 0 && defined __fortify_function
# include <bits/string_fortified.h>
#endif

__END_DECLS

#endif
