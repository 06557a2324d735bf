/* <sys/sem.h>: System V semaphores. POSIX.1-2024 <sys/sem.h>. */
#ifndef _SYS_SEM_H
#define _SYS_SEM_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <sys/types.h>
#include <sys/ipc.h>
#include <bits/types/struct_timespec.h>

#define SEM_UNDO 0x1000
#define GETPID 11
#define GETVAL 12
#define GETALL 13
#define GETNCNT 14
#define GETZCNT 15
#define SETVAL 16
#define SETALL 17
#ifdef __USE_MISC
# define SEM_STAT 18
# define SEM_INFO 19
# define SEM_STAT_ANY 20
#endif
/* The program itself defines union semun. */
#define _SEM_SEMUN_UNDEFINED 1

struct semid_ds {
    struct ipc_perm sem_perm;
    __time_t sem_otime;
    unsigned long int __reserved1;
    __time_t sem_ctime;
    unsigned long int __reserved2;
    unsigned long int sem_nsems;
    unsigned long int __reserved3;
    unsigned long int __reserved4;
};
struct sembuf {
    unsigned short int sem_num;
    short int sem_op;
    short int sem_flg;
};
#ifdef __USE_MISC
struct seminfo {
    int semmap;
    int semmni;
    int semmns;
    int semmnu;
    int semmsl;
    int semopm;
    int semume;
    int semusz;
    int semvmx;
    int semaem;
};
#endif

__BEGIN_DECLS
extern int semctl(int set, int number, int command, ...) __THROW;
extern int semget(key_t key, int count, int flags) __THROW;
extern int semop(int set, struct sembuf *operations, size_t count) __THROW;
#ifdef __USE_GNU
extern int semtimedop(int set, struct sembuf *operations, size_t count, const struct timespec *timeout) __THROW;
#endif
__END_DECLS

#endif
