/* <sys/cdefs.h>: the compiler's attributes under the names that headers and programs use.

   Included by <features.h>; programs written for BSD or glibc include it themselves. */
#ifndef _SYS_CDEFS_H
#define _SYS_CDEFS_H 1

#ifndef _FEATURES_H
# include <features.h>
#endif

#ifdef __has_attribute
# define __glibc_has_attribute(name) __has_attribute(name)
#else
# define __glibc_has_attribute(name) 0
#endif
#ifdef __has_builtin
# define __glibc_has_builtin(name) __has_builtin(name)
#else
# define __glibc_has_builtin(name) 0
#endif
#ifdef __has_extension
# define __glibc_has_extension(name) __has_extension(name)
#else
# define __glibc_has_extension(name) 0
#endif

/* Linkage. */
#ifdef __cplusplus
# define __BEGIN_DECLS extern "C" {
# define __END_DECLS }
#else
# define __BEGIN_DECLS
# define __END_DECLS
#endif

/* Functions that throw nothing and call nothing of the program (leaf), and those that may call back. */
#define __LEAF , __leaf__
#define __LEAF_ATTR __attribute__((__leaf__))
#if defined __clang__
# undef __LEAF
# undef __LEAF_ATTR
# define __LEAF
# define __LEAF_ATTR
#endif
#ifdef __cplusplus
# if __cplusplus >= 201103L
#  define __THROW noexcept(true)
#  define __THROWNL noexcept(true)
# else
#  define __THROW throw()
#  define __THROWNL throw()
# endif
# define __NTH(function) __LEAF_ATTR function __THROW
# define __NTHNL(function) function __THROW
#else
# define __THROW __attribute__((__nothrow__ __LEAF))
# define __THROWNL __attribute__((__nothrow__))
# define __NTH(function) __attribute__((__nothrow__ __LEAF)) function
# define __NTHNL(function) __attribute__((__nothrow__)) function
#endif
#define __COLD __attribute__((__cold__))

/* Older spellings. */
#define __P(arguments) arguments
#define __PMT(arguments) arguments
#define __CONCAT(x, y) x##y
#define __STRING(x) #x
#define __ptr_t void *
#define __long_double_t long double

#define __BEGIN_NAMESPACE_STD
#define __END_NAMESPACE_STD
#define __USING_NAMESPACE_STD(name)
#define __BEGIN_NAMESPACE_C99
#define __END_NAMESPACE_C99
#define __USING_NAMESPACE_C99(name)

/* Sizes of objects, for the checked functions. */
#define __bos(pointer) __builtin_object_size(pointer, __USE_FORTIFY_LEVEL > 1)
#define __bos0(pointer) __builtin_object_size(pointer, 0)
#if __USE_FORTIFY_LEVEL == 3
# define __glibc_objsize(pointer) __builtin_dynamic_object_size(pointer, 1)
# define __glibc_objsize0(pointer) __builtin_dynamic_object_size(pointer, 0)
#else
# define __glibc_objsize(pointer) __bos(pointer)
# define __glibc_objsize0(pointer) __bos0(pointer)
#endif
#define __glibc_unsigned_or_positive(x) \
    ((__typeof(x))0 < (__typeof(x))-1 || (__builtin_constant_p(x) && (x) > 0))
#define __glibc_unsafe_len(length, size, bytes) \
    (__glibc_unsigned_or_positive((__SIZE_TYPE__)(length)) \
     && __builtin_constant_p((__SIZE_TYPE__)(length) <= (bytes) / (size)) \
     && !((__SIZE_TYPE__)(length) <= (bytes) / (size)))
#define __glibc_safe_len(length, size, bytes) \
    (__builtin_constant_p((__SIZE_TYPE__)(length) <= (bytes) / (size)) \
     && (__SIZE_TYPE__)(length) <= (bytes) / (size))
#define __glibc_safe_or_unknown_len(length, size, bytes) \
    ((__builtin_constant_p(bytes) && (bytes) == (__SIZE_TYPE__)-1) || __glibc_safe_len(length, size, bytes))

#if __glibc_has_attribute(__error__)
# define __errordecl(name, message) extern void name(void) __attribute__((__error__(message)))
# define __warnattr(message) __attribute__((__warning__(message)))
# define __warndecl(name, message) extern void name(void) __attribute__((__warning__(message)))
#else
# define __errordecl(name, message) extern void name(void)
# define __warnattr(message)
# define __warndecl(name, message) extern void name(void)
#endif

/* A flexible array member. */
#define __flexarr []
#define __glibc_c99_flexarr_available 1

/* Another symbol under a declared name. */
#define __ASMNAME(name) __ASMNAME2(__USER_LABEL_PREFIX__, name)
#define __ASMNAME2(prefix, name) __STRING(prefix) name
#define __REDIRECT(name, prototype, alias) name prototype __asm__(__ASMNAME(#alias))
#ifdef __cplusplus
# define __REDIRECT_NTH(name, prototype, alias) name prototype __THROW __asm__(__ASMNAME(#alias))
# define __REDIRECT_NTHNL(name, prototype, alias) name prototype __THROWNL __asm__(__ASMNAME(#alias))
#else
# define __REDIRECT_NTH(name, prototype, alias) name prototype __asm__(__ASMNAME(#alias)) __THROW
# define __REDIRECT_NTHNL(name, prototype, alias) name prototype __asm__(__ASMNAME(#alias)) __THROWNL
#endif

