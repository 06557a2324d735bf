/* wint_t: a wide character or WEOF. */
#ifndef __wint_t_defined
#define __wint_t_defined 1

#ifndef __WINT_TYPE__
# define __WINT_TYPE__ unsigned int
#endif
#ifndef _WINT_T
# define _WINT_T
typedef __WINT_TYPE__ wint_t;
#endif

#endif
