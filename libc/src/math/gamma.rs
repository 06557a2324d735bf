//! lgamma, tgamma, erf, erfc. ISO C17 7.12.8.

use super::errors::{domain, overflow_checked, pole, range_checked};
use super::extended::special as wide;
use super::extended::wide::Wide;
use super::real::Real;
use crate::float::f80::F80;
use crate::types::c_int;
use core::sync::atomic::{AtomicI32, Ordering};

/// The sign of gamma at the last lgamma: C's `signgam`.
static SIGN: AtomicI32 = AtomicI32::new(0);
alias_data!(signgam = SIGN: c_int);
alias_data!(__signgam = SIGN: c_int);

fn is_integer<R: Real>(x: R) -> bool {
    x.wide().integer_parity().is_some()
}

/// The rule of the logarithm of gamma: its value and the sign of gamma.
fn logarithm<R: Real>(x: R, compute: impl Fn(R) -> (R, c_int)) -> (R, c_int) {
    if x.is_nan() {
        return (x.quieted(), 1);
    }
    if x.is_infinite() {
        return (R::infinity(false), 1);
    }
    if x.is_zero() {
        return (pole(false), if x.is_negative() { -1 } else { 1 });
    }
    if x.is_negative() && is_integer(x) {
        return (pole(false), 1);
    }
    let (value, sign) = compute(x);
    (overflow_checked(value), sign)
}

fn logarithm_of_f64(x: f64) -> (f64, c_int) {
    logarithm(x, |x| {
        let (value, negative) = wide::log_gamma(x.wide());
        (f64::from_wide(value), if negative { -1 } else { 1 })
    })
}

fn logarithm_of_f32(x: f32) -> (f32, c_int) {
    logarithm(x, |x| {
        let (value, negative) = wide::log_gamma(x.wide());
        (f32::from_wide(value), if negative { -1 } else { 1 })
    })
}

fn logarithm_of_f80(x: F80) -> (F80, c_int) {
    logarithm(x, |x| {
        let (value, negative) = wide::log_gamma(x.wide());
        (F80::from_wide(value), if negative { -1 } else { 1 })
    })
}

/// The rule of gamma.
fn true_gamma<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() {
        pole(x.is_negative())
    } else if x.is_infinite() {
        if x.is_negative() { domain() } else { x }
    } else if x.is_negative() && is_integer(x) {
        domain()
    } else {
        range_checked(compute(x))
    }
}

/// The rule of the error function.
fn error<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
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

/// The rule of the complementary error function.
fn complementary<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_infinite() {
        if x.is_negative() {
            R::from_wide(Wide::TWO)
        } else {
            R::zero(false)
        }
    } else {
        range_checked(compute(x))
    }
}

real_functions! {
    /// Gamma. ISO C17 7.12.8.4.
    tgamma tgammaf tgammal: true_gamma, |x| f64::from_wide(wide::gamma(x.wide())), wide::gamma;
    /// The error function. ISO C17 7.12.8.1.
    erf erff erfl: error, libm::erf, wide::erf;
    /// The complementary error function. ISO C17 7.12.8.2.
    erfc erfcf erfcl: complementary, libm::erfc, wide::erfc;
}

export! {
    /// The logarithm of the magnitude of gamma; its sign goes to `signgam`. ISO C17 7.12.8.3.
    pub unsafe extern "C" fn lgamma(x: f64) -> f64 {
        let (value, sign) = logarithm_of_f64(x);
        SIGN.store(sign, Ordering::Relaxed);
        value
    }

    /// The logarithm of the magnitude of gamma; its sign goes to `signgam`. ISO C17 7.12.8.3.
    pub unsafe extern "C" fn lgammaf(x: f32) -> f32 {
        let (value, sign) = logarithm_of_f32(x);
        SIGN.store(sign, Ordering::Relaxed);
        value
    }

    /// The logarithm of the magnitude of gamma, and its sign. BSD.
    pub unsafe extern "C" fn lgamma_r(x: f64, sign: *mut c_int) -> f64 {
        let (value, found) = logarithm_of_f64(x);
        // SAFETY: the caller passes a place for the sign.
        unsafe { sign.write(found) };
        value
    }

    /// The logarithm of the magnitude of gamma, and its sign. BSD.
    pub unsafe extern "C" fn lgammaf_r(x: f32, sign: *mut c_int) -> f32 {
        let (value, found) = logarithm_of_f32(x);
        // SAFETY: the caller passes a place for the sign.
        unsafe { sign.write(found) };
        value
    }
}
alias!(gamma = lgamma);
alias!(gammaf = lgammaf);

long_double! {
    /// The logarithm of the magnitude of gamma; its sign goes to `signgam`. ISO C17 7.12.8.3.
    lgammal(; x) {
        let (value, sign) = logarithm_of_f80(x);
        SIGN.store(sign, Ordering::Relaxed);
        value
    }
    /// `lgammal` under its old name. BSD.
    gammal(; x) {
        let (value, sign) = logarithm_of_f80(x);
        SIGN.store(sign, Ordering::Relaxed);
        value
    }
    /// The logarithm of the magnitude of gamma, and its sign. BSD.
    lgammal_r(sign: *mut c_int; x) {
        let (value, found) = logarithm_of_f80(x);
        // SAFETY: the caller passes a place for the sign.
        unsafe { sign.write(found) };
        value
    }
}
