//! fma: multiplication and addition with one rounding. ISO C17 7.12.13.1.
//!
//! Exact on integers of 256 bits, so that every rounding direction is right.

use super::errors::invalid;
use super::real::Real;
use crate::fenv::{FE_INEXACT, FE_OVERFLOW, FE_UNDERFLOW, exceptions::raise};
use crate::float::round::{Rounding, round};
use crate::float::value::Class;

/// A 256-bit integer: high half, low half.
type Pair = (u128, u128);

fn shifted_right((high, low): Pair, bits: u32) -> (Pair, bool) {
    match bits {
        0 => ((high, low), false),
        1..128 => (
            (high >> bits, high << (128 - bits) | low >> bits),
            low << (128 - bits) != 0,
        ),
        128 => ((0, high), low != 0),
        129..256 => ((0, high >> (bits - 128)), low != 0 || high << (256 - bits) != 0),
        _ => ((0, 0), high != 0 || low != 0),
    }
}

fn fused<R: Real>(x: R, y: R, z: R) -> R {
    if x.is_nan() || y.is_nan() || z.is_nan() {
        let nan = if x.is_nan() {
            x
        } else if y.is_nan() {
            y
        } else {
            z
        };
        return nan.quieted();
    }
    let negative = x.is_negative() != y.is_negative();
    if x.is_infinite() || y.is_infinite() {
        let impossible = x.is_zero() || y.is_zero() || (z.is_infinite() && z.is_negative() != negative);
        return if impossible {
            invalid()
        } else {
            R::infinity(negative)
        };
    }
    if z.is_infinite() {
        return z;
    }
    let rounding = Rounding::current();
    let (
        Class::Finite {
            mantissa: a,
            exponent: ea,
        },
        Class::Finite {
            mantissa: b,
            exponent: eb,
        },
    ) = (x.value().class, y.value().class)
    else {
        // A zero product leaves z; two zeros of different signs give the direction's zero.
        if !z.is_zero() {
            return z;
        }
        let sign = if negative == z.is_negative() {
            negative
        } else {
            rounding == Rounding::Down
        };
        return R::zero(sign);
    };
    // Both numbers as 256 bits with the highest at bit 254, to leave one for a carry.
    let product = a as u128 * b as u128;
    let shift = product.leading_zeros();
    let product: Pair = ((product << shift) >> 1, (product << shift) << 127);
    let weight = ea + eb - shift as i32 - 127;
    let (mut sum, mut weight, mut sign) = (product, weight, negative);
    let mut sticky = false;
    if let Class::Finite { mantissa, exponent } = z.value().class {
        let other: Pair = ((mantissa as u128) << 63, 0);
        let other_weight = exponent - 191;
        // Let `large` be the one with the larger exponent.
        let product_first = (weight, product.0) >= (other_weight, other.0);
        let (large, small, large_weight, small_weight) = if product_first {
            (product, other, weight, other_weight)
        } else {
            (other, product, other_weight, weight)
        };
        let large_sign = if product_first { negative } else { z.is_negative() };
        let distance = (large_weight - small_weight) as u32;
        let (small, lost) = shifted_right(small, distance);
        sticky = lost;
        weight = large_weight;
        sign = large_sign;
        sum = if negative == z.is_negative() {
            let (low, carry) = large.1.overflowing_add(small.1);
            (large.0 + small.0 + carry as u128, low)
        } else {
            // What was lost makes the subtrahend larger by less than one unit.
            let (low, borrow) = large.1.overflowing_sub(small.1);
            let (low, more) = low.overflowing_sub(lost as u128);
            (
                large
                    .0
                    .wrapping_sub(small.0)
                    .wrapping_sub(borrow as u128 + more as u128),
                low,
            )
        };
    }
    if sum == (0, 0) && !sticky {
        let same = negative == z.is_negative();
        return R::zero(if same {
            negative
        } else {
            rounding == Rounding::Down
        });
    }
    let zeros = if sum.0 != 0 {
        sum.0.leading_zeros()
    } else {
        128 + sum.1.leading_zeros()
    };
    let (top, rest) = match zeros {
        0 => (sum.0, sum.1),
        1..128 => (sum.0 << zeros | sum.1 >> (128 - zeros), sum.1 << zeros),
        _ => (sum.1 << (zeros - 128), 0),
    };
    let weight = weight + 128 - zeros as i32;
    let rounded = round(&R::FORMAT, rounding, sign, top, weight, rest != 0 || sticky);
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
    R::from_rounded(rounded)
}

generic_functions! {
    /// x * y + z, rounded once. ISO C17 7.12.13.1.
    fma fmaf fmal(x, y, z) = fused;
}