#define __attribute_malloc__ __attribute__((__malloc__))
#define __attribute_alloc_size__(arguments) __attribute__((__alloc_size__ arguments))
#define __attribute_alloc_align__(arguments) __attribute__((__alloc_align__ arguments))
#define __attribute_pure__ __attribute__((__pure__))
#define __attribute_const__ __attribute__((__const__))
#define __attribute_maybe_unused__ __attribute__((__unused__))
#define __attribute_used__ __attribute__((__used__))
#define __attribute_noinline__ __attribute__((__noinline__))
#define __attribute_deprecated__ __attribute__((__deprecated__))
#define __attribute_deprecated_msg__(message) __attribute__((__deprecated__(message)))
#define __attribute_format_arg__(index) __attribute__((__format_arg__(index)))
#define __attribute_format_strfmon__(format, first) __attribute__((__format__(__strfmon__, format, first)))
#define __attribute_nonnull__(arguments) __attribute__((__nonnull__ arguments))
#define __nonnull(arguments) __attribute_nonnull__(arguments)
#define __returns_nonnull __attribute__((__returns_nonnull__))
#define __attribute_warn_unused_result__ __attribute__((__warn_unused_result__))
#if __USE_FORTIFY_LEVEL > 0
# define __wur __attribute_warn_unused_result__
#else
# define __wur
#endif
#define __attribute_returns_twice__ __attribute__((__returns_twice__))
#if __glibc_has_attribute(__nonstring__)
# define __attribute_nonstring__ __attribute__((__nonstring__))
#else
# define __attribute_nonstring__
#endif
#if __glibc_has_attribute(__copy__)
# define __attribute_copy__(name) __attribute__((__copy__(name)))
#else
# define __attribute_copy__(name)
#endif
#if __glibc_has_attribute(__access__)
# define __attr_access(arguments) __attribute__((__access__ arguments))
# define __attr_access_none(index) __attribute__((__access__(__none__, index)))
# if __USE_FORTIFY_LEVEL == 3
#  define __fortified_attr_access(mode, pointer, size)
# else
#  define __fortified_attr_access(mode, pointer, size) __attr_access((mode, pointer, size))
# endif
#else
# define __attr_access(arguments)
# define __attr_access_none(index)
# define __fortified_attr_access(mode, pointer, size)
#endif
#if __GNUC_PREREQ(11, 0) && !defined __clang__
# define __attr_dealloc(function, index) __attribute__((__malloc__(function, index)))
#else
# define __attr_dealloc(function, index)
#endif
#define __attr_dealloc_free __attr_dealloc(__builtin_free, 1)

/* Inline functions. */
#undef __always_inline
#define __always_inline __inline __attribute__((__always_inline__))
#if __glibc_has_attribute(__artificial__)
# define __attribute_artificial__ __attribute__((__artificial__))
#else
# define __attribute_artificial__
#endif
#define __extern_inline extern __inline __attribute__((__gnu_inline__))
#define __extern_always_inline extern __always_inline __attribute__((__gnu_inline__))
#define __fortify_function __extern_always_inline __attribute_artificial__
#if __GNUC_PREREQ(4, 3) && !defined __clang__
# define __va_arg_pack() __builtin_va_arg_pack()
# define __va_arg_pack_len() __builtin_va_arg_pack_len()
#endif

/* Restricted pointers and arrays. */
#if defined __STDC_VERSION__ && __STDC_VERSION__ >= 199901L
# define __restrict_arr restrict
#elif defined __cplusplus
# define __restrict_arr __restrict
#else
# define __restrict_arr __restrict
#endif

#define __glibc_unlikely(condition) __builtin_expect((condition), 0)
#define __glibc_likely(condition) __builtin_expect((condition), 1)

#if (!defined __STDC_VERSION__ || __STDC_VERSION__ < 201112L) && !defined __cplusplus
# define _Noreturn __attribute__((__noreturn__))
#endif
#if !defined _Static_assert && !defined __cplusplus && defined __GNUC__ && !__GNUC_PREREQ(4, 6)
# define _Static_assert(condition, message) extern int __static_assert_check[(condition) ? 1 : -1]
#endif
#if (defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L) || (__GNUC_PREREQ(4, 9) && !defined __cplusplus)
# define __HAVE_GENERIC_SELECTION 1
#else
# define __HAVE_GENERIC_SELECTION 0
#endif

/* long double has one format here: nothing is redirected. */
#define __LDOUBLE_REDIRECTS_TO_FLOAT128_ABI 0
#define __LDBL_REDIR1(name, prototype, alias) name prototype
#define __LDBL_REDIR(name, prototype) name prototype
#define __LDBL_REDIR1_NTH(name, prototype, alias) name prototype __THROW
#define __LDBL_REDIR_NTH(name, prototype) name prototype __THROW
#define __LDBL_REDIR_DECL(name)
#define __REDIRECT_LDBL(name, prototype, alias) __REDIRECT(name, prototype, alias)
#define __REDIRECT_NTH_LDBL(name, prototype, alias) __REDIRECT_NTH(name, prototype, alias)

#define __glibc_macro_warning1(message) _Pragma(#message)
#define __glibc_macro_warning(message) __glibc_macro_warning1(GCC warning message)

#include <bits/wordsize.h>

#endif
