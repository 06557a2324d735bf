//! fmod, remainder, remquo, modf's kin. ISO C17 7.12.10.

use super::errors::{domain, invalid};
use super::real::Real;
use super::x87;
use crate::float::f80::F80;
use crate::types::c_int;

/// A format that converts to long double and back; back only for numbers that it has.
trait Exact: Real {
    fn extend(self) -> F80;
    fn narrow(value: F80) -> Self;
}

impl Exact for f64 {
    fn extend(self) -> F80 {
        F80::from_f64(self)
    }
    fn narrow(value: F80) -> f64 {
        if value.is_zero() {
            f64::zero(value.is_negative())
        } else {
            f64::from_wide(value.wide())
        }
    }
}

impl Exact for f32 {
    fn extend(self) -> F80 {
        F80::from_f64(self as f64)
    }
    fn narrow(value: F80) -> f32 {
        f64::narrow(value) as f32
    }
}

impl Exact for F80 {
    fn extend(self) -> F80 {
        self
    }
    fn narrow(value: F80) -> F80 {
        value
    }
}

/// The remainder, and the quotient's lowest three bits; `error` makes the result of what is none.
fn divide<R: Exact, const NEAREST: bool>(x: R, y: R, error: fn() -> R) -> (R, u32) {
    if x.is_nan() || y.is_nan() {
        return (if x.is_nan() { x.quieted() } else { y.quieted() }, 0);
    }
    if x.is_infinite() || y.is_zero() {
        return (error(), 0);
    }
    if y.is_infinite() || x.is_zero() {
        return (x, 0);
    }
    let (remainder, status) = x87::remainder::<NEAREST>(x.extend(), y.extend());
    // C0, C3 and C1 are bits 2, 1 and 0 of the quotient.
    let quotient = (status >> 8 & 1) << 2 | (status >> 14 & 1) << 1 | (status >> 9 & 1);
    (R::narrow(remainder), quotient as u32)
}

generic_functions! {
    /// The rest of x after a whole number of y, with the sign of x. ISO C17 7.12.10.1.
    fmod fmodf fmodl(x, y) = |x, y| divide::<_, false>(x, y, domain).0;
    /// The rest of x after the nearest whole number of y. ISO C17 7.12.10.2.
    remainder remainderf remainderl(x, y) = |x, y| divide::<_, true>(x, y, domain).0;
}
alias!(drem = remainder);
alias!(dremf = remainderf);

/// The quotient with the sign that C wants.
fn signed_quotient<R: Real>(x: R, y: R, bits: u32) -> c_int {
    let bits = bits as c_int;
    if x.is_negative() != y.is_negative() {
        -bits
    } else {
        bits
    }
}

export! {
    /// `remainder`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    pub unsafe extern "C" fn remquo(x: f64, y: f64, quotient: *mut c_int) -> f64 {
        let (result, bits) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, bits)) };
        result
    }

    /// `remainderf`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    pub unsafe extern "C" fn remquof(x: f32, y: f32, quotient: *mut c_int) -> f32 {
        let (result, bits) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, bits)) };
        result
    }
}

long_double! {
    /// `remainderl`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    remquol(quotient: *mut c_int; x, y) {
        let (result, bits) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, bits)) };
        result
    }
    /// `remainderl` under its old name. BSD.
    dreml(; x, y) { divide::<_, true>(x, y, domain).0 }
}
