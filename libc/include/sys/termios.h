/* <sys/termios.h>: <termios.h> by its older name. */
#ifndef _SYS_TERMIOS_H
#define _SYS_TERMIOS_H 1

#include <termios.h>

#endif
