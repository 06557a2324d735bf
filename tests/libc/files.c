/* Files, directories and what is known of them. */
#define _GNU_SOURCE
#include "check.h"
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

static int is_not_dot(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int main(void)
{
    char folder[] = "trivet-files-XXXXXX", bytes[300];
    struct stat status;
    if (access(".", W_OK) != 0 && chdir("/tmp") != 0)
        return 2;
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 2;

    TEST("what_is_written_is_read") {
        int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
        CHECK(fd >= 0);
        EQUAL(write(fd, "hello world", 11), 11);
        EQUAL(lseek(fd, 6, SEEK_SET), 6);
        EQUAL(read(fd, bytes, sizeof bytes), 5);
        CHECK(memcmp(bytes, "world", 5) == 0);
        EQUAL(read(fd, bytes, sizeof bytes), 0);
        EQUAL(pwrite(fd, "W", 1, 6), 1);
        EQUAL(pread(fd, bytes, 3, 5), 3);
        CHECK(memcmp(bytes, " Wo", 3) == 0);
        struct iovec parts[2] = {{bytes, 2}, {bytes + 10, 20}};
        EQUAL(preadv(fd, parts, 2, 0), 11);
        CHECK(memcmp(bytes, "he", 2) == 0 && memcmp(bytes + 10, "llo World", 9) == 0);
        EQUAL(fstat(fd, &status), 0);
        EQUAL(status.st_size, 11);
        EQUAL(status.st_mode, S_IFREG | 0640);
        EQUAL(ftruncate(fd, 4), 0);
        EQUAL(close(fd), 0);
        EQUAL(close(fd), -1);
        EQUAL(errno, EBADF);
        EQUAL(open("file", O_RDWR | O_CREAT | O_EXCL, 0640), -1);
        EQUAL(errno, EEXIST);
        EQUAL(stat("file", &status), 0);
        EQUAL(status.st_size, 4);
    }
    TEST("descriptors_are_duplicated_at_the_lowest_number") {
        int fd = open("file", O_RDONLY);
        int copy = dup(fd);
        CHECK(copy > fd);
        EQUAL(dup2(fd, copy), copy);
        EQUAL(dup2(fd, fd), fd);
        EQUAL(dup3(fd, fd, 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(fcntl(fd, F_GETFD), 0);
        EQUAL(fcntl(fd, F_SETFD, FD_CLOEXEC), 0);
        EQUAL(fcntl(fd, F_GETFD), FD_CLOEXEC);
        EQUAL(fcntl(copy, F_GETFD), 0);
        int above = fcntl(fd, F_DUPFD_CLOEXEC, 100);
        EQUAL(above, 100);
        EQUAL(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
        close(above);
        close(copy);
        close(fd);
    }
    TEST("names_are_linked_renamed_and_removed") {
        EQUAL(link("file", "second"), 0);
        EQUAL(stat("file", &status), 0);
        EQUAL(status.st_nlink, 2);
        EQUAL(symlink("file", "link"), 0);
        EQUAL(readlink("link", bytes, sizeof bytes), 4);
        EQUAL(lstat("link", &status), 0);
        CHECK(S_ISLNK(status.st_mode));
        EQUAL(rename("second", "third"), 0);
        EQUAL(access("second", F_OK), -1);
        EQUAL(errno, ENOENT);
        EQUAL(access("third", R_OK | W_OK), 0);
        EQUAL(mkdir("dir", 0700), 0);
        EQUAL(unlink("third"), 0);
        EQUAL(rmdir("file"), -1);
        EQUAL(errno, ENOTDIR);
        char *real = realpath("dir/../link", NULL);
        CHECK(real != NULL && strcmp(real + strlen(real) - 5, "/file") == 0);
        free(real);
    }
    TEST("directories_are_read") {
        for (int i = 0; i < 100; i++) {
            snprintf(bytes, sizeof bytes, "dir/entry%d", i);
            close(open(bytes, O_CREAT | O_WRONLY, 0600));
        }
        DIR *stream = opendir("dir");
        CHECK(stream != NULL);
        int count = 0;
        for (struct dirent *entry; (entry = readdir(stream)) != NULL; count++)
            CHECK(entry->d_name[0] == '.' || entry->d_type == DT_REG);
        EQUAL(count, 102);
        rewinddir(stream);
        readdir(stream);
        long place = telldir(stream);
        struct dirent *entry = readdir(stream);
        strcpy(bytes, entry->d_name);
        seekdir(stream, place);
        CHECK(strcmp(readdir(stream)->d_name, bytes) == 0);
        EQUAL(closedir(stream), 0);
        struct dirent **list;
        EQUAL(scandir("dir", &list, is_not_dot, alphasort), 100);
        CHECK(strcmp(list[0]->d_name, "entry0") == 0 && strcmp(list[99]->d_name, "entry99") == 0);
        CHECK(strcmp(list[2]->d_name, "entry10") == 0);
        for (int i = 0; i < 100; i++) {
            snprintf(bytes, sizeof bytes, "dir/%s", list[i]->d_name);
            EQUAL(unlink(bytes), 0);
            free(list[i]);
        }
        free(list);
        EQUAL(rmdir("dir"), 0);
        CHECK(opendir("dir") == NULL);
        EQUAL(errno, ENOENT);
        CHECK(opendir("file") == NULL);
        EQUAL(errno, ENOTDIR);
    }
    TEST("pipes_become_ready") {
        int ends[2];
        EQUAL(pipe2(ends, O_CLOEXEC), 0);
        struct pollfd entry = {.fd = ends[0], .events = POLLIN};
        EQUAL(poll(&entry, 1, 0), 0);
        EQUAL(write(ends[1], "x", 1), 1);
        EQUAL(poll(&entry, 1, -1), 1);
        EQUAL(entry.revents, POLLIN);
        fd_set set, writing;
        FD_ZERO(&set);
        FD_ZERO(&writing);
        FD_SET(ends[0], &set);
        FD_SET(ends[1], &writing);
        struct timeval time = {5, 0};
        EQUAL(select(ends[1] + 1, &set, &writing, NULL, &time), 2);
        CHECK(FD_ISSET(ends[0], &set) && FD_ISSET(ends[1], &writing));
        read(ends[0], bytes, 1);
        time.tv_sec = 0;
        time.tv_usec = 1000;
        EQUAL(select(ends[1] + 1, &set, NULL, NULL, &time), 0);
        CHECK(!FD_ISSET(ends[0], &set));
        close(ends[1]);
        EQUAL(read(ends[0], bytes, 1), 0);
        FD_SET(ends[1], &set);
        EQUAL(select(ends[1] + 1, &set, NULL, NULL, &time), -1);
        EQUAL(errno, EBADF);
        close(ends[0]);
    }
    TEST("files_are_mapped") {
        int fd = open("file", O_RDWR);
        EQUAL(ftruncate(fd, 8192), 0);
        char *shared = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        CHECK(shared != MAP_FAILED);
        strcpy(shared + 4096, "mapped");
        EQUAL(msync(shared, 8192, MS_SYNC), 0);
        EQUAL(pread(fd, bytes, 7, 4096), 7);
        CHECK(strcmp(bytes, "mapped") == 0);
        EQUAL(mprotect(shared, 4096, PROT_READ), 0);
        EQUAL(munmap(shared, 8192), 0);
        CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
        EQUAL(errno, EINVAL);
        CHECK(mmap(NULL, ~4095ul, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED);
        EQUAL(errno, ENOMEM);
        close(fd);
    }
    TEST("times_and_modes_are_set") {
        struct timespec times[2] = {{1000, 5}, {2000, 6}};
        EQUAL(utimensat(AT_FDCWD, "file", times, 0), 0);
        EQUAL(stat("file", &status), 0);
        EQUAL(status.st_atim.tv_sec, 1000);
        EQUAL(status.st_mtim.tv_nsec, 6);
        EQUAL(chmod("file", 0400), 0);
        EQUAL(stat("file", &status), 0);
        EQUAL(status.st_mode & 0777, 0400);
        EQUAL(fchmodat(AT_FDCWD, "link", 0600, AT_SYMLINK_NOFOLLOW), -1);
        EQUAL(errno, EOPNOTSUPP);
        mode_t mask = umask(022);
        EQUAL(umask(mask), 022);
    }
    TEST("the_system_tells_of_itself") {
        EQUAL(sysconf(_SC_PAGESIZE), 4096);
        CHECK(sysconf(_SC_NPROCESSORS_ONLN) >= 1);
        CHECK(sysconf(_SC_OPEN_MAX) > 0);
        errno = 0;
        EQUAL(sysconf(-5), -1);
        EQUAL(errno, EINVAL);
        EQUAL(pathconf("/", _PC_NAME_MAX), 255);
        EQUAL(confstr(_CS_PATH, bytes, 5), 14);
        CHECK(strcmp(bytes, "/bin") == 0);
        struct utsname names;
        EQUAL(uname(&names), 0);
        CHECK(strcmp(names.sysname, "Linux") == 0);
        struct rlimit limit;
        EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
        CHECK(limit.rlim_cur > 0);
        struct statvfs fs;
        EQUAL(statvfs(".", &fs), 0);
        CHECK(fs.f_namemax >= 255);
        CHECK(getcwd(bytes, 2) == NULL);
        EQUAL(errno, ERANGE);
        EQUAL(syscall(SYS_gettid), gettid());
        EQUAL(syscall(99999), -1);
        EQUAL(errno, ENOSYS);
        EQUAL(isatty(0), 0);
        EQUAL(errno, ENOTTY);
    }
    unlink("file");
    unlink("link");
    if (chdir("..") == 0)
        rmdir(folder);
    DONE();
}
