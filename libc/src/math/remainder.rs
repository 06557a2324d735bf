//! fmod, remainder, remquo, modf's kin. ISO C17 7.12.10.

use super::errors::{domain, invalid};
use super::real::Real;
use super::x87;
use crate::float::f80::F80;
use crate::float::value::Class;
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

/// The remainder, also as the format in which it was found; `error` makes the result of what is none.
fn divide<R: Exact, const NEAREST: bool>(x: R, y: R, error: fn() -> R) -> (R, F80) {
    if x.is_nan() || y.is_nan() {
        return (if x.is_nan() { x.quieted() } else { y.quieted() }, F80::ZERO);
    }
    if x.is_infinite() || y.is_zero() {
        return (error(), F80::ZERO);
    }
    if y.is_infinite() || x.is_zero() {
        return (x, F80::ZERO);
    }
    let remainder = x87::remainder::<NEAREST>(x.extend(), y.extend());
    (R::narrow(remainder), remainder)
}

/// The lowest three bits of the quotient that leaves this remainder. The processor has them in its status word, but QEMU's does not count a
/// quotient that was rounded up.
fn quotient_bits(x: F80, y: F80, remainder: F80) -> u32 {
    let finite = [x.value().class, y.value().class];
    let [Class::Finite { .. }, Class::Finite { mantissa, exponent }] = finite else {
        return 0;
    };
    // What is left of x after whole eights of y: where there is no such number, x is smaller.
    let y = y.abs();
    let eight = if y.biased_exponent() == 0 {
        let twice = x87::add(y, y);
        let four = x87::add(twice, twice);
        Some(x87::add(four, four))
    } else {
        y.scaled(3)
    };
    let rest = match eight {
        Some(eight) => x87::remainder::<false>(x.abs(), eight),
        None => x.abs(),
    };
    let below = match rest.value().class {
        Class::Finite {
            mantissa: above,
            exponent: of_rest,
        } => {
            let (above, mantissa) = (u128::from(above), u128::from(mantissa));
            match of_rest - exponent {
                more @ 0.. => (above << more) / mantissa,
                less @ -63.. => above / (mantissa << -less),
                _ => 0,
            }
        }
        _ => 0,
    };
    let rounded_up = !remainder.is_zero() && remainder.is_negative() != x.is_negative();
    (below as u32 + u32::from(rounded_up)) & 7
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
fn signed_quotient<R: Exact>(x: R, y: R, remainder: F80) -> c_int {
    let bits = quotient_bits(x.extend(), y.extend(), remainder) as c_int;
    if x.is_negative() != y.is_negative() {
        -bits
    } else {
        bits
    }
}

export! {
    /// `remainder`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    pub unsafe extern "C" fn remquo(x: f64, y: f64, quotient: *mut c_int) -> f64 {
        let (result, remainder) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, remainder)) };
        result
    }

    /// `remainderf`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    pub unsafe extern "C" fn remquof(x: f32, y: f32, quotient: *mut c_int) -> f32 {
        let (result, remainder) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, remainder)) };
        result
    }
}

long_double! {
    /// `remainderl`, and the lowest bits of the quotient with its sign. ISO C17 7.12.10.3.
    remquol(quotient: *mut c_int; x, y) {
        let (result, remainder) = divide::<_, true>(x, y, invalid);
        // SAFETY: the caller passes a place for the quotient.
        unsafe { quotient.write(signed_quotient(x, y, remainder)) };
        result
    }
    /// `remainderl` under its old name. BSD.
    dreml(; x, y) { divide::<_, true>(x, y, domain).0 }
}
