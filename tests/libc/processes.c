/* fork, exec, wait, spawn, the shell's commands, groups and sessions, priorities. */
#define _GNU_SOURCE
#include "check.h"
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/times.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static char self[4096];
static volatile int handled;
static int order[8], steps;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void before(void) { pthread_mutex_lock(&mutex); order[steps++ & 7] = 1; }
static void in_parent(void) { order[steps++ & 7] = 2; pthread_mutex_unlock(&mutex); }
static void in_child(void) { order[steps++ & 7] = 3; pthread_mutex_unlock(&mutex); }
static int is_open(int fd) { return fcntl(fd, F_GETFD) != -1; }
/* Descriptors that were open before a test. */
static int inherited;
static void *executes(void *unused)
{
    char *const plain[] = {self, "helper", "status", "7", NULL};
    execv(self, plain);
    return unused;
}
static void counts(int signal) { (void)signal; handled++; }
/* Opens and closes pipes and files until it is told to stop. */
static void *opens_and_closes(void *stop)
{
    while (!*(volatile int *)stop) {
        int ends[2];
        int file = open("/dev/null", O_RDWR);
        if (pipe(ends) == 0) {
            close(ends[0]);
            close(ends[1]);
        }
        close(file);
    }
    return NULL;
}
/* In the child of a fork: whether each open descriptor answers, few are open, and the heap and streams work. */
static int child_is_whole(void)
{
    struct stat attributes;
    int open_count = 0;
    for (int fd = 0; fd < 256; fd++) {
        if (!is_open(fd))
            continue;
        open_count++;
        if (fstat(fd, &attributes) != 0)
            return 0;
    }
    void *volatile room = malloc(5000);
    FILE *stream = fopen("/dev/null", "w");
    int written = stream && fprintf(stream, "%d", open_count) > 0 && fclose(stream) == 0;
    free(room);
    /* Three streams, and at most what the other thread has open at a time. */
    return room && written && open_count <= inherited + 3;
}

/* The exit status of a child that runs `what`. */
#define CHILD(...) \
    ({ \
        pid_t child_ = fork(); \
        int status_ = -1; \
        if (child_ == 0) { __VA_ARGS__; _exit(99); } \
        CHECK(child_ > 0); \
        EQUAL(waitpid(child_, &status_, 0), child_); \
        status_; \
    })

