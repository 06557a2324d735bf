/* Sets of processors. */
#ifndef _BITS_CPU_SET_H
#define _BITS_CPU_SET_H 1

#include <features.h>
#define __need_size_t
#include <stddef.h>

#define __CPU_SETSIZE 1024
#define __NCPUBITS (8 * sizeof(__cpu_mask))
typedef unsigned long int __cpu_mask;
#define __CPUELT(cpu) ((cpu) / __NCPUBITS)
#define __CPUMASK(cpu) ((__cpu_mask)1 << ((cpu) % __NCPUBITS))

typedef struct {
    __cpu_mask __bits[__CPU_SETSIZE / __NCPUBITS];
} cpu_set_t;

#define __CPU_SET_S(cpu, size, set) \
    (__extension__({ size_t __cpu = (cpu); \
        __cpu / 8 < (size) ? (((__cpu_mask *)((set)->__bits))[__CPUELT(__cpu)] |= __CPUMASK(__cpu)) : 0; }))
#define __CPU_CLR_S(cpu, size, set) \
    (__extension__({ size_t __cpu = (cpu); \
        __cpu / 8 < (size) ? (((__cpu_mask *)((set)->__bits))[__CPUELT(__cpu)] &= ~__CPUMASK(__cpu)) : 0; }))
#define __CPU_ISSET_S(cpu, size, set) \
    (__extension__({ size_t __cpu = (cpu); \
        __cpu / 8 < (size) \
            ? ((((const __cpu_mask *)((set)->__bits))[__CPUELT(__cpu)] & __CPUMASK(__cpu))) != 0 : 0; }))
#define __CPU_ZERO_S(size, set) do __builtin_memset(set, 0, size); while (0)
#define __CPU_COUNT_S(size, set) __sched_cpucount(size, set)
#define __CPU_EQUAL_S(size, left, right) (__builtin_memcmp(left, right, size) == 0)
#define __CPU_OP_S(size, to, left, right, operator) \
    (__extension__({ cpu_set_t *__to = (to); const __cpu_mask *__left = (left)->__bits; \
        const __cpu_mask *__right = (right)->__bits; size_t __word; \
        for (__word = 0; __word < (size) / sizeof(__cpu_mask); ++__word) \
            ((__cpu_mask *)__to->__bits)[__word] = __left[__word] operator __right[__word]; \
        __to; }))

__BEGIN_DECLS
extern int __sched_cpucount(size_t size, const cpu_set_t *set) __THROW;
extern cpu_set_t *__sched_cpualloc(size_t count) __THROW __wur;
extern void __sched_cpufree(cpu_set_t *set) __THROW;
__END_DECLS

#endif
