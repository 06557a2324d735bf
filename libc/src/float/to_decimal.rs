//! From a binary number to the decimal digits that a printf conversion asks for, correctly rounded.
//!
//! Three paths, each exact: 128-bit integers while five to the power fits beside the mantissa (all of `%.6f` and
//! most of `%g` in daily use); the table of powers of ten, whenever its error cannot change a digit; and natural
//! numbers of any size for the rest.

use super::big::Big;
use super::bits128::multiply_64_by_128;
use super::powers::{FIVES, SMALL, power_of_ten};
use super::round::{Remainder, Rounding};

/// How many digits are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digits {
    /// So many significant ones, at least 1 (`%e`, `%g`).
    Significant(usize),
    /// So many after the decimal point (`%f`).
    AfterPoint(usize),
}

/// Digits of a number: `0.d1 d2 d3... * 10^point`. Digits that follow those given are zero; the number zero has
/// none and `point` 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal<'a> {
    /// ASCII digits, the first not `0`.
    pub digits: &'a [u8],
    /// How many digits stand before the decimal point; negative when zeros follow it.
    pub point: i32,
}

const ZERO: Decimal<'static> = Decimal {
    digits: b"",
    point: 1,
};

/// The most significant digits that the fast paths give.
const FAST_DIGITS: usize = 18;

/// Finds the digits of `mantissa * 2^exponent` (bit 63 of the mantissa set; the exponent that of a long double at
/// most) and hands them to `consume`. `negative` matters to the rounding only.
pub fn decimal(
    mantissa: u64,
    exponent: i32,
    negative: bool,
    wanted: Digits,
    rounding: Rounding,
    consume: &mut dyn FnMut(Decimal),
) {
    let fast = match wanted {
        Digits::Significant(count @ 1..=FAST_DIGITS) => significant(mantissa, exponent, count),
        Digits::AfterPoint(count) if count < FIVES.len() => scaled_exactly(mantissa, exponent, count as u32)
            .map(|(integer, rest)| (integer, rest, count as i32)),
        _ => None,
    };
    if let Some((integer, remainder, places)) = fast {
        let up = rounding.rounds_up(negative, integer & 1 != 0, remainder);
        let mut text = [0; 20];
        let start = write_u64(integer + up as u64, &mut text);
        let digits = &text[start..];
        if digits.is_empty() {
            return consume(ZERO);
        }
        // Rounding up 99...9 yields one digit more; it is a zero and harmless.
        return consume(Decimal {
            digits,
            point: digits.len() as i32 - places,
        });
    }
    // The longest are 64 bits times 5^1199: 2,849 bits, 858 digits; and times 5^16508 where the mantissa has 1 bit, 5^16445 where it has 64: 38,250
    // bits, 11,515 digits.
    if exponent.abs() < 1200 {
        exact::<48, 900>(mantissa, exponent, negative, wanted, rounding, consume);
    } else {
        exact::<608, 11_600>(mantissa, exponent, negative, wanted, rounding, consume);
    }
}

/// Writes a number to the end of the buffer and returns where it starts; zero has no digits.
#[inline]
pub fn write_u64(mut value: u64, text: &mut [u8; 20]) -> usize {
    static PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    let mut start = 20;
    while value >= 100 {
        let pair = (value % 100) as usize * 2;
        value /= 100;
        start -= 2;
        text[start] = PAIRS[pair];
        text[start + 1] = PAIRS[pair + 1];
    }
    if value >= 10 {
        let pair = value as usize * 2;
        start -= 2;
        text[start] = PAIRS[pair];
        text[start + 1] = PAIRS[pair + 1];
    } else if value > 0 {
        start -= 1;
        text[start] = b'0' + value as u8;
    }
    start
}

/// The integer part of `mantissa * 2^exponent * 10^places` and what lies below, where 128 bits suffice.
#[inline]
fn scaled_exactly(mantissa: u64, exponent: i32, places: u32) -> Option<(u64, Remainder)> {
    let product = mantissa as u128 * *FIVES.get(places as usize)? as u128;
    let shift = -(exponent + places as i32);
    if shift <= 0 {
        return None;
    }
    if shift >= 128 {
        // The product is below 2^127, so at least one bit separates it from a half.
        return Some((0, Remainder::BelowHalf));
    }
    let integer = u64::try_from(product >> shift).ok()?;
    // One more may be added when rounding up.
    (integer < u64::MAX).then_some((integer, Remainder::of_bits(product, shift as u32, false)))
}

/// The number as an integer of `count` digits, what lies below it, and how many decimal places it was moved.
#[inline]
fn significant(mantissa: u64, exponent: i32, count: usize) -> Option<(u64, Remainder, i32)> {
    // The integer part of the decimal logarithm is `estimate` or one more: log10(2) * 2^32, rounded so that the
    // product is never too large.
    let leading = (exponent + 63) as i64;
    let estimate = ((leading * (1_292_913_986 + (leading < 0) as i64)) >> 32) as i32;
    let mut places = count as i32 - 1 - estimate;
    let limit = SMALL[count];
    loop {
        let (integer, remainder) = scaled(mantissa, exponent, places)?;
        if integer < limit {
            return Some((integer, remainder, places));
        }
        places -= 1;
    }
}

