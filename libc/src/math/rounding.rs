//! ceil, floor, trunc, round, roundeven, rint, nearbyint, and those that return integers. ISO C17 7.12.9.

use super::extended::wide::Wide;
use super::real::Real;
use super::x87;
use crate::fenv::control::{mxcsr, set_mxcsr};
use crate::fenv::{FE_INVALID, exceptions::raise};
use crate::float::f80::F80;
use crate::float::round::{Remainder, Rounding};
use crate::float::value::Class;
use crate::types::*;
use core::arch::x86_64::{_mm_cvtsd_si64, _mm_cvtss_si64, _mm_cvttsd_si64, _mm_set_sd, _mm_set_ss};

/// How a long double is rounded to an integer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// In a direction.
    To(Rounding),
    /// To the nearest, ties away from zero.
    TiesAway,
}

/// Rounds a long double to an integer without any exception.
fn integral(x: F80, way: Way) -> F80 {
    let Class::Finite { mantissa, exponent } = x.value().class else {
        return if x.is_nan() { x.quieted() } else { x };
    };
    if exponent >= 0 {
        return x;
    }
    let shift = -exponent as u32;
    let (whole, remainder) = match shift {
        1..64 => (
            mantissa >> shift,
            Remainder::of_bits(mantissa as u128, shift, false),
        ),
        64 => (0, Remainder::of_bits(mantissa as u128, 64, false)),
        _ => (0, Remainder::BelowHalf),
    };
    let up = match way {
        Way::To(rounding) => rounding.rounds_up(x.is_negative(), whole & 1 != 0, remainder),
        Way::TiesAway => matches!(remainder, Remainder::Half | Remainder::AboveHalf),
    };
    let result = Wide::normalised(x.is_negative(), whole as u128 + up as u128, 0);
    if result.is_zero() {
        F80::zero(x.is_negative())
    } else {
        F80::from_wide(result)
    }
}

/// 2^52: adding it leaves no bits below the point.
const DOUBLE_WHOLE: f64 = 4_503_599_627_370_496.0;
/// 2^23, the same for float.
const FLOAT_WHOLE: f32 = 8_388_608.0;

fn rint_double(x: f64) -> f64 {
    if x.abs() < DOUBLE_WHOLE {
        let shift = DOUBLE_WHOLE.copysign(x);
        ((x + shift) - shift).copysign(x)
    } else {
        // A NaN becomes a quiet one.
        x + 0.0
    }
}

fn rint_float(x: f32) -> f32 {
    if x.abs() < FLOAT_WHOLE {
        let shift = FLOAT_WHOLE.copysign(x);
        ((x + shift) - shift).copysign(x)
    } else {
        x + 0.0
    }
}

/// The integer with the value of an integral long double; `i64::MIN` and invalid if there is none.
fn integer_of(x: F80) -> i64 {
    let Class::Finite { mantissa, exponent } = x.value().class else {
        if !x.is_zero() {
            raise(FE_INVALID);
            return i64::MIN;
        }
        return 0;
    };
    let shift = -exponent;
    if (1..64).contains(&shift) {
        let magnitude = (mantissa >> shift) as i64;
        return if x.is_negative() { -magnitude } else { magnitude };
    }
    if !(shift == 0 && mantissa == 1 << 63 && x.is_negative()) {
        raise(FE_INVALID);
    }
    i64::MIN
}

