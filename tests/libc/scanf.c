/* Formatted input through the variadic functions. */
#define _GNU_SOURCE 1
#include "check_functions.h"
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void numbers_of_every_type_are_stored(void)
{
    signed char c;
    short s;
    int i, h, o;
    long l;
    unsigned u;
    CHECK(sscanf("-1 -2 -3 -4 5 0x1f 017", "%hhd %hd %d %ld %u %x %o", &c, &s, &i, &l, &u, &h, &o) == 7);
    CHECK(c == -1 && s == -2 && i == -3 && l == -4 && u == 5 && h == 31 && o == 15);
    float f;
    double d;
    long double e;
    CHECK(sscanf("0.1 0.1 0.1", "%f %lf %Lf", &f, &d, &e) == 3);
    CHECK(f == 0.1f && d == 0.1 && e == 0.1L);
    int a[9];
    CHECK(sscanf("1 2 3 4 5 6 7 8 9", "%d%d%d%d%d%d%d%d%d", a, a + 1, a + 2, a + 3, a + 4, a + 5, a + 6, a + 7, a + 8) == 9);
    CHECK(a[0] == 1 && a[5] == 6 && a[8] == 9);
}

static void text_is_stored(void)
{
    char word[8], set[8], three[4] = {0};
    int count = -1;
    CHECK(sscanf("  hello abc123xyz", "%5s %[a-z]%*d%3c%n", word, set, three, &count) == 3);
    CHECK(strcmp(word, "hello") == 0 && strcmp(set, "abc") == 0 && strcmp(three, "xyz") == 0);
    CHECK(count == 17);
    char *allocated = NULL;
    CHECK(sscanf("some text", "%ms", &allocated) == 1);
    CHECK(strcmp(allocated, "some") == 0);
    free(allocated);
    wchar_t wide[8];
    CHECK(sscanf("wide", "%ls", wide) == 1 && wcscmp(wide, L"wide") == 0);
}

static void ends_and_mismatches_differ(void)
{
    int i = 7;
    CHECK(sscanf("", "%d", &i) == EOF);
    CHECK(sscanf("x", "%d", &i) == 0);
    CHECK(sscanf("3 x", "%d %d", &i, &i) == 1 && i == 3);
    CHECK(sscanf("3", "%d %d", &i, &i) == 1);
}

static void streams_keep_what_does_not_match(void)
{
    char memory[] = "12 abc";
    FILE *stream = fmemopen(memory, 6, "r");
    int i = 0;
    CHECK(fscanf(stream, "%d", &i) == 1 && i == 12);
    CHECK(fscanf(stream, "%d", &i) == 0);
    CHECK(getc(stream) == 'a');
    fclose(stream);
}

static void wide_formats_read(void)
{
    int i;
    wchar_t word[8];
    char narrow[8];
    CHECK(swscanf(L"5 wide narrow", L"%d %ls %s", &i, word, narrow) == 3);
    CHECK(i == 5 && wcscmp(word, L"wide") == 0 && strcmp(narrow, "narrow") == 0);
}

int main(void)
{
    RUN(numbers_of_every_type_are_stored);
    RUN(text_is_stored);
    RUN(ends_and_mismatches_differ);
    RUN(streams_keep_what_does_not_match);
    RUN(wide_formats_read);
    DONE();
}
