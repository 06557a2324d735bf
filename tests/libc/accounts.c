/* <pwd.h>, <grp.h>, <shadow.h>, <utmpx.h>: users, groups and logins. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <shadow.h>
#include <stdlib.h>
#include <unistd.h>
#include <utmpx.h>

static FILE *memory(const char *text)
{
    return fmemopen((void *)text, strlen(text), "r");
}

int main(void)
{
    TEST("root is known by name and number") {
        struct passwd *user = getpwnam("root");
        CHECK(user != NULL);
        EQUAL(user->pw_uid, 0);
        EQUAL(strcmp(user->pw_dir, "/root"), 0);
        user = getpwuid(0);
        CHECK(user && !strcmp(user->pw_name, "root"));
        struct group *group = getgrgid(0);
        CHECK(group && !strcmp(group->gr_name, "root"));
        CHECK(getgrnam("root") && getgrnam("root")->gr_gid == 0);
    }
    TEST("an unknown user is no error") {
        errno = 0;
        CHECK(getpwnam("no-such-user") == NULL);
        EQUAL(errno, 0);
        struct passwd entry, *result = &entry;
        char buffer[1024];
        EQUAL(getpwnam_r("no-such-user", &entry, buffer, sizeof buffer, &result), 0);
        CHECK(result == NULL);
    }
    TEST("a buffer that is too small is ERANGE") {
        struct passwd entry, *result = &entry;
        char buffer[3];
        EQUAL(getpwuid_r(0, &entry, buffer, sizeof buffer, &result), ERANGE);
        CHECK(result == NULL);
        struct group group, *found = &group;
        EQUAL(getgrgid_r(0, &group, buffer, sizeof buffer, &found), ERANGE);
        CHECK(found == NULL);
    }
    TEST("the whole database is walked, and a search does not move its place") {
        int count = 0, again = 0;
        setpwent();
        while (getpwent())
            count++;
        CHECK(count > 1);
        setpwent();
        struct passwd *first = getpwent();
        char name[64];
        strncpy(name, first->pw_name, 63);
        getpwnam("root");
        for (again = 1; getpwent(); again++)
            ;
        EQUAL(again, count);
        endpwent();
        CHECK(getpwent() && !strcmp(getpwent() ? name : "", name));
        endpwent();
    }
    TEST("getpwent_r says ENOENT at the end") {
        struct passwd entry, *result;
        char buffer[4096];
        setpwent();
        int error;
        while ((error = getpwent_r(&entry, buffer, sizeof buffer, &result)) == 0)
            ;
        EQUAL(error, ENOENT);
        CHECK(result == NULL);
        endpwent();
    }
    TEST("streams of users skip comments and broken lines") {
        FILE *stream = memory("# c\n\n  a:x:7:8:Full Name:/home/a:/bin/sh\nbroken:x:y:1:::\nb::1:2:::\n");
        struct passwd *user = fgetpwent(stream);
        CHECK(user && !strcmp(user->pw_name, "a") && user->pw_uid == 7 && user->pw_gid == 8);
        CHECK(!strcmp(user->pw_gecos, "Full Name") && !strcmp(user->pw_shell, "/bin/sh"));
        user = fgetpwent(stream);
        CHECK(user && !strcmp(user->pw_name, "b") && user->pw_passwd[0] == 0 && user->pw_shell[0] == 0);
        CHECK(fgetpwent(stream) == NULL);
        fclose(stream);
    }
    TEST("groups have lists of members") {
        FILE *stream = memory("g:x:5:a,b,c\nempty:x:6:\nh::7:,x,\n");
        struct group *group = fgetgrent(stream);
        CHECK(group && group->gr_gid == 5 && !strcmp(group->gr_mem[2], "c") && group->gr_mem[3] == NULL);
        group = fgetgrent(stream);
        CHECK(group && group->gr_mem[0] == NULL);
        group = fgetgrent(stream);
        CHECK(group && !strcmp(group->gr_mem[0], "x") && group->gr_mem[1] == NULL);
        CHECK(fgetgrent(stream) == NULL);
        fclose(stream);
    }
    TEST("entries are written as their lines") {
        char text[256] = "";
        FILE *stream = fmemopen(text, sizeof text, "w");
        struct passwd user = {"n", "x", 1000, 1001, "a:b\nc", "/h", "/bin/sh"};
        EQUAL(putpwent(&user, stream), 0);
        user.pw_dir = "/a:b";
        errno = 0;
        EQUAL(putpwent(&user, stream), -1);
        EQUAL(errno, EINVAL);
        char *members[] = {"a", "b", NULL};
        struct group group = {"g", "x", 9, members};
        EQUAL(putgrent(&group, stream), 0);
        struct spwd shadow = {"s", "!", 1, -1, 99999, 7, -1, -1, ~0ul};
        EQUAL(putspent(&shadow, stream), 0);
        fclose(stream);
        EQUAL(strcmp(text, "n:x:1000:1001:a b c:/h:/bin/sh\ng:x:9:a,b\ns:!:1::99999:7:::\n"), 0);
    }
    TEST("shadow lines have numbers that may be missing") {
        struct spwd *entry = sgetspent("u:$6$x:19000:0:99999:7:::");
        CHECK(entry && entry->sp_lstchg == 19000 && entry->sp_min == 0 && entry->sp_warn == 7);
        CHECK(entry->sp_inact == -1 && entry->sp_expire == -1 && entry->sp_flag == ~0ul);
        CHECK(sgetspent("u:x:a:0:1:2:3:4:5") == NULL);
        CHECK(sgetspent("u:x") == NULL);
    }
    TEST("a user's groups begin with the one given") {
        gid_t groups[64];
        int count = 64;
        int found = getgrouplist("root", 1234, groups, &count);
        CHECK(found == count && found >= 1);
        EQUAL(groups[0], 1234);
        count = 0;
        EQUAL(getgrouplist("root", 1234, groups, &count), -1);
        EQUAL(count, found);
    }
    TEST("shells are listed") {
        setusershell();
        char *shell = getusershell();
        CHECK(shell && shell[0] == '/');
        int count = 1;
        while (getusershell())
            count++;
        CHECK(count >= 2);
        endusershell();
    }
    TEST("logins are recorded, found and replaced") {
        char path[] = "/tmp/trivet-utmp-XXXXXX";
        int fd = mkstemp(path);
        CHECK(fd >= 0);
        close(fd);
        EQUAL(utmpxname(path), 0);
        struct utmpx record;
        memset(&record, 0, sizeof record);
        record.ut_type = USER_PROCESS;
        record.ut_pid = 42;
        memcpy(record.ut_id, "t1", 2);
        strcpy(record.ut_line, "tty1");
        strcpy(record.ut_user, "ann");
        setutxent();
        CHECK(pututxline(&record) != NULL);
        memcpy(record.ut_id, "t2", 2);
        strcpy(record.ut_line, "tty2");
        strcpy(record.ut_user, "bob");
        setutxent();
        CHECK(pututxline(&record) != NULL);
        struct utmpx wanted;
        memset(&wanted, 0, sizeof wanted);
        strcpy(wanted.ut_line, "tty2");
        setutxent();
        struct utmpx *found = getutxline(&wanted);
        CHECK(found && !strcmp(found->ut_user, "bob"));
        wanted.ut_type = DEAD_PROCESS;
        memcpy(wanted.ut_id, "t1", 2);
        setutxent();
        found = getutxid(&wanted);
        CHECK(found && !strcmp(found->ut_user, "ann"));
        setutxent();
        CHECK(pututxline(&wanted) != NULL);
        setutxent();
        int count = 0, dead = 0;
        while ((found = getutxent()) != NULL) {
            count++;
            dead += found->ut_type == DEAD_PROCESS;
        }
        EQUAL(count, 2);
        EQUAL(dead, 1);
        endutxent();
        unlink(path);
    }
    DONE();
}
