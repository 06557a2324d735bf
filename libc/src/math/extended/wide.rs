//! A software number of 128 bits of precision, for functions of long double.
//!
//! The functions of long double are computed on it, so that they need no instruction of the x87 unit but loads and
//! stores, and are nearly always rounded correctly. Each operation has an error below four units of its last bit.
//! There are no infinities and no NaNs: the callers sort those out. The exponent has room for far more than any
//! long double.

use crate::fenv::{FE_INEXACT, FE_OVERFLOW, FE_UNDERFLOW, exceptions::raise};
use crate::float::f80::F80;
use crate::float::round::{Format, LONG_DOUBLE, Rounded, Rounding, round};
use crate::float::value::{Class, Value};
use core::cmp::Ordering;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// `mantissa * 2^exponent`; bit 127 of the mantissa is set, or the number is zero.
#[derive(Clone, Copy, Debug)]
pub struct Wide {
    negative: bool,
    exponent: i32,
    mantissa: u128,
}

/// The upper half of the 256-bit product.
#[inline]
fn multiply_high(a: u128, b: u128) -> u128 {
    let mask = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & mask, b >> 64, b & mask);
    let low = a0 * b0;
    let middle = a1 * b0 + (low >> 64);
    let other = a0 * b1 + (middle & mask);
    a1 * b1 + (middle >> 64) + (other >> 64)
}

impl Wide {
    /// Zero.
    pub const ZERO: Wide = Wide {
        negative: false,
        exponent: 0,
        mantissa: 0,
    };
    /// One.
    pub const ONE: Wide = Wide::from_parts(1 << 127, -127);
    /// One half.
    pub const HALF: Wide = Wide::from_parts(1 << 127, -128);
    /// Two.
    pub const TWO: Wide = Wide::from_parts(1 << 127, -126);

    /// The number with these parts; bit 127 of the mantissa is set.
    pub const fn from_parts(mantissa: u128, exponent: i32) -> Wide {
        Wide {
            negative: false,
            exponent,
            mantissa,
        }
    }

    /// The number with these parts, whatever the mantissa's highest bit is.
    pub fn normalised(negative: bool, mantissa: u128, exponent: i32) -> Wide {
        if mantissa == 0 {
            return Wide {
                negative,
                ..Wide::ZERO
            };
        }
        let shift = mantissa.leading_zeros();
        Wide {
            negative,
            mantissa: mantissa << shift,
            exponent: exponent - shift as i32,
        }
    }

    /// An integer.
    pub fn from_i64(value: i64) -> Wide {
        Wide::normalised(value < 0, value.unsigned_abs() as u128, 0)
    }

    /// The fraction of two integers.
    pub fn fraction(numerator: i64, denominator: i64) -> Wide {
        Wide::from_i64(numerator) / Wide::from_i64(denominator)
    }

    /// A finite number that was taken apart.
    pub fn from_value(value: Value) -> Wide {
        match value.class {
            Class::Finite { mantissa, exponent } => Wide {
                negative: value.negative,
                exponent: exponent - 64,
                mantissa: (mantissa as u128) << 64,
            },
            _ => Wide {
                negative: value.negative,
                ..Wide::ZERO
            },
        }
    }

    /// A finite long double.
    pub fn from_f80(value: F80) -> Wide {
        Wide::from_value(value.value())
    }

    /// A finite double.
    pub fn from_f64(value: f64) -> Wide {
        Wide::from_value(Value::from_f64(value))
    }

    /// Rounds to a format in the current direction. What differs from a number of the format by less than the error
    /// of these computations counts as exact. Raises inexact, overflow and underflow.
    pub fn round_to(self, format: &Format) -> Rounded {
        if self.mantissa == 0 {
            return Rounded::zero(self.negative);
        }
        const NOISE: u128 = 1 << 28;
        let kept = 128 - format.precision;
        let unit = 1u128 << kept;
        let below = self.mantissa & (unit - 1);
        let (mut mantissa, mut exponent) = (self.mantissa, self.exponent);
        if below < NOISE {
            mantissa -= below;
        } else if unit - below < NOISE {
            match mantissa.checked_add(unit - below) {
                Some(sum) => mantissa = sum,
                None => (mantissa, exponent) = (1 << 127, exponent + 1),
            }
        }
        let rounded = round(
            format,
            Rounding::current(),
            self.negative,
            mantissa,
            exponent,
            false,
        );
        if rounded.inexact {
            let range = if rounded.overflow {
                FE_OVERFLOW
            } else if rounded.underflow {
                FE_UNDERFLOW
            } else {
                0
            };
            raise(range | FE_INEXACT);
        }
        rounded
    }

