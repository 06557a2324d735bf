/* <math.h>: mathematical functions. ISO C17 7.12, POSIX.1-2024, with what glibc adds. */
#ifndef _MATH_H
#define _MATH_H 1

#include <bits/libc-header-start.h>

__BEGIN_DECLS

#define HUGE_VAL (__builtin_huge_val())
#ifdef __USE_ISOC99
# define HUGE_VALF (__builtin_huge_valf())
# define HUGE_VALL (__builtin_huge_vall())
# define INFINITY (__builtin_inff())
# define NAN (__builtin_nanf(""))
# if defined __FLT_EVAL_METHOD__ && (__FLT_EVAL_METHOD__ == 2 || __FLT_EVAL_METHOD__ > 64)
typedef long double float_t;
typedef long double double_t;
# elif defined __FLT_EVAL_METHOD__ && __FLT_EVAL_METHOD__ == 1
typedef double float_t;
typedef double double_t;
# else
typedef float float_t;
typedef double double_t;
# endif
# define FP_ILOGB0 (-2147483647 - 1)
# define FP_ILOGBNAN (-2147483647 - 1)
# ifdef __FP_FAST_FMA
#  define FP_FAST_FMA 1
# endif
# ifdef __FP_FAST_FMAF
#  define FP_FAST_FMAF 1
# endif
# ifdef __FP_FAST_FMAL
#  define FP_FAST_FMAL 1
# endif
# define MATH_ERRNO 1
# define MATH_ERREXCEPT 2
# ifdef __FAST_MATH__
#  define math_errhandling 0
# elif defined __NO_MATH_ERRNO__
#  define math_errhandling MATH_ERREXCEPT
# else
#  define math_errhandling (MATH_ERRNO | MATH_ERREXCEPT)
# endif
#endif
#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
# define SNANF (__builtin_nansf(""))
# define SNAN (__builtin_nans(""))
# define SNANL (__builtin_nansl(""))
#endif

/* A function in double, float and long double. */
#define __MATH_1(name) \
    extern double name(double __x) __THROW; \
    extern float name##f(float __x) __THROW; \
    extern long double name##l(long double __x) __THROW
#define __MATH_2(name) \
    extern double name(double __x, double __y) __THROW; \
    extern float name##f(float __x, float __y) __THROW; \
    extern long double name##l(long double __x, long double __y) __THROW
#define __MATH_3(name) \
    extern double name(double __x, double __y, double __z) __THROW; \
    extern float name##f(float __x, float __y, float __z) __THROW; \
    extern long double name##l(long double __x, long double __y, long double __z) __THROW
/* The same for functions that have no errors and depend on nothing but their arguments. */
#define __MATH_1_CONST(name) \
    extern double name(double __x) __THROW __attribute__((__const__)); \
    extern float name##f(float __x) __THROW __attribute__((__const__)); \
    extern long double name##l(long double __x) __THROW __attribute__((__const__))
#define __MATH_2_CONST(name) \
    extern double name(double __x, double __y) __THROW __attribute__((__const__)); \
    extern float name##f(float __x, float __y) __THROW __attribute__((__const__)); \
    extern long double name##l(long double __x, long double __y) __THROW __attribute__((__const__))
#define __MATH_TO(type, name) \
    extern type name(double __x) __THROW; \
    extern type name##f(float __x) __THROW; \
    extern type name##l(long double __x) __THROW
#define __MATH_WITH(name, type) \
    extern double name(double __x, type __y) __THROW; \
    extern float name##f(float __x, type __y) __THROW; \
    extern long double name##l(long double __x, type __y) __THROW

/* C89 has the functions of double only; the names of the others are reserved, so they may be declared. */
__MATH_1(acos);
__MATH_1(asin);
__MATH_1(atan);
__MATH_2(atan2);
__MATH_1(cos);
__MATH_1(sin);
__MATH_1(tan);
__MATH_1(cosh);
__MATH_1(sinh);
__MATH_1(tanh);
__MATH_1(exp);
__MATH_WITH(frexp, int *);
__MATH_WITH(ldexp, int);
__MATH_1(log);
__MATH_1(log10);
extern double modf(double __x, double *__whole) __THROW __nonnull((2));
extern float modff(float __x, float *__whole) __THROW __nonnull((2));
extern long double modfl(long double __x, long double *__whole) __THROW __nonnull((2));
__MATH_2(pow);
__MATH_1(sqrt);
__MATH_1_CONST(ceil);
__MATH_1_CONST(fabs);
__MATH_1_CONST(floor);
__MATH_2(fmod);

