/* A program in Alice's domain that wants what is Bob's. It is set-user-id root: it tries everything as the superuser of its domain.
 *
 *     hostile PID TERMINAL
 *
 * PID is Bob's shell, TERMINAL the name of his terminal. Each attempt shows `tried NAME ok` when it got nothing, `tried NAME BREACH` and
 * what it got otherwise. Where it holds all that it could get of something it shows `holds NAME` and waits for a line. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#ifndef TIOCSTI
#define TIOCSTI 0x5412
#endif

static void tried(const char *name, int good, const char *format, ...)
{
    printf("tried %s %s", name, good ? "ok" : "BREACH ");
    if (!good) {
        va_list arguments;
        va_start(arguments, format);
        vprintf(format, arguments);
        va_end(arguments);
    }
    printf("\n");
    fflush(stdout);
}

static void wait_for_line(const char *word, const char *name)
{
    char line[64];
    printf("%s %s\n", word, name);
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        exit(1);
}

/* A call that must fail with one of two errors. One after the other with time between: an account's share of the audit is so many records a
 * second, and each attempt is to be found there. */
#define REFUSED(name, call, error, other)                                                                     \
    do {                                                                                                      \
        usleep(100000);                                                                                       \
        errno = 0;                                                                                            \
        long answer = (long)(call);                                                                           \
        tried(name, answer == -1 && (errno == (error) || errno == (other)), "%ld, %s", answer, strerror(errno)); \
    } while (0)

static void look(pid_t bob)
{
    int seen = 0;
    char path[300];
    struct stat status;
    DIR *directory = opendir("/proc");
    struct dirent *entry;
    while (directory && (entry = readdir(directory))) {
        snprintf(path, sizeof path, "/proc/%s", entry->d_name);
        if (atoi(entry->d_name) && stat(path, &status) == 0 && status.st_uid == 1002)
            seen++;
    }
    if (directory)
        closedir(directory);
    tried("see_bob_in_a_listing", directory && seen == 0, "%d", seen);
    int found = 0;
    const char *const names[] = { "", "/stat", "/status", "/cmdline", "/maps", "/environ", "/fd", "/fd/0", "/exe", "/cwd", "/task", "/mem" };
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "/proc/%d%s", bob, names[i]);
        found += open(path, O_RDONLY | O_CLOEXEC) >= 0;
        found += stat(path, &status) == 0;
        found += access(path, F_OK) == 0;
        char text[64];
        found += readlink(path, text, sizeof text) >= 0;
    }
    tried("open_anything_of_bobs_in_proc", found == 0, "%d", found);
    int alive = 0;
    for (pid_t other = 1; other < bob + 200; other++)
        if (other != getpid() && kill(other, 0) == 0) {
            snprintf(path, sizeof path, "/proc/%d", other);
            alive += stat(path, &status) != 0 || status.st_uid == 1002;
        }
    tried("find_numbers_of_others_by_signal_0", alive == 0, "%d", alive);
}

