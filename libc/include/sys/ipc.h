/* <sys/ipc.h>: what the System V facilities share. POSIX.1-2024 <sys/ipc.h>. */
#ifndef _SYS_IPC_H
#define _SYS_IPC_H 1

#include <features.h>
#include <bits/types.h>
#ifndef __uid_t_defined
typedef __uid_t uid_t;
# define __uid_t_defined
#endif
#ifndef __gid_t_defined
typedef __gid_t gid_t;
# define __gid_t_defined
#endif
#ifndef __mode_t_defined
typedef __mode_t mode_t;
# define __mode_t_defined
#endif
#ifndef __key_t_defined
typedef __key_t key_t;
# define __key_t_defined
#endif

#define IPC_CREAT 01000
#define IPC_EXCL 02000
#define IPC_NOWAIT 04000
#define IPC_RMID 0
#define IPC_SET 1
#define IPC_STAT 2
#ifdef __USE_GNU
# define IPC_INFO 3
#endif
#define IPC_PRIVATE ((__key_t)0)

struct ipc_perm {
    __key_t __key;
    __uid_t uid;
    __gid_t gid;
    __uid_t cuid;
    __gid_t cgid;
    __mode_t mode;
    unsigned short int __seq;
    unsigned short int __padding;
    unsigned long int __reserved1;
    unsigned long int __reserved2;
};

__BEGIN_DECLS
extern key_t ftok(const char *path, int project) __THROW;
__END_DECLS

#endif
