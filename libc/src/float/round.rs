//! Rounding: which way, to which format, and what happened on the way.

use super::f80::F80;

/// The direction of rounding, as `fesetround` sets it. The numbers are those of MXCSR bits 13 and 14.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest, ties to even.
    Nearest = 0,
    /// Toward minus infinity.
    Down = 1,
    /// Toward plus infinity.
    Up = 2,
    /// Toward zero.
    TowardZero = 3,
}

/// What lies below the last digit or bit that is kept, in units of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remainder {
    /// Nothing: the result is exact.
    Zero,
    /// Less than a half.
    BelowHalf,
    /// Exactly a half.
    Half,
    /// More than a half.
    AboveHalf,
}

impl Remainder {
    /// Compares the `bits` lowest bits of `value` (at most 128) and whatever nonzero lies further below.
    #[inline]
    pub const fn of_bits(value: u128, bits: u32, sticky: bool) -> Remainder {
        if bits == 0 {
            return if sticky {
                Remainder::BelowHalf
            } else {
                Remainder::Zero
            };
        }
        let low = value << (128 - bits);
        let half = 1u128 << 127;
        if low == 0 && !sticky {
            Remainder::Zero
        } else if low < half {
            Remainder::BelowHalf
        } else if low == half && !sticky {
            Remainder::Half
        } else {
            Remainder::AboveHalf
        }
    }
}

impl Rounding {
    /// The calling thread's current direction.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub fn current() -> Rounding {
        match crate::fenv::control::mxcsr() >> 13 & 3 {
            0 => Rounding::Nearest,
            1 => Rounding::Down,
            2 => Rounding::Up,
            _ => Rounding::TowardZero,
        }
    }

    /// Whether the magnitude goes up by one unit. `odd` is the parity of the last digit kept.
    #[inline]
    pub const fn rounds_up(self, negative: bool, odd: bool, remainder: Remainder) -> bool {
        match (self, remainder) {
            (_, Remainder::Zero) => false,
            (Rounding::Nearest, Remainder::Half) => odd,
            (Rounding::Nearest, Remainder::AboveHalf) => true,
            (Rounding::Nearest, Remainder::BelowHalf) => false,
            (Rounding::Down, _) => negative,
            (Rounding::Up, _) => !negative,
            (Rounding::TowardZero, _) => false,
        }
    }
}

/// A binary format.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Bits of precision, with the leading one.
    pub precision: u32,
    /// The exponent of the smallest normal number: it is `2^minimum_exponent`.
    pub minimum_exponent: i32,
    /// The exponent of the largest numbers, those in `[2^maximum_exponent, 2^(maximum_exponent+1))`.
    pub maximum_exponent: i32,
}

/// C's `float`.
pub const FLOAT: Format = Format {
    precision: 24,
    minimum_exponent: -126,
    maximum_exponent: 127,
};
/// C's `double`.
pub const DOUBLE: Format = Format {
    precision: 53,
    minimum_exponent: -1022,
    maximum_exponent: 1023,
};
/// C's `long double`.
pub const LONG_DOUBLE: Format = Format {
    precision: 64,
    minimum_exponent: -16382,
    maximum_exponent: 16383,
};

/// A number rounded to a [`Format`], and the exceptions of doing so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rounded {
    /// The significant bits; a normal number has `precision` of them. Zero means zero.
    pub mantissa: u64,
    /// The exponent of bit `precision - 1`: `value = mantissa * 2^(exponent - precision + 1)`.
    pub exponent: i32,
    /// The sign.
    pub negative: bool,
    /// Whether the number is too large for the format and became infinite.
    pub infinite: bool,
    /// Whether the result differs from the number.
    pub inexact: bool,
    /// Whether the number was too large (also when the rounding direction made it the largest finite one).
    pub overflow: bool,
    /// Whether the result is inexact and, rounded with no bound on the exponent, below the smallest normal.
    pub underflow: bool,
}

