/* The state of a conversion of multibyte characters: 8 bytes, zero at rest. */
#ifndef ____mbstate_t_defined
#define ____mbstate_t_defined 1

typedef struct {
    int __count;
    union {
        unsigned int __wch;
        char __wchb[4];
    } __value;
} __mbstate_t;

#endif
