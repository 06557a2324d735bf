//! fabs, copysign, fmax, fmin, fdim, nan. ISO C17 7.12.7.2, 7.12.11, 7.12.12.

use super::errors::overflow_checked;
use super::real::Real;

use crate::float::parse::{Meaning, Parsed, payload_of_tag};
use crate::float::strtod::{Narrow, as_f32, as_f64, as_f80};
use crate::types::*;

/// The larger (or smaller) of two numbers; a NaN counts as missing.
fn extreme<R: Real>(x: R, y: R, largest: bool) -> R {
    if x.is_nan() || y.is_nan() {
        let other = if x.is_nan() { y } else { x };
        return if x.is_signaling() || other.is_nan() {
            x.quieted()
        } else if y.is_signaling() {
            y.quieted()
        } else {
            other
        };
    }
    let (small, large) = if x.is_less(y) || (x.is_zero() && y.is_zero() && x.is_negative()) {
        (x, y)
    } else {
        (y, x)
    };
    if largest { large } else { small }
}

fn positive_difference<R: Real>(x: R, y: R) -> R {
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() { x.quieted() } else { y.quieted() };
    }
    if !y.is_less(x) {
        return R::zero(false);
    }
    let difference = x.minus(y);
    if x.is_finite() && y.is_finite() {
        overflow_checked(difference)
    } else {
        difference
    }
}

generic_functions! {
    /// The magnitude. ISO C17 7.12.7.2.
    fabs fabsf fabsl(x) = |x| Real::with_sign(x, false);
    /// The magnitude of x with the sign of y. ISO C17 7.12.11.1.
    copysign copysignf copysignl(x, y) = |x, y| Real::with_sign(x, Real::is_negative(y));
    /// The larger number. ISO C17 7.12.12.2.
    fmax fmaxf fmaxl(x, y) = |x, y| extreme(x, y, true);
    /// The smaller number. ISO C17 7.12.12.3.
    fmin fminf fminl(x, y) = |x, y| extreme(x, y, false);
    /// x - y, or 0 if that is negative. ISO C17 7.12.12.1.
    fdim fdimf fdiml(x, y) = positive_difference;
}

/// The NaN that `nan(tag)` names.
unsafe fn tagged(tag: *const c_char) -> Parsed {
    let payload = payload_of_tag(&Narrow(tag));
    Parsed {
        negative: false,
        meaning: Meaning::Nan(payload),
        end: 0,
    }
}

export! {
    /// A quiet NaN with a payload. ISO C17 7.12.11.2.
    pub unsafe extern "C" fn nan(tag: *const c_char) -> f64 {
        // SAFETY: as the caller promises.
        as_f64(unsafe { tagged(tag) })
    }

    /// A quiet NaN with a payload. ISO C17 7.12.11.2.
    pub unsafe extern "C" fn nanf(tag: *const c_char) -> f32 {
        // SAFETY: as the caller promises.
        as_f32(unsafe { tagged(tag) })
    }
}

long_double! {
    /// A quiet NaN with a payload. ISO C17 7.12.11.2.
    nanl(tag: *const c_char;) {
        // SAFETY: as the caller promises.
        as_f80(unsafe { tagged(tag) })
    }
}
