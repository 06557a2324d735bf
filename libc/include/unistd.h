/* <unistd.h>: the system's own functions. POSIX.1-2024 <unistd.h>. */
#ifndef _UNISTD_H
#define _UNISTD_H 1

#include <features.h>
#include <bits/types.h>

__BEGIN_DECLS

#ifdef __USE_XOPEN2K8
# define _POSIX_VERSION 200809L
#elif defined __USE_XOPEN2K
# define _POSIX_VERSION 200112L
#elif defined __USE_POSIX199506
# define _POSIX_VERSION 199506L
#elif defined __USE_POSIX199309
# define _POSIX_VERSION 199309L
#else
# define _POSIX_VERSION 199009L
#endif
#define __POSIX2_THIS_VERSION 200809L
#define _POSIX2_VERSION __POSIX2_THIS_VERSION
#define _POSIX2_C_VERSION __POSIX2_THIS_VERSION
#define _POSIX2_C_BIND __POSIX2_THIS_VERSION
#ifdef __USE_XOPEN2K8
# define _XOPEN_VERSION 700
#elif defined __USE_XOPEN2K
# define _XOPEN_VERSION 600
#elif defined __USE_UNIX98
# define _XOPEN_VERSION 500
#else
# define _XOPEN_VERSION 4
#endif
#define _XOPEN_XCU_VERSION 4
#define _XOPEN_XPG2 1
#define _XOPEN_XPG3 1
#define _XOPEN_XPG4 1
#define _XOPEN_UNIX 1
#define _XOPEN_ENH_I18N 1

#include <bits/posix_opt.h>

#if defined __USE_UNIX98 || defined __USE_XOPEN2K
# define _POSIX_V7_LP64_OFF64 1
# define _POSIX_V6_LP64_OFF64 1
# define _XBS5_LP64_OFF64 1
# define _POSIX_V7_LPBIG_OFFBIG (-1)
# define _POSIX_V6_LPBIG_OFFBIG (-1)
# define _XBS5_LPBIG_OFFBIG (-1)
#endif

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#ifndef __ssize_t_defined
typedef __ssize_t ssize_t;
# define __ssize_t_defined
#endif
#define __need_size_t
#define __need_NULL
#include <stddef.h>
#if defined __USE_XOPEN || defined __USE_XOPEN2K
#ifndef __gid_t_defined
typedef __gid_t gid_t;
# define __gid_t_defined
#endif
#ifndef __uid_t_defined
typedef __uid_t uid_t;
# define __uid_t_defined
#endif
#ifndef __off_t_defined
typedef __off_t off_t;
# define __off_t_defined
#endif
#ifndef __useconds_t_defined
typedef __useconds_t useconds_t;
# define __useconds_t_defined
#endif
#ifndef __pid_t_defined
typedef __pid_t pid_t;
# define __pid_t_defined
#endif
#endif
#if (defined __USE_MISC || defined __USE_LARGEFILE64) && !defined __off64_t_defined
typedef __off64_t off64_t;
# define __off64_t_defined
#endif
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K
# ifndef __intptr_t_defined
typedef __intptr_t intptr_t;
#  define __intptr_t_defined
# endif
#endif
#if defined __USE_MISC || defined __USE_XOPEN
# ifndef __socklen_t_defined
typedef __socklen_t socklen_t;
#  define __socklen_t_defined
# endif
#endif

#define R_OK 4
#define W_OK 2
#define X_OK 1
#define F_OK 0
#ifndef SEEK_SET
# define SEEK_SET 0
# define SEEK_CUR 1
# define SEEK_END 2
#endif
#ifdef __USE_GNU
# define SEEK_DATA 3
# define SEEK_HOLE 4
#endif
#if defined __USE_MISC && !defined L_SET
# define L_SET SEEK_SET
# define L_INCR SEEK_CUR
# define L_XTND SEEK_END
#endif

#include <bits/confname.h>