static void reach(pid_t bob)
{
    union sigval value = { 0 };
    REFUSED("kill", kill(bob, SIGKILL), ESRCH, EPERM);
    REFUSED("stop", kill(bob, SIGSTOP), ESRCH, EPERM);
    REFUSED("kill_a_group", kill(-bob, SIGKILL), ESRCH, EPERM);
    REFUSED("queue_a_signal", sigqueue(bob, SIGRTMIN, value), ESRCH, EPERM);
    REFUSED("ask_his_group", getpgid(bob), ESRCH, EPERM);
    REFUSED("ask_his_session", getsid(bob), ESRCH, EPERM);
    REFUSED("join_his_group", setpgid(0, bob), EPERM, ESRCH);
    REFUSED("move_his_shell", setpgid(bob, getpid()), ESRCH, EPERM);
    REFUSED("slow_him_by_nice", setpriority(PRIO_PROCESS, bob, 19), ESRCH, EPERM);
    REFUSED("slow_his_user", setpriority(PRIO_USER, 1002, 19), ESRCH, EPERM);
    REFUSED("raise_its_own_priority", setpriority(PRIO_PROCESS, 0, -20), EACCES, EPERM);
    struct rlimit limit = { 0, 0 };
    REFUSED("limit_him", prlimit(bob, RLIMIT_NOFILE, &limit, 0), ESRCH, EPERM);
    REFUSED("wait_for_him", waitpid(bob, 0, WNOHANG), ECHILD, ECHILD);
    REFUSED("end_the_machine", reboot(RB_POWER_OFF), EPERM, EACCES);
    REFUSED("signal_init", kill(1, SIGUSR2), ESRCH, EPERM);
    struct timespec time = { 0, 0 };
    REFUSED("set_the_clock", clock_settime(CLOCK_REALTIME, &time), EPERM, EACCES);
    REFUSED("name_the_machine", sethostname("alices", 6), EPERM, EACCES);
    /* The superuser of a domain may have another root; labels hold below it as they did above. */
    pid_t child = fork();
    if (child == 0) {
        int inside = chroot("/home/alice") == 0;
        int got = open("../bob/secret", O_RDONLY) >= 0 || open("/../bob/secret", O_RDONLY) >= 0 || open("../../etc/shadow", O_RDONLY) >= 0;
        _exit(got || (inside && chroot("../../..") == 0 && open("/home/bob/secret", O_RDONLY) >= 0));
    }
    int status = -1;
    waitpid(child, &status, 0);
    tried("leave_by_another_root", status == 0, "%x", status);
    /* Everybody whom it can signal is its own. */
    signal(SIGURG, SIG_IGN);
    kill(-1, SIGURG);
}

