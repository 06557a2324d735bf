//! Exponential, logarithm, circular functions and their inverses on [`Wide`].

use super::constants::*;
use super::two_over_pi::TWO_OVER_PI;
use super::wide::Wide;

/// `e^x`. Far beyond any format it saturates at a number that every format rounds to infinity or zero.
pub fn exp(x: Wide) -> Wide {
    if !x.is_zero() && x.binary_exponent() > 20 {
        return Wide::ONE.scaled(if x.is_negative() { -1_000_000 } else { 1_000_000 });
    }
    let power = (x * LOG2_E).nearest_i64();
    let rest = x - Wide::from_i64(power) * LN_2;
    exp_small(rest).scaled(power as i32)
}

/// `e^x` for a magnitude up to 1/2.
fn exp_small(x: Wide) -> Wide {
    const HALVINGS: i32 = 6;
    // e^x - 1 of a small part, doubled again by (1+y)^2 - 1 = 2y + y^2, so that nothing is lost beside the one.
    let mut y = exp_minus_one_series(x.scaled(-HALVINGS));
    for _ in 0..HALVINGS {
        y = y.scaled(1) + y.squared();
    }
    Wide::ONE + y
}

fn exp_minus_one_series(x: Wide) -> Wide {
    Wide::series(x, |n, term| term * x / Wide::from_i64(n + 2))
}

/// `e^x - 1`, accurate near zero.
pub fn exp_minus_one(x: Wide) -> Wide {
    if x.is_zero() || x.binary_exponent() < -1 {
        exp_minus_one_series(x)
    } else {
        exp(x) - Wide::ONE
    }
}

/// `2^x`.
pub fn exp2(x: Wide) -> Wide {
    if !x.is_zero() && x.binary_exponent() > 20 {
        return exp(x);
    }
    let power = x.nearest_i64();
    exp_small((x - Wide::from_i64(power)) * LN_2).scaled(power as i32)
}

/// `10^x`.
pub fn exp10(x: Wide) -> Wide {
    if !x.is_zero() && x.binary_exponent() > 20 {
        return exp(x);
    }
    // The integer part is exact, so that whole powers are.
    let whole = x.nearest_i64();
    let mut power = Wide::ONE;
    let (mut base, mut rest) = (Wide::from_i64(10), whole.unsigned_abs());
    if rest > 20_000 {
        return exp(x * LN_10);
    }
    while rest > 0 {
        if rest & 1 == 1 {
            power = power * base;
        }
        base = base.squared();
        rest >>= 1;
    }
    if whole < 0 {
        power = power.reciprocal();
    }
    power * exp((x - Wide::from_i64(whole)) * LN_10)
}

/// The natural logarithm of a positive number as `power * ln 2 + rest`.
fn log_parts(x: Wide) -> (i64, Wide) {
    // A mantissa in [sqrt(1/2), sqrt(2)).
    let mut power = x.binary_exponent();
    let mut m = x.scaled(-power);
    if m.to_f64() > core::f64::consts::SQRT_2 {
        m = m.scaled(-1);
        power += 1;
    }
    (power as i64, log_near_one((m - Wide::ONE) / (m + Wide::ONE)))
}

/// `ln((1 + s) / (1 - s))` for a magnitude up to 1/4.
fn log_near_one(s: Wide) -> Wide {
    let square = s.squared();
    let mut power = s;
    let mut sum = s;
    for n in 1..200 {
        power = power * square;
        let term = power / Wide::from_i64(2 * n + 1);
        if term.is_zero() || term.binary_exponent() < sum.binary_exponent() - 130 {
            break;
        }
        sum = sum + term;
    }
    sum.scaled(1)
}

/// The natural logarithm of a positive number.
pub fn log(x: Wide) -> Wide {
    let (power, rest) = log_parts(x);
    Wide::from_i64(power) * LN_2 + rest
}

/// The binary logarithm of a positive number; exact for powers of two.
pub fn log2(x: Wide) -> Wide {
    let (power, rest) = log_parts(x);
    Wide::from_i64(power) + rest * LOG2_E
}

/// The decimal logarithm of a positive number.
pub fn log10(x: Wide) -> Wide {
    let (power, rest) = log_parts(x);
    Wide::from_i64(power) * LOG10_2 + rest * LOG10_E
}

