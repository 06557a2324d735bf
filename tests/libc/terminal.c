/* Terminals, through pseudo terminals: settings, lines, raw input, flow control, sizes, names. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static int master, slave;
static struct termios usual;

/* Everything that the master shows now, as a string. */
static const char *shown(void)
{
    static char text[9000];
    struct pollfd entry = {master, POLLIN, 0};
    size_t length = 0;
    while (length < sizeof text - 1 && poll(&entry, 1, 0) == 1 && entry.revents & POLLIN) {
        ssize_t count = read(master, text + length, sizeof text - 1 - length);
        if (count <= 0)
            break;
        length += count;
    }
    text[length] = 0;
    return text;
}

static int types_whole(const char *text) { return write(master, text, strlen(text)) == (ssize_t)strlen(text); }
#define types(text) CHECK(types_whole(text))

int main(void)
{
    char bytes[5000], name[64];
    if (openpty(&master, &slave, name, NULL, NULL) != 0 || tcgetattr(slave, &usual) != 0)
        return 2;

    TEST("a_new_terminal_reads_lines_and_echoes") {
        CHECK(usual.c_iflag & ICRNL && usual.c_iflag & IXON);
        CHECK(usual.c_oflag & OPOST && usual.c_oflag & ONLCR);
        EQUAL(usual.c_cflag & CSIZE, CS8);
        CHECK(usual.c_lflag & ICANON && usual.c_lflag & ECHO && usual.c_lflag & ISIG && usual.c_lflag & IEXTEN);
        EQUAL(usual.c_cc[VINTR], 3);
        EQUAL(usual.c_cc[VERASE], 0x7f);
        EQUAL(usual.c_cc[VMIN], 1);
        EQUAL(cfgetospeed(&usual), B38400);
        types("hello\r");
        EQUAL(read(slave, bytes, sizeof bytes), 6);
        CHECK(memcmp(bytes, "hello\n", 6) == 0);
        CHECK(strcmp(shown(), "hello\r\n") == 0);
    }
    TEST("erase_kill_and_literal_next_edit_the_line") {
        types("abx\x7f" "c\n");
        EQUAL(read(slave, bytes, sizeof bytes), 4);
        CHECK(memcmp(bytes, "abc\n", 4) == 0);
        types("gone\x15" "kept\x16\x7f\n");
        EQUAL(read(slave, bytes, sizeof bytes), 6);
        CHECK(memcmp(bytes, "kept\x7f\n", 6) == 0);
        shown();
    }
    TEST("end_of_file_ends_a_read") {
        types("ab\x04");
        EQUAL(read(slave, bytes, sizeof bytes), 2);
        types("\x04");
        EQUAL(read(slave, bytes, sizeof bytes), 0);
        shown();
    }
    TEST("a_short_read_gives_a_part_of_the_line") {
        types("abcdef\n");
        EQUAL(read(slave, bytes, 4), 4);
        int available = 0;
        EQUAL(ioctl(slave, FIONREAD, &available), 0);
        EQUAL(available, 3);
        EQUAL(read(slave, bytes, sizeof bytes), 3);
        shown();
    }
    TEST("output_is_processed") {
        EQUAL(write(slave, "a\nb", 3), 3);
        CHECK(strcmp(shown(), "a\r\nb") == 0);
        struct termios plain = usual;
        plain.c_oflag &= ~OPOST;
        EQUAL(tcsetattr(slave, TCSADRAIN, &plain), 0);
        EQUAL(write(slave, "a\nb", 3), 3);
        CHECK(strcmp(shown(), "a\nb") == 0);
        EQUAL(tcsetattr(slave, TCSANOW, &usual), 0);
    }
    TEST("raw_input_is_byte_for_byte_and_not_echoed") {
        struct termios raw = usual;
        cfmakeraw(&raw);
        EQUAL(tcsetattr(slave, TCSANOW, &raw), 0);
        types("\x03\x1a\r\x7f");
        EQUAL(read(slave, bytes, sizeof bytes), 4);
        CHECK(memcmp(bytes, "\x03\x1a\r\x7f", 4) == 0);
        CHECK(strcmp(shown(), "") == 0);
    }
    TEST("min_and_time_end_raw_reads") {
        struct termios raw = usual;
        cfmakeraw(&raw);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        EQUAL(tcsetattr(slave, TCSANOW, &raw), 0);
        EQUAL(read(slave, bytes, 10), 0);
        raw.c_cc[VTIME] = 1;
        EQUAL(tcsetattr(slave, TCSANOW, &raw), 0);
        EQUAL(read(slave, bytes, 10), 0);
        types("x");
        EQUAL(read(slave, bytes, 10), 1);
        raw.c_cc[VMIN] = 3;
        EQUAL(tcsetattr(slave, TCSANOW, &raw), 0);
        types("ab");
        EQUAL(read(slave, bytes, 10), 2);
        types("abcd");
        EQUAL(read(slave, bytes, 10), 4);
        EQUAL(tcsetattr(slave, TCSANOW, &usual), 0);
    }
    TEST("a_read_that_must_not_wait_says_so") {
        int flags = fcntl(slave, F_GETFL);
        EQUAL(fcntl(slave, F_SETFL, flags | O_NONBLOCK), 0);
        types("half a line");
        EQUAL(read(slave, bytes, sizeof bytes), -1);
        EQUAL(errno, EAGAIN);
        types("\n");
        EQUAL(read(slave, bytes, sizeof bytes), 12);
        EQUAL(fcntl(slave, F_SETFL, flags), 0);
        shown();
    }
    TEST("flushing_loses_input") {
        types("lost\n");
        EQUAL(tcflush(slave, TCIFLUSH), 0);
        types("kept\n");
        EQUAL(read(slave, bytes, sizeof bytes), 5);
        CHECK(memcmp(bytes, "kept\n", 5) == 0);
        EQUAL(tcflush(slave, 3), -1);
        EQUAL(errno, EINVAL);
        shown();
    }
    TEST("stop_and_start_hold_output") {
        int flags = fcntl(slave, F_GETFL);
        EQUAL(fcntl(slave, F_SETFL, flags | O_NONBLOCK), 0);
        EQUAL(tcflow(slave, TCOOFF), 0);
        EQUAL(write(slave, "x", 1), -1);
        EQUAL(errno, EAGAIN);
        EQUAL(tcflow(slave, TCOON), 0);
        EQUAL(write(slave, "x", 1), 1);
        EQUAL(fcntl(slave, F_SETFL, flags), 0);
        CHECK(strcmp(shown(), "x") == 0);
        EQUAL(tcflow(slave, TCIOFF), 0);
        CHECK(strcmp(shown(), "\x13") == 0);
        EQUAL(tcflow(slave, 9), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("poll_tells_a_complete_line") {
        struct pollfd entry = {slave, POLLIN | POLLOUT, 0};
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLOUT);
        types("part");
        EQUAL(poll(&entry, 1, 0), 1);
        EQUAL(entry.revents, POLLOUT);
        types("\n");
        entry.events = POLLIN;
        EQUAL(poll(&entry, 1, 1000), 1);
        EQUAL(entry.revents, POLLIN);
        EQUAL(read(slave, bytes, sizeof bytes), 5);
        shown();
    }
    TEST("the_window_has_the_size_that_was_set_at_either_end") {
        struct winsize size = {24, 80, 0, 0}, found;
        EQUAL(ioctl(slave, TIOCSWINSZ, &size), 0);
        EQUAL(ioctl(master, TIOCGWINSZ, &found), 0);
        EQUAL(found.ws_row, 24);
        EQUAL(found.ws_col, 80);
        size.ws_col = 132;
        EQUAL(ioctl(master, TIOCSWINSZ, &size), 0);
        EQUAL(ioctl(slave, TIOCGWINSZ, &found), 0);
        EQUAL(found.ws_col, 132);
    }
    TEST("names_lead_to_the_terminal") {
        char found[64];
        struct stat by_name, by_descriptor;
        EQUAL(ptsname_r(master, found, sizeof found), 0);
        CHECK(strcmp(found, name) == 0);
        EQUAL(ttyname_r(slave, found, sizeof found), 0);
        CHECK(strcmp(found, name) == 0);
        CHECK(strcmp(ttyname(slave), name) == 0);
        EQUAL(ttyname_r(slave, found, 3), ERANGE);
        EQUAL(stat(name, &by_name), 0);
        EQUAL(fstat(slave, &by_descriptor), 0);
        CHECK(S_ISCHR(by_name.st_mode));
        EQUAL(by_name.st_rdev, by_descriptor.st_rdev);
        EQUAL(by_name.st_mode & 0607, 0600);
        EQUAL(by_name.st_uid, geteuid());
        EQUAL(isatty(slave), 1);
        EQUAL(isatty(master), 1);
    }
    TEST("a_descriptor_that_is_no_terminal_says_so") {
        int fd = open("/", O_RDONLY);
        EQUAL(isatty(fd), 0);
        EQUAL(errno, ENOTTY);
        EQUAL(tcgetattr(fd, &(struct termios){0}), -1);
        EQUAL(errno, ENOTTY);
        EQUAL(ptsname_r(fd, bytes, 64), ENOTTY);
        EQUAL(grantpt(fd), -1);
        close(fd);
        EQUAL(isatty(fd), 0);
        EQUAL(errno, EBADF);
    }
    TEST("a_terminal_that_is_nobodys_has_no_session") {
        EQUAL(tcgetpgrp(slave), -1);
        EQUAL(errno, ENOTTY);
        EQUAL(tcsetpgrp(slave, getpgrp()), -1);
        EQUAL(errno, ENOTTY);
    }
    TEST("a_leader_gets_a_terminal_of_its_own_by_opening_it_unless_it_says_otherwise") {
        pid_t child = fork();
        int status = 0;
        if (child == 0) {
            int ends[2], own = -1;
            setsid();
            if (openpty(&ends[0], &ends[1], name, NULL, NULL) != 0)
                _exit(1);
            if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO)
                _exit(2);
            if (open(name, O_RDWR | O_NOCTTY) < 0 || open("/dev/tty", O_RDWR) != -1)
                _exit(3);
            if (open(name, O_RDWR) < 0 || (own = open("/dev/tty", O_RDWR)) < 0 || tcgetsid(own) != getpid())
                _exit(4);
            _exit(7);
        }
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 7);
    }
    TEST("a_slave_opens_only_when_it_is_unlocked") {
        int other = posix_openpt(O_RDWR | O_NOCTTY);
        CHECK(other >= 0);
        EQUAL(grantpt(other), 0);
        EQUAL(open(ptsname(other), O_RDWR | O_NOCTTY), -1);
        EQUAL(errno, EIO);
        EQUAL(unlockpt(other), 0);
        int end = open(ptsname(other), O_RDWR | O_NOCTTY);
        CHECK(end >= 0);
        close(end);
        close(other);
    }
    TEST("speeds_are_kept_in_the_settings") {
        struct termios settings = usual;
        EQUAL(cfsetospeed(&settings, B9600), 0);
        EQUAL(cfgetospeed(&settings), B9600);
        EQUAL(cfsetispeed(&settings, B0), 0);
        EQUAL(cfgetispeed(&settings), B0);
        EQUAL(cfsetspeed(&settings, 115200), 0);
        EQUAL(cfgetospeed(&settings), B115200);
        EQUAL(cfgetispeed(&settings), B115200);
        EQUAL(cfsetospeed(&settings, 077), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("settings_survive_a_round_trip") {
        struct termios settings = usual, found;
        settings.c_cc[VEOL] = ';';
        settings.c_lflag |= TOSTOP | NOFLSH;
        settings.c_iflag |= IUTF8;
        EQUAL(tcsetattr(slave, TCSAFLUSH, &settings), 0);
        EQUAL(tcgetattr(master, &found), 0);
        EQUAL(found.c_cc[VEOL], ';');
        EQUAL(found.c_lflag, settings.c_lflag);
        EQUAL(found.c_iflag, settings.c_iflag);
        EQUAL(tcsetattr(slave, 7, &settings), -1);
        EQUAL(errno, EINVAL);
        EQUAL(tcsetattr(slave, TCSANOW, &usual), 0);
    }
    TEST("a_full_line_takes_no_more_than_its_limit") {
        struct termios silent = usual;
        silent.c_lflag &= ~ECHO;
        EQUAL(tcsetattr(slave, TCSANOW, &silent), 0);
        memset(bytes, 'x', sizeof bytes);
        EQUAL(write(master, bytes, 4095), 4095);
        types("more than fits\n");
        EQUAL(read(slave, bytes, sizeof bytes), 4096);
        EQUAL(bytes[4095], '\n');
        EQUAL(tcsetattr(slave, TCSANOW, &usual), 0);
        shown();
    }
    TEST("closing_the_slave_ends_the_masters_reads") {
        int other, end;
        EQUAL(openpty(&other, &end, NULL, NULL, NULL), 0);
        EQUAL(write(end, "bye", 3), 3);
        close(end);
        EQUAL(read(other, bytes, sizeof bytes), 3);
        EQUAL(read(other, bytes, sizeof bytes), -1);
        EQUAL(errno, EIO);
        close(other);
    }
    TEST("closing_the_master_hangs_the_slave_up") {
        struct pollfd entry = {slave, POLLIN, 0};
        types("unread\n");
        close(master);
        EQUAL(poll(&entry, 1, 1000), 1);
        CHECK(entry.revents & POLLHUP);
        EQUAL(read(slave, bytes, sizeof bytes), 0);
        EQUAL(write(slave, "x", 1), -1);
        EQUAL(errno, EIO);
        EQUAL(tcgetattr(slave, &usual), -1);
        EQUAL(errno, EIO);
        EQUAL(open(name, O_RDWR | O_NOCTTY), -1);
        close(slave);
    }
    DONE();
}