extern int access(const char *path, int mode) __THROW __nonnull((1));
#ifdef __USE_GNU
extern int euidaccess(const char *path, int mode) __THROW __nonnull((1));
extern int eaccess(const char *path, int mode) __THROW __nonnull((1));
#endif
#ifdef __USE_ATFILE
extern int faccessat(int directory, const char *path, int mode, int flags) __THROW __nonnull((2)) __wur;
#endif

extern __off_t lseek(int fd, __off_t offset, int whence) __THROW;
#ifdef __USE_LARGEFILE64
extern __off64_t lseek64(int fd, __off64_t offset, int whence) __THROW;
#endif
extern int close(int fd);
#ifdef __USE_MISC
extern void closefrom(int first) __THROW;
#endif
extern ssize_t read(int fd, void *buffer, size_t length) __wur;
extern ssize_t write(int fd, const void *buffer, size_t length) __wur;
#if defined __USE_UNIX98 || defined __USE_XOPEN2K8
extern ssize_t pread(int fd, void *buffer, size_t length, __off_t offset) __wur;
extern ssize_t pwrite(int fd, const void *buffer, size_t length, __off_t offset) __wur;
# ifdef __USE_LARGEFILE64
extern ssize_t pread64(int fd, void *buffer, size_t length, __off64_t offset) __wur;
extern ssize_t pwrite64(int fd, const void *buffer, size_t length, __off64_t offset) __wur;
# endif
#endif
extern int pipe(int ends[2]) __THROW __wur;
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int pipe2(int ends[2], int flags) __THROW __wur;
#endif

extern unsigned int alarm(unsigned int seconds) __THROW;
extern unsigned int sleep(unsigned int seconds);
#if (defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8) || defined __USE_MISC
extern __useconds_t ualarm(__useconds_t value, __useconds_t interval) __THROW;
extern int usleep(__useconds_t microseconds);
#endif
extern int pause(void);

extern int chown(const char *path, __uid_t owner, __gid_t group) __THROW __nonnull((1)) __wur;
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern int fchown(int fd, __uid_t owner, __gid_t group) __THROW __wur;
extern int lchown(const char *path, __uid_t owner, __gid_t group) __THROW __nonnull((1)) __wur;
#endif
#ifdef __USE_ATFILE
extern int fchownat(int directory, const char *path, __uid_t owner, __gid_t group, int flags)
    __THROW __nonnull((2)) __wur;
#endif
extern int chdir(const char *path) __THROW __nonnull((1)) __wur;
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern int fchdir(int fd) __THROW __wur;
#endif
extern char *getcwd(char *buffer, size_t length) __THROW __wur;
#ifdef __USE_GNU
extern char *get_current_dir_name(void) __THROW;
#endif
#if (defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8) || defined __USE_MISC
extern char *getwd(char *buffer) __THROW __nonnull((1)) __attribute_deprecated__ __wur;
#endif
extern int dup(int fd) __THROW __wur;
extern int dup2(int old, int new_fd) __THROW;
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int dup3(int old, int new_fd, int flags) __THROW;
#endif

extern char **__environ;
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern char **environ;
#endif

extern int execve(const char *path, char *const argv[], char *const envp[]) __THROW __nonnull((1, 2));
#ifdef __USE_XOPEN2K8
extern int fexecve(int fd, char *const argv[], char *const envp[]) __THROW __nonnull((2));
#endif
#ifdef __USE_GNU
extern int execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags)
    __THROW __nonnull((2, 3));
