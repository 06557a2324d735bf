//! Complex numbers whose parts are finite, infinite or NaN.

use crate::fenv::{FE_INVALID, exceptions::raise};
use crate::math::extended::wide::Wide;
use crate::math::real::Real;

/// The real or the imaginary part.
#[derive(Clone, Copy, Debug)]
pub enum Part {
    /// A finite number.
    Finite(Wide),
    /// An infinity; whether it is negative.
    Infinite(bool),
    /// Not a number.
    Nan,
}

use Part::{Finite, Infinite, Nan};

impl Part {
    /// Positive zero.
    pub const ZERO: Part = Finite(Wide::ZERO);
    /// One.
    pub const ONE: Part = Finite(Wide::ONE);

    /// Takes a number of a format.
    pub fn from_real<R: Real>(x: R) -> Part {
        if x.is_nan() {
            if x.is_signaling() {
                raise(FE_INVALID);
            }
            Nan
        } else if x.is_infinite() {
            Infinite(x.is_negative())
        } else {
            Finite(x.wide())
        }
    }

    /// Rounds to a format.
    pub fn to_real<R: Real>(self) -> R {
        match self {
            Finite(value) => R::from_wide(value),
            Infinite(negative) => R::infinity(negative),
            Nan => R::default_nan().with_sign(false),
        }
    }

    /// The NaN of an invalid operation.
    pub fn invalid() -> Part {
        raise(FE_INVALID);
        Nan
    }

    /// Whether the sign is minus.
    pub fn is_negative(self) -> bool {
        match self {
            Finite(value) => value.is_negative(),
            Infinite(negative) => negative,
            Nan => false,
        }
    }

    /// Whether this is zero.
    pub fn is_zero(self) -> bool {
        matches!(self, Finite(value) if value.is_zero())
    }

    /// Whether this is infinite.
    pub fn is_infinite(self) -> bool {
        matches!(self, Infinite(_))
    }

    /// Whether this is a NaN.
    pub fn is_nan(self) -> bool {
        matches!(self, Nan)
    }

    /// The magnitude with a sign.
    pub fn with_sign(self, negative: bool) -> Part {
        match self {
            Finite(value) => Finite(value.with_sign(negative)),
            Infinite(_) => Infinite(negative),
            Nan => Nan,
        }
    }

    /// The other sign.
    pub fn negated(self) -> Part {
        self.with_sign(!self.is_negative())
    }

    /// A double near it, for the rules of products with infinities.
    pub fn to_f64(self) -> f64 {
        match self {
            Finite(value) => {
                let magnitude = value.abs().to_f64();
                if value.is_negative() {
                    -magnitude
                } else {
                    magnitude
                }
            }
            Infinite(negative) => f64::infinity(negative),
            Nan => f64::NAN,
        }
    }
}

/// A complex number.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// The real part.
    pub re: Part,
    /// The imaginary part.
    pub im: Part,
}

impl Number {
    /// The number with these parts.
    pub fn new(re: Part, im: Part) -> Number {
        Number { re, im }
    }

    /// `i z`.
    pub fn times_i(self) -> Number {
        Number {
            re: self.im.negated(),
            im: self.re,
        }
    }

    /// `-i z`.
    pub fn over_i(self) -> Number {
        Number {
            re: self.im,
            im: self.re.negated(),
        }
    }

    /// The number with both signs changed where asked.
    pub fn with_signs(self, re: bool, im: bool) -> Number {
        Number {
            re: self.re.with_sign(re),
            im: self.im.with_sign(im),
        }
    }
}
