/* <pty.h>: pseudo terminals. BSD, glibc. */
#ifndef _PTY_H
#define _PTY_H 1

#include <features.h>
#include <sys/ioctl.h>
#include <termios.h>

__BEGIN_DECLS
extern int openpty(int *master, int *slave, char *name, const struct termios *settings, const struct winsize *size) __THROW;
extern int forkpty(int *master, char *name, const struct termios *settings, const struct winsize *size) __THROW;
__END_DECLS

#endif
