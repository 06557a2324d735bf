//! Hexadecimal floating-point numbers: the digits of `%a`, and the rounding of what strtod reads.

use super::f80::{BIAS, F80};
use super::round::{Format, Remainder, Rounded, Rounding, round};

/// The digits of a `%a` conversion: `leading . fraction` times two to the `exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hexadecimal {
    /// The digit before the point: 0 to 2 of a double, any of a long double.
    pub leading: u8,
    /// The bits after the point, left-aligned.
    pub fraction: u64,
    /// How many hexadecimal digits `fraction` has.
    pub count: usize,
    /// The power of two.
    pub exponent: i32,
}

impl Hexadecimal {
    /// The digits of a finite double. A subnormal one starts with 0 and keeps the smallest exponent.
    pub fn of_f64(value: f64) -> Hexadecimal {
        let bits = value.to_bits();
        let field = (bits >> 52 & 0x7ff) as i32;
        let exponent = match (field, bits << 1) {
            (_, 0) => 0,
            (0, _) => -1022,
            _ => field - 1023,
        };
        Hexadecimal {
            leading: (field != 0) as u8,
            fraction: bits << 12,
            count: 13,
            exponent,
        }
    }

    /// The digits of a finite long double. The digit before the point holds its highest four bits.
    pub fn of_f80(value: F80) -> Hexadecimal {
        let exponent = match (value.biased_exponent(), value.mantissa) {
            (_, 0) => 0,
            (field, _) => field.max(1) - BIAS - 3,
        };
        Hexadecimal {
            leading: (value.mantissa >> 60) as u8,
            fraction: value.mantissa << 4,
            count: 15,
            exponent,
        }
    }

    /// Drops the zeros at the end of the fraction.
    pub fn shortened(mut self) -> Hexadecimal {
        self.count = 16 - (self.fraction.trailing_zeros() as usize).min(64) / 4;
        self
    }

    /// Rounds to at most `count` digits after the point.
    pub fn rounded(mut self, count: usize, rounding: Rounding, negative: bool) -> Hexadecimal {
        if count >= self.count {
            return self;
        }
        let bits = 64 - 4 * count as u32;
        let remainder = Remainder::of_bits(self.fraction as u128, bits, false);
        let number = (self.leading as u128) << 64 | self.fraction as u128;
        let kept = number >> bits;
        let kept = kept + rounding.rounds_up(negative, kept & 1 != 0, remainder) as u128;
        let number = kept << bits;
        self.leading = (number >> 64) as u8;
        self.fraction = number as u64;
        self.count = count;
        if self.leading > 15 {
            // Only a long double comes here, and all of its digits were f: the fraction is zero.
            self.leading = 1;
            self.exponent += 4;
        }
        self
    }

    /// The digit at `index` after the point, 0 to 15.
    pub fn digit(&self, index: usize) -> u8 {
        (self.fraction >> (60 - 4 * index)) as u8 & 15
    }
}

/// Rounds `mantissa * 2^exponent` to a format; `sticky` says that nonzero digits were left out below.
pub fn to_binary(
    mantissa: u128,
    exponent: i64,
    sticky: bool,
    format: &Format,
    rounding: Rounding,
    negative: bool,
) -> Rounded {
    if mantissa == 0 {
        return Rounded::zero(negative);
    }
    let shift = mantissa.leading_zeros();
    let exponent = (exponent - shift as i64).clamp(-100_000, 100_000) as i32;
    round(format, rounding, negative, mantissa << shift, exponent, sticky)
}
