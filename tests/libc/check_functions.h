/* check.h for tests that are functions: RUN(name) runs one and prints its line. */
#ifndef CHECK_FUNCTIONS_H
#define CHECK_FUNCTIONS_H

#include "check.h"

static const char *check_name;

#define RUN(test) \
    do { \
        check_name = #test; \
        test(); \
        check_end(check_name); \
    } while (0)

#endif
