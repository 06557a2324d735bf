/* <memory.h>: System V's name for <string.h>. */
#ifndef _MEMORY_H
#define _MEMORY_H 1

#include <features.h>
#ifndef _STRING_H
# include <string.h>
#endif

#endif
