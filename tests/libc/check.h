/* What the C tests share: each behaviour prints one line, "ok name" or "FAILED name: why".

   TEST(name) opens a block that runs as one behaviour; CHECK and EQUAL fail it. */
#ifndef CHECK_H
#define CHECK_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int check_failures;
static int check_failed;

static inline int check_end(const char *name)
{
    if (!check_failed)
        printf("ok %s\n", name);
    fflush(stdout);
    check_failures += check_failed;
    check_failed = 0;
    return 0;
}

static inline void check_fail(const char *name, int line, const char *what, long long got, long long wanted)
{
    if (!check_failed)
        printf("FAILED %s: line %d: %s (got %lld, wanted %lld, errno %d)\n", name, line, what, got, wanted, errno);
    check_failed = 1;
}

#define TEST(name) \
    for (const char *check_name = (name), *check_once = (name); check_once; check_once = 0, check_end(check_name))
#define CHECK(condition) \
    do { if (!(condition)) check_fail(check_name, __LINE__, #condition, 0, 1); } while (0)
#define EQUAL(left, right) \
    do { \
        long long check_left = (long long)(left), check_right = (long long)(right); \
        if (check_left != check_right) \
            check_fail(check_name, __LINE__, #left " == " #right, check_left, check_right); \
    } while (0)
#define DONE() return check_failures ? 1 : 0

#endif