    /// The nearest long double, as [`Wide::round_to`].
    pub fn to_f80(self) -> F80 {
        self.round_to(&LONG_DOUBLE).to_f80()
    }

    /// An approximation, for estimates and table look-ups only. Saturates.
    pub fn to_f64(self) -> f64 {
        let exponent = (self.exponent + 127).clamp(-1022, 1023);
        let magnitude =
            f64::from_bits(((exponent + 1023) as u64) << 52 | (self.mantissa >> 75) as u64 & ((1 << 52) - 1));
        if self.mantissa == 0 {
            0.0
        } else if self.negative {
            -magnitude
        } else {
            magnitude
        }
    }

    /// Whether this is zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether the sign is minus.
    pub fn is_negative(self) -> bool {
        self.negative
    }

    /// The magnitude.
    pub fn abs(self) -> Wide {
        Wide {
            negative: false,
            ..self
        }
    }

    /// The magnitude with a sign.
    pub fn with_sign(self, negative: bool) -> Wide {
        Wide { negative, ..self }
    }

    /// The number times a power of two.
    pub fn scaled(self, power: i32) -> Wide {
        Wide {
            exponent: self.exponent.saturating_add(power),
            ..self
        }
    }

    /// The exponent `e` of a number in `[2^e, 2^(e+1))`; far below all others for zero.
    pub fn binary_exponent(self) -> i32 {
        if self.mantissa == 0 {
            -1_000_000_000
        } else {
            self.exponent + 127
        }
    }

    /// The mantissa with its highest bit at bit 127, and the weight of bit 0.
    pub fn parts(self) -> (u128, i32) {
        (self.mantissa, self.exponent)
    }

    /// The nearest integer, ties away from zero; the number must be below 2^62 in magnitude.
    pub fn nearest_i64(self) -> i64 {
        let shift = -self.exponent;
        if self.mantissa == 0 || shift > 128 {
            return 0;
        }
        let magnitude = if shift == 128 {
            1
        } else {
            let rounded = (self.mantissa >> (shift - 1)) + 1;
            (rounded >> 1) as i64
        };
        if self.negative { -magnitude } else { magnitude }
    }

    /// Whether the number is an integer; if so whether it is odd.
    pub fn integer_parity(self) -> Option<bool> {
        let shift = -self.exponent;
        if self.mantissa == 0 || shift <= 0 {
            return Some(shift == 0 && self.mantissa & 1 == 1);
        }
        if shift > 127 {
            return None;
        }
        (self.mantissa.trailing_zeros() >= shift as u32).then_some(self.mantissa >> shift & 1 == 1)
    }

