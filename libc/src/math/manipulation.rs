//! frexp, ldexp, scalbn, logb, ilogb, modf and their kin. ISO C17 7.12.6.

use super::errors::{domain, overflowed, pole, underflowed};
use super::extended::wide::Wide;
use super::real::Real;
use super::rounding::split;
use crate::errno::{EDOM, set_errno};
use crate::fenv::{FE_INEXACT, FE_INVALID, FE_UNDERFLOW, exceptions::raise};
use crate::float::f80::F80;
use crate::float::round::{Rounding, round};
use crate::float::value::Class;
use crate::types::*;

/// The fraction in [1/2, 1) and the power of two that goes with it.
fn fraction<R: Real>(x: R) -> (R, c_int) {
    match x.value().class {
        Class::Finite { exponent, .. } => (R::from_wide(x.wide().scaled(-exponent - 64)), exponent + 64),
        Class::Nan => (x.quieted(), 0),
        _ => (x, 0),
    }
}

/// The number times a power of two, rounded once.
fn scale<R: Real>(x: R, power: i64) -> R {
    let value = x.value();
    let Class::Finite { mantissa, exponent } = value.class else {
        return if x.is_nan() { x.quieted() } else { x };
    };
    let exponent = (exponent as i64 - 64)
        .saturating_add(power)
        .clamp(-100_000, 100_000) as i32;
    let rounded = round(
        &R::FORMAT,
        Rounding::current(),
        value.negative,
        (mantissa as u128) << 64,
        exponent,
        false,
    );
    if rounded.overflow {
        overflowed();
    } else if rounded.inexact && rounded.mantissa == 0 {
        underflowed();
    } else if rounded.inexact {
        raise(FE_INEXACT | if rounded.underflow { FE_UNDERFLOW } else { 0 });
    }
    R::from_rounded(rounded)
}

/// The exponent as an integer, with the answers that C has for the rest.
fn integer_exponent<R: Real>(x: R) -> c_int {
    const FP_ILOGB0: c_int = c_int::MIN;
    let special = match x.value().class {
        Class::Finite { exponent, .. } => return exponent + 63,
        Class::Zero | Class::Nan => FP_ILOGB0,
        Class::Infinite => c_int::MAX,
    };
    set_errno(EDOM);
    raise(FE_INVALID);
    special
}

/// The exponent as a number of the format.
fn exponent<R: Real>(x: R) -> R {
    match x.value().class {
        Class::Finite { exponent, .. } => R::from_wide(Wide::from_i64(exponent as i64 + 63)),
        Class::Zero => {
            let errno = crate::errno::get_errno();
            let result = pole(true);
            // glibc leaves errno alone here.
            set_errno(errno);
            result
        }
        Class::Infinite => R::infinity(false),
        Class::Nan => x.quieted(),
    }
}

/// The fraction in [1, 2).
fn significand_of<R: Real>(x: R) -> R {
    match x.value().class {
        Class::Finite { exponent, .. } => R::from_wide(x.wide().scaled(-exponent - 63)),
        _ if x.is_nan() => x.quieted(),
        _ => x,
    }
}

/// x times two to the y, y any number: X/Open's scalb.
fn scale_by_real<R: Real>(x: R, y: R) -> R {
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() { x.quieted() } else { y.quieted() };
    }
    if y.is_infinite() {
        let zero_times_infinity = if y.is_negative() {
            x.is_infinite()
        } else {
            x.is_zero()
        };
        return if zero_times_infinity {
            domain()
        } else if y.is_negative() {
            R::zero(x.is_negative())
        } else {
            R::infinity(x.is_negative())
        };
    }
    if y.wide().integer_parity().is_none() {
        return domain();
    }
    if x.is_zero() || x.is_infinite() {
        return x;
    }
    let power = if y.wide().binary_exponent() > 40 {
        1 << 40
    } else {
        y.wide().abs().nearest_i64()
    };
    scale(x, if y.is_negative() { -power } else { power })
}

