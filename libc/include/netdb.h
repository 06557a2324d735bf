/* <netdb.h>: databases of hosts, networks, protocols and services. POSIX.1-2024 <netdb.h>, with BSD's older calls. */
#ifndef _NETDB_H
#define _NETDB_H 1

#include <features.h>
#include <stdint.h>
#include <netinet/in.h>

#ifdef __USE_MISC
# define _PATH_HEQUIV "/etc/hosts.equiv"
# define _PATH_HOSTS "/etc/hosts"
# define _PATH_NETWORKS "/etc/networks"
# define _PATH_NSSWITCH_CONF "/etc/nsswitch.conf"
# define _PATH_PROTOCOLS "/etc/protocols"
# define _PATH_SERVICES "/etc/services"
#endif

#define h_errno (*__h_errno_location())
#define HOST_NOT_FOUND 1
#define TRY_AGAIN 2
#define NO_RECOVERY 3
#define NO_DATA 4
#ifdef __USE_MISC
# define NETDB_INTERNAL -1
# define NETDB_SUCCESS 0
# define NO_ADDRESS NO_DATA
#endif
#define IPPORT_RESERVED 1024
#ifdef __USE_GNU
# define SCOPE_DELIMITER '%'
#endif

struct hostent {
    char *h_name;
    char **h_aliases;
    int h_addrtype;
    int h_length;
    char **h_addr_list;
#ifdef __USE_MISC
# define h_addr h_addr_list[0]
#endif
};
struct netent {
    char *n_name;
    char **n_aliases;
    int n_addrtype;
    uint32_t n_net;
};
struct servent {
    char *s_name;
    char **s_aliases;
    int s_port;
    char *s_proto;
};
struct protoent {
    char *p_name;
    char **p_aliases;
    int p_proto;
};
struct addrinfo {
    int ai_flags;
    int ai_family;
    int ai_socktype;
    int ai_protocol;
    socklen_t ai_addrlen;
    struct sockaddr *ai_addr;
    char *ai_canonname;
    struct addrinfo *ai_next;
};

#define AI_PASSIVE 0x0001
#define AI_CANONNAME 0x0002
#define AI_NUMERICHOST 0x0004
#define AI_V4MAPPED 0x0008
#define AI_ALL 0x0010
#define AI_ADDRCONFIG 0x0020
#define AI_NUMERICSERV 0x0400

#define EAI_BADFLAGS -1
#define EAI_NONAME -2
#define EAI_AGAIN -3
#define EAI_FAIL -4
#define EAI_FAMILY -6
#define EAI_SOCKTYPE -7
#define EAI_SERVICE -8
#define EAI_MEMORY -10
#define EAI_SYSTEM -11
#define EAI_OVERFLOW -12
#ifdef __USE_GNU
# define EAI_NODATA -5
# define EAI_ADDRFAMILY -9
# define EAI_INPROGRESS -100
# define EAI_CANCELED -101
# define EAI_NOTCANCELED -102
# define EAI_ALLDONE -103
# define EAI_INTR -104
# define EAI_IDN_ENCODE -105
#endif

#ifdef __USE_MISC
# define NI_MAXHOST 1025
# define NI_MAXSERV 32
#endif
#define NI_NUMERICHOST 1
#define NI_NUMERICSERV 2
#define NI_NOFQDN 4
#define NI_NAMEREQD 8
#define NI_DGRAM 16

__BEGIN_DECLS
extern int *__h_errno_location(void) __THROW __attribute__((__const__));

extern void sethostent(int stay_open);
extern void endhostent(void);
extern struct hostent *gethostent(void);
extern void setnetent(int stay_open);
extern void endnetent(void);
extern struct netent *getnetent(void);
extern struct netent *getnetbyaddr(uint32_t network, int type);
extern struct netent *getnetbyname(const char *name);
extern void setservent(int stay_open);
extern void endservent(void);
extern struct servent *getservent(void);
extern struct servent *getservbyname(const char *name, const char *protocol);
extern struct servent *getservbyport(int port, const char *protocol);
extern void setprotoent(int stay_open);
extern void endprotoent(void);
extern struct protoent *getprotoent(void);
extern struct protoent *getprotobyname(const char *name);
extern struct protoent *getprotobynumber(int number);

extern int getaddrinfo(const char *__restrict node, const char *__restrict service,
                       const struct addrinfo *__restrict hints, struct addrinfo **__restrict result);
extern void freeaddrinfo(struct addrinfo *list) __THROW;
extern const char *gai_strerror(int error) __THROW;
extern int getnameinfo(const struct sockaddr *__restrict address, socklen_t length, char *__restrict host,
                       socklen_t host_length, char *__restrict service, socklen_t service_length, int flags);

extern struct hostent *gethostbyaddr(const void *address, socklen_t length, int type);
extern struct hostent *gethostbyname(const char *name);
#ifdef __USE_MISC
extern void herror(const char *text) __THROW;
extern const char *hstrerror(int error) __THROW;
extern struct hostent *gethostbyname2(const char *name, int family);
extern int gethostent_r(struct hostent *__restrict entry, char *__restrict buffer, size_t length,
                        struct hostent **__restrict result, int *__restrict error);
extern int gethostbyaddr_r(const void *__restrict address, socklen_t address_length, int type,
                           struct hostent *__restrict entry, char *__restrict buffer, size_t length,
                           struct hostent **__restrict result, int *__restrict error);
extern int gethostbyname_r(const char *__restrict name, struct hostent *__restrict entry, char *__restrict buffer,
                           size_t length, struct hostent **__restrict result, int *__restrict error);
extern int gethostbyname2_r(const char *__restrict name, int family, struct hostent *__restrict entry,
                            char *__restrict buffer, size_t length, struct hostent **__restrict result,
                            int *__restrict error);
extern int getnetent_r(struct netent *__restrict entry, char *__restrict buffer, size_t length,
                       struct netent **__restrict result, int *__restrict error);
extern int getnetbyaddr_r(uint32_t network, int type, struct netent *__restrict entry, char *__restrict buffer,
                          size_t length, struct netent **__restrict result, int *__restrict error);
extern int getnetbyname_r(const char *__restrict name, struct netent *__restrict entry, char *__restrict buffer,
                          size_t length, struct netent **__restrict result, int *__restrict error);
extern int getservent_r(struct servent *__restrict entry, char *__restrict buffer, size_t length,
                        struct servent **__restrict result);
extern int getservbyname_r(const char *__restrict name, const char *__restrict protocol,
                           struct servent *__restrict entry, char *__restrict buffer, size_t length,
                           struct servent **__restrict result);
extern int getservbyport_r(int port, const char *__restrict protocol, struct servent *__restrict entry,
                           char *__restrict buffer, size_t length, struct servent **__restrict result);
extern int getprotoent_r(struct protoent *__restrict entry, char *__restrict buffer, size_t length,
                         struct protoent **__restrict result);
extern int getprotobyname_r(const char *__restrict name, struct protoent *__restrict entry, char *__restrict buffer,
                            size_t length, struct protoent **__restrict result);
extern int getprotobynumber_r(int number, struct protoent *__restrict entry, char *__restrict buffer, size_t length,
                              struct protoent **__restrict result);
#endif
__END_DECLS

#endif
