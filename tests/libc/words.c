/* <wordexp.h>: the expansions of a shell. test-flags: -D_GNU_SOURCE */
#include "check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wordexp.h>

/* The words with bars between them, or the error's number. */
static const char *expand(const char *text, int flags)
{
    static char line[4096];
    wordexp_t result;
    int error = wordexp(text, &result, flags);
    line[0] = 0;
    if (error) {
        snprintf(line, sizeof line, "error %d", error);
        return line;
    }
    for (size_t i = 0; i < result.we_wordc; i++) {
        strcat(line, i ? "|" : "");
        strcat(line, result.we_wordv[i]);
    }
    if (result.we_wordv[result.we_wordc])
        strcpy(line, "no null at the end");
    wordfree(&result);
    return line;
}
#define IS(text, wanted) \
    do { \
        const char *given = expand((text), 0); \
        if (strcmp(given, (wanted))) { \
            printf("FAILED %s: line %d: %s became %s\n", check_name, __LINE__, (text), given); \
            check_failed = 1; \
        } \
    } while (0)

int main(void)
{
    char folder[] = "/tmp/words.XXXXXX";
    mkdtemp(folder);
    chdir(folder);
    close(open("one.c", O_CREAT | O_WRONLY, 0600));
    close(open("two.c", O_CREAT | O_WRONLY, 0600));
    close(open("a b", O_CREAT | O_WRONLY, 0600));
    setenv("HOME", "/home/me", 1);
    setenv("x", "value", 1);
    setenv("sp", "  a  b ", 1);
    setenv("empty", "", 1);
    setenv("path", "/usr/lib/libc.so.6", 1);
    unsetenv("none");
    unsetenv("IFS");

    TEST("words_are_split_at_blanks") {
        IS("", "");
        IS("  a\tb  c ", "a|b|c");
        IS("'a b' \"c d\" e\\ f", "a b|c d|e f");
        IS("a'b'\"c\"d", "abcd");
        IS("'' \"\" x", "||x");
    }
    TEST("parameters_are_expanded_and_split") {
        IS("$x ${x}y \"$x\" '$x' \\$x", "value|valuey|value|$x|$x");
        IS("$sp", "a|b");
        IS("\"$sp\"", "  a  b ");
        IS("$none", "");
        IS("a$none", "a");
        IS("\"$none\"", "");
        IS("$", "$");
    }
    TEST("operators_of_parameters") {
        IS("${none-word} ${none:-a b} ${empty-w} ${empty:-w}", "word|a|b|w");
        IS("${x+set} ${none+set} ${empty+set} ${empty:+set}", "set|set");
        IS("${new=assigned} $new", "assigned|assigned");
        IS("${#x}${#none}", "50");
        IS("${path##*/} ${path%/*} ${path#*/} ${path%%.*}", "libc.so.6|/usr/lib|usr/lib/libc.so.6|/usr/lib/libc");
        IS("${none:-${x}}", "value");
        IS("\"${none:-a  b}\"", "a  b");
    }
    TEST("fields_are_split_as_ifs_says") {
        setenv("IFS", ":", 1);
        setenv("list", "a:b::c", 1);
        IS("$list", "a|b||c");
        setenv("IFS", "", 1);
        IS("$sp", "  a  b ");
        unsetenv("IFS");
    }
    TEST("home_folders") {
        IS("~ ~/x a~ '~' \\~", "/home/me|/home/me/x|a~|~|~");
        IS("~root/x", "/root/x");
        IS("~nobody_has_this_name/x", "~nobody_has_this_name/x");
    }
    TEST("arithmetic") {
        setenv("n", "5", 1);
        IS("$((1 + 2 * 3)) $(($n - 1)) $((5 - 5))", "7|4|0");
        EQUAL(wordexp("$((1 +))", &(wordexp_t){0}, 0), WRDE_SYNTAX);
        EQUAL(wordexp("$((1 / 0))", &(wordexp_t){0}, 0), WRDE_SYNTAX);
    }
    TEST("file_names") {
        IS("*.c", "one.c|two.c");
        IS("\"*.c\" \\*.c", "*.c|*.c");
        IS("nothing*", "nothing*");
        IS("a*", "a b");
        setenv("pattern", "*.c", 1);
        IS("\"$pattern\"", "*.c");
    }
    TEST("commands") {
        IS("$(echo a b; echo c)", "a|b|c");
        IS("\"$(echo a b; echo c)\"", "a b\nc");
        IS("`echo back` x$(printf '(%s)' y)z", "back|x(y)z");
        IS("$(echo \"$(echo inner)\")", "inner");
        EQUAL(wordexp("$(echo a)", &(wordexp_t){0}, WRDE_NOCMD), WRDE_CMDSUB);
        EQUAL(wordexp("\"`echo a`\"", &(wordexp_t){0}, WRDE_NOCMD), WRDE_CMDSUB);
    }
    TEST("errors_have_numbers") {
        wordexp_t result = {0};
        static const char bad[] = "|&;<>(){}\n";
        for (size_t i = 0; i < sizeof bad - 1; i++) {
            char text[] = {'a', bad[i], 'b', 0};
            EQUAL(wordexp(text, &result, 0), WRDE_BADCHAR);
        }
        EQUAL(wordexp("'a", &result, 0), WRDE_SYNTAX);
        EQUAL(wordexp("\"a", &result, 0), WRDE_SYNTAX);
        EQUAL(wordexp("${x", &result, 0), WRDE_SYNTAX);
        EQUAL(wordexp("$(echo", &result, 0), WRDE_SYNTAX);
        EQUAL(wordexp("$none", &result, WRDE_UNDEF), WRDE_BADVAL);
    }
    TEST("results_are_appended_and_reused_behind_an_offset") {
        wordexp_t result = {.we_offs = 2};
        EQUAL(wordexp("a b", &result, WRDE_DOOFFS), 0);
        EQUAL(result.we_wordc, 2);
        CHECK(!result.we_wordv[0] && !result.we_wordv[1] && !strcmp(result.we_wordv[2], "a"));
        EQUAL(wordexp("c", &result, WRDE_DOOFFS | WRDE_APPEND), 0);
        EQUAL(result.we_wordc, 3);
        CHECK(!strcmp(result.we_wordv[4], "c") && !result.we_wordv[5]);
        EQUAL(wordexp("d", &result, WRDE_DOOFFS | WRDE_REUSE), 0);
        EQUAL(result.we_wordc, 1);
        CHECK(!strcmp(result.we_wordv[2], "d"));
        wordfree(&result);
    }
    unlink("one.c");
    unlink("two.c");
    unlink("a b");
    rmdir(folder);
    DONE();
}