static void take_files(const char *terminal)
{
    char text[64];
    struct stat status;
    int own = open("/home/alice/own", O_RDWR | O_CREAT, 0666);
    REFUSED("read_his_file", open("/home/bob/secret", O_RDONLY), EACCES, EACCES);
    REFUSED("write_his_file", open("/home/bob/secret", O_WRONLY | O_TRUNC), EACCES, EACCES);
    REFUSED("make_a_file_in_his_home", open("/home/bob/gift", O_WRONLY | O_CREAT, 0666), EACCES, EACCES);
    REFUSED("list_his_home", open("/home/bob", O_RDONLY | O_DIRECTORY), EACCES, EACCES);
    REFUSED("stat_his_home", stat("/home/bob", &status), EACCES, EACCES);
    REFUSED("enter_his_home", chdir("/home/bob"), EACCES, EACCES);
    REFUSED("take_his_home", chown("/home/bob", 0, 0), EACCES, EPERM);
    REFUSED("open_his_home_by_path_only", open("/home/bob/secret", O_PATH), EACCES, EACCES);
    REFUSED("run_his_program", execl("/home/bob/run", "run", (char *)0), EACCES, EACCES);
    REFUSED("read_what_all_may_read", open("/tmp/bobs-file", O_RDONLY), EACCES, EACCES);
    REFUSED("write_what_all_may_write", open("/tmp/bobs-file", O_WRONLY), EACCES, EACCES);
    REFUSED("remove_his_file", unlink("/tmp/bobs-file"), EACCES, EPERM);
    REFUSED("rename_his_file", rename("/tmp/bobs-file", "/tmp/alice-got"), EACCES, EPERM);
    REFUSED("put_its_own_over_his", (symlink("/etc/passwd", "/tmp/alice-over"), rename("/tmp/alice-over", "/tmp/bobs-file")), EACCES, EPERM);
    REFUSED("link_his_file", link("/tmp/bobs-file", "/tmp/alice-link"), EACCES, EPERM);
    REFUSED("follow_his_link", open("/tmp/bobs-link", O_RDONLY), EACCES, EACCES);
    REFUSED("read_his_link", readlink("/tmp/bobs-link", text, sizeof text), EACCES, EACCES);
    REFUSED("open_his_fifo", open("/tmp/bobs-fifo", O_RDWR | O_NONBLOCK), EACCES, EACCES);
    REFUSED("change_tmp", chmod("/tmp", 0777), EACCES, EPERM);
    REFUSED("take_tmp", chown("/tmp", 1001, 1001), EACCES, EPERM);
    REFUSED("read_the_passwords", open("/etc/shadow", O_RDONLY), EACCES, EACCES);
    REFUSED("read_what_the_operator_left", open("/tmp/operator", O_RDWR), EACCES, EACCES);
    REFUSED("run_the_login_program", execl("/bin/login", "login", "-f", "bob", (char *)0), EACCES, EACCES);

    REFUSED("open_his_terminal", open(terminal, O_RDWR | O_NOCTTY), EACCES, EACCES);
    REFUSED("write_to_his_terminal", open(terminal, O_WRONLY | O_NOCTTY), EACCES, EACCES);
    REFUSED("take_his_terminal", chown(terminal, 0, 0), EACCES, EPERM);
    REFUSED("open_the_console", open("/dev/console", O_RDWR | O_NOCTTY), EACCES, EACCES);
    REFUSED("open_the_first_terminal", open("/dev/tty1", O_RDWR | O_NOCTTY), EACCES, EACCES);
    REFUSED("type_for_others", ioctl(0, TIOCSTI, "x"), EINVAL, EPERM);
    /* A node of its own for the console or for his terminal leads nowhere. */
    int number = atoi(strrchr(terminal, '/') + 1);
    mknod("/home/alice/console", S_IFCHR | 0666, makedev(5, 1));
    mknod("/tmp/alice-terminal", S_IFCHR | 0666, makedev(136, number));
    mknod("/tmp/alice-null", S_IFCHR | 0666, makedev(1, 3));
    REFUSED("make_a_console", open("/home/alice/console", O_RDWR | O_NOCTTY), EACCES, ENOENT);
    REFUSED("make_his_terminal", open("/tmp/alice-terminal", O_RDWR | O_NOCTTY), EACCES, ENOENT);
    REFUSED("make_a_device", open("/tmp/alice-null", O_RDWR), EACCES, ENOENT);
    REFUSED("make_a_name_in_dev", mknod("/dev/alice", S_IFCHR | 0666, makedev(5, 1)), EACCES, EPERM);

    /* What the login program had open and did not close. */
    int useful = 0;
    for (int descriptor = 3; descriptor < 256; descriptor++) {
        if (descriptor == own)
            continue;
        useful += read(descriptor, text, sizeof text) >= 0;
        useful += write(descriptor, "x", 1) >= 0;
        useful += fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == 1000;
    }
    tried("use_inherited_descriptors", useful == 0, "%d", useful);
    close(own);
}

/* As many processes as there can be: what stops it must be EAGAIN or ENOMEM. */
static void many_processes(void)
{
    static pid_t children[4096];
    int count = 0, error = 0;
    while (count < 4096) {
        children[count] = fork();
        if (children[count] == 0) {
            for (;;)
                pause();
        }
        if (children[count] < 0) {
            error = errno;
            break;
        }
        count++;
    }
    tried("make_processes_without_end", error == EAGAIN || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_processes");
    for (int i = 0; i < count; i++)
        kill(children[i], SIGKILL);
    while (wait(0) > 0)
        ;
    /* Nobody waits for these. */
    for (count = 0; count < 4096; count++) {
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        if (child < 0)
            break;
    }
    wait_for_line("holds", "keeps_zombies");
    while (wait(0) > 0)
        ;
}

static void *sleeper(void *argument)
{
    for (;;)
        pause();
    return argument;
}

static void in_child(void (*with)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        with();
        _exit(0);
    }
    waitpid(child, 0, 0);
}

