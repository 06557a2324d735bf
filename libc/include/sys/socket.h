/* <sys/socket.h>: sockets. POSIX.1-2024 <sys/socket.h>; layouts and values of Linux on x86-64. */
#ifndef _SYS_SOCKET_H
#define _SYS_SOCKET_H 1

#include <features.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

typedef unsigned int socklen_t;
#define __socklen_t_defined
typedef unsigned short int sa_family_t;

#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 5
#define SOCK_NONBLOCK 0x800
#define SOCK_CLOEXEC 0x80000

#define PF_UNSPEC 0
#define PF_LOCAL 1
#define PF_UNIX PF_LOCAL
#define PF_FILE PF_LOCAL
#define PF_INET 2
#define PF_INET6 10
#define PF_NETLINK 16
#define PF_PACKET 17
#define AF_UNSPEC PF_UNSPEC
#define AF_LOCAL PF_LOCAL
#define AF_UNIX PF_UNIX
#define AF_FILE PF_FILE
#define AF_INET PF_INET
#define AF_INET6 PF_INET6
#define AF_NETLINK PF_NETLINK
#define AF_PACKET PF_PACKET

#define SOL_SOCKET 1
#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_TYPE 3
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_PASSCRED 16
#define SO_PEERCRED 17
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SOMAXCONN 4096

#define MSG_OOB 0x1
#define MSG_PEEK 0x2
#define MSG_DONTROUTE 0x4
#define MSG_CTRUNC 0x8
#define MSG_TRUNC 0x20
#define MSG_DONTWAIT 0x40
#define MSG_EOR 0x80
#define MSG_WAITALL 0x100
#define MSG_NOSIGNAL 0x4000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SCM_RIGHTS 1
#ifdef __USE_GNU
# define SCM_CREDENTIALS 2
#endif

struct sockaddr {
    sa_family_t sa_family;
    char sa_data[14];
};

struct sockaddr_storage {
    sa_family_t ss_family;
    char __ss_padding[118];
    unsigned long int __ss_align;
};

struct linger {
    int l_onoff;
    int l_linger;
};

struct msghdr {
    void *msg_name;
    socklen_t msg_namelen;
    struct iovec *msg_iov;
    size_t msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
    int msg_flags;
};

struct cmsghdr {
    size_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
};

#define CMSG_ALIGN(length) (((length) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_SPACE(length) (CMSG_ALIGN(length) + CMSG_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_LEN(length) (CMSG_ALIGN(sizeof(struct cmsghdr)) + (length))
#define CMSG_DATA(header) ((unsigned char *)((struct cmsghdr *)(header) + 1))
#define CMSG_FIRSTHDR(message) \
    ((message)->msg_controllen >= sizeof(struct cmsghdr) ? (struct cmsghdr *)(message)->msg_control \
                                                         : (struct cmsghdr *)0)

__BEGIN_DECLS
extern int socket(int domain, int type, int protocol);
extern int socketpair(int domain, int type, int protocol, int sockets[2]);
extern int bind(int socket, const struct sockaddr *address, socklen_t length);
extern int listen(int socket, int backlog);
extern int accept(int socket, struct sockaddr *__restrict address, socklen_t *__restrict length);
#ifdef __USE_GNU
extern int accept4(int socket, struct sockaddr *__restrict address, socklen_t *__restrict length, int flags);
#endif
extern int connect(int socket, const struct sockaddr *address, socklen_t length);
extern int shutdown(int socket, int how);
extern int getsockname(int socket, struct sockaddr *__restrict address, socklen_t *__restrict length);
extern int getpeername(int socket, struct sockaddr *__restrict address, socklen_t *__restrict length);
extern int getsockopt(int socket, int level, int option, void *__restrict value, socklen_t *__restrict length);
extern int setsockopt(int socket, int level, int option, const void *value, socklen_t length);
extern ssize_t send(int socket, const void *bytes, size_t length, int flags);
extern ssize_t sendto(int socket, const void *bytes, size_t length, int flags, const struct sockaddr *address,
                      socklen_t address_length);
extern ssize_t sendmsg(int socket, const struct msghdr *message, int flags);
extern ssize_t recv(int socket, void *bytes, size_t length, int flags);
extern ssize_t recvfrom(int socket, void *__restrict bytes, size_t length, int flags,
                        struct sockaddr *__restrict address, socklen_t *__restrict address_length);
extern ssize_t recvmsg(int socket, struct msghdr *message, int flags);
__END_DECLS

#endif
