//! A floating-point number taken apart: sign, class, mantissa, exponent. Common to all three formats of C.

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Zero of either sign.
    Zero,
    /// `mantissa * 2^exponent`, where bit 63 of the mantissa is set.
    Finite {
        /// The significant bits, the highest of them at bit 63.
        mantissa: u64,
        /// The weight of bit 0 of the mantissa.
        exponent: i32,
    },
    /// An infinity.
    Infinite,
    /// Not a number.
    Nan,
}

/// A number of any format, exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// The sign bit, also of zeros and NaNs.
    pub negative: bool,
    /// Everything else.
    pub class: Class,
}

impl Value {
    /// Takes a double apart.
    #[inline]
    pub const fn from_f64(value: f64) -> Value {
        let bits = value.to_bits();
        let field = ((bits >> 52) & 0x7ff) as i32;
        let fraction = bits & ((1 << 52) - 1);
        Value {
            negative: bits >> 63 != 0,
            class: classify(field, fraction, 52, 0x7ff, 1023),
        }
    }

    /// Takes a float apart.
    #[inline]
    pub const fn from_f32(value: f32) -> Value {
        let bits = value.to_bits();
        let field = ((bits >> 23) & 0xff) as i32;
        let fraction = (bits & ((1 << 23) - 1)) as u64;
        Value {
            negative: bits >> 31 != 0,
            class: classify(field, fraction, 23, 0xff, 127),
        }
    }
}

/// Takes apart a number of an IEEE interchange format with `width` bits of fraction.
#[inline]
const fn classify(field: i32, fraction: u64, width: u32, special: i32, bias: i32) -> Class {
    if field == special {
        return if fraction == 0 {
            Class::Infinite
        } else {
            Class::Nan
        };
    }
    if field == 0 {
        if fraction == 0 {
            return Class::Zero;
        }
        let shift = fraction.leading_zeros();
        return Class::Finite {
            mantissa: fraction << shift,
            exponent: 1 - bias - width as i32 - shift as i32,
        };
    }
    let shift = 63 - width;
    let mantissa = (fraction | 1 << width) << shift;
    Class::Finite {
        mantissa,
        exponent: field - bias - width as i32 - shift as i32,
    }
}
