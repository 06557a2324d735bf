/* What happens to files, as inotify tells it; and files in memory. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char buffer[65536] __attribute__((aligned(8)));
static char *at, *end;
static int observer;

/* The next event; an empty one where there is none. */
static struct inotify_event *next(void)
{
    static struct inotify_event none;
    if (at == end) {
        ssize_t count = read(observer, buffer, sizeof buffer);
        if (count <= 0)
            return &none;
        at = buffer;
        end = buffer + count;
    }
    struct inotify_event *event = (struct inotify_event *)at;
    at += sizeof *event + event->len;
    return event;
}

#define EVENT(number, what, text) \
    do { \
        struct inotify_event *event = next(); \
        EQUAL(event->mask, what); \
        EQUAL(event->wd, number); \
        CHECK(!strcmp(event->len ? event->name : "", text)); \
    } while (0)
#define NOTHING() EQUAL(next()->mask, 0)

static void make(const char *path)
{
    close(open(path, O_WRONLY | O_CREAT, 0600));
}

int main(void)
{
    char folder[] = "/tmp/inotify-XXXXXX";
    if (!mkdtemp(folder) || chdir(folder) != 0)
        return 2;
    observer = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    int in_folder = -1, file_watch;

    TEST("an_observer_is_a_descriptor_with_its_flags") {
        CHECK(observer >= 0);
        EQUAL(fcntl(observer, F_GETFD), FD_CLOEXEC);
        EQUAL(fcntl(observer, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
        EQUAL(read(observer, buffer, sizeof buffer), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(inotify_init1(1), -1);
        EQUAL(errno, EINVAL);
        EQUAL(sizeof(struct inotify_event), 16);
    }
    TEST("names_that_come_and_go_in_a_directory_are_told") {
        in_folder = inotify_add_watch(observer, ".", IN_CREATE | IN_DELETE | IN_MOVE);
        CHECK(in_folder > 0);
        make("a");
        EVENT(in_folder, IN_CREATE, "a");
        EQUAL(mkdir("d", 0700), 0);
        EVENT(in_folder, IN_CREATE | IN_ISDIR, "d");
        EQUAL(symlink("a", "s"), 0);
        EVENT(in_folder, IN_CREATE, "s");
        EQUAL(link("a", "l"), 0);
        EVENT(in_folder, IN_CREATE, "l");
        EQUAL(mkfifo("f", 0600), 0);
        EVENT(in_folder, IN_CREATE, "f");
        EQUAL(unlink("l"), 0);
        EVENT(in_folder, IN_DELETE, "l");
        EQUAL(unlink("s") | unlink("f"), 0);
        EVENT(in_folder, IN_DELETE, "s");
        EVENT(in_folder, IN_DELETE, "f");
        EQUAL(rmdir("d"), 0);
        EVENT(in_folder, IN_DELETE | IN_ISDIR, "d");
        NOTHING();
    }
    TEST("a_rename_is_two_events_with_one_cookie") {
        EQUAL(rename("a", "b"), 0);
        struct inotify_event *event = next();
        EQUAL(event->mask, IN_MOVED_FROM);
        CHECK(!strcmp(event->name, "a"));
        unsigned cookie = event->cookie;
        CHECK(cookie != 0);
        event = next();
        EQUAL(event->mask, IN_MOVED_TO);
        CHECK(!strcmp(event->name, "b"));
        EQUAL(event->cookie, cookie);
        EQUAL(rename("b", "a"), 0);
        CHECK(next()->cookie != cookie);
        next();
        NOTHING();
    }
    TEST("what_is_done_with_a_file_is_told_in_order") {
        file_watch = inotify_add_watch(observer, "a", IN_ALL_EVENTS);
        CHECK(file_watch > 0 && file_watch != in_folder);
        int file = open("a", O_RDWR);
        EVENT(file_watch, IN_OPEN, "");
        EQUAL(write(file, "hello", 5), 5);
        EVENT(file_watch, IN_MODIFY, "");
        EQUAL(pread(file, buffer, 5, 0), 5);
        EVENT(file_watch, IN_ACCESS, "");
        EQUAL(ftruncate(file, 2), 0);
        EVENT(file_watch, IN_MODIFY, "");
        EQUAL(fchmod(file, 0640), 0);
        EVENT(file_watch, IN_ATTRIB, "");
        close(file);
        struct pollfd entry = {observer, POLLIN, 0};
        EQUAL(poll(&entry, 1, 5000), 1);
        EVENT(file_watch, IN_CLOSE_WRITE, "");
        file = open("a", O_RDONLY);
        EVENT(file_watch, IN_OPEN, "");
        close(file);
        EQUAL(poll(&entry, 1, 5000), 1);
        EVENT(file_watch, IN_CLOSE_NOWRITE, "");
        EQUAL(rename("a", "c"), 0);
        EVENT(in_folder, IN_MOVED_FROM, "a");
        EVENT(in_folder, IN_MOVED_TO, "c");
        EVENT(file_watch, IN_MOVE_SELF, "");
        EQUAL(rename("c", "a"), 0);
        next(), next(), next();
        NOTHING();
    }
    TEST("a_directory_tells_what_is_done_with_its_files_by_their_names") {
        EQUAL(inotify_add_watch(observer, ".", IN_MODIFY | IN_OPEN | IN_CLOSE | IN_ATTRIB | IN_ACCESS), in_folder);
        EQUAL(inotify_rm_watch(observer, file_watch), 0);
        EVENT(file_watch, IN_IGNORED, "");
        int file = open("a", O_RDWR);
        EVENT(in_folder, IN_OPEN, "a");
        EQUAL(write(file, "x", 1), 1);
        EVENT(in_folder, IN_MODIFY, "a");
        close(file);
        EVENT(in_folder, IN_CLOSE_WRITE, "a");
        EQUAL(chmod("a", 0600), 0);
        EVENT(in_folder, IN_ATTRIB, "a");
        NOTHING();
    }
    TEST("a_file_that_was_open_before_the_watch_is_told_as_well") {
        int file = open("a", O_WRONLY);
        int second = inotify_init1(IN_NONBLOCK);
        int watch = inotify_add_watch(second, ".", IN_MODIFY | IN_CLOSE_WRITE);
        EQUAL(write(file, "x", 1), 1);
        struct inotify_event *event = (struct inotify_event *)buffer;
        CHECK(read(second, buffer, sizeof buffer) > 16);
        EQUAL(event->wd, watch);
        CHECK(!strcmp(event->name, "a"));
        close(file);
        struct pollfd entry = {second, POLLIN, 0};
        EQUAL(poll(&entry, 1, 5000), 1);
        CHECK(read(second, buffer, sizeof buffer) > 16);
        EQUAL(event->mask, IN_CLOSE_WRITE);
        close(second);
        while (next()->mask)
            ;
    }
    TEST("a_file_that_is_gone_ends_its_watch") {
        file_watch = inotify_add_watch(observer, "a", IN_DELETE_SELF | IN_ATTRIB);
        EQUAL(inotify_add_watch(observer, ".", IN_DELETE), in_folder);
        int file = open("a", O_RDONLY);
        EQUAL(unlink("a"), 0);
        EVENT(file_watch, IN_ATTRIB, "");
        EVENT(in_folder, IN_DELETE, "a");
        NOTHING();
        close(file);
        struct pollfd entry = {observer, POLLIN, 0};
        EQUAL(poll(&entry, 1, 5000), 1);
        EVENT(file_watch, IN_DELETE_SELF, "");
        EVENT(file_watch, IN_IGNORED, "");
        EQUAL(inotify_rm_watch(observer, file_watch), -1);
        EQUAL(errno, EINVAL);
        EQUAL(mkdir("d", 0700), 0);
        file_watch = inotify_add_watch(observer, "d", IN_DELETE_SELF | IN_ONLYDIR);
        EQUAL(rmdir("d"), 0);
        struct inotify_event *event = next();
        unsigned first = event->mask;
        unsigned second = next()->mask, third = next()->mask;
        EQUAL(first | second | third, IN_DELETE_SELF | IN_IGNORED | IN_DELETE | IN_ISDIR);
        NOTHING();
    }
    TEST("a_watch_is_added_to_changed_or_made_as_the_flags_say") {
        make("a");
        while (next()->mask)
            ;
        file_watch = inotify_add_watch(observer, "a", IN_OPEN);
        EQUAL(inotify_add_watch(observer, "a", IN_MASK_CREATE | IN_OPEN), -1);
        EQUAL(errno, EEXIST);
        EQUAL(inotify_add_watch(observer, "a", IN_MASK_ADD | IN_ATTRIB), file_watch);
        close(open("a", O_RDONLY));
        EVENT(file_watch, IN_OPEN, "");
        EQUAL(chmod("a", 0644), 0);
        EVENT(file_watch, IN_ATTRIB, "");
        EQUAL(inotify_add_watch(observer, "a", IN_ATTRIB | IN_ONESHOT), file_watch);
        close(open("a", O_RDONLY));
        EQUAL(chmod("a", 0600), 0);
        EVENT(file_watch, IN_ATTRIB, "");
        EVENT(file_watch, IN_IGNORED, "");
        EQUAL(chmod("a", 0644), 0);
        NOTHING();
        EQUAL(inotify_add_watch(observer, "a", IN_ONLYDIR | IN_OPEN), -1);
        EQUAL(errno, ENOTDIR);
        EQUAL(inotify_add_watch(observer, "a", 0), -1);
        EQUAL(errno, EINVAL);
        EQUAL(inotify_add_watch(observer, "missing", IN_OPEN), -1);
        EQUAL(errno, ENOENT);
        EQUAL(inotify_add_watch(STDOUT_FILENO, "a", IN_OPEN), -1);
        EQUAL(errno, EINVAL);
        EQUAL(inotify_add_watch(-1, "a", IN_OPEN), -1);
        EQUAL(errno, EBADF);
    }
    TEST("a_link_is_followed_unless_asked_otherwise") {
        EQUAL(symlink("a", "s"), 0);
        int through = inotify_add_watch(observer, "s", IN_ATTRIB);
        int itself = inotify_add_watch(observer, "s", IN_ATTRIB | IN_DONT_FOLLOW);
        CHECK(through != itself);
        EQUAL(chmod("s", 0600), 0);
        EVENT(through, IN_ATTRIB, "");
        EQUAL(inotify_rm_watch(observer, through) | inotify_rm_watch(observer, itself), 0);
        unlink("s");
        while (next()->mask)
            ;
    }
    TEST("only_what_may_be_read_can_be_watched") {
        EQUAL(chmod("a", 0200), 0);
        if (geteuid() == 0) {
            pid_t child = fork();
            if (child == 0) {
                if (chmod(".", 0711) != 0 || setuid(65534) != 0)
                    _exit(2);
                _exit(inotify_add_watch(observer, "a", IN_OPEN) == -1 && errno == EACCES ? 7 : 1);
            }
            int status;
            waitpid(child, &status, 0);
            EQUAL(WEXITSTATUS(status), 7);
        } else {
            EQUAL(inotify_add_watch(observer, "a", IN_OPEN), -1);
            EQUAL(errno, EACCES);
        }
        EQUAL(chmod("a", 0600), 0);
        while (next()->mask)
            ;
    }
    TEST("equal_events_in_a_row_are_one_and_whole_events_are_read") {
        EQUAL(inotify_add_watch(observer, ".", IN_MODIFY | IN_CREATE), in_folder);
        int file = open("a", O_WRONLY);
        EQUAL(write(file, "1", 1) + write(file, "2", 1), 2);
        int available = -1;
        EQUAL(ioctl(observer, FIONREAD, &available), 0);
        EQUAL(available, 32);
        EQUAL(read(observer, buffer, 31), -1);
        EQUAL(errno, EINVAL);
        make("b");
        EQUAL(read(observer, buffer, 63), 32);
        EVENT(in_folder, IN_CREATE, "b");
        close(file);
        NOTHING();
    }
    TEST("a_full_queue_says_that_events_were_lost") {
        int file = open("a", O_RDWR);
        int watch = inotify_add_watch(observer, "a", IN_MODIFY | IN_ATTRIB);
        EQUAL(inotify_add_watch(observer, ".", IN_DELETE), in_folder);
        for (int round = 0; round < 9000; round++)
            if (pwrite(file, "x", 1, 0) != 1 || fchmod(file, 0600) != 0)
                break;
        unsigned last = 0;
        int number = 0, events = 0;
        for (struct inotify_event *event = next(); event->mask; event = next(), events++) {
            last = event->mask;
            number = event->wd;
        }
        EQUAL(last, IN_Q_OVERFLOW);
        EQUAL(number, -1);
        CHECK(events > 1000 && events <= 16385);
        EQUAL(inotify_rm_watch(observer, watch), 0);
        EVENT(watch, IN_IGNORED, "");
        close(file);
    }
    TEST("a_file_in_memory_has_no_name") {
        struct stat status;
        int file = memfd_create("nameless", MFD_CLOEXEC);
        CHECK(file >= 0);
        EQUAL(fcntl(file, F_GETFD), FD_CLOEXEC);
        EQUAL(write(file, "abc", 3), 3);
        EQUAL(fstat(file, &status), 0);
        CHECK(S_ISREG(status.st_mode));
        EQUAL(status.st_size, 3);
        EQUAL(status.st_nlink, 0);
        char *mapped = mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        CHECK(mapped != MAP_FAILED && mapped[2] == 'c');
        munmap(mapped, 3);
        EQUAL(memfd_create("x", 1 << 20), -1);
        EQUAL(errno, EINVAL);
        close(file);
    }
    unlink("a"), unlink("b");
    if (chdir("/") == 0)
        rmdir(folder);
    return check_failures != 0;
}
