/* What the tests of terminals run in the guest: each mode shows one thing, line by line. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

static volatile sig_atomic_t caught;

static void note(int signal) { caught = signal; }

static void ready(void)
{
    printf("ready\n");
    fflush(stdout);
}

static void fail(const char *what)
{
    printf("%s: %s\n", what, strerror(errno));
    exit(1);
}

/* A line without its newline; its length, or -1 at the end of the file. */
static int line(char *text, size_t room)
{
    ssize_t count = read(0, text, room - 1);
    if (count < 0)
        fail("read");
    if (count == 0)
        return -1;
    text[count] = 0;
    text[strcspn(text, "\n")] = 0;
    return (int)strlen(text);
}

static void show_window(const char *word)
{
    struct winsize size;
    if (ioctl(0, TIOCGWINSZ, &size) != 0)
        fail("window");
    printf("%s %dx%d\n", word, size.ws_row, size.ws_col);
    fflush(stdout);
}

static int facts(void)
{
    const char *name = ttyname(0);
    printf("terminal %d %d %d %s\n", isatty(0), isatty(1), isatty(2), name ? name : strerror(errno));
    show_window("window");
    if (getpid() == getsid(0) && tcgetsid(0) == getpid() && tcgetpgrp(0) == getpgrp())
        printf("leads its session, which has the terminal\n");
    int fd = open(ctermid(NULL), O_RDWR);
    if (fd < 0)
        fail("/dev/tty");
    printf("/dev/tty opens\n");
    return isatty(fd) ? 0 : 1;
}

static int lines(void)
{
    char text[200];
    ready();
    while (line(text, sizeof text) >= 0) {
        printf("read %s\n", text);
        fflush(stdout);
    }
    printf("end\n");
    return 0;
}

static int handle(void)
{
    struct sigaction action = {.sa_handler = note};
    char text[100];
    sigaction(SIGINT, &action, NULL);
    ready();
    if (read(0, text, sizeof text) != -1 || errno != EINTR)
        fail("no EINTR");
    signal(SIGINT, SIG_IGN);
    printf("signal %d\n", (int)caught);
    fflush(stdout);
    if (line(text, sizeof text) >= 0)
        printf("read %s\n", text);
    return 0;
}

static int resize(void)
{
    struct sigaction action = {.sa_handler = note};
    sigset_t set, old;
    sigaction(SIGWINCH, &action, NULL);
    sigemptyset(&set);
    sigaddset(&set, SIGWINCH);
    sigprocmask(SIG_BLOCK, &set, &old);
    show_window("ready");
    while (!caught)
        sigsuspend(&old);
    show_window("window");
    return 0;
}

static int raw(void)
{
    struct termios before, settings;
    unsigned char byte;
    if (tcgetattr(0, &before) != 0)
        fail("tcgetattr");
    settings = before;
    cfmakeraw(&settings);
    settings.c_oflag = before.c_oflag;
    if (tcsetattr(0, TCSAFLUSH, &settings) != 0)
        fail("tcsetattr");
    ready();
    while (read(0, &byte, 1) == 1 && byte != 'q') {
        printf("byte %d\n", byte);
        fflush(stdout);
    }
    return tcsetattr(0, TCSADRAIN, &before);
}

static int flood(void)
{
    for (int count = 0; count < 20000; count++)
        fputs(count % 100 == 99 ? "0123456789\n" : "0123456789", stdout);
    printf("done\n");
    return 0;
}

/* A child in a group of its own reads in the background, is stopped, and then gets the foreground. */
static int background(void)
{
    char text[100];
    int status;
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        if (line(text, sizeof text) >= 0)
            printf("the child read %s\n", text);
        fflush(stdout);
        _exit(0);
    }
    setpgid(child, child);
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        fail("not stopped");
    printf("the child stopped by signal %d\n", WSTOPSIG(status));
    fflush(stdout);
    if (tcsetpgrp(0, child) != 0)
        fail("tcsetpgrp");
    ready();
    kill(-child, SIGCONT);
    if (waitpid(child, &status, 0) != child)
        fail("waitpid");
    /* As shells take the terminal back: from the background, with SIGTTOU blocked. */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTTOU);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (tcsetpgrp(0, getpgrp()) != 0 || tcgetpgrp(0) != getpgrp())
        fail("tcsetpgrp");
    printf("the parent has the terminal again\n");
    return status == 0 ? 0 : 1;
}

static int suspend(void)
{
    int status;
    signal(SIGTTOU, SIG_IGN);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(0, getpid());
        signal(SIGTTOU, SIG_DFL);
        ready();
        pause();
        _exit(1);
    }
    if (waitpid(child, &status, WUNTRACED) != child || !WIFSTOPPED(status))
        fail("not stopped");
    tcsetpgrp(0, getpgrp());
    printf("the child stopped by signal %d\n", WSTOPSIG(status));
    fflush(stdout);
    kill(-child, SIGCONT);
    kill(-child, SIGTERM);
    if (waitpid(child, &status, 0) != child)
        fail("waitpid");
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
        printf("the child was continued and ended\n");
    return 0;
}

static int pseudo(void)
{
    char name[64], text[200];
    int master, status;
    size_t length = 0;
    pid_t child = forkpty(&master, name, NULL, NULL);
    if (child < 0)
        fail("forkpty");
    if (child == 0) {
        if (tcgetsid(0) == getpid() && getsid(0) == getpid())
            printf("child: %s, its own session\n", ttyname(0));
        fflush(stdout);
        pause();
        _exit(1);
    }
    while (length < sizeof text - 1 && !memchr(text, '\n', length)) {
        ssize_t count = read(master, text + length, sizeof text - 1 - length);
        if (count <= 0)
            fail("master");
        length += count;
    }
    text[length] = 0;
    text[strcspn(text, "\r")] = 0;
    printf("%s\n", text);
    if (write(master, "\x03", 1) != 1 || waitpid(child, &status, 0) != child)
        fail("interrupt");
    if (WIFSIGNALED(status))
        printf("signal %d ended the child\n", WTERMSIG(status));
    close(master);
    child = forkpty(&master, NULL, NULL, NULL);
    if (child == 0) {
        write(1, "x", 1);
        pause();
        _exit(1);
    }
    if (read(master, text, 1) != 1)
        fail("master");
    close(master);
    if (waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGHUP)
        printf("hang-up ended the second child\n");
    return 0;
}

static int wait_for_ever(void)
{
    ready();
    while (pause() != 0)
        ;
    return 1;
}

int main(int count, char **arguments)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } modes[] = {{"facts", facts}, {"lines", lines}, {"handle", handle}, {"resize", resize}, {"raw", raw},
                 {"flood", flood}, {"background", background}, {"suspend", suspend}, {"pseudo", pseudo},
                 {"sleep", wait_for_ever}};
    for (size_t mode = 0; mode < sizeof modes / sizeof *modes; mode++)
        if (count == 2 && strcmp(arguments[1], modes[mode].name) == 0)
            return modes[mode].run();
    return 2;
}
