/* <sys/msg.h>: System V message queues. POSIX.1-2024 <sys/msg.h>. */
#ifndef _SYS_MSG_H
#define _SYS_MSG_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <sys/ipc.h>
#include <bits/types/time_t.h>
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif
#ifndef __ssize_t_defined
typedef __ssize_t ssize_t;
# define __ssize_t_defined
#endif

#define MSG_NOERROR 010000
#ifdef __USE_GNU
# define MSG_EXCEPT 020000
# define MSG_COPY 040000
#endif
#ifdef __USE_MISC
# define MSG_STAT 11
# define MSG_INFO 12
# define MSG_STAT_ANY 13
#endif

typedef unsigned long int msgqnum_t;
typedef unsigned long int msglen_t;

struct msqid_ds {
    struct ipc_perm msg_perm;
    __time_t msg_stime;
    __time_t msg_rtime;
    __time_t msg_ctime;
    unsigned long int __msg_cbytes;
    msgqnum_t msg_qnum;
    msglen_t msg_qbytes;
    __pid_t msg_lspid;
    __pid_t msg_lrpid;
    unsigned long int __reserved1;
    unsigned long int __reserved2;
};
#ifdef __USE_MISC
# define msg_cbytes __msg_cbytes
struct msginfo {
    int msgpool;
    int msgmap;
    int msgmax;
    int msgmnb;
    int msgmni;
    int msgssz;
    int msgtql;
    unsigned short int msgseg;
};
#endif
#ifdef __USE_GNU
struct msgbuf {
    long int mtype;
    char mtext[1];
};
#endif

__BEGIN_DECLS
extern int msgctl(int queue, int command, struct msqid_ds *state) __THROW;
extern int msgget(key_t key, int flags) __THROW;
extern ssize_t msgrcv(int queue, void *message, size_t size, long int type, int flags);
extern int msgsnd(int queue, const void *message, size_t size, int flags);
__END_DECLS

#endif