/// The integer part of `mantissa * 2^exponent * 10^places` and what lies below, where the fast paths decide it.
#[inline]
fn scaled(mantissa: u64, exponent: i32, places: i32) -> Option<(u64, Remainder)> {
    if places >= 0 {
        if let Some(result) = scaled_exactly(mantissa, exponent, places as u32) {
            return Some(result);
        }
    } else if places > -20 && exponent <= 0 && exponent > -64 {
        let divisor = SMALL[-places as usize];
        let whole = mantissa >> -exponent;
        let fraction = if exponent == 0 {
            0
        } else {
            mantissa << (64 + exponent)
        };
        return Some((
            whole / divisor,
            compare_half(whole % divisor, divisor, fraction != 0),
        ));
    }
    let (power, weight) = power_of_ten(places)?;
    let (high, low) = multiply_64_by_128(mantissa, power);
    // The true product lies within one unit of `high` above it (exactly it, for small powers, but then the first
    // path has answered or the number is too large for it).
    let shift = -(exponent + weight + 64);
    if !(65..128).contains(&shift) {
        return None;
    }
    let mask = (1u128 << shift) - 1;
    let (below, half) = (high & mask, 1u128 << (shift - 1));
    if below == 0 && low == 0 || below == mask || below == half || below == half - 1 {
        return None;
    }
    let remainder = if below < half {
        Remainder::BelowHalf
    } else {
        Remainder::AboveHalf
    };
    let integer = u64::try_from(high >> shift).ok()?;
    (integer < u64::MAX).then_some((integer, remainder))
}

/// Where a remainder of a division lies, when `more` says whether anything is below it.
#[inline]
fn compare_half(remainder: u64, divisor: u64, more: bool) -> Remainder {
    // The divisor is at most 10^19; twice the remainder may need 65 bits.
    let twice = remainder as u128 * 2;
    match twice.cmp(&(divisor as u128)) {
        core::cmp::Ordering::Equal if !more => Remainder::Half,
        core::cmp::Ordering::Less if remainder == 0 && !more => Remainder::Zero,
        core::cmp::Ordering::Less => Remainder::BelowHalf,
        _ => Remainder::AboveHalf,
    }
}

/// The digits by arithmetic on natural numbers: `LIMBS` and `SIZE` bound the number's limbs and decimal digits.
#[inline(never)]
#[cold]
fn exact<const LIMBS: usize, const SIZE: usize>(
    mantissa: u64,
    exponent: i32,
    negative: bool,
    wanted: Digits,
    rounding: Rounding,
    consume: &mut dyn FnMut(Decimal),
) {
    let zeros = mantissa.trailing_zeros();
    let exponent = exponent + zeros as i32;
    let mut number = Big::<LIMBS>::new(mantissa >> zeros);
    // A fraction m / 2^k equals m * 5^k / 10^k.
    let places = if exponent < 0 {
        number.multiply_power_of_five(-exponent as u32);
        -exponent
    } else {
        number.shift_left(exponent as usize);
        0
    };
    let mut text = [0; SIZE];
    let start = number.write_decimal(&mut text);
    let count = SIZE - start;
    let point = count as i32 - places;

    let keep = match wanted {
        Digits::Significant(wanted) => wanted as i64,
        Digits::AfterPoint(wanted) => point as i64 + wanted as i64,
    };
    if keep >= count as i64 {
        return consume(Decimal {
            digits: &text[start..],
            point,
        });
    }
    let digits = &text[start..];
    let (kept, remainder) = if keep < 0 {
        (0, Remainder::BelowHalf)
    } else {
        (keep as usize, remainder_of(&digits[keep as usize..]))
    };
    let odd = kept > 0 && digits[kept - 1] & 1 != 0;
    if !rounding.rounds_up(negative, odd, remainder) {
        return consume(if kept == 0 {
            ZERO
        } else {
            Decimal {
                digits: &digits[..kept],
                point,
            }
        });
    }
    // Rounded up: trailing nines become zeros, which need not be given.
    let mut end = start + kept;
    while end > start && text[end - 1] == b'9' {
        end -= 1;
    }
    if end > start {
        text[end - 1] += 1;
        consume(Decimal {
            digits: &text[start..end],
            point,
        });
    } else {
        let places = keep.min(0) as i32;
        consume(Decimal {
            digits: b"1",
            point: point + 1 - places,
        });
    }
}

/// Where digits after a cut lie, as a fraction of one unit before it.
fn remainder_of(digits: &[u8]) -> Remainder {
    let rest = digits[1..].iter().any(|&digit| digit != b'0');
    match digits[0] {
        b'0' if !rest => Remainder::Zero,
        b'0'..=b'4' => Remainder::BelowHalf,
        b'5' if !rest => Remainder::Half,
        _ => Remainder::AboveHalf,
    }
}