generic_functions! {
    /// The exponent of the number as a number. ISO C17 7.12.6.11.
    logb logbf logbl(x) = exponent;
    /// The number scaled to [1, 2). BSD.
    significand significandf significandl(x) = significand_of;
    /// `x * 2^y`. X/Open.
    scalb scalbf scalbl(x, y) = scale_by_real;
}

export! {
    /// Splits a number into a fraction in [1/2, 1) and a power of two. ISO C17 7.12.6.4.
    pub unsafe extern "C" fn frexp(x: f64, power: *mut c_int) -> f64 {
        let (result, exponent) = fraction(x);
        // SAFETY: the caller passes a place for the power.
        unsafe { power.write(exponent) };
        result
    }

    /// Splits a number into a fraction in [1/2, 1) and a power of two. ISO C17 7.12.6.4.
    pub unsafe extern "C" fn frexpf(x: f32, power: *mut c_int) -> f32 {
        let (result, exponent) = fraction(x);
        // SAFETY: the caller passes a place for the power.
        unsafe { power.write(exponent) };
        result
    }

    /// The number times a power of two. ISO C17 7.12.6.6.
    pub unsafe extern "C" fn ldexp(x: f64, power: c_int) -> f64 { scale(x, power as i64) }
    /// The number times a power of two. ISO C17 7.12.6.6.
    pub unsafe extern "C" fn ldexpf(x: f32, power: c_int) -> f32 { scale(x, power as i64) }
    /// The number times a power of two. ISO C17 7.12.6.13.
    pub unsafe extern "C" fn scalbln(x: f64, power: c_long) -> f64 { scale(x, power) }
    /// The number times a power of two. ISO C17 7.12.6.13.
    pub unsafe extern "C" fn scalblnf(x: f32, power: c_long) -> f32 { scale(x, power) }

    /// The exponent of the number. ISO C17 7.12.6.5.
    pub unsafe extern "C" fn ilogb(x: f64) -> c_int { integer_exponent(x) }
    /// The exponent of the number. ISO C17 7.12.6.5.
    pub unsafe extern "C" fn ilogbf(x: f32) -> c_int { integer_exponent(x) }

    /// Splits a number into its integer part and the rest. ISO C17 7.12.6.12.
    pub unsafe extern "C" fn modf(x: f64, whole: *mut f64) -> f64 {
        let integer = libm::trunc(x);
        // SAFETY: the caller passes a place for the integer part.
        unsafe { whole.write(integer) };
        if x.is_infinite() { 0f64.copysign(x) } else { (x - integer).copysign(x) }
    }

    /// Splits a number into its integer part and the rest. ISO C17 7.12.6.12.
    pub unsafe extern "C" fn modff(x: f32, whole: *mut f32) -> f32 {
        let integer = libm::truncf(x);
        // SAFETY: the caller passes a place for the integer part.
        unsafe { whole.write(integer) };
        if x.is_infinite() { 0f32.copysign(x) } else { (x - integer).copysign(x) }
    }
}
alias!(scalbn = ldexp);
alias!(scalbnf = ldexpf);

long_double! {
    /// Splits a number into a fraction in [1/2, 1) and a power of two. ISO C17 7.12.6.4.
    frexpl(power: *mut c_int; x) {
        let (result, exponent) = fraction(x);
        // SAFETY: the caller passes a place for the power.
        unsafe { power.write(exponent) };
        result
    }
    /// The number times a power of two. ISO C17 7.12.6.6.
    ldexpl(power: c_int; x) { scale(x, power as i64) }
    /// The number times a power of two. ISO C17 7.12.6.13.
    scalbnl(power: c_int; x) { scale(x, power as i64) }
    /// The number times a power of two. ISO C17 7.12.6.13.
    scalblnl(power: c_long; x) { scale(x, power) }
    /// The exponent of the number. ISO C17 7.12.6.5.
    ilogbl(; x) -> c_int { integer_exponent(x) }
    /// Splits a number into its integer part and the rest. ISO C17 7.12.6.12.
    modfl(whole: *mut F80; x) {
        let (integer, rest) = split(x);
        // SAFETY: the caller passes a place for the integer part.
        unsafe { whole.write(integer) };
        rest
    }
}
