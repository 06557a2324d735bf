/* Mathematical functions through the C calling convention: long double and complex numbers, errno, exceptions. */
#define _GNU_SOURCE 1
#include "check_functions.h"
#include <complex.h>
#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <stdlib.h>
#include <tgmath.h>

/* Keeps the compiler from computing what the library should. */
static volatile double one = 1, half = 0.5, zero = 0;
static volatile long double one_long = 1, half_long = 0.5L;

static int near_long(long double a, long double b)
{
    return fabsl(a - b) <= 2e-19L * fabsl(b);
}

static void long_doubles_cross_the_boundary(void)
{
    CHECK(near_long(sinl(one_long), 0.841470984807896506652502321630298999622563061L));
    CHECK(near_long(expl(one_long), 2.718281828459045235360287471352662497757247094L));
    CHECK(near_long(powl(3 * one_long, half_long), 1.732050807568877293527446341505872366942805254L));
    CHECK(near_long(atan2l(one_long, -one_long), 2.356194490192344928846982537459627163147877050L));
    CHECK(near_long(fmal(one_long, half_long, 2 * one_long), 2.5L));
    CHECK(near_long(lgammal(10 * one_long), 12.80182748008146961120771787456670616428114926L));
    int power, quotient;
    CHECK(frexpl(12 * one_long, &power) == 0.75L && power == 4);
    CHECK(ldexpl(one_long, 5) == 32 && scalblnl(one_long, -1L) == 0.5L && ilogbl(8 * one_long) == 3);
    long double whole;
    CHECK(modfl(-3.25L * one_long, &whole) == -0.25L && whole == -3);
    CHECK(remquol(7 * one_long, 2 * one_long, &quotient) == -1 && (quotient & 7) == 4);
    CHECK(lrintl(2.5L * one_long) == 2 && llroundl(2.5L * one_long) == 3);
    CHECK(nexttoward((double)one, 2 * one_long) == 1 + 0x1p-52);
    CHECK(nexttowardf(1.0f, 0 * one_long) == 1 - 0x1p-24f);
    CHECK(strtold("0x1.23456789abcdef12p-3", NULL) == 0x1.23456789abcdef12p-3L);
    long double sine, cosine;
    sincosl(one_long, &sine, &cosine);
    CHECK(sine == sinl(one_long) && cosine == cosl(one_long));
    CHECK(nanl("7") != nanl("7"));
}

static void complex_numbers_cross_the_boundary(void)
{
    double complex z = cexp(I * (double)one);
    CHECK(fabs(creal(z) - 0.54030230586813977) < 1e-16 && fabs(cimag(z) - 0.8414709848078965) < 1e-16);
    float complex f = csqrtf(-4.0f * (float)one);
    CHECK(crealf(f) == 0 && cimagf(f) == 2);
    long double complex l = csqrtl(-9.0L * one_long + 0.0L * I);
    CHECK(creall(l) == 0 && cimagl(l) == 3);
    long double complex p = cpowl(2.0L * one_long + 0.0L * I, 3.0L * one_long + 0.0L * I);
    CHECK(near_long(creall(p), 8));
    CHECK(cabsl(3.0L * one_long + 4.0L * I) == 5 && cabs(3 * (double)one + 4 * I) == 5);
    CHECK(cimag(conj(1 + 2 * I)) == -2 && cimagl(conjl(1 + 2 * I)) == -2);
    CHECK(cargl(-one_long + 0.0L * I) == atan2l(0.0L, -one_long));
    CHECK(isinf(creal(cproj(CMPLX(1, -INFINITY)))));
}

static void errors_set_errno_and_exceptions(void)
{
    errno = 0;
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(isnan(sqrt(-(double)one)) && errno == EDOM && fetestexcept(FE_INVALID));
    errno = 0;
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(log((double)zero) == -INFINITY && errno == ERANGE && fetestexcept(FE_DIVBYZERO));
    errno = 0;
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(exp(1000 * (double)one) == INFINITY && errno == ERANGE && fetestexcept(FE_OVERFLOW));
    errno = 0;
    feclearexcept(FE_ALL_EXCEPT);
    CHECK(pow((double)half, 2000.0) == 0 && errno == ERANGE && fetestexcept(FE_UNDERFLOW));
    errno = 0;
    CHECK(isnan(powl(-one_long, half_long)) && errno == EDOM);
    feclearexcept(FE_ALL_EXCEPT);
}

static void rounding_directions_are_obeyed(void)
{
    volatile double x = 2.5;
    CHECK(fesetround(FE_UPWARD) == 0);
    CHECK(rint(x) == 3 && lrint(x) == 3 && nearbyint(-x) == -2);
    CHECK(strtod("0.1", NULL) > 0.1 || strtod("0.1", NULL) == 0.1);
    CHECK(fesetround(FE_DOWNWARD) == 0);
    CHECK(rint(x) == 2 && lrintl((long double)x) == 2 && rintl(-(long double)x) == -3);
    CHECK(fesetround(FE_TONEAREST) == 0);
    CHECK(rint(x) == 2 && round(x) == 3 && trunc(-x) == -2 && floor(-x) == -3 && ceil(x) == 3);
}

static void types_choose_functions(void)
{
    CHECK(sizeof(sin(1.0f)) == sizeof(float) && sizeof(sin(1)) == sizeof(double));
    CHECK(sizeof(pow(1.0f, 1.0L)) == sizeof(long double) && sizeof(exp(1.0f * I)) == sizeof(float complex));
    CHECK(fabs(-3.0f) == 3 && fabs(3.0 + 4.0 * I) == 5);
}

static void classes_are_told(void)
{
    CHECK(fpclassify(0x1p-1074) == FP_SUBNORMAL && fpclassify(1.0L) == FP_NORMAL && fpclassify(INFINITY) == FP_INFINITE);
    CHECK(isnan(NAN) && isinf(-INFINITY) && signbit(-0.0) && !isfinite(NAN) && isnormal(1.0f));
    CHECK((__isinf)(-INFINITY) == -1 && (__fpclassifyl)(0.0L) == FP_ZERO && (finite)(1.0) && !(__finitel)(INFINITY));
    CHECK(signgam == signgam);
    CHECK(lgamma(-0.5 * (double)one) > 0 && signgam == -1);
}

int main(void)
{
    RUN(long_doubles_cross_the_boundary);
    RUN(complex_numbers_cross_the_boundary);
    RUN(errors_set_errno_and_exceptions);
    RUN(rounding_directions_are_obeyed);
    RUN(types_choose_functions);
    RUN(classes_are_told);
    DONE();
}
