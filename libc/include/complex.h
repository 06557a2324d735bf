/* <complex.h>: complex numbers. ISO C17 7.3. */
#ifndef _COMPLEX_H
#define _COMPLEX_H 1

#include <bits/libc-header-start.h>

__BEGIN_DECLS

#define complex _Complex
#define _Complex_I (__extension__ 1.0iF)
#undef I
#define I _Complex_I

#if defined __USE_ISOC11 && __GNUC_PREREQ(4, 7)
# define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
# define CMPLXF(x, y) __builtin_complex((float)(x), (float)(y))
# define CMPLXL(x, y) __builtin_complex((long double)(x), (long double)(y))
#endif

#define __COMPLEX_1(name) \
    extern double _Complex name(double _Complex __z) __THROW; \
    extern float _Complex name##f(float _Complex __z) __THROW; \
    extern long double _Complex name##l(long double _Complex __z) __THROW
#define __COMPLEX_TO_REAL(name) \
    extern double name(double _Complex __z) __THROW; \
    extern float name##f(float _Complex __z) __THROW; \
    extern long double name##l(long double _Complex __z) __THROW

__COMPLEX_1(cacos);
__COMPLEX_1(casin);
__COMPLEX_1(catan);
__COMPLEX_1(ccos);
__COMPLEX_1(csin);
__COMPLEX_1(ctan);
__COMPLEX_1(cacosh);
__COMPLEX_1(casinh);
__COMPLEX_1(catanh);
__COMPLEX_1(ccosh);
__COMPLEX_1(csinh);
__COMPLEX_1(ctanh);
__COMPLEX_1(cexp);
__COMPLEX_1(clog);
#ifdef __USE_GNU
__COMPLEX_1(clog10);
#endif
__COMPLEX_1(csqrt);
__COMPLEX_1(conj);
__COMPLEX_1(cproj);
extern double _Complex cpow(double _Complex __x, double _Complex __y) __THROW;
extern float _Complex cpowf(float _Complex __x, float _Complex __y) __THROW;
extern long double _Complex cpowl(long double _Complex __x, long double _Complex __y) __THROW;
__COMPLEX_TO_REAL(cabs);
__COMPLEX_TO_REAL(carg);
__COMPLEX_TO_REAL(cimag);
__COMPLEX_TO_REAL(creal);

#undef __COMPLEX_1
#undef __COMPLEX_TO_REAL

__END_DECLS

#endif
