/* <ifaddrs.h>: the addresses of the network interfaces. BSD. */
#ifndef _IFADDRS_H
#define _IFADDRS_H 1

#include <features.h>
#include <sys/socket.h>

struct ifaddrs {
    struct ifaddrs *ifa_next;
    char *ifa_name;
    unsigned int ifa_flags;
    struct sockaddr *ifa_addr;
    struct sockaddr *ifa_netmask;
    union {
        struct sockaddr *ifu_broadaddr;
        struct sockaddr *ifu_dstaddr;
    } ifa_ifu;
    void *ifa_data;
};
#define ifa_broadaddr ifa_ifu.ifu_broadaddr
#define ifa_dstaddr ifa_ifu.ifu_dstaddr

__BEGIN_DECLS
extern int getifaddrs(struct ifaddrs **list) __THROW;
extern void freeifaddrs(struct ifaddrs *list) __THROW;
__END_DECLS

#endif
