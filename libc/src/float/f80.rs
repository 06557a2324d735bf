//! The x87 80-bit extended format, C's `long double` on x86-64, as it lies in memory.
//!
//! Stable Rust has no such type. A long double therefore crosses into Rust by address: trampolines (see
//! [`crate::long_double_export`]) pass pointers to [`F80`] and load the result onto the x87 stack.

use super::value::{Class, Value};

/// A long double in memory: 64 bits of mantissa with an explicit leading bit, sign and 15-bit exponent, and
/// six bytes of padding. Layout of the System V ABI for x86-64.
#[repr(C, align(16))]
#[derive(Clone, Copy, Debug, Default)]
pub struct F80 {
    /// The mantissa; bit 63 is the integer bit.
    pub mantissa: u64,
    /// Bit 15 is the sign, bits 0 to 14 the exponent with bias 16383.
    pub sign_exponent: u16,
}

/// What is added to the exponent of an x87 number in memory.
pub const BIAS: i32 = 16383;

impl F80 {
    /// Positive zero.
    pub const ZERO: F80 = F80 {
        mantissa: 0,
        sign_exponent: 0,
    };
    /// One.
    pub const ONE: F80 = F80 {
        mantissa: 1 << 63,
        sign_exponent: BIAS as u16,
    };
    /// Positive infinity.
    pub const INFINITY: F80 = F80 {
        mantissa: 1 << 63,
        sign_exponent: 0x7fff,
    };
    /// The default quiet NaN, positive.
    pub const NAN: F80 = F80 {
        mantissa: 3 << 62,
        sign_exponent: 0x7fff,
    };
    /// The largest finite number, `LDBL_MAX`.
    pub const MAX: F80 = F80 {
        mantissa: u64::MAX,
        sign_exponent: 0x7ffe,
    };
    /// The smallest positive normal number, `LDBL_MIN`.
    pub const MIN_POSITIVE: F80 = F80 {
        mantissa: 1 << 63,
        sign_exponent: 1,
    };

    /// The exponent field without the sign.
    #[inline]
    pub const fn biased_exponent(self) -> i32 {
        (self.sign_exponent & 0x7fff) as i32
    }

    /// Whether the sign bit is set, also of a NaN.
    #[inline]
    pub const fn is_negative(self) -> bool {
        self.sign_exponent & 0x8000 != 0
    }

    /// This number with the given sign.
    #[inline]
    pub const fn with_sign(self, negative: bool) -> F80 {
        F80 {
            mantissa: self.mantissa,
            sign_exponent: (self.sign_exponent & 0x7fff) | ((negative as u16) << 15),
        }
    }

    /// The number with its sign bit cleared.
    #[inline]
    pub const fn abs(self) -> F80 {
        self.with_sign(false)
    }

    /// The number with its sign bit flipped.
    #[inline]
    pub const fn neg(self) -> F80 {
        F80 {
            mantissa: self.mantissa,
            sign_exponent: self.sign_exponent ^ 0x8000,
        }
    }

    /// A finite number times a small positive power of two; none where that is too large. The number is not subnormal.
    #[inline]
    pub const fn scaled(self, power: u16) -> Option<F80> {
        let exponent = self.biased_exponent() + power as i32;
        if exponent >= 0x7fff {
            return None;
        }
        Some(F80 {
            mantissa: self.mantissa,
            sign_exponent: self.sign_exponent + power,
        })
    }

    /// Whether this is a NaN. An encoding that the x87 refuses (a normal exponent without the integer bit, a
    /// pseudo-infinity) counts as one too: every instruction that reads it gives a NaN.
    #[inline]
    pub const fn is_nan(self) -> bool {
        let exponent = self.biased_exponent();
        if exponent == 0x7fff {
            self.mantissa != 1 << 63
        } else {
            exponent != 0 && self.mantissa >> 63 == 0
        }
    }

    /// Whether this is a NaN whose use is an invalid operation: a signalling NaN or a refused encoding.
    #[inline]
    pub const fn is_signaling(self) -> bool {
        self.is_nan() && (self.biased_exponent() != 0x7fff || self.mantissa & (3 << 62) != 3 << 62)
    }

    /// Whether this is an infinity of either sign.
    #[inline]
    pub const fn is_infinite(self) -> bool {
        self.biased_exponent() == 0x7fff && self.mantissa == 1 << 63
    }

    /// Whether this is neither infinite nor a NaN.
    #[inline]
    pub const fn is_finite(self) -> bool {
        !self.is_nan() && self.biased_exponent() != 0x7fff
    }

    /// Whether this is zero of either sign.
    #[inline]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0 && self.biased_exponent() == 0
    }

    /// The number taken apart.
    pub const fn value(self) -> Value {
        let negative = self.is_negative();
        let class = if self.is_nan() {
            Class::Nan
        } else if self.is_infinite() {
            Class::Infinite
        } else if self.mantissa == 0 {
            Class::Zero
        } else {
            let shift = self.mantissa.leading_zeros();
            let exponent = if self.biased_exponent() == 0 {
                1
            } else {
                self.biased_exponent()
            };
            Class::Finite {
                mantissa: self.mantissa << shift,
                exponent: exponent - BIAS - 63 - shift as i32,
            }
        };
        Value { negative, class }
    }

    /// The double with the same value, exactly.
    pub const fn from_f64(value: f64) -> F80 {
        let bits = value.to_bits();
        let sign = ((bits >> 63) as u16) << 15;
        match Value::from_f64(value).class {
            Class::Zero => F80 {
                mantissa: 0,
                sign_exponent: sign,
            },
            Class::Infinite => F80 {
                mantissa: 1 << 63,
                sign_exponent: sign | 0x7fff,
            },
            Class::Nan => F80 {
                mantissa: 3 << 62 | bits << 11,
                sign_exponent: sign | 0x7fff,
            },
            Class::Finite { mantissa, exponent } => F80 {
                mantissa,
                sign_exponent: sign | (exponent + 63 + BIAS) as u16,
            },
        }
    }

    /// The long double with the value of an integer, exactly.
    pub const fn from_u64(value: u64) -> F80 {
        if value == 0 {
            return F80::ZERO;
        }
        let shift = value.leading_zeros();
        F80 {
            mantissa: value << shift,
            sign_exponent: (BIAS + 63 - shift as i32) as u16,
        }
    }

    /// The long double with the value of an integer, exactly.
    pub const fn from_i64(value: i64) -> F80 {
        F80::from_u64(value.unsigned_abs()).with_sign(value < 0)
    }
}
