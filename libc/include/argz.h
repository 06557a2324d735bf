/* <argz.h>: vectors of strings that lie one behind the other, each with its zero. GNU. */
#ifndef _ARGZ_H
#define _ARGZ_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>
#include <errno.h>

#include <bits/types/error_t.h>

__BEGIN_DECLS
extern error_t argz_create(char *const arguments[], char **__restrict vector, size_t *__restrict length) __THROW;
extern error_t argz_create_sep(const char *__restrict text, int separator, char **__restrict vector,
                               size_t *__restrict length) __THROW;
extern size_t argz_count(const char *vector, size_t length) __THROW;
extern void argz_extract(const char *__restrict vector, size_t length, char **__restrict arguments) __THROW;
extern void argz_stringify(char *vector, size_t length, int separator) __THROW;
extern error_t argz_append(char **__restrict vector, size_t *__restrict length, const char *__restrict bytes,
                           size_t count) __THROW;
extern error_t argz_add(char **__restrict vector, size_t *__restrict length, const char *__restrict text) __THROW;
extern error_t argz_add_sep(char **__restrict vector, size_t *__restrict length, const char *__restrict text,
                            int separator) __THROW;
extern void argz_delete(char **__restrict vector, size_t *__restrict length, char *__restrict entry) __THROW;
extern error_t argz_insert(char **__restrict vector, size_t *__restrict length, char *__restrict before,
                           const char *__restrict entry) __THROW;
extern error_t argz_replace(char **__restrict vector, size_t *__restrict length, const char *__restrict text,
                            const char *__restrict with, unsigned int *__restrict count) __THROW;
extern char *argz_next(const char *__restrict vector, size_t length, const char *__restrict entry) __THROW;
__END_DECLS

#endif
