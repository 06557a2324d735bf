/* <arpa/inet.h>: byte order of the network. POSIX.1-2024 <arpa/inet.h>; the functions that read and write addresses come with the
   resolver. */
#ifndef _ARPA_INET_H
#define _ARPA_INET_H 1

#include <features.h>
#include <netinet/in.h>

#endif
