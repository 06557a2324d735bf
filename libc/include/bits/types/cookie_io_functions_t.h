/* The functions of a stream that fopencookie opens. */
#ifndef __cookie_io_functions_t_defined
#define __cookie_io_functions_t_defined 1

#include <bits/types.h>
#include <stddef.h>

typedef __ssize_t cookie_read_function_t(void *__cookie, char *__place, size_t __length);
typedef __ssize_t cookie_write_function_t(void *__cookie, const char *__data, size_t __length);
typedef int cookie_seek_function_t(void *__cookie, __off64_t *__offset, int __whence);
typedef int cookie_close_function_t(void *__cookie);

typedef struct _IO_cookie_io_functions_t {
    cookie_read_function_t *read;
    cookie_write_function_t *write;
    cookie_seek_function_t *seek;
    cookie_close_function_t *close;
} cookie_io_functions_t;

#endif