/// `ln(1 + x)` for `x > -1`, accurate near zero.
pub fn log_one_plus(x: Wide) -> Wide {
    if x.is_zero() || x.binary_exponent() < -2 {
        return log_near_one(x / (Wide::TWO + x));
    }
    log(Wide::ONE + x)
}

/// The rest of `x` after the nearest multiple of pi/2, and that multiple modulo 4.
fn reduce(x: Wide) -> (Wide, u32) {
    if x.is_zero() || x.abs().is_below(HALF_PI.scaled(-1)) {
        return (x, 0);
    }
    let (mantissa, exponent) = x.parts();
    // Bits of 2/pi whose product is a multiple of 4 are left out; 448 more decide the rest.
    const WORDS: usize = 7;
    let skip = (exponent - 2).max(0) as usize;
    let (word, shift) = (skip / 64, skip % 64);
    let at = |index: usize| TWO_OVER_PI.get(index).copied().unwrap_or(0);
    let mut factor = [0u64; WORDS];
    for (index, part) in factor.iter_mut().enumerate() {
        *part = at(word + index) << shift
            | if shift == 0 {
                0
            } else {
                at(word + index + 1) >> (64 - shift)
            };
    }
    // product[0] is the highest word.
    let mut product = [0u64; WORDS + 2];
    for (offset, digit) in [(1usize, mantissa as u64), (0, (mantissa >> 64) as u64)] {
        let mut carry = 0u128;
        for index in (0..WORDS).rev() {
            let place = &mut product[index + offset + 1];
            let sum = factor[index] as u128 * digit as u128 + *place as u128 + carry;
            *place = sum as u64;
            carry = sum >> 64;
        }
        let mut place = offset + 1;
        while carry != 0 && place > 0 {
            place -= 1;
            let sum = product[place] as u128 + carry;
            product[place] = sum as u64;
            carry = sum >> 64;
        }
    }
    // The product's value is product * 2^(exponent - skip - 64 * WORDS): where its binary point lies, from the top.
    let point = (128 + exponent - skip as i32) as usize;
    let bit_at = |position: usize| (product[position / 64] >> (63 - position % 64) & 1) as u32;
    let mut quadrant = 0;
    for position in point.saturating_sub(2)..point {
        quadrant = quadrant << 1 | bit_at(position);
    }
    // The fraction, and its complement if it is above a half.
    let above = bit_at(point) == 1;
    let word_at = |index: usize| product.get(index).copied().unwrap_or(0) ^ if above { u64::MAX } else { 0 };
    let mut fraction = Wide::ZERO;
    let (word, shift) = (point / 64, (point % 64) as u32);
    for index in word..product.len() {
        let mut part = word_at(index);
        if index == word {
            part = part << shift >> shift;
        }
        let weight = point as i32 - 64 * (index as i32 + 1);
        fraction = fraction + Wide::normalised(false, part as u128, weight);
    }
    if above {
        quadrant += 1;
    }
    let rest = (fraction * HALF_PI).with_sign(above);
    if x.is_negative() {
        (-rest, quadrant.wrapping_neg() & 3)
    } else {
        (rest, quadrant & 3)
    }
}

/// Sine and cosine of a magnitude up to pi/4.
fn sin_cos_small(x: Wide) -> (Wide, Wide) {
    let square = x.squared();
    let sin = Wide::series(x, |n, term| {
        -(term * square / Wide::from_i64((2 * n + 2) * (2 * n + 3)))
    });
    let cos = Wide::series(Wide::ONE, |n, term| {
        -(term * square / Wide::from_i64((2 * n + 1) * (2 * n + 2)))
    });
    (sin, cos)
}

/// Sine and cosine.
pub fn sin_cos(x: Wide) -> (Wide, Wide) {
    let (rest, quadrant) = reduce(x);
    let (sin, cos) = sin_cos_small(rest);
    match quadrant {
        0 => (sin, cos),
        1 => (cos, -sin),
        2 => (-sin, -cos),
        _ => (-cos, sin),
    }
}

/// `sin(pi x)`, exact in its zeros.
pub fn sin_pi(x: Wide) -> Wide {
    // Take off the nearest integer; beyond 2^62 numbers of 64 bits are even.
    if !x.is_zero() && x.binary_exponent() > 62 {
        return Wide::ZERO;
    }
    let whole = x.nearest_i64();
    let rest = x - Wide::from_i64(whole);
    let sin = sin_cos(rest * PI).0;
    if whole & 1 == 0 { sin } else { -sin }
}

