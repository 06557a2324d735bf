/* The limits of the X/Open extensions. */
#ifndef _BITS_XOPEN_LIM_H
#define _BITS_XOPEN_LIM_H 1

#define _XOPEN_IOV_MAX 16
#define IOV_MAX 1024
#ifndef NL_ARGMAX
# define NL_ARGMAX 4096
#endif
#define NL_LANGMAX 2048
#define NL_MSGMAX 2147483647
#define NL_NMAX 2147483647
#define NL_SETMAX 2147483647
#define NL_TEXTMAX 2147483647
#define NZERO 20
#define WORD_BIT 32
#define LONG_BIT 64

#endif