static int spawned(const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes, const char *what,
                   const char *more)
{
    char *arguments[] = {self, "helper", (char *)what, (char *)more, NULL};
    pid_t child;
    int status = -1;
    int error = posix_spawn(&child, self, actions, attributes, arguments, environ);
    if (error)
        return -error;
    if (waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}


/* What the program does when a test has started it: argv[1] is "helper". */
static int helper(int argc, char **argv)
{
    const char *what = argv[2];
    sigset_t set;
    if (!strcmp(what, "status"))
        return atoi(argv[3]);
    if (!strcmp(what, "open"))
        return is_open(atoi(argv[3]));
    if (!strcmp(what, "read")) {
        char byte = 0;
        return read(atoi(argv[3]), &byte, 1) == 1 ? byte : 0;
    }
    if (!strcmp(what, "environment"))
        return getenv(argv[3]) ? 1 : 0;
    if (!strcmp(what, "count"))
        return argc;
    if (!strcmp(what, "blocked")) {
        sigprocmask(SIG_BLOCK, NULL, &set);
        return sigismember(&set, atoi(argv[3]));
    }
    if (!strcmp(what, "pending")) {
        sigpending(&set);
        return sigismember(&set, atoi(argv[3]));
    }
    if (!strcmp(what, "ignored")) {
        struct sigaction action;
        sigaction(atoi(argv[3]), NULL, &action);
        return action.sa_handler == SIG_IGN;
    }
    if (!strcmp(what, "leader"))
        return getpgrp() == getpid();
    if (!strcmp(what, "session"))
        return getsid(0) == getpid();
    if (!strcmp(what, "is_in")) {
        char path[4096];
        return getcwd(path, sizeof path) && !strcmp(path, argv[3]);
    }
    return 98;
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "helper"))
        return helper(argc, argv);
    if (!realpath(argv[0], self))
        return 97;
    /* In the guest the program's own folder cannot be written to. */
    if (access(".", W_OK) != 0 && chdir("/tmp") != 0)
        return 96;
    char *const plain[] = {self, "helper", "status", "7", NULL};
    char name[64];
    int status;

    TEST("fork_child_has_its_own_memory_and_number") {
        volatile int value = 1;
        pid_t parent = getpid();
        status = CHILD(value = 2; _exit(getpid() != parent && getppid() == parent && value == 2 ? 5 : 6));
        CHECK(WIFEXITED(status));
        EQUAL(WEXITSTATUS(status), 5);
        EQUAL(value, 1);
    }
    TEST("gettid_of_the_child_is_its_number") {
        status = CHILD(_exit(gettid() == getpid() ? 3 : 4));
        EQUAL(WEXITSTATUS(status), 3);
    }
    TEST("wait_without_children_is_echild") {
        EQUAL(wait(NULL), -1);
        EQUAL(errno, ECHILD);
        EQUAL(waitpid(getpid(), NULL, 0), -1);
        EQUAL(errno, ECHILD);
        EQUAL(waitpid(-1, NULL, 0x800), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("waitpid_without_hanging_says_0_while_the_child_runs") {
        pid_t child = fork();
        if (child == 0) {
            pause();
            _exit(1);
        }
        EQUAL(waitpid(child, &status, WNOHANG), 0);
        EQUAL(kill(child, SIGTERM), 0);
        EQUAL(waitpid(child, &status, 0), child);
        CHECK(WIFSIGNALED(status));
        EQUAL(WTERMSIG(status), SIGTERM);
    }
    TEST("waitid_reports_exited_child") {
        siginfo_t information;
        pid_t child = fork();
        if (child == 0)
            _exit(42);
        memset(&information, 0xff, sizeof information);
        EQUAL(waitid(P_PID, child, &information, WEXITED | WNOWAIT), 0);
        EQUAL(information.si_pid, child);
        EQUAL(information.si_signo, SIGCHLD);
        EQUAL(information.si_code, CLD_EXITED);
        EQUAL(information.si_status, 42);
        EQUAL(information.si_uid, getuid());
        EQUAL(waitid(P_ALL, 0, &information, WEXITED), 0);
        EQUAL(information.si_pid, child);
        EQUAL(waitid(P_ALL, 0, &information, WEXITED), -1);
        EQUAL(errno, ECHILD);
        EQUAL(waitid(P_ALL, 0, &information, 0), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("waitid_reports_killed_child") {
        siginfo_t information;
        pid_t child = fork();
        if (child == 0) {
            kill(getpid(), SIGKILL);
            _exit(1);
        }
        EQUAL(waitid(P_PID, child, &information, WEXITED), 0);
        EQUAL(information.si_code, CLD_KILLED);
        EQUAL(information.si_status, SIGKILL);
    }
    TEST("waitpid_reports_stop_and_continue") {
        pid_t child = fork();
        if (child == 0) {
            raise(SIGSTOP);
            pause();
            _exit(1);
        }
        EQUAL(waitpid(child, &status, WUNTRACED), child);
        CHECK(WIFSTOPPED(status));
        EQUAL(WSTOPSIG(status), SIGSTOP);
        EQUAL(kill(child, SIGCONT), 0);
        EQUAL(waitpid(child, &status, WCONTINUED), child);
        CHECK(WIFCONTINUED(status));
        EQUAL(kill(child, SIGKILL), 0);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WTERMSIG(status), SIGKILL);
    }
    TEST("wait4_tells_what_the_child_used") {
        struct rusage usage;
        memset(&usage, 0xff, sizeof usage);
        pid_t child = fork();
        if (child == 0)
            _exit(0);
        EQUAL(wait4(child, &status, 0, &usage), child);
        CHECK(usage.ru_utime.tv_sec >= 0 && usage.ru_utime.tv_sec < 100);
    }
    TEST("abort_ends_by_sigabrt") {
        struct rlimit none = {0, 0};
        status = CHILD(setrlimit(RLIMIT_CORE, &none); abort());
        CHECK(WIFSIGNALED(status));
        EQUAL(WTERMSIG(status), SIGABRT);
    }
    TEST("fork_while_another_thread_opens_and_closes") {
        volatile int stop = 0;
        pthread_t thread;
        int good = 0;
        inherited = 0;
        for (int fd = 0; fd < 256; fd++)
            inherited += is_open(fd);
        pthread_create(&thread, NULL, opens_and_closes, (void *)&stop);
        for (int i = 0; i < 200; i++) {
            pid_t child = fork();
            if (child == 0)
                _exit(child_is_whole() ? 0 : 1);
            if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
                good++;
        }
        stop = 1;
        pthread_join(thread, NULL);
        EQUAL(good, 200);
    }
    TEST("atfork_handlers_run_in_their_order") {
        pthread_atfork(before, in_parent, in_child);
        steps = 0;
        status = CHILD(_exit(steps == 2 && order[0] == 1 && order[1] == 3 ? 1 : 2));
        EQUAL(WEXITSTATUS(status), 1);
        EQUAL(steps, 2);
        EQUAL(order[0], 1);
        EQUAL(order[1], 2);
    }
    TEST("fork_keeps_the_mask_and_clears_pending_signals") {
        sigset_t set, old, pending;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR1);
        sigprocmask(SIG_BLOCK, &set, &old);
        raise(SIGUSR1);
        status = CHILD({
            sigset_t now;
            sigpending(&pending);
            sigprocmask(SIG_BLOCK, NULL, &now);
            _exit(sigismember(&now, SIGUSR1) && !sigismember(&pending, SIGUSR1) ? 1 : 2);
        });
        EQUAL(WEXITSTATUS(status), 1);
        sigpending(&pending);
        EQUAL(sigismember(&pending, SIGUSR1), 1);
        signal(SIGUSR1, SIG_IGN);
        sigprocmask(SIG_SETMASK, &old, NULL);
        signal(SIGUSR1, SIG_DFL);
    }
    TEST("execv_replaces_the_program") {
        status = CHILD(execv(self, plain));
        CHECK(WIFEXITED(status));
        EQUAL(WEXITSTATUS(status), 7);
    }
    TEST("execl_and_execle_gather_their_arguments") {
        status = CHILD(execl(self, self, "helper", "count", "a", "b", "c", "d", "e", "f", (char *)NULL));
        EQUAL(WEXITSTATUS(status), 9);
        char *const environment[] = {"ONLY=1", NULL};
        status = CHILD(execle(self, self, "helper", "environment", "ONLY", (char *)NULL, environment));
        EQUAL(WEXITSTATUS(status), 1);
        status = CHILD(execle(self, self, "helper", "environment", "PATH", (char *)NULL, environment));
        EQUAL(WEXITSTATUS(status), 0);
    }
    TEST("exec_of_what_is_not_there_fails_and_the_caller_goes_on") {
        EQUAL(execv("/does/not/exist", plain), -1);
        EQUAL(errno, ENOENT);
        EQUAL(execv("/", plain), -1);
        EQUAL(errno, EACCES);
        EQUAL(execvp("", plain), -1);
        EQUAL(errno, ENOENT);
        EQUAL(execvp("no-such-program-anywhere", plain), -1);
        EQUAL(errno, ENOENT);
    }
    TEST("execvp_searches_the_path") {
        char directory[4096];
        strcpy(directory, self);
        char *slash = strrchr(directory, '/');
        *slash = 0;
        setenv("PATH", "/nowhere:", 1);
        char path[8192];
        sprintf(path, "/nowhere:%s", directory);
        setenv("PATH", path, 1);
        status = CHILD(execvp(slash + 1, plain));
        EQUAL(WEXITSTATUS(status), 7);
        setenv("PATH", "/bin:/usr/bin", 1);
    }
    TEST("fexecve_runs_an_open_file") {
        int fd = open(self, O_RDONLY | O_CLOEXEC);
        status = CHILD(fexecve(fd, plain, environ));
        EQUAL(WEXITSTATUS(status), 7);
        close(fd);
    }
    TEST("exec_closes_what_is_marked_and_keeps_the_rest") {
        int kept = open("/dev/null", O_RDONLY), closed = open("/dev/null", O_RDONLY | O_CLOEXEC);
        sprintf(name, "%d", kept);
        status = CHILD(execl(self, self, "helper", "open", name, (char *)NULL));
        EQUAL(WEXITSTATUS(status), 1);
        sprintf(name, "%d", closed);
        status = CHILD(execl(self, self, "helper", "open", name, (char *)NULL));
        EQUAL(WEXITSTATUS(status), 0);
        CHECK(is_open(closed));
        close(kept);
        close(closed);
    }
    TEST("exec_keeps_mask_ignored_and_pending_signals") {
        sigset_t set;
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        sprintf(name, "%d", SIGUSR2);
        status = CHILD({
            sigprocmask(SIG_BLOCK, &set, NULL);
            execl(self, self, "helper", "blocked", name, (char *)NULL);
        });
        EQUAL(WEXITSTATUS(status), 1);
        status = CHILD({
            sigprocmask(SIG_BLOCK, &set, NULL);
            kill(getpid(), SIGUSR2);
            execl(self, self, "helper", "pending", name, (char *)NULL);
        });
        EQUAL(WEXITSTATUS(status), 1);
        status = CHILD(signal(SIGUSR2, SIG_IGN); execl(self, self, "helper", "ignored", name, (char *)NULL));
        EQUAL(WEXITSTATUS(status), 1);
        status = CHILD(signal(SIGUSR2, counts); execl(self, self, "helper", "ignored", name, (char *)NULL));
        EQUAL(WEXITSTATUS(status), 0);
    }
    TEST("exec_in_a_second_thread_replaces_the_process") {
        status = CHILD({
            pthread_t thread;
            pthread_create(&thread, NULL, executes, NULL);
            pause();
        });
        EQUAL(WEXITSTATUS(status), 7);
    }
    TEST("vfork_and_exec") {
        pid_t child = vfork();
        if (child == 0) {
            execv(self, plain);
            _exit(1);
        }
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 7);
        child = vfork();
        if (child == 0)
            _exit(9);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 9);
    }
    TEST("posix_spawn_runs_a_program") {
        EQUAL(spawned(NULL, NULL, "status", "11"), 11);
        pid_t child;
        EQUAL(posix_spawn(&child, "/does/not/exist", NULL, NULL, plain, environ), ENOENT);
        EQUAL(waitpid(-1, NULL, WNOHANG), -1);
        EQUAL(errno, ECHILD);
    }
    TEST("posix_spawn_file_actions") {
        posix_spawn_file_actions_t actions;
        int other = open("/dev/null", O_RDONLY);
        int fd = open("spawned-text", O_RDWR | O_CREAT | O_TRUNC, 0600);
        CHECK(write(fd, "xyz", 3) == 3);
        close(fd);
        posix_spawn_file_actions_init(&actions);
        EQUAL(posix_spawn_file_actions_addopen(&actions, 40, "spawned-text", O_RDONLY, 0), 0);
        EQUAL(spawned(&actions, NULL, "read", "40"), 'x');
        EQUAL(posix_spawn_file_actions_adddup2(&actions, 40, 41), 0);
        EQUAL(posix_spawn_file_actions_addclose(&actions, 40), 0);
        EQUAL(spawned(&actions, NULL, "read", "41"), 'x');
        EQUAL(spawned(&actions, NULL, "open", "40"), 0);
        sprintf(name, "%d", other);
        EQUAL(spawned(&actions, NULL, "open", name), 1);
        EQUAL(posix_spawn_file_actions_addclose(&actions, other), 0);
        EQUAL(spawned(&actions, NULL, "open", name), 0);
        CHECK(is_open(other));
        EQUAL(posix_spawn_file_actions_addclose(&actions, -1), EBADF);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawn_file_actions_init(&actions);
        EQUAL(posix_spawn_file_actions_adddup2(&actions, 300, 3), 0);
        EQUAL(spawned(&actions, NULL, "open", "3"), -EBADF);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawn_file_actions_init(&actions);
        EQUAL(posix_spawn_file_actions_addopen(&actions, 3, "not-there", O_RDONLY, 0), 0);
        EQUAL(spawned(&actions, NULL, "open", "3"), -ENOENT);
        posix_spawn_file_actions_destroy(&actions);
        close(other);
    }
    TEST("posix_spawn_dup2_onto_itself_clears_close_on_exec") {
        posix_spawn_file_actions_t actions;
        int fd = open("spawned-text", O_RDONLY | O_CLOEXEC);
        sprintf(name, "%d", fd);
        posix_spawn_file_actions_init(&actions);
        EQUAL(spawned(&actions, NULL, "open", name), 0);
        posix_spawn_file_actions_adddup2(&actions, fd, fd);
        EQUAL(spawned(&actions, NULL, "open", name), 1);
        posix_spawn_file_actions_destroy(&actions);
        close(fd);
        unlink("spawned-text");
    }
    TEST("posix_spawn_changes_the_directory") {
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addchdir_np(&actions, "/dev");
        EQUAL(spawned(&actions, NULL, "is_in", "/dev"), 1);
        posix_spawn_file_actions_destroy(&actions);
        int fd = open("/dev", O_RDONLY | O_DIRECTORY);
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_addfchdir_np(&actions, fd);
        EQUAL(spawned(&actions, NULL, "is_in", "/dev"), 1);
        posix_spawn_file_actions_destroy(&actions);
        close(fd);
    }
    TEST("posix_spawn_closes_from_a_descriptor_on") {
        posix_spawn_file_actions_t actions;
        int fd = dup2(1, 60);
        posix_spawn_file_actions_init(&actions);
        EQUAL(spawned(&actions, NULL, "open", "60"), 1);
        posix_spawn_file_actions_addclosefrom_np(&actions, 50);
        EQUAL(spawned(&actions, NULL, "open", "60"), 0);
        EQUAL(spawned(&actions, NULL, "open", "1"), 1);
        posix_spawn_file_actions_destroy(&actions);
        close(fd);
    }
    TEST("posix_spawn_attributes") {
        posix_spawnattr_t attributes;
        sigset_t set;
        sprintf(name, "%d", SIGUSR2);
        posix_spawnattr_init(&attributes);
        sigemptyset(&set);
        sigaddset(&set, SIGUSR2);
        posix_spawnattr_setsigmask(&attributes, &set);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
        EQUAL(spawned(NULL, &attributes, "blocked", name), 1);
        signal(SIGUSR2, SIG_IGN);
        posix_spawnattr_setsigdefault(&attributes, &set);
        posix_spawnattr_setflags(&attributes, 0);
        EQUAL(spawned(NULL, &attributes, "ignored", name), 1);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
        EQUAL(spawned(NULL, &attributes, "ignored", name), 0);
        signal(SIGUSR2, SIG_DFL);
        EQUAL(spawned(NULL, NULL, "leader", ""), 0);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
        posix_spawnattr_setpgroup(&attributes, 0);
        EQUAL(spawned(NULL, &attributes, "leader", ""), 1);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
        EQUAL(spawned(NULL, &attributes, "session", ""), 1);
        EQUAL(posix_spawnattr_setflags(&attributes, 0x4000), EINVAL);
        posix_spawnattr_destroy(&attributes);
    }
    TEST("posix_spawnp_searches_the_path") {
        char *arguments[] = {"sh", "-c", "exit 12", NULL};
        pid_t child;
        EQUAL(posix_spawnp(&child, "sh", NULL, NULL, arguments, environ), 0);
        EQUAL(waitpid(child, &status, 0), child);
        EQUAL(WEXITSTATUS(status), 12);
        EQUAL(posix_spawnp(&child, "no-such-program-anywhere", NULL, NULL, arguments, environ), ENOENT);
    }
    TEST("system_round_trip") {
        CHECK(system(NULL));
        EQUAL(system("exit 3"), 3 << 8);
        status = system("kill -9 $$");
        CHECK(WIFSIGNALED(status));
        EQUAL(WTERMSIG(status), SIGKILL);
        EQUAL(system("no-such-command-anywhere 2>/dev/null"), 127 << 8);
    }
    TEST("popen_round_trip") {
        char line[64];
        FILE *stream = popen("echo one; echo two; exit 4", "r");
        CHECK(stream && fgets(line, sizeof line, stream) && !strcmp(line, "one\n"));
        CHECK(stream && fgets(line, sizeof line, stream) && !strcmp(line, "two\n"));
        EQUAL(pclose(stream), 4 << 8);
        stream = popen("read line; test \"$line\" = hello && exit 6", "w");
        CHECK(stream && fputs("hello\n", stream) >= 0);
        EQUAL(pclose(stream), 6 << 8);
        CHECK(!popen("true", "x"));
        EQUAL(errno, EINVAL);
    }
    TEST("a_script_without_a_first_line_runs_by_the_shell") {
        int fd = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0700);
        CHECK(write(fd, "exit $(($1 + 1))\n", 17) == 17);
        close(fd);
        char *arguments[] = {"script", "20", NULL};
        status = CHILD(execvp("./script", arguments));
        EQUAL(WEXITSTATUS(status), 21);
        EQUAL(execv("./script", arguments), -1);
        EQUAL(errno, ENOEXEC);
        pid_t child;
        EQUAL(posix_spawnp(&child, "./script", NULL, NULL, arguments, environ), ENOEXEC);
    }
    TEST("a_script_runs_by_its_interpreter") {
        int fd = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0700);
        char text[8192];
        sprintf(text, "#! %s helper\n", self);
        CHECK(write(fd, text, strlen(text)) > 0);
        close(fd);
        char *arguments[] = {"ignored", "x", NULL};
        status = CHILD(execv("./script", arguments));
        EQUAL(WEXITSTATUS(status), 98);
        chmod("script", 0600);
        EQUAL(execv("./script", arguments), -1);
        EQUAL(errno, EACCES);
        unlink("script");
    }
    TEST("groups_and_sessions") {
        status = CHILD({
            if (setpgid(0, 0) != 0 || getpgrp() != getpid() || getpgid(0) != getpid())
                _exit(1);
            if (setsid() != -1 || errno != EPERM)
                _exit(2);
            _exit(0);
        });
        EQUAL(WEXITSTATUS(status), 0);
        status = CHILD({
            if (setsid() != getpid() || getsid(0) != getpid() || getpgrp() != getpid())
                _exit(1);
            if (setpgid(0, 0) != -1 || errno != EPERM)
                _exit(2);
            _exit(0);
        });
        EQUAL(WEXITSTATUS(status), 0);
        EQUAL(getpgid(0x3fffffff), -1);
        EQUAL(errno, ESRCH);
        EQUAL(setpgid(0x3fffffff, 0), -1);
        EQUAL(errno, ESRCH);
    }
    TEST("waitpid_of_a_group_takes_only_its_members") {
        pid_t leader = fork();
        if (leader == 0) {
            setpgid(0, 0);
            _exit(1);
        }
        setpgid(leader, leader);
        pid_t other = fork();
        if (other == 0)
            _exit(2);
        EQUAL(waitpid(-leader, &status, 0), leader);
        EQUAL(WEXITSTATUS(status), 1);
        EQUAL(waitpid(-leader, &status, 0), -1);
        EQUAL(errno, ECHILD);
        EQUAL(waitpid(0, &status, 0), other);
        EQUAL(WEXITSTATUS(status), 2);
    }
    TEST("a_child_whose_parent_ends_gets_another_parent") {
        int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        status = CHILD({
            pid_t parent = getpid();
            if (fork() == 0) {
                for (int tries = 0; tries < 100000 && getppid() == parent; tries++)
                    sched_yield();
                __atomic_store_n(shared, getppid() != parent ? 1 : 2, __ATOMIC_SEQ_CST);
                _exit(0);
            }
            _exit(0);
        });
        for (int tries = 0; tries < 1000000 && !__atomic_load_n(shared, __ATOMIC_SEQ_CST); tries++)
            sched_yield();
        EQUAL(*shared, 1);
        munmap(shared, 4096);
    }
    TEST("files_offsets_are_shared_after_fork") {
        int fd = open("shared-offset", O_RDWR | O_CREAT | O_TRUNC, 0600);
        CHECK(write(fd, "abcdef", 6) == 6);
        lseek(fd, 0, SEEK_SET);
        status = CHILD(char byte; _exit(read(fd, &byte, 1) == 1 ? byte : 0));
        EQUAL(WEXITSTATUS(status), 'a');
        char byte = 0;
        EQUAL(read(fd, &byte, 1), 1);
        EQUAL(byte, 'b');
        close(fd);
        unlink("shared-offset");
    }
    TEST("nice_values") {
        errno = 0;
        int before = getpriority(PRIO_PROCESS, 0);
        EQUAL(errno, 0);
        status = CHILD({
            if (setpriority(PRIO_PROCESS, 0, before + 2) != 0)
                _exit(1);
            if (getpriority(PRIO_PROCESS, 0) != before + 2)
                _exit(2);
            if (nice(1) != before + 3)
                _exit(3);
            _exit(0);
        });
        EQUAL(WEXITSTATUS(status), 0);
        EQUAL(getpriority(PRIO_PROCESS, 0), before);
        EQUAL(getpriority(9, 0), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("limits_are_inherited") {
        struct rlimit limit;
        EQUAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
        status = CHILD({
            struct rlimit less = limit;
            less.rlim_cur = 40;
            if (setrlimit(RLIMIT_NOFILE, &less) != 0)
                _exit(1);
            if (dup2(0, 40) != -1 || errno != EBADF)
                _exit(2);
            if (fork() == 0) {
                getrlimit(RLIMIT_NOFILE, &less);
                _exit(less.rlim_cur == 40 ? 5 : 6);
            }
            int inner;
            wait(&inner);
            _exit(WEXITSTATUS(inner));
        });
        EQUAL(WEXITSTATUS(status), 5);
        EQUAL(getrlimit(99, &limit), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("times_of_children_are_counted") {
        struct tms times_before, times_after;
        CHECK(times(&times_before) != (clock_t)-1);
        status = CHILD(_exit(0));
        CHECK(times(&times_after) != (clock_t)-1);
        CHECK(times_after.tms_cutime >= times_before.tms_cutime);
        struct rusage usage;
        EQUAL(getrusage(RUSAGE_CHILDREN, &usage), 0);
        EQUAL(getrusage(77, &usage), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("getgroups_tells_how_many_there_are") {
        gid_t list[256];
        int count = getgroups(0, NULL);
        CHECK(count >= 0 && count <= 256);
        EQUAL(getgroups(256, list), count);
        EQUAL(getgroups(-1, list), -1);
        EQUAL(errno, EINVAL);
    }
    TEST("another_user_cannot_become_the_superuser_again") {
        if (geteuid() == 0) {
            status = CHILD({
                if (setgid(1000) != 0 || setuid(1000) != 0)
                    _exit(1);
                uid_t real, effective, saved;
                getresuid(&real, &effective, &saved);
                if (real != 1000 || effective != 1000 || saved != 1000)
                    _exit(2);
                if (setuid(0) != -1 || errno != EPERM)
                    _exit(3);
                _exit(0);
            });
            EQUAL(WEXITSTATUS(status), 0);
            status = CHILD({
                if (seteuid(1000) != 0 || geteuid() != 1000 || getuid() != 0)
                    _exit(1);
                if (seteuid(0) != 0 || geteuid() != 0)
                    _exit(2);
                if (setreuid(1000, 1001) != 0)
                    _exit(3);
                uid_t real, effective, saved;
                getresuid(&real, &effective, &saved);
                if (real != 1000 || effective != 1001 || saved != 1001)
                    _exit(4);
                _exit(0);
            });
            EQUAL(WEXITSTATUS(status), 0);
        }
    }
    DONE();
}