/// Arc tangent.
pub fn atan(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    let mut y = x.abs();
    let inverted = y.binary_exponent() >= 0;
    if inverted {
        y = y.reciprocal();
    }
    // Half the angle three times, then the series.
    let halvings = if y.binary_exponent() < -4 { 0 } else { 3 };
    for _ in 0..halvings {
        y = y / (Wide::ONE + (Wide::ONE + y.squared()).square_root());
    }
    let square = -y.squared();
    let mut power = y;
    let mut sum = y;
    for n in 1..200 {
        power = power * square;
        let term = power / Wide::from_i64(2 * n + 1);
        if term.is_zero() || term.binary_exponent() < sum.binary_exponent() - 130 {
            break;
        }
        sum = sum + term;
    }
    let mut angle = sum.scaled(halvings);
    if inverted {
        angle = HALF_PI - angle;
    }
    angle.with_sign(x.is_negative())
}

/// The angle of the point (x, y), which is not the origin.
pub fn atan2(y: Wide, x: Wide) -> Wide {
    let angle = if x.compare_magnitude(y).is_lt() {
        HALF_PI - atan((x.abs()) / y.abs())
    } else {
        atan(y.abs() / x.abs())
    };
    let angle = if x.is_negative() { PI - angle } else { angle };
    angle.with_sign(y.is_negative())
}

/// Arc sine of a magnitude up to 1.
pub fn asin(x: Wide) -> Wide {
    let cosine = ((Wide::ONE - x) * (Wide::ONE + x)).square_root();
    if x.is_zero() { x } else { atan2(x, cosine) }
}

/// Arc cosine of a magnitude up to 1.
pub fn acos(x: Wide) -> Wide {
    let sine = ((Wide::ONE - x) * (Wide::ONE + x)).square_root();
    if sine.is_zero() {
        if x.is_negative() { PI } else { Wide::ZERO }
    } else {
        atan2(sine, x)
    }
}

/// Hyperbolic sine.
pub fn sinh(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    // With u = e^x - 1: sinh = (u + u / (u + 1)) / 2.
    let u = exp_minus_one(x.abs());
    ((u + u / (u + Wide::ONE)).scaled(-1)).with_sign(x.is_negative())
}

/// Hyperbolic cosine.
pub fn cosh(x: Wide) -> Wide {
    let e = exp(x.abs());
    (e + e.reciprocal()).scaled(-1)
}

/// Hyperbolic tangent.
pub fn tanh(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    if x.binary_exponent() > 7 {
        return Wide::ONE.with_sign(x.is_negative());
    }
    let u = exp_minus_one(x.abs().scaled(1));
    (u / (u + Wide::TWO)).with_sign(x.is_negative())
}

/// Inverse hyperbolic sine.
pub fn asinh(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    let y = x.abs();
    let square = y.squared();
    let root = (Wide::ONE + square).square_root();
    log_one_plus(y + square / (Wide::ONE + root)).with_sign(x.is_negative())
}

/// Inverse hyperbolic cosine of a number from 1.
pub fn acosh(x: Wide) -> Wide {
    let t = x - Wide::ONE;
    if t.is_zero() {
        t
    } else {
        log_one_plus(t + (t.scaled(1) + t.squared()).square_root())
    }
}

/// Inverse hyperbolic tangent of a magnitude below 1.
pub fn atanh(x: Wide) -> Wide {
    if x.is_zero() || x.binary_exponent() < -2 {
        return if x.is_zero() {
            x
        } else {
            log_near_one(x).scaled(-1)
        };
    }
    log((Wide::ONE + x) / (Wide::ONE - x)).scaled(-1)
}

/// `x^y` for positive x.
pub fn pow(x: Wide, y: Wide) -> Wide {
    let (power, rest) = log_parts(x);
    // Whole powers of two times y are kept apart, so that they stay exact.
    let logarithm = Wide::from_i64(power) + rest * LOG2_E;
    exp2(y * logarithm)
}

/// Cube root.
pub fn cube_root(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    let estimate = exp2(log2(x.abs()) / Wide::from_i64(3));
    // One step of Newton's method makes exact roots exact.
    let root = estimate - (estimate - x.abs() / estimate.squared()) / Wide::from_i64(3);
    root.with_sign(x.is_negative())
}
