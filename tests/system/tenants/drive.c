/* Two users of one machine at once: logs both in, each on a pseudo terminal, has one work while the other attacks, and says what came of it.
 *
 *     drive
 *
 * runs in the operator's domain. Bob runs `worker`, which shows a line for each round of ordinary work; Alice runs `hostile`, which is set-user-id
 * root, and shows what each attempt came to. When `hostile` holds all that it could get of something it says so, and goes on only when Bob
 * has done further rounds. A line for each check: `NAME ... ok` or `NAME ... FAILED`. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* Pages by which the servers' heaps grow when each table is filled to one user's bound. */
#define HEAP_PAGES 6144
/* Guest seconds that a step may take. */
#define PATIENCE_S 120

struct user {
    const char *name;
    const char *password;
    int master;
    pid_t login;
    char terminal[32];
    char seen[1 << 16];
    size_t length;
};

static struct user alice = { .name = "alice", .password = "wonderland", .master = -1 };
static struct user bob = { .name = "bob", .password = "workshop", .master = -1 };
static int failed;

static void result(int good, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf(" ... %s\n", good ? "ok" : "FAILED");
    fflush(stdout);
    failed |= !good;
}

static void give_up(const char *why, struct user *user)
{
    printf("%s: %s; seen: %.*s\n", user->name, why, (int)user->length, user->seen);
    exit(1);
}

/* Takes what both terminals show, for a while at most. */
static void take(int timeout_ms)
{
    struct user *users[] = { &alice, &bob };
    struct pollfd waits[] = { { alice.master, POLLIN, 0 }, { bob.master, POLLIN, 0 } };
    if (poll(waits, 2, timeout_ms) <= 0)
        return;
    for (int i = 0; i < 2; i++) {
        struct user *user = users[i];
        if (!(waits[i].revents & (POLLIN | POLLHUP)))
            continue;
        if (user->length == sizeof user->seen) {
            /* What nobody waits for any more. */
            memmove(user->seen, user->seen + user->length / 2, user->length / 2);
            user->length /= 2;
        }
        ssize_t count = read(user->master, user->seen + user->length, sizeof user->seen - user->length);
        if (count > 0)
            user->length += count;
        else if (count < 0 && errno == EIO)
            user->master = -user->master - 1;
    }
}

static time_t now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

/* Waits for a text, and leaves what came with it behind. What stands before it is copied to `before`. */
static void expect(struct user *user, const char *text, char *before, size_t room)
{
    time_t deadline = now_s() + PATIENCE_S;
    for (;;) {
        char *found = memmem(user->seen, user->length, text, strlen(text));
        if (found) {
            size_t count = found - user->seen;
            if (before) {
                size_t kept = count < room ? count : room - 1;
                memcpy(before, user->seen + count - kept, kept);
                before[kept] = 0;
            }
            count += strlen(text);
            memmove(user->seen, user->seen + count, user->length - count);
            user->length -= count;
            return;
        }
        if (now_s() > deadline)
            give_up(text, user);
        take(1000);
    }
}

