/* <netinet/ether.h>: Ethernet addresses as text. */
#ifndef _NETINET_ETHER_H
#define _NETINET_ETHER_H 1

#include <features.h>
#include <netinet/if_ether.h>

__BEGIN_DECLS
extern char *ether_ntoa(const struct ether_addr *address) __THROW;
extern char *ether_ntoa_r(const struct ether_addr *address, char *text) __THROW;
extern struct ether_addr *ether_aton(const char *text) __THROW;
extern struct ether_addr *ether_aton_r(const char *text, struct ether_addr *address) __THROW;
extern int ether_ntohost(char *host, const struct ether_addr *address) __THROW;
extern int ether_hostton(const char *host, struct ether_addr *address) __THROW;
extern int ether_line(const char *line, struct ether_addr *address, char *host) __THROW;
__END_DECLS

#endif
