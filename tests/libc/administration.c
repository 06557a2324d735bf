/* <mntent.h>, <syslog.h>, <sys/sysmacros.h>, <sys/ipc.h>: tables of mounts, messages to the log, device numbers, keys. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <mntent.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <syslog.h>
#include <unistd.h>

int main(void)
{
    TEST("mounts are read with their escapes") {
        static char text[] = "# comment\n\n/dev/a /mnt\\040b ext4 rw,noatime,x=1 1 2\nnone /p proc\n";
        FILE *stream = fmemopen(text, strlen(text), "r");
        struct mntent *mount = getmntent(stream);
        CHECK(mount && !strcmp(mount->mnt_fsname, "/dev/a") && !strcmp(mount->mnt_dir, "/mnt b"));
        EQUAL(mount->mnt_freq, 1);
        EQUAL(mount->mnt_passno, 2);
        CHECK(hasmntopt(mount, "noatime") == mount->mnt_opts + 3);
        CHECK(hasmntopt(mount, "x") == mount->mnt_opts + 11);
        CHECK(hasmntopt(mount, "no") == NULL);
        CHECK(hasmntopt(mount, "time") == NULL);
        mount = getmntent(stream);
        CHECK(mount && !strcmp(mount->mnt_type, "proc") && mount->mnt_opts[0] == 0 && mount->mnt_freq == 0);
        CHECK(getmntent(stream) == NULL);
        EQUAL(endmntent(stream), 1);
    }
    TEST("a mount is appended with its escapes") {
        char path[] = "/tmp/trivet-mtab-XXXXXX", line[256];
        close(mkstemp(path));
        FILE *stream = setmntent(path, "r+");
        CHECK(stream != NULL);
        CHECK(fcntl(fileno(stream), F_GETFD) & FD_CLOEXEC);
        struct mntent mount = {"a b", "/c\td", "e\\f", "rw", 0, -1};
        EQUAL(addmntent(stream, &mount), 0);
        rewind(stream);
        CHECK(fgets(line, sizeof line, stream) != NULL);
        EQUAL(strcmp(line, "a\\040b /c\\011d e\\134f rw 0 -1\n"), 0);
        endmntent(stream);
        unlink(path);
    }
    TEST("the log's messages are copied to standard error") {
        int pipe_ends[2], saved = dup(2);
        char text[256];
        CHECK(pipe(pipe_ends) == 0);
        dup2(pipe_ends[1], 2);
        openlog("tester", LOG_PERROR | LOG_PID, LOG_USER);
        errno = ENOENT;
        syslog(LOG_ERR, "x=%d %m", 5);
        EQUAL(setlogmask(LOG_UPTO(LOG_ERR)), 0xff);
        syslog(LOG_INFO, "left out");
        EQUAL(setlogmask(0), LOG_UPTO(LOG_ERR));
        closelog();
        dup2(saved, 2);
        ssize_t length = read(pipe_ends[0], text, sizeof text - 1);
        CHECK(length > 0);
        text[length > 0 ? length : 0] = 0;
        char wanted[256];
        snprintf(wanted, sizeof wanted, "tester[%d]: x=5 No such file or directory\n", (int)getpid());
        EQUAL(strcmp(text, wanted), 0);
    }
    TEST("device numbers have two parts of 32 bits") {
        dev_t device = makedev(0x12345678, 0x9abcdef0);
        EQUAL(major(device), 0x12345678);
        EQUAL(minor(device), 0x9abcdef0);
        EQUAL(makedev(8, 1), 0x801);
    }
    TEST("a key is made of a file and eight bits") {
        struct stat status;
        EQUAL(stat("/tmp", &status), 0);
        EQUAL(ftok("/tmp", 0x1ab), (key_t)((status.st_ino & 0xffff) | (status.st_dev & 0xff) << 16 | 0xabu << 24));
        EQUAL(ftok("/no/such/file", 1), -1);
    }
    TEST("the load has at most three figures") {
        double loads[4] = {-1, -1, -1, -1};
        EQUAL(getloadavg(loads, 4), 3);
        CHECK(loads[0] >= 0 && loads[2] >= 0 && loads[3] == -1);
    }
    DONE();
}
