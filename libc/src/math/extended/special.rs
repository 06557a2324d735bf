//! Gamma and error functions on [`Wide`].

use super::constants::*;
use super::elementary::{exp, log, log_one_plus, sin_pi};
use super::wide::Wide;

/// Coefficients of Stirling's series: B(2k) / (2k (2k - 1)), k from 1.
const STIRLING: [(i64, i64); 16] = [
    (1, 12),
    (-1, 360),
    (1, 1260),
    (-1, 1680),
    (1, 1188),
    (-691, 360_360),
    (1, 156),
    (-3617, 122_400),
    (43_867, 244_188),
    (-174_611, 125_400),
    (77_683, 5796),
    (-236_364_091, 1_506_960),
    (657_931, 300),
    (-3_392_780_147, 93_960),
    (1_723_168_255_201, 2_492_028),
    (-7_709_321_041_217, 505_920),
];

/// From here on Stirling's series gives all bits.
const STIRLING_FROM: i64 = 40;

/// The logarithm of gamma by Stirling's series.
fn stirling(x: Wide) -> Wide {
    let inverse = x.reciprocal();
    let square = inverse.squared();
    let mut power = inverse;
    let mut sum = Wide::ZERO;
    for (numerator, denominator) in STIRLING {
        sum = sum + Wide::fraction(numerator, denominator) * power;
        power = power * square;
    }
    (x - Wide::HALF) * log(x) - x + HALF_LN_TWO_PI + sum
}

/// `x (x+1) ... (x+n-1)` and `x + n`, where `x + n` is large enough for Stirling's series.
fn raised(x: Wide) -> (Wide, Wide) {
    let (mut product, mut y) = (Wide::ONE, x);
    while y.is_below(Wide::from_i64(STIRLING_FROM)) {
        product = product * y;
        y = y + Wide::ONE;
    }
    (product, y)
}

/// The logarithm of gamma(1 + e) for small e.
fn log_gamma_near_one(e: Wide) -> Wide {
    let mut power = e;
    let mut sum = -(EULER * e);
    for (index, coefficient) in ZETA_OVER_K.iter().enumerate() {
        power = power * e;
        let term = *coefficient * power;
        sum = if index % 2 == 0 { sum + term } else { sum - term };
    }
    sum
}

/// The logarithm of the magnitude of gamma, and whether gamma is negative. Not for zero and negative integers.
pub fn log_gamma(x: Wide) -> (Wide, bool) {
    let near = |centre: i64| {
        let distance = x - Wide::from_i64(centre);
        (distance.is_zero() || distance.binary_exponent() < -20).then_some(distance)
    };
    if let Some(e) = near(1) {
        return (
            if e.is_zero() {
                Wide::ZERO
            } else {
                log_gamma_near_one(e)
            },
            false,
        );
    }
    if let Some(e) = near(2) {
        // gamma(2 + e) = (1 + e) gamma(1 + e)
        let value = if e.is_zero() {
            Wide::ZERO
        } else {
            log_gamma_near_one(e) + log_one_plus(e)
        };
        return (value, false);
    }
    if x.is_negative() {
        // gamma(x) gamma(1 - x) = pi / sin(pi x)
        let sine = sin_pi(x);
        let (other, _) = log_gamma(Wide::ONE - x);
        return (LN_PI - log(sine.abs()) - other, sine.is_negative());
    }
    if x.binary_exponent() < -100 {
        return (-log(x), false);
    }
    let (product, y) = raised(x);
    (stirling(y) - log(product), false)
}

/// Gamma. Not for zero and negative integers.
pub fn gamma(x: Wide) -> Wide {
    if x.is_negative() {
        let reflected = Wide::ONE - x;
        let (logarithm, _) = log_gamma(reflected);
        // Beyond this the result is zero in every format.
        if logarithm.to_f64() > 20_000.0 {
            return Wide::ONE.scaled(-1_000_000).with_sign(sin_pi(x).is_negative());
        }
        return PI / (sin_pi(x) * gamma(reflected));
    }
    // Factorials come out exact.
    if let Some(_parity) = x.integer_parity()
        && x.is_below(Wide::from_i64(30))
    {
        let mut product = Wide::ONE;
        let mut factor = Wide::ONE;
        while factor.is_below(x) {
            product = product * factor;
            factor = factor + Wide::ONE;
        }
        return product;
    }
    if x.binary_exponent() < -130 {
        return x.reciprocal();
    }
    if x.binary_exponent() > 20 {
        return Wide::ONE.scaled(1_000_000);
    }
    let (product, y) = raised(x);
    exp(stirling(y)) / product
}

/// The error function by its series without cancellation: 2/sqrt(pi) e^(-x^2) sum of 2^n x^(2n+1) / (2n+1)!!.
fn erf_series(x: Wide) -> Wide {
    let twice_square = x.squared().scaled(1);
    let sum = Wide::series(x, |n, term| term * twice_square / Wide::from_i64(2 * n + 3));
    TWO_OVER_SQRT_PI * exp(-x.squared()) * sum
}

/// The complementary error function of a large number, by its continued fraction.
fn erfc_fraction(x: Wide) -> Wide {
    // erfc = e^(-x^2) / (x sqrt(pi)) * 1 / (1 + 1 v / (1 + 2 v / (1 + 3 v / ...))), v = 1 / (2 x^2)
    const TERMS: i64 = 160;
    let v = x.squared().scaled(1).reciprocal();
    let mut value = Wide::ONE;
    for n in (1..=TERMS).rev() {
        value = Wide::ONE + Wide::from_i64(n) * v / value;
    }
    exp(-x.squared()) * TWO_OVER_SQRT_PI.scaled(-1) / (x * value)
}

/// Where the series hands over to the continued fraction.
const FRACTION_FROM: f64 = 5.0;

/// The error function.
pub fn erf(x: Wide) -> Wide {
    if x.is_zero() {
        return x;
    }
    let y = x.abs();
    let value = if y.to_f64() < FRACTION_FROM {
        erf_series(y)
    } else if y.to_f64() > 10.0 {
        Wide::ONE
    } else {
        Wide::ONE - erfc_fraction(y)
    };
    value.with_sign(x.is_negative())
}

/// The complementary error function.
pub fn erfc(x: Wide) -> Wide {
    if x.is_negative() || x.to_f64() < FRACTION_FROM {
        Wide::ONE - erf(x)
    } else if x.to_f64() > 200.0 {
        Wide::ONE.scaled(-1_000_000)
    } else {
        erfc_fraction(x)
    }
}