impl Rounded {
    /// An exact zero.
    pub const fn zero(negative: bool) -> Rounded {
        Rounded {
            mantissa: 0,
            exponent: 0,
            negative,
            infinite: false,
            inexact: false,
            overflow: false,
            underflow: false,
        }
    }

    /// The bits of the `double`. Meant for numbers rounded to [`DOUBLE`].
    #[inline]
    pub fn to_f64(self) -> f64 {
        f64::from_bits(self.bits(52, 1023, 0x7ff) | (self.negative as u64) << 63)
    }

    /// The `float`. Meant for numbers rounded to [`FLOAT`].
    #[inline]
    pub fn to_f32(self) -> f32 {
        f32::from_bits(self.bits(23, 127, 0xff) as u32 | (self.negative as u32) << 31)
    }

    /// The `long double`. Meant for numbers rounded to [`LONG_DOUBLE`].
    pub fn to_f80(self) -> F80 {
        let sign = (self.negative as u16) << 15;
        if self.infinite {
            F80 {
                mantissa: 1 << 63,
                sign_exponent: sign | 0x7fff,
            }
        } else if self.mantissa >> 63 == 0 {
            F80 {
                mantissa: self.mantissa,
                sign_exponent: sign,
            }
        } else {
            F80 {
                mantissa: self.mantissa,
                sign_exponent: sign | (self.exponent + 16383) as u16,
            }
        }
    }

    #[inline]
    fn bits(self, width: u32, bias: i32, special: u64) -> u64 {
        if self.infinite {
            special << width
        } else if self.mantissa >> width == 0 {
            self.mantissa
        } else {
            // The leading bit of the mantissa adds one to the exponent field.
            (((self.exponent + bias - 1) as u64) << width) + self.mantissa
        }
    }
}

/// Rounds `significand * 2^exponent` (bit 127 of the significand set, `sticky` when more lies below it).
pub fn round(
    format: &Format,
    rounding: Rounding,
    negative: bool,
    significand: u128,
    exponent: i32,
    sticky: bool,
) -> Rounded {
    debug_assert!(significand >> 127 == 1);
    let mut result = Rounded::zero(negative);
    let leading = exponent.saturating_add(127);
    if leading > format.maximum_exponent {
        return overflow(format, rounding, result);
    }
    let below = (format.minimum_exponent as i64 - leading as i64).max(0);
    let dropped = 128 - format.precision as i64 + below;
    let (kept, remainder) = if dropped > 128 {
        (0, Remainder::BelowHalf)
    } else {
        let kept = if dropped == 128 { 0 } else { significand >> dropped };
        (kept, Remainder::of_bits(significand, dropped as u32, sticky))
    };
    let up = rounding.rounds_up(negative, kept & 1 != 0, remainder);
    let mut mantissa = kept + up as u128;
    result.exponent = leading + below as i32;
    if mantissa >> format.precision != 0 {
        mantissa >>= 1;
        result.exponent += 1;
    }
    if result.exponent > format.maximum_exponent {
        return overflow(format, rounding, result);
    }
    result.mantissa = mantissa as u64;
    result.inexact = remainder != Remainder::Zero;
    if below > 0 && result.inexact {
        // Tiny after rounding, as x86 has it: would the number also be too small with all bits of precision?
        result.underflow = below > 1 || {
            let full = 128 - format.precision;
            let all_ones = significand >> full == (1 << format.precision) - 1;
            let remainder = Remainder::of_bits(significand, full, sticky);
            !(all_ones && rounding.rounds_up(negative, true, remainder))
        };
    }
    result
}

fn overflow(format: &Format, rounding: Rounding, mut result: Rounded) -> Rounded {
    result.inexact = true;
    result.overflow = true;
    result.underflow = false;
    result.exponent = format.maximum_exponent;
    if rounding.rounds_up(result.negative, true, Remainder::AboveHalf) {
        result.infinite = true;
        result.mantissa = 0;
    } else {
        result.mantissa = u64::MAX >> (64 - format.precision);
    }
    result
}
