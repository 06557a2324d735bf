/* <arpa/inet.h>: Internet addresses as text. POSIX.1-2024 <arpa/inet.h>. */
#ifndef _ARPA_INET_H
#define _ARPA_INET_H 1

#include <features.h>
#include <netinet/in.h>

__BEGIN_DECLS
extern in_addr_t inet_addr(const char *text) __THROW;
extern char *inet_ntoa(struct in_addr address) __THROW;
extern const char *inet_ntop(int family, const void *__restrict address, char *__restrict text, socklen_t size) __THROW;
extern int inet_pton(int family, const char *__restrict text, void *__restrict address) __THROW;
#ifdef __USE_MISC
extern int inet_aton(const char *text, struct in_addr *address) __THROW;
extern in_addr_t inet_lnaof(struct in_addr address) __THROW;
extern struct in_addr inet_makeaddr(in_addr_t network, in_addr_t host) __THROW;
extern in_addr_t inet_netof(struct in_addr address) __THROW;
extern in_addr_t inet_network(const char *text) __THROW;
#endif
__END_DECLS

#endif