static void many_threads(void)
{
    int count = 0, error = 0;
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    while (count < 5000 && (error = pthread_create(&thread, &small, sleeper, 0)) == 0)
        count++;
    tried("make_threads_without_end", error == EAGAIN || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_threads");
}

static void much_memory(void)
{
    size_t size = 0;
    int error = 0;
    for (size_t piece = 8 << 20; piece >= 4096 && size < (size_t)8 << 30;) {
        char *memory = mmap(0, piece, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (memory == MAP_FAILED) {
            error = errno;
            piece /= 2;
            continue;
        }
        for (size_t at = 0; at < piece; at += 4096)
            memory[at] = 1;
        size += piece;
    }
    tried("take_memory_without_end", error == ENOMEM, "%zu, %s", size, strerror(error));
    wait_for_line("holds", "has_all_memory");
}

static void raise_limit(void)
{
    struct rlimit limit = { 1 << 20, 1 << 20 };
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void many_descriptors(void)
{
    raise_limit();
    int count = 0;
    while (count < 1 << 20 && open("/home/alice/own", O_RDWR) >= 0)
        count++;
    int error = errno;
    tried("open_files_without_end", error == EMFILE || error == ENFILE || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_handles");
}

static void many_pipes(void)
{
    static char bytes[65536];
    memset(bytes, 1, sizeof bytes);
    raise_limit();
    int ends[2], count = 0;
    while (count < 1 << 20 && pipe2(ends, O_NONBLOCK) == 0) {
        while (write(ends[1], bytes, sizeof bytes) > 0)
            ;
        count++;
    }
    int error = errno;
    tried("fill_pipes_without_end", error == EMFILE || error == ENFILE || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_pipes");
}

static void many_terminals(void)
{
    raise_limit();
    int count = 0;
    while (count < 1 << 16 && posix_openpt(O_RDWR | O_NOCTTY) >= 0)
        count++;
    int error = errno;
    tried("make_terminals_without_end", error == ENOSPC || error == EMFILE || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_terminals");
}

static void many_proc_files(void)
{
    raise_limit();
    int count = 0;
    while (count < 1 << 16 && open("/proc/self/stat", O_RDONLY) >= 0)
        count++;
    int error = errno;
    tried("open_proc_without_end", error == ENFILE || error == EMFILE || error == ENOMEM, "%d, %s", count, strerror(error));
    wait_for_line("holds", "has_all_of_proc");
}

/* What a full account leaves is what was touched before: who has used everything up gets no further page of its stack either. */
static char bytes[65536];

static void touch_everything(void)
{
    volatile char stack[256 << 10];
    for (unsigned i = 0; i < sizeof stack; i += 4096)
        stack[i] = 1;
    memset(bytes, 1, sizeof bytes);
}

static void fill(const char *folder, const char *name)
{
    char path[512];
    int error = 0;
    snprintf(path, sizeof path, "%s/alice-big", folder);
    int file = open(path, O_RDWR | O_CREAT, 0600);
    unsigned long size = 0;
    ssize_t count;
    while ((count = write(file, bytes, sizeof bytes)) > 0)
        size += count;
    error = errno;
    char line[64];
    snprintf(line, sizeof line, "fill_%s_without_end", name);
    tried(line, file >= 0 && (error == ENOSPC || error == ENOMEM || error == EDQUOT), "%lu, %s", size, strerror(error));
    snprintf(line, sizeof line, "has_filled_%s", name);
    wait_for_line("holds", line);
    close(file);
    unlink(path);
}

static void many_names(const char *folder, const char *name)
{
    char path[600], target[4000];
    memset(target, 'x', sizeof target - 1);
    target[sizeof target - 1] = 0;
    int count = 0, error = 0, kinds[3] = { 0 };
    for (int kind = 0; kind < 3; kind++)
        for (;; count++) {
            snprintf(path, sizeof path, "%s/alice-%0200d", folder, count);
            int made = kind == 0 ? symlink(target, path) : kind == 1 ? mkdir(path, 0700) : mknod(path, S_IFREG | 0600, 0);
            if (made) {
                error = errno;
                break;
            }
            kinds[kind]++;
        }
    char line[64];
    snprintf(line, sizeof line, "make_names_in_%s_without_end", name);
    tried(line, error == ENOSPC || error == EDQUOT || error == ENOMEM, "%d, %s", count, strerror(error));
    snprintf(line, sizeof line, "has_all_names_in_%s", name);
    wait_for_line("holds", line);
    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/alice-%0200d", folder, i);
        if (unlink(path))
            rmdir(path);
    }
}

static void many_locks(void)
{
    int file = open("/home/alice/own", O_RDWR);
    long count = 0;
    int error = 0;
    for (; count < 1 << 20; count++) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 2 * count, .l_len = 1 };
        if (fcntl(file, F_SETLK, &lock)) {
            error = errno;
            break;
        }
    }
    tried("lock_without_end", error == ENOLCK || error == ENOMEM, "%ld, %s", count, strerror(error));
    wait_for_line("holds", "has_all_locks");
}

static void many_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGRTMIN);
    sigprocmask(SIG_BLOCK, &set, 0);
    union sigval value = { 0 };
    long count = 0;
    int error = 0, children = 0;
    for (;;) {
        while (count < 1 << 20 && sigqueue(getpid(), SIGRTMIN, value) == 0)
            count++;
        error = errno;
        pid_t child = children < 80 ? fork() : -1;
        if (child > 0) {
            for (;;)
                pause();
        }
        if (child < 0)
            break;
        children++;
        count = 0;
    }
    tried("queue_signals_without_end", error == EAGAIN, "%s", strerror(error));
    wait_for_line("holds", "has_all_queued_signals");
    kill(0, SIGTERM);
}

static void many_waiters(void)
{
    int ends[2];
    if (pipe(ends))
        return;
    for (int i = 0; i < 100; i++) {
        pid_t child = fork();
        if (child == 0) {
            char byte;
            (void)!read(ends[0], &byte, 1);
            _exit(0);
        }
        if (child < 0)
            break;
    }
    wait_for_line("holds", "waits_in_every_server");
    kill(0, SIGTERM);
}

static void spin(void)
{
    int servers = 0;
    for (int i = 0; i < 20; i++) {
        pid_t child = fork();
        if (child == 0) {
            struct stat status;
            for (volatile unsigned sum = 0;; sum++)
                if (servers)
                    stat("/tmp", &status);
        }
        servers = i >= 10;
    }
    wait_for_line("spins", "spins_and_calls_servers");
    kill(0, SIGTERM);
}

/* In a group of its own, which ends whole. */
static void in_group(void (*with)(void))
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        setpgid(0, 0);
        /* It reads the terminal as its shell's foreground group would. */
        signal(SIGTTOU, SIG_IGN);
        tcsetpgrp(0, getpid());
        with();
        _exit(0);
    }
    waitpid(child, 0, 0);
    kill(-child, SIGKILL);
    while (waitpid(-child, 0, 0) > 0)
        ;
    signal(SIGTTOU, SIG_IGN);
    tcsetpgrp(0, getpgrp());
}

int main(int count, char **arguments)
{
    if (count != 3)
        return 2;
    pid_t bob = atoi(arguments[1]);
    setvbuf(stdout, 0, _IOLBF, 0);
    touch_everything();
    tried("miss_being_the_superuser_here", geteuid() == 0 && setuid(0) == 0, "%d", geteuid());
    look(bob);
    reach(bob);
    take_files(arguments[2]);
    in_child(many_processes);
    in_child(many_threads);
    in_child(much_memory);
    in_child(many_descriptors);
    in_child(many_pipes);
    in_child(many_terminals);
    in_child(many_proc_files);
    fill("/tmp", "tmp");
    fill("/dev/shm", "shared_memory");
    fill("/home/alice", "its_home");
    many_names("/tmp", "tmp");
    many_names("/home/alice", "its_home");
    in_child(many_locks);
    in_group(many_signals);
    in_group(many_waiters);
    in_group(spin);
    printf("hostile ends\n");
    return 0;
}
