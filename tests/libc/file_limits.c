/* Hostile and hard cases of files: long paths and names, loops of links, names of any bytes, a folder that is gone, descriptors that run out,
   programs that are written, mappings beyond the end, bad pointers, copies inside the system. */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static sigjmp_buf back;
static void on_bus(int signal) { siglongjmp(back, signal); }

static int make(const char *name, const void *bytes, size_t length, mode_t mode)
{
    int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, mode);
    if (fd >= 0 && write(fd, bytes, length) != (ssize_t)length)
        return -1;
    return fd;
}

/* Copies this program, so that it can be run by another name. */
static int copy_program(const char *name)
{
    static char bytes[65536];
    int from = open("/proc/self/exe", O_RDONLY), to = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0700);
    ssize_t count = from < 0 || to < 0 ? -1 : 0;
    while (count >= 0 && (count = read(from, bytes, sizeof bytes)) > 0)
        if (write(to, bytes, (size_t)count) != count)
            count = -1;
    close(from);
    close(to);
    return (int)count;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "wait") == 0) {
        char byte;
        return read(0, &byte, 1) == 0 ? 5 : 6;
    }
    char folder[] = "trivet-limits-XXXXXX", bytes[300];
    static char path[3 * PATH_MAX];
    struct stat status;
    (void)argv;
    /* The folder that a program begins in is not always one to write in. */
    if (access(".", W_OK) != 0 && chdir("/tmp") != 0)
        return 2;
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 2;

    TEST("a_name_has_255_bytes_and_not_256") {
        memset(path, 'n', 256);
        path[256] = 0;
        EQUAL(open(path, O_RDWR | O_CREAT, 0600), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(mkdir(path, 0700), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(stat(path, &status), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(symlink("x", path), -1);
        EQUAL(errno, ENAMETOOLONG);
        path[255] = 0;
        int fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0600);
        CHECK(fd >= 0);
        close(fd);
        EQUAL(unlink(path), 0);
    }
    TEST("a_path_has_4095_bytes_and_not_4096") {
        for (int i = 0; i < PATH_MAX; i += 2)
            memcpy(path + i, "./", 2);
        EQUAL(mkdir("d", 0700), 0);
        path[PATH_MAX - 2] = 'd';
        path[PATH_MAX - 1] = 0;
        EQUAL(stat(path, &status), 0);
        CHECK(S_ISDIR(status.st_mode));
        path[PATH_MAX - 1] = '/';
        path[PATH_MAX] = 0;
        EQUAL(stat(path, &status), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(open(path, O_RDONLY), -1);
        EQUAL(errno, ENAMETOOLONG);
        EQUAL(chdir(path), -1);
        EQUAL(errno, ENAMETOOLONG);
        memset(path, '/', sizeof path - 1);
        path[sizeof path - 1] = 0;
        EQUAL(rename("d", path), -1);
        EQUAL(errno, ENAMETOOLONG);
    }
    TEST("forty_links_are_followed_and_forty_one_are_a_loop") {
        char name[20], next[20];
        close(make("end", "x", 1, 0600));
        for (int i = 0; i <= 41; i++) {
            snprintf(name, sizeof name, "link%d", i);
            snprintf(next, sizeof next, i == 0 ? "end" : "link%d", i - 1);
            EQUAL(symlink(next, name), 0);
        }
        EQUAL(stat("link39", &status), 0);
        EQUAL(stat("link40", &status), -1);
        EQUAL(errno, ELOOP);
        EQUAL(symlink("self", "self"), 0);
        EQUAL(open("self", O_RDONLY), -1);
        EQUAL(errno, ELOOP);
        EQUAL(symlink("pong", "ping"), 0);
        EQUAL(symlink("ping", "pong"), 0);
        EQUAL(open("ping/x", O_RDONLY), -1);
        EQUAL(errno, ELOOP);
        EQUAL(chmod("pong", 0700), -1);
        EQUAL(errno, ELOOP);
        EQUAL(lstat("self", &status), 0);
        EQUAL(open("self", O_RDONLY | O_NOFOLLOW), -1);
        EQUAL(errno, ELOOP);
    }
    TEST("a_name_may_have_any_byte_but_slash_and_zero") {
        EQUAL(mkdir("bytes", 0700), 0);
        char name[] = "bytes/?x";
        int made = 0;
        for (int byte = 1; byte < 256; byte++) {
            if (byte == '/')
                continue;
            name[6] = (char)byte;
            int fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
            made += fd >= 0;
            close(fd);
        }
        EQUAL(made, 254);
        unsigned char seen[256] = {0};
        DIR *directory = opendir("bytes");
        for (struct dirent *entry; directory && (entry = readdir(directory));)
            if (entry->d_name[0] && entry->d_name[1] == 'x' && !entry->d_name[2])
                seen[(unsigned char)entry->d_name[0]]++;
        closedir(directory);
        int once = 0;
        for (int byte = 1; byte < 256; byte++)
            once += seen[byte] == 1;
        EQUAL(once, 254);
    }
    TEST("a_folder_that_is_gone_is_empty_and_takes_nothing") {
        EQUAL(mkdir("gone", 0700), 0);
        int fd = open("gone", O_RDONLY | O_DIRECTORY);
        int above = open(".", O_RDONLY | O_DIRECTORY);
        EQUAL(fchdir(fd), 0);
        EQUAL(unlinkat(above, "gone", AT_REMOVEDIR), 0);
        EQUAL(openat(fd, "new", O_CREAT | O_WRONLY, 0600), -1);
        EQUAL(errno, ENOENT);
        EQUAL(mkdir("new", 0700), -1);
        EQUAL(errno, ENOENT);
        CHECK(!getcwd(bytes, sizeof bytes));
        EQUAL(errno, ENOENT);
        EQUAL(fstat(fd, &status), 0);
        EQUAL(status.st_nlink, 0);
        DIR *directory = fdopendir(dup(fd));
        int entries = 0;
        while (directory && readdir(directory))
            entries++;
        EQUAL(entries, 0);
        closedir(directory);
        EQUAL(fchdir(above), 0);
        close(above);
        close(fd);
    }
    TEST("descriptors_run_out_with_emfile_and_come_back") {
        struct rlimit limit = {64, 64}, old;
        static int fds[100];
        int count = 0;
        EQUAL(getrlimit(RLIMIT_NOFILE, &old), 0);
        limit.rlim_max = old.rlim_max;
        EQUAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
        while (count < 100 && (fds[count] = open("end", O_RDONLY)) >= 0)
            count++;
        EQUAL(errno, EMFILE);
        CHECK(count > 40 && count < 64);
        EQUAL(dup(0), -1);
        EQUAL(errno, EMFILE);
        int ends[2];
        EQUAL(pipe(ends), -1);
        EQUAL(errno, EMFILE);
        EQUAL(close(fds[--count]), 0);
        EQUAL(pipe(ends), -1);
        EQUAL(errno, EMFILE);
        int fd = open("end", O_RDONLY);
        CHECK(fd >= 0);
        close(fd);
        while (count > 0)
            close(fds[--count]);
        EQUAL(setrlimit(RLIMIT_NOFILE, &old), 0);
    }
    TEST("a_program_that_runs_is_not_written_and_one_that_is_written_does_not_run") {
        EQUAL(copy_program("program"), 0);
        int writing = open("program", O_WRONLY), ends[2];
        CHECK(writing >= 0);
        execl("./program", "program", "wait", (char *)0);
        EQUAL(errno, ETXTBSY);
        close(writing);
        EQUAL(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0) {
            dup2(ends[0], 0);
            close(ends[0]);
            close(ends[1]);
            execl("./program", "program", "wait", (char *)0);
            _exit(errno == EACCES ? 8 : 7);
        }
        close(ends[0]);
        siginfo_t early = {0};
        usleep(20000);
        waitid(P_PID, (id_t)child, &early, WEXITED | WNOWAIT | WNOHANG);
        if (early.si_pid == child && early.si_status == 8) {
            /* A policy lets nobody run programs from here. */
            waitpid(child, 0, 0);
            close(ends[1]);
            continue;
        }
        /* It runs once its name is another one. */
        int tries = 0, refused = 0;
        while (tries++ < 2000 && !refused) {
            int fd = open("program", O_WRONLY);
            refused = fd < 0 && errno == ETXTBSY;
            if (fd >= 0) {
                close(fd);
                usleep(1000);
            }
        }
        CHECK(refused);
        int fd = open("program", O_RDONLY);
        CHECK(fd >= 0);
        close(fd);
        close(ends[1]);
        int ended;
        EQUAL(waitpid(child, &ended, 0), child);
        EQUAL(WEXITSTATUS(ended), 5);
        fd = open("program", O_WRONLY);
        CHECK(fd >= 0);
        close(fd);
    }
    TEST("a_file_cut_while_mapped_faults_with_sigbus_beyond_its_end") {
        static char page[8192];
        memset(page, 'p', sizeof page);
        int fd = make("mapped", page, sizeof page, 0600);
        char *map = mmap(0, sizeof page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        CHECK(map != MAP_FAILED);
        EQUAL(map[5000], 'p');
        EQUAL(ftruncate(fd, 100), 0);
        signal(SIGBUS, on_bus);
        volatile int got = sigsetjmp(back, 1);
        if (got == 0) {
            *(volatile char *)(map + 5000);
            CHECK(!"no fault");
        }
        EQUAL(got, SIGBUS);
        signal(SIGBUS, SIG_DFL);
        EQUAL(map[99], 'p');
        EQUAL(map[100], 0);
        EQUAL(ftruncate(fd, 8192), 0);
        EQUAL(map[5000], 0);
        munmap(map, sizeof page);
        close(fd);
    }
    TEST("a_read_into_a_bad_place_loses_nothing_of_a_pipe") {
        int ends[2];
        EQUAL(pipe(ends), 0);
        EQUAL(write(ends[1], "precious", 8), 8);
        EQUAL(read(ends[0], (void *)8, 8), -1);
        EQUAL(errno, EFAULT);
        memset(bytes, 0, sizeof bytes);
        EQUAL(read(ends[0], bytes, sizeof bytes), 8);
        CHECK(memcmp(bytes, "precious", 8) == 0);
        close(ends[0]);
        close(ends[1]);
    }
    TEST("a_read_into_a_bad_place_does_not_move_a_files_offset") {
        int fd = make("offset", "0123456789", 10, 0600);
        EQUAL(lseek(fd, 2, SEEK_SET), 2);
        EQUAL(read(fd, (void *)8, 4), -1);
        EQUAL(errno, EFAULT);
        EQUAL(lseek(fd, 0, SEEK_CUR), 2);
        EQUAL(write(fd, (void *)8, 4), -1);
        EQUAL(errno, EFAULT);
        EQUAL(lseek(fd, 0, SEEK_CUR), 2);
        close(fd);
    }
    TEST("copies_inside_the_system_move_bytes_and_offsets") {
        int from = make("from", "0123456789", 10, 0600), to = make("to", "", 0, 0600);
        off_t place = 2;
        EQUAL(sendfile(to, from, &place, 4), 4);
        EQUAL(place, 6);
        EQUAL(lseek(from, 0, SEEK_CUR), 10);
        EQUAL(lseek(from, 1, SEEK_SET), 1);
        EQUAL(copy_file_range(from, 0, to, 0, 3, 0), 3);
        EQUAL(lseek(from, 0, SEEK_CUR), 4);
        EQUAL(lseek(to, 0, SEEK_CUR), 7);
        memset(bytes, 0, sizeof bytes);
        EQUAL(pread(to, bytes, sizeof bytes, 0), 7);
        CHECK(memcmp(bytes, "2345123", 7) == 0);
        off_t end = 10;
        EQUAL(copy_file_range(from, &end, to, 0, 3, 0), 0);
        int ends[2];
        EQUAL(pipe(ends), 0);
        EQUAL(copy_file_range(from, 0, ends[1], 0, 3, 0), -1);
        EQUAL(errno, EINVAL);
        close(ends[0]);
        close(ends[1]);
        close(from);
        close(to);
    }
    TEST("extended_attributes_are_kept") {
        close(make("attributes", "", 0, 0600));
        EQUAL(symlink("attributes", "alink"), 0);
        if (setxattr("attributes", "user.colour", "blue", 4, 0) != 0 && errno == EOPNOTSUPP)
            continue; /* Not every file system of a host has them. */
        EQUAL(getxattr("alink", "user.colour", bytes, sizeof bytes), 4);
        CHECK(memcmp(bytes, "blue", 4) == 0);
        EQUAL(getxattr("attributes", "user.colour", 0, 0), 4);
        EQUAL(getxattr("attributes", "user.colour", bytes, 3), -1);
        EQUAL(errno, ERANGE);
        EQUAL(getxattr("attributes", "user.none", bytes, sizeof bytes), -1);
        EQUAL(errno, ENODATA);
        EQUAL(setxattr("attributes", "user.colour", "x", 1, XATTR_CREATE), -1);
        EQUAL(errno, EEXIST);
        EQUAL(setxattr("attributes", "user.none", "x", 1, XATTR_REPLACE), -1);
        EQUAL(errno, ENODATA);
        EQUAL(setxattr("attributes", "user.", "x", 1, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(lsetxattr("alink", "user.colour", "x", 1, 0), -1);
        EQUAL(errno, EPERM);
        int fd = open("attributes", O_RDWR);
        EQUAL(fsetxattr(fd, "user.empty", "", 0, XATTR_CREATE), 0);
        EQUAL(fgetxattr(fd, "user.empty", bytes, sizeof bytes), 0);
        EQUAL(flistxattr(fd, bytes, sizeof bytes), 23);
        EQUAL(fremovexattr(fd, "user.empty"), 0);
        EQUAL(listxattr("attributes", 0, 0), 12);
        EQUAL(removexattr("attributes", "user.colour"), 0);
        EQUAL(removexattr("attributes", "user.colour"), -1);
        EQUAL(errno, ENODATA);
        EQUAL(listxattr("attributes", bytes, sizeof bytes), 0);
        close(fd);
    }
    TEST("mounting_is_for_the_superuser") {
        extern int mount(const char *, const char *, const char *, unsigned long, const void *);
        extern int umount(const char *);
        EQUAL(mkdir("mount", 0700), 0);
        if (geteuid() != 0) {
            EQUAL(mount("none", "mount", "tmpfs", 0, 0), -1);
            EQUAL(errno, EPERM);
            EQUAL(umount("mount"), -1);
            EQUAL(errno, EPERM);
        }
    }
    chdir("..");
    DONE();
}
