/* intN_t. */
#ifndef _BITS_STDINT_INTN_H
#define _BITS_STDINT_INTN_H 1

#include <features.h>
#include <bits/types.h>

typedef __int8_t int8_t;
typedef __int16_t int16_t;
typedef __int32_t int32_t;
typedef __int64_t int64_t;

#endif
