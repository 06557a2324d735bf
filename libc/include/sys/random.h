/* <sys/random.h>: random bytes. */
#ifndef _SYS_RANDOM_H
#define _SYS_RANDOM_H 1

#include <features.h>
#include <sys/types.h>
#define GRND_NONBLOCK 1
#define GRND_RANDOM 2
#define GRND_INSECURE 4

__BEGIN_DECLS
extern ssize_t getrandom(void *buffer, size_t length, unsigned int flags) __wur;
extern int getentropy(void *buffer, size_t length) __wur;
__END_DECLS

#endif