export! {
    /// The least integer not below. ISO C17 7.12.9.1.
    pub unsafe extern "C" fn ceil(x: f64) -> f64 { libm::ceil(x) }
    /// The least integer not below. ISO C17 7.12.9.1.
    pub unsafe extern "C" fn ceilf(x: f32) -> f32 { libm::ceilf(x) }
    /// The greatest integer not above. ISO C17 7.12.9.2.
    pub unsafe extern "C" fn floor(x: f64) -> f64 { libm::floor(x) }
    /// The greatest integer not above. ISO C17 7.12.9.2.
    pub unsafe extern "C" fn floorf(x: f32) -> f32 { libm::floorf(x) }
    /// The integer part. ISO C17 7.12.9.8.
    pub unsafe extern "C" fn trunc(x: f64) -> f64 { libm::trunc(x) }
    /// The integer part. ISO C17 7.12.9.8.
    pub unsafe extern "C" fn truncf(x: f32) -> f32 { libm::truncf(x) }
    /// The nearest integer, ties away from zero. ISO C17 7.12.9.6.
    pub unsafe extern "C" fn round(x: f64) -> f64 { libm::round(x) }
    /// The nearest integer, ties away from zero. ISO C17 7.12.9.6.
    pub unsafe extern "C" fn roundf(x: f32) -> f32 { libm::roundf(x) }
    /// The nearest integer, ties to even. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn roundeven(x: f64) -> f64 { libm::roundeven(x) }
    /// The nearest integer, ties to even. ISO/IEC TS 18661-1.
    pub unsafe extern "C" fn roundevenf(x: f32) -> f32 { libm::roundevenf(x) }

    /// The nearest integer in the current direction; raises inexact. ISO C17 7.12.9.4.
    pub unsafe extern "C" fn rint(x: f64) -> f64 { rint_double(x) }
    /// The nearest integer in the current direction; raises inexact. ISO C17 7.12.9.4.
    pub unsafe extern "C" fn rintf(x: f32) -> f32 { rint_float(x) }

    /// The nearest integer in the current direction, without inexact. ISO C17 7.12.9.3.
    pub unsafe extern "C" fn nearbyint(x: f64) -> f64 {
        if x.is_nan() {
            return x + 0.0;
        }
        let before = mxcsr();
        let result = core::hint::black_box(rint_double(core::hint::black_box(x)));
        set_mxcsr(before);
        result
    }

    /// The nearest integer in the current direction, without inexact. ISO C17 7.12.9.3.
    pub unsafe extern "C" fn nearbyintf(x: f32) -> f32 {
        if x.is_nan() {
            return x + 0.0;
        }
        let before = mxcsr();
        let result = core::hint::black_box(rint_float(core::hint::black_box(x)));
        set_mxcsr(before);
        result
    }

    /// The nearest `long` in the current direction. ISO C17 7.12.9.5.
    pub unsafe extern "C" fn lrint(x: f64) -> c_long {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cvtsd_si64(_mm_set_sd(x)) }
    }

    /// The nearest `long` in the current direction. ISO C17 7.12.9.5.
    pub unsafe extern "C" fn lrintf(x: f32) -> c_long {
        // SAFETY: SSE is part of x86-64.
        unsafe { _mm_cvtss_si64(_mm_set_ss(x)) }
    }

    /// The nearest `long`, ties away from zero. ISO C17 7.12.9.7.
    pub unsafe extern "C" fn lround(x: f64) -> c_long {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cvttsd_si64(_mm_set_sd(libm::round(x))) }
    }

    /// The nearest `long`, ties away from zero. ISO C17 7.12.9.7.
    pub unsafe extern "C" fn lroundf(x: f32) -> c_long {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cvttsd_si64(_mm_set_sd(libm::roundf(x) as f64)) }
    }
}
alias!(llrint = lrint);
alias!(llrintf = lrintf);
alias!(llround = lround);
alias!(llroundf = lroundf);

long_double! {
    /// The least integer not below. ISO C17 7.12.9.1.
    ceill(; x) { integral(x, Way::To(Rounding::Up)) }
    /// The greatest integer not above. ISO C17 7.12.9.2.
    floorl(; x) { integral(x, Way::To(Rounding::Down)) }
    /// The integer part. ISO C17 7.12.9.8.
    truncl(; x) { integral(x, Way::To(Rounding::TowardZero)) }
    /// The nearest integer, ties away from zero. ISO C17 7.12.9.6.
    roundl(; x) { integral(x, Way::TiesAway) }
    /// The nearest integer, ties to even. ISO/IEC TS 18661-1.
    roundevenl(; x) { integral(x, Way::To(Rounding::Nearest)) }
    /// The nearest integer in the current direction; raises inexact. ISO C17 7.12.9.4.
    rintl(; x) { x87::round_to_integer(x) }
    /// The nearest integer in the current direction, without inexact. ISO C17 7.12.9.3.
    nearbyintl(; x) { integral(x, Way::To(Rounding::current())) }
    /// The nearest `long` in the current direction. ISO C17 7.12.9.5.
    lrintl(; x) -> c_long { x87::to_i64(x) }
    /// The nearest `long long` in the current direction. ISO C17 7.12.9.5.
    llrintl(; x) -> c_long { x87::to_i64(x) }
    /// The nearest `long`, ties away from zero. ISO C17 7.12.9.7.
    lroundl(; x) -> c_long { integer_of(integral(x, Way::TiesAway)) }
    /// The nearest `long long`, ties away from zero. ISO C17 7.12.9.7.
    llroundl(; x) -> c_long { integer_of(integral(x, Way::TiesAway)) }
}

/// Splits a long double into its integer part and the rest, both with its sign.
pub fn split(x: F80) -> (F80, F80) {
    if x.is_infinite() {
        return (x, F80::zero(x.is_negative()));
    }
    let whole = integral(x, Way::To(Rounding::TowardZero));
    if x.is_nan() {
        return (whole, whole);
    }
    (whole, x87::subtract(x, whole).with_sign(x.is_negative()))
}