#if defined __USE_XOPEN_EXTENDED || defined __USE_ISOC99
__MATH_1(acosh);
__MATH_1(asinh);
__MATH_1(atanh);
__MATH_1(expm1);
__MATH_1(log1p);
__MATH_1(logb);
__MATH_1(cbrt);
__MATH_1(rint);
__MATH_2(nextafter);
__MATH_2(remainder);
__MATH_TO(int, ilogb);
#endif

#ifdef __USE_ISOC99
__MATH_1(exp2);
__MATH_1(log2);
__MATH_2_CONST(copysign);
extern double nan(const char *__tag) __THROW;
extern float nanf(const char *__tag) __THROW;
extern long double nanl(const char *__tag) __THROW;
extern double nexttoward(double __x, long double __y) __THROW;
extern float nexttowardf(float __x, long double __y) __THROW;
extern long double nexttowardl(long double __x, long double __y) __THROW;
__MATH_WITH(scalbn, int);
__MATH_WITH(scalbln, long int);
__MATH_1(nearbyint);
__MATH_1_CONST(round);
__MATH_1_CONST(trunc);
extern double remquo(double __x, double __y, int *__quotient) __THROW;
extern float remquof(float __x, float __y, int *__quotient) __THROW;
extern long double remquol(long double __x, long double __y, int *__quotient) __THROW;
__MATH_TO(long int, lrint);
__MATH_TO(long int, lround);
__extension__ __MATH_TO(long long int, llrint);
__extension__ __MATH_TO(long long int, llround);
__MATH_2(fdim);
__MATH_2_CONST(fmax);
__MATH_2_CONST(fmin);
__MATH_3(fma);
__MATH_1(tgamma);
#endif

#if defined __USE_XOPEN || defined __USE_ISOC99 || defined __USE_MISC
__MATH_2(hypot);
__MATH_1(erf);
__MATH_1(erfc);
__MATH_1(lgamma);
#endif

#if defined __USE_MISC || defined __USE_XOPEN
extern int signgam;
extern double j0(double __x) __THROW;
extern double j1(double __x) __THROW;
extern double jn(int __n, double __x) __THROW;
extern double y0(double __x) __THROW;
extern double y1(double __x) __THROW;
extern double yn(int __n, double __x) __THROW;
extern double gamma(double __x) __THROW;
#endif
#if defined __USE_MISC || (defined __USE_XOPEN_EXTENDED && !defined __USE_XOPEN2K8)
extern double scalb(double __x, double __power) __THROW;
#endif

#ifdef __USE_MISC
extern float j0f(float __x) __THROW;
extern float j1f(float __x) __THROW;
extern float jnf(int __n, float __x) __THROW;
extern float y0f(float __x) __THROW;
extern float y1f(float __x) __THROW;
extern float ynf(int __n, float __x) __THROW;
extern long double j0l(long double __x) __THROW;
extern long double j1l(long double __x) __THROW;
extern long double jnl(int __n, long double __x) __THROW;
extern long double y0l(long double __x) __THROW;
extern long double y1l(long double __x) __THROW;
extern long double ynl(int __n, long double __x) __THROW;
extern float gammaf(float __x) __THROW;
extern long double gammal(long double __x) __THROW;
extern float scalbf(float __x, float __power) __THROW;
extern long double scalbl(long double __x, long double __power) __THROW;
extern double lgamma_r(double __x, int *__sign) __THROW;
extern float lgammaf_r(float __x, int *__sign) __THROW;
extern long double lgammal_r(long double __x, int *__sign) __THROW;
__MATH_2(drem);
__MATH_1(significand);
__MATH_TO(int, finite);
#endif
#if defined __USE_MISC && !defined __cplusplus
# if !defined __USE_ISOC99
extern int isinf(double __x) __THROW __attribute__((__const__));
extern int isnan(double __x) __THROW __attribute__((__const__));
# endif
extern int isinff(float __x) __THROW __attribute__((__const__));
extern int isinfl(long double __x) __THROW __attribute__((__const__));
extern int isnanf(float __x) __THROW __attribute__((__const__));
extern int isnanl(long double __x) __THROW __attribute__((__const__));
#endif

#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
__MATH_1_CONST(roundeven);
__MATH_1(nextup);
__MATH_1(nextdown);
#endif
#if __GLIBC_USE(IEC_60559_FUNCS_EXT_C2X)
__MATH_1(exp10);
#endif
#ifdef __USE_GNU
extern void sincos(double __x, double *__sine, double *__cosine) __THROW;
extern void sincosf(float __x, float *__sine, float *__cosine) __THROW;
extern void sincosl(long double __x, long double *__sine, long double *__cosine) __THROW;
#endif

__MATH_TO(int, __fpclassify);
__MATH_TO(int, __signbit);
__MATH_TO(int, __isinf);
__MATH_TO(int, __finite);
__MATH_TO(int, __isnan);
__MATH_TO(int, __issignaling);
extern int __iseqsig(double __x, double __y) __THROW;
extern int __iseqsigf(float __x, float __y) __THROW;
extern int __iseqsigl(long double __x, long double __y) __THROW;

