/* What POSIX.1-2024 says of wordexp and glibc does otherwise. test-only: ours. test-flags: -D_GNU_SOURCE */
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
    setenv("sp", "  a  b ", 1);
    setenv("n", "5", 1);
    setenv("pattern", "*.c", 1);
    unsetenv("IFS");

    TEST("blanks_at_the_ends_of_a_value_split_it_from_its_neighbours") {
        IS("-$sp-", "-|a|b|-");
    }
    TEST("names_and_all_operators_of_c_stand_in_arithmetic") {
        IS("$((n * n)) $(( (2 + 3) * -2 )) $((n > 4 && n % 2 == 1 ? n << 2 : 0))", "25|-10|20");
    }
    TEST("a_pattern_out_of_a_parameter_names_files") {
        IS("$pattern", "one.c|two.c");
    }
    unlink("one.c");
    unlink("two.c");
    rmdir(folder);
    DONE();
}