    /// Compares magnitudes.
    pub fn compare_magnitude(self, other: Wide) -> Ordering {
        match (self.mantissa == 0, other.mantissa == 0) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            _ => self
                .exponent
                .cmp(&other.exponent)
                .then(self.mantissa.cmp(&other.mantissa)),
        }
    }

    /// Whether this is below `other`.
    pub fn is_below(self, other: Wide) -> bool {
        let difference = self - other;
        difference.negative && !difference.is_zero()
    }

    /// The reciprocal. The number must not be zero.
    pub fn reciprocal(self) -> Wide {
        // The mantissa's reciprocal to 53 bits, then two steps of Newton's method.
        let scale = self.exponent + 127;
        let number = Wide {
            negative: false,
            exponent: -127,
            mantissa: self.mantissa,
        };
        let mut result = Wide::from_f64(1.0 / number.to_f64());
        for _ in 0..2 {
            result = result + result * (Wide::ONE - number * result);
        }
        Wide {
            negative: self.negative,
            exponent: result.exponent - scale,
            ..result
        }
    }

    /// The square root of a number that is not negative.
    pub fn square_root(self) -> Wide {
        if self.mantissa == 0 {
            return self;
        }
        // An even exponent, and a mantissa in [1, 4).
        let scale = (self.exponent + 127).div_euclid(2) * 2;
        let number = self.scaled(-scale);
        let estimate = libm::sqrt(number.to_f64());
        // Newton's method on the reciprocal root needs no division.
        let mut root = Wide::from_f64(1.0 / estimate);
        for _ in 0..2 {
            let error = Wide::ONE - number * root * root;
            root = root + root * error * Wide::HALF;
        }
        let result = number * root;
        // One more correction, so that exact roots come out exact to the last bits.
        let result = result + (number - result * result) * root * Wide::HALF;
        result.scaled(scale / 2)
    }

    /// `self * self`.
    pub fn squared(self) -> Wide {
        self * self
    }

    /// Sum of a power series `c(0) + c(1) x + ...`, where `next(n, term)` makes term n + 1 of term n, until terms no
    /// longer count.
    pub fn series(first: Wide, mut next: impl FnMut(i64, Wide) -> Wide) -> Wide {
        let (mut sum, mut term) = (first, first);
        for n in 0..2000 {
            term = next(n, term);
            if term.is_zero() || term.binary_exponent() < sum.binary_exponent() - 130 {
                break;
            }
            sum = sum + term;
        }
        sum
    }
}

impl Neg for Wide {
    type Output = Wide;
    fn neg(self) -> Wide {
        Wide {
            negative: !self.negative,
            ..self
        }
    }
}

impl Mul for Wide {
    type Output = Wide;
    fn mul(self, other: Wide) -> Wide {
        let negative = self.negative != other.negative;
        if self.mantissa == 0 || other.mantissa == 0 {
            return Wide {
                negative,
                ..Wide::ZERO
            };
        }
        let product = multiply_high(self.mantissa, other.mantissa);
        let exponent = self.exponent.saturating_add(other.exponent).saturating_add(128);
        let shift = (product >> 127 == 0) as u32;
        Wide {
            negative,
            exponent: exponent - shift as i32,
            mantissa: product << shift,
        }
    }
}

impl Add for Wide {
    type Output = Wide;
    fn add(self, other: Wide) -> Wide {
        let (large, small) = if self.compare_magnitude(other) == Ordering::Less {
            (other, self)
        } else {
            (self, other)
        };
        if small.mantissa == 0 {
            // The sum of zeros of both signs is positive.
            let negative = if large.mantissa == 0 {
                self.negative && other.negative
            } else {
                large.negative
            };
            return Wide { negative, ..large };
        }
        let distance = (large.exponent as i64 - small.exponent as i64) as u64;
        if distance > 128 {
            return large;
        }
        // The last bit shifted out rounds.
        let shifted = match distance {
            0 => small.mantissa,
            128 => 1,
            _ => (small.mantissa >> distance) + (small.mantissa >> (distance - 1) & 1),
        };
        if large.negative == small.negative {
            let (sum, carry) = large.mantissa.overflowing_add(shifted);
            if carry {
                return Wide {
                    mantissa: sum >> 1 | 1 << 127,
                    exponent: large.exponent + 1,
                    ..large
                };
            }
            return Wide {
                mantissa: sum,
                ..large
            };
        }
        let difference = large.mantissa - shifted;
        if difference == 0 {
            return Wide::ZERO;
        }
        Wide::normalised(large.negative, difference, large.exponent)
    }
}

impl Sub for Wide {
    type Output = Wide;
    fn sub(self, other: Wide) -> Wide {
        self + -other
    }
}

impl Div for Wide {
    type Output = Wide;
    fn div(self, other: Wide) -> Wide {
        let reciprocal = other.reciprocal();
        let quotient = self * reciprocal;
        // One correction, so that exact quotients come out exact to the last bits.
        quotient + (self - quotient * other) * reciprocal
    }
}
