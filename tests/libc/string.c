/* <string.h>, <strings.h>, <ctype.h>, <libgen.h>: the C face of what the unit tests cover byte by byte. */
#define _GNU_SOURCE
#include "check.h"
#include <ctype.h>
#include <libgen.h>
#include <stdint.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

extern int __xpg_strerror_r(int, char *, size_t);

/* A page that ends at unmapped memory. */
static char *page_end(void)
{
    char *base = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    munmap(base + 4096, 4096);
    return base + 4096;
}

int main(void)
{
    TEST("string functions stop at the end of a page") {
        char *end = page_end();
        for (int n = 0; n < 70; n++) {
            char *s = end - n - 1;
            memset(s, 'x', n);
            s[n] = 0;
            EQUAL(strlen(s), n);
            EQUAL(strnlen(s, n + 100), n);
            CHECK(strchr(s, 'y') == NULL);
            CHECK(strchrnul(s, 'y') == s + n);
            volatile size_t limit = SIZE_MAX;
            CHECK(memchr(s, 0, limit) == s + n);
            CHECK(strrchr(s, 0) == s + n);
            EQUAL(strspn(s, "x"), n);
            char copy[80];
            strcpy(copy, s);
            EQUAL(strcmp(copy, s), 0);
            EQUAL(strcasecmp(copy, s), 0);
            EQUAL(memcmp(copy, s, n + 1), 0);
        }
    }
    TEST("the GNU and the POSIX basename differ") {
        char path[] = "/usr/lib/";
        (void)path;
        EQUAL(strcmp(__xpg_basename(path), "lib"), 0);
        char other[] = "/usr/lib";
        EQUAL(strcmp(dirname(other), "/usr"), 0);
    }
    TEST("strerror and strsignal give the usual texts") {
        EQUAL(strcmp(strerror(ENOENT), "No such file or directory"), 0);
        EQUAL(strcmp(strerror(4711), "Unknown error 4711"), 0);
        EQUAL(strcmp(strerrorname_np(EACCES), "EACCES"), 0);
        EQUAL(strcmp(strsignal(11), "Segmentation fault"), 0);
        char small[5];
        EQUAL(__xpg_strerror_r(ENOENT, small, sizeof small), ERANGE);
        EQUAL(strcmp(small, "No s"), 0);
    }
    TEST("version numbers are ordered as numbers") {
        CHECK(strverscmp("file9", "file10") < 0);
        CHECK(strverscmp("1.0", "1.0") == 0);
        CHECK(strverscmp("000", "00") < 0);
    }
    TEST("class macros and functions agree") {
        for (int c = -1; c < 256; c++) {
            EQUAL(!!isalpha(c), !!(isalpha)(c));
            EQUAL(!!isspace(c), !!(isspace)(c));
            EQUAL(toupper(c), (toupper)(c));
        }
        CHECK(isxdigit('f') && !isxdigit('g') && isblank('\t') && !isblank('\n'));
    }
    TEST("strdup and strndup copy into the heap") {
        char *a = strdup("hello"), *b = strndup("hello", 3);
        EQUAL(strcmp(a, "hello"), 0);
        EQUAL(strcmp(b, "hel"), 0);
        free(a);
        free(b);
    }
    TEST("strtok_r and strsep split") {
        char text[] = "a,,b", *state, other[] = "a,,b", *place = other;
        EQUAL(strcmp(strtok_r(text, ",", &state), "a"), 0);
        EQUAL(strcmp(strtok_r(NULL, ",", &state), "b"), 0);
        CHECK(strtok_r(NULL, ",", &state) == NULL);
        EQUAL(strcmp(strsep(&place, ","), "a"), 0);
        EQUAL(strcmp(strsep(&place, ","), ""), 0);
        EQUAL(strcmp(strsep(&place, ","), "b"), 0);
        CHECK(strsep(&place, ",") == NULL);
    }
    DONE();
}
