/* mbstate_t: a character that began in earlier bytes. */
#ifndef __mbstate_t_public_defined
#define __mbstate_t_public_defined 1

#include <bits/types/__mbstate_t.h>
typedef __mbstate_t mbstate_t;

#endif
