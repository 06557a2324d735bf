/*
 * The first process of the Linux guest that Trivet's figures are compared with: makes the machine as far as posixbench needs
 * it (/tmp in memory, the loopback interface, a console), runs it, and switches the machine off.
 *
 * SPDX-License-Identifier: MIT
 */
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static void loopback_up(void)
{
    struct ifreq request;
    int socket_fd = socket(AF_INET, SOCK_DGRAM, 0);

    memset(&request, 0, sizeof request);
    strcpy(request.ifr_name, "lo");
    if (socket_fd < 0 || ioctl(socket_fd, SIOCGIFFLAGS, &request) < 0) {
        perror("loopback interface");
        return;
    }
    request.ifr_flags |= IFF_UP | IFF_RUNNING;
    if (ioctl(socket_fd, SIOCSIFFLAGS, &request) < 0)
        perror("loopback interface");
    close(socket_fd);
}

int main(int argc, char **argv)
{
    int status = -1;
    pid_t child;

    /* The kernel passes on words of its command line that it does not know; ours follow the word "posixbench". */
    while (argc > 0 && strcmp(argv[0], "posixbench") != 0) {
        argc--;
        argv++;
    }
    if (argc == 0) {
        puts("init: no word \"posixbench\" on the command line");
        return 1;
    }
    if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0)
        perror("/tmp");
    loopback_up();
    argv[0] = "/posixbench";
    child = fork();
    if (child == 0) {
        execv("/posixbench", argv);
        perror("/posixbench");
        _exit(126);
    }
    if (child > 0)
        waitpid(child, &status, 0);
    /* The line by which the host knows that nothing was cut off. */
    printf("# posixbench ended with status %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
    fflush(stdout);
    /* The serial line is slow: let it drain. */
    tcdrain(1);
    reboot(RB_POWER_OFF);
    return 1;
}