#undef __MATH_1
#undef __MATH_2
#undef __MATH_3
#undef __MATH_1_CONST
#undef __MATH_2_CONST
#undef __MATH_TO
#undef __MATH_WITH

#ifdef __USE_ISOC99
enum {
    FP_NAN = 0,
    FP_INFINITE = 1,
    FP_ZERO = 2,
    FP_SUBNORMAL = 3,
    FP_NORMAL = 4
};
# define FP_NAN 0
# define FP_INFINITE 1
# define FP_ZERO 2
# define FP_SUBNORMAL 3
# define FP_NORMAL 4
# define fpclassify(x) __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
# define signbit(x) __builtin_signbit(x)
# define isfinite(x) __builtin_isfinite(x)
# define isnormal(x) __builtin_isnormal(x)
# define isnan(x) __builtin_isnan(x)
# define isinf(x) __builtin_isinf_sign(x)
# define isgreater(x, y) __builtin_isgreater(x, y)
# define isgreaterequal(x, y) __builtin_isgreaterequal(x, y)
# define isless(x, y) __builtin_isless(x, y)
# define islessequal(x, y) __builtin_islessequal(x, y)
# define islessgreater(x, y) __builtin_islessgreater(x, y)
# define isunordered(x, y) __builtin_isunordered(x, y)
#endif
#if __GLIBC_USE(IEC_60559_BFP_EXT_C2X)
# define __MATH_BY_SIZE(function, x) \
    (sizeof(x) == sizeof(float) ? function##f((float)(x)) \
     : sizeof(x) == sizeof(double) ? function((double)(x)) : function##l(x))
# define issignaling(x) __MATH_BY_SIZE(__issignaling, x)
# define issubnormal(x) (fpclassify(x) == FP_SUBNORMAL)
# define iszero(x) ((x) == 0)
# define iseqsig(x, y) \
    (sizeof((x) + (y)) == sizeof(float) ? __iseqsigf(x, y) \
     : sizeof((x) + (y)) == sizeof(double) ? __iseqsig(x, y) : __iseqsigl(x, y))
#endif

#if defined __USE_MISC || defined __USE_XOPEN
# define M_E 2.7182818284590452354
# define M_LOG2E 1.4426950408889634074
# define M_LOG10E 0.43429448190325182765
# define M_LN2 0.69314718055994530942
# define M_LN10 2.30258509299404568402
# define M_PI 3.14159265358979323846
# define M_PI_2 1.57079632679489661923
# define M_PI_4 0.78539816339744830962
# define M_1_PI 0.31830988618379067154
# define M_2_PI 0.63661977236758134308
# define M_2_SQRTPI 1.12837916709551257390
# define M_SQRT2 1.41421356237309504880
# define M_SQRT1_2 0.70710678118654752440
#endif
#if defined __USE_XOPEN || defined __USE_MISC
# define MAXFLOAT 3.40282347e+38F
#endif
#if defined __USE_GNU || defined __USE_XOPEN2K24
# define M_El 2.718281828459045235360287471352662498L
# define M_LOG2El 1.442695040888963407359924681001892137L
# define M_LOG10El 0.434294481903251827651128918916605082L
# define M_LN2l 0.693147180559945309417232121458176568L
# define M_LN10l 2.302585092994045684017991454684364208L
# define M_PIl 3.141592653589793238462643383279502884L
# define M_PI_2l 1.570796326794896619231321691639751442L
# define M_PI_4l 0.785398163397448309615660845819875721L
# define M_1_PIl 0.318309886183790671537767526745028724L
# define M_2_PIl 0.636619772367581343075535053490057448L
# define M_2_SQRTPIl 1.128379167095512573896158903121545172L
# define M_SQRT2l 1.414213562373095048801688724209698079L
# define M_SQRT1_2l 0.707106781186547524400844362104849039L
#endif
#ifdef __USE_XOPEN2K24
# define M_1_SQRTPI 0.56418958354775628694
# define M_EGAMMA 0.57721566490153286060
# define M_PHI 1.61803398874989484820
# define M_SQRT3 1.73205080756887729352
# define M_1_SQRT3 0.57735026918962576450
# define M_1_SQRTPIl 0.564189583547756286948079451560772585L
# define M_EGAMMAl 0.577215664901532860606512090082402431L
# define M_PHIl 1.618033988749894848204586834365638117L
# define M_SQRT3l 1.732050807568877293527446341505872366L
# define M_1_SQRT3l 0.577350269189625764509148780501957455L
#endif

__END_DECLS

#endif
