//! exp, log, pow, sqrt, abs, arg. ISO C17 G.6.3, G.6.4.

use super::part::Number;
use super::part::Part::{self, Finite, Infinite, Nan};
use crate::fenv::{FE_DIVBYZERO, exceptions::raise};
use crate::math::extended::constants::{HALF_PI, LOG10_E, PI};
use crate::math::extended::elementary::{atan2, exp as real_exp, log as real_log, log_one_plus, sin_cos};
use crate::math::extended::wide::Wide;

/// An infinity or zero times cosine and sine of a finite angle: only the signs count.
pub fn directed(magnitude: Part, angle: Wide) -> Number {
    let (sin, cos) = sin_cos(angle);
    Number::new(
        magnitude.with_sign(cos.is_negative()),
        magnitude.with_sign(sin.is_negative()),
    )
}

/// `e^z`.
pub fn exp(z: Number) -> Number {
    match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            let size = real_exp(x);
            let (sin, cos) = sin_cos(y);
            Number::new(
                Finite(size * cos),
                Finite(if y.is_zero() { y } else { size * sin }),
            )
        }
        (Finite(_), Infinite(_)) => Number::new(Part::invalid(), Nan),
        (Finite(_), Nan) => Number::new(Nan, Nan),
        (Infinite(false), Finite(y)) if y.is_zero() => z,
        (Infinite(negative), Finite(y)) => directed(if negative { Part::ZERO } else { Infinite(false) }, y),
        (Infinite(true), _) => Number::new(Part::ZERO, Part::ZERO.with_sign(z.im.is_negative())),
        (Infinite(false), Infinite(_)) => Number::new(Infinite(false), Part::invalid()),
        (Infinite(false), Nan) => z,
        (Nan, im) => Number::new(Nan, if im.is_zero() { im } else { Nan }),
    }
}

/// The angle of z.
pub fn argument(z: Number) -> Part {
    let eighths = |count: i64| Finite((PI * Wide::fraction(count, 8)).with_sign(z.im.is_negative()));
    match (z.re, z.im) {
        (Nan, _) | (_, Nan) => Nan,
        (Infinite(negative), Infinite(_)) => eighths(if negative { 6 } else { 2 }),
        (_, Infinite(_)) => eighths(4),
        (Infinite(negative), _) => eighths(if negative { 8 } else { 0 }),
        (Finite(x), Finite(y)) if y.is_zero() => {
            if x.is_negative() {
                Finite(PI.with_sign(y.is_negative()))
            } else {
                Finite(y)
            }
        }
        (Finite(x), Finite(y)) if x.is_zero() => Finite(HALF_PI.with_sign(y.is_negative())),
        (Finite(x), Finite(y)) => Finite(atan2(y, x)),
    }
}

/// The logarithm of the magnitude of finite parts, not both zero.
fn log_magnitude(x: Wide, y: Wide) -> Wide {
    let (x, y) = if x.compare_magnitude(y).is_lt() {
        (y.abs(), x.abs())
    } else {
        (x.abs(), y.abs())
    };
    // Near the unit circle the square of the magnitude less one is found without cancellation.
    if (-2..1).contains(&x.binary_exponent()) {
        let less_one = (x - Wide::ONE) * (x + Wide::ONE) + y.squared();
        if less_one.is_zero() || less_one.binary_exponent() < -2 {
            return log_one_plus(less_one).scaled(-1);
        }
    }
    real_log(x.squared() + y.squared()).scaled(-1)
}

/// The logarithm.
pub fn log(z: Number) -> Number {
    let re = match (z.re, z.im) {
        (Infinite(_), _) | (_, Infinite(_)) => Infinite(false),
        (Nan, _) | (_, Nan) => Nan,
        (Finite(x), Finite(y)) if x.is_zero() && y.is_zero() => {
            raise(FE_DIVBYZERO);
            Infinite(true)
        }
        (Finite(x), Finite(y)) => Finite(log_magnitude(x, y)),
    };
    Number::new(re, argument(z))
}

/// The decimal logarithm.
pub fn log10(z: Number) -> Number {
    let scaled = |part| match part {
        Finite(value) => Finite(value * LOG10_E),
        other => other,
    };
    let Number { re, im } = log(z);
    Number::new(scaled(re), scaled(im))
}

/// The magnitude.
pub fn magnitude(z: Number) -> Part {
    match (z.re, z.im) {
        (Infinite(_), _) | (_, Infinite(_)) => Infinite(false),
        (Nan, _) | (_, Nan) => Nan,
        (Finite(x), Finite(y)) => Finite((x.squared() + y.squared()).square_root()),
    }
}

/// The square root with a real part that is not negative.
pub fn square_root(z: Number) -> Number {
    match (z.re, z.im) {
        (_, Infinite(_)) => Number::new(Infinite(false), z.im),
        (Infinite(true), Finite(y)) => Number::new(Part::ZERO, Infinite(y.is_negative())),
        (Infinite(true), Nan) => Number::new(Nan, Infinite(false)),
        (Infinite(false), Finite(y)) => Number::new(z.re, Part::ZERO.with_sign(y.is_negative())),
        (Infinite(false), Nan) => z,
        (Nan, _) | (_, Nan) => Number::new(Nan, Nan),
        (Finite(x), Finite(y)) if x.is_zero() && y.is_zero() => Number::new(Part::ZERO, z.im),
        (Finite(x), Finite(y)) => {
            let size = (x.squared() + y.squared()).square_root();
            let root = ((x.abs() + size).scaled(-1)).square_root();
            let other = y.abs() / root.scaled(1);
            if x.is_negative() {
                Number::new(Finite(other), Finite(root.with_sign(y.is_negative())))
            } else {
                Number::new(Finite(root), Finite(other.with_sign(y.is_negative())))
            }
        }
    }
}

/// `x^y`, by `e^(y ln x)`.
pub fn pow(x: Number, y: Number) -> Number {
    if y.re.is_zero() && y.im.is_zero() {
        return Number::new(Part::ONE, Part::ZERO);
    }
    if x.re.is_zero() && x.im.is_zero() && matches!(y.re, Finite(re) if !re.is_negative() && !re.is_zero()) {
        return Number::new(Part::ZERO, Part::ZERO);
    }
    let logarithm = log(x);
    if let (Finite(a), Finite(b), Finite(c), Finite(d)) = (logarithm.re, logarithm.im, y.re, y.im) {
        return exp(Number::new(Finite(a * c - b * d), Finite(a * d + b * c)));
    }
    // Infinities and NaNs: the product as the processor forms it.
    let (a, b, c, d) = (
        logarithm.re.to_f64(),
        logarithm.im.to_f64(),
        y.re.to_f64(),
        y.im.to_f64(),
    );
    exp(Number::new(
        Part::from_real(a * c - b * d),
        Part::from_real(a * d + b * c),
    ))
}