#endif
extern int execv(const char *path, char *const argv[]) __THROW __nonnull((1, 2));
extern int execle(const char *path, const char *argument, ...) __THROW __nonnull((1, 2));
extern int execl(const char *path, const char *argument, ...) __THROW __nonnull((1, 2));
extern int execvp(const char *file, char *const argv[]) __THROW __nonnull((1, 2));
extern int execlp(const char *file, const char *argument, ...) __THROW __nonnull((1, 2));
#ifdef __USE_GNU
extern int execvpe(const char *file, char *const argv[], char *const envp[]) __THROW __nonnull((1, 2));
#endif
extern __pid_t fork(void) __THROWNL;
#if (defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8) || defined __USE_MISC
extern __pid_t vfork(void) __THROW __attribute_returns_twice__;
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern __pid_t _Fork(void) __THROW;
#endif
#ifdef __USE_XOPEN2K24
/* A close that a signal ends has closed the descriptor. */
# define POSIX_CLOSE_RESTART 0
extern int posix_close(int fd, int flag);
#endif
#if defined __USE_MISC || defined __USE_XOPEN
extern int nice(int increment) __THROW __wur;
#endif
extern void _exit(int status) __attribute__((__noreturn__));

extern long int pathconf(const char *path, int name) __THROW __nonnull((1));
extern long int fpathconf(int fd, int name) __THROW;
extern long int sysconf(int name) __THROW;
#ifdef __USE_POSIX2
extern size_t confstr(int name, char *buffer, size_t length) __THROW;
#endif

extern __pid_t getpid(void) __THROW;
extern __pid_t getppid(void) __THROW;
extern __pid_t getpgrp(void) __THROW;
extern __pid_t __getpgid(__pid_t process) __THROW;
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern __pid_t getpgid(__pid_t process) __THROW;
#endif
extern int setpgid(__pid_t process, __pid_t group) __THROW;
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int setpgrp(void) __THROW;
#endif
extern __pid_t setsid(void) __THROW;
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern __pid_t getsid(__pid_t process) __THROW;
#endif
extern __uid_t getuid(void) __THROW;
extern __uid_t geteuid(void) __THROW;
extern __gid_t getgid(void) __THROW;
extern __gid_t getegid(void) __THROW;
extern int getgroups(int count, __gid_t list[]) __THROW __wur;
#ifdef __USE_GNU
extern int group_member(__gid_t group) __THROW;
#endif
extern int setuid(__uid_t user) __THROW __wur;
extern int setgid(__gid_t group) __THROW __wur;
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int setreuid(__uid_t real, __uid_t effective) __THROW __wur;
extern int setregid(__gid_t real, __gid_t effective) __THROW __wur;
#endif
#ifdef __USE_XOPEN2K
extern int seteuid(__uid_t user) __THROW __wur;
extern int setegid(__gid_t group) __THROW __wur;
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
extern int getresuid(__uid_t *real, __uid_t *effective, __uid_t *saved) __THROW;
extern int getresgid(__gid_t *real, __gid_t *effective, __gid_t *saved) __THROW;
extern int setresuid(__uid_t real, __uid_t effective, __uid_t saved) __THROW __wur;
extern int setresgid(__gid_t real, __gid_t effective, __gid_t saved) __THROW __wur;
#endif

extern char *ttyname(int fd) __THROW;
extern int ttyname_r(int fd, char *buffer, size_t length) __THROW __nonnull((2)) __wur;
extern int isatty(int fd) __THROW;
extern __pid_t tcgetpgrp(int fd) __THROW;
extern int tcsetpgrp(int fd, __pid_t group) __THROW;

extern int link(const char *old, const char *new_path) __THROW __nonnull((1, 2)) __wur;
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K
extern int symlink(const char *target, const char *path) __THROW __nonnull((1, 2)) __wur;
extern ssize_t readlink(const char *__restrict path, char *__restrict buffer, size_t length)
    __THROW __nonnull((1, 2)) __wur;
#endif
extern int unlink(const char *path) __THROW __nonnull((1));
extern int rmdir(const char *path) __THROW __nonnull((1));
#ifdef __USE_ATFILE
extern int linkat(int old_directory, const char *old, int new_directory, const char *new_path, int flags)
    __THROW __nonnull((2, 4)) __wur;
extern int symlinkat(const char *target, int directory, const char *path) __THROW __nonnull((1, 3)) __wur;
extern ssize_t readlinkat(int directory, const char *__restrict path, char *__restrict buffer, size_t length)
    __THROW __nonnull((2, 3)) __wur;
