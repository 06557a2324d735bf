/* <resolv.h>: the resolver. BIND; the state's layout is glibc's on x86-64. */
#ifndef _RESOLV_H
#define _RESOLV_H 1

#include <sys/cdefs.h>
#include <sys/types.h>
#include <netinet/in.h>
#include <arpa/nameser.h>
#include <bits/types/FILE.h>

#define MAXNS 3
#define MAXDFLSRCH 3
#define MAXDNSRCH 6
#define MAXRESOLVSORT 10
#define LOCALDOMAINPARTS 2
#define RES_MAXNDOTS 15
#define RES_MAXRETRANS 30
#define RES_MAXRETRY 5
#define RES_DFLRETRY 2
#define RES_TIMEOUT 5
#define _PATH_RESCONF "/etc/resolv.conf"

#define RES_INIT 0x00000001
#define RES_DEBUG 0x00000002
#define RES_USEVC 0x00000008
#define RES_IGNTC 0x00000020
#define RES_RECURSE 0x00000040
#define RES_DEFNAMES 0x00000080
#define RES_STAYOPEN 0x00000100
#define RES_DNSRCH 0x00000200
#define RES_NOALIASES 0x00001000
#define RES_ROTATE 0x00004000
#define RES_USE_EDNS0 0x00100000
#define RES_SNGLKUP 0x00200000
#define RES_SNGLKUPREOP 0x00400000
#define RES_USE_DNSSEC 0x00800000
#define RES_NOTLDQUERY 0x01000000
#define RES_NORELOAD 0x02000000
#define RES_TRUSTAD 0x04000000
#define RES_DEFAULT (RES_RECURSE | RES_DEFNAMES | RES_DNSRCH)

struct __res_state {
    int retrans;
    int retry;
    unsigned long options;
    int nscount;
    struct sockaddr_in nsaddr_list[MAXNS];
    unsigned short id;
    char *dnsrch[MAXDNSRCH + 1];
    char defdname[256];
    unsigned long pfcode;
    unsigned ndots : 4;
    unsigned nsort : 4;
    unsigned ipv6_unavail : 1;
    unsigned unused : 23;
    struct {
        struct in_addr addr;
        uint32_t mask;
    } sort_list[MAXRESOLVSORT];
    void *__unused_hooks[2];
    int res_h_errno;
    int _vcsock;
    unsigned int _flags;
    union {
        char pad[52];
        struct {
            uint16_t nscount;
            uint16_t nsmap[MAXNS];
            int nssocks[MAXNS];
            uint16_t nscount6;
            uint16_t nsinit;
            struct sockaddr_in6 *nsaddrs[MAXNS];
            unsigned int __unused_words[2];
        } _ext;
    } _u;
};
typedef struct __res_state *res_state;
#define nsaddr nsaddr_list[0]

__BEGIN_DECLS
extern struct __res_state *__res_state(void) __attribute__((__const__));
#define _res (*__res_state())
#define res_init __res_init
extern int res_init(void) __THROW;
extern int res_mkquery(int operation, const char *name, int record_class, int type, const unsigned char *data,
                       int data_length, const unsigned char *unused, unsigned char *buffer, int size) __THROW;
extern int res_query(const char *name, int record_class, int type, unsigned char *answer, int size) __THROW;
extern int res_search(const char *name, int record_class, int type, unsigned char *answer, int size) __THROW;
extern int res_send(const unsigned char *message, int length, unsigned char *answer, int size) __THROW;
extern int dn_comp(const char *name, unsigned char *place, int size, unsigned char **names, unsigned char **last)
    __THROW;
extern int dn_expand(const unsigned char *message, const unsigned char *end, const unsigned char *place, char *text,
                     int size) __THROW;
extern int dn_skipname(const unsigned char *place, const unsigned char *end) __THROW;
__END_DECLS

#endif
