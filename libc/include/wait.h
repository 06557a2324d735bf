/* <wait.h>: <sys/wait.h> by its older name. */
#include <sys/wait.h>
