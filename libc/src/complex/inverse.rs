//! The inverses of the circular and hyperbolic functions. ISO C17 7.3.5, 7.3.6, G.6.1, G.6.2.
//!
//! For finite numbers by the distances from the branch points, as Hull, Fairgrieve and Tang describe it: no step
//! cancels.

use super::part::Number;
use super::part::Part::{self, Finite, Infinite, Nan};
use crate::fenv::{FE_DIVBYZERO, exceptions::raise};
use crate::math::extended::constants::{HALF_PI, PI};
use crate::math::extended::elementary::{atan2, log_one_plus};
use crate::math::extended::wide::Wide;

/// For x + iy in the first quadrant: the real part of asinh, and the two legs of the triangle whose angle is the
/// imaginary part (opposite, adjacent).
fn triangle(x: Wide, y: Wide) -> (Wide, Wide, Wide) {
    let square = x.squared();
    let sum = y + Wide::ONE;
    let difference = (y - Wide::ONE).abs();
    let far = (square + sum.squared()).square_root();
    let near = (square + difference.squared()).square_root();
    let half_sum = (far + near).scaled(-1);
    let excess_below = near + difference;
    let excess = (square / (far + sum)
        + if excess_below.is_zero() {
            Wide::ZERO
        } else {
            square / excess_below
        })
    .scaled(-1);
    // half_sum - 1 and half_sum - y.
    let (less_one, less_y) = if Wide::ONE.is_below(y) {
        (excess + difference, excess)
    } else {
        (excess, excess + difference)
    };
    let re = log_one_plus(less_one + (less_one * (less_one + Wide::TWO)).square_root());
    (re, y, (less_y * (half_sum + y)).square_root())
}

/// The angle of a triangle's legs, which are not negative; 0 if both are zero.
fn angle(opposite: Wide, adjacent: Wide) -> Wide {
    if opposite.is_zero() {
        Wide::ZERO
    } else if adjacent.is_zero() {
        HALF_PI
    } else {
        atan2(opposite, adjacent)
    }
}

fn eighths_of_pi(count: i64) -> Part {
    Finite(PI * Wide::fraction(count, 8))
}

/// Inverse hyperbolic sine.
pub fn asinh(z: Number) -> Number {
    let result = match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            let (re, opposite, adjacent) = triangle(x.abs(), y.abs());
            Number::new(Finite(re), Finite(angle(opposite, adjacent)))
        }
        (Infinite(_), Infinite(_)) => Number::new(Infinite(false), eighths_of_pi(2)),
        (Finite(_), Infinite(_)) => Number::new(Infinite(false), eighths_of_pi(4)),
        (Infinite(_), Finite(_)) => Number::new(Infinite(false), Part::ZERO),
        (Infinite(_), Nan) | (Nan, Infinite(_)) => Number::new(Infinite(false), Nan),
        (Nan, im) if im.is_zero() => Number::new(Nan, Part::ZERO),
        _ => Number::new(Nan, Nan),
    };
    result.with_signs(z.re.is_negative(), z.im.is_negative())
}

/// Inverse hyperbolic cosine, whose real part is not negative.
pub fn acosh(z: Number) -> Number {
    let result = match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            // The same triangle, turned by a right angle.
            let (re, adjacent, opposite) = triangle(y.abs(), x.abs());
            let turned = if x.is_negative() && !x.is_zero() {
                PI - angle(opposite, adjacent)
            } else {
                angle(opposite, adjacent)
            };
            Number::new(Finite(re), Finite(turned))
        }
        (Infinite(negative), Infinite(_)) => {
            Number::new(Infinite(false), eighths_of_pi(if negative { 6 } else { 2 }))
        }
        (Finite(_), Infinite(_)) => Number::new(Infinite(false), eighths_of_pi(4)),
        (Infinite(negative), Finite(_)) => {
            Number::new(Infinite(false), eighths_of_pi(if negative { 8 } else { 0 }))
        }
        (Infinite(_), Nan) | (Nan, Infinite(_)) => Number::new(Infinite(false), Nan),
        (re, Nan) if re.is_zero() => Number::new(Nan, eighths_of_pi(4)),
        _ => Number::new(Nan, Nan),
    };
    Number::new(result.re, result.im.with_sign(z.im.is_negative()))
}

/// Arc cosine.
pub fn acos(z: Number) -> Number {
    if z.re.is_zero() && z.im.is_nan() {
        return Number::new(eighths_of_pi(4), Nan);
    }
    let Number { re, im } = acosh(z);
    Number::new(im.with_sign(false), re.with_sign(!z.im.is_negative()))
}

/// Arc sine.
pub fn asin(z: Number) -> Number {
    asinh(z.times_i()).over_i()
}

/// Inverse hyperbolic tangent.
pub fn atanh(z: Number) -> Number {
    let result = match (z.re, z.im) {
        (Finite(x), Finite(y)) => {
            let (x, y) = (x.abs(), y.abs());
            let distance = (Wide::ONE - x).squared() + y.squared();
            if distance.is_zero() {
                raise(FE_DIVBYZERO);
                Number::new(Infinite(false), Part::ZERO)
            } else {
                let re = if x.is_zero() {
                    x
                } else {
                    log_one_plus(x.scaled(2) / distance).scaled(-2)
                };
                let adjacent = (Wide::ONE - x) * (Wide::ONE + x) - y.squared();
                let im = if !y.is_zero() {
                    atan2(y.scaled(1), adjacent).scaled(-1)
                } else if adjacent.is_negative() && !adjacent.is_zero() {
                    HALF_PI
                } else {
                    y
                };
                Number::new(Finite(re), Finite(im))
            }
        }
        (_, Infinite(_)) | (Infinite(_), Finite(_)) => Number::new(Part::ZERO, eighths_of_pi(4)),
        (Infinite(_), Nan) => Number::new(Part::ZERO, Nan),
        (re, Nan) if re.is_zero() => Number::new(Part::ZERO, Nan),
        _ => Number::new(Nan, Nan),
    };
    result.with_signs(z.re.is_negative(), z.im.is_negative())
}

/// Arc tangent.
pub fn atan(z: Number) -> Number {
    atanh(z.times_i()).over_i()
}
