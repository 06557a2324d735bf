//! sinh, cosh, tanh and their inverses. ISO C17 7.12.5.

use super::errors::{domain, overflow_checked, pole};
use super::extended::elementary as wide;
use super::extended::wide::Wide;
use super::real::Real;

/// The rule of the hyperbolic sine, and of functions that keep zeros and infinities.
fn odd<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() || x.is_infinite() {
        x
    } else {
        overflow_checked(compute(x))
    }
}

/// The rule of the hyperbolic cosine.
fn even<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_infinite() {
        R::infinity(false)
    } else {
        overflow_checked(compute(x))
    }
}

/// The rule of the hyperbolic tangent.
fn tangent<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() {
        x
    } else if x.is_infinite() {
        R::from_wide(Wide::ONE.with_sign(x.is_negative()))
    } else {
        compute(x)
    }
}

/// The rule of the inverse hyperbolic cosine.
fn inverse_cosine<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    if x.is_negative() || (x.is_finite() && x.wide().is_below(Wide::ONE)) {
        return domain();
    }
    if x.is_infinite() { x } else { compute(x) }
}

/// The rule of the inverse hyperbolic tangent.
fn inverse_tangent<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    if x.is_zero() {
        return x;
    }
    if x.is_infinite() {
        return domain();
    }
    match x.wide().compare_magnitude(Wide::ONE) {
        core::cmp::Ordering::Less => compute(x),
        core::cmp::Ordering::Equal => pole(x.is_negative()),
        core::cmp::Ordering::Greater => domain(),
    }
}

real_functions! {
    /// Hyperbolic sine. ISO C17 7.12.5.5.
    sinh sinhf sinhl: odd, libm::sinh, wide::sinh;
    /// Hyperbolic cosine. ISO C17 7.12.5.4.
    cosh coshf coshl: even, libm::cosh, wide::cosh;
    /// Hyperbolic tangent. ISO C17 7.12.5.6.
    tanh tanhf tanhl: tangent, libm::tanh, wide::tanh;
    /// Inverse hyperbolic sine. ISO C17 7.12.5.2.
    asinh asinhf asinhl: odd, libm::asinh, wide::asinh;
    /// Inverse hyperbolic cosine. ISO C17 7.12.5.1.
    acosh acoshf acoshl: inverse_cosine, libm::acosh, wide::acosh;
    /// Inverse hyperbolic tangent. ISO C17 7.12.5.3.
    atanh atanhf atanhl: inverse_tangent, libm::atanh, wide::atanh;
}
