/* The functions of <stdio.h> that _FORTIFY_SOURCE checks: each call passes on what the compiler knows of the size. */
#ifndef _BITS_STDIO2_H
#define _BITS_STDIO2_H 1

#ifndef _STDIO_H
# error "Include <stdio.h> instead."
#endif

#define __TRIVET_CHECKS (__USE_FORTIFY_LEVEL - 1)

extern int __sprintf_chk(char *__restrict __place, int __checks, size_t __room, const char *__restrict __format, ...)
    __THROW;
extern int __vsprintf_chk(char *__restrict __place, int __checks, size_t __room, const char *__restrict __format,
                          __gnuc_va_list __list) __THROW;
extern int __snprintf_chk(char *__restrict __place, size_t __size, int __checks, size_t __room,
                          const char *__restrict __format, ...) __THROW;
extern int __vsnprintf_chk(char *__restrict __place, size_t __size, int __checks, size_t __room,
                           const char *__restrict __format, __gnuc_va_list __list) __THROW;
extern int __fprintf_chk(FILE *__restrict __stream, int __checks, const char *__restrict __format, ...);
extern int __printf_chk(int __checks, const char *__restrict __format, ...);
extern int __vfprintf_chk(FILE *__restrict __stream, int __checks, const char *__restrict __format,
                          __gnuc_va_list __list);
extern int __vprintf_chk(int __checks, const char *__restrict __format, __gnuc_va_list __list);
extern int __asprintf_chk(char **__restrict __place, int __checks, const char *__restrict __format, ...) __THROW;
extern int __vasprintf_chk(char **__restrict __place, int __checks, const char *__restrict __format,
                           __gnuc_va_list __list) __THROW;
extern int __dprintf_chk(int __fd, int __checks, const char *__restrict __format, ...);
extern int __vdprintf_chk(int __fd, int __checks, const char *__restrict __format, __gnuc_va_list __list);
extern char *__fgets_chk(char *__restrict __place, size_t __room, int __size, FILE *__restrict __stream) __wur;
extern char *__fgets_unlocked_chk(char *__restrict __place, size_t __room, int __size, FILE *__restrict __stream)
    __wur;
extern size_t __fread_chk(void *__restrict __place, size_t __room, size_t __size, size_t __count,
                          FILE *__restrict __stream) __wur;
extern size_t __fread_unlocked_chk(void *__restrict __place, size_t __room, size_t __size, size_t __count,
                                   FILE *__restrict __stream) __wur;

#ifdef __va_arg_pack
__fortify_function int __NTH(sprintf(char *__restrict __place, const char *__restrict __format, ...))
{
    return __builtin___sprintf_chk(__place, __TRIVET_CHECKS, __glibc_objsize(__place), __format, __va_arg_pack());
}
__fortify_function int fprintf(FILE *__restrict __stream, const char *__restrict __format, ...)
{
    return __fprintf_chk(__stream, __TRIVET_CHECKS, __format, __va_arg_pack());
}
__fortify_function int printf(const char *__restrict __format, ...)
{
    return __printf_chk(__TRIVET_CHECKS, __format, __va_arg_pack());
}
#elif !defined __cplusplus
# define sprintf(place, ...) \
    __builtin___sprintf_chk(place, __TRIVET_CHECKS, __glibc_objsize(place), __VA_ARGS__)
# define fprintf(stream, ...) __fprintf_chk(stream, __TRIVET_CHECKS, __VA_ARGS__)
# define printf(...) __printf_chk(__TRIVET_CHECKS, __VA_ARGS__)
#endif

__fortify_function int __NTH(vsprintf(char *__restrict __place, const char *__restrict __format,
                                      __gnuc_va_list __list))
{
    return __builtin___vsprintf_chk(__place, __TRIVET_CHECKS, __glibc_objsize(__place), __format, __list);
}
__fortify_function int vprintf(const char *__restrict __format, __gnuc_va_list __list)
{
    return __vfprintf_chk(stdout, __TRIVET_CHECKS, __format, __list);
}
__fortify_function int vfprintf(FILE *__restrict __stream, const char *__restrict __format, __gnuc_va_list __list)
{
    return __vfprintf_chk(__stream, __TRIVET_CHECKS, __format, __list);
}

#if defined __USE_ISOC99 || defined __USE_UNIX98
# ifdef __va_arg_pack
__fortify_function int __NTH(snprintf(char *__restrict __place, size_t __size, const char *__restrict __format, ...))
{
    return __builtin___snprintf_chk(__place, __size, __TRIVET_CHECKS, __glibc_objsize(__place), __format,
                                    __va_arg_pack());
}
# elif !defined __cplusplus
#  define snprintf(place, size, ...) \
    __builtin___snprintf_chk(place, size, __TRIVET_CHECKS, __glibc_objsize(place), __VA_ARGS__)
# endif
__fortify_function int __NTH(vsnprintf(char *__restrict __place, size_t __size, const char *__restrict __format,
                                       __gnuc_va_list __list))
{
    return __builtin___vsnprintf_chk(__place, __size, __TRIVET_CHECKS, __glibc_objsize(__place), __format, __list);
}
#endif

#if defined __USE_XOPEN2K24 || __GLIBC_USE(LIB_EXT2)
# ifdef __va_arg_pack
__fortify_function int __NTH(asprintf(char **__restrict __place, const char *__restrict __format, ...))
{
    return __asprintf_chk(__place, __TRIVET_CHECKS, __format, __va_arg_pack());
}
# elif !defined __cplusplus
#  define asprintf(place, ...) __asprintf_chk(place, __TRIVET_CHECKS, __VA_ARGS__)
# endif
__fortify_function int __NTH(vasprintf(char **__restrict __place, const char *__restrict __format,
                                       __gnuc_va_list __list))
{
    return __vasprintf_chk(__place, __TRIVET_CHECKS, __format, __list);
}
#endif

#ifdef __USE_XOPEN2K8
# ifdef __va_arg_pack
__fortify_function int dprintf(int __fd, const char *__restrict __format, ...)
{
    return __dprintf_chk(__fd, __TRIVET_CHECKS, __format, __va_arg_pack());
}
# elif !defined __cplusplus
#  define dprintf(fd, ...) __dprintf_chk(fd, __TRIVET_CHECKS, __VA_ARGS__)
# endif
__fortify_function int vdprintf(int __fd, const char *__restrict __format, __gnuc_va_list __list)
{
    return __vdprintf_chk(__fd, __TRIVET_CHECKS, __format, __list);
}
#endif

extern char *__REDIRECT(__fgets_plain, (char *__restrict __place, int __size, FILE *__restrict __stream), fgets) __wur;
extern size_t __REDIRECT(__fread_plain, (void *__restrict __place, size_t __size, size_t __count,
                                         FILE *__restrict __stream), fread) __wur;

__fortify_function __wur char *fgets(char *__restrict __place, int __size, FILE *__restrict __stream)
{
    size_t __room = __glibc_objsize(__place);
    if (__glibc_safe_or_unknown_len(__size, sizeof(char), __room))
        return __fgets_plain(__place, __size, __stream);
    return __fgets_chk(__place, __room, __size, __stream);
}

__fortify_function __wur size_t fread(void *__restrict __place, size_t __size, size_t __count,
                                      FILE *__restrict __stream)
{
    size_t __room = __glibc_objsize0(__place);
    if (__glibc_safe_or_unknown_len(__count, __size, __room))
        return __fread_plain(__place, __size, __count, __stream);
    return __fread_chk(__place, __room, __size, __count, __stream);
}

#endif
