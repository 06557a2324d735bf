/* <link.h>: the objects of a running program. glibc <link.h>. */
#ifndef _LINK_H
#define _LINK_H 1

#include <features.h>
#include <elf.h>
#include <dlfcn.h>
#include <sys/types.h>

#define ElfW(type) Elf64_##type
#define __ELF_NATIVE_CLASS 64

struct link_map {
    Elf64_Addr l_addr;
    char *l_name;
    Elf64_Dyn *l_ld;
    struct link_map *l_next;
    struct link_map *l_prev;
};

#ifdef __USE_GNU
struct dl_phdr_info {
    Elf64_Addr dlpi_addr;
    const char *dlpi_name;
    const Elf64_Phdr *dlpi_phdr;
    Elf64_Half dlpi_phnum;
    __extension__ unsigned long long int dlpi_adds;
    __extension__ unsigned long long int dlpi_subs;
    size_t dlpi_tls_modid;
    void *dlpi_tls_data;
};

__BEGIN_DECLS
extern int dl_iterate_phdr(int (*function)(struct dl_phdr_info *, size_t, void *), void *argument);
__END_DECLS
#endif

#endif
