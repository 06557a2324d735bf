/* FILE. */
#ifndef __FILE_defined
#define __FILE_defined 1

struct _IO_FILE;
typedef struct _IO_FILE FILE;

#endif
