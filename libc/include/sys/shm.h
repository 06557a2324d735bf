/* <sys/shm.h>: System V shared memory. POSIX.1-2024 <sys/shm.h>. */
#ifndef _SYS_SHM_H
#define _SYS_SHM_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <sys/ipc.h>
#ifndef __time_t_defined
# include <bits/types/time_t.h>
#endif
#ifdef __USE_XOPEN
# ifndef __pid_t_defined
typedef __pid_t pid_t;
#  define __pid_t_defined
# endif
#endif

#define SHM_R 0400
#define SHM_W 0200
#define SHM_RDONLY 010000
#define SHM_RND 020000
#define SHM_REMAP 040000
#define SHM_EXEC 0100000
#define SHM_LOCK 11
#define SHM_UNLOCK 12
#ifdef __USE_MISC
# define SHM_STAT 13
# define SHM_INFO 14
# define SHM_STAT_ANY 15
# define SHM_DEST 01000
# define SHM_LOCKED 02000
# define SHM_HUGETLB 04000
# define SHM_NORESERVE 010000
#endif
#define SHMLBA (__getpagesize())

typedef unsigned long int shmatt_t;

struct shmid_ds {
    struct ipc_perm shm_perm;
    size_t shm_segsz;
    __time_t shm_atime;
    __time_t shm_dtime;
    __time_t shm_ctime;
    __pid_t shm_cpid;
    __pid_t shm_lpid;
    shmatt_t shm_nattch;
    unsigned long int __reserved1;
    unsigned long int __reserved2;
};
#ifdef __USE_MISC
struct shminfo {
    unsigned long int shmmax;
    unsigned long int shmmin;
    unsigned long int shmmni;
    unsigned long int shmseg;
    unsigned long int shmall;
    unsigned long int __reserved[4];
};
struct shm_info {
    int used_ids;
    unsigned long int shm_tot;
    unsigned long int shm_rss;
    unsigned long int shm_swp;
    unsigned long int swap_attempts;
    unsigned long int swap_successes;
};
#endif

__BEGIN_DECLS
extern int __getpagesize(void) __THROW __attribute__((__const__));
extern int shmctl(int segment, int command, struct shmid_ds *state) __THROW;
extern int shmget(key_t key, size_t size, int flags) __THROW;
extern void *shmat(int segment, const void *address, int flags) __THROW;
extern int shmdt(const void *address) __THROW;
__END_DECLS

#endif
