/* strfmon, fmtmsg, ecvt and its family, ulimit, sbrk, backtrace, versionsort. test-flags: -D_GNU_SOURCE */
#include "check.h"
#include <dirent.h>
#include <execinfo.h>
#include <fcntl.h>
#include <fmtmsg.h>
#include <monetary.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <ulimit.h>
#include <unistd.h>

static const char *money(const char *format, double amount)
{
    static char text[100];
    ssize_t length = strfmon(text, sizeof text, format, amount);
    return length == (ssize_t) strlen(text) ? text : "wrong length";
}
#define IS(given, wanted) \
    do { \
        const char *is_given = (given); \
        if (strcmp(is_given, (wanted))) { \
            printf("FAILED %s: line %d: %s\n", check_name, __LINE__, is_given); \
            check_failed = 1; \
        } \
    } while (0)

/* What a message prints to standard error. */
static const char *message(long to, const char *label, int severity, const char *text, const char *action, const char *tag)
{
    static char printed[300];
    int ends[2], old = dup(2);
    ssize_t length;
    pipe(ends);
    dup2(ends[1], 2);
    close(ends[1]);
    int result = fmtmsg(to, label, severity, text, action, tag);
    dup2(old, 2);
    close(old);
    length = read(ends[0], printed, sizeof printed - 20);
    close(ends[0]);
    sprintf(printed + (length < 0 ? 0 : length), "%d", result);
    return printed;
}

int main(void)
{
    int point, negative;

    TEST("amounts_are_written_as_the_format_says") {
        IS(money("%n", 1234.567), "1234.57");
        IS(money("%i", -1234.567), "-1234.57");
        IS(money("%.0n", 0.5), "0");
        IS(money("%(n", -1234.567), "(1234.57)");
        IS(money("%=*#6n", 1234.567), " **1234.57");
        IS(money("%=*#6n", -1234.567), "-**1234.57");
        IS(money("%14n", 1.5), "          1.50");
        IS(money("%-14n", -1.5), "-1.50         ");
        IS(money("%(14#3.1i", -1234.567), "      (1234.6)");
        IS(money("%-(14#3n", 0.5), "   0.50       ");
        IS(money("a%%b%^!+n", 0), "a%b0.00");
    }
    TEST("wrong_formats_and_small_room_are_refused") {
        char text[5];
        EQUAL(strfmon(text, 5, "%n", 1234.5), -1);
        EQUAL(strfmon(text, 5, "%n", 1.5), 4);
        EQUAL(strfmon(text, 5, "%x", 1.5), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("messages_have_one_form") {
        unsetenv("MSGVERB");
        IS(message(MM_PRINT, "UX:cat", MM_ERROR, "bad syntax", "refer to manual", "UX:cat:001"),
           "UX:cat: ERROR: bad syntax\nTO FIX: refer to manual  UX:cat:001\n0");
        IS(message(MM_PRINT, NULL, MM_INFO, NULL, "a", "t"), "INFO: TO FIX: a  t\n0");
        IS(message(MM_PRINT, NULL, MM_NOSEV, "text", NULL, NULL), "text\n0");
        IS(message(MM_PRINT, "nolabel", MM_INFO, "text", NULL, NULL), "-1");
        IS(message(MM_PRINT, NULL, 7, "text", NULL, NULL), "-1");
        EQUAL(addseverity(7, "ODD"), MM_OK);
        IS(message(MM_PRINT, NULL, 7, "text", NULL, NULL), "ODD: text\n0");
        EQUAL(addseverity(2, "ODD"), MM_NOTOK);
        EQUAL(addseverity(7, NULL), MM_OK);
        EQUAL(addseverity(7, NULL), MM_NOTOK);
    }
    TEST("digits_and_their_point") {
        IS(ecvt(1234.5678, 6, &point, &negative), "123457");
        EQUAL(point, 4);
        EQUAL(negative, 0);
        IS(ecvt(-0.00025, 2, &point, &negative), "25");
        EQUAL(point, -3);
        EQUAL(negative, 1);
        IS(fcvt(1234.5678, 2, &point, &negative), "123457");
        EQUAL(point, 4);
        IS(fcvt(0.05, 1, &point, &negative), "1");
        EQUAL(point, 0);
        IS(fcvt(99.96, 1, &point, &negative), "1000");
        EQUAL(point, 3);
        IS(fcvt(0, 2, &point, &negative), "000");
        EQUAL(point, 1);
        IS(ecvt(0, 4, &point, &negative), "0000");
        EQUAL(point, 1);
        IS(fcvt(123.456, -1, &point, &negative), "120");
        EQUAL(point, 3);
        char text[40];
        IS(gcvt(1234.5, 10, text), "1234.5");
        IS(gcvt(1e20, 6, text), "1e+20");
        EQUAL(ecvt_r(1.5, 5, &point, &negative, text, 3), -1);
    }
    TEST("ulimit_speaks_of_files") {
        CHECK(ulimit(UL_GETFSIZE) > 0);
        CHECK(ulimit(4) > 0);
        EQUAL(ulimit(77), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("the_data_segment_grows_and_shrinks") {
        char *before = sbrk(0);
        char *start = sbrk(10000);
        CHECK(start == before);
        memset(start, 7, 10000);
        CHECK((char *) sbrk(0) == start + 10000);
        EQUAL(brk(start + 100), 0);
        CHECK(start[99] == 7);
        EQUAL(brk(start), 0);
        CHECK(sbrk((intptr_t) 1 << 46) == (void *) -1);
        EQUAL(errno, ENOMEM);
    }
    TEST("a_backtrace_has_this_function") {
        void *addresses[20];
        int count = backtrace(addresses, 20);
        CHECK(count >= 1);
        char **names = backtrace_symbols(addresses, count);
        CHECK(names && strstr(names[0], "[0x"));
        free(names);
    }
    TEST("versions_are_sorted_by_their_numbers") {
        struct dirent **list;
        char folder[] = "/tmp/versions.XXXXXX";
        mkdtemp(folder);
        chdir(folder);
        close(open("f10", O_CREAT | O_WRONLY, 0600));
        close(open("f9", O_CREAT | O_WRONLY, 0600));
        EQUAL(scandir(".", &list, NULL, versionsort), 4);
        CHECK(!strcmp(list[2]->d_name, "f9") && !strcmp(list[3]->d_name, "f10"));
        for (int i = 0; i < 4; i++)
            free(list[i]);
        free(list);
        unlink("f9");
        unlink("f10");
        rmdir(folder);
    }
    TEST("kinds_of_descriptors") {
        int fd = open("/", O_RDONLY);
        EQUAL(isfdtype(fd, S_IFDIR), 1);
        EQUAL(isfdtype(fd, S_IFREG), 0);
        EQUAL(isfdtype(-1, S_IFREG), -1);
        close(fd);
    }
    DONE();
}
