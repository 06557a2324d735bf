/* struct winsize, for <termios.h> and <sys/ioctl.h>. */
#ifndef __struct_winsize_defined
#define __struct_winsize_defined 1

/* Size of a terminal's window, in cells and in pixels. */
struct winsize {
    unsigned short int ws_row;
    unsigned short int ws_col;
    unsigned short int ws_xpixel;
    unsigned short int ws_ypixel;
};

#endif
