/* <wordexp.h>: the expansions of a shell. POSIX.1-2024 <wordexp.h>. */
#ifndef _WORDEXP_H
#define _WORDEXP_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

#define WRDE_DOOFFS 1
#define WRDE_APPEND 2
#define WRDE_NOCMD 4
#define WRDE_REUSE 8
#define WRDE_SHOWERR 16
#define WRDE_UNDEF 32

#ifdef __USE_XOPEN
# define WRDE_NOSYS (-1)
#endif
#define WRDE_NOSPACE 1
#define WRDE_BADCHAR 2
#define WRDE_BADVAL 3
#define WRDE_CMDSUB 4
#define WRDE_SYNTAX 5

typedef struct {
    size_t we_wordc;
    char **we_wordv;
    size_t we_offs;
} wordexp_t;

__BEGIN_DECLS
extern int wordexp(const char *__restrict words, wordexp_t *__restrict result, int flags);
extern void wordfree(wordexp_t *result) __THROW;
__END_DECLS

#endif
