/* <sys/dir.h>: <dirent.h> by its older name. */
#ifndef _SYS_DIR_H
#define _SYS_DIR_H 1

#include <features.h>
#include <dirent.h>

#define direct dirent

#endif
