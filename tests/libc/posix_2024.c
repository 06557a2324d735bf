/* Names that POSIX.1-2024 brought and that the host's library does not have yet. test-only: ours */
#define _XOPEN_SOURCE 800
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <libintl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    TEST("signals_have_names_and_names_signals") {
        char name[SIG2STR_MAX];
        int number = 0;
        EQUAL(sig2str(SIGINT, name), 0);
        CHECK(!strcmp(name, "INT"));
        EQUAL(str2sig("TERM", &number), 0);
        EQUAL(number, SIGTERM);
        EQUAL(str2sig("9", &number), 0);
        EQUAL(number, SIGKILL);
        EQUAL(sig2str(SIGRTMIN + 3, name), 0);
        CHECK(!strcmp(name, "RTMIN+3"));
        EQUAL(sig2str(SIGRTMAX - 2, name), 0);
        CHECK(!strcmp(name, "RTMAX-2"));
        EQUAL(str2sig("RTMIN+20", &number), 0);
        EQUAL(number, SIGRTMIN + 20);
        for (int signal = 1; signal <= SIGRTMAX; signal++)
            if (sig2str(signal, name) == 0) {
                EQUAL(str2sig(name, &number), 0);
                EQUAL(number, signal);
            }
        EQUAL(sig2str(0, name), -1);
        EQUAL(sig2str(SIGRTMAX + 1, name), -1);
        EQUAL(str2sig("NOTHING", &number), -1);
        EQUAL(str2sig("RTMIN+99", &number), -1);
        EQUAL(str2sig("", &number), -1);
        EQUAL(str2sig("65", &number), -1);
    }
    TEST("directory_entries_come_as_posix_has_them") {
        char folder[] = "/tmp/posix-XXXXXX", path[64], buffer[512] __attribute__((aligned(8)));
        CHECK(mkdtemp(folder) != NULL);
        snprintf(path, sizeof path, "%s/a-name-of-some-length", folder);
        close(open(path, O_WRONLY | O_CREAT, 0600));
        int fd = open(folder, O_RDONLY | O_DIRECTORY), seen = 0;
        ssize_t count;
        while ((count = posix_getdents(fd, buffer, sizeof buffer, DT_FORCE_TYPE)) > 0)
            for (char *at = buffer; at < buffer + count;) {
                struct posix_dent *entry = (struct posix_dent *)at;
                seen += !strcmp(entry->d_name, "a-name-of-some-length") && entry->d_type == DT_REG && entry->d_ino != 0;
                seen += 10 * (!strcmp(entry->d_name, ".") && entry->d_type == DT_DIR);
                at += entry->d_reclen;
            }
        EQUAL(count, 0);
        EQUAL(seen, 11);
        EQUAL(posix_getdents(fd, buffer, sizeof buffer, 64), -1);
        EQUAL(errno, EINVAL);
        EQUAL(posix_close(fd, 0), 0);
        EQUAL(posix_close(fd, 0), -1);
        EQUAL(errno, EBADF);
        EQUAL(posix_close(0, 1), -1);
        EQUAL(errno, EINVAL);
        unlink(path), rmdir(folder);
    }
    TEST("a_spawned_program_begins_where_it_is_told") {
        posix_spawn_file_actions_t actions;
        char *arguments[] = {"sh", "-c", "[ \"$(pwd)\" = /tmp ]", NULL};
        pid_t child;
        int status = -1;
        EQUAL(posix_spawn_file_actions_init(&actions), 0);
        EQUAL(posix_spawn_file_actions_addchdir(&actions, "/tmp"), 0);
        EQUAL(posix_spawn(&child, "/bin/sh", &actions, NULL, arguments, environ), 0);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(status, 0);
        posix_spawn_file_actions_destroy(&actions);
    }
    TEST("messages_in_a_locale_are_themselves_without_a_catalogue") {
        CHECK(!strcmp(gettext_l("text", 0), "text"));
        CHECK(!strcmp(dcgettext_l("domain", "text", 0, 0), "text"));
        CHECK(!strcmp(ngettext_l("one", "many", 2, 0), "many"));
        CHECK(!strcmp(dngettext_l("domain", "one", "many", 1, 0), "one"));
    }
    TEST("constants_say_what_they_mean") {
        CHECK(fabs(M_SQRT3 * M_SQRT3 - 3) < 1e-15 && fabs(M_SQRT3 * M_1_SQRT3 - 1) < 1e-15);
        CHECK(fabs(M_PHI * M_PHI - M_PHI - 1) < 1e-15);
        CHECK(fabsl(M_1_SQRTPIl * M_1_SQRTPIl * M_PIl - 1) < 1e-18L);
        CHECK(fabsl(M_EGAMMAl - M_EGAMMA) < 1e-16L);
        CHECK(NSIG_MAX > SIGRTMAX && GETENTROPY_MAX == 256 && MAP_ANON == MAP_ANONYMOUS);
        EQUAL(offsetof(struct tm, tm_gmtoff), 40);
    }
    return check_failures != 0;
}
