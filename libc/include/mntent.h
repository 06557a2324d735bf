/* <mntent.h>: tables of mounted file systems. */
#ifndef _MNTENT_H
#define _MNTENT_H 1

#include <features.h>
#include <paths.h>
#include <bits/types/FILE.h>

#define MNTTAB _PATH_MNTTAB
#define MOUNTED _PATH_MOUNTED
#define MNTTYPE_IGNORE "ignore"
#define MNTTYPE_NFS "nfs"
#define MNTTYPE_SWAP "swap"
#define MNTOPT_DEFAULTS "defaults"
#define MNTOPT_RO "ro"
#define MNTOPT_RW "rw"
#define MNTOPT_SUID "suid"
#define MNTOPT_NOSUID "nosuid"
#define MNTOPT_NOAUTO "noauto"

struct mntent {
    char *mnt_fsname;
    char *mnt_dir;
    char *mnt_type;
    char *mnt_opts;
    int mnt_freq;
    int mnt_passno;
};

__BEGIN_DECLS
extern FILE *setmntent(const char *path, const char *mode) __THROW;
extern struct mntent *getmntent(FILE *stream) __THROW;
#ifdef __USE_MISC
extern struct mntent *getmntent_r(FILE *__restrict stream, struct mntent *__restrict entry, char *__restrict buffer,
                                  int length) __THROW;
#endif
extern int addmntent(FILE *__restrict stream, const struct mntent *__restrict entry) __THROW;
extern int endmntent(FILE *stream) __THROW;
extern char *hasmntopt(const struct mntent *entry, const char *option) __THROW;
__END_DECLS

#endif
