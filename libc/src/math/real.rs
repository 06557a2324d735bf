//! What float, double and long double have in common.

use super::extended::wide::Wide;
use crate::float::f80::F80;
use crate::float::round::{DOUBLE, FLOAT, Format, LONG_DOUBLE, Rounded};
use crate::float::value::{Class, Value};

/// A floating-point format of C.
pub trait Real: Copy {
    /// The format.
    const FORMAT: Format;

    /// Takes the number apart.
    fn value(self) -> Value;

    /// Puts a rounded number together.
    fn from_rounded(rounded: Rounded) -> Self;

    /// A quiet NaN with the payload of this one, or the default NaN. A signalling NaN raises invalid.
    fn quieted(self) -> Self;

    /// The NaN of an invalid operation: x86's, with the sign bit set.
    fn default_nan() -> Self;

    /// Infinity.
    fn infinity(negative: bool) -> Self;

    /// Whether using this number is an invalid operation.
    fn is_signaling(self) -> bool;

    /// The number with another sign.
    fn with_sign(self, negative: bool) -> Self;

    /// Zero.
    fn zero(negative: bool) -> Self {
        Self::from_rounded(Rounded::zero(negative))
    }

    /// The nearest number of the format.
    fn from_wide(wide: Wide) -> Self {
        Self::from_rounded(wide.round_to(&Self::FORMAT))
    }

    /// A finite number with all its bits.
    fn wide(self) -> Wide {
        Wide::from_value(self.value())
    }

    /// Whether the sign bit is set.
    fn is_negative(self) -> bool {
        self.value().negative
    }

    /// Whether this is a NaN.
    fn is_nan(self) -> bool {
        self.value().class == Class::Nan
    }

    /// Whether this is an infinity.
    fn is_infinite(self) -> bool {
        self.value().class == Class::Infinite
    }

    /// Whether this is zero.
    fn is_zero(self) -> bool {
        self.value().class == Class::Zero
    }

    /// Whether this is neither an infinity nor a NaN.
    fn is_finite(self) -> bool {
        matches!(self.value().class, Class::Zero | Class::Finite { .. })
    }

    /// Whether this is below `other`; false if either is a NaN.
    fn is_less(self, other: Self) -> bool {
        if self.is_nan() || other.is_nan() {
            false
        } else if self.is_infinite() {
            self.is_negative() && !(other.is_infinite() && other.is_negative())
        } else if other.is_infinite() {
            !other.is_negative()
        } else {
            self.wide().is_below(other.wide())
        }
    }

    /// `self - other` as the processor does it.
    fn minus(self, other: Self) -> Self;
}

/// What the compiler's own types do faster.
macro_rules! native {
    () => {
        fn is_negative(self) -> bool {
            self.is_sign_negative()
        }
        #[inline(always)]
        fn is_nan(self) -> bool {
            Self::is_nan(self)
        }
        #[inline(always)]
        fn is_infinite(self) -> bool {
            self.abs() == Self::INFINITY
        }
        #[inline(always)]
        fn is_zero(self) -> bool {
            self == 0.0
        }
        #[inline(always)]
        fn is_finite(self) -> bool {
            self.abs() < Self::INFINITY
        }
        #[inline(always)]
        fn is_less(self, other: Self) -> bool {
            self < other
        }
        #[inline(always)]
        fn minus(self, other: Self) -> Self {
            self - other
        }
    };
}

impl Real for f64 {
    const FORMAT: Format = DOUBLE;
    native!();

    fn value(self) -> Value {
        Value::from_f64(self)
    }

    fn from_rounded(rounded: Rounded) -> f64 {
        rounded.to_f64()
    }

    fn quieted(self) -> f64 {
        self + self
    }

    fn default_nan() -> f64 {
        f64::from_bits(0xfff8 << 48)
    }

    fn infinity(negative: bool) -> f64 {
        if negative {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        }
    }

    fn is_signaling(self) -> bool {
        self.is_nan() && self.to_bits() & 1 << 51 == 0
    }

    fn with_sign(self, negative: bool) -> f64 {
        f64::from_bits(self.to_bits() & !(1 << 63) | (negative as u64) << 63)
    }
}

impl Real for f32 {
    const FORMAT: Format = FLOAT;
    native!();

    fn value(self) -> Value {
        Value::from_f32(self)
    }

    fn from_rounded(rounded: Rounded) -> f32 {
        rounded.to_f32()
    }

    fn quieted(self) -> f32 {
        self + self
    }

    fn default_nan() -> f32 {
        f32::from_bits(0xffc0 << 16)
    }

    fn infinity(negative: bool) -> f32 {
        if negative {
            f32::NEG_INFINITY
        } else {
            f32::INFINITY
        }
    }

    fn is_signaling(self) -> bool {
        self.is_nan() && self.to_bits() & 1 << 22 == 0
    }

    fn with_sign(self, negative: bool) -> f32 {
        f32::from_bits(self.to_bits() & !(1 << 31) | (negative as u32) << 31)
    }
}

impl Real for F80 {
    const FORMAT: Format = LONG_DOUBLE;

    fn minus(self, other: F80) -> F80 {
        super::x87::subtract(self, other)
    }

    fn value(self) -> Value {
        F80::value(self)
    }

    fn from_rounded(rounded: Rounded) -> F80 {
        rounded.to_f80()
    }

    fn quieted(self) -> F80 {
        if F80::is_signaling(self) {
            crate::fenv::exceptions::raise(crate::fenv::FE_INVALID);
        }
        if self.biased_exponent() != 0x7fff {
            return Self::default_nan();
        }
        F80 {
            mantissa: self.mantissa | 3 << 62,
            ..self
        }
    }

    fn default_nan() -> F80 {
        F80::NAN.with_sign(true)
    }

    fn infinity(negative: bool) -> F80 {
        F80::INFINITY.with_sign(negative)
    }

    fn is_signaling(self) -> bool {
        F80::is_signaling(self)
    }

    fn with_sign(self, negative: bool) -> F80 {
        F80::with_sign(self, negative)
    }
}
