/* <sys/sysinfo.h>: memory and load of the system. */
#ifndef _SYS_SYSINFO_H
#define _SYS_SYSINFO_H 1

#include <features.h>
#include <bits/types.h>

struct sysinfo {
    long int uptime;
    unsigned long int loads[3];
    unsigned long int totalram;
    unsigned long int freeram;
    unsigned long int sharedram;
    unsigned long int bufferram;
    unsigned long int totalswap;
    unsigned long int freeswap;
    unsigned short int procs;
    unsigned short int pad;
    unsigned long int totalhigh;
    unsigned long int freehigh;
    unsigned int mem_unit;
    char _f[0];
};
#define SI_LOAD_SHIFT 16

__BEGIN_DECLS
extern int sysinfo(struct sysinfo *information) __THROW;
extern int get_nprocs_conf(void) __THROW;
extern int get_nprocs(void) __THROW;
extern long int get_phys_pages(void) __THROW;
extern long int get_avphys_pages(void) __THROW;
__END_DECLS

#endif
