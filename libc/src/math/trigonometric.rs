//! sin, cos, tan, their inverses, atan2, sincos. ISO C17 7.12.4.

use super::errors::{domain, underflowed};
use super::extended::constants::{HALF_PI, PI};
use super::extended::elementary as wide;
use super::extended::wide::Wide;
use super::real::Real;
use crate::float::f80::F80;

/// The rule of sine and tangent.
fn odd_circular<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_infinite() {
        domain()
    } else if x.is_zero() {
        x
    } else {
        compute(x)
    }
}

/// The rule of cosine.
fn circular<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_infinite() {
        domain()
    } else {
        compute(x)
    }
}

/// The rule of inverses that are defined from -1 to 1.
fn inverse<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    if x.is_infinite() || Wide::ONE.is_below(x.wide().abs()) {
        return domain();
    }
    compute(x)
}

/// The rule of the arc sine, which keeps zeros.
fn arc_sine<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_zero() { x } else { inverse(x, compute) }
}

/// The rule of the arc tangent.
fn arc_tangent<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_infinite() {
        R::from_wide(HALF_PI.with_sign(x.is_negative()))
    } else if x.is_zero() {
        x
    } else {
        compute(x)
    }
}

/// The rule of the angle of a point. ISO C17 F.10.1.4.
fn angle<R: Real>(y: R, x: R, compute: impl Fn(R, R) -> R) -> R {
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() { x.quieted() } else { y.quieted() };
    }
    let signed = |angle: Wide| R::from_wide(angle.with_sign(y.is_negative()));
    if y.is_infinite() {
        return if !x.is_infinite() {
            signed(HALF_PI)
        } else if x.is_negative() {
            signed(HALF_PI * Wide::fraction(3, 2))
        } else {
            signed(HALF_PI.scaled(-1))
        };
    }
    if x.is_infinite() || y.is_zero() {
        return if x.is_negative() {
            signed(PI)
        } else {
            R::zero(y.is_negative())
        };
    }
    if x.is_zero() {
        return signed(HALF_PI);
    }
    let result = compute(y, x);
    if result.is_zero() {
        underflowed();
    }
    result
}

real_functions! {
    /// Sine. ISO C17 7.12.4.6.
    sin sinf sinl: odd_circular, libm::sin, |x| wide::sin_cos(x).0;
    /// Cosine. ISO C17 7.12.4.5.
    cos cosf cosl: circular, libm::cos, |x| wide::sin_cos(x).1;
    /// Tangent. ISO C17 7.12.4.7.
    tan tanf tanl: odd_circular, libm::tan, |x| { let (sin, cos) = wide::sin_cos(x); sin / cos };
    /// Arc sine. ISO C17 7.12.4.2.
    asin asinf asinl: arc_sine, libm::asin, wide::asin;
    /// Arc cosine. ISO C17 7.12.4.1.
    acos acosf acosl: inverse, libm::acos, wide::acos;
    /// Arc tangent. ISO C17 7.12.4.3.
    atan atanf atanl: arc_tangent, libm::atan, wide::atan;
}

real_functions_of_two! {
    /// The angle of the point (y, x). ISO C17 7.12.4.4.
    atan2 atan2f atan2l: angle, libm::atan2, wide::atan2;
}

export! {
    /// Sine and cosine at once. glibc.
    pub unsafe extern "C" fn sincos(x: f64, sine: *mut f64, cosine: *mut f64) {
        // SAFETY: the caller passes two places.
        unsafe {
            sine.write(sin(x));
            cosine.write(cos(x));
        }
    }

    /// Sine and cosine at once. glibc.
    pub unsafe extern "C" fn sincosf(x: f32, sine: *mut f32, cosine: *mut f32) {
        // SAFETY: the caller passes two places.
        unsafe {
            sine.write(sinf(x));
            cosine.write(cosf(x));
        }
    }
}

long_double! {
    /// Sine and cosine at once. glibc.
    sincosl(sine: *mut F80, cosine: *mut F80; x) -> () {
        // SAFETY: the caller passes two places.
        unsafe {
            sine.write(odd_circular(x, |x: F80| Real::from_wide(wide::sin_cos(x.wide()).0)));
            cosine.write(circular(x, |x: F80| Real::from_wide(wide::sin_cos(x.wide()).1)));
        }
    }
}
