/* A record of the files of logins, under the names of <utmp.h> and <utmpx.h>. Needs struct timeval's members as 32-bit
   numbers, so that 32-bit programs read the same files. */
#ifndef _BITS_UTMP_H
#define _BITS_UTMP_H 1

#define __UT_LINESIZE 32
#define __UT_NAMESIZE 32
#define __UT_HOSTSIZE 256

#define __UTMP_MEMBERS(exit_type)     \
    short int ut_type;                \
    __pid_t ut_pid;                   \
    char ut_line[__UT_LINESIZE];      \
    char ut_id[4];                    \
    char ut_user[__UT_NAMESIZE];      \
    char ut_host[__UT_HOSTSIZE];      \
    struct exit_type ut_exit;         \
    __int32_t ut_session;             \
    struct {                          \
        __int32_t tv_sec;             \
        __int32_t tv_usec;            \
    } ut_tv;                          \
    __int32_t ut_addr_v6[4];          \
    char __ut_reserved[20];

#define EMPTY 0
#define RUN_LVL 1
#define BOOT_TIME 2
#define NEW_TIME 3
#define OLD_TIME 4
#define INIT_PROCESS 5
#define LOGIN_PROCESS 6
#define USER_PROCESS 7
#define DEAD_PROCESS 8

#endif
