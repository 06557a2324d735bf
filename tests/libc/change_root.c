/* chroot: the top of all lookups. Only the superuser can; for others there is the refusal alone. test-guest: superuser */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char top[] = "/tmp/root-XXXXXX", path[4200], linked[64];
static int outside;

static int in_child(int (*work)(void))
{
    pid_t child = fork();
    if (child == 0)
        _exit(work());
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int exists(const char *name)
{
    struct stat status;
    return stat(name, &status) == 0;
}

static int lookups_begin_there(void)
{
    if (chroot(top) != 0 || chdir("/") != 0)
        return 1;
    if (!exists("/inside") || exists("/tmp") || !exists("/../../inside") || !exists("../../inside"))
        return 2;
    if (!getcwd(path, sizeof path) || strcmp(path, "/"))
        return 3;
    /* Absolute links lead below the new root. */
    if (!exists("/link") || readlink("/link", path, sizeof path) != 7)
        return 4;
    return mkdir("/made", 0700) == 0 && chdir("/made/..") == 0 && exists("inside") ? 0 : 5;
}

static int children_inherit_it(void)
{
    return chroot(top) == 0 && chdir("/") == 0 ? in_child(lookups_begin_there) == 1 && exists("/inside") ? 0 : 2 : 1;
}

static int a_folder_outside_stays_outside(void)
{
    if (chdir("/") != 0 || chroot(top) != 0)
        return 1;
    /* The working directory was not moved: relative names lead on from it. */
    if (!exists("tmp") || exists("/tmp"))
        return 2;
    if (getcwd(path, sizeof path) || errno != ENOENT)
        return 3;
    return faccessat(outside, "tmp", F_OK, 0) == 0 ? 0 : 4;
}

static int a_folder_inside_cannot_leave(void)
{
    if (chdir(top) != 0 || chroot(".") != 0)
        return 1;
    if (exists("../root") || !exists("../inside") || exists(linked))
        return 2;
    return getcwd(path, sizeof path) && !strcmp(path, "/") ? 0 : 3;
}

static int roots_nest(void)
{
    if (chroot(top) != 0 || chdir("/") != 0 || chroot("/folder") != 0 || chdir("/") != 0)
        return 1;
    return exists("/deep") && !exists("/inside") && !exists("/../inside") ? 0 : 2;
}

static int others_may_not(void)
{
    if (geteuid() == 0 && setuid(65534) != 0)
        return 1;
    return chroot("/tmp") == -1 && errno == EPERM ? 0 : 2;
}

static int errors_are_posixs(void)
{
    if (chroot("/missing") != -1 || errno != ENOENT)
        return 1;
    snprintf(path, sizeof path, "%s/inside", top);
    if (chroot(path) != -1 || errno != ENOTDIR)
        return 2;
    return exists("/tmp") ? 0 : 3;
}

int main(void)
{
    if (geteuid() == 0 && setuid(0) != 0)
        return 2;
    TEST("who_is_not_the_superuser_changes_no_root") EQUAL(in_child(others_may_not), 0);
    if (geteuid() != 0)
        return check_failures != 0;
    if (!mkdtemp(top) || chdir(top) != 0)
        return 2;
    snprintf(linked, sizeof linked, "..%s/inside", top);
    outside = open("/", O_RDONLY | O_DIRECTORY);
    close(open("inside", O_WRONLY | O_CREAT, 0600));
    if (symlink("/inside", "link") != 0)
        return 2;
    mkdir("folder", 0755);
    close(open("folder/deep", O_WRONLY | O_CREAT, 0600));

    TEST("lookups_begin_at_the_new_root_and_end_there") EQUAL(in_child(lookups_begin_there), 0);
    TEST("children_have_the_root_of_their_parent") EQUAL(in_child(children_inherit_it), 0);
    TEST("a_working_directory_outside_stays_outside") EQUAL(in_child(a_folder_outside_stays_outside), 0);
    TEST("from_a_directory_inside_no_name_leads_out") EQUAL(in_child(a_folder_inside_cannot_leave), 0);
    TEST("a_root_below_a_root") EQUAL(in_child(roots_nest), 0);
    TEST("a_missing_directory_and_a_file_are_no_root") EQUAL(in_child(errors_are_posixs), 0);
    rmdir("made"), unlink("inside"), unlink("link"), unlink("folder/deep"), rmdir("folder");
    if (chdir("/") == 0)
        rmdir(top);
    return check_failures != 0;
}
