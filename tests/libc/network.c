/* <arpa/inet.h>, <netdb.h>, <netinet/ether.h>, <arpa/nameser.h>: names and addresses that need no network. */
#define _GNU_SOURCE
#include "check.h"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/ether.h>
#include <netinet/in.h>
#include <resolv.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int reads(int family, const char *text)
{
    unsigned char address[16];
    return inet_pton(family, text, address);
}

static int loose(const char *text, const char *wanted)
{
    struct in_addr address;
    if (!inet_aton(text, &address))
        return wanted == NULL;
    return wanted && !strcmp(inet_ntoa(address), wanted);
}

static int six(const char *text, const char *wanted)
{
    unsigned char address[16];
    char again[INET6_ADDRSTRLEN];
    if (inet_pton(AF_INET6, text, address) != 1)
        return wanted == NULL;
    return wanted && inet_ntop(AF_INET6, address, again, sizeof again) && !strcmp(again, wanted);
}

int main(void)
{
    TEST("strict addresses of version 4") {
        EQUAL(reads(AF_INET, "1.2.3.4"), 1);
        const char *bad[] = {"", "1.2.3", "1.2.3.4.", "01.2.3.4", "1.2.3.256", " 1.2.3.4", "1.2.3.4 ", "1..2.3", "0x1.2.3.4"};
        for (unsigned i = 0; i < sizeof bad / sizeof *bad; i++)
            EQUAL(reads(AF_INET, bad[i]), 0);
        errno = 0;
        EQUAL(reads(99, "1.2.3.4"), -1);
        EQUAL(errno, EAFNOSUPPORT);
    }
    TEST("loose addresses have one to four numbers of any base") {
        CHECK(loose("127.1", "127.0.0.1"));
        CHECK(loose("0x7f000001", "127.0.0.1"));
        CHECK(loose("010.2.3.4", "8.2.3.4"));
        CHECK(loose("1.2.65535", "1.2.255.255"));
        CHECK(loose("1.2.3.4 tail", "1.2.3.4"));
        CHECK(loose("1.2.3.4tail", NULL));
        CHECK(loose("1.2.3.", NULL));
        CHECK(loose("1.2.65536", NULL));
        CHECK(loose("256.1", NULL));
        CHECK(loose("", NULL));
        EQUAL(inet_addr("300.1"), INADDR_NONE);
        EQUAL(inet_network("10.1.2"), 0x0a0102);
        EQUAL(inet_network("1.2.3.4.5"), INADDR_NONE);
    }
    TEST("addresses of version 6 are shortened") {
        CHECK(six("::", "::"));
        CHECK(six("0:0:0:0:0:0:0:1", "::1"));
        CHECK(six("1:0:0:2:0:0:0:3", "1:0:0:2::3"));
        CHECK(six("2001:DB8::a", "2001:db8::a"));
        CHECK(six("::ffff:1.2.3.4", "::ffff:1.2.3.4"));
        CHECK(six("::1.2.3.4", "::1.2.3.4"));
        CHECK(six("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"));
        CHECK(six("1::2::3", NULL));
        CHECK(six("12345::", NULL));
        CHECK(six("1:2:3:4:5:6:7", NULL));
        CHECK(six(":1::", NULL));
        CHECK(six("::1%lo", NULL));
    }
    TEST("text that does not fit is ENOSPC") {
        char text[8];
        struct in_addr address = {inet_addr("10.20.30.40")};
        errno = 0;
        CHECK(inet_ntop(AF_INET, &address, text, sizeof text) == NULL);
        EQUAL(errno, ENOSPC);
    }
    TEST("networks and hosts by class") {
        struct in_addr address = inet_makeaddr(10, 5);
        EQUAL(strcmp(inet_ntoa(address), "10.0.0.5"), 0);
        EQUAL(inet_netof(address), 10);
        EQUAL(inet_lnaof(address), 5);
        address = inet_makeaddr(0xc0a801, 9);
        EQUAL(strcmp(inet_ntoa(address), "192.168.1.9"), 0);
        EQUAL(inet_netof(address), 0xc0a801);
    }
    TEST("byte order has functions behind its macros") {
        EQUAL((htonl)(1), 0x01000000);
        EQUAL((ntohs)(0x1234), 0x3412);
        CHECK(IN6_IS_ADDR_LOOPBACK(&in6addr_loopback));
        CHECK(IN6_IS_ADDR_UNSPECIFIED(&in6addr_any));
    }
    TEST("numbers need no name service") {
        struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *list;
        EQUAL(getaddrinfo("192.0.2.1", "80", &hints, &list), 0);
        CHECK(list && list->ai_family == AF_INET && list->ai_protocol == IPPROTO_TCP && list->ai_next == NULL);
        struct sockaddr_in *address = (struct sockaddr_in *)list->ai_addr;
        EQUAL(ntohs(address->sin_port), 80);
        EQUAL(list->ai_addrlen, sizeof *address);
        char host[64], service[32];
        EQUAL(getnameinfo(list->ai_addr, list->ai_addrlen, host, sizeof host, service, sizeof service,
                          NI_NUMERICHOST | NI_NUMERICSERV), 0);
        CHECK(!strcmp(host, "192.0.2.1") && !strcmp(service, "80"));
        EQUAL(getnameinfo(list->ai_addr, list->ai_addrlen, host, 4, NULL, 0, NI_NUMERICHOST), EAI_OVERFLOW);
        freeaddrinfo(list);
        EQUAL(getaddrinfo("no.such.host", "80", &hints, &list), EAI_NONAME);
        EQUAL(getaddrinfo("192.0.2.1", "http", &hints, &list), EAI_NONAME);
        EQUAL(getaddrinfo(NULL, NULL, NULL, &list), EAI_NONAME);
    }
    TEST("each kind of socket gets an answer") {
        struct addrinfo *list, *next;
        EQUAL(getaddrinfo("::1", "7", NULL, &list), 0);
        int kinds = 0;
        for (next = list; next; next = next->ai_next) {
            EQUAL(next->ai_family, AF_INET6);
            kinds += 1 << next->ai_socktype;
        }
        EQUAL(kinds, 1 << SOCK_STREAM | 1 << SOCK_DGRAM | 1 << SOCK_RAW);
        freeaddrinfo(list);
        struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
        EQUAL(getaddrinfo(NULL, "9", &hints, &list), 0);
        EQUAL(((struct sockaddr_in *)list->ai_addr)->sin_addr.s_addr, INADDR_ANY);
        freeaddrinfo(list);
        hints.ai_family = 77;
        EQUAL(getaddrinfo(NULL, "9", &hints, &list), EAI_FAMILY);
        hints.ai_family = AF_INET;
        hints.ai_socktype = 77;
        EQUAL(getaddrinfo(NULL, "9", &hints, &list), EAI_SOCKTYPE);
        hints.ai_socktype = SOCK_DGRAM;
        hints.ai_flags = 0x40000000;
        EQUAL(getaddrinfo(NULL, "9", &hints, &list), EAI_BADFLAGS);
    }
    TEST("errors have texts") {
        EQUAL(strcmp(gai_strerror(EAI_AGAIN), "Temporary failure in name resolution"), 0);
        EQUAL(strcmp(hstrerror(HOST_NOT_FOUND), "Unknown host"), 0);
    }
    TEST("an address is a host of its own name") {
        struct hostent *host = gethostbyname("192.0.2.7");
        CHECK(host && host->h_addrtype == AF_INET && host->h_length == 4 && !strcmp(host->h_name, "192.0.2.7"));
        CHECK(host->h_aliases[0] == NULL && host->h_addr_list[1] == NULL);
        struct hostent entry, *result;
        char buffer[8];
        int error;
        EQUAL(gethostbyname_r("192.0.2.7", &entry, buffer, sizeof buffer, &result, &error), ERANGE);
        EQUAL(error, NETDB_INTERNAL);
    }
    TEST("Ethernet addresses are read and written") {
        struct ether_addr address;
        CHECK(ether_aton_r("0:1:a:bC:ff:10", &address) != NULL);
        EQUAL(strcmp(ether_ntoa(&address), "0:1:a:bc:ff:10"), 0);
        CHECK(ether_aton("0:1:2:3:4") == NULL);
        char host[64];
        EQUAL(ether_line("1:2:3:4:5:6 name # comment", &address, host), 0);
        EQUAL(strcmp(host, "name"), 0);
    }
    TEST("a query is made and taken apart") {
        unsigned char message[512];
        int length = res_mkquery(ns_o_query, "www.example.org", ns_c_in, ns_t_a, NULL, 0, NULL, message, sizeof message);
        EQUAL(length, 12 + 17 + 4);
        ns_msg handle;
        EQUAL(ns_initparse(message, length, &handle), 0);
        EQUAL(ns_msg_count(handle, ns_s_qd), 1);
        EQUAL(ns_msg_getflag(handle, ns_f_rd), 1);
        ns_rr record;
        EQUAL(ns_parserr(&handle, ns_s_qd, 0, &record), 0);
        EQUAL(strcmp(ns_rr_name(record), "www.example.org"), 0);
        EQUAL(ns_rr_type(record), ns_t_a);
        EQUAL(ns_parserr(&handle, ns_s_an, 0, &record), -1);
        EQUAL(ns_initparse(message, length - 1, &handle), -1);
    }
    TEST("references in names are followed") {
        static const unsigned char message[] = {1, 'a', 0, 2, 'b', 'c', 0xc0, 0, 0xc0, 8, 3, 'd', '.', 1, 0};
        char text[64];
        EQUAL(dn_expand(message, message + sizeof message, message + 3, text, sizeof text), 5);
        EQUAL(strcmp(text, "bc.a"), 0);
        EQUAL(dn_expand(message, message + sizeof message, message + 8, text, sizeof text), -1);
        EQUAL(dn_expand(message, message + sizeof message, message + 10, text, sizeof text), 5);
        EQUAL(strcmp(text, "d\\.\\001"), 0);
        EQUAL(dn_expand(message, message + sizeof message, message + 3, text, 4), -1);
        EQUAL(dn_skipname(message + 3, message + sizeof message), 5);
    }
    TEST("control data is walked within its message") {
        char control[CMSG_SPACE(4) + CMSG_SPACE(8)] __attribute__((aligned(8)));
        memset(control, 0, sizeof control);
        struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
        struct cmsghdr *head = CMSG_FIRSTHDR(&message);
        head->cmsg_len = CMSG_LEN(4);
        struct cmsghdr *next = CMSG_NXTHDR(&message, head);
        CHECK((char *)next == control + CMSG_SPACE(4));
        next->cmsg_len = CMSG_LEN(8);
        CHECK(CMSG_NXTHDR(&message, head) == next);
        CHECK(CMSG_NXTHDR(&message, next) == NULL);
        head->cmsg_len = CMSG_LEN(64);
        CHECK(CMSG_NXTHDR(&message, head) == NULL);
    }
    DONE();
}
