/* struct_iovec: one buffer of a gather or scatter list. */
#ifndef __struct_iovec_defined
#define __struct_iovec_defined 1

#define __need_size_t
#include <stddef.h>

struct iovec {
    void *iov_base;
    size_t iov_len;
};

#endif
