/* A set-user-id program of root's: it writes down what it was started with (attack.c).
 *
 *     privileged look|stay|settle REPORT [HOST-STYLE WORDS...]
 *
 * `look` ends then, `stay` waits for its end, `settle` becomes root in all respects first. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

int main(int count, char **arguments)
{
    /* Without arguments there is only one thing to say. */
    if (count < 3)
        return count == 1 && arguments[0] && !arguments[0][0] && !arguments[1] ? 41 : count == 0 && !arguments[0] ? 40 : 49;
    /* As careless a program as there may be: the first file it opens is for its report, and it also writes to its standard streams. */
    umask(022);
    unlink(arguments[2]);
    int report = open(arguments[2], O_RDWR | O_CREAT | O_EXCL, 0644);
    if (report < 0)
        return 50;
    int noise = write(1, "noise", 5) != 5 && write(2, "noise", 5) != 5;
    char byte;
    int silent = read(0, &byte, 1) < 0 && errno == EBADF;
    if (!strcmp(arguments[1], "settle") && setuid(0))
        return 51;
    dprintf(report, "users %d %d\n", getuid(), geteuid());
    dprintf(report, "secure %lu %d\n", getauxval(AT_SECURE), secure_getenv("HOME") == 0);
    dprintf(report, "report %d\n", report);
    dprintf(report, "standard %d %d", noise, silent);
    for (int number = 0; number < 3; number++) {
        struct stat status;
        dprintf(report, " %d:%o", fcntl(number, F_GETFL) & O_ACCMODE, fstat(number, &status) ? 0 : status.st_mode & S_IFMT);
    }
    dprintf(report, "\n");
    for (char **string = environ; *string; string++)
        dprintf(report, "variable %s\n", *string);
    time_t now = 0;
    struct tm *local = localtime(&now);
    dprintf(report, "offset %ld\n", local->tm_gmtoff);
    char *name = tempnam(0, "x");
    dprintf(report, "temporary %s\n", name ? name : "none");
    free(name);
    dprintf(report, "process %d\n", getpid());
    dprintf(report, "end\n");
    while (strcmp(arguments[1], "look"))
        pause();
    return 0;
}
