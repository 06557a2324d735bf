//! The functions behind the classification macros, and their old names. ISO C17 7.12.3, BSD, glibc.

use super::real::Real;
use crate::float::round::Format;
use crate::float::value::Class;
use crate::types::c_int;

const FP_NAN: c_int = 0;
const FP_INFINITE: c_int = 1;
const FP_ZERO: c_int = 2;
const FP_SUBNORMAL: c_int = 3;
const FP_NORMAL: c_int = 4;

fn class<R: Real>(x: R) -> c_int {
    let Format { minimum_exponent, .. } = R::FORMAT;
    match x.value().class {
        Class::Nan => FP_NAN,
        Class::Infinite => FP_INFINITE,
        Class::Zero => FP_ZERO,
        Class::Finite { exponent, .. } if exponent + 63 < minimum_exponent => FP_SUBNORMAL,
        Class::Finite { .. } => FP_NORMAL,
    }
}

fn infinity_sign<R: Real>(x: R) -> c_int {
    match (x.is_infinite(), x.is_negative()) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => -1,
    }
}

/// x == y, where a NaN is an invalid operation with EDOM.
fn equal_signaling<R: Real>(x: R, y: R) -> c_int {
    if x.is_nan() || y.is_nan() {
        let _: R = super::errors::domain();
        return 0;
    }
    (!x.is_less(y) && !y.is_less(x)) as c_int
}

macro_rules! classifiers {
    ($($(#[$meta:meta])* $double:ident $float:ident $long:ident = $body:expr;)*) => {
        $(
            export! {
                $(#[$meta])*
                pub unsafe extern "C" fn $double(x: f64) -> c_int { $body(x) }
                $(#[$meta])*
                pub unsafe extern "C" fn $float(x: f32) -> c_int { $body(x) }
            }
            long_double! {
                $(#[$meta])*
                $long(; x) -> c_int { $body(x) }
            }
        )*
    };
}

classifiers! {
    /// The class: `FP_NAN` and so on.
    __fpclassify __fpclassifyf __fpclassifyl = class;
    /// Whether the sign bit is set.
    __signbit __signbitf __signbitl = |x| Real::is_negative(x) as c_int;
    /// Whether the number is a NaN.
    __isnan __isnanf __isnanl = |x| Real::is_nan(x) as c_int;
    /// Whether the number is a NaN.
    isnan isnanf isnanl = |x| Real::is_nan(x) as c_int;
    /// 1 for infinity, -1 for minus infinity, otherwise 0.
    __isinf __isinff __isinfl = infinity_sign;
    /// 1 for infinity, -1 for minus infinity, otherwise 0.
    isinf isinff isinfl = infinity_sign;
    /// Whether the number is finite.
    __finite __finitef __finitel = |x| Real::is_finite(x) as c_int;
    /// Whether the number is finite.
    finite finitef finitel = |x| Real::is_finite(x) as c_int;
    /// Whether the number is a signalling NaN.
    __issignaling __issignalingf __issignalingl = |x| Real::is_signaling(x) as c_int;
}

export! {
    /// x == y, where a NaN is an error. ISO/IEC TS 18661-1 `iseqsig`.
    pub unsafe extern "C" fn __iseqsig(x: f64, y: f64) -> c_int { equal_signaling(x, y) }
    /// x == y, where a NaN is an error. ISO/IEC TS 18661-1 `iseqsig`.
    pub unsafe extern "C" fn __iseqsigf(x: f32, y: f32) -> c_int { equal_signaling(x, y) }
}

long_double! {
    /// x == y, where a NaN is an error. ISO/IEC TS 18661-1 `iseqsig`.
    __iseqsigl(; x, y) -> c_int { equal_signaling(x, y) }
}
