/* Formatted output through the variadic functions: registers, memory, every type, every destination. */
#define _GNU_SOURCE 1
#include "check_functions.h"
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static char text[4096];

#define PRINTS(expected, ...) \
    do { \
        int count = snprintf(text, sizeof text, __VA_ARGS__); \
        CHECK(strcmp(text, expected) == 0); \
        CHECK(count == (int)strlen(expected)); \
    } while (0)

static void arguments_in_registers_and_memory_are_found(void)
{
    PRINTS("1 2 3 4 5 6 7 8 9", "%d %d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8, 9);
    PRINTS("1 2 3 4 5 6 7 8 9 10", "%g %g %g %g %g %g %g %g %g %g", 1., 2., 3., 4., 5., 6., 7., 8., 9., 10.);
    PRINTS("1 1.5 2 2.5 3 3.5 4 4.5", "%d %g %d %Lg %d %g %d %Lg", 1, 1.5, 2, 2.5L, 3, 3.5, 4, 4.5L);
    PRINTS("9 0.5 8", "%d %Lg %d", 9, 0.5L, 8);
    PRINTS("1 2 3 4 5 6 0.25 7 0.125", "%d %d %d %d %d %d %Lg %d %Lg", 1, 2, 3, 4, 5, 6, 0.25L, 7, 0.125L);
}

static void every_length_is_converted(void)
{
    PRINTS("-1 -1 -1 -1 -1 -1 -1", "%hhd %hd %d %ld %lld %jd %zd", (char)-1, (short)-1, -1, -1L, -1LL,
           (intmax_t)-1, (ssize_t)-1);
    PRINTS("255 65535 4294967295 18446744073709551615", "%hhu %hu %u %lu", 0xff, 0xffff, UINT_MAX, ULONG_MAX);
    PRINTS("-9223372036854775808", "%ld", LONG_MIN);
    PRINTS("0x7fff 0X7FFF 077777 0", "%#x %#X %#o %#x", 0x7fff, 0x7fff, 077777, 0);
}

static void doubles_are_exact(void)
{
    PRINTS("0.1000000000000000055511151231257827021181583404541015625", "%.55f", 0.1);
    PRINTS("1.7976931348623157e+308 4.9406564584124654e-324", "%.17g %.17g", 1.7976931348623157e308, 4.9406564584124654e-324);
    PRINTS("2 2 4 4 -0", "%.0f %.0f %.0f %.0f %.0f", 1.5, 2.5, 3.5, 4.5, -0.5);
    PRINTS("1e+10 1e-05 0.0001 100000 1e+06", "%g %g %g %g %g", 1e10, 1e-5, 1e-4, 1e5, 1e6);
    PRINTS("inf -inf nan INF", "%f %e %g %F", __builtin_inf(), -__builtin_inf(), __builtin_nan(""), __builtin_inf());
    PRINTS("0x1.8p+0 0x0.0000000000001p-1022 0x0p+0 -0x1.91eb851eb851fp+1", "%a %a %a %a", 1.5, 0x1p-1074, 0.0, -3.14);
    PRINTS("   +1.50|1.50    |00001.50", "%+8.2f|%-8.2f|%08.2f", 1.5, 1.5, 1.5);
}

static void long_doubles_are_exact(void)
{
    PRINTS("0.1000000000000000000013552527156068805425093160010874271392822265625", "%.67Lf", 0.1L);
    PRINTS("1.18973149535723176502e+4932", "%.20Le", 1.18973149535723176502126385303e+4932L);
    PRINTS("3.64519953188247460253e-4951", "%.20Le", 3.64519953188247460253e-4951L);
    PRINTS("0xc.90fdaa22168c235p-2", "%La", 3.141592653589793238462643383L);
}

static void positions_choose_arguments(void)
{
    PRINTS("b a b", "%2$s %1$s %2$s", "a", "b");
    PRINTS("2.5|  7", "%2$g|%1$*3$d", 7, 2.5, 3);
    PRINTS("1.25 x 3", "%3$Lg %1$s %2$d", "x", 3, 1.25L);
}

static void strings_and_characters_are_padded(void)
{
    PRINTS("[   ab][ab   ][a][  a]", "[%5s][%-5s][%.1s][%3c]", "ab", "ab", "ab", 'a');
    PRINTS("(null)", "%s", (char *)NULL);
    char unterminated[3] = {'a', 'b', 'c'};
    PRINTS("abc", "%.3s", unterminated);
    PRINTS("wide w", "%ls %lc", L"wide", (wint_t)L'w');
    errno = ENOENT;
    PRINTS("No such file or directory", "%m");
}

static int through_va_list(char *place, size_t size, const char *format, ...)
{
    va_list list, copy;
    va_start(list, format);
    va_copy(copy, list);
    int first = vsnprintf(place, size, format, list);
    int second = vsnprintf(NULL, 0, format, copy);
    va_end(copy);
    va_end(list);
    return first == second ? first : -2;
}

static void lists_can_be_walked_twice(void)
{
    CHECK(through_va_list(text, sizeof text, "%d %s %g %Lg %d", 1, "two", 3.5, 4.5L, 5) == 15);
    CHECK(strcmp(text, "1 two 3.5 4.5 5") == 0);
}

static void all_destinations_get_the_text(void)
{
    char *allocated = NULL;
    CHECK(asprintf(&allocated, "%s-%d", "x", 5) == 3);
    CHECK(strcmp(allocated, "x-5") == 0);
    free(allocated);
    CHECK(sprintf(text, "%05d", 42) == 5 && strcmp(text, "00042") == 0);
    FILE *stream = tmpfile();
    CHECK(stream != NULL);
    CHECK(fprintf(stream, "%d %g\n", 1, 2.5) == 6);
    CHECK(dprintf(fileno(stream), "direct\n") == 7);
    CHECK(fflush(stream) == 0);
    rewind(stream);
    size_t count = fread(text, 1, sizeof text, stream);
    text[count] = 0;
    CHECK(strcmp(text, "direct\n1 2.5\n") == 0);
    fclose(stream);
    wchar_t wide[32];
    CHECK(swprintf(wide, 32, L"%d %ls %s %.1f", 3, L"w", "n", 0.5) == 9);
    CHECK(wcscmp(wide, L"3 w n 0.5") == 0);
    CHECK(swprintf(wide, 3, L"%d", 12345) < 0);
}

static void short_places_are_terminated(void)
{
    char small[4] = "zzz";
    CHECK(snprintf(small, sizeof small, "%d", 123456) == 6);
    CHECK(strcmp(small, "123") == 0);
    CHECK(snprintf(small, 1, "x") == 1 && small[0] == 0);
    CHECK(snprintf(NULL, 0, "%s", "hello") == 5);
}

int main(void)
{
    RUN(arguments_in_registers_and_memory_are_found);
    RUN(every_length_is_converted);
    RUN(doubles_are_exact);
    RUN(long_doubles_are_exact);
    RUN(positions_choose_arguments);
    RUN(strings_and_characters_are_padded);
    RUN(lists_can_be_walked_twice);
    RUN(all_destinations_get_the_text);
    RUN(short_places_are_terminated);
    DONE();
}
