//! From decimal digits to the nearest binary number (or the next one, as the rounding direction says).
//!
//! Nineteen digits and a power of ten are decided by 128-bit arithmetic nearly always: exactly for small powers,
//! and by the table of powers of ten whenever its error cannot matter. The rest is natural numbers of any size.

use super::big::Big;
use super::bits128::{divide_128_by_64, multiply_64_by_128};
use super::powers::{FIVES, LAST_EXACT, power_of_ten};
use super::round::{Format, Rounded, Rounding, round};

/// A number in decimal: `mantissa * 10^exponent`, or a little more than that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The first nineteen significant digits, or fewer when there are no more.
    pub mantissa: u64,
    /// The power of ten that goes with them.
    pub exponent: i32,
    /// How many digits `mantissa` has; they need not be counted for zero.
    pub count: u32,
    /// Whether nonzero digits follow.
    pub truncated: bool,
}

/// Rounds a decimal number to a binary format. `digits` yields all significant digits as numbers 0 to 9 from the
/// first one on; it is asked only when the first nineteen do not decide.
pub fn to_binary(
    number: Number,
    format: &Format,
    rounding: Rounding,
    negative: bool,
    digits: &mut dyn FnMut() -> Option<u8>,
) -> Rounded {
    if number.mantissa == 0 {
        return Rounded::zero(negative);
    }
    let fast = |mantissa, rounding| by_128_bits(mantissa, number.exponent, format, rounding, negative);
    if !number.truncated {
        if let Some(result) = fast(number.mantissa, rounding) {
            return result;
        }
    } else if both_ways(|mantissa| fast(mantissa, Rounding::TowardZero), number.mantissa).is_some()
        && let Some(result) = both_ways(|mantissa| fast(mantissa, rounding), number.mantissa)
    {
        return result;
    }
    // The number lies in [10^(point-1), 10^point).
    let point = number.exponent.saturating_add(number.count as i32);
    let (highest, lowest) = if format.maximum_exponent < 2000 {
        (310, -400)
    } else {
        (4940, -5000)
    };
    if point > highest || point < lowest {
        let exponent = if point > 0 { 100_000 } else { -100_000 };
        return round(format, rounding, negative, 1 << 127, exponent, true);
    }
    if format.maximum_exponent < 2000 {
        by_big_numbers::<48, 800>(point, format, rounding, negative, digits)
    } else {
        by_big_numbers::<608, 11_600>(point, format, rounding, negative, digits)
    }
}

/// What `round` makes of a number between `mantissa` and the next one: nothing, unless both give the same inexact
/// result. Asked toward zero, it also tells that no number of the format lies between them.
fn both_ways(round: impl Fn(u64) -> Option<Rounded>, mantissa: u64) -> Option<Rounded> {
    let (low, high) = (round(mantissa)?, round(mantissa + 1)?);
    (low == high && low.inexact).then_some(low)
}

/// `mantissa * 10^exponent` rounded, where 128 bits decide it.
#[inline]
fn by_128_bits(
    mantissa: u64,
    exponent: i32,
    format: &Format,
    rounding: Rounding,
    negative: bool,
) -> Option<Rounded> {
    let shift = mantissa.leading_zeros();
    let normal = mantissa << shift;
    let shift = shift as i32;
    if exponent < 0 && exponent > -(FIVES.len() as i32) {
        // Division by five to the power gives an exact remainder.
        let divisor = FIVES[-exponent as usize];
        let divisor_shift = divisor.leading_zeros();
        let divisor = divisor << divisor_shift;
        let halve = (normal >= divisor) as u32;
        let low = if halve == 1 { normal << 63 } else { 0 };
        let (first, rest) = divide_128_by_64(normal >> halve, low, divisor);
        let (second, rest) = divide_128_by_64(rest, 0, divisor);
        let significand = (first as u128) << 64 | second as u128;
        let weight = divisor_shift as i32 - shift + exponent - 128 + halve as i32;
        return Some(round(format, rounding, negative, significand, weight, rest != 0));
    }
    let (power, weight) = power_of_ten(exponent)?;
    let (mut high, mut low) = multiply_64_by_128(normal, power);
    let mut weight = weight - shift + 64;
    if high >> 127 == 0 {
        high = high << 1 | (low >> 63) as u128;
        low <<= 1;
        weight -= 1;
    }
    if (0..=LAST_EXACT).contains(&exponent) {
        return Some(round(format, rounding, negative, high, weight, low != 0));
    }
    // The power is up to one unit too small, so the product lies in [high, high + 2) in units of its last bit.
    let least = round(format, rounding, negative, high, weight, true);
    let most = round(format, rounding, negative, high.checked_add(2)?, weight, true);
    (least == most).then_some(least)
}

/// The same by exact division. `0.d1d2... * 10^point` is the number.
#[inline(never)]
#[cold]
fn by_big_numbers<const LIMBS: usize, const MOST_DIGITS: usize>(
    point: i32,
    format: &Format,
    rounding: Rounding,
    negative: bool,
    digits: &mut dyn FnMut() -> Option<u8>,
) -> Rounded {
    // A number half-way between two of the format has fewer digits than MOST_DIGITS: of what follows, only
    // whether it is zero matters.
    let mut number = Big::<LIMBS>::new(0);
    let (mut group, mut factor) = (0, 1);
    let mut count = 0;
    let mut sticky = false;
    while let Some(digit) = digits() {
        if count == MOST_DIGITS {
            if digit != 0 {
                sticky = true;
                break;
            }
            continue;
        }
        count += 1;
        group = group * 10 + digit as u64;
        factor *= 10;
        if factor == 10u64.pow(19) {
            number.multiply_add(factor, group);
            (group, factor) = (0, 1);
        }
    }
    number.multiply_add(factor, group);
    let exponent = point - count as i32;
    let (significand, weight, more) = if exponent >= 0 {
        number.multiply_power_of_five(exponent as u32);
        number.top_bits()
    } else {
        let mut divisor = Big::<LIMBS>::new(1);
        divisor.multiply_power_of_five(-exponent as u32);
        number.divide(divisor)
    };
    round(
        format,
        rounding,
        negative,
        significand,
        weight + exponent,
        more || sticky,
    )
}
