/* clock_t: processor time in units of CLOCKS_PER_SEC. */
#ifndef __clock_t_defined
#define __clock_t_defined 1

#include <bits/types.h>

typedef __clock_t clock_t;

#endif
