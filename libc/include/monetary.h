/* <monetary.h>: amounts of money as text. POSIX.1-2024 <monetary.h>. */
#ifndef _MONETARY_H
#define _MONETARY_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <bits/types.h>

#ifndef __ssize_t_defined
typedef __ssize_t ssize_t;
# define __ssize_t_defined
#endif
#ifdef __USE_XOPEN2K8
# include <bits/types/locale_t.h>
#endif

__BEGIN_DECLS
extern ssize_t strfmon(char *__restrict text, size_t size, const char *__restrict format, ...) __THROW;
#ifdef __USE_XOPEN2K8
extern ssize_t strfmon_l(char *__restrict text, size_t size, locale_t locale, const char *__restrict format, ...)
    __THROW;
#endif
__END_DECLS

#endif
