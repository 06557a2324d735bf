/* The checked forms of <string.h>: each passes the target's size, where the compiler knows it. */
#ifndef _STRING_H
# error "include <string.h> instead"
#endif

__fortify_function void *__NTH(memcpy(void *__restrict __dest, const void *__restrict __src, size_t __len))
{
    return __builtin___memcpy_chk(__dest, __src, __len, __glibc_objsize0(__dest));
}

__fortify_function void *__NTH(memmove(void *__dest, const void *__src, size_t __len))
{
    return __builtin___memmove_chk(__dest, __src, __len, __glibc_objsize0(__dest));
}

__fortify_function void *__NTH(memset(void *__dest, int __ch, size_t __len))
{
    return __builtin___memset_chk(__dest, __ch, __len, __glibc_objsize0(__dest));
}

#ifdef __USE_GNU
__fortify_function void *__NTH(mempcpy(void *__restrict __dest, const void *__restrict __src, size_t __len))
{
    return __builtin___mempcpy_chk(__dest, __src, __len, __glibc_objsize0(__dest));
}
#endif

__fortify_function char *__NTH(strcpy(char *__restrict __dest, const char *__restrict __src))
{
    return __builtin___strcpy_chk(__dest, __src, __glibc_objsize(__dest));
}

__fortify_function char *__NTH(strncpy(char *__restrict __dest, const char *__restrict __src, size_t __len))
{
    return __builtin___strncpy_chk(__dest, __src, __len, __glibc_objsize(__dest));
}

__fortify_function char *__NTH(strcat(char *__restrict __dest, const char *__restrict __src))
{
    return __builtin___strcat_chk(__dest, __src, __glibc_objsize(__dest));
}

__fortify_function char *__NTH(strncat(char *__restrict __dest, const char *__restrict __src, size_t __len))
{
    return __builtin___strncat_chk(__dest, __src, __len, __glibc_objsize(__dest));
}

#ifdef __USE_XOPEN2K8
__fortify_function char *__NTH(stpcpy(char *__restrict __dest, const char *__restrict __src))
{
    return __builtin___stpcpy_chk(__dest, __src, __glibc_objsize(__dest));
}

__fortify_function char *__NTH(stpncpy(char *__dest, const char *__src, size_t __n))
{
    return __builtin___stpncpy_chk(__dest, __src, __n, __glibc_objsize(__dest));
}
#endif

#ifdef __USE_MISC
extern void __explicit_bzero_chk(void *__dest, size_t __len, size_t __destlen) __THROW __nonnull((1));
__fortify_function void __NTH(explicit_bzero(void *__dest, size_t __len))
{
    __explicit_bzero_chk(__dest, __len, __glibc_objsize0(__dest));
}
#endif
