/* <pwd.h>: the user database. POSIX.1-2024 <pwd.h>, with glibc's streams of it. */
#ifndef _PWD_H
#define _PWD_H 1

#include <features.h>
#include <bits/types.h>
#define __need_size_t
#include <stddef.h>
#ifndef __gid_t_defined
typedef __gid_t gid_t;
# define __gid_t_defined
#endif
#ifndef __uid_t_defined
typedef __uid_t uid_t;
# define __uid_t_defined
#endif
#ifdef __USE_MISC
# include <bits/types/FILE.h>
# define NSS_BUFLEN_PASSWD 1024
#endif

struct passwd {
    char *pw_name;
    char *pw_passwd;
    __uid_t pw_uid;
    __gid_t pw_gid;
    char *pw_gecos;
    char *pw_dir;
    char *pw_shell;
};

__BEGIN_DECLS
extern struct passwd *getpwuid(__uid_t user);
extern struct passwd *getpwnam(const char *name) __nonnull((1));
extern int getpwuid_r(__uid_t user, struct passwd *__restrict entry, char *__restrict buffer, size_t length,
                      struct passwd **__restrict result) __nonnull((2, 3, 5));
extern int getpwnam_r(const char *__restrict name, struct passwd *__restrict entry, char *__restrict buffer,
                      size_t length, struct passwd **__restrict result) __nonnull((1, 2, 3, 5));
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern void setpwent(void);
extern void endpwent(void);
extern struct passwd *getpwent(void);
#endif
#ifdef __USE_MISC
extern int getpwent_r(struct passwd *__restrict entry, char *__restrict buffer, size_t length,
                      struct passwd **__restrict result) __nonnull((1, 2, 4));
extern struct passwd *fgetpwent(FILE *stream) __nonnull((1));
extern int fgetpwent_r(FILE *__restrict stream, struct passwd *__restrict entry, char *__restrict buffer,
                       size_t length, struct passwd **__restrict result) __nonnull((1, 2, 3, 5));
extern int putpwent(const struct passwd *__restrict entry, FILE *__restrict stream);
#endif
__END_DECLS

#endif
