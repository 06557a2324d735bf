//! pow, sqrt, cbrt, hypot. ISO C17 7.12.7.

use super::errors::{domain, overflow_checked, pole, range_checked};
use super::extended::elementary as wide;
use super::extended::wide::Wide;
use super::real::Real;
use super::x87;

/// The rule of powers. ISO C17 F.10.4.4.
fn power<R: Real>(x: R, y: R, compute: impl Fn(R, R) -> R) -> R {
    let one = || R::from_wide(Wide::ONE);
    if y.is_zero() && !x.is_signaling() {
        return one();
    }
    if x.is_nan() || y.is_nan() {
        let is_one = x.is_finite() && !x.is_negative() && x.wide().compare_magnitude(Wide::ONE).is_eq();
        return if is_one && !y.is_signaling() {
            one()
        } else if x.is_nan() {
            x.quieted()
        } else {
            y.quieted()
        };
    }
    if y.is_infinite() {
        let size = if x.is_infinite() {
            core::cmp::Ordering::Greater
        } else {
            x.wide().compare_magnitude(Wide::ONE)
        };
        return match (size, y.is_negative()) {
            (core::cmp::Ordering::Equal, _) => one(),
            (core::cmp::Ordering::Less, true) | (core::cmp::Ordering::Greater, false) => R::infinity(false),
            _ => R::zero(false),
        };
    }
    let odd = || y.wide().integer_parity() == Some(true);
    if x.is_zero() {
        let negative = x.is_negative() && odd();
        return if y.is_negative() {
            pole(negative)
        } else {
            R::zero(negative)
        };
    }
    if x.is_infinite() {
        let negative = x.is_negative() && odd();
        return if y.is_negative() {
            R::zero(negative)
        } else {
            R::infinity(negative)
        };
    }
    if !x.is_negative() {
        return range_checked(compute(x, y));
    }
    match y.wide().integer_parity() {
        None => domain(),
        Some(odd) => range_checked(compute(x.with_sign(false), y)).with_sign(odd),
    }
}

/// The rule of roots of odd degree.
fn odd_root<R: Real>(x: R, compute: impl Fn(R) -> R) -> R {
    if x.is_nan() {
        x.quieted()
    } else if x.is_zero() || x.is_infinite() {
        x
    } else {
        compute(x)
    }
}

/// The rule of distances. ISO C17 F.10.4.3.
fn distance<R: Real>(x: R, y: R, compute: impl Fn(R, R) -> R) -> R {
    if (x.is_infinite() && !y.is_signaling()) || (y.is_infinite() && !x.is_signaling()) {
        return R::infinity(false);
    }
    if x.is_nan() || y.is_nan() {
        return if x.is_nan() { x.quieted() } else { y.quieted() };
    }
    overflow_checked(compute(x, y))
}

real_functions_of_two! {
    /// `x^y`. ISO C17 7.12.7.4.
    pow powf powl: power, libm::pow, wide::pow;
    /// The distance of (x, y) from the origin. ISO C17 7.12.7.3.
    hypot hypotf hypotl: distance, libm::hypot, |x, y| (x.squared() + y.squared()).square_root();
}

real_functions! {
    /// Cube root. ISO C17 7.12.7.1.
    cbrt cbrtf cbrtl: odd_root, libm::cbrt, wide::cube_root;
}

/// The square root of a double by its instruction.
#[inline(always)]
pub fn square_root(x: f64) -> f64 {
    let root;
    // SAFETY: arithmetic on registers.
    unsafe { core::arch::asm!("sqrtsd {}, {}", out(xmm_reg) root, in(xmm_reg) x, options(nomem, nostack)) };
    root
}

export! {
    /// Square root, correctly rounded. ISO C17 7.12.7.5.
    pub unsafe extern "C" fn sqrt(x: f64) -> f64 {
        if x < 0.0 { domain() } else { square_root(x) }
    }

    /// Square root, correctly rounded. ISO C17 7.12.7.5.
    pub unsafe extern "C" fn sqrtf(x: f32) -> f32 {
        if x < 0.0 {
            return domain();
        }
        let root;
        // SAFETY: arithmetic on registers.
        unsafe { core::arch::asm!("sqrtss {}, {}", out(xmm_reg) root, in(xmm_reg) x, options(nomem, nostack)) };
        root
    }
}

long_double! {
    /// Square root, correctly rounded. ISO C17 7.12.7.5.
    sqrtl(; x) {
        if x.is_negative() && !x.is_nan() && !x.is_zero() { domain() } else { x87::square_root(x) }
    }
}
