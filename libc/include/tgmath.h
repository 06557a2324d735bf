/* <tgmath.h>: functions chosen by their arguments' types. ISO C17 7.25. */
#ifndef _TGMATH_H
#define _TGMATH_H 1

#include <bits/libc-header-start.h>
#include <math.h>
#include <complex.h>

#if !__GNUC_PREREQ(8, 0) || defined __clang__ || defined __cplusplus
# error "<tgmath.h> needs __builtin_tgmath, which this compiler has not."
#endif

#define __TG_REAL_1(name, x) __builtin_tgmath(name##f, name, name##l, (x))
#define __TG_REAL_2(name, x, y) __builtin_tgmath(name##f, name, name##l, (x), (y))
#define __TG_REAL_3(name, x, y, z) __builtin_tgmath(name##f, name, name##l, (x), (y), (z))
#define __TG_BOTH_1(name, x) __builtin_tgmath(name##f, name, name##l, c##name##f, c##name, c##name##l, (x))
#define __TG_BOTH_2(name, x, y) __builtin_tgmath(name##f, name, name##l, c##name##f, c##name, c##name##l, (x), (y))

#define acos(x) __TG_BOTH_1(acos, x)
#define asin(x) __TG_BOTH_1(asin, x)
#define atan(x) __TG_BOTH_1(atan, x)
#define acosh(x) __TG_BOTH_1(acosh, x)
#define asinh(x) __TG_BOTH_1(asinh, x)
#define atanh(x) __TG_BOTH_1(atanh, x)
#define cos(x) __TG_BOTH_1(cos, x)
#define sin(x) __TG_BOTH_1(sin, x)
#define tan(x) __TG_BOTH_1(tan, x)
#define cosh(x) __TG_BOTH_1(cosh, x)
#define sinh(x) __TG_BOTH_1(sinh, x)
#define tanh(x) __TG_BOTH_1(tanh, x)
#define exp(x) __TG_BOTH_1(exp, x)
#define log(x) __TG_BOTH_1(log, x)
#define sqrt(x) __TG_BOTH_1(sqrt, x)
#define pow(x, y) __TG_BOTH_2(pow, x, y)
#define fabs(x) __builtin_tgmath(fabsf, fabs, fabsl, cabsf, cabs, cabsl, (x))

#define atan2(x, y) __TG_REAL_2(atan2, x, y)
#define cbrt(x) __TG_REAL_1(cbrt, x)
#define ceil(x) __TG_REAL_1(ceil, x)
#define copysign(x, y) __TG_REAL_2(copysign, x, y)
#define erf(x) __TG_REAL_1(erf, x)
#define erfc(x) __TG_REAL_1(erfc, x)
#define exp2(x) __TG_REAL_1(exp2, x)
#define expm1(x) __TG_REAL_1(expm1, x)
#define fdim(x, y) __TG_REAL_2(fdim, x, y)
#define floor(x) __TG_REAL_1(floor, x)
#define fma(x, y, z) __TG_REAL_3(fma, x, y, z)
#define fmax(x, y) __TG_REAL_2(fmax, x, y)
#define fmin(x, y) __TG_REAL_2(fmin, x, y)
#define fmod(x, y) __TG_REAL_2(fmod, x, y)
#define frexp(x, power) __TG_REAL_2(frexp, x, power)
#define hypot(x, y) __TG_REAL_2(hypot, x, y)
#define ilogb(x) __TG_REAL_1(ilogb, x)
#define ldexp(x, power) __TG_REAL_2(ldexp, x, power)
#define lgamma(x) __TG_REAL_1(lgamma, x)
#define llrint(x) __TG_REAL_1(llrint, x)
#define llround(x) __TG_REAL_1(llround, x)
#define log10(x) __TG_REAL_1(log10, x)
#define log1p(x) __TG_REAL_1(log1p, x)
#define log2(x) __TG_REAL_1(log2, x)
#define logb(x) __TG_REAL_1(logb, x)
#define lrint(x) __TG_REAL_1(lrint, x)
#define lround(x) __TG_REAL_1(lround, x)
#define nearbyint(x) __TG_REAL_1(nearbyint, x)
#define nextafter(x, y) __TG_REAL_2(nextafter, x, y)
#define nexttoward(x, y) __TG_REAL_2(nexttoward, x, y)
#define remainder(x, y) __TG_REAL_2(remainder, x, y)
#define remquo(x, y, quotient) __TG_REAL_3(remquo, x, y, quotient)
#define rint(x) __TG_REAL_1(rint, x)
#define round(x) __TG_REAL_1(round, x)
#define scalbln(x, power) __TG_REAL_2(scalbln, x, power)
#define scalbn(x, power) __TG_REAL_2(scalbn, x, power)
#define tgamma(x) __TG_REAL_1(tgamma, x)
#define trunc(x) __TG_REAL_1(trunc, x)

#define carg(z) __builtin_tgmath(cargf, carg, cargl, (z))
#define cimag(z) __builtin_tgmath(cimagf, cimag, cimagl, (z))
#define conj(z) __builtin_tgmath(conjf, conj, conjl, (z))
#define cproj(z) __builtin_tgmath(cprojf, cproj, cprojl, (z))
#define creal(z) __builtin_tgmath(crealf, creal, creall, (z))

#endif
