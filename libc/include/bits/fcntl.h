/* Flags of open files and commands of fcntl: Linux on x86-64. */
#ifndef _BITS_FCNTL_H
#define _BITS_FCNTL_H 1

#define O_ACCMODE 03
#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#define O_CREAT 0100
#define O_EXCL 0200
#define O_NOCTTY 0400
#define O_TRUNC 01000
#define O_APPEND 02000
#define O_NONBLOCK 04000
#define O_SYNC 04010000
#define O_ASYNC 020000
#define O_NDELAY O_NONBLOCK
#define O_FSYNC O_SYNC
#ifdef __USE_XOPEN2K8
# define O_DIRECTORY 0200000
# define O_NOFOLLOW 0400000
# define O_CLOEXEC 02000000
#endif
#ifdef __USE_GNU
# define O_DIRECT 040000
# define O_NOATIME 01000000
# define O_PATH 010000000
# define O_TMPFILE 020200000
#endif
#if defined __USE_POSIX199309 || defined __USE_UNIX98
# define O_DSYNC 010000
# define O_RSYNC O_SYNC
#endif
#ifdef __USE_LARGEFILE64
# define O_LARGEFILE 0
#endif

#define F_DUPFD 0
#define F_GETFD 1
#define F_SETFD 2
#define F_GETFL 3
#define F_SETFL 4
#define F_GETLK 5
#define F_SETLK 6
#define F_SETLKW 7
#define F_GETLK64 F_GETLK
#define F_SETLK64 F_SETLK
#define F_SETLKW64 F_SETLKW
#if defined __USE_XOPEN2K24 || defined __USE_GNU
#define F_OFD_GETLK 36
#define F_OFD_SETLK 37
#define F_OFD_SETLKW 38
#endif
#if defined __USE_UNIX98 || defined __USE_XOPEN2K8
#define F_SETOWN 8
#define F_GETOWN 9
#endif
#ifdef __USE_GNU
#define F_SETSIG 10
#define F_GETSIG 11
#define F_SETOWN_EX 15
#define F_GETOWN_EX 16
#define F_SETLEASE 1024
#define F_GETLEASE 1025
#define F_NOTIFY 1026
#define F_SETPIPE_SZ 1031
#define F_GETPIPE_SZ 1032
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034
#define F_SEAL_SEAL 1
#define F_SEAL_SHRINK 2
#define F_SEAL_GROW 4
#define F_SEAL_WRITE 8
#define F_SEAL_FUTURE_WRITE 16
#endif
#ifdef __USE_XOPEN2K8
# define F_DUPFD_CLOEXEC 1030
#endif
#define FD_CLOEXEC 1
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2
#define F_EXLCK 4
#define F_SHLCK 8

#ifdef __USE_MISC
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8
# define FAPPEND O_APPEND
# define FFSYNC O_FSYNC
# define FASYNC O_ASYNC
# define FNONBLOCK O_NONBLOCK
# define FNDELAY O_NDELAY
#endif

struct flock {
    short int l_type;
    short int l_whence;
    __off_t l_start;
    __off_t l_len;
    __pid_t l_pid;
};
#ifdef __USE_LARGEFILE64
struct flock64 {
    short int l_type;
    short int l_whence;
    __off64_t l_start;
    __off64_t l_len;
    __pid_t l_pid;
};
#endif

#endif
