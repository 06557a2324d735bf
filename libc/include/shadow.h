/* <shadow.h>: the passwords of users, which only the administrator reads. */
#ifndef _SHADOW_H
#define _SHADOW_H 1

#include <features.h>
#include <paths.h>
#include <bits/types/FILE.h>
#define __need_size_t
#include <stddef.h>

#define SHADOW "/etc/shadow"

struct spwd {
    char *sp_namp;
    char *sp_pwdp;
    long int sp_lstchg;
    long int sp_min;
    long int sp_max;
    long int sp_warn;
    long int sp_inact;
    long int sp_expire;
    unsigned long int sp_flag;
};

__BEGIN_DECLS
extern void setspent(void);
extern void endspent(void);
extern struct spwd *getspent(void);
extern struct spwd *getspnam(const char *name);
extern struct spwd *sgetspent(const char *line);
extern struct spwd *fgetspent(FILE *stream);
extern int putspent(const struct spwd *entry, FILE *stream);
#ifdef __USE_MISC
extern int getspent_r(struct spwd *entry, char *buffer, size_t length, struct spwd **result);
extern int getspnam_r(const char *name, struct spwd *entry, char *buffer, size_t length, struct spwd **result);
extern int sgetspent_r(const char *line, struct spwd *entry, char *buffer, size_t length, struct spwd **result);
extern int fgetspent_r(FILE *stream, struct spwd *entry, char *buffer, size_t length, struct spwd **result);
#endif
extern int lckpwdf(void) __THROW;
extern int ulckpwdf(void) __THROW;
__END_DECLS

#endif
