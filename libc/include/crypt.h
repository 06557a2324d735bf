/* <crypt.h>: one-way hashes of passwords. */
#ifndef _CRYPT_H
#define _CRYPT_H 1

#include <features.h>

#define CRYPT_OUTPUT_SIZE 384
#define CRYPT_MAX_PASSPHRASE_SIZE 512
#define CRYPT_GENSALT_OUTPUT_SIZE 192

struct crypt_data {
    char output[CRYPT_OUTPUT_SIZE];
    char setting[CRYPT_OUTPUT_SIZE];
    char input[CRYPT_MAX_PASSPHRASE_SIZE];
    char reserved[767];
    char initialized;
    char internal[30720];
};

__BEGIN_DECLS
extern char *crypt(const char *phrase, const char *setting) __THROW;
extern char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data) __THROW;
__END_DECLS

#endif
