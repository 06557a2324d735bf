/* <assert.h>: ISO C17 7.2. May be included several times, with NDEBUG or without. */
#undef assert
#undef assert_perror

#include <features.h>

#ifndef _ASSERT_H
# define _ASSERT_H 1
__BEGIN_DECLS
extern void __assert_fail(const char *__assertion, const char *__file, unsigned int __line, const char *__function)
    __THROW __attribute__((__noreturn__));
extern void __assert_perror_fail(int __error, const char *__file, unsigned int __line, const char *__function)
    __THROW __attribute__((__noreturn__));
extern void __assert(const char *__assertion, const char *__file, int __line) __THROW __attribute__((__noreturn__));
__END_DECLS
#endif

#ifdef NDEBUG
# define assert(expression) ((void)0)
# ifdef __USE_GNU
#  define assert_perror(error) ((void)0)
# endif
#else
# if defined __cplusplus
#  define assert(expression) \
    (static_cast<bool>(expression) ? void(0) : __assert_fail(#expression, __FILE__, __LINE__, __extension__ __PRETTY_FUNCTION__))
# else
#  define assert(expression) \
    ((expression) ? (void)0 : __assert_fail(#expression, __FILE__, __LINE__, __extension__ __PRETTY_FUNCTION__))
# endif
# ifdef __USE_GNU
#  define assert_perror(error) \
    (!(error) ? (void)0 : __assert_perror_fail((error), __FILE__, __LINE__, __extension__ __PRETTY_FUNCTION__))
# endif
#endif

#if defined __USE_ISOC11 && !defined __cplusplus
# undef static_assert
# define static_assert _Static_assert
#endif
