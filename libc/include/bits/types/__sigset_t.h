/* __sigset_t: a set of signals, 1,024 bits (64 are used). */
#ifndef ____sigset_t_defined
#define ____sigset_t_defined 1

#define _SIGSET_NWORDS (1024 / (8 * sizeof(unsigned long int)))
typedef struct {
    unsigned long int __val[_SIGSET_NWORDS];
} __sigset_t;

#endif
