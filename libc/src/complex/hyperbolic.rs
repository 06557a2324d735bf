//! sinh, cosh, tanh, and sin, cos, tan by them. ISO C17 G.6.2.

use super::exponential::directed;
use super::part::Number;
use super::part::Part::{self, Finite, Infinite, Nan};
use crate::math::extended::elementary::{cosh as real_cosh, sin_cos, sinh as real_sinh};
use crate::math::extended::wide::Wide;

/// Hyperbolic sine.
pub fn sinh(z: Number) -> Number {
    match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            let (sin, cos) = sin_cos(y);
            Number::new(
                Finite(real_sinh(x) * cos),
                Finite(if y.is_zero() { y } else { real_cosh(x) * sin }),
            )
        }
        (re, Infinite(_)) if re.is_zero() => Number::new(re, Part::invalid()),
        (re, Nan) if re.is_zero() => z,
        (Finite(_), Infinite(_)) => Number::new(Part::invalid(), Nan),
        (Infinite(_), im) if im.is_zero() => z,
        (Infinite(negative), Finite(y)) => {
            let result = directed(Infinite(false), y);
            Number::new(
                result.re.with_sign(result.re.is_negative() != negative),
                result.im,
            )
        }
        (Infinite(_), Infinite(_)) => Number::new(z.re, Part::invalid()),
        (Infinite(_), Nan) => z,
        (Nan, im) if im.is_zero() => z,
        _ => Number::new(Nan, Nan),
    }
}

/// Hyperbolic cosine.
pub fn cosh(z: Number) -> Number {
    let zero = Part::ZERO.with_sign(z.re.is_negative() != z.im.is_negative());
    match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            let (sin, cos) = sin_cos(y);
            // Products with a zero keep its sign.
            Number::new(Finite(real_cosh(x) * cos), Finite(real_sinh(x) * sin))
        }
        (re, Infinite(_)) if re.is_zero() => Number::new(Part::invalid(), zero),
        (re, Nan) if re.is_zero() => Number::new(Nan, zero),
        (Finite(_), Infinite(_)) => Number::new(Part::invalid(), Nan),
        (Infinite(_), im) if im.is_zero() => Number::new(Infinite(false), zero),
        (Infinite(negative), Finite(y)) => {
            let result = directed(Infinite(false), y);
            Number::new(
                result.re,
                result.im.with_sign(result.im.is_negative() != negative),
            )
        }
        (Infinite(_), Infinite(_)) => Number::new(Infinite(false), Part::invalid()),
        (Infinite(_), Nan) => Number::new(Infinite(false), Nan),
        (Nan, im) if im.is_zero() => Number::new(Nan, zero),
        _ => Number::new(Nan, Nan),
    }
}

/// Hyperbolic tangent.
pub fn tanh(z: Number) -> Number {
    match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            // (sinh x cosh x + i sin y cos y) / (sinh^2 x + cos^2 y), which cancels nowhere.
            let (sin, cos) = sin_cos(y);
            let (sh, ch) = (real_sinh(x), real_cosh(x));
            let below = sh.squared() + cos.squared();
            let re = if x.is_zero() { x } else { sh * ch / below };
            let im = if y.is_zero() { y } else { sin * cos / below };
            Number::new(Finite(re), Finite(im))
        }
        (re, Infinite(_)) if re.is_zero() => Number::new(re, Part::invalid()),
        (re, Nan) if re.is_zero() => z,
        (Finite(_), Infinite(_)) => Number::new(Part::invalid(), Nan),
        (Infinite(negative), im) => {
            let negative_zero = match im {
                Finite(y) => {
                    let (sin, cos) = sin_cos(y);
                    if y.is_zero() {
                        y.is_negative()
                    } else {
                        (sin * cos).is_negative()
                    }
                }
                other => other.is_negative(),
            };
            Number::new(
                Finite(Wide::ONE.with_sign(negative)),
                Part::ZERO.with_sign(negative_zero),
            )
        }
        (Nan, im) if im.is_zero() => z,
        _ => Number::new(Nan, Nan),
    }
}

/// Sine.
pub fn sin(z: Number) -> Number {
    sinh(z.times_i()).over_i()
}

/// Cosine.
pub fn cos(z: Number) -> Number {
    cosh(z.times_i())
}

/// Tangent.
pub fn tan(z: Number) -> Number {
    tanh(z.times_i()).over_i()
}
