//! Bessel functions of integer order on [`Wide`].

use super::constants::*;
use super::elementary::{log, sin_cos};
use super::wide::Wide;

/// From here on Hankel's asymptotic expansion gives all bits that a long double needs.
const ASYMPTOTIC_FROM: f64 = 32.0;

/// J of order n (0 or 1) by its power series.
fn series_j(n: i64, x: Wide) -> Wide {
    let quarter_square = x.squared().scaled(-2);
    let first = if n == 0 { Wide::ONE } else { x.scaled(-1) };
    Wide::series(first, |k, term| {
        -(term * quarter_square / Wide::from_i64((k + 1) * (k + 1 + n)))
    })
}

/// Y of order 0 or 1 by its series.
fn series_y(n: i64, x: Wide) -> Wide {
    let quarter_square = x.squared().scaled(-2);
    let logarithm = log(x.scaled(-1)) + EULER;
    // The harmonic numbers weigh the terms of J's series.
    let mut term = if n == 0 { Wide::ONE } else { x.scaled(-1) };
    let mut harmonic = if n == 0 { Wide::ZERO } else { Wide::ONE };
    let mut sum = term * harmonic;
    for k in 0..2000 {
        term = -(term * quarter_square / Wide::from_i64((k + 1) * (k + 1 + n)));
        harmonic = if n == 0 {
            harmonic + Wide::fraction(1, k + 1)
        } else {
            harmonic + Wide::fraction(1, k + 1) + Wide::fraction(1, k + 2)
        };
        let part = term * harmonic;
        if part.is_zero() || part.binary_exponent() < sum.binary_exponent() - 200 {
            break;
        }
        sum = sum + part;
    }
    let two_over_pi = HALF_PI.reciprocal();
    if n == 0 {
        two_over_pi * (logarithm * series_j(0, x) - sum)
    } else {
        two_over_pi * (logarithm * series_j(1, x) - x.reciprocal() - sum.scaled(-1))
    }
}

/// J and Y of order 0 or 1 by Hankel's expansion.
fn asymptotic(n: i64, x: Wide) -> (Wide, Wide) {
    let mu = 4 * n * n;
    let inverse = x.scaled(3).reciprocal();
    let (mut p, mut q) = (Wide::ONE, Wide::ZERO);
    let mut term = Wide::ONE;
    for k in 1..400i64 {
        let odd = 2 * k - 1;
        let next = term * Wide::from_i64(mu - odd * odd) * inverse / Wide::from_i64(k);
        if next.is_zero() || !next.abs().is_below(term.abs()) {
            break;
        }
        term = next;
        if term.binary_exponent() < -140 {
            break;
        }
        match k % 4 {
            1 => q = q + term,
            2 => p = p - term,
            3 => q = q - term,
            _ => p = p + term,
        }
    }
    // The angle x - n pi/2 - pi/4 in terms of sine and cosine of x, whose reduction is exact.
    let (sin, cos) = sin_cos(x);
    let half_root = Wide::HALF.square_root();
    let (sin, cos) = ((sin - cos) * half_root, (sin + cos) * half_root);
    let (sin, cos) = if n == 0 { (sin, cos) } else { (-cos, sin) };
    let amplitude = (x * HALF_PI).reciprocal().square_root();
    (amplitude * (p * cos - q * sin), amplitude * (p * sin + q * cos))
}

/// J of order 0 or 1 of a positive number.
fn first_j(n: i64, x: Wide) -> Wide {
    if x.to_f64() < ASYMPTOTIC_FROM {
        series_j(n, x)
    } else {
        asymptotic(n, x).0
    }
}

/// Y of order 0 or 1 of a positive number.
fn first_y(n: i64, x: Wide) -> Wide {
    if x.to_f64() < ASYMPTOTIC_FROM {
        series_y(n, x)
    } else {
        asymptotic(n, x).1
    }
}

/// J of order n >= 0 of a positive number.
pub fn j(n: i64, x: Wide) -> Wide {
    if n < 2 {
        return first_j(n, x);
    }
    if (n as f64) < x.to_f64() {
        // Upward recurrence is stable while the order is below the argument.
        let (mut before, mut here) = (first_j(0, x), first_j(1, x));
        let factor = x.reciprocal().scaled(1);
        for k in 1..n {
            (before, here) = (here, Wide::from_i64(k) * factor * here - before);
        }
        return here;
    }
    // The power series: its first term is (x/2)^n / n!, and nothing cancels while the order exceeds the argument.
    let mut first = Wide::ONE;
    let half = x.scaled(-1);
    for k in 1..=n.min(200_000) {
        first = first * half / Wide::from_i64(k);
        if first.is_zero() || first.binary_exponent() < -40_000 {
            return Wide::ONE.scaled(-1_000_000);
        }
    }
    let quarter_square = half.squared();
    Wide::series(first, |k, term| {
        -(term * quarter_square / Wide::from_i64((k + 1) * (k + 1 + n)))
    })
}

/// Y of order n >= 0 of a positive number.
pub fn y(n: i64, x: Wide) -> Wide {
    if n < 2 {
        return first_y(n, x);
    }
    let (mut before, mut here) = (first_y(0, x), first_y(1, x));
    let factor = x.reciprocal().scaled(1);
    for k in 1..n {
        (before, here) = (here, Wide::from_i64(k) * factor * here - before);
        if here.binary_exponent() > 40_000 {
            break;
        }
    }
    here
}
