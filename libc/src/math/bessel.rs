//! Bessel functions of integer order: j0, j1, jn, y0, y1, yn. POSIX.1-2024 (XSI), with glibc's long double forms.

use super::errors::{domain, overflow_checked, pole, underflowed};
use super::extended::bessel as wide;
use super::real::Real;
use crate::types::c_int;

/// J of any order.
fn first_kind<R: Real>(order: c_int, x: R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    let odd = order & 1 != 0;
    // J(-n, x) = (-1)^n J(n, x) = J(n, -x)
    let negative = odd && (order < 0) != x.is_negative();
    if x.is_infinite() {
        return R::zero(negative);
    }
    let order = (order as i64).abs();
    if x.is_zero() {
        return if order == 0 {
            R::from_wide(super::extended::wide::Wide::ONE)
        } else {
            R::zero(negative)
        };
    }
    let value = wide::j(order, x.wide().abs());
    let result = R::from_wide(if negative { -value } else { value });
    if result.is_zero() {
        underflowed();
    }
    result
}

/// Y of any order.
fn second_kind<R: Real>(order: c_int, x: R) -> R {
    if x.is_nan() {
        return x.quieted();
    }
    let negative = order < 0 && order & 1 != 0;
    if x.is_zero() {
        return pole(!negative);
    }
    if x.is_negative() {
        return domain();
    }
    if x.is_infinite() {
        return R::zero(false);
    }
    let value = wide::y((order as i64).abs(), x.wide());
    overflow_checked(R::from_wide(if negative { -value } else { value }))
}

generic_functions! {
    /// Bessel function of the first kind of order 0. POSIX.1-2024.
    j0 j0f j0l(x) = |x| first_kind(0, x);
    /// Bessel function of the first kind of order 1. POSIX.1-2024.
    j1 j1f j1l(x) = |x| first_kind(1, x);
    /// Bessel function of the second kind of order 0. POSIX.1-2024.
    y0 y0f y0l(x) = |x| second_kind(0, x);
    /// Bessel function of the second kind of order 1. POSIX.1-2024.
    y1 y1f y1l(x) = |x| second_kind(1, x);
}

export! {
    /// Bessel function of the first kind of order n. POSIX.1-2024.
    pub unsafe extern "C" fn jn(n: c_int, x: f64) -> f64 { first_kind(n, x) }
    /// Bessel function of the first kind of order n. glibc.
    pub unsafe extern "C" fn jnf(n: c_int, x: f32) -> f32 { first_kind(n, x) }
    /// Bessel function of the second kind of order n. POSIX.1-2024.
    pub unsafe extern "C" fn yn(n: c_int, x: f64) -> f64 { second_kind(n, x) }
    /// Bessel function of the second kind of order n. glibc.
    pub unsafe extern "C" fn ynf(n: c_int, x: f32) -> f32 { second_kind(n, x) }
}

long_double! {
    /// Bessel function of the first kind of order n. glibc.
    jnl(n: c_int; x) { first_kind(n, x) }
    /// Bessel function of the second kind of order n. glibc.
    ynl(n: c_int; x) { second_kind(n, x) }
}
