/* <regex.h>, <fnmatch.h>, <glob.h>: patterns. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <regex.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int matches(const char *pattern, int flags, const char *text, int *start, int *end)
{
    regex_t expression;
    regmatch_t match;
    int code = regcomp(&expression, pattern, flags);
    if (code)
        return 100 + code;
    code = regexec(&expression, text, 1, &match, 0);
    regfree(&expression);
    *start = code ? -1 : match.rm_so;
    *end = code ? -1 : match.rm_eo;
    return code;
}

static int failures;
static int count_failures(const char *path, int error)
{
    (void)path;
    (void)error;
    failures++;
    return 0;
}

int main(void)
{
    int start, end;
    TEST("the leftmost longest match is found") {
        EQUAL(matches("a|ab|abc", REG_EXTENDED, "xabcd", &start, &end), 0);
        EQUAL(start, 1);
        EQUAL(end, 4);
        EQUAL(matches("\\(a*\\)b\\1", 0, "aabaa", &start, &end), 0);
        EQUAL(end, 5);
        EQUAL(matches("^[[:digit:]]+$", REG_EXTENDED, "12a", &start, &end), REG_NOMATCH);
        EQUAL(matches("HELLO", REG_ICASE, "say hello", &start, &end), 0);
        EQUAL(start, 4);
    }
    TEST("bad expressions are told apart") {
        EQUAL(matches("(a", REG_EXTENDED, "", &start, &end), 100 + REG_EPAREN);
        EQUAL(matches("[a", 0, "", &start, &end), 100 + REG_EBRACK);
        EQUAL(matches("a\\", 0, "", &start, &end), 100 + REG_EESCAPE);
        EQUAL(matches("*a", REG_EXTENDED, "", &start, &end), 100 + REG_BADRPT);
        EQUAL(matches("[[:no:]]", 0, "", &start, &end), 100 + REG_ECTYPE);
        char text[64];
        EQUAL(regerror(REG_EBRACK, NULL, text, sizeof text), 31);
    }
    TEST("names match shell patterns") {
        EQUAL(fnmatch("*.c", "file.c", 0), 0);
        EQUAL(fnmatch("*", ".hidden", FNM_PERIOD), FNM_NOMATCH);
        EQUAL(fnmatch("a/*", "a/b/c", FNM_PATHNAME), FNM_NOMATCH);
        EQUAL(fnmatch("[!a-c]?", "dx", 0), 0);
        EQUAL(fnmatch("A*", "abc", FNM_CASEFOLD), 0);
    }
    TEST("glob lists files in order") {
        char folder[] = "/tmp/trivet-glob-XXXXXX", before[4096];
        CHECK(mkdtemp(folder) != NULL);
        CHECK(getcwd(before, sizeof before) != NULL);
        EQUAL(chdir(folder), 0);
        mkdir("sub", 0700);
        const char *names[] = {"b.c", "a.c", ".hidden.c", "sub/d.c", "x[1]"};
        for (int i = 0; i < 5; i++)
            close(open(names[i], O_CREAT | O_WRONLY, 0600));
        glob_t found;
        EQUAL(glob("*.c", 0, NULL, &found), 0);
        EQUAL(found.gl_pathc, 2);
        EQUAL(strcmp(found.gl_pathv[0], "a.c"), 0);
        EQUAL(strcmp(found.gl_pathv[1], "b.c"), 0);
        CHECK(found.gl_pathv[2] == NULL);
        EQUAL(glob("*/*.c", GLOB_APPEND, NULL, &found), 0);
        EQUAL(found.gl_pathc, 3);
        EQUAL(strcmp(found.gl_pathv[2], "sub/d.c"), 0);
        globfree(&found);
        EQUAL(glob("s*", GLOB_MARK, NULL, &found), 0);
        EQUAL(strcmp(found.gl_pathv[0], "sub/"), 0);
        globfree(&found);
        EQUAL(glob("x\\[1]", 0, NULL, &found), 0);
        EQUAL(strcmp(found.gl_pathv[0], "x[1]"), 0);
        globfree(&found);
        EQUAL(glob("none*", 0, NULL, &found), GLOB_NOMATCH);
        EQUAL(glob("none*", GLOB_NOCHECK, NULL, &found), 0);
        EQUAL(strcmp(found.gl_pathv[0], "none*"), 0);
        globfree(&found);
        found.gl_offs = 2;
        EQUAL(glob("{b,a}.c", GLOB_BRACE | GLOB_DOOFFS, NULL, &found), 0);
        EQUAL(found.gl_pathc, 2);
        CHECK(found.gl_pathv[0] == NULL);
        EQUAL(strcmp(found.gl_pathv[2], "b.c"), 0);
        globfree(&found);
        EQUAL(glob("/*/no-such-folder/*", 0, count_failures, &found), GLOB_NOMATCH);
        for (int i = 0; i < 5; i++)
            unlink(names[i]);
        rmdir("sub");
        EQUAL(chdir(before), 0);
        EQUAL(rmdir(folder), 0);
    }
    DONE();
}
