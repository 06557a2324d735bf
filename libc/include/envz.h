/* <envz.h>: argz vectors whose strings are NAME=VALUE, or NAME alone. GNU. */
#ifndef _ENVZ_H
#define _ENVZ_H 1

#include <features.h>
#include <argz.h>

__BEGIN_DECLS
extern char *envz_entry(const char *__restrict vector, size_t length, const char *__restrict name) __THROW;
extern char *envz_get(const char *__restrict vector, size_t length, const char *__restrict name) __THROW;
extern error_t envz_add(char **__restrict vector, size_t *__restrict length, const char *__restrict name,
                        const char *__restrict value) __THROW;
extern error_t envz_merge(char **__restrict vector, size_t *__restrict length, const char *__restrict other,
                          size_t other_length, int override) __THROW;
extern void envz_remove(char **__restrict vector, size_t *__restrict length, const char *__restrict name) __THROW;
extern void envz_strip(char **__restrict vector, size_t *__restrict length) __THROW;
__END_DECLS

#endif
