/* error_t: an error number. */
#ifndef __error_t_defined
#define __error_t_defined 1
typedef int error_t;
#endif
