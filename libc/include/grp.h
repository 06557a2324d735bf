/* <grp.h>: the group database. POSIX.1-2024 <grp.h>, with the supplementary groups of BSD and glibc's streams. */
#ifndef _GRP_H
#define _GRP_H 1

#include <features.h>
#include <bits/types.h>
#define __need_size_t
#include <stddef.h>
#ifndef __gid_t_defined
typedef __gid_t gid_t;
# define __gid_t_defined
#endif
#ifdef __USE_MISC
# include <bits/types/FILE.h>
# define NSS_BUFLEN_GROUP 1024
#endif

struct group {
    char *gr_name;
    char *gr_passwd;
    __gid_t gr_gid;
    char **gr_mem;
};

__BEGIN_DECLS
extern struct group *getgrgid(__gid_t group);
extern struct group *getgrnam(const char *name);
extern int getgrgid_r(__gid_t group, struct group *__restrict entry, char *__restrict buffer, size_t length,
                      struct group **__restrict result);
extern int getgrnam_r(const char *__restrict name, struct group *__restrict entry, char *__restrict buffer,
                      size_t length, struct group **__restrict result);
#if defined __USE_MISC || defined __USE_XOPEN_EXTENDED
extern void setgrent(void);
extern void endgrent(void);
extern struct group *getgrent(void);
#endif
#ifdef __USE_MISC
extern int getgrent_r(struct group *__restrict entry, char *__restrict buffer, size_t length,
                      struct group **__restrict result);
extern struct group *fgetgrent(FILE *stream);
extern int fgetgrent_r(FILE *__restrict stream, struct group *__restrict entry, char *__restrict buffer,
                       size_t length, struct group **__restrict result);
extern int putgrent(const struct group *__restrict entry, FILE *__restrict stream);
extern int setgroups(size_t count, const __gid_t *groups) __THROW;
extern int getgrouplist(const char *user, __gid_t group, __gid_t *groups, int *count);
extern int initgroups(const char *user, __gid_t group);
#endif
__END_DECLS

#endif