static void type(struct user *user, const char *format, ...)
{
    char line[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (write(user->master, line, length) != length)
        give_up("typing", user);
}

static void open_terminal(struct user *user)
{
    user->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (user->master < 0 || grantpt(user->master) || unlockpt(user->master)
        || ptsname_r(user->master, user->terminal, sizeof user->terminal))
        give_up("no terminal", user);
}

static void log_in(struct user *user)
{
    fflush(stdout);
    user->login = fork();
    if (user->login == 0) {
        setsid();
        int slave = open(user->terminal, O_RDWR);
        for (int i = 0; i < 3; i++)
            dup2(slave, i);
        if (slave > 2)
            close(slave);
        /* Left open for whoever comes: they must be of no use. */
        open("/tmp/operator", O_RDWR | O_CREAT, 0666);
        open("/app", O_RDONLY | O_DIRECTORY);
        execl("/bin/login", "login", (char *)0);
        _exit(127);
    }
    expect(user, "login: ", 0, 0);
    type(user, "%s\n", user->name);
    expect(user, "assword: ", 0, 0);
    /* The echo is turned off behind the prompt. */
    sleep(1);
    type(user, "%s\n", user->password);
    expect(user, "$ ", 0, 0);
    type(user, "PS1=READY_; stty -echo\n");
    expect(user, "\nREADY_", 0, 0);
}

/* Bob does `count` further rounds. */
static void bob_goes_on(const char *while_what, int count)
{
    char before[4096];
    bob.length = 0;
    for (int i = 0; i < count; i++) {
        expect(&bob, "round ", before, sizeof before);
        if (strstr(before, "FAIL")) {
            printf("%s\n", before);
            result(0, "bob_works_while_alice_%s", while_what);
            return;
        }
    }
    result(1, "bob_works_while_alice_%s", while_what);
}

/* Milliseconds of one of Bob's rounds, as he sees it: the mean of some. */
static double bobs_round_ms(int rounds)
{
    char text[4096];
    double sum = 0;
    bob.length = 0;
    expect(&bob, "round ", 0, 0);
    for (int i = 0; i < rounds; i++) {
        expect(&bob, " ms\r\n", text, sizeof text);
        char *number = strrchr(text, ' ');
        sum += strtod(number ? number : text, 0);
    }
    return sum / rounds;
}

static void counts(const char *when, char *text, size_t room)
{
    int file = open("/proc/trivet/counts", O_RDONLY | O_CLOEXEC);
    ssize_t count = read(file, text, room - 1);
    text[count > 0 ? count : 0] = 0;
    close(file);
    if (count <= 0)
        result(0, "counts_%s", when);
}

static long count_of(const char *text, const char *name)
{
    const char *found = strstr(text, name);
    return found ? strtol(found + strlen(name), 0, 10) : -1;
}

/* Each logs in and out once, and runs what runs later. The file server keeps a view of each program that ever ran, and the policy decides by names that
 * are then known: afterwards nothing more is kept, so that what is counted must be exactly what it was. */
static void visit(struct user *user, const char *program)
{
    open_terminal(user);
    log_in(user);
    type(user, "id -un; tty; mkdir d; chmod 700 d; rmdir d; echo x >f; mkfifo p; ln -s f l; cp f g; cat g; ls -l; rm -r f p l g; %s; echo 'OV'ER\n", program);
    expect(user, "OVER", 0, 0);
    type(user, "exit\n");
    waitpid(user->login, 0, 0);
    if (user->master >= 0)
        close(user->master);
    else
        close(-user->master - 1);
    user->master = -1;
    user->length = 0;
}

int main(void)
{
    static char before[4096], after[4096], line[4096];
    setvbuf(stdout, 0, _IOLBF, 0);
    visit(&alice, "/app/hostile");
    visit(&bob, "/app/worker & sleep 1; kill %%1");
    open_terminal(&alice);
    open_terminal(&bob);
    usleep(200000);
    counts("before", before, sizeof before);

    log_in(&alice);
    log_in(&bob);
    result(1, "both_log_in_at_once");

    /* Who they are now, and that a wrong password or another user gets nowhere. */
    type(&alice, "id -un; echo $HOME; tty; mkdir d && chmod 700 d . && rmdir d && echo made\n");
    expect(&alice, "READY_", line, sizeof line);
    result(strstr(line, "alice") && strstr(line, "/home/alice") && strstr(line, alice.terminal) && strstr(line, "made"), "a_login_is_its_user");

    /* What Bob has that Alice is to want. */
    type(&bob, "echo secret >secret; mkfifo /tmp/bobs-fifo; echo own >/tmp/bobs-file; chmod 666 /tmp/bobs-file /tmp/bobs-fifo;"
               "chmod 755 .; chmod 644 secret; ln -s /home/bob/secret /tmp/bobs-link; cp /bin/true run; chmod 755 run; echo 'P'ID=$$\n");
    expect(&bob, "PID=", 0, 0);
    expect(&bob, "READY_", line, sizeof line);
    long shell = strtol(line, 0, 10);
    type(&bob, "/app/worker\n");
    double alone_ms = bobs_round_ms(5);

    type(&alice, "/app/hostile %ld %s\n", shell, bob.terminal);
    char name[256];
    for (;;) {
        /* hostile shows: `tried NAME ok|BREACH...`, `holds NAME`, `spins NAME`, `end`. */
        expect(&alice, "\r\n", line, sizeof line);
        char *hold;
        if ((hold = strstr(line, "holds ")) && sscanf(hold, "holds %255s", name) == 1) {
            bob_goes_on(name, 3);
            type(&alice, "\n");
        } else if ((hold = strstr(line, "spins ")) && sscanf(hold, "spins %255s", name) == 1) {
            double beside_ms = bobs_round_ms(5);
            /* Half of the processor is his, and what Alice's calls cost is hers. */
            printf("a round takes %.1f ms alone, %.1f ms beside %s\n", alone_ms, beside_ms, name);
            result(beside_ms < 3 * alone_ms, "bob_keeps_his_share_while_alice_%s", name);
            type(&alice, "\n");
        } else if ((hold = strstr(line, "tried ")) && sscanf(hold, "tried %255s", name) == 1) {
            result(strstr(hold, " ok") != 0, "alice_cannot_%s%s", name,
                   strstr(hold, " ok") ? "" : strstr(hold, name) + strlen(name));
        } else if (strstr(line, "hostile ends")) {
            break;
        }
    }
    bob_goes_on("is_done", 2);

    /* Nothing of Bob's was touched. */
    type(&bob, "\003");
    expect(&bob, "READY_", 0, 0);
    type(&bob, "cat secret /tmp/bobs-file; ls -l /tmp/bobs-fifo; rm /tmp/bobs-file /tmp/bobs-fifo /tmp/bobs-link; rm -r /home/bob/*; echo OVER\n");
    expect(&bob, "OVER", line, sizeof line);
    result(strstr(line, "secret") && strstr(line, "own") && strstr(line, "prw-rw-rw-"), "bobs_files_are_as_they_were");
    /* What Alice left in /tmp and at home. */
    type(&alice, "rm -rf /tmp/alice-* /home/alice/* /home/alice/.a*; echo OVER\n");
    expect(&alice, "OVER", 0, 0);
    type(&bob, "rm -f /home/bob/.a*; exit 3\n");
    type(&alice, "exit 4\n");
    int status;
    waitpid(bob.login, &status, 0);
    result(WIFEXITED(status) && WEXITSTATUS(status) == 3, "bobs_login_ends_with_his_shells_status");
    waitpid(alice.login, &status, 0);
    result(WIFEXITED(status) && WEXITSTATUS(status) == 4, "alices_login_ends_with_her_shells_status");
    unlink("/tmp/operator");

    /* Ends take a moment: memory is taken apart in steps. */
    static const char *const things[] = { "pages_free ", "handles ", "threads ", "processes ", "sessions ", "memories ", "timers " };
    int lost = 1;
    for (int patience = 0; patience < 50 && lost; patience++) {
        usleep(100000);
        counts("after", after, sizeof after);
        lost = 0;
        for (unsigned i = 1; i < sizeof things / sizeof *things; i++)
            lost |= count_of(after, things[i]) > count_of(before, things[i]);
    }
    for (unsigned i = 0; i < sizeof things / sizeof *things; i++) {
        long first = count_of(before, things[i]), last = count_of(after, things[i]);
        /* Of objects nothing: fewer are left where a view of a program was dropped that nobody runs any more. Servers keep the pages by which
         * their heaps grew to what the attacks took, within their own account. */
        int same = i == 0 ? first - last < HEAP_PAGES : last <= first;
        if (!same)
            printf("%s%ld, then %ld\n", things[i], first, last);
        result(same && first >= 0, "nothing_is_lost_of_%.*s", (int)strlen(things[i]) - 1, things[i]);
    }
    return failed;
}
