/* <strings.h>: BSD's string functions. POSIX.1-2024. */
#ifndef _STRINGS_H
#define _STRINGS_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

__BEGIN_DECLS

#if defined __USE_MISC || !defined __USE_XOPEN2K8
extern int bcmp(const void *__s1, const void *__s2, size_t __n) __THROW __attribute_pure__ __nonnull((1, 2));
extern void bcopy(const void *__src, void *__dest, size_t __n) __THROW __nonnull((1, 2));
extern void bzero(void *__s, size_t __n) __THROW __nonnull((1));
extern char *index(const char *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
extern char *rindex(const char *__s, int __c) __THROW __attribute_pure__ __nonnull((1));
#endif
#if defined __USE_MISC || !defined __USE_XOPEN2K8 || defined __USE_XOPEN2K8XSI
extern int ffs(int __i) __THROW __attribute_const__;
#endif
#if defined __USE_MISC || defined __USE_XOPEN2K24
extern int ffsl(long int __l) __THROW __attribute_const__;
__extension__ extern int ffsll(long long int __ll) __THROW __attribute_const__;
#endif
extern int strcasecmp(const char *__s1, const char *__s2) __THROW __attribute_pure__ __nonnull((1, 2));
extern int strncasecmp(const char *__s1, const char *__s2, size_t __n) __THROW __attribute_pure__ __nonnull((1, 2));
#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
extern int strcasecmp_l(const char *__s1, const char *__s2, locale_t __loc)
    __THROW __attribute_pure__ __nonnull((1, 2, 3));
extern int strncasecmp_l(const char *__s1, const char *__s2, size_t __n, locale_t __loc)
    __THROW __attribute_pure__ __nonnull((1, 2, 4));
#endif

__END_DECLS

#endif
