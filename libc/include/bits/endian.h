/* Byte order: x86-64 is little-endian. */
#ifndef _BITS_ENDIAN_H
#define _BITS_ENDIAN_H 1

#define __LITTLE_ENDIAN 1234
#define __BIG_ENDIAN 4321
#define __PDP_ENDIAN 3412
#define __BYTE_ORDER __LITTLE_ENDIAN
#define __FLOAT_WORD_ORDER __BYTE_ORDER
#define __LONG_LONG_PAIR(high, low) low, high

#endif
