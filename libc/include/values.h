/* <values.h>: System V's names for limits. */
#ifndef _VALUES_H
#define _VALUES_H 1

#include <features.h>
#include <limits.h>
#include <float.h>

#define BITSPERBYTE CHAR_BIT
#define CHARBITS (sizeof(char) * CHAR_BIT)
#define SHORTBITS (sizeof(short int) * CHAR_BIT)
#define INTBITS (sizeof(int) * CHAR_BIT)
#define LONGBITS (sizeof(long int) * CHAR_BIT)
#define PTRBITS (sizeof(char *) * CHAR_BIT)
#define MINSHORT SHRT_MIN
#define MAXSHORT SHRT_MAX
#define MININT INT_MIN
#define MAXINT INT_MAX
#define MINLONG LONG_MIN
#define MAXLONG LONG_MAX
#define MINDOUBLE DBL_MIN
#define MAXDOUBLE DBL_MAX
#define MINFLOAT FLT_MIN
#define MAXFLOAT FLT_MAX

#endif
