/* <printf.h>: which arguments a format takes. glibc. */
#ifndef _PRINTF_H
#define _PRINTF_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

__BEGIN_DECLS

/* The types of arguments that parse_printf_format stores, and flags added to them. */
enum {
    PA_INT,
    PA_CHAR,
    PA_WCHAR,
    PA_STRING,
    PA_WSTRING,
    PA_POINTER,
    PA_FLOAT,
    PA_DOUBLE,
    PA_LAST
};
#define PA_FLAG_MASK 0xff00
#define PA_FLAG_LONG_LONG (1 << 8)
#define PA_FLAG_LONG_DOUBLE PA_FLAG_LONG_LONG
#define PA_FLAG_LONG (1 << 9)
#define PA_FLAG_SHORT (1 << 10)
#define PA_FLAG_PTR (1 << 11)

extern size_t parse_printf_format(const char *__restrict __format, size_t __count, int *__restrict __types) __THROW;

__END_DECLS

#endif
