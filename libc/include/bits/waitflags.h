/* Options of waitpid and waitid. */
#ifndef _BITS_WAITFLAGS_H
#define _BITS_WAITFLAGS_H 1

#define WNOHANG 1
#define WUNTRACED 2
#define WSTOPPED 2
#define WEXITED 4
#define WCONTINUED 8
#define WNOWAIT 0x01000000
#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000

#endif
