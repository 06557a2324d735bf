/* <stdlib.h>, <inttypes.h>, <search.h>, <getopt.h>: conversions, sorting, random numbers, tables. */
#define _GNU_SOURCE
#include "check.h"
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <search.h>
#include <setjmp.h>
#include <wchar.h>
#include <stdlib.h>

static jmp_buf out;

static int by_value(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static int by_value_backwards(const void *a, const void *b, void *sign)
{
    return *(int *)sign * by_value(a, b);
}

static int leave(const void *a, const void *b)
{
    (void)a;
    (void)b;
    longjmp(out, 1);
}

static int visited;
static void visit(const void *node, VISIT kind, int depth)
{
    (void)node;
    (void)depth;
    if (kind == postorder || kind == leaf)
        visited++;
}

int main(void)
{
    TEST("strtol knows notations, ends and limits") {
        char *end;
        EQUAL(strtol(" -0x1fz", &end, 0), -31);
        EQUAL(*end, 'z');
        EQUAL(strtol("077", NULL, 0), 63);
        EQUAL(strtol("0x", &end, 16), 0);
        EQUAL(*end, 'x');
        errno = 0;
        EQUAL(strtol("9223372036854775808", NULL, 10), LONG_MAX);
        EQUAL(errno, ERANGE);
        errno = 0;
        EQUAL(strtoul("-1", NULL, 10), ULONG_MAX);
        EQUAL(errno, 0);
        EQUAL(strtoimax("zz", NULL, 36), 1295);
        EQUAL(wcstol(L"12 ", NULL, 10), 12);
        EQUAL(atoi("-5x"), -5);
    }
    TEST("qsort sorts, stably, elements of any size") {
        int numbers[1000];
        unsigned seed = 1;
        for (int i = 0; i < 1000; i++)
            numbers[i] = rand_r(&seed) % 100;
        qsort(numbers, 1000, sizeof *numbers, by_value);
        for (int i = 1; i < 1000; i++)
            CHECK(numbers[i - 1] <= numbers[i]);
        int sign = -1;
        qsort_r(numbers, 1000, sizeof *numbers, by_value_backwards, &sign);
        for (int i = 1; i < 1000; i++)
            CHECK(numbers[i - 1] >= numbers[i]);
        struct { int key; char rest[20]; int place; } records[300];
        for (int i = 0; i < 300; i++) {
            records[i].key = i % 7;
            records[i].place = i;
        }
        qsort(records, 300, sizeof *records, by_value);
        for (int i = 1; i < 300; i++)
            CHECK(records[i - 1].key < records[i].key
                  || (records[i - 1].key == records[i].key && records[i - 1].place < records[i].place));
    }
    TEST("a comparison may leave qsort by longjmp") {
        int numbers[3] = {3, 2, 1};
        if (setjmp(out) == 0) {
            qsort(numbers, 3, sizeof *numbers, leave);
            CHECK(0);
        }
    }
    TEST("random and drand48 give their known sequences") {
        srandom(1);
        EQUAL(random(), 1804289383);
        srand(1);
        EQUAL(rand(), 1804289383);
        srand48(1);
        EQUAL(lrand48(), 89400484);
    }
    TEST("trees and hash tables find what was entered") {
        static int keys[100];
        void *root = NULL;
        for (int i = 0; i < 100; i++) {
            keys[i] = i * 37 % 100;
            CHECK(*(int **)tsearch(&keys[i], &root, by_value) == &keys[i]);
        }
        twalk(root, visit);
        EQUAL(visited, 100);
        for (int i = 0; i < 100; i++)
            CHECK(tdelete(&keys[i], &root, by_value) != NULL);
        CHECK(root == NULL);
        CHECK(hcreate(10));
        ENTRY entry = {"key", "datum"};
        CHECK(hsearch(entry, ENTER) != NULL);
        entry.data = NULL;
        EQUAL(strcmp(hsearch(entry, FIND)->data, "datum"), 0);
        entry.key = "other";
        CHECK(hsearch(entry, FIND) == NULL);
        hdestroy();
    }
    TEST("getopt_long permutes arguments") {
        char *arguments[] = {"program", "file", "-a", "--value=7", "other", "--", "-a", NULL};
        static const struct option options[] = {{"value", required_argument, NULL, 'v'}, {0}};
        optind = 0;
        EQUAL(getopt_long(7, arguments, "a", options, NULL), 'a');
        EQUAL(getopt_long(7, arguments, "a", options, NULL), 'v');
        EQUAL(strcmp(optarg, "7"), 0);
        EQUAL(getopt_long(7, arguments, "a", options, NULL), -1);
        EQUAL(optind, 4);
        EQUAL(strcmp(arguments[4], "file"), 0);
        EQUAL(strcmp(arguments[6], "-a"), 0);
    }
    TEST("division and suboptions") {
        EQUAL(div(-7, 2).rem, -1);
        EQUAL(imaxdiv(7, -2).quot, -3);
        char text[] = "ro,size=9", *place = text, *value, *tokens[] = {"size", "ro", NULL};
        EQUAL(getsubopt(&place, tokens, &value), 1);
        EQUAL(getsubopt(&place, tokens, &value), 0);
        EQUAL(strcmp(value, "9"), 0);
    }
    DONE();
}
