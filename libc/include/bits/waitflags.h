/* Flags of waitpid and waitid. */
#ifndef _BITS_WAITFLAGS_H
#define _BITS_WAITFLAGS_H 1

#define WNOHANG 0x1
#define WUNTRACED 0x2
#define WSTOPPED 0x2
#define WEXITED 0x4
#define WCONTINUED 0x8
#define WNOWAIT 0x1000000
#define __WNOTHREAD 0x20000000
#define __WALL 0x40000000
#define __WCLONE 0x80000000

#endif
