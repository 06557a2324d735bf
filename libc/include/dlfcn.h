/* <dlfcn.h>: shared objects at run time. POSIX.1-2024 <dlfcn.h>. */
#ifndef _DLFCN_H
#define _DLFCN_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

#define RTLD_LAZY 0x00001
#define RTLD_NOW 0x00002
#define RTLD_BINDING_MASK 0x3
#define RTLD_NOLOAD 0x00004
#define RTLD_DEEPBIND 0x00008
#define RTLD_GLOBAL 0x00100
#define RTLD_LOCAL 0
#define RTLD_NODELETE 0x01000
#ifdef __USE_GNU
# define RTLD_NEXT ((void *)-1l)
# define RTLD_DEFAULT ((void *)0)
#endif

__BEGIN_DECLS
extern void *dlopen(const char *file, int mode) __THROWNL;
extern int dlclose(void *handle) __THROWNL __nonnull((1));
extern void *dlsym(void *__restrict handle, const char *__restrict name) __THROW __nonnull((2));
extern char *dlerror(void) __THROW;
#ifdef __USE_GNU
typedef struct {
    const char *dli_fname;
    void *dli_fbase;
    const char *dli_sname;
    void *dli_saddr;
} Dl_info;
extern int dladdr(const void *address, Dl_info *information) __THROW __nonnull((2));

struct dl_find_object {
    unsigned long long int dlfo_flags;
    void *dlfo_map_start;
    void *dlfo_map_end;
    struct link_map *dlfo_link_map;
    void *dlfo_eh_frame;
    unsigned long long int __dflo_reserved[7];
};
# define DLFO_STRUCT_HAS_EH_DBASE 0
# define DLFO_STRUCT_HAS_EH_COUNT 0
extern int _dl_find_object(void *address, struct dl_find_object *result) __THROW;
#endif
__END_DECLS

#endif
