//! exp, exp2, exp10, expm1, log, log2, log10, log1p. ISO C17 7.12.6.

use super::errors::{domain, overflow_checked, pole, range_checked};
use super::extended::elementary as wide;
use super::real::Real;

/// The rule of exponentials.
fn exponential<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_finite() {
        range_checked(compute(x))
    } else if x.is_nan() {
        x.quieted()
    } else if x.is_negative() {
        R::zero(false)
    } else {
        x
    }
}

/// The rule of `e^x - 1`.
fn less_one<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_zero() {
        x
    } else if x.is_finite() {
        overflow_checked(compute(x))
    } else if x.is_nan() {
        x.quieted()
    } else if x.is_negative() {
        R::from_wide(-super::extended::wide::Wide::ONE)
    } else {
        x
    }
}

/// The rule of logarithms.
fn logarithm<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() {
        pole(true)
    } else if x.is_negative() {
        domain()
    } else if x.is_infinite() {
        x
    } else {
        compute(x)
    }
}

/// The rule of `ln(1 + x)`.
fn logarithm_of_one_plus<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    if x.is_zero() {
        return x;
    }
    if x.is_infinite() {
        return if x.is_negative() { domain() } else { x };
    }
    let sum = x.wide() + super::extended::wide::Wide::ONE;
    if sum.is_zero() {
        pole(true)
    } else if sum.is_negative() {
        domain()
    } else {
        compute(x)
    }
}

real_functions! {
    /// `e^x`. ISO C17 7.12.6.1.
    exp expf expl: exponential, libm::exp, wide::exp;
    /// `2^x`. ISO C17 7.12.6.2.
    exp2 exp2f exp2l: exponential, libm::exp2, wide::exp2;
    /// `10^x`. ISO/IEC TS 18661-4.
    exp10 exp10f exp10l: exponential, libm::exp10, wide::exp10;
    /// `10^x` under its old name. glibc.
    pow10 pow10f pow10l: exponential, libm::exp10, wide::exp10;
    /// `e^x - 1`. ISO C17 7.12.6.3.
    expm1 expm1f expm1l: less_one, libm::expm1, wide::exp_minus_one;
    /// The natural logarithm. ISO C17 7.12.6.7.
    log logf logl: logarithm, libm::log, wide::log;
    /// The binary logarithm. ISO C17 7.12.6.10.
    log2 log2f log2l: logarithm, libm::log2, wide::log2;
    /// The decimal logarithm. ISO C17 7.12.6.8.
    log10 log10f log10l: logarithm, libm::log10, wide::log10;
    /// `ln(1 + x)`. ISO C17 7.12.6.9.
    log1p log1pf log1pl: logarithm_of_one_plus, libm::log1p, wide::log_one_plus;
}
