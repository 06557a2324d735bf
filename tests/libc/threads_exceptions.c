/* The tests of threads.c, with the handlers of pthread_cleanup_push that a program built for exceptions has.
   test-flags: -fexceptions */
#include "threads.c"