extern int unlinkat(int directory, const char *path, int flags) __THROW __nonnull((2));
#endif

extern char *getlogin(void);
#if defined __USE_POSIX199506 || defined __USE_UNIX98
extern int getlogin_r(char *name, size_t length) __nonnull((1));
#endif
#ifdef __USE_POSIX2
# include <bits/getopt_posix.h>
#endif
#if defined __USE_UNIX98 || defined __USE_XOPEN2K
extern int gethostname(char *name, size_t length) __THROW __nonnull((1));
#endif
#ifdef __USE_MISC
extern int sethostname(const char *name, size_t length) __THROW __nonnull((1)) __wur;
extern int getdomainname(char *name, size_t length) __THROW __nonnull((1)) __wur;
extern int setdomainname(const char *name, size_t length) __THROW __nonnull((1)) __wur;
extern int getdtablesize(void) __THROW;
extern int chroot(const char *path) __THROW __nonnull((1)) __wur;
extern char *getpass(const char *prompt) __nonnull((1));
extern int acct(const char *path) __THROW;
extern char *getusershell(void) __THROW;
extern void setusershell(void) __THROW;
extern void endusershell(void) __THROW;
extern int getpagesize(void) __THROW __attribute_const__;
extern int daemon(int keep_directory, int keep_streams) __THROW __wur;
extern long int syscall(long int number, ...) __THROW;
extern int issetugid(void) __THROW;
#endif
extern int fsync(int fd);
#ifdef __USE_GNU
extern int syncfs(int fd) __THROW;
extern int close_range(unsigned int first, unsigned int last, int flags) __THROW;
extern __pid_t gettid(void) __THROW;
extern ssize_t copy_file_range(int input, __off64_t *input_offset, int output, __off64_t *output_offset,
    size_t length, unsigned int flags);
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern long int gethostid(void);
extern void sync(void) __THROW;
#endif
#if defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K8
extern int truncate(const char *path, __off_t length) __THROW __nonnull((1)) __wur;
# ifdef __USE_LARGEFILE64
extern int truncate64(const char *path, __off64_t length) __THROW __nonnull((1)) __wur;
# endif
#endif
#if defined __USE_POSIX199309 || defined __USE_XOPEN_EXTENDED || defined __USE_XOPEN2K
extern int ftruncate(int fd, __off_t length) __THROW __wur;
# ifdef __USE_LARGEFILE64
extern int ftruncate64(int fd, __off64_t length) __THROW __wur;
# endif
#endif
#ifdef __USE_MISC
extern int brk(void *end) __THROW __wur;
extern void *sbrk(intptr_t increment) __THROW;
#endif

#ifndef F_LOCK
# define F_ULOCK 0
# define F_LOCK 1
# define F_TLOCK 2
# define F_TEST 3
#endif
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern int lockf(int fd, int command, __off_t length) __wur;
# ifdef __USE_LARGEFILE64
extern int lockf64(int fd, int command, __off64_t length) __wur;
# endif
#endif
#ifdef __USE_GNU
# define TEMP_FAILURE_RETRY(expression) \
    (__extension__({ long int __result; do __result = (long int)(expression); \
        while (__result == -1L && errno == EINTR); __result; }))
#endif
#if defined __USE_POSIX199309 || defined __USE_UNIX98
extern int fdatasync(int fd);
#endif
#if defined __USE_MISC || defined __USE_XOPEN
extern char *crypt(const char *key, const char *salt) __THROW __nonnull((1, 2));
extern void swab(const void *__restrict from, void *__restrict to, ssize_t length) __THROW __nonnull((1, 2));
#endif
#if defined __USE_XOPEN && !defined __USE_XOPEN2K
extern char *ctermid(char *name) __THROW;
#endif
#if defined __USE_MISC || defined __USE_XOPEN2K24
extern int getentropy(void *buffer, size_t length) __wur;
#endif

#if __USE_FORTIFY_LEVEL > 0 && defined __fortify_function
# include <bits/unistd2.h>
#endif

__END_DECLS

#endif
